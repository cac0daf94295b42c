"""Ids, moments and the way SQLite is set up."""

from __future__ import annotations

import sqlite3
import time
import uuid
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from casework import create_app
from casework.accounts.models import Agency, Invitation
from casework.config import Settings
from casework.extensions import Base, db, new_id, now, reading
from tests.support import makers


def test_ids_are_version_7_and_follow_each_other_in_time() -> None:
    first = new_id()
    time.sleep(0.002)
    later = new_id()

    assert (first.version, first.variant) == (7, uuid.RFC_4122)
    assert first < later
    assert abs((first.int >> 80) / 1000 - time.time()) < 5


def test_ids_made_together_differ() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_a_row_has_its_id_when_it_is_made() -> None:
    assert Agency(name="A", kind="police").id is not None


def test_an_attribute_that_a_row_does_not_have_is_an_error() -> None:
    with pytest.raises(TypeError, match="Agency has no attribute colour"):
        Agency(name="A", kind="police", colour="red")


def test_every_constraint_has_a_name() -> None:
    named = [
        (table.name, constraint)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]

    assert named == []


def test_an_id_is_stored_in_16_bytes_or_natively(app: Flask) -> None:
    agency = makers.make_agency("Stored")
    makers.commit()

    stored = db.session.execute(text("SELECT id FROM agency WHERE name = 'Stored'")).scalar_one()

    expected = agency.id.bytes if db.engine.dialect.name == "sqlite" else agency.id
    assert stored == expected
    assert db.session.scalar(select(Agency.id).where(Agency.name == "Stored")) == agency.id


def test_a_moment_comes_back_in_utc_whatever_its_zone(app: Flask) -> None:
    agency = makers.make_agency("Closed")
    summer = timezone(timedelta(hours=1))
    agency.deactivated_at_utc = datetime(2026, 7, 1, 12, 30, tzinfo=summer)
    makers.commit()
    db.session.expire_all()

    assert agency.deactivated_at_utc == datetime(2026, 7, 1, 11, 30, tzinfo=UTC)
    assert agency.deactivated_at_utc.tzinfo == UTC


def test_a_moment_without_a_zone_is_refused(app: Flask) -> None:
    agency = makers.make_agency("Closed")
    agency.deactivated_at_utc = datetime(2026, 7, 1, 12, 30)  # noqa: DTZ001 (that is what is refused)

    with pytest.raises(StatementError, match="a moment without a zone cannot be stored"):
        db.session.flush()
    db.session.rollback()


SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@SQLITE
@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("trusted_schema", 0),
    ],
)
def test_sqlite_is_set_up_for_records_that_must_last_and_must_go(
    settings: Settings, pragma: str, value: object
) -> None:
    app = create_app(settings)  # not the fixture's, which does not wait for the disk

    with app.app_context():
        assert db.session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value
        db.session.remove()
        db.engine.dispose()


@SQLITE
def test_a_writer_holds_sqlite_from_its_start_and_a_reader_waits_for_nobody(app: Flask) -> None:
    makers.make_agency("Written")  # this session writes, and has not committed

    with reading(), db.engine.connect() as reader:
        names = reader.scalars(select(Agency.name)).all()
    path = db.engine.url.database
    assert path is not None
    other = sqlite3.connect(path, timeout=0)
    try:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    finally:
        other.close()

    assert "Written" not in names


@SQLITE
def test_what_is_deleted_from_sqlite_leaves_no_trace(app: Flask) -> None:
    db.session.add(Agency(name="Zebrawood Harbour", kind="police"))
    makers.commit()
    db.session.execute(text("DELETE FROM agency WHERE name = 'Zebrawood Harbour'"))
    makers.commit()
    path = db.engine.url.database
    assert path is not None
    db.session.remove()
    db.engine.dispose()  # the last connection takes the journal away

    assert b"Zebrawood" not in Path(path).read_bytes()


def test_a_row_that_points_nowhere_is_refused(app: Flask) -> None:
    db.session.add(Invitation(user_id=new_id(), token_digest="0" * 64, expires_at_utc=now()))

    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()
