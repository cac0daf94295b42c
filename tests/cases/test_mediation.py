"""Mediation is never offered where abuse is known, and no session is held unless both sides are willing."""

from __future__ import annotations

import pytest
from flask import Flask

from casework.cases import entries, kinds, mediation
from casework.errors import Invalid
from tests.cases.makers import World, add, make_world

SESSION = {"code": kinds.MEDIATION_SESSION}


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def test_mediation_is_blocked_by_what_a_referral_says_of_abuse(app: Flask) -> None:
    world = make_world(answers={"abuse_markers": ["stalking"]})

    assert mediation.blocked(world.case)
    with pytest.raises(Invalid, match="abuse"):
        add(world, "mediation")


def test_mediation_is_blocked_by_a_warning_and_free_again_when_it_is_struck_out(world: World) -> None:
    warning = add(world, "warning", code="domestic_abuse")
    with pytest.raises(Invalid, match="abuse"):
        add(world, "mediation")

    entries.strike(world.worker, warning, reason="Another case", version=warning.version)

    assert add(world, "mediation")


def test_session_needs_an_offer_and_both_sides_willing(world: World) -> None:
    with pytest.raises(Invalid, match="Offer mediation first"):
        add(world, "activity", **SESSION)
    add(world, "mediation", other_party="undecided")
    with pytest.raises(Invalid, match="both sides"):
        add(world, "activity", **SESSION)

    add(world, "mediation")

    assert add(world, "activity", **SESSION).code == "mediation_session"


def test_session_is_blocked_when_abuse_came_to_light_after_the_offer(world: World) -> None:
    offer = add(world, "mediation")
    add(world, "warning", code="domestic_abuse")

    with pytest.raises(Invalid, match="abuse"):
        add(world, "activity", **SESSION)
    assert entries.amend(
        world.worker, offer, {"outcome": "Ended"}, reason="Abuse told", version=offer.version, choices={}
    )
