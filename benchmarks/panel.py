"""A panel to measure on: a domestic abuse MARAC with a meeting, its agencies and cases. Every person is invented."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.instances import settings
from casework import create_app
from casework.extensions import db
from casework.panels.models import AgendaItem, Meeting
from casework.programmes import shelf
from casework.setup import initialise
from tests.support import makers, panels
from tests.support.panels import DVA, Panel


class Sitting(NamedTuple):
    """An application in its context, a panel, and an open meeting with cases on its agenda."""

    app: Flask
    panel: Panel
    meeting: Meeting
    items: list[AgendaItem]


@contextlib.contextmanager
def sitting(cases: int, agencies: int, database_url: str | None = None) -> Iterator[Sitting]:
    with tempfile.TemporaryDirectory(prefix="casework-bench-") as scratch:
        chosen = settings(Path(scratch) / "instance")
        app = create_app(replace(chosen, database_url=database_url) if database_url else chosen)
        with app.app_context():
            initialise(app)
            panel = panels.make_panel(DVA, _kinds(agencies))
            meeting = panels.make_meeting(panel, state="open")
            items = [
                panels.make_item(panel, meeting, panels.make_accepted(panel, surname=f"Invented {number}"))
                for number in range(cases)
            ]
            db.session.commit()
            yield Sitting(app, panel, meeting, items)
            db.session.remove()
            db.engine.dispose()


def _kinds(agencies: int) -> tuple[str, ...]:
    """A kind for each agency; past the end of the list, kinds that the list does not know."""
    known = [code.id for code in shelf.programme(DVA).list("agency_type").codes]
    return tuple([*known, *(f"another_{number}" for number in range(agencies))][:agencies])


def signed_in(app: Flask, email: str) -> FlaskClient:
    """A client of its own for each page measured."""
    client = app.test_client()
    with app.app_context():
        done = client.post("/sign-in", data={"email": email, "password": makers.PASSWORD})
    assert done.status_code == 302, done.status_code
    return client
