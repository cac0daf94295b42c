"""Periods: the days that a report counts, and the columns that its definition makes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from casework.errors import Invalid
from casework.forms.dates import EARLIEST, LATEST, MONTHS, write_date
from casework.programmes.reports import ReportDefinition

FIRST_MONTH = 4
"""Years of account begin in April."""

MOST_YEARS = 20
"""A longer period is a slip of the pen rather than a report."""


@dataclass(frozen=True, order=True)
class Period:
    """From the first day to the last, both included. Raises Invalid, with `to` as the field at fault."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            days = f"{write_date(self.last)}, before it begins on {write_date(self.first)}"
            raise _fault("to", f"The period ends on {days}.")
        if self.last.year - self.first.year > MOST_YEARS:
            raise _fault("to", f"A report covers at most {MOST_YEARS} years.")

    @property
    def words(self) -> str:
        """1 April 2017 to 31 March 2018; one day by itself."""
        if self.first == self.last:
            return write_date(self.first)
        return f"{write_date(self.first)} to {write_date(self.last)}"

    @property
    def title(self) -> str:
        """What people call it where it has a name (Quarter 3 of 2017/18), else its days."""
        name = named(self)
        if name is None:
            return self.words
        year, part_id = name
        return year_label(year) if part_id == "year" else f"{PARTS[part_id]} of {year_label(year)}"


@dataclass(frozen=True)
class Column:
    """A column of a report: what it is called and the days that it counts."""

    id: str
    label: str
    period: Period


def columns_of(definition: ReportDefinition, period: Period) -> tuple[Column, ...]:
    """The columns of a report over a period."""
    days = (period.first, period.last)
    return tuple(
        Column(column.id, column.label_in(*days), Period(*column.span(*days)))
        for column in definition.columns
    )


# -- parts of a year -------------------------------------------------------------------------------

PARTS: Mapping[str, str] = {
    "year": "Whole year",
    "h1": "First half",
    "h2": "Second half",
    **{f"q{number}": f"Quarter {number}" for number in (1, 2, 3, 4)},
    **{f"m{month:02}": MONTHS[month - 1] for month in (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)},
}
"""The parts of a year of account that have a name, by the ids that an address carries."""


def year_of(day: date) -> int:
    """The year of account that a day falls in, by the calendar year in which it begins."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def year_label(starts: int) -> str:
    """2017/18."""
    return f"{starts}/{(starts + 1) % 100:02}"


def part(starts: int, part_id: str) -> Period:
    """A part (a key of PARTS) of the year of account that begins in April of `starts`."""
    kind, number = part_id[0], part_id[1:]
    if kind == "m":
        month = int(number)
        return _months(starts if month >= FIRST_MONTH else starts + 1, month, 1)
    length = {"y": 12, "h": 6, "q": 3}[kind]
    before = 0 if kind == "y" else (int(number) - 1) * length
    year, month = divmod(starts * 12 + FIRST_MONTH - 1 + before, 12)
    return _months(year, month + 1, length)


def named(period: Period) -> tuple[int, str] | None:
    """The year of account and the part of it that a period is; None for other days."""
    year = year_of(period.first)
    return next(((year, part_id) for part_id in PARTS if part(year, part_id) == period), None)


def quarters(starts: int) -> tuple[Column, ...]:
    """The four quarters of a year of account and the year, as columns."""
    ids = ("q1", "q2", "q3", "q4", "year")
    return tuple(Column(part_id, PARTS[part_id], part(starts, part_id)) for part_id in ids)


def _months(year: int, month: int, length: int) -> Period:
    years, month_after = divmod(month - 1 + length, 12)
    return Period(date(year, month, 1), date(year + years, month_after + 1, 1) - timedelta(days=1))


# -- as written in an address or a command ---------------------------------------------------------


def parse(first: str, last: str) -> Period:
    """A period from two ISO dates. Raises Invalid, with `from` or `to` as the field at fault."""
    return Period(_day("from", first), _day("to", last))


def _day(name: str, words: str) -> date:
    """One ISO date, written in full: Python alone would take weeks and days of the year too."""
    try:
        day = date.fromisoformat(words) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", words) else None
    except ValueError:
        day = None
    if day is not None and EARLIEST <= day <= LATEST:  # the days that a form takes too
        return day
    raise _fault(name, f"“{words[:20]}” is not a date: write it like 2018-03-31.")


def _fault(name: str, words: str) -> Invalid:
    return Invalid(words, errors={name: [words]})
