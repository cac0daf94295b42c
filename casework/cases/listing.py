"""The list of cases: filtered, sorted and paged in the database on plain columns; names are opened for one page only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, UnaryExpression, and_, bindparam, func, nulls_last, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case
from casework.extensions import db
from casework.forms import today
from casework.paging import SIZE, Page, offset, within
from casework.people import naming
from casework.people.models import Person

UNALLOCATED = "none"
MINE = "mine"
QUIET = timedelta(days=28)  # an open case without contact for longer has gone quiet


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; None: not narrowed.

    `state` is a stage's kind; `worker` a user's id, MINE or UNALLOCATED; `urgent` and `quiet` are "yes" or "no".
    """

    programme: str | None = None
    state: str | None = "open"
    stage: str | None = None
    worker: str | None = None
    risk_band: str | None = None
    urgent: str | None = None
    quiet: str | None = None
    opened_from: date | None = None
    opened_to: date | None = None
    sort: str = "opened"
    descending: bool = True


@dataclass(frozen=True)
class Row:
    """A case as the list shows it."""

    id: uuid.UUID
    reference: str
    programme: str
    stage: str
    opened_on: date
    risk_band: str | None
    urgent: bool
    last_contact_on: date | None
    worker: str | None
    name: str


SORTS: dict[str, Any] = {
    "opened": Case.opened_on,
    "reference": Case.reference,
    "risk": Case.risk_score,
    "contact": Case.last_contact_on,
}


def page_of_cases(actor: Actor, wanted: Filter, number: int = 1) -> Page[Row]:
    """A page of the cases that the actor may see, the last where there are fewer. Three statements, always."""
    day = today()
    total = db.session.scalar(_count(actor, wanted, day)) or 0
    number = within(number, total)
    rows = db.session.execute(_page(actor, wanted, day), {"first": offset(number)}).all()
    naming.warm(row.subject_id for row in rows)
    trail.record(actor, Event.LIST_VIEWED, programme=wanted.programme, list="cases", rows=len(rows))
    return Page([_row(row) for row in rows], total, number)


def has_gone_quiet(day: date | None = None) -> ColumnElement[bool]:
    """Whether an open case was without contact for too long, counted from its start where there was none."""
    latest = func.coalesce(Case.last_contact_on, Case.opened_on)
    return and_(Case.stage_kind == "open", latest < (day or today()) - QUIET)


def holder(actor: Actor, worker_id: uuid.UUID) -> str | None:
    """The name of somebody who holds a case that the actor may see, whether or not they still work here."""
    held = policy.visible(actor, Case, Permission.CASE_VIEW).where(Case.worker_id == worker_id)
    return db.session.scalar(
        select(User.name).where(User.id == worker_id, held.with_only_columns(Case.id).exists())
    )


# A statement follows from who asks for what on which day, and making it takes longer than sending it.
@lru_cache(maxsize=512)
def _count(actor: Actor, wanted: Filter, day: date) -> Any:
    return select(func.count()).select_from(Case).where(*_conditions(actor, wanted, day))


@lru_cache(maxsize=512)
def _page(actor: Actor, wanted: Filter, day: date) -> Any:
    """The rows of one page: it is found by the index first, and only its rows are joined."""
    keys = (
        select(Case.id)
        .where(*_conditions(actor, wanted, day))
        .order_by(*_order(wanted))
        .limit(SIZE)
        .offset(bindparam("first", type_=Integer))
        .subquery()
    )
    return (
        select(
            Case.id,
            Case.reference,
            Case.programme,
            Case.stage,
            Case.opened_on,
            Case.risk_band,
            Case.urgent,
            Case.last_contact_on,
            Case.subject_id,
            User.name.label("worker"),
            Person.sealed,
        )
        .join(keys, keys.c.id == Case.id)
        .outerjoin(User, User.id == Case.worker_id)
        .outerjoin(Person, Person.id == Case.subject_id)
        .order_by(*_order(wanted))
    )


def _conditions(actor: Actor, wanted: Filter, day: date) -> list[ColumnElement[bool]]:
    conditions = [policy.condition(actor, Case, Permission.CASE_VIEW)]
    for column, value in (
        (Case.programme, wanted.programme),
        (Case.stage_kind, wanted.state),
        (Case.stage, wanted.stage),
        (Case.risk_band, wanted.risk_band),
    ):
        if value:
            conditions.append(column == value)
    if wanted.urgent:
        conditions.append(Case.urgent.is_(wanted.urgent == "yes"))
    if wanted.quiet:
        conditions.append(has_gone_quiet(day) if wanted.quiet == "yes" else ~has_gone_quiet(day))
    if wanted.opened_from:
        conditions.append(Case.opened_on >= wanted.opened_from)
    if wanted.opened_to:
        conditions.append(Case.opened_on <= wanted.opened_to)
    if wanted.worker:
        conditions.append(_worker(actor, wanted.worker))
    return conditions


def _worker(actor: Actor, worker: str) -> ColumnElement[bool]:
    if worker == UNALLOCATED:
        return Case.worker_id.is_(None)
    if worker == MINE:
        return mine(actor)
    return Case.worker_id == uuid.UUID(worker)


def mine(actor: Actor) -> ColumnElement[bool]:
    """Whether a case is held by the actor, or by somebody for whom they stand in today."""
    return Case.worker_id.in_(({actor.id} if actor.id else set()) | actor.covers)


def _order(wanted: Filter) -> tuple[UnaryExpression[Any], UnaryExpression[Any]]:
    """The sort asked for, and the id so that pages never overlap. Empty values stand last either way."""
    column = SORTS.get(wanted.sort, Case.opened_on)
    ways = (column.desc(), Case.id.desc()) if wanted.descending else (column.asc(), Case.id.asc())
    return (nulls_last(ways[0]) if column.property.columns[0].nullable else ways[0]), ways[1]


def _row(row: Any) -> Row:
    return Row(
        id=row.id,
        reference=row.reference,
        programme=row.programme,
        stage=row.stage,
        opened_on=row.opened_on,
        risk_band=row.risk_band,
        urgent=row.urgent,
        last_contact_on=row.last_contact_on,
        worker=row.worker,
        name=naming.name_of(row.subject_id, row.sealed),
    )
