"""Making an instance: its folder, keyring, database and the first link of its audit trail."""

from __future__ import annotations

import logging

from alembic import command
from alembic.config import Config
from flask import Flask

from casework.audit import trail
from casework.config import ROOT, Settings
from casework.crypto import keyring
from casework.extensions import db


def prepare_folder(settings: Settings) -> None:
    """Make the instance folder and, in a new one, the keyring. A keyring that is there is never touched."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    settings.borough_programmes.mkdir(exist_ok=True)
    if not settings.keyring.exists():
        keyring.save(keyring.generate(), settings.keyring)


def initialise(app: Flask) -> None:
    """Bring the instance up to date; safe to repeat. Needs an application context."""
    prepare_folder(app.extensions["settings"])
    migrate_database(app, "head")
    trail.begin()
    db.session.commit()


def migrate_database(app: Flask, revision: str, *, down: bool = False) -> None:
    """Move the database to a revision of the schema."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    logging.getLogger("alembic").setLevel(logging.WARNING)
    db.session.remove()
    (command.downgrade if down else command.upgrade)(config, revision)
