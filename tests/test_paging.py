"""Which rows of how many a page shows, and which pages it leads to."""

from __future__ import annotations

import pytest

from casework.paging import SIZE, Page, offset, page_number, pages_of, within


@pytest.mark.parametrize(
    ("number", "total", "size", "first", "last", "previous", "following"),
    [
        (1, 3, 50, 1, 3, None, None),
        (1, 120, 50, 1, 50, None, 2),
        (2, 120, 50, 51, 100, 1, 3),
        (3, 120, 50, 101, 120, 2, None),
        (2, 100, 50, 51, 100, 1, None),
    ],
)
def test_a_page_knows_its_place(
    number: int, total: int, size: int, first: int, last: int, previous: int | None, following: int | None
) -> None:
    rows = range(offset(number, size), min(offset(number, size) + size, total))

    page = Page(rows, total, number, size)

    assert (page.first, page.last, page.previous, page.next) == (first, last, previous, following)


def test_an_empty_list_has_one_page() -> None:
    assert pages_of(0) == 1
    assert Page((), 0).next is None


@pytest.mark.parametrize(
    ("number", "pages", "numbers"),
    [
        (1, 1, [1]),
        (1, 5, [1, 2, 3, 4, 5]),
        (3, 5, [1, 2, 3, 4, 5]),
        (1, 9, [1, 2, 3, None, 9]),
        (4, 9, [1, 2, 3, 4, 5, 6, None, 9]),
        (5, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (6, 12, [1, None, 4, 5, 6, 7, 8, None, 12]),
        (2000, 2000, [1, None, 1998, 1999, 2000]),
    ],
)
def test_the_first_the_last_and_the_near_pages_are_led_to(
    number: int, pages: int, numbers: list[int | None]
) -> None:
    assert Page((), pages * SIZE, number).numbers == numbers


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("3", 3),
        ("9999999", 9999999),
        (None, 1),
        ("", 1),
        ("0", 1),
        ("-2", 1),
        ("two", 1),
        ("2.5", 1),
        ("٣", 1),
        ("²", 1),
        ("9" * 5000, 1),
        ("0" * 7 + "9" * 5000, 1),
    ],
)
def test_whatever_is_no_page_number_is_the_first_page(words: str | None, number: int) -> None:
    assert page_number(words) == number


def test_a_page_past_the_end_is_the_last() -> None:
    assert within(9, total=120) == 3
    assert within(2, total=120) == 2
    assert within(9, total=0) == 1
