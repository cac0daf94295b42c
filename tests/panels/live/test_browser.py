"""Two people write in one meeting, in real browsers; the server is killed while they type, and nothing is lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from casework.config import Settings
from casework.extensions import db
from casework.panels.live import notes
from casework.panels.live import service as live
from casework.panels.models import AgendaItem, Meeting
from tests.journeys.visitor import DESKTOP, PHONE, judge
from tests.support import browsers, makers, panels
from tests.support.serving import STARTED_SECONDS, LiveServer, killable

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Scene:
    """An open meeting of two cases, the first of which is discussed; what the browsers need of it, in plain words."""

    chair: str
    coordinator: str
    member: str
    meeting: str
    item: str
    second: str

    @property
    def screen(self) -> str:
        return f"/meetings/{self.meeting}/live/{self.item}"


@pytest.fixture
def scene(app: Flask) -> Scene:
    panel = panels.make_panel()
    meeting: Meeting = panels.make_meeting(panel, state="circulated")
    first, second = (
        panels.make_item(panel, meeting, panels.make_accepted(panel, surname=surname))
        for surname in ("Featherstone", "Iyer")
    )
    live.open_meeting(panel.chairing, meeting, meeting.version)
    live.begin(panel.chairing, first)
    made = Scene(
        panel.chair.email,
        panel.coordinator.email,
        panel.members["police"].email,
        *(str(row.id) for row in (meeting, first, second)),
    )
    makers.commit()
    return made


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(makers.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_have_text("My work")


def at_the_screen(page: Page, email: str, scene: Scene) -> Page:
    sign_in(page, email)
    page.goto(scene.screen)
    expect(page.locator("h1")).to_have_text("Ada Featherstone")
    return page


def test_two_write_at_once_and_join_by_hand_what_clashes(
    scene: Scene, new_page: Callable[..., Page], live_server: LiveServer
) -> None:
    chair = at_the_screen(new_page(), scene.chair, scene)
    writer = at_the_screen(new_page(), scene.coordinator, scene)

    chair.locator("#note-summary").fill("High, and rising")
    writer.locator("#note-discussion").fill("Police: two calls in May")

    expect(chair.locator("[data-live-status]")).to_contain_text("Saved")
    expect(writer.locator("#note-summary")).to_have_value("High, and rising", timeout=20_000)
    expect(chair.locator("#note-discussion")).to_have_value("Police: two calls in May", timeout=20_000)

    # From now on the writer hears of the chair no more, so that both write from the same words.
    writer.route("**/now", lambda route: route.abort())
    chair.locator("#note-views").fill("She wants to stay")
    expect(chair.locator("[data-live-status]")).to_contain_text("Saved")
    writer.locator("#note-views").fill("She is afraid of court")

    clash = writer.get_by_role("group", name="Two texts: Views of the victim or survivor")
    expect(clash).to_contain_text("She wants to stay")
    expect(writer.locator("#note-views")).to_have_value("She is afraid of court")
    assert not judge(writer)
    clash.get_by_role("button", name="Put both together").click()
    expect(writer.locator("[data-live-status]")).to_contain_text("Saved")
    expect(chair.locator("#note-views")).to_have_value(
        "She wants to stay\n\nShe is afraid of court", timeout=20_000
    )


def test_attendance_is_saved_by_the_first_press_of_either_button(
    scene: Scene, page: Page, live_server: LiveServer
) -> None:
    sign_in(page, scene.chair)
    for number, state in enumerate(("absent", "present")):
        page.goto(f"/meetings/{scene.meeting}/attendance")
        page.locator("select[name^=state-]").first.select_option(state)
        page.get_by_role("button", name="Save").nth(number).click()
        expect(page.get_by_role("alert")).to_contain_text("Saved")
        expect(page.locator("select[name^=state-]").first).to_have_value(state)


def test_case_is_run_by_keyboard_and_the_next_button_is_always_in_sight(
    scene: Scene, page: Page, live_server: LiveServer
) -> None:
    at_the_screen(page, scene.chair, scene)
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        for words in ("Case 1 of 2", "Ada Featherstone", "minutes left"):
            expect(page.locator(".app-live-bar").get_by_text(words).first).to_be_in_viewport()
        expect(page.get_by_role("button", name="Next case")).to_be_in_viewport()
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]

    page.goto(f"{scene.screen}#actions")
    page.locator("#actions-text").focus()
    page.keyboard.type("Patrol at night")
    page.keyboard.press("Tab")
    page.keyboard.type("He comes at night")
    page.keyboard.press("Tab")
    page.keyboard.type("User")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#actions .app-said")).to_contain_text("Recorded")
    expect(page.locator("#actions-text")).to_be_focused()
    expect(page.locator(".app-plan")).to_contain_text("Patrol at night")

    page.goto(f"{scene.screen}#decision")
    page.get_by_label("Heard: actions set").check()
    page.locator("#decision-rationale").fill("The risk is high")
    page.get_by_role("button", name="Record the decision").press("Enter")
    expect(page.locator(".app-live-bar")).to_contain_text("Decided")
    page.get_by_role("button", name="Next case").press("Enter")
    expect(page.locator("h1")).to_have_text("Ada Iyer")


def test_members_room_follows_the_meeting(
    scene: Scene, new_page: Callable[..., Page], live_server: LiveServer
) -> None:
    chair = at_the_screen(new_page(), scene.chair, scene)
    member = new_page()
    sign_in(member, scene.member)
    member.goto(f"/meetings/{scene.meeting}/room")
    member.get_by_role("button", name="I accept, and I am here").click()
    expect(member.locator(".app-live-bar__name")).to_contain_text("Ada Featherstone")

    chair.get_by_role("button", name="Next case").click()

    expect(member.locator(".app-live-bar__name")).to_contain_text("Ada Iyer", timeout=20_000)
    assert not judge(member)


# -- the server is killed ----------------------------------------------------------------------------------


def test_what_is_typed_while_the_server_is_killed_arrives(
    app: Flask, scene: Scene, settings: Settings, browser: Browser
) -> None:
    with killable(settings) as server, browsers.pages(browser, server.url) as new_page:
        server.start()
        page = new_page()
        page.context.set_default_timeout(STARTED_SECONDS * 1000)
        server.wait_until_it_listens()
        at_the_screen(page, scene.chair, scene)
        page.locator("#note-discussion").fill("Police: two calls")
        expect(page.locator("[data-live-status]")).to_contain_text("Saved")

        server.kill()
        page.locator("#note-discussion").press_sequentially(", and one at night.")
        page.locator("#note-views").fill("She wants to stay")
        expect(page.locator("[data-live-status]")).to_have_text("Not saved: trying again")
        page.get_by_role("button", name="Next case").click()
        expect(page.locator("h1")).to_have_text("Ada Featherstone")
        server.start()

        expect(page.locator("h1")).to_have_text("Ada Iyer", timeout=STARTED_SECONDS * 1000)

    item = db.session.get_one(AgendaItem, uuid.UUID(scene.item))
    held = notes.read(item)
    assert held["discussion"].text == "Police: two calls, and one at night."
    assert held["views"].text == "She wants to stay"


def test_what_is_typed_after_the_session_ended_is_saved_once_they_sign_in_again(
    scene: Scene, browser: Browser, live_server: LiveServer
) -> None:
    # A context of its own: answers that say "sign in" are no fault here.
    with browser.new_context(base_url=live_server.url) as context:
        page = at_the_screen(context.new_page(), scene.chair, scene)
        context.clear_cookies()
        page.locator("#note-summary").fill("High, and rising")
        expect(page.locator("[data-live-status]")).to_contain_text("You have been signed out")

        sign_in(context.new_page(), scene.chair)

        expect(page.locator("[data-live-status]")).to_contain_text("Saved", timeout=20_000)
        assert page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") in (
            [],
            ["casework-last-request"],
        )
    item = db.session.get_one(AgendaItem, uuid.UUID(scene.item))
    assert notes.read(item)["summary"].text == "High, and rising"
