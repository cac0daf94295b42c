"""What the clock does with actions: handed on when their owner leaves, reminded of, escalated, and alarmed of.

Each stage is told once, by e-mail that counts and names nobody. Nothing here ends an action.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from casework.access.vocabulary import Actor, Role
from casework.accounts import service as accounts
from casework.accounts.models import Membership, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import allocation, clocks
from casework.cases.models import Exclusion
from casework.extensions import db, now
from casework.forms import today
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.panels.actions import service as actions
from casework.panels.models import Action, AgendaItem, Meeting, Seat
from casework.panels.seats import service as seats

LINK = "/actions"
WARNED = 1  # working days before the due day
SET, DUE, OVERDUE = "set", "due", "overdue"


def chase(actor: Actor) -> int:
    """Everything that the day asks for. Safe to repeat: what was told once is not told again."""
    return hand_on(actor) + remind(actor) + escalate(actor) + alarm(actor)


# -- owners who left --------------------------------------------------------------------------------------


def hand_on(actor: Actor) -> int:
    """Give the open actions of those who left their agency, or may no longer know, to whoever reads for its seat."""
    handed = 0
    for action in db.session.scalars(select(Action).where(Action.state == "open", _left())).all():
        reader = _reader(action)
        if reader is None or reader.id == action.owner_id:
            continue
        before = action.owner.name if action.owner else "nobody"
        action.owner_id, action.told = reader.id, ""
        db.session.flush()
        trail.record(actor, Event.ACTION_CHANGED, action, state=action.state)
        words = f"From {before} to {reader.name}, because {before} no longer works on it."
        actions.note(actor, action, "handed_over", words)
        handed += 1
    return handed


def _left() -> ColumnElement[bool]:
    """The owner is nothing in the programme for the owning agency any more, or the case is hidden from them."""
    belongs = exists().where(
        Membership.user_id == Action.owner_id,
        Membership.agency_id == Action.agency_id,
        Membership.programme == Action.programme,
        *accounts.in_force(),
    )
    gone = exists().where(User.id == Action.owner_id, User.deactivated_at_utc.is_not(None))
    of_them = select(Membership.agency_id).where(Membership.user_id == Action.owner_id, *accounts.in_force())
    hidden = exists().where(
        Exclusion.case_id == Action.case_id,
        or_(Exclusion.user_id == Action.owner_id, Exclusion.agency_id.in_(of_them)),
        Exclusion.ended_at_utc.is_(None),
    )
    return and_(Action.owner_id.is_not(None), or_(~belongs, gone, hidden))


# -- reminders to the owner -------------------------------------------------------------------------------


def remind(actor: Actor) -> int:
    """Tell owners once of what is new, once of what is about to be due, and once of what is overdue."""
    soon = clocks.after_working_days(today(), WARNED)
    open_here = (Action.state == "open", Action.acceptance != "refused", ~_shut_out())
    overdue = _found(*open_here, Action.due_on < today(), Action.told != OVERDUE)
    coming = _found(*open_here, Action.due_on.between(today(), soon), Action.told.in_(("", SET)))
    told = _tell_owners(actor, Template.ACTIONS_OVERDUE, overdue)
    _mark(overdue, told=OVERDUE)
    told += _tell_owners(actor, Template.ACTIONS_DUE, coming)
    _mark(coming, told=DUE)
    return told + _tell_of_new(actor, *open_here)


def _tell_of_new(actor: Actor, *open_here: ColumnElement[bool]) -> int:
    """What a meeting set is told once it is over, not piece by piece; what an agency has to accept, as that."""
    in_session = exists().where(
        AgendaItem.id == Action.item_id, Meeting.id == AgendaItem.meeting_id, Meeting.state == "open"
    )
    new = _found(*open_here, Action.told == "", ~in_session)
    offered = [action for action in new if action.acceptance == "awaited"]
    told = _tell_owners(actor, Template.ACTIONS_OFFERED, offered)
    told += _tell_owners(
        actor, Template.ACTIONS_SET, [action for action in new if action.acceptance != "awaited"]
    )
    _mark(new, told=SET)
    return told


def _tell_owners(actor: Actor, template: Template, found: Sequence[Action]) -> int:
    """One message to each person. Of what is due the day by which all of it is; of the rest the first day."""
    by_reader: dict[tuple[str, uuid.UUID], list[Action]] = {}
    barred = seats.barred({action.case_id for action in found})
    for action in found:
        hidden = action.owner_id in barred.get(action.case_id, ())
        reader = action.owner_id if action.owner_id and not hidden else _id_of(_reader(action))
        if reader is not None:
            by_reader.setdefault((action.programme, reader), []).append(action)
    for (programme, reader), theirs in by_reader.items():
        days = [
            action.accept_by if template is Template.ACTIONS_OFFERED and action.accept_by else action.due_on
            for action in theirs
        ]
        day = max(days) if template is Template.ACTIONS_DUE else min(days)
        mail.queue(actor, template, reader, programme=programme, actions=len(theirs), due=day, link=LINK)
    return len(by_reader)


# -- the named senior -------------------------------------------------------------------------------------


def escalate(actor: Actor) -> int:
    """Tell the named senior of each agency of what has been overdue for too long; without one, the coordinators."""
    late = [
        and_(Action.programme == each, Action.due_on <= latest_escalated(today(), days))
        for each, days in _days("escalate_days").items()
    ]
    found = _found(
        Action.state == "open",
        Action.escalated_at_utc.is_(None),
        Action.due_on < today(),
        or_(*late),
        ~_shut_out(),
    )
    for (programme, agency_id), some in groupby(
        found, key=lambda action: (action.programme, action.agency_id)
    ):
        seat, theirs = seats.of_agency(programme, agency_id), list(some)
        shut_out = _kept_from_senior(seat, theirs)
        for part, told in (([each for each in theirs if each not in shut_out], seat), (shut_out, None)):
            if part:
                _escalate(actor, programme, part, told)
    _mark(found, escalated_at_utc=now())
    return len(found)


def _escalate(actor: Actor, programme: str, theirs: Sequence[Action], seat: Seat | None) -> None:
    if seat is not None and seat.senior_email:
        oldest = min(action.due_on for action in theirs)
        mail.queue(
            actor,
            Template.ACTIONS_ESCALATED,
            seat.senior_email,
            programme=programme,
            actions=len(theirs),
            due=oldest,
            link=LINK,
        )
        words = f"To the agency's named senior, {seat.senior_name or seat.senior_email}."
    else:
        _tell_coordinators(actor, theirs)
        words = "There is no senior of the agency to tell: the coordinator was told."
    for action in theirs:
        trail.record(actor, Event.ACTION_ESCALATED, action)
        actions.note(actor, action, "escalated", words)


def _kept_from_senior(seat: Seat | None, theirs: Sequence[Action]) -> list[Action]:
    """Those whose case is hidden from the senior, who may be a user like any other."""
    email = (seat.senior_email or "").lower() if seat else ""
    senior = db.session.scalar(select(User.id).where(func.lower(User.email) == email)) if email else None
    barred = seats.barred({each.case_id for each in theirs}) if senior else {}
    return [each for each in theirs if senior in barred.get(each.case_id, ())]


def latest_escalated(day: date, working_days: int) -> date:
    """The latest due day that is overdue by so many working days on `day`."""
    due = day
    while clocks.after_working_days(due, working_days) > day:
        due -= timedelta(days=1)
    return due


# -- the coordinator --------------------------------------------------------------------------------------


def alarm(actor: Actor) -> int:
    """Tell the coordinators of actions that an absent agency has not accepted in time."""
    found = _found(
        Action.state == "open",
        Action.acceptance == "awaited",
        Action.accept_by < today(),
        Action.alarmed_at_utc.is_(None),
    )
    _tell_coordinators(actor, found)
    for action in found:
        trail.record(actor, Event.ACTION_ESCALATED, action)
        actions.note(actor, action, "alarmed")
    _mark(found, alarmed_at_utc=now())
    return len(found)


def _tell_coordinators(actor: Actor, found: Iterable[Action]) -> None:
    """Each is told of how many they may know of."""
    told: dict[tuple[str, uuid.UUID], list[date]] = {}
    for action in found:
        hidden = allocation.hidden_from(action.item.case)
        for user in accounts.colleagues(actor, action.programme, Role.COORDINATOR):
            if user.id not in hidden:
                told.setdefault((action.programme, user.id), []).append(action.due_on)
    for (programme, user_id), days in told.items():
        mail.queue(
            actor,
            Template.ACTIONS_STUCK,
            user_id,
            programme=programme,
            actions=len(days),
            due=min(days),
            link=LINK,
        )


# -- all of them ------------------------------------------------------------------------------------------


def _found(*conditions: ColumnElement[bool]) -> Sequence[Action]:
    """By agency, so that one message tells of all that one of them has."""
    query = select(Action).where(*conditions)
    return db.session.scalars(
        query.order_by(Action.programme, Action.agency_id, Action.due_on, Action.id)
    ).all()


def _shut_out() -> ColumnElement[bool]:
    """The case is hidden from the owning agency, which must then not hear of it."""
    return exists().where(
        Exclusion.case_id == Action.case_id,
        Exclusion.agency_id == Action.agency_id,
        Exclusion.ended_at_utc.is_(None),
    )


def _mark(found: Sequence[Action], **values: Any) -> None:
    """What was told is no change of the action: whoever is writing about it must not meet a conflict."""
    if found:
        db.session.execute(
            update(Action).where(Action.id.in_([action.id for action in found])).values(**values)
        )


def _days(rule: str) -> Mapping[str, int]:
    """The number of days that a rule of each programme with actions names."""
    programmes = db.session.scalars(select(Action.programme).distinct())
    return {each: getattr(actions.rules_of(each), rule) for each in programmes}


def _reader(action: Action) -> User | None:
    """Who reads of the action's case for the agency's seat."""
    seat = seats.of_agency(action.programme, action.agency_id)
    return seats.reader(seat, action.item.case) if seat else None


def _id_of(user: User | None) -> uuid.UUID | None:
    return user.id if user else None
