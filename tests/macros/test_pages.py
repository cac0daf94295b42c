"""The frame, macros and scripts in a real browser, on a page that has one of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.macros.kitchen import DRAFTS, make_app
from tests.support import browsers
from tests.support.serving import LiveServer, serving

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
PATHS = ("/cases/?stage=open&sort=received", "/cases/one", "/cases/form", "/nowhere")

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serving(make_app(tmp_path_factory.mktemp("kitchen"))) as server:
        yield server


@pytest.fixture
def new_page(browser: Browser, kitchen: LiveServer) -> Iterator[NewPage]:
    with browsers.pages(browser, kitchen.url) as new_page:
        yield new_page


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page(viewport=DESKTOP)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(new_page, viewport, scripts):
    # axe itself needs scripts: without ours, the page is judged as it stands before they run.
    page = new_page(viewport=viewport)
    if not scripts:
        page.route("**/*.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))

    for path in PATHS:
        page.goto(path)
        assert browsers.axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]

    page.goto("/cases/form")
    browsers.leave(page.get_by_role("button", name="Save and continue"))
    expect(page).to_have_title("Error: A referral – Casework")
    assert browsers.axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_a_question_shows_when_an_answer_leads_to_it(page):
    page.goto("/cases/form")
    who = page.get_by_label("Who referred them?")
    owed = page.get_by_label("What is owed (optional)")

    expect(who).to_be_hidden()
    page.get_by_label("Somebody else").check()
    expect(who).to_be_visible()
    page.get_by_label("Metropolitan Police").check()
    expect(who).to_be_hidden()

    expect(owed).to_be_hidden()
    page.get_by_label("Legal advice").check()
    expect(owed).to_be_visible()


def test_without_scripts_every_question_is_there_and_a_form_can_be_sent(new_page):
    page = new_page(java_script_enabled=False)
    page.goto("/cases/form")

    expect(page.get_by_label("Who referred them?")).to_be_visible()
    page.get_by_label("Surname").fill("Null")
    browsers.leave(page.get_by_role("button", name="Save and continue"))

    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_label("Surname")).to_have_value("Null")


def test_the_error_summary_has_the_focus_and_leads_to_the_wrong_box(page):
    page.goto("/cases/form")
    for box, typed in (("Day", "31"), ("Month", "13"), ("Year", "2026")):
        page.get_by_label(box).fill(typed)
    browsers.leave(page.get_by_role("button", name="Save and continue"))

    assert "There is a problem" in page.evaluate("document.activeElement.innerText")
    page.get_by_role("link", name="Date received must be a real date").click()
    expect(page.get_by_label("Month")).to_be_focused()


def test_the_keyboard_alone_reaches_the_content_first(page):
    page.goto("/cases/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_what_is_typed_is_kept_as_a_draft(page):
    DRAFTS.clear()
    page.clock.install()
    page.goto("/cases/form")

    page.get_by_label("Surname").fill("Abernathy")
    with page.expect_response("**/cases/draft"):
        page.clock.run_for(4000)

    expect(page.get_by_text("Draft kept at")).to_be_visible()
    assert DRAFTS == ["Abernathy"]
    assert page.locator("form[data-changed]").count() == 0


def test_a_half_filled_form_asks_before_it_is_left(page):
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.goto("/cases/form")
    page.get_by_label("Surname").press_sequentially("Aber")

    page.get_by_role("link", name="Cases").click()
    expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_visible()

    assert asked == ["beforeunload"]


def test_the_end_of_a_session_is_announced_and_can_be_put_off(page):
    page.clock.install()
    page.goto("/cases/form")
    dialog = page.get_by_role("dialog", name="You are about to be signed out")

    page.clock.run_for("27:00")
    expect(dialog).to_be_hidden()
    page.clock.run_for("01:30")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("in 2 minutes")
    assert browsers.axe(page) == []
    with page.expect_response("**/accounts/stay"):
        dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    page.clock.run_for("10:00")
    expect(dialog).to_be_hidden()


def test_an_unattended_record_leaves_the_screen_when_its_session_ends(page):
    page.clock.install()
    page.goto("/cases/one")

    page.clock.run_for("31:00")

    ended = page.get_by_role("dialog", name="You have been signed out")
    expect(ended.get_by_role("link", name="Sign in")).to_have_attribute("href", "/cases/one")
    expect(ended.get_by_role("button")).to_be_hidden()
    expect(page.get_by_text("Must not be told")).to_have_count(0)
    assert browsers.axe(page) == []


def test_what_was_typed_outlives_the_session(page):
    page.clock.install()
    page.route("**/cases/draft", lambda route: route.abort())
    page.goto("/cases/form")
    page.get_by_label("Surname").fill("Abernathy")

    page.clock.run_for("31:00")
    page.get_by_role("button", name="Go back to what I typed").click()

    expect(page.get_by_label("Surname")).to_have_value("Abernathy")
    expect(page.get_by_text("The draft could not be kept")).to_be_visible()


def test_a_filter_is_folded_on_a_phone_and_open_on_a_desk(new_page):
    for viewport, shown in ((PHONE, False), (DESKTOP, True)):
        page = new_page(viewport=viewport)
        page.goto("/cases/")
        expect(page.get_by_role("button", name="Apply filters")).to_be_visible(visible=shown)


def test_warnings_and_marking_stand_on_paper_and_buttons_do_not(page):
    page.emulate_media(media="print")
    page.goto("/cases/one")

    for words in ("OFFICIAL-SENSITIVE", "Must not be told", "Never leave one", "Printed by Priya Nair"):
        expect(page.get_by_text(words)).to_be_visible()
    for words in ("Sign out", "Withdraw", "Change"):
        expect(page.get_by_text(words).first).to_be_hidden()
