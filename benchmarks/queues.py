"""The queue of a panel and the lists of its actions with 100,000 cases, against the same pages with 100.

The 100 are made by the services; the others are copies of their rows that sort after them, so that the first page
shows what can be opened. Every case waits, and every action is open: the most that a list can have to count.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.copies import Change, copy_rows, other_id, other_reference
from benchmarks.figures import Figure, seconds
from benchmarks.pages import counted
from benchmarks.panel import Sitting, signed_in, sitting
from casework.cases.models import Case
from casework.extensions import db
from casework.forms import today
from casework.panels.actions import service as actions
from casework.panels.models import Action, AgendaItem, QueueEntry
from casework.panels.queue import service as queue
from tests.support.panels import DVA

FEW, MANY = 100, 100_000
AGENCIES = 2  # half of the 100 each: a page of a member shows 50
ROUNDS = 15


def measure(many: int = MANY) -> list[Figure]:
    with sitting(FEW, AGENCIES) as sat:
        _fill(sat)
        member = next(iter(sat.panel.members.values())).email
        coordinator = sat.panel.coordinator.email
        db.session.commit()
        db.session.remove()
        clients = {name: signed_in(sat.app, name) for name in (coordinator, member)}
        pages = {
            "queue": (clients[coordinator], f"/queue/{DVA}"),
            "all actions": (clients[coordinator], "/actions?whose=everybody"),
            "my agency's actions": (clients[member], "/actions?whose=agency"),
        }
        visits = {name: _visit(sat.app, *page) for name, page in pages.items()}
        few = {name: _taken(visit) for name, visit in visits.items()}
        there = copy_rows(db.engine, (Case, QueueEntry, AgendaItem, Action), many, CHANGES)
        return [
            figure
            for name, visit in visits.items()
            for figure in _figures(name, few[name], _taken(visit), there)
        ]


def _figures(name: str, few: tuple[float, int], many: tuple[float, int], there: int) -> list[Figure]:
    return [
        Figure(
            f"{name}, milliseconds with {there:,} cases", many[0] * 1000, f"{few[0] * 1000:.1f} with {FEW}"
        ),
        Figure(f"{name}, {there:,} cases / {FEW}", many[0] / few[0], "of its time"),
        Figure(f"{name}, statements with {there:,} cases", many[1], f"{few[1]} with {FEW}"),
    ]


def _fill(sat: Sitting) -> None:
    """Every case waits in the queue, and has an action."""
    agencies = list(sat.panel.agencies.items())
    for number, item in enumerate(sat.items):
        queue.enter(sat.panel.coordinating, item.case, "new")
        kind, agency = agencies[number % len(agencies)]
        actions.set_action(
            sat.panel.coordinating,
            item,
            text="Fit new locks",
            risk="He has a key",
            agency_id=agency.id,
            owner_id=sat.panel.members[kind].id,
            due_on=today() + timedelta(days=number % 28),
        )


def _visit(app: Flask, client: FlaskClient, address: str) -> Callable[[], object]:
    def act() -> None:
        with app.app_context():
            assert client.get(address).status_code == 200, address

    return act


def _taken(visit: Callable[[], object]) -> tuple[float, int]:
    """The median seconds of a page, and how many statements it sends."""
    visit()
    with counted(db.engine) as sent:
        visit()
    taken = sorted(seconds(visit) for _ in range(ROUNDS))
    return taken[ROUNDS // 2], len(sent)


def _later_place(value: str, _turn: int) -> str:
    return f"~{value[1:]}"


def _later_day(_value: str, turn: int) -> str:
    return (today() + timedelta(days=29 + turn % 300)).isoformat()


CHANGES: dict[str, Change] = {
    **dict.fromkeys(("id", "case_id", "item_id", "queue_entry_id"), other_id),
    "reference": other_reference,
    "place": _later_place,
    "due_on": _later_day,
}
"""What differs from copy to copy, by the name of the column."""
