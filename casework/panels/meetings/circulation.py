"""Sending the agenda out: what is checked first, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from casework.access.vocabulary import Actor
from casework.accounts.models import Agency
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import Conflict, Invalid
from casework.extensions import db, now
from casework.forms import today, write_date
from casework.mail.catalogue import Template
from casework.panels.agenda import service as agenda
from casework.panels.meetings import apologies, calendar, cancelling, invitations, recurrence
from casework.panels.meetings import service as meetings
from casework.panels.models import AgendaItem, Meeting
from casework.panels.papers import service as papers
from casework.panels.research import service as research
from casework.panels.seats import service as seats
from casework.programmes import shelf
from casework.programmes.definition import PanelRules


@dataclass(frozen=True)
class Check:
    """One line of the check list. What is not `good` is a warning, and with `stops` must be put right first."""

    title: str
    words: str
    good: bool
    stops: bool = False


def papers_day(meeting: Meeting) -> date | None:
    """The last day on which the agenda goes out in time; an emergency meeting has none."""
    rules = seats.rules_of(meeting.programme)
    if rules.papers_days is None or meeting.kind == "emergency":
        return None
    return recurrence.working_days_before(meetings.day_of(meeting), rules.papers_days)


def research_day(meeting: Meeting) -> date:
    """By when agencies answer: some working days before the meeting, and never before today."""
    rules = seats.rules_of(meeting.programme)
    day = recurrence.working_days_before(meetings.day_of(meeting), rules.research_days)
    return min(max(day, today()), meetings.day_of(meeting))


# -- the check list ---------------------------------------------------------------------------------------


def checks(actor: Actor, meeting: Meeting) -> list[Check]:
    """What to see to before the agenda goes out, as far as the actor may know of it."""
    rules = seats.rules_of(meeting.programme)
    items = agenda.items_of(actor, meeting)
    load = agenda.load(meeting, items)
    return [
        _agenda(len(items)),
        Check("Length", " ".join(load.warnings) or "The cases fit into the meeting.", not load.warnings),
        _chair(actor, meeting),
        _quorum(meeting, rules),
        _day(meeting, rules),
        _place(meeting, items),
    ]


def _agenda(cases: int) -> Check:
    if not cases:
        return Check("Agenda", "There is no case on the agenda: put one on it first.", False, stops=True)
    return Check("Agenda", f"{cases} {'case' if cases == 1 else 'cases'} to hear.", True)


def _chair(actor: Actor, meeting: Meeting) -> Check:
    if meeting.chair is None:
        return Check("Chair", "Nobody is named as chair: name one first.", False, stops=True)
    if meeting.chair_id not in {user.id for user in meetings.who_may_run(actor, meeting.programme)}:
        return Check(
            "Chair", f"{meeting.chair.name} can no longer chair: name somebody else.", False, stops=True
        )
    return Check("Chair", f"{meeting.chair.name} chairs.", True)


def _quorum(meeting: Meeting, rules: PanelRules) -> Check:
    lacking = [group.kinds for group in seats.quorum(rules, agencies_expected(meeting)) if not group.met]
    if not lacking:
        return Check("Quorum", "Those who are expected make a quorum.", True)
    kinds = shelf.programme(meeting.programme).list("agency_type")
    words = "; ".join(" or ".join(kinds.label(kind) for kind in group) for group in lacking)
    return Check("Quorum", f"Nobody is expected from: {words}.", False)


def agencies_expected(meeting: Meeting) -> list[Agency]:
    """The agencies with somebody on their seat that have not sent apologies."""
    away = apologies.agencies_away(meeting)
    sitting = seats.of_panel(meeting.programme, meetings.day_of(meeting))
    return [seat.agency for seat in sitting if seat.agency_id not in away and seats.people(seat)]


def _day(meeting: Meeting, rules: PanelRules) -> Check:
    day = papers_day(meeting)
    if day is None:
        return Check("Time to read", "No day is set by which it must go out.", True)
    usual = f"{rules.papers_days} working {'day' if rules.papers_days == 1 else 'days'} before the meeting"
    if today() > day:
        return Check("Time to read", f"Late: it should have gone out by {write_date(day)}, {usual}.", False)
    return Check("Time to read", f"In time: it goes out by {write_date(day)}, {usual}.", True)


def _place(meeting: Meeting, items: Sequence[AgendaItem]) -> Check:
    if calendar.venue_tells_of(meeting, items):  # of those the reader may know of
        words = "The venue tells of a case on the agenda: calendar files leave it out. Word it otherwise."
        return Check("Place", words, False)
    if meeting.venue or meeting.link:
        return Check("Place", meeting.venue or "By the link on the page of the meeting.", True)
    return Check("Place", "Neither a venue nor a link is given.", False)


# -- sending it out ---------------------------------------------------------------------------------------


def circulate(actor: Actor, meeting: Meeting, version: int) -> None:
    """Freeze the agenda, ask the agencies what they know, issue its papers and tell everybody who sits.

    Raises Conflict when somebody changed the meeting after `version`, and Invalid while a check stops it. What follows
    for a case that the actor must not know of is done all the same, and not in their name.
    """
    meetings.hold(meeting, version, {"Agenda": "Sent out"})
    if meeting.state != "planned":
        raise Conflict("Somebody else has sent this agenda out meanwhile.")
    if stopped := [check.words for check in checks(actor, meeting) if check.stops]:
        raise Invalid(" ".join(stopped))
    meeting.state = "circulated"
    meeting.circulated_at_utc = now()
    meeting.research_due_on = research_day(meeting)
    db.session.flush()
    trail.record(actor, Event.MEETING_CIRCULATED, meeting)
    for item in cancelling.items_of(meeting):
        research.ask_all(cancelling.actor_for(actor, item), item)
    papers.issue(actor, meeting, "agenda")
    tell(actor, meeting)


def tell(actor: Actor, meeting: Meeting) -> None:
    """Tell everybody who sits that the agenda can be read, or that an emergency meeting is called."""
    emergency = meeting.kind == "emergency"
    template = Template.EMERGENCY_MEETING if emergency else Template.AGENDA_CIRCULATED
    for user in invitations.everybody(meeting):
        invitations.send(actor, template, user, meeting, due=meeting.research_due_on)


def is_late(meeting: Meeting) -> bool:
    """Whether the agenda went out, or still waits to, after its day."""
    day = papers_day(meeting)
    sent = meeting.circulated_at_utc
    return day is not None and (recurrence.day_and_time(sent)[0] if sent else today()) > day
