"""What the first page of a meeting says, for its reader: no more than they may know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.mail import service as mail
from casework.mail.models import State
from casework.panels.agenda import service as agenda
from casework.panels.agenda.service import Load
from casework.panels.meetings import apologies, circulation, invitations, reminders
from casework.panels.meetings import service as meetings
from casework.panels.models import AgendaItem, Meeting, Seat
from casework.panels.seats import service as seats
from casework.panels.seats.service import Group

ROLES = (("chair", "chair"), ("coordinator", "coordinator"))


@dataclass(frozen=True)
class StandIn:
    """An officer must not know of an item: who takes it instead, or (no name) that somebody is still to be found.

    Only whoever may see the item is shown it; the officer finds nothing of either.
    """

    place: int
    item: AgendaItem
    role: str
    deputy: str


@dataclass(frozen=True)
class Place:
    """A seat and what its agency has said."""

    seat: Seat
    said: str


@dataclass(frozen=True)
class Overview:
    """`told` is how many messages about when the meeting is were sent, wait and failed."""

    items: Sequence[AgendaItem]
    load: Load
    papers_day: date | None
    minutes_day: date | None
    late: bool
    places: Sequence[Place]
    groups: Sequence[Group]
    stand_ins: Sequence[StandIn]
    told: dict[State, int]
    failed: Sequence[str]
    own_seat: Seat | None
    own_answer: str

    @property
    def quorate(self) -> bool:
        return all(group.met for group in self.groups)


def of_meeting(actor: Actor, meeting: Meeting) -> Overview:
    """The overview; that it was read is recorded."""
    trail.record(actor, Event.MEETING_VIEWED, meeting)
    runs = actor.has(Permission.MEETING_RUN, meeting.programme)
    items = agenda.items_of(actor, meeting)
    sitting = seats.of_panel(meeting.programme, meetings.day_of(meeting))
    said = apologies.said_by_agency(meeting)
    own = apologies.seat_of(actor, meeting)
    deliveries = (
        [each for each in mail.deliveries(meeting.id) if each.template in invitations.OLD_NEWS]
        if runs
        else []
    )
    return Overview(
        items=items,
        load=agenda.load(meeting, items),
        papers_day=circulation.papers_day(meeting),
        minutes_day=reminders.minutes_day(meeting),
        late=circulation.is_late(meeting),
        places=[Place(seat, said.get(seat.agency_id, "expected")) for seat in sitting],
        groups=seats.quorum(seats.rules_of(meeting.programme), circulation.agencies_expected(meeting)),
        stand_ins=list(_stand_ins(meeting, items)) if runs else [],
        told=dict(Counter(each.state for each in deliveries)),
        failed=[f"{each.recipient}: {each.words}" for each in deliveries if each.state is State.FAILED],
        own_seat=own,
        own_answer=said.get(own.agency_id, "expected") if own else "expected",
    )


def _stand_ins(meeting: Meeting, items: Sequence[AgendaItem]) -> Iterator[StandIn]:
    """Of each item that a chair or coordinator must not know of, who takes it."""
    barred = seats.barred(item.case_id for item in items)
    for place, item in enumerate(items, start=1):
        hidden_from = barred.get(item.case_id, set())
        for role, name in ROLES:
            officer, deputy = getattr(meeting, role), getattr(meeting, f"deputy_{role}")
            if officer is not None and officer.id in hidden_from:
                fit = deputy is not None and deputy.id not in hidden_from
                yield StandIn(place, item, name, deputy.name if fit else "")
