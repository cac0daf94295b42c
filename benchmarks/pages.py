"""Pages with sealing on against the same pages with a null cipher, in one process; and how many statements each sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from benchmarks.figures import Figure, median_of_pairs
from benchmarks.instances import EMAIL, PASSWORD, instance, unsealed
from casework.cases.models import Case
from casework.extensions import db

ROUNDS = 60
FEW, MANY = 12, 1124  # years: 1,068 and 100,036 referrals


def measure(many: int = MANY) -> list[Figure]:
    return [*_sealing(), *_statements(many)]


def _sealing() -> list[Figure]:
    with ExitStack() as stack:
        visits = dict(_visits(stack.enter_context(instance(FEW))))
        with unsealed():
            plain_visits = dict(_visits(stack.enter_context(instance(FEW))))
        figures = []
        for name, visit in visits.items():
            one, other = median_of_pairs(visit, _in_the_open(plain_visits[name]), ROUNDS)
            figures.append(Figure(f"{name}, sealed / null cipher", one / other, "aim at most 1.10"))
            figures.append(Figure(f"{name}, milliseconds", one * 1000, f"null cipher: {other * 1000:.1f}"))
        return figures


def _in_the_open(visit: Callable[[], object]) -> Callable[[], object]:
    def act() -> None:
        with unsealed():
            visit()

    return act


def _visits(app: Flask) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each page as an act, signed in."""
    client = signed_in(app)
    case = db.session.scalars(select(Case.id).order_by(Case.id).limit(1)).one()
    db.session.rollback()
    for name, address in (("case page", f"/cases/{case}"), ("case list", "/cases"), ("home", "/")):
        yield name, _visit(app, client, address)


def _visit(app: Flask, client: FlaskClient, address: str) -> Callable[[], object]:
    def act() -> None:
        with app.app_context():
            assert client.get(address).status_code == 200, address

    return act


def signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    with app.app_context():
        assert client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}).status_code == 302
    return client


def _statements(many: int) -> list[Figure]:
    counts: dict[str, list[int]] = {}
    for years in (FEW, many):
        with instance(years) as app:
            for name, visit in _visits(app):
                visit()
                with counted(db.engine) as sent:
                    visit()
                counts.setdefault(name, []).append(len(sent))
    return [
        Figure(f"{name}, statements at 100,000 cases", after, f"{before} at 1,000 cases")
        for name, (before, after) in counts.items()
    ]


@contextmanager
def counted(engine: Any) -> Iterator[list[str]]:
    """The statements sent inside, transactions' own words left out."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
