"""Cases by the hundred: rows with what lists sort and filter on, and a name where one is asked for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import event

from casework.cases.models import Case
from casework.extensions import db
from casework.programmes import shelf
from tests.support import makers

_numbers = itertools.count(1)


def make_case(
    reference: str | None = None,
    programme: str = makers.ASB,
    *,
    stage: str | None = None,
    opened_on: date = date(2026, 5, 4),
    name: str | None = None,
    **columns: Any,
) -> Case:
    """A case of the host agency, open unless `stage` says otherwise. `name` are a forename and a surname."""
    found = shelf.programme(programme)
    where = found.stage(stage) if stage else found.accepted_stage
    if where.kind == "closed":
        columns = {"closed_on": opened_on, "closure_reason": "not_recorded", **columns}
    if name:
        forename, surname = name.split()
        columns["subject_id"] = makers.make_person(programme=programme, forename=forename, surname=surname).id
    columns.setdefault("agency_id", makers.make_agency("Host Agency").id)
    case = Case(
        programme=programme,
        reference=reference or f"LIST-{next(_numbers):06}",
        stage=where.id,
        stage_kind=where.kind,
        opened_on=opened_on,
        **columns,
    )
    db.session.add(case)
    db.session.flush()
    return case


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
