"""My work: what is due, what is new, what has gone quiet. A fixed number of statements, however much there is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.cases.models import Case, Entry, Task
from casework.crypto import vault
from casework.crypto.sealed import opened
from casework.extensions import db, now
from casework.people.models import Person, name_in
from casework.referrals.models import InformationRequest, Referral

SHOWN = 10  # rows of each kind on the page; each says how many there are in all
AHEAD = timedelta(days=14)  # how far ahead key dates and chases are shown
QUIET = timedelta(days=28)  # an open case without contact for longer has gone quiet


@dataclass(frozen=True)
class Due:
    """Something that falls due on a case: a task, a chase, a key date, a question to be answered."""

    kind: str  # task, next_try, chase, key_date, review, question
    what: str  # the task's kind or the entry's kind; the words are the page's
    id: uuid.UUID
    case_id: uuid.UUID
    programme: str
    reference: str
    name: str
    due_on: date
    words: str = ""


@dataclass(frozen=True)
class Some:
    """The first few of a number of things."""

    rows: tuple[Any, ...]
    total: int


def my_people(actor: Actor) -> set[uuid.UUID]:
    """The actor and those for whom they stand in today."""
    return ({actor.id} if actor.id else set()) | actor.covers


def my_tasks(actor: Actor) -> Some:
    """Tasks of mine, or of nobody on a case I may allocate, the longest overdue first."""
    mine = or_(
        Task.assigned_to_id.in_(my_people(actor)),
        and_(Task.assigned_to_id.is_(None), policy.condition(actor, Task, Permission.CASE_ALLOCATE)),
    )
    where = (Task.done_at_utc.is_(None), mine, policy.condition(actor, Task, Permission.CASE_WORK))
    query = (
        select(Task.id, Task.kind, Task.due_on, Task.case_id, Task.sealed, *_CASE_COLUMNS)
        .join(Case, Case.id == Task.case_id)
        .outerjoin(Person, Person.id == Case.subject_id)
        .where(*where)
        .order_by(Task.due_on, Task.id)
        .limit(SHOWN)
    )
    total = db.session.scalar(select(func.count()).select_from(Task).where(*where)) or 0
    rows = db.session.execute(query).all()
    _warm(rows, with_case=True)
    return Some(
        tuple(
            _due(
                row,
                kind="task",
                what=row.kind,
                words=opened(Task, row.id, row.case_id, row.sealed).get("text", ""),
            )
            for row in rows
        ),
        total,
    )


def coming_up(actor: Actor) -> Some:
    """Key dates and chases of the next days on my cases, and those already past that nobody closed."""
    soon = now().date() + AHEAD
    day = func.coalesce(Entry.due_on, Entry.dated)
    where = (
        Entry.ended_at_utc.is_(None),
        Entry.done_on.is_(None),
        or_(
            and_(Entry.kind == "key_date", Entry.dated.between(now().date(), soon)),
            and_(Entry.kind.in_(("onward", "contact", "warning")), Entry.due_on <= soon),
        ),
        Case.worker_id.in_(my_people(actor)),
        Case.stage_kind == "open",
        policy.condition(actor, Entry, Permission.CASE_WORK),
    )
    query = (
        select(Entry.id, Entry.kind, day.label("due_on"), Entry.case_id, *_CASE_COLUMNS)
        .join(Case, Case.id == Entry.case_id)
        .outerjoin(Person, Person.id == Case.subject_id)
        .where(*where)
        .order_by(day, Entry.id)
        .limit(SHOWN)
    )
    total = db.session.scalar(
        select(func.count()).select_from(Entry).join(Case, Case.id == Entry.case_id).where(*where)
    )
    rows = db.session.execute(query).all()
    _warm(rows)
    return Some(tuple(_due(row, kind="entry", what=row.kind) for row in rows), total or 0)


def questions(actor: Actor) -> Some:
    """Requests for information that the actor's agency, as referrer, has not answered."""
    where = (
        InformationRequest.answered_at_utc.is_(None),
        Referral.outcome == "returned",
        policy.condition(actor, Referral, Permission.REFERRAL_ANSWER),
        or_(Referral.referred_by_id == actor.id, Referral.referring_agency_id.in_(actor.agencies)),
    )
    query = (
        select(
            Referral.id,
            Referral.case_id,
            InformationRequest.due_on,
            Referral.programme,
            Referral.reference,
            Case.subject_id,
            Person.sealed.label("person_sealed"),
        )
        .join(Referral, Referral.id == InformationRequest.referral_id)
        .join(Case, Case.id == Referral.case_id)
        .outerjoin(Person, Person.id == Case.subject_id)
        .where(*where)
        .order_by(InformationRequest.due_on)
        .limit(SHOWN)
    )
    rows = db.session.execute(query).all()
    _warm(rows)
    return Some(tuple(_due(row, kind="question", what="question") for row in rows), len(rows))


@dataclass(frozen=True)
class Load:
    """How many open cases, how many of them urgent, how many gone quiet, and how many held by nobody."""

    open: int
    urgent: int
    quiet: int
    unallocated: int


def my_load(actor: Actor) -> Load:
    """One statement. Unallocated cases are counted for those who may allocate them."""
    mine = Case.worker_id.in_(my_people(actor))
    quiet_since = now().date() - QUIET
    quiet = func.coalesce(Case.last_contact_on, Case.opened_on) < quiet_since
    row = db.session.execute(
        select(
            _count(mine),
            _count(and_(mine, Case.urgent.is_(True))),
            _count(and_(mine, quiet)),
            _count(and_(Case.worker_id.is_(None), policy.condition(actor, Case, Permission.CASE_ALLOCATE))),
        ).where(
            Case.stage_kind == "open",
            or_(mine, Case.worker_id.is_(None)),
            policy.condition(actor, Case, Permission.CASE_WORK),
        )
    ).one()
    return Load(*(number or 0 for number in row))


def _count(condition: ColumnElement[bool]) -> Any:
    return func.count().filter(condition)


_CASE_COLUMNS = (Case.programme, Case.reference, Case.subject_id, Person.sealed.label("person_sealed"))


def _warm(rows: Iterable[Any], *, with_case: bool = False) -> None:
    """Open every key that the rows need with one statement."""
    owners = {row.subject_id for row in rows if row.subject_id}
    if with_case:
        owners |= {row.case_id for row in rows}
    vault.warm(owners)


def _due(row: Any, *, kind: str, what: str, words: str = "") -> Due:
    document = opened(Person, row.subject_id, row.subject_id, row.person_sealed) if row.subject_id else {}
    return Due(
        kind=kind,
        what=what,
        id=row.id,
        case_id=row.case_id,
        programme=row.programme,
        reference=row.reference,
        name=name_in(document),
        due_on=row.due_on,
        words=words,
    )
