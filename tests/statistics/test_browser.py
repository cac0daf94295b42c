"""The pages of statistics in a real browser: what axe finds, the keyboard, a phone, and no JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casework.extensions import db
from tests.statistics import records
from tests.support.browsers import axe, leave
from tests.support.makers import PASSWORD, make_user

SHOW = "/statistics/asb_support/year_end"
YEAR = "?from=2017-04-01&to=2018-03-31"
PHONE = {"width": 320, "height": 640}

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def email(app: object) -> str:
    """Somebody who may have reports and see the cases behind them; the year is on record."""
    records.import_year(app)
    email = make_user("coordinator").email
    db.session.commit()  # and nothing is read after: the served application needs the database to itself
    return email


def sign_in(page: Page, email: str) -> Page:
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    leave(page.get_by_role("button", name="Sign in"))
    return page


def test_axe_finds_nothing_on_any_page_of_statistics(page: Page, email: str) -> None:
    sign_in(page, email)
    for address in (
        "/statistics",
        SHOW + YEAR,
        f"{SHOW}?kind=part&year=2017&part=",
        f"{SHOW}/cases{YEAR}&table=gender&row=male&column=year",
    ):
        page.goto(address)
        assert axe(page) == []


def test_period_is_chosen_without_javascript(new_page: Callable[..., Page], email: str) -> None:
    page = sign_in(new_page(java_script_enabled=False), email)
    page.goto(SHOW)
    page.get_by_text("Choose another period").click()
    page.get_by_label("A year, or a part of one").check()
    page.get_by_label("Part of the year").select_option("Quarter 3")
    leave(page.get_by_role("button", name="Show this period"))

    expect(page.get_by_text("1 October 2017 to 31 December 2017").first).to_be_visible()
    expect(page.get_by_role("img", name="Referral sources, Whole period")).to_be_visible()


def test_free_dates_are_chosen_with_javascript(page: Page, email: str) -> None:
    sign_in(page, email)
    page.goto(SHOW)
    page.get_by_text("Choose another period").click()
    page.get_by_label("Other dates").check()
    page.get_by_label("First day").fill("17/6/2017")
    page.get_by_label("Last day").fill("31/7/2017")
    leave(page.get_by_role("button", name="Show this period"))

    expect(page.get_by_text("17 June 2017 to 31 July 2017").first).to_be_visible()


def test_figure_leads_to_its_records_and_back_to_its_table(page: Page, email: str) -> None:
    sign_in(page, email)
    page.goto(SHOW + YEAR)
    leave(page.get_by_role("link", name="54 referrals: Female, Year"))

    expect(page.get_by_role("heading", level=1)).to_contain_text("Service user gender: Female")
    expect(page.get_by_text("of 54 records")).to_be_visible()
    leave(page.get_by_role("link", name="Back", exact=True))
    expect(page.get_by_role("heading", name="Service user gender")).to_be_in_viewport()


def test_charts_can_be_read_on_a_phone(new_page: Callable[..., Page], email: str) -> None:
    page = sign_in(new_page(viewport=PHONE), email)
    page.goto(SHOW + YEAR)

    chart = page.get_by_role("img", name="Referral sources, Year")
    box = chart.bounding_box()
    letters = chart.locator("text").first.bounding_box()
    assert box is not None
    assert letters is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert letters["height"] >= 12
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_page_that_stands_alone_has_nothing_for_axe_to_find(page: Page, email: str, tmp_path: Path) -> None:
    sign_in(page, email)
    with page.expect_download() as download:
        page.evaluate(f"location.href = '{SHOW}/download/html{YEAR}'")

    download.value.save_as(tmp_path / "report.html")
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 April 2017 to 31 March 2018")
    assert axe(page) == []
