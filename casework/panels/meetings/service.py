"""Meetings of a panel: listed, planned, changed, cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission, Role
from casework.accounts import service as accounts
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.locks import lock
from casework.errors import Conflict, Invalid
from casework.extensions import db, now
from casework.forms import today, write_date
from casework.paging import SIZE, Page, offset, within
from casework.panels.meetings import recurrence
from casework.panels.models import Meeting, Series
from casework.panels.seats import service as seats

OFFICERS = ("chair", "deputy_chair", "coordinator", "deputy_coordinator")
DETAILS = (
    "starts_at_utc",
    "minutes",
    "minutes_per_case",
    "venue",
    "link",
    *(f"{each}_id" for each in OFFICERS),
)
ON_THE_CALENDAR = frozenset(("starts_at_utc", "minutes", "venue"))
TO_COME = ("planned", "circulated")

# Why a meeting is cancelled: codes, because a meeting's row names nobody.
CANCEL_REASONS = {
    "no_cases": "There is no case to hear",
    "no_quorum": "There would be no quorum",
    "no_chair": "Nobody can chair it",
    "venue": "The place cannot be used",
    "moved": "Another meeting takes its place",
    "series_ended": "Its series has ended",
    "other": "Another reason",
}
LABELS = {
    "day": "Day",
    "time": "Starts at",
    "minutes": "Length in minutes",
    "minutes_per_case": "Minutes for each case",
    "venue": "Venue",
    "link": "Link to join",
    "chair": "Chair",
    "deputy_chair": "Deputy chair",
    "coordinator": "Coordinator",
    "deputy_coordinator": "Deputy coordinator",
}


@dataclass(frozen=True)
class Plan:
    """What is said of a meeting, whether single or of a series: all but its day."""

    time: str
    minutes: int
    minutes_per_case: int
    venue: str | None = None
    link: str | None = None
    chair_id: uuid.UUID | None = None
    deputy_chair_id: uuid.UUID | None = None
    coordinator_id: uuid.UUID | None = None
    deputy_coordinator_id: uuid.UUID | None = None

    @property
    def officers(self) -> dict[str, uuid.UUID | None]:
        return {f"{each}_id": getattr(self, f"{each}_id") for each in OFFICERS}

    def columns(self, day: date) -> dict[str, Any]:
        """What a meeting on that day keeps."""
        return {
            "starts_at_utc": recurrence.starts_at(day, self.time),
            "minutes": self.minutes,
            "minutes_per_case": self.minutes_per_case,
            "venue": self.venue,
            "link": self.link,
            **self.officers,
        }


# -- lists ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """`when` is coming, past or cancelled."""

    programme: str | None = None
    when: str | None = "coming"


def page_of_meetings(actor: Actor, wanted: Filter, number: int = 1) -> Page[Meeting]:
    """A page of the meetings that the actor may see: the next first, of past ones the last first."""
    conditions = [policy.condition(actor, Meeting), *_conditions(wanted)]
    total = db.session.scalar(select(func.count()).select_from(Meeting).where(*conditions)) or 0
    number = within(number, total)
    way = Meeting.starts_at_utc if wanted.when == "coming" else Meeting.starts_at_utc.desc()
    query = (
        select(Meeting)
        .where(*conditions)
        .options(joinedload(Meeting.chair))
        .order_by(way, Meeting.id)
        .limit(SIZE)
        .offset(offset(number))
    )
    rows = db.session.scalars(query).all()
    trail.record(actor, Event.LIST_VIEWED, programme=wanted.programme, list="meetings", rows=len(rows))
    return Page(rows, total, number)


def _conditions(wanted: Filter) -> Iterable[ColumnElement[bool]]:
    if wanted.programme:
        yield Meeting.programme == wanted.programme
    if wanted.when == "cancelled":
        yield Meeting.state == "cancelled"
    elif wanted.when:
        yield Meeting.state != "cancelled"
        # One that began is at its place in both lists until its day is over.
        start = recurrence.starts_at(today(), "00:00")
        yield Meeting.starts_at_utc >= start if wanted.when == "coming" else Meeting.starts_at_utc < start


def next_of(programme_id: str) -> Meeting | None:
    """The next ordinary meeting of a panel. Emergency meetings are for those who know of their cases."""
    query = select(Meeting).where(Meeting.programme == programme_id, Meeting.kind == "ordinary", *_to_come())
    return db.session.scalar(query.order_by(Meeting.starts_at_utc, Meeting.id).limit(1))


def coming(actor: Actor, *, programme_id: str | None = None, most: int = 5) -> Sequence[Meeting]:
    """The next meetings that the actor may see, emergency meetings and the one in session too."""
    query = policy.visible(actor, Meeting).where(or_(Meeting.state == "open", and_(*_to_come())))
    if programme_id:
        query = query.where(Meeting.programme == programme_id)
    return db.session.scalars(query.order_by(Meeting.starts_at_utc, Meeting.id).limit(most)).all()


def _to_come() -> tuple[ColumnElement[bool], ...]:
    return Meeting.state.in_(TO_COME), Meeting.starts_at_utc >= now()


def ends_at(meeting: Meeting) -> datetime:
    """When it should be over."""
    return meeting.starts_at_utc + timedelta(minutes=meeting.minutes)


def day_of(meeting: Meeting) -> date:
    """Its day in London."""
    return recurrence.day_and_time(meeting.starts_at_utc)[0]


def who_may_run(actor: Actor, programme_id: str) -> list[User]:
    """Those who may chair or coordinate a meeting, as chair, coordinator or the deputy of one."""
    return accounts.colleagues(actor, programme_id, Role.CHAIR, Role.COORDINATOR)


# -- planning ---------------------------------------------------------------------------------------------


def plan(
    actor: Actor,
    programme_id: str,
    day: date,
    details: Plan,
    *,
    kind: str = "ordinary",
) -> Meeting:
    """Plan a meeting on a day. Raises Invalid for a day that is past or people who may not run it."""
    seats.panel_of(actor, programme_id, Permission.MEETING_RUN)
    check(actor, programme_id, details)
    columns = details.columns(day)
    if columns["starts_at_utc"] < now():
        raise Invalid(errors={"day": ["The meeting must begin in the future"]})
    return make(actor, programme_id, columns, kind=kind)


def make(
    actor: Actor,
    programme_id: str,
    columns: Mapping[str, Any],
    *,
    kind: str = "ordinary",
    series: Series | None = None,
) -> Meeting:
    """A meeting with these columns, which were checked."""
    meeting = Meeting(
        programme=programme_id,
        kind=kind,
        series_id=series.id if series else None,
        research_opens=seats.rules_of(programme_id).research_opens,
        **columns,
    )
    db.session.add(meeting)
    db.session.flush()
    trail.record(actor, Event.MEETING_PLANNED, meeting)
    return meeting


def check(actor: Actor, programme_id: str, details: Plan) -> None:
    """Raise Invalid unless those named may run the panel's meetings and each has one place only."""
    known = {user.id for user in who_may_run(actor, programme_id)}
    for pair in (("chair", "deputy_chair"), ("coordinator", "deputy_coordinator")):
        first, second = (getattr(details, f"{each}_id") for each in pair)
        for name, user_id in zip(pair, (first, second), strict=True):
            if user_id is not None and user_id not in known:
                raise Invalid(errors={name: ["Choose a chair or coordinator of this programme"]})
        if second is not None and second == first:
            raise Invalid(errors={pair[1]: ["The deputy must be somebody else"]})


def change(actor: Actor, meeting: Meeting, day: date, details: Plan, *, version: int) -> list[str]:
    """Change a meeting that has not begun; returns the names of what changed.

    Raises Conflict when somebody changed it after `version`, and Invalid as `plan` does.
    """
    hold(meeting, version, words(actor, meeting.programme, day, details))
    check(actor, meeting.programme, details)
    columns = details.columns(day)
    if columns["starts_at_utc"] != meeting.starts_at_utc and columns["starts_at_utc"] < now():
        raise Invalid(errors={"day": ["The meeting must begin in the future"]})
    return apply(actor, meeting, columns)


def apply(actor: Actor, meeting: Meeting, columns: Mapping[str, Any]) -> list[str]:
    """Set what differs, and count it when calendars show it."""
    fields = [name for name, value in columns.items() if getattr(meeting, name) != value]
    for name in fields:
        setattr(meeting, name, columns[name])
    if not ON_THE_CALENDAR.isdisjoint(fields):
        meeting.calendar_sequence += 1
    db.session.flush()
    db.session.expire(meeting, OFFICERS)
    trail.record(actor, Event.MEETING_CHANGED, meeting, fields=fields)
    return fields


def hold(meeting: Meeting, version: int, submitted: Mapping[str, str]) -> None:
    """Lock a meeting; raise Conflict unless it is as the actor saw it, and Invalid once it has begun or is off."""
    lock(meeting)
    if meeting.state not in TO_COME:
        raise Invalid("This meeting has begun, is over or was cancelled, so it is not changed any more.")
    if meeting.version != version:
        raise Conflict(stored=stored_words(meeting), submitted=submitted)


def details_of(meeting: Meeting) -> Plan:
    """What is said of a meeting, all but its day."""
    _, clock = recurrence.day_and_time(meeting.starts_at_utc)
    named = {name: getattr(meeting, name) for name in DETAILS if name != "starts_at_utc"}
    return Plan(time=clock, **named)


def stored_words(meeting: Meeting) -> dict[str, str]:
    people = {each: getattr(meeting, each) for each in OFFICERS}
    names = {user.id: user.name for user in people.values() if user}
    return _words(day_of(meeting), details_of(meeting), names)


def words(actor: Actor, programme_id: str, day: date, details: Plan) -> dict[str, str]:
    """What was said of a meeting in words, by the labels of its form."""
    return _words(day, details, {user.id: user.name for user in who_may_run(actor, programme_id)})


def _words(day: date, details: Plan, names: Mapping[uuid.UUID, str]) -> dict[str, str]:
    said = {
        "day": write_date(day),
        "time": details.time,
        "minutes": str(details.minutes),
        "minutes_per_case": str(details.minutes_per_case),
        "venue": details.venue or "",
        "link": details.link or "",
    }
    for each in OFFICERS:
        user_id = getattr(details, f"{each}_id")
        said[each] = names.get(user_id, "Nobody") if user_id else "Nobody"
    return {LABELS[name]: value for name, value in said.items()}
