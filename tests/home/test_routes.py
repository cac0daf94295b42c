"""The home page of each of the nine roles: what it says when nothing waits, and where its links lead."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from casework.access.vocabulary import OPERATOR, Actor, Role
from casework.cases import service as cases
from casework.extensions import now
from casework.forms import today
from casework.referrals import drafts, screening
from casework.referrals.log import Party
from tests.cases.makers import make_world
from tests.support import makers

LINK = re.compile(r'href="(/[^"#]*)"')


def links(body: str) -> set[str]:
    """Where the page itself leads: files left out."""
    return {
        address.replace("&amp;", "&") for address in LINK.findall(body) if not address.startswith("/static")
    }


@pytest.mark.parametrize("role", list(Role))
def test_every_link_of_a_first_home_page_works(app: Flask, client: FlaskClient, role: Role) -> None:
    makers.sign_in(client, makers.make_user(role))

    response = client.get("/")

    assert response.status_code == 200
    found = links(response.get_data(as_text=True))
    assert len(found) >= 2
    for address in sorted(found):
        assert client.get(address).status_code in (200, 302), address


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("referrer", "See the referrals you have made"),
        ("caseworker", "Nothing is due"),
        ("coordinator", "Nothing is due"),
        ("manager", "My team"),
        ("chair", "See the reports"),
        ("panel_member", "See the cases"),
        ("analyst", "See the reports"),
        ("administrator", "See users and agencies"),
        ("auditor", "See the audit trail"),
    ],
)
def test_when_nothing_waits_home_says_what_to_do_next(
    app: Flask, client: FlaskClient, role: str, words: str
) -> None:
    makers.sign_in(client, makers.make_user(role))

    assert words in client.get("/").get_data(as_text=True)


def test_home_shows_tasks_counts_and_what_comes_up(app: Flask, client: FlaskClient) -> None:
    world = make_world()
    cases.set_task(OPERATOR, world.case, "other", due_on=today() - timedelta(days=2), text="Ring the school")
    makers.sign_in(client, world.users["worker"])

    body = client.get("/").get_data(as_text=True)

    assert "Ring the school" in body
    assert "Overdue by 2 days" in body
    assert f"Ada Okonjo, {world.case.reference}, " in body
    assert "<strong>1</strong> open case of mine" in body
    for address in links(body):
        assert client.get(address).status_code in (200, 302), address


def test_tasks_of_two_programmes_are_told_apart(app: Flask, client: FlaskClient) -> None:
    user = makers.make_user("coordinator", makers.ASB)
    makers.give_role(user, "coordinator", "dva_marac")
    actor = makers.actor_of(user)
    asb = makers.make_referral(actor, makers.ASB)
    dva = makers.make_referral(actor, "dva_marac", forename="Bola", parties=None, others=_perpetrator(actor))
    makers.sign_in(client, user)

    body = client.get("/").get_data(as_text=True)

    assert f"{asb.reference}, ASB" in body
    assert f"{dva.reference}, " in body


def _perpetrator(actor: Actor) -> list[Party]:
    return [makers.make_party(actor, "dva_marac", "perpetrator", forename="Carl", surname="Iyer")]


def test_home_leads_back_to_a_draft_and_warns_before_it_is_lost(app: Flask, client: FlaskClient) -> None:
    author = makers.make_user("caseworker", name="Wendy Iqbal")
    draft = drafts.start(makers.actor_of(author), makers.ASB)
    draft.expires_at_utc = now() + timedelta(days=3)
    makers.sign_in(client, author)
    theirs = app.test_client()
    makers.sign_in(theirs, makers.make_user("coordinator"))

    mine, coordinators = client.get("/").get_data(as_text=True), theirs.get("/").get_data(as_text=True)

    assert f'href="/referrals/drafts/{draft.id}"' in mine
    assert "Lost after " in mine
    assert "begun by Wendy Iqbal has not been sent" in coordinators
    assert str(draft.id) not in coordinators
    assert client.get(f"/referrals/drafts/{draft.id}").status_code == 302


def test_a_referrer_is_led_to_the_question_about_their_referral(app: Flask, client: FlaskClient) -> None:
    school = makers.make_agency("A school")
    coordinator = makers.make_actor("coordinator")
    referral = makers.make_referral(coordinator, referring_agency_id=school.id)
    screening.return_for_information(
        coordinator, referral, version=referral.version, question="Which flat is it?"
    )
    makers.sign_in(client, makers.make_user("referrer", agency=school))

    body = client.get("/").get_data(as_text=True)

    assert "Answer a question about your referral" in body
    assert f'href="/referrals/{referral.id}"' in body
    assert "Which flat is it?" in client.get(f"/referrals/{referral.id}").get_data(as_text=True)


def test_nobody_is_shown_a_home_page_who_has_not_signed_in(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in"
