"""What must not be overlooked when somebody is put into a case: people on both sides."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.cases import allocation, tasks, warnings
from casework.cases.history import note_event
from casework.cases.models import Case, Entry, Involvement
from casework.extensions import db
from casework.forms import today

BOTH_SIDES = "victim_and_accused"


def look_at(actor: Actor, part: Involvement) -> bool:
    """Warn the coordinator when somebody is now both protected and accused; says whether they are.

    Sides are compared over the whole programme: the two cases need two workers, and neither is told of the
    other here.
    """
    others = allocation.other_side(part)
    for one in (part, *others) if others else ():
        _warn_once(actor, one.case, part.person_id)
    return bool(others)


def _warn_once(actor: Actor, case: Case, person_id: uuid.UUID) -> None:
    held = select(Entry.id).where(
        Entry.case_id == case.id, Entry.code == BOTH_SIDES, Entry.person_id == person_id, *warnings.standing()
    )
    if db.session.scalar(held.limit(1)) is not None:
        return
    note_event(
        actor,
        case,
        "warning",
        code=BOTH_SIDES,
        person_id=person_id,
        text="Recorded as protected and as accused in this programme. Each part needs a worker of its own.",
    )
    tasks.set_task(
        actor,
        case,
        "both_sides",
        due_on=today(),
        text=tasks.words_of("both_sides"),
        assigned_to_id=allocation.coordinator_of(case),
    )
