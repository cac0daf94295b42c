"""What agencies and workers do between meetings, in a real browser: flags, a support plan, a case put to another panel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from casework.cases import entries
from casework.extensions import db
from casework.forms import today
from casework.panels.plans import service as plans
from tests.cases import makers as case_makers
from tests.support import makers, panels
from tests.support.serving import LiveServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(makers.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My work")).to_be_visible()


def test_an_agency_flags_its_files_in_one_click(
    app: Flask, new_page: Callable[..., Page], live_server: LiveServer
) -> None:
    panel = panels.make_panel()
    panels.make_accepted(panel)
    email = panel.members["police"].email
    makers.commit()
    page = new_page()
    sign_in(page, email)

    page.goto("/meetings")
    page.get_by_role("link", name="Flags").click()
    page.get_by_role("button", name="Our files are flagged").click()

    expect(page.get_by_role("alert")).to_contain_text("Your files are flagged")
    expect(page.get_by_role("button", name="Our files are flagged")).to_have_count(0)


def test_sessions_are_planned_in_a_series_and_counted_against_what_was_delivered(
    app: Flask, new_page: Callable[..., Page], live_server: LiveServer
) -> None:
    panel = panels.make_panel("channel", kinds=("police",))
    case = panels.make_accepted(panel)
    entries.add(panel.coordinating, case, "agreement", {"dated": today(), "code": "agreed"})
    began = today() - timedelta(days=30)
    plans.begin(panel.coordinating, case, began_on=began, aims="A way out", lead="M. Duarte")
    db.session.flush()
    at, email = f"/cases/{case.id}/panel", panel.coordinator.email
    makers.commit()
    page = new_page()
    sign_in(page, email)

    page.goto(at)
    expect(page.get_by_text("The plan stands still.")).to_be_visible()
    page.get_by_role("link", name="Support plan and its sessions").click()
    page.get_by_role("button", name="Plan sessions").click()
    page.get_by_label("Kind of session").select_option(label="Mentoring")
    for box, value in (("Day", began.day), ("Month", began.month), ("Year", began.year)):
        page.get_by_role("group", name="First session").get_by_label(box).fill(str(value))
    page.get_by_label("How many sessions?").fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("The sessions are planned.")

    page.get_by_role("link", name="Record the session").last.click()
    page.get_by_label("Delivered").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("The session is recorded.")

    row = page.get_by_role("table", name="Planned against delivered").get_by_role("row").last
    expect(row.get_by_role("cell").nth(1)).to_have_text("1")


def test_a_caseworker_puts_a_case_to_the_community_panel(
    app: Flask, new_page: Callable[..., Page], live_server: LiveServer
) -> None:
    world = case_makers.make_world()
    panels.make_panel("community_marac", kinds=("police",))
    at, email = f"/cases/{world.case.id}", world.users["worker"].email
    makers.commit()
    page = new_page()
    sign_in(page, email)

    page.goto(at)
    page.get_by_role("link", name="Panel", exact=True).click()
    page.get_by_role("button", name="Put to the Community MARAC").click()
    page.get_by_label("Community MARAC").check()
    page.get_by_label("What is shared").fill("Noise every night, and threats on the stairs")
    page.get_by_label("On what basis is it shared?").select_option(index=1)
    page.get_by_label("Why sharing it is necessary").fill("Several agencies hold a part of it")
    page.get_by_role("button", name="Put to the panel").click()

    expect(page.get_by_role("alert")).to_contain_text("has received it")
    page.get_by_role("link", name="Sharing and referrals").click()
    expect(page.get_by_text("Received: not followed from here")).to_be_visible()
