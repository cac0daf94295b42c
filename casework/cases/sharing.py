"""Who may see a case: the agencies that take part, whom it is hidden from, and everybody who sees it and
why.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, literal, select, union_all
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import GRANTS, SCOPES, Actor, Grant, Permission, Role, Scope
from casework.accounts import service as accounts
from casework.accounts.models import Agency, Cover, Membership, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case, CaseAgency, Exclusion
from casework.errors import Invalid, NotFound
from casework.extensions import db, now
from casework.forms import today

AT_ONCE = 50  # memberships asked about in one statement


# Agencies that take part


def shares(case: Case) -> Sequence[CaseAgency]:
    """The agencies that take part now, by name."""
    query = (
        select(CaseAgency)
        .join(Agency, Agency.id == CaseAgency.agency_id)
        .where(CaseAgency.case_id == case.id, CaseAgency.ended_on.is_(None))
        .order_by(Agency.name)
        .options(joinedload(CaseAgency.agency))
    )
    return db.session.scalars(query).all()


def may_join(case: Case) -> list[Agency]:
    """The agencies that could be let into the case: not in it yet, and none that it is hidden from."""
    inside = {share.agency_id for share in shares(case)}
    return [agency for agency in accounts.agencies() if agency.id not in inside | hidden_agencies(case)]


def hidden_agencies(case: Case) -> set[uuid.UUID]:
    """The agencies that the case is hidden from as a whole."""
    query = select(Exclusion.agency_id).where(Exclusion.case_id == case.id, Exclusion.ended_at_utc.is_(None))
    return {agency for agency in db.session.scalars(query) if agency}


def share(actor: Actor, case: Case, agency_id: uuid.UUID) -> CaseAgency:
    """Let an agency take part from today: its panel members then see the case."""
    if agency_id not in {agency.id for agency in may_join(case)}:
        raise Invalid(errors={"agency": ["Choose an agency from the list"]})
    held = db.session.scalar(
        select(CaseAgency).where(CaseAgency.case_id == case.id, CaseAgency.agency_id == agency_id)
    )
    if held is None:
        held = CaseAgency(case_id=case.id, agency_id=agency_id, from_day=today())
        db.session.add(held)
    else:
        held.from_day, held.ended_on = today(), None
    db.session.flush()
    trail.record(actor, Event.AGENCY_SHARED, case, agency=str(agency_id))
    return held


def end_share(actor: Actor, case: Case, agency_id: uuid.UUID) -> None:
    """From now on the agency's panel members do not see the case."""
    for held in shares(case):
        if held.agency_id == agency_id:
            held.ended_on = today()
            db.session.flush()
            trail.record(actor, Event.AGENCY_UNSHARED, case, agency=str(agency_id))
            return
    raise NotFound


# Whom it is hidden from


def exclusions(case: Case) -> Sequence[Exclusion]:
    """The exclusions in force, the latest first. Only for those who may set them."""
    query = (
        select(Exclusion)
        .where(Exclusion.case_id == case.id, Exclusion.ended_at_utc.is_(None))
        .order_by(Exclusion.set_at_utc.desc(), Exclusion.id)
        .options(joinedload(Exclusion.user), joinedload(Exclusion.agency))
    )
    return db.session.scalars(query).all()


def end_exclusion(actor: Actor, case: Case, exclusion_id: uuid.UUID) -> None:
    """Let those it named be judged by the other rules again."""
    exclusion = next((each for each in exclusions(case) if each.id == exclusion_id), None)
    if exclusion is None:
        raise NotFound
    exclusion.ended_at_utc = now()
    db.session.flush()
    trail.record(
        actor,
        Event.EXCLUSION_ENDED,
        case,
        user=str(exclusion.user_id) if exclusion.user_id else None,
        agency=str(exclusion.agency_id) if exclusion.agency_id else None,
    )


# Everybody who sees it


@dataclass(frozen=True)
class Seer:
    """Somebody who may see the case: for which agency, in which role, by which rule, and whether they may
    change it.
    """

    name: str
    agency: str
    role: str
    rule: str
    works: bool


def who_sees(case: Case) -> list[Seer]:
    """Everybody who may see the case today. Each is asked of the one rule that opens the case itself.

    One statement for the memberships, one for who stands in for whom, and one for every fifty memberships.
    """
    rows = db.session.execute(
        select(User, Membership, Agency.name)
        .join(Membership, Membership.user_id == User.id)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(*accounts.in_force(), User.deactivated_at_utc.is_(None))
        .order_by(User.name, Membership.role)
    ).all()
    everything: dict[uuid.UUID, list[Grant]] = {}
    for user, membership, _ in rows:
        everything.setdefault(user.id, []).append(
            Grant(Role(membership.role), membership.agency_id, membership.programme)
        )
    covered = _standing_in()
    asked = [
        (user, membership, agency)
        for user, membership, agency in rows
        if membership.programme == case.programme and Permission.CASE_VIEW in GRANTS[Role(membership.role)]
    ]
    seen: set[int] = set()
    for first in range(0, len(asked), AT_ONCE):
        parts = [
            select(literal(place).label("place")).where(
                Case.id == case.id,
                _both(
                    Actor(
                        id=user.id,
                        name=user.name,
                        grants=tuple(everything[user.id]),
                        standing_in=covered.get(user.id, frozenset()),
                    ),
                    membership,
                ),
            )
            for place, (user, membership, _) in enumerate(asked[first : first + AT_ONCE], start=first)
        ]
        seen |= set(db.session.scalars(union_all(*parts)))
    return [_seer(case, *asked[place]) for place in sorted(seen)]


def _both(whole: Actor, membership: Membership) -> ColumnElement[bool]:
    """This membership reaches the case, and nothing that the user is hides it from them."""
    this = Grant(Role(membership.role), membership.agency_id, membership.programme)
    return and_(policy.condition(whole, Case), policy.condition(replace(whole, grants=(this,)), Case))


def _standing_in() -> dict[uuid.UUID, frozenset[tuple[str, uuid.UUID]]]:
    """For whom everybody stands in today, by who does."""
    rows = db.session.execute(
        select(Cover.covered_by_id, Cover.programme, Cover.user_id).where(
            Cover.first_day <= today(), Cover.last_day >= today(), Cover.ended.is_(False)
        )
    )
    found: dict[uuid.UUID, set[tuple[str, uuid.UUID]]] = {}
    for by, programme, user in rows:
        found.setdefault(by, set()).add((programme, user))
    return {by: frozenset(covered) for by, covered in found.items()}


def _seer(case: Case, user: User, membership: Membership, agency: str) -> Seer:
    role = Role(membership.role)
    match SCOPES[role]:
        case Scope.PROGRAMME:
            rule = "Sees every case of the programme"
        case Scope.AGENCY if user.id == case.worker_id:
            rule = "Is the worker"
        case Scope.AGENCY if membership.agency_id == case.agency_id:
            rule = "Their agency holds the case"
        case Scope.AGENCY:
            rule = "Stands in for the worker"
        case _:
            rule = "Their agency takes part in the case"
    return Seer(user.name, agency, role.label, rule, Permission.CASE_WORK in GRANTS[role])
