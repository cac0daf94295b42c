"""What is asked of meetings and their series."""

from __future__ import annotations

import re
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, validates_schema

from casework.forms import Choice, FormSchema, code, date_, number, text, today, version

WHEN = (Choice("coming", "Coming"), Choice("past", "Past"), Choice("cancelled", "Cancelled"))
PATTERNS = (
    Choice("weekly", "Every week", "On the weekday of the first meeting"),
    Choice("fortnightly", "Every two weeks", "On the weekday of the first meeting"),
    Choice("monthly", "Every month, on the same weekday", "The second Wednesday of each month, for example"),
    Choice(
        "monthly_last",
        "Every month, on the last such weekday",
        "The last Thursday of each month, for example",
    ),
)
SCOPES = (
    Choice("one", "This meeting only"),
    Choice("following", "This meeting and all that follow in the series"),
)
WHEN_AND_WHERE, WHO = "When and where", "Who runs it"


def clock(typed: str) -> str | None:
    """A time of day as it is kept, 09:30, from 9:30am, 9.30, 14:00, 2pm or midday; None for anything else."""
    bare = re.sub(r"[\s.]*", "", typed.lower()) if re.search(r"[ap]\.?m", typed.lower()) else typed.lower()
    if bare in ("midday", "noon", "12noon"):
        return "12:00"
    found = re.fullmatch(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?\s*(am|pm)?", bare.strip())
    if found is None or (found[2] is None and found[3] is None):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] and not 1 <= hour <= 12:
        return None
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    try:
        return f"{time(hour, minute):%H:%M}"
    except ValueError:
        return None


def _https(typed: str) -> str | None:
    try:
        parts = urlsplit(typed)
        host = parts.hostname
    except ValueError:
        return None
    whole = parts.scheme == "https" and host and not re.search(r"\s", typed) and not parts.username
    return typed if whole else None


class MeetingFilter(FormSchema):
    """What narrows the list of meetings."""

    when = code("When", WHEN, widget="select")
    programme = code("Programme", widget="select")


class ChosenPanel(FormSchema):
    """Which panel meets, for whoever runs more than one."""

    programme = code("Which panel meets?", required="Select which panel meets")


class _Details(FormSchema):
    """All but the day."""

    time = text(
        "Starts at",
        required="Enter when it starts",
        hint="For example, 9:30am or 14:00",
        max_length=10,
        width="5",
        check=clock,
        wrong="Enter a time, like 9:30am or 14:00",
        group=WHEN_AND_WHERE,
    )
    minutes = number(
        "Length in minutes",
        required="Enter how long it lasts",
        least=10,
        most=600,
        group=WHEN_AND_WHERE,
    )
    minutes_per_case = number(
        "Minutes for each case",
        required="Enter how many minutes each case is given",
        least=1,
        most=240,
        group=WHEN_AND_WHERE,
    )
    venue = text(
        "Venue",
        hint="It stands in calendars: no name or address of anybody whose case is heard.",
        group=WHEN_AND_WHERE,
    )
    link = text(
        "Link to join",
        max_length=300,
        hint="Shown on the page of the meeting only. It begins with https://",
        check=_https,
        wrong="Enter a link that begins with https://",
        group=WHEN_AND_WHERE,
    )
    chair = code("Chair", widget="select", group=WHO)
    deputy_chair = code(
        "Deputy chair", widget="select", hint="Takes a case that the chair may not deal with.", group=WHO
    )
    coordinator = code("Coordinator", widget="select", group=WHO)
    deputy_coordinator = code("Deputy coordinator", widget="select", group=WHO)

    @validates_schema
    def _fits(self, data: dict[str, Any], **_kwargs: Any) -> None:
        minutes, each = data.get("minutes"), data.get("minutes_per_case")
        if minutes and each and each > minutes:
            raise ValidationError(
                {"minutes_per_case": ["A case cannot be given more than the whole meeting"]}
            )


class NewMeeting(_Details):
    """A single meeting. `entry` is the case that an emergency meeting is called for."""

    entry = code(
        "Case that it is called for", widget="select", required="Select the case that it is called for"
    )
    day = date_("Day", required="Enter the day", future=True, group=WHEN_AND_WHERE)

    class Meta(FormSchema.Meta):
        fields = (
            "entry", "day", "time", "minutes", "minutes_per_case", "venue", "link",
            "chair", "deputy_chair", "coordinator", "deputy_coordinator",
        )  # fmt: skip


class ChangeMeeting(_Details):
    """A meeting that was planned; `scope` is asked of one of a series."""

    scope = code("What do you change?", SCOPES, required="Select what you change")
    day = date_("Day", required="Enter the day", future=True, group=WHEN_AND_WHERE)
    version = version()

    class Meta(FormSchema.Meta):
        fields = (
            "scope", "day", "time", "minutes", "minutes_per_case", "venue", "link",
            "chair", "deputy_chair", "coordinator", "deputy_coordinator", "version",
        )  # fmt: skip


class NewSeries(_Details):
    """Meetings that come again."""

    first_day = date_("First meeting", required="Enter the day of the first meeting", future=True)
    pattern = code("How often", PATTERNS, required="Select how often the panel meets")

    class Meta(FormSchema.Meta):
        fields = (
            "first_day", "pattern", "time", "minutes", "minutes_per_case", "venue", "link",
            "chair", "deputy_chair", "coordinator", "deputy_coordinator",
        )  # fmt: skip


class EndSeries(FormSchema):
    """From which day a series makes no more meetings."""

    from_day = date_("No more meetings from", required=True, future=True)
    version = version()

    @validates_schema
    def _not_past(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data.get("from_day") and data["from_day"] < today():
            raise ValidationError({"from_day": ["No more meetings from must be today or in the future"]})


class CancelMeeting(FormSchema):
    """Why a meeting does not take place."""

    reason = code("Why is it cancelled?", widget="radios", required="Select why it is cancelled")
    version = version()


class Circulate(FormSchema):
    """That the agenda goes out as it is."""

    version = version()


class Coming(FormSchema):
    """Who comes for the reader's own agency."""

    answer = code("Who comes for your agency?", widget="radios", required="Select who comes for your agency")
