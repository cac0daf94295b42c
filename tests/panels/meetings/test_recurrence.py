"""When the meetings of a series fall: no database."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from casework.errors import Invalid
from casework.panels.meetings import recurrence
from casework.panels.meetings.recurrence import FORTNIGHTLY, MONTHLY, MONTHLY_LAST, WEEKLY

FIRST = date(2026, 1, 14)  # the second Wednesday of January


@pytest.mark.parametrize(
    ("pattern", "first", "rule", "words"),
    [
        (WEEKLY, FIRST, "FREQ=WEEKLY;BYDAY=WE", "Every Wednesday"),
        (FORTNIGHTLY, FIRST, "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "Every two weeks on Wednesday"),
        (MONTHLY, FIRST, "FREQ=MONTHLY;BYDAY=2WE", "The second Wednesday of each month"),
        (MONTHLY_LAST, date(2026, 1, 29), "FREQ=MONTHLY;BYDAY=-1TH", "The last Thursday of each month"),
    ],
)
def test_first_day_and_pattern_make_the_rule(pattern: str, first: date, rule: str, words: str) -> None:
    assert recurrence.rule_for(pattern, first) == rule
    assert recurrence.words(rule) == words


@pytest.mark.parametrize(
    ("pattern", "first", "field"),
    [(MONTHLY, date(2026, 1, 29), "pattern"), (MONTHLY_LAST, FIRST, "first_day")],
)
def test_a_day_that_not_every_month_has_makes_no_rule(pattern: str, first: date, field: str) -> None:
    with pytest.raises(Invalid) as fault:
        recurrence.rule_for(pattern, first)

    assert list(fault.value.errors) == [field]


def test_second_wednesdays_of_spring() -> None:
    rule = recurrence.rule_for(MONTHLY, FIRST)

    found = recurrence.days(rule, FIRST, date(2026, 3, 1), date(2026, 5, 31))

    assert found == [date(2026, 3, 11), date(2026, 4, 8), date(2026, 5, 13)]


def test_every_two_weeks_keeps_step_whenever_it_is_asked() -> None:
    rule = recurrence.rule_for(FORTNIGHTLY, FIRST)

    assert recurrence.days(rule, FIRST, date(2026, 1, 21), date(2026, 2, 11)) == [
        date(2026, 1, 28),
        date(2026, 2, 11),
    ]


def test_bank_holidays_are_left_out_and_named() -> None:
    easter_week = [date(2026, 3, 30), date(2026, 4, 6), date(2026, 4, 13)]

    assert recurrence.without_holidays(easter_week) == ([easter_week[0], easter_week[2]], [date(2026, 4, 6)])


def test_time_of_day_is_that_of_london_in_summer_and_winter() -> None:
    assert recurrence.starts_at(date(2026, 1, 14), "09:30") == datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
    assert recurrence.starts_at(date(2026, 7, 8), "09:30") == datetime(2026, 7, 8, 8, 30, tzinfo=UTC)
    assert recurrence.day_and_time(datetime(2026, 7, 8, 8, 30, tzinfo=UTC)) == (date(2026, 7, 8), "09:30")


def test_the_hour_that_the_clocks_leave_out_is_no_time() -> None:
    with pytest.raises(Invalid):
        recurrence.starts_at(date(2026, 3, 29), "01:30")


def test_working_days_before_a_meeting_pass_over_weekends_and_holidays() -> None:
    # Good Friday is 3 April 2026, Easter Monday the 6th.
    assert recurrence.working_days_before(date(2026, 4, 8), 2) == date(2026, 4, 2)
    assert recurrence.working_days_before(date(2026, 4, 8), 0) == date(2026, 4, 8)
