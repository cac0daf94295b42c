"""Every page of referrals in a real browser: axe finds nothing, on a desk and on a phone, with scripts and without."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from playwright.sync_api import Page

from casework.referrals import intake, links, screening
from tests.referrals.filling import draft_of, required_answers
from tests.support.browsers import axe, leave
from tests.support.makers import (
    ASB,
    PASSWORD,
    actor_of,
    commit,
    give_role,
    make_agency,
    make_party,
    make_referral,
    make_user,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}


def enter(page: Page, email: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    leave(page.get_by_role("button", name="Sign in"))


def addresses() -> Iterator[tuple[str, str]]:
    """Who (by their email address) looks at which page: every one that needs no form to be sent first."""
    user = make_user("coordinator", name="Cora Dinator")
    give_role(user, "coordinator", "channel")
    actor, coordinator = actor_of(user), user.email
    surgery = make_agency("Hendon Surgery")
    outside = make_user("referrer", agency=surgery, name="Rafe Errer")
    referrer = outside.email
    tom = make_party(actor, role="perpetrator", forename="Tom", surname="Hale", date_of_birth=None)
    earlier = make_referral(
        actor, received_on=date(2026, 1, 5), forename="Adah", others=[tom], narrative="Noise"
    )
    screening.accept(actor, earlier, version=earlier.version, agency_id=actor.grants[0].agency_id)
    warning = ("warning", {"code": "staff_safety", "text": "A large dog"})
    waiting = make_referral(
        actor, narrative="Noise every night", entries=[warning], answers={"mediation": True}
    )
    asked = make_referral(actor_of(outside), referring_agency_id=surgery.id)
    question = screening.return_for_information(
        actor, asked, version=asked.version, question="Where does she live now?"
    )
    declined = make_referral(actor, forename="Bola")
    screening.decline(
        actor, declined, version=declined.version, reason="duplicate", words="We have it already"
    )
    secret = make_referral(actor, "channel")
    _, token = links.make(actor, ASB, days=14)
    yield coordinator, "/referrals/new"
    yield coordinator, f"/referrals/new/{ASB}"
    yield coordinator, "/referrals/drafts"
    yield coordinator, "/referrals/links"
    yield coordinator, "/referrals/enquiries"
    yield coordinator, "/referrals/enquiries/new"
    for referral in (waiting, secret):
        for path in (
            "",
            "/sent",
            "/screen",
            "/screen/accept",
            "/screen/return",
            "/screen/decline",
            "/screen/join",
        ):
            yield coordinator, f"/referrals/{referral.id}{path}"
    yield coordinator, f"/referrals/{waiting.id}/screen/join/{earlier.case_id}"
    for part in ("source", "narrative", "section-service_wanted"):
        yield coordinator, f"/referrals/{waiting.id}/change/{part}"
    yield coordinator, f"/referrals/{declined.id}"
    yield coordinator, f"/referrals/{declined.id}/screen/reconsider"
    yield referrer, f"/referrals/{asked.id}"
    yield referrer, f"/referrals/questions/{question.id}"
    yield "", f"/refer/{token}"
    yield "", f"/refer/{token}/begin"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_have_no_finding(app, new_page: Callable[..., Page], size):
    findings: list[str] = []
    visitor, page = "nobody yet", new_page(viewport=size)
    shown = list(addresses())
    commit()  # and nothing is read after: the served application needs the database to itself
    for email, address in shown:
        if email != visitor:
            page, visitor = new_page(viewport=size), email
            if email:
                enter(page, email)
        page.goto(address)
        findings += axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{address} is {wide} wide"
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_form_is_filled_in_with_and_without_scripts(app, new_page: Callable[..., Page], scripts):
    user = make_user("coordinator")
    actor, email = actor_of(user), user.email
    make_referral(actor, forename="Adah", surname="Okonjo", date_of_birth=None)
    commit()
    page = new_page(viewport=PHONE if scripts else DESK, java_script_enabled=scripts)
    findings: list[str] = []
    enter(page, email)

    page.goto(f"/referrals/new/{ASB}")
    leave(page.get_by_role("button", name="Search"))
    assert page.get_by_role("alert").get_by_text("Enter a name").is_visible()
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Okonjo")
    leave(page.get_by_role("button", name="Search"))
    assert page.get_by_text("Adah Okonjo").first.is_visible()
    findings += axe(page)
    page.get_by_label("No, none of these").check()
    leave(page.get_by_role("button", name="Continue"))
    found = re.search(r"drafts/([0-9a-f-]{36})", page.url)
    assert found

    form = intake.form_of(actor, draft_of(uuid.UUID(found[1])))
    asked = [
        (each, {} if each.kind == "people" else required_answers(form.schema(each))) for each in form.pages
    ]
    commit()
    for each, answers in asked:
        if each.kind == "who":
            continue
        assert f"/{each.id}" in page.url, (each.id, page.url)
        findings += axe(page)
        if each.kind == "people":
            leave(page.get_by_role("button", name="Continue without adding"))
            continue
        for name, value in answers.items():
            _answer(page, name, value)
        leave(page.get_by_role("button", name="Save and continue"))
    assert page.get_by_role("heading", name="Check your answers").is_visible()
    findings += axe(page)
    leave(page.get_by_role("button", name="Send the referral"))
    assert page.get_by_role("heading", name="Referral sent").is_visible()
    assert not findings, "\n".join(findings)


def _answer(page: Page, name: str, value: str) -> None:
    box = page.locator(f"[name='{name}']").first
    match box.evaluate("box => box.type"):
        case "select-one":
            box.select_option(value)
        case "radio" | "checkbox":
            page.locator(f"[name='{name}'][value='{value}']").check()
        case _:
            box.fill(value)
