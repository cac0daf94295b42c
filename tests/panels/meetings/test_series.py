"""Series: a year of meetings, kept coming, changed from one on, ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.forms import today
from casework.panels.agenda import service as agenda
from casework.panels.meetings import planning, recurrence, series
from casework.panels.meetings import service as meetings
from casework.panels.meetings.service import Plan
from casework.panels.models import Meeting, Series
from casework.panels.queue import service as queue
from tests.support import panels

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECOND_WEDNESDAY = date(2026, 1, 14)
DETAILS = Plan(time="09:30", minutes=150, minutes_per_case=10, venue="Town Hall")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def plan(panel: panels.Panel, first: date = SECOND_WEDNESDAY, pattern: str = "monthly") -> Series:
    details = replace(DETAILS, chair_id=panel.chair.id, coordinator_id=panel.coordinator.id)
    made, _, _ = series.plan(panel.coordinating, panel.programme, first, pattern, details)
    return made


def of(one: Series) -> list[Meeting]:
    query = select(Meeting).where(Meeting.series_id == one.id).order_by(Meeting.starts_at_utc)
    return list(db.session.scalars(query))


def test_a_year_of_meetings_is_planned_at_one_time_of_day(panel: panels.Panel) -> None:
    made = of(plan(panel))

    assert [meetings.day_of(each) for each in made[:4]] == [
        date(2026, 1, 14),
        date(2026, 2, 11),
        date(2026, 3, 11),
        date(2026, 4, 8),
    ]
    assert len(made) == 12
    assert {recurrence.day_and_time(each.starts_at_utc)[1] for each in made} == {"09:30"}
    assert {each.starts_at_utc.hour for each in made} == {8, 9}  # in UTC: summer and winter


def test_bank_holidays_are_left_out_and_said(panel: panels.Panel) -> None:
    mondays = plan(panel, date(2026, 3, 23), "weekly")

    assert date(2026, 4, 6) not in [meetings.day_of(each) for each in of(mondays)]
    assert date(2026, 4, 6) in series.about(mondays).left_out


def test_the_job_keeps_meetings_coming_and_makes_none_twice(panel: panels.Panel, clock: Any) -> None:
    one = plan(panel)
    moved = of(one)[-1]
    planning.change(
        panel.coordinating,
        moved,
        date(2026, 12, 10),
        replace(DETAILS, chair_id=panel.chair.id),
        version=moved.version,
    )
    assert series.keep_coming(OPERATOR) == 0

    clock.move_to(datetime(2026, 4, 20, 9, tzinfo=UTC))
    assert series.keep_coming(OPERATOR) == 4
    assert series.keep_coming(OPERATOR) == 0

    days = [meetings.day_of(each) for each in of(one)]
    assert date(2026, 12, 9) not in days  # the one that was moved is not made again
    assert days[-1] == date(2027, 4, 14)
    assert len(set(days)) == len(days) == 16


def test_change_of_all_that_follow_leaves_those_before_and_reaches_those_to_come(
    panel: panels.Panel, clock: Any
) -> None:
    one = plan(panel)
    third = of(one)[2]
    details = replace(meetings.details_of(third), time="14:00", venue="Library")

    count = series.change_following(
        panel.coordinating, third, meetings.day_of(third), details, version=third.version
    )

    assert count == 10
    clock.move_to(datetime(2026, 2, 20, 9, tzinfo=UTC))
    series.keep_coming(OPERATOR)
    found = [(recurrence.day_and_time(each.starts_at_utc)[1], each.venue) for each in of(one)]
    assert found == [("09:30", "Town Hall")] * 2 + [("14:00", "Library")] * 12  # two of 2027 were made later


def test_all_that_follow_keep_their_days(panel: panels.Panel) -> None:
    third = of(plan(panel))[2]

    with pytest.raises(Invalid) as fault:
        series.change_following(panel.coordinating, third, date(2026, 3, 12), DETAILS, version=third.version)

    assert "day" in fault.value.errors


def test_an_ended_series_cancels_what_it_planned_and_its_cases_wait_again(panel: panels.Panel) -> None:
    one = plan(panel)
    first, second, *rest = of(one)
    case = panels.make_accepted(panel, received_on=today())
    entry = queue.open_entry(case) or queue.enter(panel.coordinating, case, "new")
    agenda.list_entry(panel.coordinating, second, entry)
    assert entry.state == "listed"

    series.end(panel.coordinating, one, from_day=date(2026, 2, 1), version=one.version)

    assert first.state == "planned"
    assert {each.state for each in (second, *rest)} == {"cancelled"}
    assert entry.state == "waiting"
    assert series.keep_coming(OPERATOR) == 0
    assert series.standing(panel.coordinating) == []
    with pytest.raises(Conflict):
        series.end(panel.coordinating, one, from_day=date(2026, 2, 1), version=one.version)
