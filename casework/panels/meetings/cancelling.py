"""Calling a meeting off: its cases wait again, and whoever was asked to it is told."""

from __future__ import annotations

from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import OPERATOR, Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import Invalid
from casework.extensions import db
from casework.panels.meetings import invitations
from casework.panels.meetings import service as meetings
from casework.panels.models import AgendaItem, Meeting, QueueEntry
from casework.panels.queue import service as queue
from casework.panels.queue import taking_off

CALLED_OFF = "The meeting was cancelled"


def cancel(actor: Actor, meeting: Meeting, *, reason: str, version: int) -> None:
    """Cancel a meeting that has not begun. Raises Conflict when somebody changed it after `version`."""
    if reason not in meetings.CANCEL_REASONS:
        raise Invalid(errors={"reason": ["Select why it is cancelled"]})
    meetings.hold(meeting, version, {"Cancelled": meetings.CANCEL_REASONS[reason]})
    call_off(actor, meeting, reason)


def call_off(actor: Actor, meeting: Meeting, reason: str) -> None:
    """What `cancel` does once it is sure."""
    for item in items_of(meeting):
        by, entry = actor_for(actor, item), db.session.get(QueueEntry, item.queue_entry_id)
        taking_off.take_off(by, item, CALLED_OFF)
        if entry is not None and entry.state == "listed":
            queue.unlisted(by, entry, CALLED_OFF)
    meeting.state = "cancelled"
    meeting.cancel_reason = reason
    meeting.calendar_sequence += 1
    db.session.flush()
    trail.record(actor, Event.MEETING_CHANGED, meeting, fields=["state"])
    invitations.tell_cancelled(actor, meeting)


def items_of(meeting: Meeting) -> list[AgendaItem]:
    """Every item that stands on the agenda, those too that whoever cancels or circulates it may not know of."""
    query = select(AgendaItem).where(
        AgendaItem.meeting_id == meeting.id, AgendaItem.state.not_in(taking_off.GONE)
    )
    return list(db.session.scalars(query.order_by(AgendaItem.position, AgendaItem.id)))


def actor_for(actor: Actor, item: AgendaItem) -> Actor:
    """Who does to an item what follows from an act on its meeting.

    Where the actor must not know of the case, the trail must not show that they touched it: it is done by the rules.
    """
    return actor if policy.may_open(actor, AgendaItem, item.id) else OPERATOR
