"""When what was said about an item may be written down: from the opening of its meeting until its minutes are approved."""

from __future__ import annotations

from sqlalchemy import exists, select

from casework.cases.locks import lock
from casework.errors import Invalid
from casework.extensions import db
from casework.panels.models import AgendaItem, Meeting, Minutes

NOT_BEGUN = "The meeting has not begun."
APPROVED = (
    "The minutes of this meeting are approved. What was decided is corrected with a new version of them."
)


def refuse_closed(meeting: Meeting) -> None:
    """Raise Invalid before the meeting begins, and once its minutes are approved."""
    if meeting.opened_at_utc is None:
        raise Invalid(NOT_BEGUN)
    if is_approved(meeting):
        raise Invalid(APPROVED)


def is_approved(meeting: Meeting) -> bool:
    approved = exists().where(Minutes.meeting_id == meeting.id, Minutes.state == "approved")
    return bool(db.session.scalar(select(approved)))


def hold(item: AgendaItem) -> None:
    """Let nobody else write on the item until this request ends; raise Invalid when nothing may be written."""
    refuse_closed(item.meeting)
    lock(item)
