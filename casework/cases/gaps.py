"""Facts that a record should hold and does not.

None of them stops any work; each becomes a task until it is filled.

Agreement to support, awareness of the referral, and the basis of sharing are three separate facts. Every
child has a safeguarding decision of its own.
"""

from __future__ import annotations

import uuid

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.cases import clocks, tasks
from casework.cases.models import Case, Entry, Involvement
from casework.extensions import db
from casework.forms import today
from casework.programmes import shelf
from casework.programmes.definition import Programme

FACTS = ("agreement", "awareness", "sharing")
UNDECIDED = (None, "not_considered")
NO_ANSWER = frozenset(("not_asked", "not_known"))  # codes that say a fact is still to be found out
DAYS = 5  # working days until a gap is due


def review(actor: Actor, case: Case) -> None:
    """Make the tasks for gaps agree with the record: set what is missing, finish what has been filled."""
    missing = missing_facts(case)
    for fact in FACTS:
        _keep(actor, case, fact, open_=fact in missing, text=tasks.words_of(fact))
    programme = shelf.programme(case.programme)
    for part in db.session.scalars(select(Involvement).where(Involvement.case_id == case.id)):
        if asks_safeguarding(programme, part.role):
            _keep(
                actor,
                case,
                "safeguarding",
                open_=is_undecided(part),
                text=f"{tasks.words_of('safeguarding')}: {part.person.name}",
                about=part.id,
            )


def missing_facts(case: Case) -> frozenset[str]:
    """Which of the three facts nobody has recorded."""
    said = db.session.execute(
        select(Entry.kind, Entry.code)
        .where(Entry.case_id == case.id, Entry.kind.in_(FACTS), Entry.ended_at_utc.is_(None))
        .distinct()
    )
    return frozenset(FACTS) - {kind for kind, code in said if code not in NO_ANSWER}


def asks_safeguarding(programme: Programme, role: str) -> bool:
    """Whether the programme wants a safeguarding decision about everybody in this role."""
    return any(field.id == "safeguarding_decision" for field in programme.fields_about(role))


def is_undecided(part: Involvement) -> bool:
    return part.ended_on is None and part.safeguarding_decision in UNDECIDED


def _keep(
    actor: Actor, case: Case, kind: str, *, open_: bool, text: str, about: uuid.UUID | None = None
) -> None:
    held = tasks.open_of_kind(case, kind, about)
    if not open_:
        for task in held:
            tasks.finish_task(actor, task)
    elif not held:
        due = clocks.after_working_days(today(), DAYS)
        tasks.set_task(actor, case, kind, due_on=due, text=text, about=about)
