"""Reading the trail: filtered and paged in the database, by people who see no case."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all

from casework.access import policy
from casework.access.vocabulary import Actor
from casework.accounts.models import Agency, User
from casework.audit import trail
from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.audit.schemas import NOT_ALLOCATED, OUT_OF_HOURS
from casework.audit.words import ACTORS, detail_words, event_words, subject_words
from casework.cases.models import Case, CaseAgency, CaseRow, Involvement
from casework.extensions import Base, db
from casework.forms import today
from casework.forms.dates import LONDON
from casework.mail.models import MailMessage
from casework.paging import SIZE, Page, offset
from casework.panels.models import AgendaItem, Attendance, Meeting, Paper
from casework.referrals.models import Referral

# What counts as looking at somebody's record, for a review of who did so when nobody is at work.
LOOKS = (
    Event.CASE_VIEWED,
    Event.CASE_PRINTED,
    Event.REFERRAL_VIEWED,
    Event.PEOPLE_SEARCHED,
    Event.DOCUMENT_OPENED,
)
OPENS, CLOSES = time(7), time(20)
SATURDAY = 5
REVIEWED_DAYS = 28  # a review of hours looks at so many days at once, the last ones if none are named


@dataclass(frozen=True)
class Filter:
    """What the trail is narrowed to; None: not narrowed. `subject` is a reference or an id; both days count."""

    review: str | None = None
    user: uuid.UUID | None = None
    event: str | None = None
    subject: str | None = None
    programme: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Row:
    """An entry as the screen shows it. `subject` is a reference, a user's or agency's name, or a bare id."""

    at_utc: datetime
    who: str
    event: str
    details: str
    subject_kind: str
    subject_id: uuid.UUID | None
    subject: str
    programme: str | None


def page_of_entries(actor: Actor, wanted: Filter, number: int = 1) -> Page[Row]:
    """A page of the trail, newest first. That it was read is itself an entry."""
    conditions = list(_conditions(actor, wanted))
    total = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*conditions)) or 0
    entries = db.session.scalars(
        select(AuditEntry)
        .where(*conditions)
        .order_by(AuditEntry.sequence.desc())
        .limit(SIZE)
        .offset(offset(number))
    ).all()
    trail.record(actor, Event.AUDIT_VIEWED)
    return Page(_rows(entries), total, number)


def check(actor: Actor) -> tuple[str, ...]:
    """The faults of the trail, in words; none when it holds."""
    faults = trail.verify().faults
    trail.record(actor, Event.AUDIT_CHECKED, faults=len(faults))
    return faults


def users() -> list[User]:
    """Everybody who may be in the trail, by name."""
    return list(db.session.scalars(select(User).order_by(User.name, User.id)))


def _conditions(actor: Actor, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.user:
        yield AuditEntry.actor_id == wanted.user
    if wanted.event:
        yield AuditEntry.event == wanted.event
    if wanted.programme:
        yield AuditEntry.programme == wanted.programme
    if wanted.subject:
        yield AuditEntry.subject_id.in_(_subjects(wanted.subject))
    if wanted.first_day:
        yield AuditEntry.at_utc >= _london(wanted.first_day)
    if wanted.last_day:
        yield AuditEntry.at_utc < _london(wanted.last_day + timedelta(days=1))
    if wanted.review == OUT_OF_HOURS:
        yield and_(AuditEntry.event.in_(LOOKS), or_(*_out_of_hours(*reviewed_days(wanted))))
    if wanted.review == NOT_ALLOCATED:
        yield _not_allocated()
    yield from _not_hidden(actor)


def _subjects(words: str) -> Sequence[uuid.UUID]:
    """The ids of what goes by a reference, or the id itself."""
    try:
        return (uuid.UUID(words),)
    except ValueError:
        named = (select(model.id).where(model.reference == words.upper()) for model in (Case, Referral))
        return db.session.scalars(union_all(*named)).all()


def _london(day: date, at: time = time(0)) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def reviewed_days(wanted: Filter) -> tuple[date, date]:
    """The days that a review of hours looks at."""
    last = wanted.last_day or today()
    earliest = last - timedelta(days=REVIEWED_DAYS - 1)
    return max(wanted.first_day or earliest, earliest), last


def _out_of_hours(first: date, last: date) -> Iterator[ColumnElement[bool]]:
    """The hours at which nobody is at work, as stretches of London time, summer or winter."""
    day = first
    while day <= last:
        next_day = day + timedelta(days=1)
        if day.weekday() >= SATURDAY:
            yield _between(_london(day), _london(next_day))
        else:
            yield _between(_london(day), _london(day, OPENS))
            yield _between(_london(day, CLOSES), _london(next_day))
        day = next_day


def _between(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(AuditEntry.at_utc >= start, AuditEntry.at_utc < end)


def _not_allocated() -> ColumnElement[bool]:
    """A case was opened by a user who does not hold it (today)."""
    held = select(Case.id).where(Case.id == AuditEntry.subject_id, Case.worker_id == AuditEntry.actor_id)
    return and_(AuditEntry.event == Event.CASE_VIEWED, AuditEntry.actor_kind == "user", ~held.exists())


def _not_hidden(actor: Actor) -> Iterator[ColumnElement[bool]]:
    """Leave out whatever tells of a case from which the actor is excluded: they must not know that it exists."""
    cases = db.session.scalars(policy.excluded_cases(actor)).all()
    if cases:
        yield or_(AuditEntry.subject_id.is_(None), AuditEntry.subject_id.not_in(_ids_within(cases)))


def _ids_within(cases: Sequence[uuid.UUID]) -> Select[Any]:
    """The ids of the cases, of whatever is recorded on them, of the people in them and of meetings held for them alone."""
    kinds: list[Any] = [
        mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, CaseRow)
    ]
    found = union_all(
        select(Case.id.label("id")).where(Case.id.in_(cases)),
        select(Involvement.person_id).where(Involvement.case_id.in_(cases)),
        *(select(kind.id).where(kind.case_id.in_(cases)) for kind in (*kinds, CaseAgency)),
        *_of_their_meetings(cases),
    ).subquery()
    return select(found.c.id)


def _of_their_meetings(cases: Sequence[uuid.UUID]) -> Iterator[Select[Any]]:
    """An emergency meeting tells of its cases, and so do its papers, who came to it, and what was sent about it."""
    theirs, others = (
        exists().where(AgendaItem.meeting_id == Meeting.id, condition)
        for condition in (AgendaItem.case_id.in_(cases), AgendaItem.case_id.not_in(cases))
    )
    meetings = select(Meeting.id.label("id")).where(Meeting.kind == "emergency", theirs, ~others)
    yield meetings
    for kind in (Paper, Attendance):
        yield select(kind.id).where(kind.meeting_id.in_(meetings))
    yield select(MailMessage.id).where(MailMessage.about_id.in_(meetings))


def _rows(entries: Sequence[AuditEntry]) -> list[Row]:
    """The entries with names and references, looked up for the whole page at once."""
    ids = {entry.subject_id for entry in entries} | {entry.actor_id for entry in entries}
    known: dict[uuid.UUID, str] = {}
    for key, words in (
        (User.id, User.name),
        (Agency.id, Agency.name),
        (Case.id, Case.reference),
        (Referral.id, Referral.reference),
    ):
        known.update(iter(db.session.execute(select(key, words).where(key.in_(ids)))))
    return [_row(entry, known) for entry in entries]


def _row(entry: AuditEntry, known: dict[uuid.UUID, str]) -> Row:
    return Row(
        at_utc=entry.at_utc,
        who=_who(entry, known),
        event=event_words(entry.event),
        details=detail_words(entry.details),
        subject_kind=subject_words(entry.subject_kind),
        subject_id=entry.subject_id,
        subject=known.get(entry.subject_id, str(entry.subject_id)) if entry.subject_id else "",
        programme=entry.programme,
    )


def _who(entry: AuditEntry, known: dict[uuid.UUID, str]) -> str:
    if entry.actor_id is None:
        return ACTORS.get(entry.actor_kind, entry.actor_kind)
    return known.get(entry.actor_id, str(entry.actor_id))


def event_choices() -> Iterable[tuple[str, str]]:
    """Every event and its words, in the order of the words."""
    return sorted(((event.value, event_words(event)) for event in Event), key=lambda pair: pair[1])
