"""Papers: issued to each agency for a meeting, opened by its members, recalled.

What a paper holds is made when it is read (`panels.slices`): a row here says only that an agency has one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, select

from casework.access.vocabulary import Actor
from casework.accounts.models import Agency
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import Invalid
from casework.extensions import db, now
from casework.panels.models import Action, AgendaItem, Meeting, Minutes, Paper, Research

AGENDA, MINUTES, ACTIONS = "agenda", "minutes", "actions"
KINDS = {AGENDA: "Agenda", MINUTES: "Minutes", ACTIONS: "Action sheet"}


def issue(actor: Actor, meeting: Meeting, kind: str, minutes: Minutes | None = None) -> list[Paper]:
    """Give every agency that was asked about an item (of actions: that has one) its paper; those that have it keep it.

    A paper that was recalled is given again. Raises Invalid for minutes that are not approved.
    """
    if (kind == AGENDA) != (minutes is None):
        raise ValueError("an agenda belongs to no minutes, and every other paper does")
    if minutes is not None and minutes.state != "approved":
        raise Invalid("Minutes are issued once they are approved.")
    return [_issue(actor, meeting, kind, minutes, agency) for agency in recipients(meeting, kind)]


def recipients(meeting: Meeting, kind: str) -> Sequence[Agency]:
    """The agencies that this paper is for, by name."""
    item = AgendaItem.meeting_id == meeting.id
    asked = exists().where(
        Research.agency_id == Agency.id, Research.item_id == AgendaItem.id, Research.guest_name == "", item
    )
    given = exists().where(Action.agency_id == Agency.id, Action.item_id == AgendaItem.id, item)
    wanted: ColumnElement[bool] = given if kind == ACTIONS else or_(asked, given)
    return db.session.scalars(select(Agency).where(wanted).order_by(Agency.name, Agency.id)).all()


def _issue(actor: Actor, meeting: Meeting, kind: str, minutes: Minutes | None, agency: Agency) -> Paper:
    minutes_id = minutes.id if minutes else None
    known = db.session.scalar(
        select(Paper).where(
            Paper.meeting_id == meeting.id,
            Paper.agency_id == agency.id,
            Paper.kind == kind,
            Paper.minutes_id == minutes_id if minutes_id else Paper.minutes_id.is_(None),
        )
    )
    if known is not None and known.recalled_at_utc is None:
        return known
    paper = known or Paper(meeting_id=meeting.id, agency_id=agency.id, kind=kind, minutes_id=minutes_id)
    paper.issued_at_utc, paper.recalled_at_utc = now(), None
    db.session.add(paper)
    db.session.flush()
    trail.record(
        actor,
        Event.PAPER_ISSUED,
        paper,
        programme=meeting.programme,
        kind=kind,
        agency=str(agency.id),
    )
    return paper
