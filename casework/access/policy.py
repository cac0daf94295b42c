"""The one rule of who may see which record: a `Select` for lists, and the same `Select` asked for one item.

A permission that no membership holds gives an empty list. An exclusion beats every role.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from casework.access.vocabulary import SCOPES, Actor, Grant, Permission, Scope
from casework.cases.models import Case, CaseAgency, CaseRow, Exclusion, Involvement
from casework.extensions import Base, db
from casework.people.models import Person
from casework.referrals.models import Draft, Enquiry, Referral, ReferralLink


def visible(actor: Actor, model: type[Any], permission: Permission | None = None) -> Select[Any]:
    """The rows of `model` on which `actor` holds `permission` (left out: may see them).

    Raises LookupError for a model without a rule, so that a new kind of record is not open by oversight.
    """
    return select(model).where(condition(actor, model, permission))  # type: ignore[arg-type]  # mypy takes no class for hashable


@lru_cache(maxsize=2048)
def condition(actor: Actor, model: type[Any], permission: Permission | None = None) -> ColumnElement[bool]:
    """`visible` as a condition, for queries that count or pick columns.

    Remembered, because a page asks for several and making one takes longer than sending it. It follows from its
    arguments alone: whoever is granted or refused something is another actor from then on.
    """
    for kind, rule in RULES.items():
        if issubclass(model, kind):
            return rule(actor, model, permission)
    raise LookupError(f"no rule says who may see {model.__name__}")


def decide(actor: Actor, permission: Permission, thing: Base) -> bool:
    """Whether `actor` holds `permission` on this very row: asks the list's own rule."""
    return bool(db.session.scalar(_decision(actor, permission, type(thing)), {"row": thing.id}))


@lru_cache(maxsize=1024)
def _decision(actor: Actor, permission: Permission, model: type[Any]) -> Select[bool]:
    """The question follows from these alone: who asks may do other things tomorrow, and is then another actor."""
    row = visible(actor, model, permission).where(model.id == bindparam("row"))
    return select(exists(row.with_only_columns(model.id)))


def _cases(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    if actor.kind == "operator":
        return true()
    grants = actor.grants_for(permission or Permission.CASE_VIEW)
    reaches = [_reach(actor, grant, model) for grant in grants if grant.role in SCOPES]
    return and_(or_(false(), *reaches), ~_excluded(actor, model.id))


def _reach(actor: Actor, grant: Grant, case: type[Case]) -> ColumnElement[bool]:
    """How far one membership reaches among cases."""
    here = case.programme == grant.programme
    match SCOPES[grant.role]:
        case Scope.PROGRAMME:
            return here
        case Scope.AGENCY:
            mine = [case.agency_id == grant.agency_id, case.worker_id == actor.id]
            if covered := actor.covers_in(grant.programme):
                mine.append(case.worker_id.in_(covered))
            return and_(here, or_(*mine))
        case Scope.SHARED:
            part = aliased(CaseAgency)
            taking_part = exists().where(
                part.case_id == case.id, part.agency_id == grant.agency_id, part.ended_on.is_(None)
            )
            return and_(here, taking_part)
        case Scope.OWN:
            return false()


def excluded_cases(actor: Actor) -> Select[Any]:
    """The ids of the cases that the actor must not know of, whatever they are."""
    return select(Exclusion.case_id).where(
        Exclusion.ended_at_utc.is_(None),
        or_(Exclusion.user_id == actor.id, Exclusion.agency_id.in_(actor.agencies)),
    )


def _excluded(actor: Actor, case_id: Any) -> ColumnElement[bool]:
    # One list for the whole statement rather than a look-up for each case: an actor is excluded from few cases.
    hidden: ColumnElement[bool] = case_id.in_(excluded_cases(actor))
    return hidden


def _referrals(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """A referral is seen by those who may see its case, and by the agency that made it."""
    if actor.kind == "operator":
        return true()
    grants = actor.grants_for(permission or Permission.REFERRAL_VIEW)
    own = [
        and_(model.programme == grant.programme, model.referring_agency_id == grant.agency_id)
        for grant in grants
        if SCOPES.get(grant.role) is Scope.OWN
    ]
    case = aliased(Case)
    seen = _cases(actor, case, permission or Permission.REFERRAL_VIEW)
    through = exists().where(case.id == model.case_id, seen)
    return or_(through, and_(or_(false(), *own), ~_excluded(actor, model.case_id)))


def _of_case(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """Whatever is recorded on a case is seen with the case."""
    if actor.kind == "operator":
        return true()
    case = aliased(Case)  # a name of its own: the query that asks may have joined cases already
    return exists().where(case.id == model.case_id, _cases(actor, case, permission))


def _people(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """A person is seen through a case they are involved in; one whose every case is hidden is hidden too.

    A person of whom any case is closed to the actor by an exclusion stays hidden only in that case: their name is
    known to the actor from the other.
    """
    if actor.kind == "operator":
        return true()
    part, case = aliased(Involvement), aliased(Case)
    return exists().where(
        part.person_id == model.id,
        case.id == part.case_id,
        _cases(actor, case, permission or Permission.CASE_VIEW),
    )


def _own_drafts(actor: Actor, model: type[Any], _permission: Permission | None) -> ColumnElement[bool]:
    own: ColumnElement[bool] = model.author_id == actor.id
    return own if actor.id else false()


def _of_programme(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """Rows that name nobody: seen by whoever holds the permission in the programme."""
    if actor.kind == "operator":
        return true()
    held: ColumnElement[bool] = model.programme.in_(actor.programmes(permission or Permission.ENQUIRY_LOG))
    return held


Rule = Callable[[Actor, type[Any], Permission | None], ColumnElement[bool]]

# The first class that fits decides, so the narrower stands before the wider.
RULES: dict[type[Any], Rule] = {
    Case: _cases,
    Referral: _referrals,
    CaseRow: _of_case,
    CaseAgency: _of_case,
    Person: _people,
    Draft: _own_drafts,
    Enquiry: _of_programme,
    ReferralLink: _of_programme,
}


def may_open(actor: Actor, model: type[Any], row: uuid.UUID) -> bool:
    """Whether a row of `model` with this id is in the actor's list."""
    return bool(
        db.session.scalar(
            select(exists(visible(actor, model).where(model.id == row).with_only_columns(model.id)))
        )
    )
