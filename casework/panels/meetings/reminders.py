"""Reminders of what a meeting asks for: each is sent once, to whoever it is for, and says nothing about anybody."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import User
from casework.cases import clocks
from casework.extensions import db, now
from casework.forms import today
from casework.mail.catalogue import Template
from casework.panels.meetings import circulation, invitations, recurrence
from casework.panels.meetings import service as meetings
from casework.panels.models import Meeting, Minutes, Research
from casework.panels.seats import service as seats

SOON = timedelta(hours=30)  # early on the day before
WORKING_DAYS_AHEAD = 1  # how long before a day its reminder goes out


def send_due(actor: Actor) -> int:
    """A job: send every reminder whose time has come and that was not sent yet. Returns how many."""
    return sum(
        (
            remind_of_agendas(actor),
            remind_of_research(actor),
            remind_of_meetings(actor),
            remind_of_minutes(actor),
        )
    )


# -- the coordinator's ------------------------------------------------------------------------------------


def remind_of_agendas(actor: Actor) -> int:
    """The agenda is to be sent out by tomorrow, and has not been."""
    return sum(
        _tell(actor, Template.AGENDA_DUE, meeting, _coordinators(meeting), due=day)
        for meeting in _meetings("planned", until=now() + timedelta(days=60))
        if (day := circulation.papers_day(meeting)) is not None and _is_near(day)
    )


def minutes_day(meeting: Meeting) -> date | None:
    """By when the minutes go out."""
    rules = seats.rules_of(meeting.programme)
    if rules.minutes_days is None:
        return None
    return clocks.after_working_days(meetings.day_of(meeting), rules.minutes_days)


def remind_of_minutes(actor: Actor) -> int:
    """The minutes are due by tomorrow, and have not been approved."""
    approved = exists().where(Minutes.meeting_id == Meeting.id, Minutes.state == "approved")
    query = select(Meeting).where(
        Meeting.state == "ended", Meeting.starts_at_utc > now() - timedelta(days=120), ~approved
    )
    return sum(
        _tell(
            actor,
            Template.MINUTES_DUE,
            meeting,
            _coordinators(meeting),
            on=meetings.day_of(meeting),
            due=day,
        )
        for meeting in db.session.scalars(query.order_by(Meeting.id)).all()
        if (day := minutes_day(meeting)) is not None and _is_near(day)
    )


def _coordinators(meeting: Meeting) -> list[User]:
    """The coordinator, else the deputy, else the chair: the first who is named and may see the meeting."""
    for user in (meeting.coordinator, meeting.deputy_coordinator, meeting.chair):
        if user is not None and user.deactivated_at_utc is None and invitations.may_see(user, meeting):
            return [user]
    return []


# -- everybody's ------------------------------------------------------------------------------------------


def remind_of_meetings(actor: Actor) -> int:
    """The meeting is tomorrow. After it was moved, its new day is a reminder of its own."""
    count = 0
    for meeting in _meetings("planned", "circulated", until=now() + SOON):
        moment = meeting.starts_at_utc.isoformat()
        known = invitations.told_with(meeting, Template.MEETING_SOON, at=moment)
        for user in invitations.expected(meeting):
            if user.id not in known:
                invitations.send(actor, Template.MEETING_SOON, user, meeting)
                count += 1
    return count


def remind_of_research(actor: Actor) -> int:
    """What an agency was asked is due by tomorrow, or is overdue: each told once to whoever is to answer."""
    count = 0
    for meeting in _meetings("circulated", until=now() + timedelta(days=60)):
        day = meeting.research_due_on
        if day is None or not _is_near(day):
            continue
        template = Template.RESEARCH_OVERDUE if today() > day else Template.RESEARCH_DUE
        known = invitations.told(meeting, template)
        for user, requests in _unanswered(meeting):
            if user.id not in known:
                link = invitations.page("panels.my_research")
                invitations.send(actor, template, user, meeting, requests=requests, due=day, link=link)
                count += 1
    return count


def _unanswered(meeting: Meeting) -> Iterator[tuple[User, int]]:
    """Who is still to answer requests of the meeting that they may see, and how many each."""
    rows = db.session.scalars(
        select(Research).where(
            Research.item.has(meeting_id=meeting.id), Research.state == "asked", Research.guest_name == ""
        )
    ).all()
    waiting: dict[uuid.UUID, list[uuid.UUID]] = {}
    for row in rows:
        if row.assigned_to_id is not None:
            waiting.setdefault(row.assigned_to_id, []).append(row.id)
    for user in db.session.scalars(select(User).where(User.id.in_(waiting)).order_by(User.name, User.id)):
        seen = _seen(user, waiting[user.id])
        if seen and user.deactivated_at_utc is None:
            yield user, seen


def _seen(user: User, research: Sequence[uuid.UUID]) -> int:
    """How many of these requests the user may answer: a case may have been hidden from them since."""
    query = policy.visible(accounts.actor_of(user), Research, Permission.RESEARCH_RETURN)
    return len(db.session.scalars(query.where(Research.id.in_(research))).all())


# -- shared -----------------------------------------------------------------------------------------------


def _meetings(*states: str, until: datetime) -> Sequence[Meeting]:
    query = select(Meeting).where(
        Meeting.state.in_(states), Meeting.starts_at_utc >= now(), Meeting.starts_at_utc <= until
    )
    return db.session.scalars(query.order_by(Meeting.starts_at_utc, Meeting.id)).all()


def _is_near(day: date) -> bool:
    return today() >= recurrence.working_days_before(day, WORKING_DAYS_AHEAD)


def _tell(actor: Actor, template: Template, meeting: Meeting, users: Sequence[User], **more: object) -> int:
    known = invitations.told(meeting, template)
    new = [user for user in users if user.id not in known]
    for user in new:
        invitations.send(actor, template, user, meeting, **more)
    return len(new)
