from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from casework.web import words

ON = date(2018, 4, 3)


def test_a_date_reads_in_full():
    assert words.date_words(ON) == "3 April 2018"
    assert words.date_words(None) == "Not recorded"
    assert words.date_words(None, "never") == "never"


@pytest.mark.parametrize(
    ("moment", "reads"),
    [
        (datetime(2018, 4, 3, 13, 5, tzinfo=UTC), "3 April 2018 at 2:05pm"),  # summer time
        (datetime(2018, 1, 3, 13, 5, tzinfo=UTC), "3 January 2018 at 1:05pm"),
        (datetime(2018, 4, 3, 23, 30, tzinfo=UTC), "4 April 2018 at 12:30am"),
        (datetime(2018, 1, 3, 0, 0, tzinfo=UTC), "3 January 2018 at midnight"),
        (datetime(2018, 1, 3, 12, 0, tzinfo=UTC), "3 January 2018 at midday"),
        (datetime(2018, 1, 3, 9, 0, tzinfo=UTC), "3 January 2018 at 9am"),
        (datetime(2018, 4, 3, 13, 5), "3 April 2018 at 2:05pm"),  # noqa: DTZ001
        # The hour that comes twice, when clocks go back on 28 October 2018.
        (datetime(2018, 10, 28, 0, 30, tzinfo=UTC), "28 October 2018 at 1:30am"),
        (datetime(2018, 10, 28, 1, 30, tzinfo=UTC), "28 October 2018 at 1:30am"),
    ],
)
def test_a_moment_reads_by_a_london_clock(moment, reads):
    assert words.moment_words(moment) == reads
    assert words.when(moment) == reads


def test_when_leaves_a_date_without_a_time():
    assert words.when(ON) == "3 April 2018"
    assert words.when(None) == "Not recorded"


@pytest.mark.parametrize(
    ("day", "reads"),
    [
        (date(2018, 3, 1), "Overdue by 33 days"),
        (date(2018, 4, 2), "Overdue by 1 day"),
        (date(2018, 4, 3), "Due today"),
        (date(2018, 4, 4), "Due tomorrow"),
        (date(2018, 4, 6), "Due in 3 days"),
        (datetime(2018, 4, 3, 23, 30, tzinfo=UTC), "Due tomorrow"),
        (None, "No date"),
    ],
)
def test_what_is_due_says_how_long_is_left(day, reads):
    assert words.due(day, ON) == reads


@pytest.mark.parametrize(
    ("count", "reads"), [(0, "0 cases"), (1, "1 case"), (2, "2 cases"), (1240, "1,240 cases")]
)
def test_things_are_counted_in_words(count, reads):
    assert words.plural(count, "case") == reads
    assert words.plural(2, "person", "people") == "2 people"


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2000, 4, 3), date(2018, 4, 2), 17),
        (date(2000, 4, 3), date(2018, 4, 3), 18),
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
        (date(2018, 4, 3), date(2018, 4, 3), 0),
        (None, date(2018, 4, 3), None),
    ],
)
def test_age_is_in_completed_years(born, on, years):
    assert words.age(born, on) == years


class Sources:
    def label(self, code):
        return {"police": "Metropolitan Police"}[code]


def test_a_code_reads_as_its_label():
    assert words.label(Sources(), "police") == "Metropolitan Police"
    assert words.label(Sources(), None) == "Not recorded"
    assert words.label(Sources(), "gone") == "gone"


@pytest.mark.parametrize(("answer", "reads"), [(True, "Yes"), (False, "No"), (None, "Not recorded")])
def test_no_is_not_the_same_as_not_recorded(answer, reads):
    assert words.yes_no(answer) == reads


def test_neighbours_run_together_and_others_do_not():
    @dataclass
    class Thing:
        group: str

    things = [Thing("a"), Thing("a"), Thing("b"), Thing("a")]

    assert [len(run) for run in words.runs(things, "group")] == [2, 1, 1]
