"""The list of referrals: what waits to be screened first, then all that ever came in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts.models import Agency
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case
from casework.crypto import vault
from casework.crypto.sealed import opened
from casework.extensions import db
from casework.paging import SIZE, Page, offset
from casework.people.models import Person, name_in
from casework.referrals.models import Referral

UNDECIDED = "undecided"  # waiting to be screened, or returned for information


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; None: not narrowed. `outcome` is a referral's, UNDECIDED or `all`."""

    programme: str | None = None
    outcome: str = UNDECIDED
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
    """A page of the referrals that the actor may see. Three statements, however many there are."""
    conditions = _conditions(actor, wanted)
    total = db.session.scalar(select(func.count()).select_from(Referral).where(*conditions)) or 0
    rows = db.session.execute(_page(conditions, wanted, number)).all()
    vault.warm(row.subject_id for row in rows if row.subject_id)
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


def _page(conditions: list[ColumnElement[bool]], wanted: Filter, number: int) -> Any:
    column = SORTS.get(wanted.sort, Referral.received_on)
    order = (column.desc(), Referral.id.desc()) if wanted.descending else (column.asc(), Referral.id.asc())
    keys = (
        select(Referral.id).where(*conditions).order_by(*order).limit(SIZE).offset(offset(number)).subquery()
    )
    return (
        select(
            Referral.id,
            Referral.reference,
            Referral.programme,
            Referral.received_on,
            Referral.source,
            Referral.outcome,
            Case.urgent,
            Case.subject_id,
            Agency.name.label("agency"),
            Person.sealed,
        )
        .join(keys, keys.c.id == Referral.id)
        .join(Case, Case.id == Referral.case_id)
        .outerjoin(Agency, Agency.id == Referral.referring_agency_id)
        .outerjoin(Person, Person.id == Case.subject_id)
        .order_by(*order)
    )


def _conditions(actor: Actor, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = [policy.condition(actor, Referral, Permission.REFERRAL_VIEW)]
    if wanted.outcome == UNDECIDED:
        conditions.append(Referral.outcome.in_(("waiting", "returned")))
    elif wanted.outcome != "all":
        conditions.append(Referral.outcome == wanted.outcome)
    if wanted.programme:
        conditions.append(Referral.programme == wanted.programme)
    if wanted.source:
        conditions.append(Referral.source == wanted.source)
    if wanted.received_from:
        conditions.append(Referral.received_on >= wanted.received_from)
    if wanted.received_to:
        conditions.append(Referral.received_on <= wanted.received_to)
    return conditions


def _row(row: Any) -> Row:
    document = opened(Person, row.subject_id, row.subject_id, row.sealed) if row.subject_id else {}
    return Row(
        id=row.id,
        reference=row.reference,
        programme=row.programme,
        received_on=row.received_on,
        source=row.source,
        outcome=row.outcome,
        urgent=row.urgent,
        agency=row.agency,
        name=name_in(document),
    )
