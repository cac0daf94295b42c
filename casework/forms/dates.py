"""Dates as people type them and as pages write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from marshmallow.experimental.context import Context

from casework.forms.words import clean

LONDON = ZoneInfo("Europe/London")
BOXES = ("day", "month", "year")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
EARLIEST = date(1900, 1, 1)
LATEST = date(2100, 12, 31)
NOT_REAL = "must be a real date, like 27 3 2026"


def today() -> date:
    """The date in London, unless the context of `read` names another."""
    context: Mapping[str, object] = Context.get(default={})
    given = context.get("today")
    return given if isinstance(given, date) else datetime.now(LONDON).date()


def write_date(day: date) -> str:
    """3 April 2018."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def write_time(moment: datetime) -> str:
    """2:05pm, midday, midnight: on a London clock."""
    clock = moment.astimezone(LONDON)
    if clock.minute == 0 and clock.hour in (0, 12):
        return "midday" if clock.hour else "midnight"
    minutes = f":{clock.minute:02}" if clock.minute else ""
    return f"{clock.hour % 12 or 12}{minutes}{'am' if clock.hour < 12 else 'pm'}"


class DateFault(ValueError):
    """Why something typed is no date. `words` follow the field's name; `boxes` are the ones to mark."""

    def __init__(self, words: str, boxes: Iterable[str] = BOXES) -> None:
        super().__init__(words)
        self.words = words
        self.boxes = frozenset(boxes)


def split_date(typed: str) -> dict[str, str]:
    """The day, month and year of a date typed as one: 2026-03-27, 27/3/2026, 27 March 2026."""
    parts = [part for part in re.split(r"[\s/.,\-]+", typed) if part]
    if len(parts) != 3:
        raise DateFault(NOT_REAL)
    if len(parts[0]) == 4 and parts[0].isdecimal():
        parts.reverse()
    parts[0] = re.sub(r"(?<=[0-9])(st|nd|rd|th)$", "", parts[0].lower())
    return dict(zip(BOXES, parts, strict=True))


def parse_date(value: object) -> date | None:
    """A date from a date, one text, or the three boxes; None when nothing was typed. Raises `DateFault`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        value = split_date(value) if clean(value) else {}
    if not isinstance(value, Mapping):
        raise DateFault(NOT_REAL)
    boxes = {box: unicodedata.normalize("NFKC", clean(str(value.get(box) or ""))) for box in BOXES}
    if not any(boxes.values()):
        return None
    missing = [box for box in BOXES if not boxes[box]]
    if missing:
        raise DateFault("must include a " + " and a ".join(missing), missing)
    return _real_date(**boxes)


def _real_date(day: str, month: str, year: str) -> date:
    if re.fullmatch("[0-9]{1,3}", year):
        raise DateFault("must have a year of 4 numbers, like 2026", ["year"])
    if not re.fullmatch("[0-9]{4}", year):
        raise DateFault(NOT_REAL, ["year"])
    number = _month(month)
    if number is None:
        raise DateFault(NOT_REAL, ["month"])
    try:
        return date(int(year), number, int(day) if re.fullmatch("[0-9]{1,2}", day) else 0)
    except ValueError:
        raise DateFault(NOT_REAL, ["day"]) from None


def _month(typed: str) -> int | None:
    """The number of a month typed as a number, a name or the first three or more letters of it."""
    if re.fullmatch("[0-9]{1,2}", typed):
        return int(typed) if 1 <= int(typed) <= 12 else None
    found = [
        i for i, name in enumerate(MONTHS, 1) if len(typed) >= 3 and name.lower().startswith(typed.lower())
    ]
    return found[0] if found else None
