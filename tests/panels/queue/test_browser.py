"""A coordinator builds an agenda at a browser, by keyboard where it matters."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from casework.panels.agenda import service as agenda
from casework.panels.queue import service as queue
from tests.journeys.visitor import Visitor
from tests.support import makers, panels
from tests.support.panels import DVA
from tests.support.serving import LiveServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_coordinator_builds_an_agenda_from_the_queue(
    app: Flask, new_page: Callable[..., Page], live_server: LiveServer
) -> None:
    panel = panels.make_panel()
    planned_at = f"/meetings/{panels.make_meeting(panel).id}/agenda"
    circulated = panels.make_meeting(panel, state="circulated")
    for name in ("Okonjo", "Iyer", "Rahman", "Kowalczyk"):
        panels.make_accepted(panel, surname=name)
    late = queue.open_entry(panels.make_accepted(panel, surname="Boateng"))
    assert late is not None
    agenda.list_entry(panel.coordinating, circulated, late, late="A threat last night")
    urgent = makers.make_referral(
        panel.coordinating,
        DVA,
        surname="Diallo",
        others=[makers.make_party(panel.coordinating, DVA, "perpetrator", forename="Gareth", surname="Pike")],
    )
    urgent.case.urgent = True
    email, circulated_at = panel.coordinator.email, f"/meetings/{circulated.id}/agenda"
    makers.commit()
    page = new_page()
    _sign_in(page, email)
    visitor = Visitor(page, viewports=())  # the walk over every page judges them

    visitor.go(f"/queue/{DVA}")
    visitor.follow("Put in the queue")
    visitor.is_refused("Put in the queue", {"reason": ""}, "Enter why the panel should hear it")
    visitor.fill({"reason": "A threat to kill last night", "urgent": "Yes"})
    visitor.press("Put in the queue")
    assert "Urgent" in visitor.words
    visitor.go(f"/queue/{DVA}")
    visitor.follow("More about")  # of the first: the urgent one
    visitor.press("Bring forward")
    visitor.fill({"reason": "He is released on Friday"})
    visitor.press("Bring forward")
    visitor.press("Put on an agenda")
    visitor.go(f"/queue/{DVA}")
    visitor.follow("Defer DV")
    visitor.follow("Cancel")

    visitor.go(circulated_at)
    visitor.is_refused("Add to the agenda", {}, "Select at least one case")

    visitor.go(planned_at)
    visitor.press("Add to the agenda")
    order = page.locator("[data-item] strong")
    expect(order.first).to_contain_text("Diallo")
    up = page.get_by_role("button", name="Move Ada Iyer up")
    up.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(order.nth(1)).to_contain_text("Iyer")

    visitor.follow("Change minutes and presenter")
    visitor.fill({"minutes": "20"})
    visitor.press("Save")
    visitor.follow("Change how long it takes")
    visitor.press("Save")
    visitor.follow("Remove")
    visitor.press("Take off the agenda")
    expect(order).to_have_count(4)


def _sign_in(page: Page, email: str) -> None:
    visitor = Visitor(page, viewports=())
    visitor.go("/sign-in")
    visitor.fill({"email": email, "password": makers.PASSWORD})
    visitor.press("Sign in")
