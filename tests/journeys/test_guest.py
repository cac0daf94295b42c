"""Somebody outside refers by a one-time link, is asked something, answers, and reads what was decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import update

from casework.extensions import db, now
from casework.referrals import links
from casework.referrals.models import ReferralLink
from tests.journeys.visitor import PHONE, Visitor
from tests.support import makers

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CHECK = "Check your answers before you send the referral"
QUESTION = "Since when does it go on?"
ANSWERS = {
    "forename": "Femi",
    "surname": "Adeyemi",
    "date_of_birth": date(1990, 5, 1),
    "gender": "Not asked",
    "ethnicity": "Not asked",
    "source": "Housing",
    "referrer_name": "Sal Ortega",
    "referrer_job": "Housing officer",
    "referrer_contact": "sal.ortega@example.org",
    "narrative": "Rubbish is thrown at his door every evening.",
}


@pytest.fixture
def coordinator(app: Flask, new_page: Callable[..., Page]) -> Visitor:
    email = makers.make_user("coordinator", name="Cora Blake").email
    makers.commit()
    visitor = Visitor(new_page(), (PHONE,))
    visitor.go("/sign-in")
    visitor.fill({"email": email, "password": makers.PASSWORD})
    visitor.press("Sign in")
    return visitor


def new_link(coordinator: Visitor) -> str:
    coordinator.go("/referrals/links")
    coordinator.press("Make a link")
    found = re.search(r"http://\S+/refer/\S+", coordinator.words)
    assert found, coordinator.words
    return found[0]


def refer(guest: Visitor, link: str) -> None:
    guest.go(link)
    guest.press("Start")
    guest.is_refused("Search", {"postcode": "nowhere"}, "Enter a name")
    while guest.heading != CHECK:
        asked = {name for name in ANSWERS if guest.page.locator(f'main [name^="{name}"]').count()}
        guest.fill({name: ANSWERS[name] for name in asked})
        guest.fill({"postcode": ""} if "forename" in asked else {})
        ways = ("Search", "Save and continue", "Continue without adding")
        guest.press(next(way for way in ways if guest.offers(way)))
        assert not guest.is_wrong, guest.words
    guest.press("Send the referral")


def test_guest_refers_answers_and_reads_the_decision(
    coordinator: Visitor, new_page: Callable[..., Page]
) -> None:
    coordinator.go("/referrals/links")
    coordinator.is_refused("Make a link", {"days": "61"}, "60")
    link = new_link(coordinator)
    guest = Visitor(new_page(), (PHONE,))
    refer(guest, link)
    assert "It is waiting for a decision" in guest.words
    assert not guest.page.get_by_role("navigation", name="Menu").count()

    coordinator.go("/referrals")
    coordinator.follow("Femi Adeyemi")
    referral = coordinator.page.url
    coordinator.press("Screen this referral")
    coordinator.press("Return for information")
    coordinator.is_refused("Ask the referrer", {"question": ""}, "Enter what you need to know")
    coordinator.fill({"question": QUESTION})
    coordinator.press("Ask the referrer")

    guest.go(link)
    assert QUESTION in guest.words
    guest.follow("Answer")
    guest.is_refused("Send the answer", {"answer": ""}, "Enter your answer")
    guest.fill({"answer": "Since last winter."})
    guest.press("Send the answer")

    coordinator.go(referral)
    assert "Since last winter." in coordinator.words
    coordinator.press("Screen this referral")
    coordinator.press("Decline")
    coordinator.is_refused("Decline", {"words": "The council's street team takes this up."}, "reason")
    coordinator.fill({"reason": "Another service or panel is better placed"})
    coordinator.press("Decline")

    guest.go(link)
    assert "The council's street team takes this up." in guest.words
    assert "ASB-" in guest.heading
    assert "Cora" not in guest.words


def test_dead_links_all_show_the_same_page(
    app: Flask, coordinator: Visitor, new_page: Callable[..., Page]
) -> None:
    coordinator.viewports = ()
    used, expired, withdrawn = (new_link(coordinator) for _ in range(3))
    coordinator.go("/referrals/links")
    coordinator.press_first("Withdraw")  # the newest stands first
    with app.app_context():
        token = expired.rpartition("/")[2]
        late = update(ReferralLink).where(ReferralLink.id == links.living(token).id)
        db.session.execute(late.values(expires_at_utc=now() - timedelta(minutes=1)))
        makers.commit()
    guest = Visitor(new_page(), ())
    refer(guest, used)

    shown = set()
    wrong = used[:-4] + "0000"
    for address in (f"{used}/begin", expired, withdrawn, wrong):
        answer = guest.page.goto(address)
        assert answer is not None
        shown.add((answer.status, guest.page.title(), guest.words))
    assert len(shown) == 1
    assert shown.pop()[0] == 404
