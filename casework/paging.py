"""One page of a list: which rows of how many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
SIZE = 50
BESIDE = 2  # page numbers shown on either side of this one


@dataclass(frozen=True)
class Page(Generic[T]):
    """`rows` of the page `number` (from 1), of `total` rows in pages of `size`."""

    rows: Sequence[T]
    total: int
    number: int = 1
    size: int = SIZE

    @property
    def pages(self) -> int:
        return pages_of(self.total, self.size)

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    @property
    def numbers(self) -> list[int | None]:
        """The page numbers to show: the first, the last and those about this one; None where some are left out."""
        near = range(max(1, self.number - BESIDE), min(self.pages, self.number + BESIDE) + 1)
        shown = sorted({1, *near, self.pages})
        numbers: list[int | None] = []
        for number in shown:
            before = numbers[-1] if numbers else 0
            if before is not None and number == before + 2:
                numbers.append(number - 1)  # a gap of one page is that page
            elif before is not None and number > before + 2:
                numbers.append(None)
            numbers.append(number)
        return numbers


def pages_of(total: int, size: int = SIZE) -> int:
    """How many pages there are; an empty list has one."""
    return max(1, -(-total // size))


def page_number(words: str | None) -> int:
    """The page asked for in an address; the first for anything else than a page number."""
    return max(1, int(words)) if words and re.fullmatch("[0-9]{1,7}", words) else 1


def within(number: int, total: int, size: int = SIZE) -> int:
    """The page itself, or the last one where the list has become shorter than that."""
    return min(number, pages_of(total, size))


def offset(number: int, size: int = SIZE) -> int:
    return (number - 1) * size
