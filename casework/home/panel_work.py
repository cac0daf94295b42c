"""What panels ask of whoever is signed in. One statement for each kind, however much there is of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.listing import mine
from casework.cases.models import Case
from casework.extensions import db
from casework.forms import today
from casework.home.service import Due, Some
from casework.panels.actions import listing as action_list
from casework.panels.flags import listing as flag_list
from casework.panels.meetings import service as meetings
from casework.panels.minutes import service as minutes
from casework.panels.models import Action, Meeting, Minutes, MinutesPart, Review
from casework.panels.research import listing as research_list
from casework.panels.reviews import listing as review_list
from casework.programmes import shelf

SHOWN = 5  # rows of each kind on the page; each says how many there are in all
RESEARCH = "Say what your agency knows"


@dataclass(frozen=True)
class Running:
    """What those who run panels have to see to: how many actions are overdue, not taken on, or to be verified."""

    overdue: int
    unaccepted: int
    unverified: int


@dataclass(frozen=True)
class MinutesLeft:
    """A meeting that was held and whose minutes are not locked: what is to be done, and by when."""

    meeting: Meeting
    words: str
    due_on: date | None


@dataclass(frozen=True)
class PanelWork:
    """None where the actor's roles have no such thing."""

    actions: Some | None
    acceptance: Some | None
    research: Some | None
    reviews: Some | None
    minutes: Sequence[MinutesLeft]
    meeting: Meeting | None
    running: Running | None
    to_flag: int  # files that the actor's agencies are to flag, and have not said so
    to_free: int  # files whose flag is over

    @property
    def lists(self) -> Sequence[Some]:
        return [each for each in (self.actions, self.acceptance, self.research, self.reviews) if each]

    @property
    def is_empty(self) -> bool:
        return not self.minutes and not any(each.rows for each in self.lists)


def panel_work(actor: Actor) -> PanelWork:
    """Everything that panels ask of the actor. That names were seen is noted in the trail."""
    works = any(shelf.programme(each).panel for each in actor.programmes(Permission.ACTION_WORK))
    sits, runs = actor.has(Permission.RESEARCH_RETURN), actor.has(Permission.MEETING_RUN)
    to_flag, to_free = flag_list.to_do(actor) if works else (0, 0)
    work = PanelWork(
        actions=my_actions(actor) if works else None,
        acceptance=to_accept(actor) if sits else None,
        research=my_research(actor) if sits else None,
        reviews=due_reviews(actor) if runs or actor.has(Permission.CASE_WORK) else None,
        minutes=minutes_left(actor) if runs else (),
        meeting=next_meeting(actor) if actor.has(Permission.MEETING_VIEW) else None,
        running=running(actor) if runs else None,
        to_flag=to_flag,
        to_free=to_free,
    )
    if seen := sum(len(each.rows) for each in work.lists):
        trail.record(actor, Event.LIST_VIEWED, list="home_panels", rows=seen)
    return work


def my_actions(actor: Actor) -> Some:
    """Open actions of mine, the longest overdue first. Those of somebody without an account are their seat's."""
    return _actions(_mine(actor))


def to_accept(actor: Actor) -> Some:
    """What was set in my agency's absence and waits for its answer."""
    return _actions(_awaited(actor))


def my_research(actor: Actor) -> Some:
    """What my agency is asked and has not answered."""
    due = research_list.counts(actor).due
    rows = research_list.soonest(actor, SHOWN) if due else ()
    return Some(
        tuple(
            Due(
                id=row.research.id,
                words=RESEARCH,
                programme=row.research.programme,
                reference=row.case.reference,
                name=row.case.subject.name if row.case.subject else "Name not known",
                due_on=row.research.due_on,
            )
            for row in rows
        ),
        due,
    )


def due_reviews(actor: Actor) -> Some:
    """Due reviews of the cases that I hold, and of all of a panel that I run."""
    rows = db.session.execute(_reviews(actor, today())).all()
    return _some(rows, [(row, row.label) for row in review_list.rows_of(rows)])


def next_meeting(actor: Actor) -> Meeting | None:
    return next(iter(meetings.coming(actor, most=1)), None)


def minutes_left(actor: Actor) -> Sequence[MinutesLeft]:
    """The minutes to draft, to finish or to approve of meetings that the actor runs, the oldest first."""
    return [
        MinutesLeft(meeting, _minutes_words(actor, meeting, drafted), minutes.due_on(meeting))
        for meeting, drafted in db.session.execute(_minutes_left(actor))
    ]


def _minutes_words(actor: Actor, meeting: Meeting, drafted: bool) -> str:
    if not drafted:
        return "Draft the minutes"
    approves = meeting.programme in actor.programmes(Permission.MINUTES_APPROVE)
    return "Read and approve the minutes" if approves else "Finish the minutes"


def running(actor: Actor) -> Running:
    """One statement, over what has not been verified alone."""
    return Running(*db.session.execute(_running(actor, today())).one())


def _actions(query: Any) -> Some:
    rows = db.session.execute(query).all()
    return _some(rows, [(row, row.text) for row in action_list.rows_of(rows)])


def _some(rows: Sequence[Any], lines: Sequence[tuple[Any, str]]) -> Some:
    return Some(
        tuple(
            Due(
                id=line.id,
                words=words,
                programme=line.programme,
                reference=line.reference,
                name=line.name,
                due_on=line.due_on,
            )
            for line, words in lines
        ),
        rows[0].total if rows else 0,
    )


# A statement follows from who asks on which day, and making it takes longer than sending it.
@lru_cache(maxsize=512)
def _mine(actor: Actor) -> Any:
    whose = or_(action_list.mine(actor), and_(Action.owner_id.is_(None), _of_seat(actor)))
    listed_above = and_(Action.acceptance == "awaited", _of_seat(actor))  # it waits for their answer first
    return _first_actions(actor, Action.state == "open", Action.acceptance != "refused", whose, ~listed_above)


@lru_cache(maxsize=512)
def _awaited(actor: Actor) -> Any:
    return _first_actions(actor, Action.state == "open", Action.acceptance == "awaited", _of_seat(actor))


def _first_actions(actor: Actor, *conditions: ColumnElement[bool]) -> Any:
    keys = (
        select(Action.id, func.count().over().label("total"))
        .where(*conditions, policy.condition(actor, Action, Permission.ACTION_WORK))
        .order_by(Action.due_on, Action.id)
        .limit(SHOWN)
        .subquery()
    )
    return action_list.lines(keys).add_columns(keys.c.total).order_by(Action.due_on, Action.id)


def _of_seat(actor: Actor) -> ColumnElement[bool]:
    """It is for an agency for which the actor sits on the panel."""
    sits = {(grant.agency_id, grant.programme) for grant in actor.grants_for(Permission.RESEARCH_RETURN)}
    theirs = [
        and_(Action.agency_id == agency, Action.programme == programme)
        for agency, programme in sorted(sits, key=str)
    ]
    return or_(false(), *theirs)


@lru_cache(maxsize=512)
def _reviews(actor: Actor, day: date) -> Any:
    held = and_(mine(actor), policy.condition(actor, Review, Permission.CASE_WORK))
    runs = policy.condition(actor, Review, Permission.MEETING_RUN)
    keys = (
        select(Review.id, func.count().over().label("total"))
        .join(Case, Case.id == Review.case_id)
        .where(
            Review.state == "open",
            Review.due_on <= day,
            or_(held, runs) if actor.has(Permission.MEETING_RUN) else held,
        )
        .order_by(Review.due_on, Review.id)
        .limit(SHOWN)
        .subquery()
    )
    return review_list.lines(keys).add_columns(keys.c.total).order_by(Review.due_on, Review.id)


@lru_cache(maxsize=512)
def _minutes_left(actor: Actor) -> Any:
    of_meeting = exists().where(Minutes.meeting_id == Meeting.id)
    # What waits for somebody else's approval, because the actor may not know of it, does not keep it here.
    part_left = exists().where(
        MinutesPart.minutes_id == Minutes.id,
        MinutesPart.approved_by_id.is_(None),
        policy.condition(actor, MinutesPart, Permission.MEETING_RUN),
    )
    draft = of_meeting.where(Minutes.state == "draft", or_(Minutes.approved_by_id.is_(None), part_left))
    return (
        select(Meeting, draft)
        .where(
            policy.condition(actor, Meeting, Permission.MEETING_RUN),
            Meeting.state == "ended",
            or_(draft, ~of_meeting),
        )
        .order_by(Meeting.starts_at_utc, Meeting.id)
        .limit(SHOWN)
    )


@lru_cache(maxsize=512)
def _running(actor: Actor, day: date) -> Any:
    is_open = Action.state == "open"
    late = and_(Action.acceptance == "awaited", Action.accept_by < day)
    return select(
        _count(and_(is_open, Action.due_on < day)),
        _count(and_(is_open, or_(Action.acceptance == "refused", late))),
        _count(~is_open),
    ).where(
        Action.programme.in_(actor.programmes(Permission.MEETING_RUN)),
        Action.verified_on.is_(None),
        policy.condition(actor, Action, Permission.ACTION_WORK),
    )


def _count(condition: ColumnElement[bool]) -> Any:
    return func.count().filter(condition)
