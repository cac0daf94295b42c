"""Who is asked to a meeting, and what they are told of it. Nobody is told of a meeting that they may not see."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import User
from casework.extensions import db, now
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.mail.models import MailMessage, State
from casework.panels.meetings import service as meetings
from casework.panels.models import AgendaItem, Attendance, Meeting
from casework.panels.seats import service as seats

INVITED_AHEAD = timedelta(
    days=42
)  # of a series meetings stand a year ahead: nobody wants all their invitations
TELLS_THE_TIME = (Template.MEETING_INVITED, Template.MEETING_MOVED, Template.MEETING_SOON)
OLD_NEWS = (*TELLS_THE_TIME, Template.AGENDA_CIRCULATED, Template.AGENDA_CHANGED, Template.EMERGENCY_MEETING)
NOT_COMING = frozenset(("apologies", "apologies_information", "absent"))


# -- who --------------------------------------------------------------------------------------------------


def expected(meeting: Meeting) -> list[User]:
    """Of each seat whoever comes, and the chair and the coordinator."""
    sitting = seats.of_panel(meeting.programme, meetings.day_of(meeting))
    apologies, deputising = _said(meeting)
    named: list[User | None] = [meeting.chair, meeting.coordinator]
    for seat in sitting:
        if seat.agency_id in deputising:
            named.append(deputising[seat.agency_id])
        elif seat.agency_id not in apologies:
            named.append(next(iter(seats.people(seat)), None))
    return _who_may_see(meeting, named)


def everybody(meeting: Meeting) -> list[User]:
    """All who are named on a seat, and the officers: who stands in where a member may not know of a case is told too.

    All of them always, so that nobody can tell from who was told whether somebody stands in.
    """
    sitting = seats.of_panel(meeting.programme, meetings.day_of(meeting))
    officers = (getattr(meeting, each) for each in meetings.OFFICERS)
    return _who_may_see(meeting, [*officers, *(user for seat in sitting for user in seats.people(seat))])


def _said(meeting: Meeting) -> tuple[set[uuid.UUID], dict[uuid.UUID, User]]:
    """The agencies that sent apologies, and those whose deputy comes, with that deputy."""
    rows = db.session.scalars(select(Attendance).where(Attendance.meeting_id == meeting.id)).all()
    apologies = {row.agency_id for row in rows if row.state in NOT_COMING}
    return apologies, {row.agency_id: row.user for row in rows if row.state == "deputy" and row.user}


def _who_may_see(meeting: Meeting, named: Iterable[User | None]) -> list[User]:
    """Each of them once who still uses casework and is let into the meeting."""
    users = {user.id: user for user in named if user is not None and user.deactivated_at_utc is None}
    return [user for user in users.values() if may_see(user, meeting)]


def may_see(user: User, meeting: Meeting) -> bool:
    return policy.decide(accounts.actor_of(user), Permission.MEETING_VIEW, meeting)


# -- what they are told -----------------------------------------------------------------------------------


def path(meeting: Meeting) -> str:
    """The page of a meeting, as messages name it."""
    return page("panels.meeting", meeting_id=meeting.id)


def page(endpoint: str, **values: object) -> str:
    """A page of ours as messages name it, which are written outside of a request too."""
    return current_app.url_map.bind("").build(endpoint, values)


def told(meeting: Meeting, *templates: Template) -> set[uuid.UUID]:
    """The users who were, or are to be, told one of these of the meeting."""
    query = select(MailMessage.user_id).where(
        MailMessage.about_id == meeting.id,
        MailMessage.template.in_([template.name for template in templates]),
        MailMessage.state != State.WITHDRAWN,
    )
    return {user_id for user_id in db.session.scalars(query) if user_id is not None}


def told_with(meeting: Meeting, template: Template, **values: str) -> set[uuid.UUID]:
    """Those of `told` whose message says just this: of a meeting that was moved, what was said before is past."""
    query = select(MailMessage).where(
        MailMessage.about_id == meeting.id,
        MailMessage.template == template.name,
        MailMessage.state != State.WITHDRAWN,
    )
    said = [each for each in db.session.scalars(query) if values.items() <= each.values.items()]
    return {message.user_id for message in said if message.user_id is not None}


def invite(actor: Actor, meeting: Meeting) -> int:
    """Ask everybody who is expected and was not asked yet; returns how many."""
    known = told(meeting, *TELLS_THE_TIME)
    new = [user for user in expected(meeting) if user.id not in known]
    for user in new:
        send(actor, Template.MEETING_INVITED, user, meeting)
    return len(new)


def tell_of_change(actor: Actor, meeting: Meeting, fields: Sequence[str]) -> int:
    """Tell those who were asked that the meeting is at another time, or elsewhere; returns how many.

    Who was not told of the first time yet is told of the new one alone.
    """
    if meetings.ON_THE_CALENDAR.isdisjoint(fields):
        return 0
    known = told(meeting, *OLD_NEWS)
    for template in TELLS_THE_TIME:
        mail.withdraw(actor, meeting.id, template=template)
    still = told(meeting, *OLD_NEWS)
    template = Template.MEETING_MOVED if "starts_at_utc" in fields else Template.MEETING_CHANGED
    users = [user for user in _users(known) if may_see(user, meeting)]
    for user in users:
        send(actor, template if user.id in still else Template.MEETING_INVITED, user, meeting)
    return len(users)


def tell_cancelled(actor: Actor, meeting: Meeting) -> int:
    """Tell those who were told of the meeting that it is off; who was not told yet never is. Returns how many."""
    mail.withdraw(actor, meeting.id)
    users = [user for user in _users(told(meeting, *OLD_NEWS)) if may_see(user, meeting)]
    for user in users:
        send(actor, Template.MEETING_CANCELLED, user, meeting)
    return len(users)


def tell_of_late(actor: Actor, item: AgendaItem) -> None:
    """Tell those who may see it that a case was added after the agenda went out; the others are told nothing.

    Whoever has such a message waiting already needs no second one.
    """
    meeting = item.meeting
    query = select(MailMessage.user_id).where(
        MailMessage.about_id == meeting.id,
        MailMessage.template == Template.AGENDA_CHANGED.name,
        MailMessage.state == State.WAITING,
    )
    waiting = set(db.session.scalars(query))
    for user in everybody(meeting):
        if user.id not in waiting and policy.may_open(accounts.actor_of(user), AgendaItem, item.id):
            send(actor, Template.AGENDA_CHANGED, user, meeting)


def send(actor: Actor, template: Template, user: User, meeting: Meeting, **more: object) -> None:
    """Queue a message about the meeting. What its gaps take besides the usual is in `more`."""
    usual = {"programme": meeting.programme, "at": meeting.starts_at_utc, "link": path(meeting)}
    wanted = template.value.gaps
    values: dict[str, Any] = {name: value for name, value in {**usual, **more}.items() if name in wanted}
    mail.queue(actor, template, user.id, about=meeting.id, **values)


def _users(ids: set[uuid.UUID]) -> list[User]:
    """Those of them who still use casework, by name."""
    query = select(User).where(User.id.in_(ids), User.deactivated_at_utc.is_(None))
    return list(db.session.scalars(query.order_by(User.name, User.id)))


def invite_coming(actor: Actor) -> int:
    """A job: ask people to the meetings of the next weeks. Returns how many were asked."""
    query = select(Meeting).where(
        Meeting.state.in_(meetings.TO_COME),
        Meeting.starts_at_utc.between(now(), now() + INVITED_AHEAD),
    )
    return sum(invite(actor, meeting) for meeting in db.session.scalars(query.order_by(Meeting.id)).all())
