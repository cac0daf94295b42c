"""A meeting as a calendar file (RFC 5545). It says when and where the panel meets, and nothing of its cases.

Calendars are synchronised to telephones and read by families, so the file holds no link to join by either: that is
on the meeting's page.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, current_app
from icalendar import Calendar, Event, Timezone

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event as Audited
from casework.cases import gate
from casework.config import Settings
from casework.extensions import db, now
from casework.forms.dates import LONDON
from casework.forms.words import upper_first
from casework.mail import sending
from casework.mail.catalogue import Template
from casework.mail.models import MailMessage
from casework.panels.meetings import cancelling, invitations
from casework.panels.meetings import service as meetings
from casework.panels.models import AgendaItem, Meeting
from casework.programmes import shelf

CARRIED_BY = (
    Template.MEETING_INVITED,
    Template.MEETING_MOVED,
    Template.MEETING_CHANGED,
    Template.MEETING_CANCELLED,
    Template.EMERGENCY_MEETING,
)

# The clock that London keeps since 1996, as a rule: calendars need not know the name of the zone.
LONDON_CLOCK = """BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:DAYLIGHT
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
DTSTART:19960331T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
DTSTART:19961027T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""


def download(actor: Actor, meeting: Meeting) -> bytes:
    """The calendar file, for somebody who takes it away."""
    trail.record(actor, Audited.CALENDAR_EXPORTED, meeting)
    return file_of(meeting)


def file_of(meeting: Meeting) -> bytes:
    """The meeting, in London time. It is the same meeting to a calendar whatever changes, and the latest wins."""
    event = Event()
    event.add("uid", f"{meeting.id}@casework")
    event.add("sequence", meeting.calendar_sequence)
    event.add("dtstamp", now())
    event.add("dtstart", meeting.starts_at_utc.astimezone(LONDON))
    event.add("dtend", meetings.ends_at(meeting).astimezone(LONDON))
    event.add("summary", upper_first(shelf.programme(meeting.programme).word("meeting")))
    event.add("status", "CANCELLED" if meeting.state == "cancelled" else "CONFIRMED")
    event.add("class", "PRIVATE")
    if place := place_of(meeting):
        event.add("location", place)
    if address := _address(meeting):
        event.add("url", address)
    return _calendar(event)


def _calendar(event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Casework//Panel meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(Timezone.from_ical(LONDON_CLOCK))
    calendar.add_component(event)
    return calendar.to_ical()


def place_of(meeting: Meeting) -> str | None:
    """The venue, unless it tells of a case on the agenda: then the file leaves it out, for everybody."""
    return None if venue_tells_of(meeting, cancelling.items_of(meeting)) else meeting.venue


def venue_tells_of(meeting: Meeting, items: Iterable[AgendaItem]) -> bool:
    """Whether the venue tells of the case of one of these items."""
    return bool(meeting.venue and gate.check_apart((item.case for item in items), meeting.venue))


def _address(meeting: Meeting) -> str | None:
    """The page of the meeting, where the address of casework is known."""
    settings: Settings = current_app.extensions["settings"]
    return f"{settings.mail.base_url}{invitations.path(meeting)}" if settings.mail else None


# -- with messages ----------------------------------------------------------------------------------------


def attach(app: Flask) -> None:
    """Let the messages that say when a meeting is carry it."""
    for template in CARRIED_BY:
        sending.attach(app, template, file_of_message)


def file_of_message(message: MailMessage) -> bytes | None:
    """The calendar file of what a message is about, as it is when the message goes, if its reader may see it."""
    meeting = db.session.get(Meeting, message.about_id) if message.about_id else None
    if meeting is None or message.user is None or not invitations.may_see(message.user, meeting):
        return None
    return file_of(meeting)
