"""A referral as its page shows it: in whole to those who may see its case, in words to whoever referred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import entries, kinds, risk_reading, tasks, warnings
from casework.cases.models import Amendment, Case, Entry, Involvement
from casework.cases.warnings import Alarm
from casework.crypto import vault
from casework.extensions import db
from casework.people.models import Person
from casework.programmes import shelf
from casework.programmes.definition import PersonRole, Programme
from casework.referrals import amending, information
from casework.referrals.models import InformationRequest, Referral
from casework.referrals.questions import Line, lines_of

# What the referrer is told of where their referral stands. Whether a case was there already is none of it.
STANDING: Mapping[str, str] = {
    "waiting": "We have received it. It is waiting for a decision.",
    "returned": "We need to know more before we decide. Please answer the questions below.",
    "accepted": "We have accepted it.",
    "joined": "We have accepted it.",
    "declined": "We have not accepted it.",
}
FACTS = ("risk", "agreement", "awareness", "sharing")
OUTCOMES: Mapping[str, str] = {
    "waiting": "Waiting to be screened",
    "returned": "Returned for information",
    "accepted": "Accepted",
    "joined": "Joined to a case",
    "declined": "Declined",
}


@dataclass(frozen=True)
class Portion:
    """Part of what a referral says, in words, and the id under which it is amended."""

    id: str
    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Somebody:
    """Somebody in the referral's case."""

    part: Involvement
    role: PersonRole
    person: Person


@dataclass(frozen=True)
class Whole:
    """A referral as those see it who may see its case."""

    referral: Referral
    programme: Programme
    case: Case
    alarm: Alarm
    people: Sequence[Somebody]
    portions: Sequence[Portion]
    facts: Sequence[Portion]
    questions: Sequence[InformationRequest]
    amendments: Sequence[Amendment]
    due_on: date | None
    may_screen: bool
    may_amend: bool


@dataclass(frozen=True)
class Acknowledgement:
    """A referral as its referrer sees it: what they gave, where it stands, what is asked and what was decided."""

    referral: Referral
    programme: Programme
    names: Sequence[str]
    standing: str
    questions: Sequence[InformationRequest]
    decision: str | None
    reason: str | None


def view(actor: Actor, referral: Referral) -> Whole | Acknowledgement:
    """Read a referral, as much of it as the actor may."""
    if policy.decide(actor, Permission.CASE_VIEW, referral.case):
        return whole(actor, referral)
    return acknowledgement(actor, referral)


def acknowledgement(actor: Actor, referral: Referral) -> Acknowledgement:
    """What whoever referred may read, by whichever way they come; the trail notes that it was read."""
    trail.record(actor, Event.REFERRAL_VIEWED, referral)
    programme = shelf.programme(referral.programme)
    declined = referral.outcome == "declined" and referral.decline_reason
    return Acknowledgement(
        referral=referral,
        programme=programme,
        names=(referral.other or {}).get("as_given", ()),
        standing=STANDING[referral.outcome],
        questions=information.of_referral(referral),
        decision=referral.decision_words if referral.decided_on else None,
        reason=programme.list("decline_reason").label(referral.decline_reason or "") if declined else None,
    )


def whole(actor: Actor, referral: Referral) -> Whole:
    """All of it, for whoever may see its case; the trail notes that it was read."""
    trail.record(actor, Event.REFERRAL_VIEWED, referral)
    programme, case = shelf.programme(referral.programme), referral.case
    people = _people(programme, case)
    by_id = {each.person.id: each.person for each in people}
    return Whole(
        referral=referral,
        programme=programme,
        case=case,
        alarm=warnings.alarm(case, programme, warnings.in_force(case), by_id),
        people=people,
        portions=_portions(referral),
        facts=_facts(programme, referral),
        questions=information.of_referral(referral),
        amendments=entries.amendments(actor, referral),
        due_on=_due(case),
        may_screen=referral.outcome in ("waiting", "returned")
        and policy.decide(actor, Permission.REFERRAL_SCREEN, referral),
        may_amend=amending.may_amend(actor, referral),
    )


def _people(programme: Programme, case: Case) -> list[Somebody]:
    parts = db.session.scalars(
        select(Involvement)
        .where(Involvement.case_id == case.id)
        .order_by(Involvement.id)
        .options(joinedload(Involvement.person).selectinload(Person.addresses))
    ).all()
    vault.warm(part.person_id for part in parts)
    return [Somebody(part, programme.role(part.role), part.person) for part in parts]


def _portions(referral: Referral) -> list[Portion]:
    """Every part with an answer, and those of the form without, so that they can be filled in."""
    found = []
    for part in amending.parts_of(referral):
        lines = lines_of(amending.schema_of(referral, part), amending.held(referral, part))
        if lines or part.section is None or part.section.step == "intake":
            found.append(Portion(part.id, part.title, lines))
    return found


def _facts(programme: Programme, referral: Referral) -> list[Portion]:
    """Risk, agreement, awareness and sharing as they came with the referral; the case has them as they are."""
    found = db.session.scalars(
        select(Entry)
        .where(Entry.referral_id == referral.id, Entry.kind.in_(FACTS), Entry.ended_at_utc.is_(None))
        .order_by(Entry.id)
    )
    return [Portion(str(entry.id), *_in_words(programme, entry)) for entry in found]


def _in_words(programme: Programme, entry: Entry) -> tuple[str, list[Line]]:
    if entry.kind == "risk":
        reading = risk_reading.read(programme, entry, None)
        score = f"{entry.number} of {reading.tool.highest}"
        return reading.tool.label, [Line("Score", score), Line("Band", reading.band)]
    kind = kinds.kind_of(entry.kind)
    words = kind.words(programme, kind.read(entry), {})
    return kind.title, [Line(label, said) for label, said in words.items()]


def _due(case: Case) -> date | None:
    """The day by which a decision is due, by the clock that a decision stops."""
    clocks = [
        clock.id for clock in shelf.programme(case.programme).clocks.values() if clock.stops == "screened"
    ]
    days = [task.due_on for clock in clocks for task in tasks.open_of_kind(case, clock)]
    return min(days, default=None)
