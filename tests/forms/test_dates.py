from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.forms.dates import BOXES, MONTHS, DateFault, parse_date, write_date


def boxes(day: str, month: str, year: str) -> dict[str, str]:
    return {"day": day, "month": month, "year": year}


@pytest.mark.parametrize(
    "typed",
    [
        boxes("27", "3", "2026"),
        boxes(" 27 ", "03", "2026"),
        boxes("27", "March", "2026"),
        boxes("27", "mar", "2026"),
        boxes("２７", "３", "２０２６"),
        "2026-03-27",
        "27/3/2026",
        "27/03/2026",
        "27.3.2026",
        "27-3-2026",
        "27 3 2026",
        "27 March 2026",
        "27th March, 2026",
        "  27   mar  2026 ",
        date(2026, 3, 27),
    ],
)
def test_one_date_may_be_typed_in_many_ways(typed):
    assert parse_date(typed) == date(2026, 3, 27)


@pytest.mark.parametrize("typed", [boxes("", "", ""), boxes(" ", "", "\u200b"), "", "   ", {}])
def test_nothing_typed_is_no_date_and_no_fault(typed):
    assert parse_date(typed) is None


def test_29_february_is_real_in_a_leap_year():
    assert parse_date("29/2/2024") == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        (boxes("29", "2", "2023"), {"day"}),
        (boxes("29", "2", "1900"), {"day"}),
        (boxes("31", "4", "2026"), {"day"}),
        (boxes("0", "4", "2026"), {"day"}),
        (boxes("-1", "4", "2026"), {"day"}),
        (boxes("first", "4", "2026"), {"day"}),
        (boxes("1", "13", "2026"), {"month"}),
        (boxes("1", "0", "2026"), {"month"}),
        (boxes("1", "ma", "2026"), {"month"}),
        (boxes("1", "Marchy", "2026"), {"month"}),
        (boxes("1", "3", "20266"), {"year"}),
        (boxes("1", "3", "MMXX"), {"year"}),
        (boxes("1", "3", "0000"), {"day"}),
        ("yesterday", set(BOXES)),
        ("27/3", set(BOXES)),
        ("27 3 2026 4", set(BOXES)),
        (20260327, set(BOXES)),
        (datetime(2026, 3, 27, 12), set(BOXES)),  # noqa: DTZ001
    ],
)
def test_a_date_that_never_was_is_refused_and_its_box_is_named(typed, wrong):
    with pytest.raises(DateFault, match="must be a real date, like 27 3 2026") as caught:
        parse_date(typed)

    assert caught.value.boxes == wrong


@pytest.mark.parametrize("year", ["26", "9", "126"])
def test_a_short_year_is_refused_for_nobody_knows_the_century(year):
    with pytest.raises(DateFault, match="must have a year of 4 numbers") as caught:
        parse_date(boxes("27", "3", year))

    assert caught.value.boxes == {"year"}


@pytest.mark.parametrize(
    ("typed", "words", "wrong"),
    [
        (boxes("27", "", "2026"), "must include a month", {"month"}),
        (boxes("", "", "2026"), "must include a day and a month", {"day", "month"}),
    ],
)
def test_an_empty_box_is_named(typed, words, wrong):
    with pytest.raises(DateFault) as caught:
        parse_date(typed)

    assert (caught.value.words, caught.value.boxes) == (words, wrong)


def test_each_month_goes_by_its_first_three_letters():
    for number, name in enumerate(MONTHS, 1):
        assert parse_date(boxes("1", name[:3], "2026")) == date(2026, number, 1)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_what_a_page_writes_can_be_typed_back(day):
    assert parse_date(write_date(day)) == day
    assert parse_date(day.isoformat()) == day


@given(st.text() | st.fixed_dictionaries({box: st.text() for box in BOXES}))
def test_anything_typed_is_a_date_or_a_fault(typed):
    try:
        found = parse_date(typed)
    except DateFault:
        return
    assert found is None or isinstance(found, date)
