"""Planning a meeting, and what goes with it: whom to ask, and the case that an emergency meeting is called for."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today
from casework.panels.agenda import service as agenda
from casework.panels.meetings import invitations
from casework.panels.meetings import service as meetings
from casework.panels.meetings.service import Plan
from casework.panels.models import Meeting, QueueEntry
from casework.panels.queue import waiting
from casework.panels.queue.waiting import Row
from casework.panels.seats import service as seats

MOST_OFFERED = 200


USUAL_CASES = 12  # a meeting's length where its rules name no most cases


def usual(actor: Actor, programme_id: str) -> Plan:
    """What the next meeting most likely keeps: what the last one did, else what the panel's rules say."""
    rules = seats.rules_of(programme_id)
    last = db.session.scalar(
        policy.visible(actor, Meeting)
        .where(Meeting.programme == programme_id, Meeting.kind == "ordinary", Meeting.state != "cancelled")
        .order_by(Meeting.starts_at_utc.desc(), Meeting.id.desc())
        .limit(1)
    )
    if last is None:
        minutes = rules.minutes_per_case * (rules.cases_cap or USUAL_CASES)
        return Plan(time="", minutes=minutes, minutes_per_case=rules.minutes_per_case)
    known = {user.id for user in meetings.who_may_run(actor, programme_id)}
    kept = meetings.details_of(last)
    gone: dict[str, Any] = {name: None for name, user_id in kept.officers.items() if user_id not in known}
    return replace(kept, **gone)


def plan(actor: Actor, programme_id: str, day: date, details: Plan) -> Meeting:
    """Plan a single meeting and ask people to it."""
    meeting = meetings.plan(actor, programme_id, day, details)
    invitations.invite(actor, meeting)
    return meeting


def call(actor: Actor, programme_id: str, day: date, details: Plan, *, entry_id: uuid.UUID) -> Meeting:
    """Call an emergency meeting for a case that waits.

    Nobody is asked to it yet: who may know of it is settled when its agenda goes out. Raises Invalid where the case
    does not wait in the queue any more.
    """
    waits = policy.visible(actor, QueueEntry, Permission.MEETING_RUN).where(QueueEntry.id == entry_id)
    entry = db.session.scalar(waits.where(QueueEntry.programme == programme_id))
    if entry is None or entry.state != "waiting":
        raise Invalid(errors={"entry": ["Select a case that waits in the queue"]})
    meeting = meetings.plan(actor, programme_id, day, details, kind="emergency")
    agenda.list_entry(actor, meeting, entry)
    return meeting


def cases_waiting(actor: Actor, programme_id: str) -> list[Row]:
    """The cases for which an emergency meeting may be called, in the order of the queue."""
    return waiting.ready(actor, programme_id, today(), MOST_OFFERED)


def change(actor: Actor, meeting: Meeting, day: date, details: Plan, *, version: int) -> int:
    """Change one meeting; returns how many people are told of it."""
    fields = meetings.change(actor, meeting, day, details, version=version)
    return invitations.tell_of_change(actor, meeting, fields)
