"""How dates, times and numbers read on a page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from flask import Flask

from casework.forms import today, write_date
from casework.forms.dates import LONDON, write_time

NOT_RECORDED = "Not recorded"


def init(app: Flask) -> None:
    app.jinja_env.filters.update(
        date=date_words,
        datetime=moment_words,
        time=time_words,
        when=when,
        due=due,
        days_left=days_left,
        plural=plural,
        runs=runs,
        yes_no=yes_no,
    )
    app.jinja_env.tests["dated"] = lambda thing: isinstance(thing, date)
    app.jinja_env.globals.update(age=age, label=label)


def london(moment: datetime) -> datetime:
    """The moment on a London clock. What has no zone was stored in UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(LONDON)


def day_of(at: date | datetime) -> date:
    return london(at).date() if isinstance(at, datetime) else at


def date_words(at: date | datetime | None, missing: str = NOT_RECORDED) -> str:
    """3 April 2018."""
    return write_date(day_of(at)) if at else missing


def time_words(at: datetime) -> str:
    """2:05pm, midday, midnight."""
    return write_time(london(at))


def moment_words(at: datetime | None, missing: str = NOT_RECORDED) -> str:
    """3 April 2018 at 2:05pm."""
    return f"{date_words(at)} at {time_words(at)}" if at else missing


def when(at: date | datetime | None, missing: str = NOT_RECORDED) -> str:
    """A date, or a moment with its time, whichever it is."""
    return moment_words(at, missing) if isinstance(at, datetime) else date_words(at, missing)


def days_left(day: date | datetime, on: date | None = None) -> int:
    """Days until then; negative when it is past."""
    return (day_of(day) - (on or today())).days


def due(day: date | datetime | None, on: date | None = None) -> str:
    """Due today, Due in 3 days, Overdue by 1 day."""
    if day is None:
        return "No date"
    left = days_left(day, on)
    if left < 0:
        return f"Overdue by {plural(-left, 'day')}"
    return {0: "Due today", 1: "Due tomorrow"}.get(left) or f"Due in {plural(left, 'day')}"


def plural(count: int, one: str, many: str = "") -> str:
    """1 case, 1,240 cases, 2 people."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def age(born: date | None, on: date | None = None) -> int | None:
    """Age in completed years. Who was born on 29 February is a year older on 1 March of a common year."""
    if born is None:
        return None
    on = on or today()
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def yes_no(answer: bool | None, missing: str = NOT_RECORDED) -> str:
    return missing if answer is None else ("Yes" if answer else "No")


def label(codes: Any, code: str | None, missing: str = NOT_RECORDED) -> str:
    """The words for a code in a programme's code list; a code that the list never had stands for itself."""
    if not code:
        return missing
    try:
        return str(codes.label(code))
    except KeyError:
        return code


def runs(things: Iterable[Any], attribute: str) -> list[list[Any]]:
    """Neighbours that have the same attribute, together."""
    return [list(run) for _, run in groupby(things, key=lambda thing: getattr(thing, attribute))]
