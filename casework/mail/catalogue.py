"""Every message that can be sent, and the kinds of things that its gaps take. None of them is free text.

A gap is written `{name:kind}`; `{overdue:count action}` becomes "1 action" or "3 actions". A subject stands in lists and
on locked phones: it holds dates and programmes only.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from string import Formatter
from typing import Any

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from casework.forms.dates import LONDON, write_date, write_time
from casework.programmes import shelf

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FOOTER = (
    "This message was sent by casework, which nobody reads answers to. It says nothing about anybody:\n"
    "what it is about is read after signing in.\n"
)

Value = datetime | date | int | str


@dataclass(frozen=True)
class Kind:
    """What a gap takes: how a value is checked and stored, and how what is stored is written."""

    store: Callable[[Any], int | str]
    write: Callable[[Any, str, str], str]  # what is stored, the words after the kind, the address of casework


def _store_moment(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a moment with its zone")
    return value.isoformat()


def _store_day(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("a date")
    return value.isoformat()


def _store_count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a whole number")
    return value


def _store_programme(value: Any) -> str:
    if value not in shelf.every():
        raise ValueError("the id of a programme")
    return str(value)


def _store_link(value: Any) -> str:
    """A page of ours, named by ids: what else stands in an address could be words."""
    try:
        _, given = current_app.url_map.bind("").match(str(value), method="GET")
    except (HTTPException, RequestRedirect):
        raise ValueError("the path of a page of casework") from None
    if not all(isinstance(each, uuid.UUID | int) or each in shelf.every() for each in given.values()):
        raise ValueError("a path with nothing but ids in it")
    return str(value)


def _write_moment(stored: str, _words: str, _base: str) -> str:
    at = datetime.fromisoformat(stored).astimezone(LONDON)
    return f"{DAYS[at.weekday()]} {write_date(at.date())} at {write_time(at)}"


def _write_day(stored: str, _words: str, _base: str) -> str:
    day = date.fromisoformat(stored)
    return f"{DAYS[day.weekday()]} {write_date(day)}"


def _write_count(stored: int, words: str, _base: str) -> str:
    return f"{stored:,} {words if stored == 1 else words + 's'}".rstrip() if words else f"{stored:,}"


def _write_programme(stored: str, _words: str, _base: str) -> str:
    programme = shelf.every().get(stored)
    return programme.short if programme else "casework"


def _write_link(stored: str, _words: str, base: str) -> str:
    return base + stored


KINDS: Mapping[str, Kind] = {
    "moment": Kind(_store_moment, _write_moment),
    "day": Kind(_store_day, _write_day),
    "count": Kind(_store_count, _write_count),
    "programme": Kind(_store_programme, _write_programme),
    "link": Kind(_store_link, _write_link),
}
IN_SUBJECTS = frozenset(("moment", "day", "programme"))


@dataclass(frozen=True)
class Words:
    """A subject and a body with their gaps."""

    subject: str
    body: str

    @property
    def gaps(self) -> Mapping[str, str]:
        """The kind that each gap takes."""
        return {name: kind for _, name, kind, _ in [*_parts(self.subject), *_parts(self.body)] if name}

    def store(self, values: Mapping[str, Value]) -> dict[str, int | str]:
        """Values as they are kept. Raises ValueError unless each gap, and nothing else, gets what it takes."""
        if set(values) != set(self.gaps):
            raise ValueError(f"this message takes {sorted(self.gaps)}, not {sorted(values)}")
        stored = {}
        for name, kind in self.gaps.items():
            try:
                stored[name] = KINDS[kind].store(values[name])
            except ValueError as fault:
                raise ValueError(f"{name} must be {fault}") from None
        return stored

    def write(self, stored: Mapping[str, int | str], base_url: str) -> tuple[str, str]:
        """The subject and the body for what `store` returned."""
        return _fill(self.subject, stored, base_url), f"{_fill(self.body, stored, base_url)}\n\n{FOOTER}"


def _parts(text: str) -> Iterator[tuple[str, str, str, str]]:
    """The words before each gap, its name, its kind and the words after its kind; no name where the text ends."""
    for literal, name, spec, _conversion in Formatter().parse(text):
        kind, _, words = (spec or "").partition(" ")
        yield literal, name or "", kind, words


def _fill(text: str, stored: Mapping[str, int | str], base_url: str) -> str:
    return "".join(
        literal + (KINDS[kind].write(stored[name], words, base_url) if name else "")
        for literal, name, kind, words in _parts(text)
    )


def _words(subject: str, *lines: str) -> Words:
    return Words(subject, "\n".join(lines))


class Template(Enum):
    """The messages. The name is what is stored; a message that waits when its template goes is given up."""

    MEETING_INVITED = _words(
        "{programme:programme} panel meeting on {at:moment}",
        "You are asked to a {programme:programme} panel meeting on {at:moment}.",
        "The meeting, and how to say whether you come or who comes for you: {link:link}",
    )
    MEETING_MOVED = _words(
        "{programme:programme} panel meeting moved to {at:moment}",
        "A {programme:programme} panel meeting that you were asked to is now on {at:moment}.",
        "The meeting: {link:link}",
    )
    MEETING_CHANGED = _words(
        "{programme:programme} panel meeting on {at:moment}: change",
        "The place or the length of the {programme:programme} panel meeting on {at:moment} has changed.",
        "The meeting: {link:link}",
    )
    MEETING_CANCELLED = _words(
        "{programme:programme} panel meeting of {at:moment} cancelled",
        "The {programme:programme} panel meeting of {at:moment} will not take place.",
        "More about it: {link:link}",
    )
    MEETING_SOON = _words(
        "Reminder: {programme:programme} panel meeting on {at:moment}",
        "You are expected at the {programme:programme} panel meeting on {at:moment}.",
        "The meeting and its papers: {link:link}",
    )
    EMERGENCY_MEETING = _words(
        "Emergency {programme:programme} meeting on {at:moment}",
        "An emergency {programme:programme} meeting has been called for {at:moment}.",
        "The meeting, and what is asked of you before it: {link:link}",
    )
    AGENDA_CIRCULATED = _words(
        "Agenda for the {programme:programme} meeting on {at:moment}",
        "The agenda of the {programme:programme} meeting on {at:moment} can be read.",
        "Please answer what your agency is asked by {due:day}: {link:link}",
    )
    AGENDA_DUE = _words(
        "Agenda for {at:moment} to send out",
        "The agenda of the {programme:programme} meeting on {at:moment} has not been sent out. Its day is {due:day}.",
        "Build it and send it out: {link:link}",
    )
    AGENDA_CHANGED = _words(
        "The agenda for {at:moment} has changed",
        "The agenda of the {programme:programme} meeting on {at:moment} has changed since you were sent it.",
        "What is new is marked: {link:link}",
    )
    RESEARCH_ASKED = _words(
        "Information asked of your agency by {due:day}",
        "Your agency has {requests:count request} to answer for the {programme:programme} panel by {due:day}.",
        "A nil return is one click: {link:link}",
    )
    RESEARCH_DUE = _words(
        "Reminder: information asked of your agency by {due:day}",
        "Your agency has {requests:count request} not yet answered for the {programme:programme} panel.",
        "The answers are wanted by {due:day}. A nil return is one click: {link:link}",
    )
    RESEARCH_OVERDUE = _words(
        "Overdue: information asked of your agency by {due:day}",
        "Your agency has {requests:count request} overdue for the {programme:programme} panel.",
        "The answers were wanted by {due:day}. A nil return is one click: {link:link}",
    )
    RESEARCH_CHASED = _words(
        "Information still wanted by {due:day}",
        "Your agency has {requests:count request} not yet answered for the {programme:programme} panel.",
        "The answers are wanted by {due:day}. A nil return is one click: {link:link}",
    )
    SERVICE_ALERTED = _words(
        "A {programme:programme} referral for your service",
        "A {programme:programme} referral has been accepted and asks your service to make contact today.",
        "Read it first; it says how contact is safe: {link:link}",
    )
    ACTIONS_SET = _words(
        "Actions for your agency from the {programme:programme} panel",
        "Your agency has {actions:count action} from the {programme:programme} panel. The first is due on {due:day}.",
        "Your agency's actions: {link:link}",
    )
    ACTIONS_OFFERED = _words(
        "The {programme:programme} panel asks your agency to accept actions",
        "The panel met without your agency and set it {actions:count action}. Please accept or answer by {due:day}.",
        "Your agency's actions: {link:link}",
    )
    ACTIONS_DUE = _words(
        "{programme:programme} actions due by {due:day}",
        "Your agency has {actions:count action} due by {due:day}.",
        "Your agency's actions: {link:link}",
    )
    ACTIONS_OVERDUE = _words(
        "Overdue {programme:programme} actions",
        "Your agency has {actions:count action} overdue. The oldest was due on {due:day}.",
        "Say what became of each, or why not: {link:link}",
    )
    ACTIONS_ESCALATED = _words(
        "Overdue {programme:programme} actions of your agency",
        "You are named as the senior to tell. Your agency has {actions:count action} overdue for the"
        " {programme:programme} panel.",
        "The oldest was due on {due:day}. Your agency's representative can show you: {link:link}",
    )
    ACTIONS_STUCK = _words(
        "{programme:programme} actions that nobody has taken on",
        "There are {actions:count action} of the {programme:programme} panel that no agency has accepted in time, or that"
        " are overdue with no senior to tell.",
        "The first was due on {due:day}. Give them to somebody, or say what became of them: {link:link}",
    )
    MINUTES_DUE = _words(
        "Minutes of {on:day} to send out",
        "The minutes of the {programme:programme} meeting of {on:day} are due on {due:day}.",
        "Write them, and ask the chair to approve them: {link:link}",
    )
    MINUTES_TO_APPROVE = _words(
        "Minutes of {on:day} to approve",
        "The minutes of the {programme:programme} meeting of {on:day} wait for your approval.",
        "Read and approve them: {link:link}",
    )
    MINUTES_READY = _words(
        "Minutes of the {programme:programme} meeting of {on:day}",
        "The minutes of the {programme:programme} meeting of {on:day} can be read.",
        "Your agency's copy: {link:link}",
    )
    REVIEWS_DUE = _words(
        "{programme:programme} reviews due",
        "There are {reviews:count review} due in {programme:programme}. The first was or is due on {due:day}.",
        "The reviews: {link:link}",
    )
    FLAGS_SET = _words(
        "{programme:programme} files to flag",
        "Your agency is asked to flag its files for {flags:count case} of the {programme:programme} panel.",
        "Flag them, and say so in one click: {link:link}",
    )
    FLAGS_EXPIRING = _words(
        "{programme:programme} flags that expire",
        "There are {flags:count flag} of your agency that expire by {due:day}.",
        "The flags: {link:link}",
    )
    TRANSFERS_LATE = _words(
        "{programme:programme} transfer not acknowledged by {due:day}",
        "A transfer to or from the {programme:programme} panel of another area waits for an answer or for papers.",
        "They were due on {due:day}. Ask again, or say what became of it: {link:link}",
    )
    TRANSFER_RECEIVED = _words(
        "A {programme:programme} transfer to acknowledge",
        "A case has been transferred to the {programme:programme} panel. Please acknowledge it by {due:day}.",
        "The transfer: {link:link}",
    )
