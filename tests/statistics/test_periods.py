from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import Invalid
from casework.programmes.reports import ColumnDefinition, ReportDefinition
from casework.statistics import periods
from casework.statistics.periods import Period

HALF_AND_YEAR = ReportDefinition(
    id="year_end",
    title="Year",
    columns=(
        ColumnDefinition("q3_q4", "Last six months", last_months=6, financial_year_label="Q3 and Q4"),
        ColumnDefinition("year", "Whole period", financial_year_label="Year"),
    ),
    headlines=(),
    tables=(),
)


def columns_of(first: date, last: date) -> list[tuple[str, str, date, date]]:
    columns = periods.columns_of(HALF_AND_YEAR, Period(first, last))
    return [(column.id, column.label, column.period.first, column.period.last) for column in columns]


@pytest.mark.parametrize(
    ("part", "first", "last"),
    [
        ("year", date(2017, 4, 1), date(2018, 3, 31)),
        ("h1", date(2017, 4, 1), date(2017, 9, 30)),
        ("h2", date(2017, 10, 1), date(2018, 3, 31)),
        ("q1", date(2017, 4, 1), date(2017, 6, 30)),
        ("q2", date(2017, 7, 1), date(2017, 9, 30)),
        ("q3", date(2017, 10, 1), date(2017, 12, 31)),
        ("q4", date(2018, 1, 1), date(2018, 3, 31)),
        ("m04", date(2017, 4, 1), date(2017, 4, 30)),
        ("m12", date(2017, 12, 1), date(2017, 12, 31)),
        ("m02", date(2018, 2, 1), date(2018, 2, 28)),
    ],
)
def test_part_of_a_year_of_account_begins_in_april(part: str, first: date, last: date) -> None:
    assert periods.part(2017, part) == Period(first, last)


def test_february_of_a_leap_year_has_29_days() -> None:
    assert periods.part(2019, "m02").last == date(2020, 2, 29)


@given(st.integers(1990, 2090))
def test_quarters_halves_and_months_each_make_up_the_year(year: int) -> None:
    whole = periods.part(year, "year")
    for kind in "hqm":
        parts = [periods.part(year, each) for each in periods.PARTS if each[0] == kind]
        assert (parts[0].first, parts[-1].last) == (whole.first, whole.last)
        for before, after in pairwise(parts):
            assert after.first - before.last == timedelta(days=1)


def test_march_and_april_are_in_different_years_of_account() -> None:
    assert periods.year_of(date(2018, 3, 31)) == 2017
    assert periods.year_of(date(2018, 4, 1)) == 2018
    assert periods.year_label(1999) == "1999/00"


def test_columns_of_a_year_are_its_second_half_and_itself() -> None:
    assert columns_of(date(2017, 4, 1), date(2018, 3, 31)) == [
        ("q3_q4", "Q3 and Q4", date(2017, 10, 1), date(2018, 3, 31)),
        ("year", "Year", date(2017, 4, 1), date(2018, 3, 31)),
    ]


def test_columns_of_other_periods_do_not_speak_of_quarters() -> None:
    assert columns_of(date(2017, 1, 1), date(2017, 12, 31)) == [
        ("q3_q4", "Last six months", date(2017, 7, 1), date(2017, 12, 31)),
        ("year", "Whole period", date(2017, 1, 1), date(2017, 12, 31)),
    ]


def test_column_never_begins_before_a_short_period() -> None:
    assert [column[2:] for column in columns_of(date(2017, 5, 1), date(2017, 5, 31))] == [
        (date(2017, 5, 1), date(2017, 5, 31))
    ] * 2


@pytest.mark.parametrize(
    ("period", "title"),
    [
        (periods.part(2017, "year"), "2017/18"),
        (periods.part(2017, "q3"), "Quarter 3 of 2017/18"),
        (periods.part(2017, "m01"), "January of 2017/18"),
        (Period(date(2017, 4, 2), date(2017, 4, 3)), "2 April 2017 to 3 April 2017"),
        (Period(date(2018, 4, 3), date(2018, 4, 3)), "3 April 2018"),
    ],
)
def test_period_says_what_people_call_it(period: Period, title: str) -> None:
    assert period.title == title


def test_iso_dates_are_read() -> None:
    assert periods.parse("2017-04-01", "2018-03-31") == periods.part(2017, "year")


@pytest.mark.parametrize(
    ("first", "last", "field", "words"),
    [
        ("2018-04-01", "2018-03-31", "to", "before it begins"),
        ("2018-02-30", "2018-03-31", "from", "2018-02-30"),
        ("2018-02-01", "31/03/2018", "to", "like 2018-03-31"),
        ("20180201", "2018-03-31", "from", "not a date"),
        ("2018-W01-1", "2018-03-31", "from", "not a date"),
        ("", "2018-03-31", "from", "not a date"),
        ("1900-01-01", "2018-03-31", "to", "at most 20 years"),
        ("9999-12-31", "9999-12-31", "from", "not a date"),
        ("0001-01-01", "0001-01-02", "from", "not a date"),
    ],
)
def test_impossible_period_is_refused_in_words(first: str, last: str, field: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        periods.parse(first, last)

    assert words in refused.value.errors[field][0]
