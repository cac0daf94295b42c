"""The migrations: from nothing to the schema of the models and back, with rows in every table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from casework import create_app, setup
from casework.audit import trail
from casework.config import Settings
from casework.extensions import db
from casework.people.models import Person
from tests.conftest import close
from tests.migrations.filled import fill
from tests.support import makers


@pytest.fixture
def bare(empty: Settings) -> Iterator[Flask]:
    """The application on a database without a table."""
    app = create_app(empty)
    with app.app_context():
        setup.prepare_folder(empty)
        yield app
        close(app)


def rows() -> dict[str, list[Any]]:
    """Everything that is stored, by table."""
    found = {
        table.name: sorted(map(repr, db.session.execute(select(table)).all()))
        for table in db.metadata.sorted_tables
    }
    db.session.rollback()
    return found


def leftovers() -> list[str]:
    """Whatever of ours stands in the database: tables, indexes, triggers, functions, types, sequences."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
    else:
        query = """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT tgname FROM pg_trigger
            UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
        """
    names = db.session.scalars(text(query)).all()
    db.session.rollback()
    return sorted(name for name in names if "alembic_version" not in name)


def test_there_is_one_line_of_revisions_from_nothing(bare: Flask) -> None:
    script = ScriptDirectory.from_config(setup.migrations())

    assert len(script.get_heads()) == 1
    assert [each.down_revision for each in script.walk_revisions()][-1] is None


def test_the_migrations_make_what_the_models_say(bare: Flask) -> None:
    setup.migrate_database(bare, "head")

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
    migrated = described(db.engine)
    setup.migrate_database(bare, "base", down=True)
    db.create_all()
    assert migrated == described(db.engine)


def test_every_table_goes_down_and_up_again_with_rows_in_it(bare: Flask) -> None:
    setup.initialise(bare)
    fill()
    assert [name for name, stored in rows().items() if not stored] == []

    setup.migrate_database(bare, "base", down=True)

    assert leftovers() == []
    setup.initialise(bare)
    assert {name for name, stored in rows().items() if stored} == {"audit_head"}
    makers.make_referral(forename="Ada", surname="Okonjo")
    makers.commit()
    assert [person.name for person in db.session.scalars(select(Person))] == ["Ada Okonjo"]


def test_bringing_a_filled_database_up_to_date_changes_nothing(bare: Flask) -> None:
    setup.initialise(bare)
    fill()
    before = rows()

    setup.initialise(bare)

    assert rows() == before
    assert trail.verify().faults == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET event = 'user.added'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE sequence = 1",
        "TRUNCATE audit_entry",
    ],
)
def test_the_database_itself_refuses_to_change_the_trail(bare: Flask, statement: str) -> None:
    setup.initialise(bare)
    makers.make_user()
    makers.commit()

    with pytest.raises(DBAPIError) as refused:
        db.session.execute(text(statement))
    db.session.rollback()

    # SQLite has no TRUNCATE at all.
    words = (
        "syntax error" if "TRUNCATE" in statement and db.engine.dialect.name == "sqlite" else trail.REFUSAL
    )
    assert words in str(refused.value.orig)
    assert trail.verify().faults == ()


def described(engine: Engine) -> dict[str, Any]:
    """Every table as the database has it: columns, keys, indexes, checks."""
    ask = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in ask.get_columns(table)
            },
            "key": _bare(ask.get_pk_constraint(table)),
            "foreign keys": sorted(map(_bare, ask.get_foreign_keys(table))),
            "indexes": sorted(map(_bare, ask.get_indexes(table))),
            "unique": sorted(map(_bare, ask.get_unique_constraints(table))),
            "checks": sorted(map(_bare, ask.get_check_constraints(table))),
        }
        for table in ask.get_table_names()
        if table != "alembic_version"
    }


def _bare(thing: Any) -> str:
    """A constraint without the blanks that differ by who wrote it down; a partial index with its condition's words."""
    items = [
        (
            name,
            {option: str(words) for option, words in value.items()} if name == "dialect_options" else value,
        )
        for name, value in thing.items()
    ]
    return re.sub(r"\s+", " ", repr(sorted(items, key=lambda item: item[0])))
