"""Making an instance: what is there afterwards, and what is never touched."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text

from casework import create_app, setup
from casework.audit import trail
from casework.config import Settings
from casework.extensions import db
from casework.programmes.faults import ProgrammeFault
from tests.conftest import close
from tests.support import makers


@pytest.fixture
def new(empty: Settings) -> Iterator[Flask]:
    app = create_app(empty)
    with app.app_context():
        yield app
        close(app)


def test_a_new_instance_has_a_keyring_a_database_and_a_trail(new: Flask, empty: Settings) -> None:
    setup.initialise(new)

    assert json.loads(empty.keyring.read_text()).keys() == {"master", "index", "session"}
    assert empty.borough_programmes.is_dir()
    assert trail.verify() == trail.Verdict(0, ())
    setup.check_database(new)


def test_only_one_file_of_the_instance_speaks_of_a_key(new: Flask, empty: Settings) -> None:
    setup.initialise(new)

    assert [path.name for path in empty.instance.rglob("*") if "key" in path.name] == ["keyring.json"]


def test_a_new_instance_is_its_owners_alone(new: Flask, empty: Settings) -> None:
    setup.initialise(new)

    assert stat.S_IMODE(empty.instance.stat().st_mode) == 0o700


def test_a_keyring_that_is_there_is_never_touched(new: Flask, empty: Settings) -> None:
    empty.instance.mkdir()
    empty.keyring.write_text("not what casework wrote")

    setup.initialise(new)

    assert empty.keyring.read_text() == "not what casework wrote"


def test_a_database_that_was_never_made_is_not_ready_and_asking_makes_none(
    new: Flask, empty: Settings
) -> None:
    with pytest.raises(setup.NotReady, match="has not been made yet"):
        setup.check_database(new)

    assert not empty.instance.exists()


def test_a_database_of_a_revision_that_is_not_known_is_newer(app: Flask) -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
    db.session.commit()

    for act in (setup.check_database, setup.initialise):
        with pytest.raises(setup.NotReady, match="of a newer casework"):
            act(app)


def test_what_a_file_drops_that_records_hold_stops_the_start(app: Flask, settings: Settings) -> None:
    makers.make_referral(source="housing")
    makers.commit()
    setup.check_programmes()
    db.session.execute(text("UPDATE referral SET source = 'no_longer_there'"))
    db.session.commit()

    with pytest.raises(ProgrammeFault, match=r"list\.source\.codes: drops 'no_longer_there'"):
        setup.check_programmes()


def test_a_database_out_of_reach_is_said_to_be(settings: Settings) -> None:
    app = create_app(replace(settings, database_url="postgresql://casework:hunter2@127.0.0.1:1/away"))

    with app.app_context(), pytest.raises(setup.NotReady) as fault:
        setup.revision()

    assert "hunter2" not in str(fault.value)
    with app.app_context():
        close(app)
