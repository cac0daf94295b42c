"""What casework itself writes into the record of a case."""

from __future__ import annotations

from datetime import date
from typing import Any

from casework.access.vocabulary import Actor
from casework.cases.models import Case, Entry
from casework.extensions import db
from casework.forms import today


def note_event(actor: Actor, case: Case, kind: str, *, dated: date | None = None, **values: Any) -> Entry:
    """Write into the timeline that something happened to the case itself (a move, an allocation, a
    closure).
    """
    entry = Entry(
        case_id=case.id,
        programme=case.programme,
        kind=kind,
        dated=dated or today(),
        recorded_by_id=actor.id,
        **values,
    )
    db.session.add(entry)
    return entry
