"""Taking a case off an agenda: what the queue and the agenda both do."""

from __future__ import annotations

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.extensions import db
from casework.panels.models import AgendaItem, Meeting, QueueEntry

GONE = ("removed",)


def item_of(entry: QueueEntry) -> AgendaItem | None:
    """The item at which a listed entry's case stands on a coming agenda."""
    return db.session.scalar(
        select(AgendaItem)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(AgendaItem.queue_entry_id == entry.id, AgendaItem.state.not_in(GONE))
        .order_by(Meeting.starts_at_utc.desc(), AgendaItem.id.desc())
        .limit(1)
    )


def take_off(actor: Actor, item: AgendaItem, reason: str | None) -> None:
    """Delete the item while nobody was sent the agenda; afterwards it stays, as removed, with its reason."""
    trail.record(actor, Event.ITEM_REMOVED, item, meeting=str(item.meeting_id))
    if item.meeting.circulated_at_utc is None:
        db.session.delete(item)
    else:
        item.state, item.reason = "removed", reason
    db.session.flush()
