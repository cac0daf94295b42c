"""The live screen of a meeting with 30 cases and 12 agencies, against an empty page of the application.

The empty page is the list of cases of somebody whose programme has none.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.figures import Figure, median_of_pairs
from benchmarks.pages import counted
from benchmarks.panel import signed_in, sitting
from casework.extensions import db
from casework.forms import today
from casework.panels.actions import service as actions
from casework.panels.live import service as live
from tests.support import makers

ROUNDS = 40
SMALL, WHOLE = (3, 12), (30, 12)  # cases, agencies
EMPTY = "/cases"


def measure() -> list[Figure]:
    statements: dict[str, list[int]] = {}
    figures = []
    for cases, agencies in (SMALL, WHOLE):
        with sitting(cases, agencies) as (app, panel, meeting, items):
            live.begin(panel.chairing, items[1])
            for item in items:
                for kind in list(panel.agencies)[:2]:
                    actions.set_action(
                        panel.coordinating,
                        item,
                        text="Fit new locks",
                        risk="He has a key",
                        agency_id=panel.agencies[kind].id,
                        owner_id=panel.members[kind].id,
                        due_on=today(),
                    )
            pages = {
                "meeting at a glance": f"/meetings/{meeting.id}/live",
                "live screen of a case": f"/meetings/{meeting.id}/live/{items[1].id}",
            }
            email, idle = panel.chair.email, makers.make_user("coordinator", "channel").email
            db.session.commit()
            db.session.remove()  # what is read after a commit would hold the writer's lock
            client = signed_in(app, email)
            empty = _visit(app, signed_in(app, idle), EMPTY)
            for name, address in pages.items():
                visit = _visit(app, client, address)
                visit()
                with counted(db.engine) as sent:
                    visit()
                statements.setdefault(name, []).append(len(sent))
                if (cases, agencies) == WHOLE:
                    one, other = median_of_pairs(visit, empty, ROUNDS)
                    figures.append(
                        Figure(
                            f"{name}, 30 cases, milliseconds", one * 1000, f"empty page: {other * 1000:.1f}"
                        )
                    )
                    figures.append(Figure(f"{name} / empty page", one / other, "the same process"))
    return [
        *figures,
        *(
            Figure(f"{name}, statements with 30 cases", whole, f"{small} with 3")
            for name, (small, whole) in statements.items()
        ),
    ]


def _visit(app: Flask, client: FlaskClient, address: str) -> Callable[[], object]:
    def act() -> None:
        with app.app_context():
            assert client.get(address).status_code == 200, address

    return act
