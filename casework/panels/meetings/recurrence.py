"""When the meetings of a series fall: rules as RRULE text (RFC 5545), days and times of day in London."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from dateutil.rrule import rrulestr

from casework.cases import clocks
from casework.errors import Invalid
from casework.forms.dates import LONDON, write_time

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}

WEEKLY, FORTNIGHTLY, MONTHLY, MONTHLY_LAST = "weekly", "fortnightly", "monthly", "monthly_last"


def rule_for(pattern: str, first_day: date) -> str:
    """The rule by which meetings come again from `first_day`, on its weekday.

    Raises Invalid for a month's fifth weekday, which not every month has, and for a first day that is not a last one.
    """
    weekday = CODES[first_day.weekday()]
    if pattern == WEEKLY:
        return f"FREQ=WEEKLY;BYDAY={weekday}"
    if pattern == FORTNIGHTLY:
        return f"FREQ=WEEKLY;INTERVAL=2;BYDAY={weekday}"
    name, nth = WEEKDAYS[first_day.weekday()], (first_day.day - 1) // 7 + 1
    if pattern == MONTHLY_LAST:
        rule = f"FREQ=MONTHLY;BYDAY=-1{weekday}"
        if days(rule, first_day, first_day, first_day) != [first_day]:
            raise Invalid(
                errors={"first_day": [f"The first meeting must be on the last {name} of its month"]}
            )
        return rule
    if nth > 4:
        words = f"Not every month has a fifth {name}: choose the last {name} of the month instead"
        raise Invalid(errors={"pattern": [words]})
    return f"FREQ=MONTHLY;BYDAY={nth}{weekday}"


def words(rule: str) -> str:
    """Every Wednesday, every two weeks on Wednesday, the second Wednesday of each month."""
    parts = dict(part.split("=") for part in rule.split(";"))
    found = re.fullmatch(r"(-?[0-9])?([A-Z]{2})", parts["BYDAY"])
    if found is None:
        return rule
    weekday = WEEKDAYS[CODES.index(found[2])]
    if parts["FREQ"] == "MONTHLY":
        return f"The {ORDINALS[int(found[1])]} {weekday} of each month"
    return f"Every two weeks on {weekday}" if parts.get("INTERVAL") == "2" else f"Every {weekday}"


def days(rule: str, first_day: date, after: date, until: date) -> list[date]:
    """The days of a series that began on `first_day`, from `after` to `until`, both included."""
    found = rrulestr(rule, dtstart=datetime.combine(first_day, time()))
    between = found.between(datetime.combine(after, time()), datetime.combine(until, time()), inc=True)
    return [each.date() for each in between]


def without_holidays(of: Iterable[date]) -> tuple[list[date], list[date]]:
    """The days on which a panel meets, and the bank holidays among them on which it does not."""
    every = list(of)
    off = [day for day in every if day in clocks.holidays(day.year)]
    return [day for day in every if day not in off], off


def starts_at(day: date, clock: str) -> datetime:
    """The moment in UTC at which it is `clock` (09:30) in London on that day, in summer as in winter.

    Raises Invalid for the hour that is missing on the day on which the clocks go forward.
    """
    there = datetime.combine(day, time.fromisoformat(clock), LONDON)
    moment = there.astimezone(UTC)
    if moment.astimezone(LONDON).time() != there.time():
        raise Invalid(errors={"time": ["There is no such time on that day: the clocks go forward"]})
    return moment


def day_and_time(moment: datetime) -> tuple[date, str]:
    """The day and the time of day (09:30) in London."""
    there = moment.astimezone(LONDON)
    return there.date(), f"{there:%H:%M}"


def weekday(moment: datetime) -> str:
    """The name of its day in London."""
    return WEEKDAYS[moment.astimezone(LONDON).weekday()]


def clock_words(clock: str) -> str:
    """9:30am, of 09:30."""
    return write_time(datetime.combine(date(2000, 1, 1), time.fromisoformat(clock), LONDON))


def working_days_before(day: date, count: int) -> date:
    """The day so many working days before `day`, which itself is not counted."""
    while count:
        day -= timedelta(days=1)
        count -= clocks.is_working_day(day)
    return day
