"""My work: what is due, what is new, what has gone quiet. A fixed number of statements, however much there is."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import tasks
from casework.cases.listing import has_gone_quiet, mine
from casework.cases.models import Case, Entry, Task
from casework.extensions import db
from casework.forms import today
from casework.people import naming
from casework.people.models import Person
from casework.referrals import drafts, listing
from casework.referrals.drafts import Expiring
from casework.referrals.models import Draft, InformationRequest, Referral

SHOWN = 10  # rows of each kind on the page; each says how many there are in all
AHEAD = timedelta(days=14)  # how far ahead key dates and next tries are shown

# What an entry asks for when its day comes. A referral that is to be chased has a task of its own.
ENTRIES: Mapping[str, str] = {
    "key_date": "Key date",
    "contact": tasks.words_of("next_try"),
    "warning": "Review a warning",
}
QUESTION = "Answer a question about your referral"


@dataclass(frozen=True)
class Due:
    """Something that falls due: a task, a next try, a key date, a review, a question to be answered.

    `name` is whom it is about; `id` is the referral's for a question, else the case's.
    """

    id: uuid.UUID
    words: str
    programme: str
    reference: str
    name: str
    due_on: date


@dataclass(frozen=True)
class Some:
    """The first few of a number of things."""

    rows: tuple[Due, ...]
    total: int


@dataclass(frozen=True)
class Load:
    """How many open cases, how many of them urgent, how many gone quiet, and how many held by nobody."""

    open: int
    urgent: int
    quiet: int
    unallocated: int


@dataclass(frozen=True)
class Work:
    """What the page shows; None where the actor's roles have no such thing."""

    tasks: Some | None
    coming: Some | None
    questions: Some | None
    load: Load | None
    waiting: int | None
    drafts: tuple[Draft, ...]
    expiring: tuple[Expiring, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits: a page with tasks says so under its own heading."""
        return not (self.tasks or self.drafts or (self.questions and self.questions.rows))


def my_work(actor: Actor) -> Work:
    """Everything that waits for the actor. That their names were seen is noted in the trail."""
    works, logs = actor.has(Permission.CASE_WORK), actor.has(Permission.REFERRAL_LOG)
    work = Work(
        tasks=my_tasks(actor) if works else None,
        coming=coming_up(actor) if works else None,
        questions=questions(actor) if actor.has(Permission.REFERRAL_ANSWER) else None,
        load=my_load(actor) if works else None,
        waiting=listing.waiting(actor) if actor.has(Permission.REFERRAL_SCREEN) else None,
        drafts=tuple(drafts.own(actor)) if logs else (),
        expiring=tuple(drafts.expiring(actor)) if logs else (),
    )
    seen = sum(len(some.rows) for some in (work.tasks, work.coming, work.questions) if some)
    trail.record(actor, Event.LIST_VIEWED, list="home", rows=seen)
    return work


def my_tasks(actor: Actor) -> Some:
    """Tasks of mine, or of nobody on a case I may allocate, the longest overdue first."""
    ours = or_(
        Task.assigned_to_id.in_(_my_people(actor)),
        and_(Task.assigned_to_id.is_(None), policy.condition(actor, Task, Permission.CASE_ALLOCATE)),
    )
    query = (
        select(Task.id, Task.kind, Task.due_on, Task.case_id, Task.sealed, *_CASE)
        .join(Case, Case.id == Task.case_id)
        .where(Task.done_at_utc.is_(None), ours, policy.condition(actor, Task, Permission.CASE_WORK))
        .order_by(Task.due_on, Task.id)
    )
    return _some(query, _task_words, opens=("subject_id", "case_id"))


def coming_up(actor: Actor) -> Some:
    """Key dates, next tries and reviews of the next days on my cases, and those past that nobody ended."""
    soon = today() + AHEAD
    day = func.coalesce(Entry.due_on, Entry.dated)
    query = (
        select(Entry.id, Entry.kind, day.label("due_on"), Entry.case_id, *_CASE)
        .join(Case, Case.id == Entry.case_id)
        .where(
            Entry.ended_at_utc.is_(None),
            Entry.done_on.is_(None),
            or_(
                and_(Entry.kind == "key_date", Entry.dated.between(today(), soon)),
                and_(Entry.kind.in_(("contact", "warning")), Entry.due_on <= soon),
            ),
            mine(actor),
            Case.stage_kind == "open",
            policy.condition(actor, Entry, Permission.CASE_WORK),
        )
        .order_by(day, Entry.id)
    )
    return _some(query, lambda row: ENTRIES[row.kind], opens=("subject_id",))


def questions(actor: Actor) -> Some:
    """Requests for information that the actor, or their agency, has not answered, under the names they gave."""
    query = (
        select(
            Referral.id,
            Referral.case_id,
            Referral.sealed,
            Referral.programme,
            Referral.reference,
            InformationRequest.due_on,
        )
        .join(Referral, Referral.id == InformationRequest.referral_id)
        .where(
            InformationRequest.answered_at_utc.is_(None),
            Referral.outcome == "returned",
            policy.condition(actor, Referral, Permission.REFERRAL_ANSWER),
            or_(Referral.referred_by_id == actor.id, Referral.referring_agency_id.in_(actor.agencies)),
        )
        .order_by(InformationRequest.due_on, InformationRequest.id)
    )
    rows, total = _first(query)
    naming.warm(row.case_id for row in rows)
    return Some(
        tuple(
            Due(
                id=row.id,
                words=QUESTION,
                programme=row.programme,
                reference=row.reference,
                name=listing.name_given(row.id, row.case_id, row.sealed),
                due_on=row.due_on,
            )
            for row in rows
        ),
        total,
    )


def my_load(actor: Actor) -> Load:
    """One statement. Cases that nobody holds are counted for those who may allocate them."""
    ours = mine(actor)
    row = db.session.execute(
        select(
            _count(ours),
            _count(and_(ours, Case.urgent.is_(True))),
            _count(and_(ours, has_gone_quiet())),
            _count(and_(Case.worker_id.is_(None), policy.condition(actor, Case, Permission.CASE_ALLOCATE))),
        ).where(
            Case.stage_kind == "open",
            or_(ours, Case.worker_id.is_(None)),
            policy.condition(actor, Case, Permission.CASE_WORK),
        )
    ).one()
    return Load(*row)


_CASE = (Case.programme, Case.reference, Case.subject_id, Person.sealed.label("person_sealed"))


def _my_people(actor: Actor) -> set[uuid.UUID]:
    """The actor and those for whom they stand in today."""
    return ({actor.id} if actor.id else set()) | actor.covers


def _count(condition: ColumnElement[bool]) -> Any:
    return func.count().filter(condition)


def _first(query: Select[*tuple[Any, ...]]) -> tuple[list[Any], int]:
    """The first few rows, and how many there are in all."""
    counted = query.order_by(None).with_only_columns(func.count())
    return list(db.session.execute(query.limit(SHOWN)).all()), db.session.scalar(counted) or 0


def _some(query: Select[*tuple[Any, ...]], words: Callable[[Any], str], *, opens: tuple[str, ...]) -> Some:
    """Things due on cases. `opens` are the columns of the owners whose keys the rows need."""
    rows, total = _first(query.outerjoin(Person, Person.id == Case.subject_id))
    naming.warm(getattr(row, owner) for row in rows for owner in opens)
    return Some(
        tuple(
            Due(
                id=row.case_id,
                words=words(row),
                programme=row.programme,
                reference=row.reference,
                name=naming.name_of(row.subject_id, row.person_sealed),
                due_on=row.due_on,
            )
            for row in rows
        ),
        total,
    )


def _task_words(row: Any) -> str:
    text = naming.document_of(Task, row.id, row.case_id, row.sealed).get("text")
    return str(text) if text else tasks.words_of(row.kind)
