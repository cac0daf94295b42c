"""What came before: earlier referrals and open cases of the people in a referral, as far as the actor may see."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.cases.models import Case, Involvement
from casework.extensions import db
from casework.people import service as people
from casework.people.matching import Agreement
from casework.people.models import Person
from casework.referrals.models import Referral


@dataclass(frozen=True)
class Candidate:
    """Somebody on record who is, or may be, a person of the referral; why; and what is known of them.

    A `score` of None says that the author of the referral chose this very record.
    """

    person: Person
    score: float | None
    agreements: tuple[Agreement, ...]
    referrals: tuple[Referral, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Past:
    """One part in the referral, and everybody on record who is or may be the same person, the likeliest first."""

    part: Involvement
    candidates: tuple[Candidate, ...]


def past_of(actor: Actor, referral: Referral) -> list[Past]:
    """The past of everybody in the referral's case."""
    parts = db.session.scalars(
        select(Involvement)
        .where(Involvement.case_id == referral.case_id)
        .order_by(Involvement.id)
        .options(joinedload(Involvement.person))
    ).all()
    inside = {part.person_id for part in parts}
    return [Past(part, tuple(_candidates(actor, referral, part, inside))) for part in parts]


def _candidates(
    actor: Actor, referral: Referral, part: Involvement, inside: set[uuid.UUID]
) -> Iterable[Candidate]:
    chosen = _candidate(actor, referral, part.person, None)
    if chosen.referrals:
        yield chosen
    likeness = people.likeness_of(part.person)
    matches = people.search(
        actor,
        referral.programme,
        names=likeness.names,
        born=likeness.born,
        postcode=next(iter(likeness.postcodes), None),
    )
    for match in matches:
        if match.person.id not in inside:
            yield _candidate(actor, referral, match.person, match.score, match.agreements)


def _candidate(
    actor: Actor,
    referral: Referral,
    person: Person,
    score: float | None,
    agreements: tuple[Agreement, ...] = (),
) -> Candidate:
    found = referrals_of(actor, [person.id])
    cases = policy.visible(actor, Case, Permission.CASE_WORK).where(
        Case.id.in_(select(Involvement.case_id).where(Involvement.person_id == person.id)),
        Case.stage_kind.in_(("screening", "open")),
        Case.id != referral.case_id,
    )
    return Candidate(
        person,
        score,
        agreements,
        tuple(each for each in found if each.id != referral.id),
        tuple(db.session.scalars(cases.order_by(Case.opened_on, Case.id))),
    )


def referrals_of(actor: Actor, person_ids: Iterable[uuid.UUID]) -> Sequence[Referral]:
    """The referrals of cases that these people are in and the actor may see, the earliest first."""
    of_them = select(Involvement.case_id).where(Involvement.person_id.in_(tuple(person_ids)))
    query = policy.visible(actor, Referral, Permission.CASE_VIEW).where(Referral.case_id.in_(of_them))
    return db.session.scalars(query.order_by(Referral.received_on, Referral.id)).all()


def days_of(past: Iterable[Past]) -> list[date]:
    """The days of all earlier referrals, each once: the whole picture before anything is decided."""
    found = {
        referral.id: referral.received_on
        for each in past
        for candidate in each.candidates
        for referral in candidate.referrals
    }
    return sorted(found.values())
