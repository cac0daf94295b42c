"""The keyboard alone is enough, the focus is always to be seen, and what is printed is the record, marked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.cases import makers as cases_of
from tests.journeys.visitor import DESKTOP
from tests.support import makers

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MOST_TABS = 60

# Whether the focused thing is on the screen and shows that it has the focus: by an outline, a shadow or the
# colour behind it. A radio button or a box to tick is drawn by its label.
SEEN = """
() => {
  const focused = document.activeElement
  const place = focused.getBoundingClientRect()
  const drawn = ['radio', 'checkbox'].includes(focused.type) ? [focused.labels[0], '::before'] : [focused, null]
  const style = getComputedStyle(...drawn)
  const shown = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none' || style.boxShadow !== 'none'
  const onScreen = place.width > 0 && place.bottom > 0 && place.top < innerHeight && place.right > 0
  return shown && onScreen
}
"""


def tab_to(page: Page, selector: str) -> None:
    """Go on from thing to thing until this one has the focus; each on the way must show that it has it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # between the end of the page and its start
        assert page.evaluate(SEEN), page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached by the keyboard on {page.url}")


def press(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def test_referral_is_begun_by_the_keyboard_alone(app: Flask, new_page: Callable[..., Page]) -> None:
    email = makers.make_user("coordinator", name="Cora Blake").email
    makers.commit()
    page = new_page(viewport=DESKTOP)
    page.goto("/sign-in")
    tab_to(page, ".govuk-skip-link")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    tab_to(page, "[name=email]")
    page.keyboard.type(email)
    tab_to(page, "[name=password]")
    page.keyboard.type(makers.PASSWORD)
    press(page, "Enter")

    tab_to(page, "a[href='/referrals/new']")
    press(page, "Enter")
    press_search_with_nothing(page)
    tab_to(page, "[name=description]")
    page.keyboard.type("Woman on the ground floor")
    tab_to(page, "button.govuk-button")
    press(page, "Space")
    tab_to(page, "[name=address_lines]")
    page.keyboard.type("1 Larch Court")
    tab_to(page, "[name=safe_to_call]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=safe_to_call]").nth(1)).to_be_checked()
    tab_to(page, "form[data-guard] button")
    press(page, "Enter")
    expect(page).to_have_title("Home: Woman on the ground floor – Casework")


def press_search_with_nothing(page: Page) -> None:
    """The summary of what is wrong takes the focus, and its first link leads to the question."""
    tab_to(page, "form[data-guard] button")
    press(page, "Enter")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    tab_to(page, ".govuk-error-summary a")
    page.keyboard.press("Enter")
    expect(page.locator("[name=forename]")).to_be_focused()


def test_printed_record_has_its_marking_and_no_navigation(app: Flask, new_page: Callable[..., Page]) -> None:
    world = cases_of.make_world("channel")
    email, case = world.users["worker"].email, f"/cases/{world.case.id}"
    makers.commit()
    page = new_page(viewport=DESKTOP)
    page.goto("/sign-in")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(makers.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/")
    for path in (case, f"{case}/print", f"{case}/timeline"):
        page.goto(path)
        marking = page.get_by_text("OFFICIAL-SENSITIVE").first
        navigation = page.locator("nav, .govuk-skip-link, .app-header__sign-out, form")
        expect(marking).to_be_visible()
        page.emulate_media(media="print")
        expect(marking).to_be_visible()
        assert [each for each in navigation.all() if each.is_visible()] == []
        expect(page.get_by_text("Printed by Wendy Iqbal")).to_be_visible()
        page.emulate_media(media="screen")
