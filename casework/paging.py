"""One page of a list: which rows of how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
SIZE = 50
MOST_NUMBERS = 7  # page numbers shown at once


@dataclass(frozen=True)
class Page(Generic[T]):
    """`rows` of the page `number` (from 1), of `total` rows in pages of `size`."""

    rows: Sequence[T]
    total: int
    number: int = 1
    size: int = SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

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
    def numbers(self) -> range:
        """The page numbers to show: this one in the middle of a few."""
        start = max(1, min(self.number - MOST_NUMBERS // 2, self.pages - MOST_NUMBERS + 1))
        return range(start, min(self.pages, start + MOST_NUMBERS - 1) + 1)


def page_number(words: str | None) -> int:
    """The page asked for in an address; the first for anything else than a page number."""
    return int(words) if words and words.isascii() and words.isdigit() and 0 < int(words) < 10**7 else 1


def offset(number: int, size: int = SIZE) -> int:
    return (number - 1) * size
