"""How a figure is taken and printed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Figure(NamedTuple):
    """What was measured, the figure, and what it is compared with, in words."""

    name: str
    value: float
    compared: str


def median_of_pairs(
    one: Callable[[], object], other: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """The median seconds of two acts, taken in turn so that whatever else the machine does falls on both."""
    first, second = [], []
    for _ in range(rounds):
        first.append(seconds(one))
        second.append(seconds(other))
    return statistics.median(first), statistics.median(second)


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def show(figures: list[Figure]) -> None:
    for name, value, compared in figures:
        print(f"{name:<66} {value:>12,.2f}   ({compared})", flush=True)
