"""Making an instance, and asking whether it is one: its folder, keyring, database and the first link of its trail."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import DBAPIError

from casework.audit import trail
from casework.config import ROOT, Settings
from casework.crypto import keyring
from casework.errors import CaseworkError
from casework.extensions import db, reading
from casework.programmes import shelf
from casework.programmes.faults import ProgrammeFault
from casework.referrals import in_use


class NotReady(CaseworkError):
    """The instance or its database is not as this casework needs it; the message says what to do."""


def prepare_folder(settings: Settings) -> None:
    """Make the instance folder and, in a new one, the keyring. A keyring that is there is never touched."""
    with _in_words(f"The instance folder {settings.instance} cannot be made or written to"):
        # The database and its journals come into it with the mode of their maker: nobody else may look inside.
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.borough_programmes.mkdir(exist_ok=True)
        if not settings.keyring.exists():
            keyring.save(keyring.generate(), settings.keyring)


def initialise(app: Flask) -> None:
    """Bring the instance up to date; safe to repeat. Needs an application context."""
    prepare_folder(app.extensions["settings"])
    if revision() not in (None, *_revisions()):
        raise NotReady(NEWER)
    migrate_database(app, "head")
    trail.begin()
    db.session.commit()
    check_programmes()


def migrate_database(app: Flask, revision: str, *, down: bool = False) -> None:
    """Move the database to a revision of the schema."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    db.session.remove()
    (command.downgrade if down else command.upgrade)(migrations(), revision)


NEW = "The database has not been made yet: run `casework init` first."
OLDER = "The database is of an older casework: run `casework init` to bring it up to date."
NEWER = "The database is of a newer casework than this one: run the casework that made it."
OUT_OF_REACH = "The database cannot be reached or opened: see that it is running, and CASEWORK_DATABASE_URL."


def check_database(app: Flask) -> None:
    """Raise NotReady unless the database is there and of this casework's revision. It is not touched."""
    settings: Settings = app.extensions["settings"]
    # To open an SQLite database that is not there would make an empty one.
    file = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    if file and file != ":memory:" and not Path(file).exists():
        raise NotReady(
            NEW if settings.instance.is_dir() else f"There is no folder {settings.instance}. {NEW}"
        )
    found = revision()
    if found is None:
        raise NotReady(NEW)
    if found not in _revisions():
        raise NotReady(NEWER)
    if found != _revisions()[0]:
        raise NotReady(OLDER)


def check_programmes() -> None:
    """Raise ProgrammeFault when the programmes served lack what records hold."""
    faults = in_use.faults(shelf.every())
    if faults:
        raise ProgrammeFault(faults)


def revision() -> str | None:
    """The revision of the database's schema; None for an empty one."""
    try:
        with reading(), db.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError:
        raise NotReady(OUT_OF_REACH) from None  # what it says may hold the address, and that a password


def _revisions() -> list[str]:
    """The revisions that this casework knows, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions()]


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    return config


@contextmanager
def _in_words(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise NotReady(f"{what}: {(fault.strerror or 'it is not a folder').lower()}.") from None
