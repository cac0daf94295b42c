"""The first contact with the person: when it is due, and whether it was made in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from casework.cases import clocks, kinds
from casework.cases.models import Case, Entry
from casework.extensions import db
from casework.forms import today
from casework.programmes import shelf
from casework.programmes.definition import Clock


@dataclass(frozen=True)
class Reading:
    """How the clock stands: `met_on` is the day on which the person was first reached."""

    clock: Clock
    due_on: date
    met_on: date | None

    @property
    def status(self) -> str:
        """met, met late, due or overdue."""
        if self.met_on is not None:
            return "met" if self.met_on <= self.due_on else "met late"
        return "overdue" if today() > self.due_on else "due"


def first_contact(case: Case) -> Reading | None:
    """The first-contact clock of an open case, once it has begun. One statement."""
    programme = shelf.programme(case.programme)
    clock = next((clock for clock in programme.clocks.values() if clock.stops == "first_contact"), None)
    if clock is None or case.stage_kind != "open":
        return None
    first = func.min(Entry.dated)
    reached, accepted, allocated = db.session.execute(
        select(
            first.filter(Entry.kind == "contact", Entry.status.in_(kinds.REACHED)),
            first.filter(Entry.kind == "stage", Entry.code == programme.accepted_stage.id),
            first.filter(Entry.kind == "allocation"),
        ).where(Entry.case_id == case.id, Entry.ended_at_utc.is_(None))
    ).one()
    begun = {"received": case.opened_on, "accepted": accepted, "screened": accepted, "allocated": allocated}
    start = begun.get(clock.starts)
    return Reading(clock, clocks.due_on(clock, start), reached) if start else None
