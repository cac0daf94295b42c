"""The pages of statistics, as people see them."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from casework.audit.models import AuditEntry
from casework.extensions import db
from tests.statistics import records
from tests.statistics.records import make_referral
from tests.statistics.test_service import exclude
from tests.support.makers import make_user, sign_in

SHOW = "/statistics/asb_support/year_end"
YEAR = "?from=2017-04-01&to=2018-03-31"


def as_role(client: FlaskClient, role: str) -> FlaskClient:
    sign_in(client, make_user(role))
    return client


def words(client: FlaskClient, address: str, status: int = 200) -> str:
    """What the page says, without its tags."""
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def reports_noted() -> int:
    query = select(func.count()).select_from(AuditEntry).where(AuditEntry.event == "report.made")
    return db.session.scalar(query) or 0


@pytest.fixture
def year(app: Flask) -> None:
    records.import_year(app)


def test_list_of_reports_names_them_and_counts_enquiries(year: None, client: FlaskClient) -> None:
    records.make_enquiry(date(2018, 2, 1))

    page = words(as_role(client, "manager"), "/statistics")

    assert "ASB project: end of year report" in page
    assert "Advice-only enquiries, 2017/18" in page
    assert "ASB victim support 0 0 0 1 1" in page


def test_enquiries_of_another_year_are_shown_on_request(year: None, client: FlaskClient) -> None:
    page = words(as_role(client, "analyst"), "/statistics?year=2016")

    assert "Advice-only enquiries, 2016/17" in page


@pytest.mark.parametrize("asked", ["", " "])
def test_no_year_is_the_last_with_referrals(year: None, client: FlaskClient, asked: str) -> None:
    assert "Advice-only enquiries, 2017/18" in words(as_role(client, "manager"), f"/statistics?year={asked}")


def test_report_opens_on_the_last_year_with_referrals(year: None, client: FlaskClient) -> None:
    page = words(as_role(client, "analyst"), SHOW)

    assert "1 April 2017 to 31 March 2018" in page


def test_report_shows_figures_marking_charts_and_comparators(year: None, client: FlaskClient) -> None:
    page = words(as_role(client, "analyst"), SHOW + YEAR)

    assert "Referrals received 79" in page
    assert "Service users supported, cases carried over included 89" in page
    assert "Internal: exact figures, not for publication" in page
    assert "Metropolitan Police 11 30% 23 29%" in page
    assert "Female 54 (68%)" in page
    assert "Percentages may not sum to 100 due to rounding." in page
    assert "Barnet, 2011 census" in page
    assert client.get(SHOW + YEAR).get_data(as_text=True).count('role="img"') == 7


def test_each_look_at_a_report_is_noted_once(year: None, client: FlaskClient) -> None:
    as_role(client, "analyst").get(SHOW + YEAR)

    assert reports_noted() == 1


def test_part_of_a_year_that_was_chosen_goes_into_the_address(year: None, client: FlaskClient) -> None:
    answer = as_role(client, "analyst").get(f"{SHOW}?kind=part&year=2017&part=q3&first=&last=")

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{SHOW}?from=2017-10-01&to=2017-12-31"


def test_free_dates_that_were_chosen_go_into_the_address(year: None, client: FlaskClient) -> None:
    answer = as_role(client, "analyst").get(
        f"{SHOW}?kind=dates&first=3/5/2017&last=2017-05-04&year=2017&part="
    )

    assert answer.headers["Location"] == f"{SHOW}?from=2017-05-03&to=2017-05-04"


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("kind=part&year=2017&part=", "Select a part of the year"),
        ("kind=part&year=1066&part=q1", "must be chosen from the list"),
        ("kind=", "Select what the report should cover"),
        ("kind=dates&first=3/5/2017&last=", "Enter the last day"),
        ("kind=dates&first=3/5/2017&last=2/5/2017", "before it begins"),
        ("kind=dates&first=3/5/1917&last=2/5/2017", "at most 20 years"),
    ],
)
def test_wrong_choice_of_a_period_is_explained_and_nothing_counted(
    year: None, client: FlaskClient, query: str, complaint: str
) -> None:
    page = words(as_role(client, "analyst"), f"{SHOW}?{query}")

    assert "There is a problem" in page
    assert complaint in page
    assert "Referrals received" not in page
    assert reports_noted() == 0


def test_wrong_dates_in_the_address_are_explained(year: None, client: FlaskClient) -> None:
    page = words(as_role(client, "analyst"), f"{SHOW}?from=2018-04-01&to=2018-03-32", status=422)

    assert "“2018-03-32” is not a date" in page


def test_downloads_are_files_named_for_what_they_are(year: None, client: FlaskClient) -> None:
    as_role(client, "manager")
    answers = {form: client.get(f"{SHOW}/download/{form}{YEAR}") for form in ("json", "csv", "html")}

    for form, answer in answers.items():
        name = f"asb_support-year_end-2017-04-01-2018-03-31-internal.{form}"
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert json.loads(answers["json"].get_data())["headlines"][0]["count"] == 79
    lines = list(csv.DictReader(io.StringIO(answers["csv"].get_data(as_text=True))))
    assert (
        next(each for each in lines if (each["row"], each["column"]) == ("female", "year"))["percent"] == "68"
    )
    assert "Made by User Number" in answers["html"].get_data(as_text=True)
    assert reports_noted() == 3


@pytest.mark.parametrize("form", ["xlsx", "docx"])
def test_other_forms_are_refused_in_words(year: None, client: FlaskClient, form: str) -> None:
    page = words(as_role(client, "manager"), f"{SHOW}/download/{form}{YEAR}", status=422)

    assert "choose one of json, csv, html" in page


def test_figure_leads_to_its_cases_for_those_who_may_see_them(year: None, client: FlaskClient) -> None:
    make_referral(date(2018, 1, 10), source="environmental_health")
    as_role(client, "coordinator")
    html = client.get(SHOW + YEAR).get_data(as_text=True)
    link = next(
        link
        for link in re.findall(r'href="([^"]+)"', html)
        if "row=environmental_health&amp;column=year" in link
    )

    page = words(client, unescape(link))

    assert "Referral sources: Environmental Health" in page
    assert "2 records" in page
    assert "10 January 2018" in page


def test_analyst_sees_figures_without_links_to_cases(year: None, client: FlaskClient) -> None:
    as_role(client, "analyst")

    assert "/cases?" not in client.get(SHOW + YEAR).get_data(as_text=True)
    assert client.get(f"{SHOW}/cases{YEAR}&table=gender&row=male&column=year").status_code == 403


@pytest.mark.parametrize("address", ["/statistics", SHOW, f"{SHOW}/download/json{YEAR}"])
def test_caseworker_is_refused(year: None, client: FlaskClient, address: str) -> None:
    assert as_role(client, "caseworker").get(address).status_code == 403


def test_excluded_user_is_told_nothing_but_that_figures_are_not_open(year: None, client: FlaskClient) -> None:
    user = make_user("manager")
    _, case = make_referral(date(2018, 1, 10))
    exclude(case, user_id=user.id)
    sign_in(client, user)

    for address in (SHOW, SHOW + YEAR, f"{SHOW}/download/csv{YEAR}"):
        assert "Exact figures of this programme are not open to you." in words(client, address, status=403)
    assert "No report is open to you" in words(client, "/statistics")


@pytest.mark.parametrize("address", ["/statistics/asb/year_end", "/statistics/asb_support/monthly"])
def test_unknown_report_is_not_found(app: Flask, client: FlaskClient, address: str) -> None:
    assert as_role(client, "manager").get(address).status_code == 404
