"""The page of how panels work: in a browser, as a file, from the shell, and for those it is closed to."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from casework.cli import main
from casework.config import Settings
from tests.statistics.panel_quarter import make_quarter
from tests.support import makers, panels
from tests.support.browsers import axe, leave
from tests.support.makers import PASSWORD
from tests.support.panels import DVA

SHOW = "/statistics/panels/operations"
DATES = "from=2025-01-06&to=2025-04-30"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_page_has_every_table_and_fits_a_phone(new_page: Callable[..., Page], app: Flask) -> None:
    email = make_quarter().chair.email
    makers.commit()
    page = new_page()
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    leave(page.get_by_role("button", name="Sign in"))
    page.goto("/statistics")
    leave(page.get_by_role("link", name="How panels work"))
    page.goto(f"{SHOW}?{DATES}")
    expect(page.get_by_role("heading", name="MARAC: attendance by agency")).to_be_visible()
    assert axe(page) == []
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_panel_and_period_are_chosen_in_a_form(client: FlaskClient, app: Flask) -> None:
    manager = makers.make_user("manager", DVA)
    makers.give_role(manager, "manager", "channel")
    makers.commit()
    makers.sign_in(client, manager)
    asked = {"kind": "dates", "first-day": "6", "first-month": "1", "first-year": "2025", "programme": "all"}

    dated = client.get(SHOW, query_string={**asked, "last-day": "30", "last-month": "4", "last-year": "2025"})
    backwards = client.get(
        SHOW, query_string={**asked, "last-day": "1", "last-month": "1", "last-year": "2025"}
    )
    shown = client.get(f"{SHOW}?{DATES}&programme=all").text

    assert dated.location == f"{SHOW}?programme=all&{DATES}"
    assert "before it begins" in backwards.text
    assert "MARAC: attendance by agency" in shown
    assert "Channel panel: attendance by agency" in shown
    assert "not recorded" in shown


def test_file_holds_units_and_what_percentages_are_of(client: FlaskClient, app: Flask) -> None:
    panel = panels.make_panel()
    makers.commit()
    makers.sign_in(client, panel.chair)

    document = json.loads(client.get(f"{SHOW}/download/json?{DATES}&programme={DVA}").text)
    tables = {table["id"]: table for table in document["tables"]}

    assert (document["report"], document["audience"]) == ("panels/operations", "internal")
    assert tables[f"{DVA}-hearing"]["rows"][1] == {"id": "median", "label": "Median", "unit": "days"}
    assert tables[f"{DVA}-hearing"]["totals"] == []
    assert tables[f"{DVA}-research"]["percent_of"] == "asked"
    for form in ("csv", "html"):
        assert client.get(f"{SHOW}/download/{form}?{DATES}&programme={DVA}").status_code == 200


def test_members_of_a_panel_are_not_shown_it(client: FlaskClient, app: Flask) -> None:
    panel = panels.make_panel()
    makers.commit()
    makers.sign_in(client, panel.members["police"])

    assert client.get(SHOW).status_code == 403


def test_command_prints_one_panel_without_any_key(app: Flask, settings: Settings) -> None:
    makers.commit()
    settings.keyring.unlink()
    environment = {
        "CASEWORK_INSTANCE": str(settings.instance),
        "CASEWORK_DATABASE_URL": settings.database_url,
    }
    asked = ("--from", "2025-01-06", "--to", "2025-04-30", "--audience", "internal", "--format", "json")

    done = CliRunner().invoke(
        main, ["report", "panels/operations", "--programme", DVA, *asked], env=environment
    )
    wrong = CliRunner().invoke(main, ["report", "panels/none", *asked], env=environment)

    assert (done.exit_code, wrong.exit_code) == (0, 2)
    assert {table["id"].partition("-")[0] for table in json.loads(done.output)["tables"]} == {DVA}
