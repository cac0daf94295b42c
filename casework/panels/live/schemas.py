"""What comes in while a meeting is held."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from casework.forms import (
    Choice,
    FormSchema,
    Option,
    code,
    codes,
    date_,
    hidden,
    long_text,
    text,
    today,
    version,
)

ANOTHER_DAY = "other"
# How soon something may be due, in the words of the quick choices; the first is offered first.
SOON: Mapping[str, tuple[str, int]] = {
    "week": ("In a week", 7),
    "today": ("Today", 0),
    "tomorrow": ("Tomorrow", 1),
    "days": ("In 3 days", 3),
    "fortnight": ("In 2 weeks", 14),
    "month": ("In 4 weeks", 28),
}


class NotesForm(FormSchema):
    """The parts of the notes as they are typed, each with the version that was read; `act` may go on to the next."""

    harmless = FormSchema.harmless | {"act"}


def notes_form(parts: Mapping[str, str], longest: int) -> FormSchema:
    fields: dict[str, Any] = {}
    for part, label in parts.items():
        fields[part] = long_text(label, max_length=longest, rows=6)
        fields[f"version-{part}"] = version()
    return _made("NotesForm", fields, NotesForm)


class NotePart(FormSchema):
    """One part of the notes, as a script sends it while it is typed."""

    text = long_text("Notes", max_length=20_000)
    version = version()


class MeetingVersion(FormSchema):
    """An act on a meeting without questions."""

    version = version()


class Somebody(FormSchema):
    """An observer or a guest, who has no seat."""

    name = text("Name", required="Enter their name", max_length=120)
    agency = code("Agency", required="Select the agency they come from", widget="select")


class InterestOf(FormSchema):
    """A conflict of interest that the chair or the coordinator records for somebody in the room."""

    item = code("Case", required="Select the case", widget="select")
    user = code("Who has the interest?", required="Select who has the interest", widget="select")
    whole = codes("Whom it concerns", (Choice("yes", "Everybody of their agency"),))
    nature = text("What the interest is", required="Enter what the interest is", max_length=500)


class OwnInterest(FormSchema):
    """A conflict of interest that a member declares."""

    item = code("Case", required="Select the case", widget="select")
    nature = text("What your interest is", required="Enter what your interest is", max_length=500)
    whole = codes("Whom it concerns", (Choice("yes", "Everybody of my agency"),))


def attendance_form(rows: Iterable[uuid.UUID], states: Mapping[str, str]) -> FormSchema:
    """One line for each row of the attendance: how it stands, who came instead, and what they have said."""
    yes = (Choice("yes", "Yes"),)
    fields: dict[str, Any] = {}
    for row in rows:
        fields[f"state-{row}"] = code(
            "Attendance", [Choice(*each) for each in states.items()], required=True, widget="select"
        )
        fields[f"who-{row}"] = text("Who came instead", max_length=120)
        fields[f"accepts-{row}"] = codes("Confidentiality accepted", yes)
        fields[f"nothing-{row}"] = codes("Nothing to declare", yes)
        fields[f"version-{row}"] = version()
    return _made("AttendanceForm", fields)


def due_choices() -> list[Choice]:
    return [
        *(Choice(id_, f"{words}, {_short(_day(days))}") for id_, (words, days) in SOON.items()),
        Choice(ANOTHER_DAY, "Another day"),
    ]


def _short(day: date) -> str:
    """Mon 3 Apr."""
    return f"{day:%a} {day.day} {day:%b}"


def due_day(chosen: str, day: date | None) -> date | None:
    """The day that a quick choice means."""
    return day if chosen == ANOTHER_DAY else _day(SOON[chosen][1])


def _day(days: int) -> date:
    return today() + timedelta(days=days)


def action_form(owners: Iterable[Option]) -> FormSchema:
    fields = {
        "text": text("What is to be done", required="Enter what is to be done", max_length=1000),
        "risk": text("Which risk it answers", required="Enter which risk it answers", max_length=500),
        "owner": code("Who does it", owners, required="Select who does it", widget="select"),
        "owner_name": text("Their name", max_length=120),
        "due": code("Due", due_choices(), required="Select when it is due", widget="select"),
        "due_on": date_(
            "Day it is due", future=True, widget="picker", required=True, show_when=("due", (ANOTHER_DAY,))
        ),
    }
    return _made("ActionForm", fields)


def telling_form(people: Iterable[Option], owners: Iterable[Option]) -> FormSchema:
    fields = {
        "person": code("Who is told", people, required="Select who is told", widget="select"),
        "owner": code("Who tells them", owners, required="Select who tells them", widget="select"),
        "what": long_text("What they are told", required="Enter what they are told", rows=3, max_length=5000),
        "how": text(
            "How it is safe to tell them", required="Enter how it is safe to tell them", max_length=500
        ),
        "due": code("By when", due_choices(), required="Select by when", widget="select"),
        "due_on": date_(
            "Day", future=True, widget="picker", required=True, show_when=("due", (ANOTHER_DAY,))
        ),
    }
    return _made("TellingForm", fields)


class Told(FormSchema):
    """That a person was told, or why not."""

    done_on = date_("When", required=True)
    outcome = long_text(
        "What they said, or why they could not be told", required="Enter what came of it", rows=4
    )
    version = version()


def last_plan_form(actions: Iterable[uuid.UUID], answers: Mapping[str, str]) -> FormSchema:
    """Keep, change or drop for each action of the last plan, and why."""
    fields: dict[str, Any] = {}
    for action in actions:
        choices = [Choice(*each) for each in answers.items()]
        fields[f"answer-{action}"] = code("Keep, change or drop?", choices, inline=True)
        fields[f"why-{action}"] = text("Why", max_length=1000)
        fields[f"version-{action}"] = version()
    return _made("LastPlanForm", fields)


def decision_form(
    outcomes: Iterable[Option],
    onward_when: Iterable[str],
    *,
    destinations: Iterable[Option],
    bases: Iterable[Option],
    programmes: Iterable[Option],
    corrects: bool,
) -> FormSchema:
    """The decision; for those outcomes that refer elsewhere also to whom, what and on what basis."""
    asked = ("outcome", tuple(onward_when))
    more: dict[str, Any] = {}
    if asked[1]:
        more = {
            "onward_destination": code(
                "Referred to",
                destinations,
                widget="select",
                required="Select what kind of service it is referred to",
                show_when=asked,
            ),
            "onward_programme": code(
                "Is it another panel here?",
                programmes,
                widget="select",
                show_when=asked,
                hint="They get a referral with what is shared below and nothing else. You cannot follow it.",
            ),
            "onward_whom": text(
                "Service and person who receive it",
                show_when=asked,
                hint="Leave blank for another panel here.",
            ),
            "onward_text": long_text(
                "What is shared", rows=3, required="Enter what is shared", show_when=asked
            ),
            "onward_basis": code(
                "On what basis it is shared",
                bases,
                widget="select",
                required="Select on what basis it is shared",
                show_when=asked,
            ),
            "onward_why": text(
                "Why sharing it is necessary and proportionate",
                max_length=1000,
                required="Enter why sharing it is necessary and proportionate",
                show_when=asked,
            ),
        }
    fields = {
        "outcome": code("Decision", outcomes, required="Select the decision", widget="radios"),
        **more,
        "options": long_text("Options considered", rows=3, max_length=5000),
        "rationale": long_text("Rationale", rows=4, max_length=10_000, required="Enter why this was decided"),
        "dissent": long_text("Dissent", rows=2, max_length=5000, hint="Who disagreed, and why."),
        **(
            {"reason": text("Why it is corrected", required="Enter why it is corrected", max_length=1000)}
            if corrects
            else {}
        ),
        "version": version(),
    }
    return _made("DecisionForm", fields)


def _item_id(sent: str) -> str | None:
    try:
        return str(uuid.UUID(sent))
    except ValueError:
        return None


class After(FormSchema):
    """Go on to the next case; `after` is the one that was on the screen."""

    after = hidden(check=_item_id, wrong="Open the page of the meeting again")


def _made(name: str, fields: dict[str, Any], base: type[FormSchema] = FormSchema) -> FormSchema:
    made: Any = base.from_dict(fields, name=name)
    return made()
