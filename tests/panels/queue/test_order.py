"""Where a case stands in a queue, and the reason for it in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from casework.panels.queue import order
from casework.panels.queue.order import Facts
from casework.programmes.loader import BUILT_IN, load_all

PROGRAMMES = load_all([BUILT_IN])
DAY = date(2026, 3, 2)  # a Monday
PLAIN = Facts(
    kind="new",
    entered_on=DAY - timedelta(days=5),
    due_on=DAY + timedelta(days=10),
    risk_band="standard",
    risk_score=8,
)
# Each stands before PLAIN, and each before the one after it.
BEFORE = {
    "urgent": replace(PLAIN, urgent=True, due_on=None),
    "brought forward": replace(PLAIN, brought_forward=True, due_on=DAY + timedelta(days=90)),
    "due earlier": replace(PLAIN, due_on=DAY + timedelta(days=9), risk_band=None, risk_score=None),
    "in a graver band": replace(PLAIN, risk_band="high", risk_score=3),
    "with a higher score": replace(PLAIN, risk_score=9, entered_on=DAY),
    "a repeat": replace(PLAIN, kind="repeat", entered_on=DAY),
    "waiting longer": replace(PLAIN, entered_on=DAY - timedelta(days=6)),
}


@pytest.mark.parametrize("why", BEFORE)
def test_this_stands_before_what_is_else_alike(why: str) -> None:
    programme = PROGRAMMES["dva_marac"]

    assert order.place(programme, BEFORE[why]) < order.place(programme, PLAIN)


def test_reasons_rule_in_the_order_of_the_queue() -> None:
    programme = PROGRAMMES["dva_marac"]
    ways = [order.place(programme, facts) for facts in BEFORE.values()]

    assert ways == sorted(ways)


def test_what_has_no_day_stands_after_what_has_one() -> None:
    programme = PROGRAMMES["dva_marac"]

    assert order.place(programme, PLAIN) < order.place(programme, replace(PLAIN, due_on=None))


def words(programme: str, facts: Facts) -> list[str]:
    return [reason.words for reason in order.reasons(PROGRAMMES[programme], facts, DAY)]


def test_reasons_are_said_with_what_rules_first() -> None:
    facts = Facts(
        kind="repeat",
        entered_on=DAY - timedelta(days=1),
        urgent=True,
        brought_forward=True,
        due_on=DAY + timedelta(days=2),
        risk_band="high",
        risk_score=17,
        why_forward="He is released on Friday",
        repeat_of="DV-2026-0003",
    )

    assert words("dva_marac", facts) == [
        "Urgent",
        "Brought forward: He is released on Friday",
        "Due in 2 days (heard within 28 days)",
        "Score 17, high",
        "Repeat within 12 months of DV-2026-0003",
        "Waiting 1 day, since 1 March 2026",
    ]


def test_clock_of_the_programme_is_named() -> None:
    facts = Facts(kind="new", entered_on=DAY, due_on=DAY - timedelta(days=1))

    assert words("channel", facts) == [
        "Overdue by 1 day (first panel within 20 working days)",
        "Came in today",
    ]


def test_same_victim_with_another_perpetrator_is_said_in_words() -> None:
    facts = Facts(kind="other_perpetrator", entered_on=DAY, repeat_of="DV-2026-0003")

    assert "Same victim or survivor as in DV-2026-0003, another alleged perpetrator" in words(
        "dva_marac", facts
    )


def test_first_hearing_is_due_by_the_clock_and_a_further_one_by_the_wait() -> None:
    channel, running = PROGRAMMES["channel"], DAY + timedelta(days=4)

    assert order.due_on(channel, "new", DAY, running) == running
    assert order.due_on(channel, "new", DAY, None) == date(2026, 3, 30)  # 20 working days
    assert order.due_on(channel, "relisted", DAY, running) == date(2026, 4, 2)  # 31 days


@pytest.mark.parametrize(
    ("planned", "items", "more"),
    [(0, 0, 15), (100, 10, 5), (150, 14, 1), (165, 15, 0), (200, 9, 0)],
)
def test_a_meeting_has_room_for_so_many_more(planned: int, items: int, more: int) -> None:
    """180 minutes of which 10 go to actions, 10 for each case, and 15 cases at most."""
    rules = PROGRAMMES["dva_marac"].panel
    assert rules is not None

    assert order.room(rules, minutes=180, opening=10, planned=planned, items=items, each=10) == more
