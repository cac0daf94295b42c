"""Research in a real browser. Every person is invented."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from casework.panels.guests import service as guests
from casework.panels.research import service as research
from tests.journeys.visitor import Visitor
from tests.support import makers, panels
from tests.support.serving import LiveServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_member_and_guest_answer_and_the_coordinator_sees_it(
    app: Flask, new_page: Callable[..., Page], live_server: LiveServer
) -> None:
    panel = panels.make_panel(kinds=("police",))
    meeting = panels.make_meeting(panel, state="circulated")
    items = [
        panels.make_item(panel, meeting, panels.make_accepted(panel, surname=name), asked=())
        for name in ("Okonjo", "Iyer")
    ]
    for item in items:
        research.ask_all(panel.coordinating, item)
    surgery = makers.make_agency("Hendon Surgery", "primary_care").id
    subject = items[0].case.subject_id
    invited = guests.invite(
        panel.coordinating,
        items[0],
        agency_id=surgery,
        name="Dr Bello",
        people=[subject],  # type: ignore[list-item]  # every case of the programme has one
        question="When was she last seen?",
    )
    path, progress = f"/invited/{invited.token}", f"/meetings/{meeting.id}/research"
    code, key = invited.code, subject.hex  # type: ignore[union-attr]
    member, coordinator = panel.members["police"].email, panel.coordinator.email
    makers.commit()

    police = signed_in(new_page(), member)
    police.go("/research")
    police.page.get_by_role("button", name="Nothing known of Ada Iyer").click()
    expect(police.page.get_by_text("Returned: nothing is known to your agency.")).to_be_visible()
    police.follow("Ada Okonjo")
    known(police.page, key)
    police.page.locator(f"[name=facts_{key}]").fill("Two calls in May")
    # What is typed is kept by itself, and is there again in another window.
    expect(police.page.locator("[data-autosave-status]")).to_contain_text("Draft kept", timeout=20_000)
    police.page.reload()
    expect(police.page.locator(f"[name=facts_{key}]")).to_have_value("Two calls in May")
    police.page.locator("fieldset", has_text="alleged perpetrator").get_by_label("Not known").check()
    police.press("Return the research")
    expect(police.page.get_by_text("The research is returned.")).to_be_visible()

    guest = Visitor(new_page(), viewports=())
    guest.go(path)
    guest.fill({"code": code})
    guest.press("Continue")
    guest.page.get_by_label("I have read this and accept it").check()
    guest.press("Continue")
    known(guest.page, key)
    guest.press("Return the research")
    expect(guest.page.get_by_text("Thank you. Your answer has been returned.")).to_be_visible()

    running = signed_in(new_page(), coordinator)
    running.go(progress)
    expect(running.page.get_by_text("100%")).to_be_visible()
    running.follow("Ada Okonjo")
    expect(running.page.get_by_text("Two calls in May")).to_be_visible()


def known(page: Page, key: str) -> None:
    page.locator(f"[name=known_{key}][value=yes]").check()


def signed_in(page: Page, email: str) -> Visitor:
    visitor = Visitor(page, viewports=())
    visitor.go("/sign-in")
    visitor.fill({"email": email, "password": makers.PASSWORD})
    visitor.press("Sign in")
    assert visitor.heading == "My work"
    return visitor
