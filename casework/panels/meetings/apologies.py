"""What an agency says before a meeting: that its member comes, that the deputy does, or apologies."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.locks import lock
from casework.errors import Invalid, Refused
from casework.extensions import db
from casework.panels.meetings import service as meetings
from casework.panels.models import Attendance, Meeting, Seat
from casework.panels.seats import service as seats

SAYS = {
    "expected": "The member comes",
    "deputy": "The deputy comes",
    "apologies_information": "Nobody comes, and we send what we know",
    "apologies": "Nobody comes",
}
AWAY = frozenset(("apologies", "apologies_information", "absent"))


def agencies_away(meeting: Meeting) -> set[uuid.UUID]:
    """The agencies from which nobody is expected."""
    query = select(Attendance.agency_id).where(
        Attendance.meeting_id == meeting.id, Attendance.state.in_(AWAY)
    )
    return set(db.session.scalars(query))


def seat_of(actor: Actor, meeting: Meeting) -> Seat | None:
    """The seat that the actor is named on, as member, deputy or alternate."""
    sitting = seats.of_panel(meeting.programme, meetings.day_of(meeting))
    return next((seat for seat in sitting if actor.id in {user.id for user in seats.people(seat)}), None)


def said_by_agency(meeting: Meeting) -> dict[uuid.UUID, str]:
    """What each agency has said so far, or what became of it; nothing of one that said nothing."""
    query = select(Attendance.agency_id, Attendance.state).where(
        Attendance.meeting_id == meeting.id, Attendance.guest_name.is_(None)
    )
    found: dict[uuid.UUID, str] = {}
    for agency_id, state in db.session.execute(query.order_by(Attendance.id)):
        found.setdefault(agency_id, state)
    return found


def say(actor: Actor, meeting: Meeting, answer: str) -> None:
    """Say for the actor's own agency who comes. Raises Invalid once the meeting has begun."""
    seat = seat_of(actor, meeting)
    if seat is None:
        raise Refused
    if meeting.state not in meetings.TO_COME:
        raise Invalid("The meeting has begun, is over or was cancelled.")
    if answer == "deputy" and seat.deputy is None:
        raise Invalid(errors={"answer": ["Your agency has no deputy on its seat"]})
    lock(seat)  # so that member and deputy do not both write its first answer
    row = _row(meeting, seat)
    if row is None:
        row = Attendance(meeting_id=meeting.id, agency_id=seat.agency_id)
        db.session.add(row)
    row.state = answer
    row.user_id = seat.deputy_id if answer == "deputy" else seat.member_id
    db.session.flush()
    trail.record(actor, Event.ATTENDANCE_RECORDED, meeting, agency=str(seat.agency_id), state=answer)


def _row(meeting: Meeting, seat: Seat) -> Attendance | None:
    query = select(Attendance).where(
        Attendance.meeting_id == meeting.id,
        Attendance.agency_id == seat.agency_id,
        Attendance.guest_name.is_(None),
    )
    return db.session.scalar(query.order_by(Attendance.id).limit(1))
