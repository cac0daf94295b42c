from __future__ import annotations

from datetime import date

import pytest

from casework.programmes.reports import ColumnDefinition

HALF = ColumnDefinition("q3_q4", "Last six months", last_months=6, financial_year_label="Q3 and Q4")


@pytest.mark.parametrize(
    ("start", "end", "first"),
    [
        (date(2017, 4, 1), date(2018, 3, 31), date(2017, 10, 1)),
        (date(2017, 1, 1), date(2017, 12, 31), date(2017, 7, 1)),
        (date(2016, 3, 1), date(2017, 2, 28), date(2016, 9, 1)),
        (date(2017, 4, 1), date(2017, 6, 30), date(2017, 4, 1)),
        (date(2017, 5, 10), date(2018, 2, 19), date(2017, 8, 20)),
    ],
)
def test_a_column_of_the_last_six_months_never_begins_before_the_period(start, end, first):
    assert HALF.span(start, end) == (first, end)


def test_a_column_without_months_is_the_whole_period():
    assert ColumnDefinition("year", "Year").span(date(2017, 4, 1), date(2018, 3, 31)) == (
        date(2017, 4, 1),
        date(2018, 3, 31),
    )


def test_q3_and_q4_are_named_so_only_in_a_financial_year():
    assert HALF.label_in(date(2017, 4, 1), date(2018, 3, 31)) == "Q3 and Q4"
    assert HALF.label_in(date(2017, 1, 1), date(2017, 12, 31)) == "Last six months"
    assert HALF.label_in(date(2016, 4, 1), date(2018, 3, 31)) == "Last six months"
