"""The meeting while it is held: opening and ending it, what is discussed now and for how long, and what comes next."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.locks import lock
from casework.errors import Conflict, Invalid
from casework.extensions import db, now
from casework.panels.agenda import service as agenda
from casework.panels.live import attendance
from casework.panels.models import Action, AgendaItem, Decision, Meeting, Reconsidered, Telling
from casework.panels.queue import service as queue

UNDECIDED = frozenset(("listed", "discussing"))
NOT_REACHED = "Not reached at the meeting"


# -- opening and ending -----------------------------------------------------------------------------------


def open_meeting(actor: Actor, meeting: Meeting, version: int) -> None:
    """Open the meeting: from now on what is said is written down, and the agencies see each other's research."""
    _hold(meeting, version)
    if meeting.state not in ("planned", "circulated"):
        raise Invalid("This meeting was opened already, or was cancelled.")
    meeting.state, meeting.opened_at_utc = "open", now()
    attendance.expect(actor, meeting)
    db.session.flush()
    trail.record(actor, Event.MEETING_OPENED, meeting)


def end_meeting(actor: Actor, meeting: Meeting, version: int) -> None:
    """End the meeting. What was not reached goes back into the queue; whoever was only expected was absent."""
    _hold(meeting, version)
    if meeting.state != "open":
        raise Invalid("This meeting is not open.")
    _stop_clock(meeting)
    # Every item, also those that whoever ends the meeting may not see: none may be lost.
    query = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id, AgendaItem.state.in_(UNDECIDED))
    held = query.with_for_update(of=AgendaItem).execution_options(populate_existing=True)
    for item in db.session.scalars(held.order_by(AgendaItem.id)).all():
        item.state = "not_heard"
        entry = queue.open_entry(item.case)
        if entry is not None and entry.state == "listed":
            lock(entry)
            queue.unlisted(actor, entry, NOT_REACHED)
        trail.record(actor, Event.ITEM_CHANGED, item, fields=["state"])
    meeting.state, meeting.ended_at_utc, meeting.current_item_id = "ended", now(), None
    attendance.nobody_came(actor, meeting)
    db.session.flush()
    trail.record(actor, Event.MEETING_ENDED, meeting)


def _hold(meeting: Meeting, version: int) -> None:
    lock(meeting)
    if meeting.version != version:
        raise Conflict("Somebody else changed this meeting meanwhile. Read it again before you go on.")


# -- what is discussed ------------------------------------------------------------------------------------


def begin(actor: Actor, item: AgendaItem) -> None:
    """Discuss this item from now on; the clock of the one before stops. Twice is once."""
    meeting = item.meeting
    lock(meeting)
    if meeting.state != "open":
        raise Invalid("The meeting is not open.")
    if meeting.current_item_id == item.id:
        return
    _stop_clock(meeting)
    meeting.current_item_id = item.id
    item.began_at_utc = now()
    if item.state == "listed":
        item.state = "discussing"
    db.session.flush()
    trail.record(actor, Event.ITEM_CHANGED, item, fields=["began"])


def pause(actor: Actor, meeting: Meeting) -> None:
    """Nothing is discussed: a break, or business of no case."""
    lock(meeting)
    _stop_clock(meeting)
    meeting.current_item_id = None
    db.session.flush()


def _stop_clock(meeting: Meeting) -> None:
    if meeting.current_item_id is None:
        return
    item = db.session.get(AgendaItem, meeting.current_item_id)
    if item is not None and item.began_at_utc is not None:
        lock(item)
        item.seconds = used(item, now())
        item.began_at_utc = None
        db.session.flush()


def used(item: AgendaItem, at: datetime) -> int:
    """The seconds for which an item has been discussed until then."""
    running = at - item.began_at_utc if item.began_at_utc else timedelta()
    return item.seconds + max(0, int(running.total_seconds()))


# -- the order --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where an item stands among those that its reader may see: number 3 of 12, and the one that comes next."""

    item: AgendaItem
    number: int
    total: int
    next: AgendaItem | None


def place(items: Sequence[AgendaItem], item: AgendaItem) -> Place:
    number = next(index for index, each in enumerate(items, start=1) if each.id == item.id)
    return Place(item, number, len(items), following(items, item.id))


def following(items: Sequence[AgendaItem], after: uuid.UUID | None) -> AgendaItem | None:
    """The next item without a decision, after one (None: from the top); past the last, the first left over."""
    start = next((index for index, each in enumerate(items, start=1) if each.id == after), 0)
    return next(
        (each for each in (*items[start:], *items[:start]) if each.state in UNDECIDED and each.id != after),
        None,
    )


def current(actor: Actor, meeting: Meeting) -> AgendaItem | None:
    """What is discussed now, if the actor may see it: otherwise it is as if it were nothing."""
    if meeting.current_item_id is None:
        return None
    query = policy.visible(actor, AgendaItem, Permission.MEETING_VIEW)
    return db.session.scalar(query.where(AgendaItem.id == meeting.current_item_id))


def name_of(item: AgendaItem) -> str:
    return item.case.subject.name if item.case.subject else "Name not known"


def stamp(actor: Actor, meeting: Meeting) -> str:
    """A word that changes whenever something changes that this actor may see of the meeting.

    What they may not see leaves it as it was: for them it is as if nothing had happened.
    """
    item = current(actor, meeting)
    rows = attendance.of_meeting(actor, meeting)
    seen: list[object] = [meeting.state, item.id if item else "", *((row.id, row.version) for row in rows)]
    if actor.has(Permission.MEETING_RUN, meeting.programme):
        visible = policy.visible(actor, AgendaItem).where(AgendaItem.meeting_id == meeting.id)
        seen += [(each.id, each.state, each.position) for each in db.session.scalars(visible)]
    return hashlib.sha256(repr(sorted(map(repr, seen))).encode()).hexdigest()[:16]


def may_see(actor: Actor, meeting_id: uuid.UUID) -> bool:
    """Whether there is such a meeting for the actor: an emergency meeting is hidden with its only case."""
    return policy.may_open(actor, Meeting, meeting_id)


@dataclass(frozen=True)
class Line:
    """One case in the order of the meeting, with what was decided on it."""

    number: int
    item: AgendaItem
    decision: Decision | None
    used_minutes: int
    is_current: bool


def run_order(actor: Actor, meeting: Meeting) -> list[Line]:
    """The cases of the meeting that the actor may see, in order."""
    items = agenda.items_of(actor, meeting)
    decided = {
        each.item_id: each
        for each in db.session.scalars(
            select(Decision).where(Decision.item_id.in_([item.id for item in items]))
        )
    }
    at = now()
    return [
        Line(number, item, decided.get(item.id), used(item, at) // 60, item.id == meeting.current_item_id)
        for number, item in enumerate(items, start=1)
    ]


# -- time -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clock:
    """How long an item may take and has taken, in seconds. `running` says whether it is discussed now."""

    planned: int
    used: int
    running: bool

    @property
    def left_minutes(self) -> int:
        """Whole minutes left, rounded up; below zero once it runs over."""
        return -((self.used - self.planned) // 60)

    @property
    def words(self) -> str:
        left = self.left_minutes
        if self.used > self.planned:
            over = (self.used - self.planned) // 60
            return "Time is up" if over == 0 else f"{_minutes(over)} over"
        return f"{_minutes(left)} left"


def clock(meeting: Meeting, item: AgendaItem, at: datetime) -> Clock:
    return Clock(item.minutes * 60, used(item, at), meeting.current_item_id == item.id)


def _minutes(count: int) -> str:
    return f"{count} minute" if count == 1 else f"{count} minutes"


def planned_end(item: AgendaItem, at: datetime) -> datetime:
    """When the item should be over, by the minutes left of it."""
    return at + timedelta(seconds=max(0, item.minutes * 60 - used(item, at)))


@dataclass(frozen=True)
class Now:
    """The clock of an item, and a word that changes when anything but its notes does."""

    clock: Clock
    stamp: str


def now_of(actor: Actor, item: AgendaItem) -> Now:
    decided = db.session.scalar(select(Decision.version).where(Decision.item_id == item.id))
    kept = [
        db.session.scalar(select(func.count()).select_from(model).where(model.item_id == item.id))
        for model in (Action, Telling, Reconsidered)
    ]
    return Now(clock(item.meeting, item, now()), f"{decided or 0}-{'-'.join(map(str, kept))}")
