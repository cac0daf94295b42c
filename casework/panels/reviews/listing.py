"""The list of reviews: filtered, sorted and paged in the database on plain columns."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, func, or_, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case
from casework.extensions import db
from casework.forms import today
from casework.paging import SIZE, Page, offset, within
from casework.panels.models import Review
from casework.panels.reviews import service as reviews
from casework.people import naming
from casework.people.models import Person

SOON = timedelta(days=30)


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; `shown` is a key of review_schemas.SHOWN. None: not narrowed."""

    shown: str | None = "soon"
    programme: str | None = None
    sort: str = "due"
    descending: bool = False


@dataclass(frozen=True)
class Row:
    """A review as the list shows it. `name` is whom its case is about."""

    id: uuid.UUID
    label: str
    programme: str
    state: str
    due_on: date
    done_on: date | None
    worker: str | None
    reference: str
    name: str


SORTS: Mapping[str, Any] = {"due": Review.due_on}


def page_of(actor: Actor, wanted: Filter, number: int = 1) -> Page[Row]:
    """A page of reviews, the last where there are fewer. Three statements, always."""
    day = today()
    total = db.session.scalar(_count(actor, wanted, day)) or 0
    number = within(number, total)
    rows = db.session.execute(_page(actor, wanted, day), {"first": offset(number)}).all()
    trail.record(actor, Event.LIST_VIEWED, programme=wanted.programme, list="reviews", rows=len(rows))
    return Page(rows_of(rows), total, number)


# A statement follows from who asks for what on which day, and making it takes longer than sending it.
@lru_cache(maxsize=512)
def _count(actor: Actor, wanted: Filter, day: date) -> Any:
    return select(func.count()).select_from(Review).where(*_conditions(actor, wanted, day))


@lru_cache(maxsize=512)
def _page(actor: Actor, wanted: Filter, day: date) -> Any:
    ways = (
        (Review.due_on.desc(), Review.id.desc())
        if wanted.descending
        else (Review.due_on.asc(), Review.id.asc())
    )
    keys = (
        select(Review.id)
        .where(*_conditions(actor, wanted, day))
        .order_by(*ways)
        .limit(SIZE)
        .offset(bindparam("first", type_=Integer))
    )
    return lines(keys.subquery()).order_by(*ways)


def lines(keys: Any) -> Any:
    """What the lines of a list show of the reviews whose ids are given."""
    return (
        select(
            Review.id,
            Review.cycle,
            Review.programme,
            Review.state,
            Review.due_on,
            Review.done_on,
            User.name.label("worker"),
            Case.reference,
            Case.subject_id,
            Person.sealed.label("person_sealed"),
        )
        .join(keys, keys.c.id == Review.id)
        .join(Case, Case.id == Review.case_id)
        .outerjoin(User, User.id == Case.worker_id)
        .outerjoin(Person, Person.id == Case.subject_id)
    )


def rows_of(rows: Sequence[Any]) -> list[Row]:
    """The lines in words; every key that they need is opened with one statement."""
    naming.warm(row.subject_id for row in rows)
    return [
        Row(
            id=row.id,
            label=reviews.label_of(row.programme, row.cycle),
            programme=row.programme,
            state=row.state,
            due_on=row.due_on,
            done_on=row.done_on,
            worker=row.worker,
            reference=row.reference,
            name=naming.name_of(row.subject_id, row.person_sealed),
        )
        for row in rows
    ]


def mine_due(actor: Actor, day: date) -> ColumnElement[bool]:
    """What the actor is alarmed of: due reviews of cases that they work, or whose panel they run."""
    return and_(
        Review.state == "open",
        Review.due_on <= day,
        or_(
            policy.condition(actor, Review, Permission.MEETING_RUN),
            policy.condition(actor, Review, Permission.CASE_WORK),
        ),
    )


def _conditions(actor: Actor, wanted: Filter, day: date) -> list[ColumnElement[bool]]:
    conditions = [policy.condition(actor, Review, Permission.CASE_VIEW)]
    match wanted.shown:
        case "due":
            conditions += [Review.state == "open", Review.due_on <= day]
        case "soon":
            conditions += [Review.state == "open", Review.due_on <= day + SOON]
        case "open" | "done" | "ended":
            conditions.append(Review.state == wanted.shown)
    if wanted.programme:
        conditions.append(Review.programme == wanted.programme)
    return conditions
