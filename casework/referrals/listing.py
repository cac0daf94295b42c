"""The list of referrals: what waits to be screened first, then all that ever came in.

Whoever sees a referral only because their agency made it is shown what they gave and where it stands, not what
became of it in a case: neither the record's name for the person, nor whether a case was there already.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts.models import Agency
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case
from casework.extensions import db
from casework.paging import SIZE, Page, offset, within
from casework.people import naming
from casework.people.models import Person, name_in
from casework.referrals.models import Referral

UNDECIDED = "undecided"  # waiting to be screened, or returned for information


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; None: not narrowed. `outcome` is a referral's, or UNDECIDED."""

    programme: str | None = None
    outcome: str | None = UNDECIDED
    source: str | None = None
    received_from: date | None = None
    received_to: date | None = None
    sort: str = "received"
    descending: bool = True


@dataclass(frozen=True)
class Row:
    """A referral as the list shows it."""

    id: uuid.UUID
    reference: str
    programme: str
    received_on: date
    source: str | None
    outcome: str
    urgent: bool
    agency: str | None
    name: str


SORTS: dict[str, Any] = {"received": Referral.received_on, "reference": Referral.reference}


def page_of_referrals(actor: Actor, wanted: Filter, number: int = 1) -> Page[Row]:
    """A page of the referrals that the actor may see, the last where there are fewer. Three statements, always."""
    conditions = _conditions(actor, wanted)
    total = db.session.scalar(select(func.count()).select_from(Referral).where(*conditions)) or 0
    number = within(number, total)
    rows = db.session.execute(_page(actor, conditions, wanted, number)).all()
    naming.warm(row.subject_id if row.seen else row.case_id for row in rows)
    trail.record(actor, Event.LIST_VIEWED, programme=wanted.programme, list="referrals", rows=len(rows))
    return Page([_row(row) for row in rows], total, number)


def waiting(actor: Actor) -> int:
    """How many referrals wait for somebody who may screen them."""
    query = (
        select(func.count())
        .select_from(Referral)
        .where(policy.condition(actor, Referral, Permission.REFERRAL_SCREEN), Referral.outcome == "waiting")
    )
    return db.session.scalar(query) or 0


def name_given(referral_id: uuid.UUID, case_id: uuid.UUID, sealed: bytes | None) -> str:
    """The first name on a referral as its referrer gave it, of which only these columns were read."""
    document = naming.document_of(Referral, referral_id, case_id, sealed)
    names = (document.get("other") or {}).get("as_given") or ()
    return str(names[0]) if names else name_in(document)


def _page(actor: Actor, conditions: list[ColumnElement[bool]], wanted: Filter, number: int) -> Any:
    column = SORTS.get(wanted.sort, Referral.received_on)
    order = (column.desc(), Referral.id.desc()) if wanted.descending else (column.asc(), Referral.id.asc())
    keys = (
        select(Referral.id).where(*conditions).order_by(*order).limit(SIZE).offset(offset(number)).subquery()
    )
    return (
        select(
            Referral.id,
            Referral.case_id,
            Referral.reference,
            Referral.programme,
            Referral.received_on,
            Referral.source,
            Referral.outcome,
            Referral.sealed,
            Case.urgent,
            Case.subject_id,
            Agency.name.label("agency"),
            Person.sealed.label("person_sealed"),
            policy.condition(actor, Case, Permission.CASE_VIEW).label("seen"),
        )
        .join(keys, keys.c.id == Referral.id)
        .join(Case, Case.id == Referral.case_id)
        .outerjoin(Agency, Agency.id == Referral.referring_agency_id)
        .outerjoin(Person, Person.id == Case.subject_id)
        .order_by(*order)
    )


def _conditions(actor: Actor, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = [policy.condition(actor, Referral, Permission.REFERRAL_VIEW)]
    if wanted.outcome:
        conditions.append(_outcome(actor, wanted.outcome))
    if wanted.programme:
        conditions.append(Referral.programme == wanted.programme)
    if wanted.source:
        conditions.append(Referral.source == wanted.source)
    if wanted.received_from:
        conditions.append(Referral.received_on >= wanted.received_from)
    if wanted.received_to:
        conditions.append(Referral.received_on <= wanted.received_to)
    return conditions


def _outcome(actor: Actor, outcome: str) -> ColumnElement[bool]:
    """The outcome as the actor is told it: one that joined a case is accepted to whoever may not see the case."""
    told = Referral.case_id.in_(policy.visible(actor, Case, Permission.CASE_VIEW).with_only_columns(Case.id))
    joined = Referral.outcome == "joined"
    if outcome == UNDECIDED:
        return Referral.outcome.in_(("waiting", "returned"))
    if outcome == "joined":
        return and_(joined, told)
    if outcome == "accepted":
        return or_(Referral.outcome == "accepted", and_(joined, ~told))
    return Referral.outcome == outcome


def _row(row: Any) -> Row:
    return Row(
        id=row.id,
        reference=row.reference,
        programme=row.programme,
        received_on=row.received_on,
        source=row.source,
        outcome="accepted" if row.outcome == "joined" and not row.seen else row.outcome,
        urgent=row.urgent and row.seen,
        agency=row.agency,
        name=naming.name_of(row.subject_id, row.person_sealed)
        if row.seen
        else name_given(row.id, row.case_id, row.sealed),
    )
