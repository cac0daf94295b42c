"""The time limits of a programme on a case: what starts them sets a task, what stops them ends it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.cases import tasks
from casework.cases.models import Case, Task
from casework.extensions import db
from casework.forms import today
from casework.programmes import shelf
from casework.programmes.definition import Clock

# Holidays of England that follow no rule: royal weddings, jubilees, a funeral, a coronation, moved days.
# Source: gov.uk/bank-holidays and its archive.
_EXTRA = """
2011-04-29 2012-06-04 2012-06-05 2020-05-08 2022-06-02 2022-06-03 2022-09-19 2023-05-08
"""
EXTRA_HOLIDAYS = frozenset(date.fromisoformat(day) for day in _EXTRA.split())
MOVED_HOLIDAYS = frozenset(date.fromisoformat(day) for day in ("2012-05-28", "2020-05-04", "2022-05-30"))


def due_on(clock: Clock, start: date) -> date:
    """The last day on which the clock is met."""
    return after_working_days(start, clock.days) if clock.working_days else start + timedelta(days=clock.days)


def after_working_days(start: date, days: int) -> date:
    """The day so many working days after `start`, which itself is not counted."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def holidays(year: int) -> frozenset[date]:
    """The bank holidays of England in a year."""
    easter = _easter(year)
    days = {
        _from_monday(date(year, 1, 1)),
        easter - timedelta(days=2),
        easter + timedelta(days=1),
        _from_monday(date(year, 5, 1), weekday=0),
        _from_monday(date(year, 5, 25), weekday=0),
        _from_monday(date(year, 8, 25), weekday=0),
        *_christmas(year),
    }
    extra = {day for day in EXTRA_HOLIDAYS if day.year == year}
    return frozenset((days - MOVED_HOLIDAYS) | extra)


def start(actor: Actor, case: Case, event: str, *, on: date | None = None) -> list[Task]:
    """Set a task for every clock of the case's programme that `event` starts, unless it is running."""
    clocks = [clock for clock in shelf.programme(case.programme).clocks.values() if clock.starts == event]
    running = {task.kind for task in _running(case, [clock.id for clock in clocks])}
    return [
        tasks.set_task(actor, case, clock.id, due_on=due_on(clock, on or today()), text=clock.label)
        for clock in clocks
        if clock.id not in running
    ]


def stop(actor: Actor, case: Case, event: str) -> None:
    """End the tasks of every clock that `event` stops."""
    clocks = [clock.id for clock in shelf.programme(case.programme).clocks.values() if clock.stops == event]
    for task in _running(case, clocks):
        tasks.finish_task(actor, task)


def _running(case: Case, clocks: list[str]) -> list[Task]:
    query = select(Task).where(Task.case_id == case.id, Task.kind.in_(clocks), Task.done_at_utc.is_(None))
    return list(db.session.scalars(query)) if clocks else []


def _from_monday(day: date, *, weekday: int | None = None) -> date:
    """The first Monday from `day` on, or, without `weekday`, the day itself unless it falls on a weekend."""
    if weekday is None and day.weekday() < 5:
        return day
    return day + timedelta(days=-day.weekday() % 7)


def _christmas(year: int) -> tuple[date, date]:
    """Christmas and Boxing Day, each put off to the next working day where it falls on a weekend."""
    match date(year, 12, 25).weekday():
        case 4:
            return date(year, 12, 25), date(year, 12, 28)
        case 5:
            return date(year, 12, 27), date(year, 12, 28)
        case 6:
            return date(year, 12, 26), date(year, 12, 27)
        case _:
            return date(year, 12, 25), date(year, 12, 26)


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the algorithm of Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    month, day = divmod(d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114, 31)
    return date(year, month, day + 1)
