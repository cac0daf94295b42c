"""Risk assessments: the score, the judgement that may overrule it, and what changed since the last time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from casework.cases import entries, kinds, risk, risk_reading
from casework.cases.risk import ITEM
from casework.forms import read, today
from casework.programmes import shelf
from tests.cases.makers import World, add, make_world


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def answered(world: World, places: set[int]) -> dict[str, Any]:
    """The highest answer to the items at these places, the lowest to all others."""
    tool = shelf.programme(world.case.programme).current_tools[0]
    low, high = (pick(tool.answers, key=lambda answer: answer.score).id for pick in (min, max))
    return {
        ITEM + item.id: high if place in places else low for place, item in enumerate(tool.items, start=1)
    }


def test_case_shows_score_and_band_of_its_latest_assessment(world: World) -> None:
    tool = shelf.programme(world.case.programme).current_tools[0]
    entry = add(world, "risk", **answered(world, {1, 2}))

    expected = 2 * max(answer.score for answer in tool.answers)
    assert (entry.number, world.case.risk_score) == (expected, expected)
    band = tool.band_for(expected)
    assert band is not None
    assert world.case.risk_band == entry.status == band.id


def test_judgement_overrules_the_score_with_its_reason_beside_it(world: World) -> None:
    tool = shelf.programme(world.case.programme).current_tools[0]
    top = tool.bands[-1]
    entry = add(world, "risk", **answered(world, set()), band=top.id, why="He showed a knife")

    reading = risk_reading.read(shelf.programme(world.case.programme), entry, None)

    assert (reading.band, reading.computed, reading.overridden) == (top.label, tool.bands[0].label, True)
    assert entry.why == "He showed a knife"
    assert world.case.urgent is top.urgent


def test_judgement_without_a_reason_is_not_taken(world: World) -> None:
    programme = shelf.programme(world.case.programme)
    tool = programme.current_tools[0]
    form = kinds.kind_of("risk").form(programme, {})

    result = read(form, {"code": tool.id, "dated": today().isoformat(), "band": tool.bands[-1].id})

    assert "why" in result.errors


def test_change_since_last_time_is_told_item_by_item(world: World) -> None:
    programme = shelf.programme(world.case.programme)
    before = add(world, "risk", **answered(world, {1, 2}), dated=today() - timedelta(days=9))
    entry = add(world, "risk", **answered(world, {2, 3}))

    reading = risk_reading.read(programme, entry, before)

    items = programme.current_tools[0].items
    assert [line.label for line in reading.changed] == [items[0].label, items[2].label]
    assert reading.score_change == 0


def test_case_goes_back_to_the_assessment_before_when_the_latest_is_struck_out(world: World) -> None:
    first = add(world, "risk", **answered(world, {1}), dated=today() - timedelta(days=9))
    second = add(world, "risk", **answered(world, {1, 2, 3}))

    entries.strike(world.worker, second, reason="Another person", version=second.version)

    assert world.case.risk_score == first.number
    assert risk.assessments(world.case) == [first]
