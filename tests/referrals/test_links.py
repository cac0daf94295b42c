"""One-time links: what they let somebody do, and how little they tell."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text

from casework.audit.models import AuditEntry
from casework.errors import NotFound, Refused
from casework.extensions import now
from casework.referrals import links, screening
from casework.referrals.models import Draft, Referral, ReferralLink
from tests.referrals.filling import ADA, add_required_people, errors_in, fill_rest
from tests.support.makers import (
    ASB,
    actor_of,
    commit,
    make_actor,
    make_agency,
    make_referral,
    make_user,
    sign_in,
)


@pytest.fixture
def coordinator(app):
    return make_actor("coordinator")


@pytest.fixture
def token(coordinator):
    _, token = links.make(coordinator, ASB, days=14, agency_id=make_agency("Hendon Surgery").id)
    commit()
    return token


def draft_id_of(session):
    return session.scalar(select(Draft.id))


def send_by(client, session, token):
    """Fill in the whole form by a link and send it."""
    begun = client.post(f"/refer/{token}/begin", data=ADA)
    assert begun.status_code == 302
    draft_id = draft_id_of(session)
    add_required_people(client, links.GUEST, draft_id, f"/refer/{token}")
    fill_rest(client, links.GUEST, draft_id, at=f"/refer/{token}")
    assert client.get(f"/refer/{token}/check").status_code == 200
    return client.post(f"/refer/{token}/check")


def test_guest_refers_and_sees_where_it_stands(client, session, token, coordinator):
    assert client.get(f"/refer/{token}").status_code == 200
    assert client.get(f"/refer/{token}/begin").status_code == 200
    sent = send_by(client, session, token)
    assert sent.status_code == 302, errors_in(sent)
    referral = session.scalar(select(Referral))
    page = client.get(sent.location).get_data(as_text=True)
    assert referral.reference in page
    assert "It is waiting for a decision" in page
    assert referral.referring_agency.name == "Hendon Surgery"
    assert referral.case.agency.name == "Host Agency"
    assert referral.referred_by_id is None
    assert client.get(f"/refer/{token}").location.endswith("/standing")


def test_sending_twice_by_a_link_makes_one_referral(client, session, token):
    first = send_by(client, session, token)
    second = client.post(f"/refer/{token}/check")
    assert (second.status_code, second.location) == (302, first.location)
    assert session.scalar(select(func.count()).select_from(Referral)) == 1
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_used_link_begins_nothing_more(client, session, token):
    send_by(client, session, token)
    for path in ("begin", "resume", "pages/narrative", "people"):
        response = client.get(f"/refer/{token}/{path}")
        assert response.status_code == 404, path
        assert links.DEAD in response.get_data(as_text=True).replace("&#39;", "'")


def dead_answers(client, token) -> set[tuple[int, str]]:
    return {
        (response.status_code, re.sub(r"[0-9a-f]{12}", "", response.get_data(as_text=True)))
        for path in (
            "",
            "/begin",
            "/resume",
            "/standing",
            "/check",
            "/people",
            "/pages/narrative",
            "/match/1",
        )
        for response in (client.get(f"/refer/{token}{path}"),)
    }


def test_wrong_withdrawn_and_expired_links_all_say_the_same(client, session, token, coordinator):
    link, withdrawn = links.make(coordinator, ASB, days=14)
    links.withdraw(coordinator, link.id)
    commit()
    with time_machine.travel(now() + timedelta(days=15)):
        expired = dead_answers(client, token)
    answers = [dead_answers(client, "no-such-token"), dead_answers(client, withdrawn), expired]
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0]) == 1
    status, words = answers[0].pop()
    assert status == 404
    assert links.DEAD in words


def test_link_is_kept_as_a_digest_only(session, token):
    stored = session.execute(text("SELECT token_digest FROM referral_link")).scalar_one()
    assert token not in stored
    assert len(stored) == 64


def test_guest_is_shown_nobody_on_record(client, session, token, coordinator):
    make_referral(coordinator, forename="Ada", surname="Okonjo")
    commit()
    begun = client.post(f"/refer/{token}/begin", data=ADA)
    assert "/match/" not in begun.location
    assert "on record" not in client.get(begun.location, follow_redirects=True).get_data(as_text=True)


def test_guest_comes_back_to_what_was_typed(app, client, session, token):
    client.post(f"/refer/{token}/begin", data=ADA)
    page = f"/refer/{token}/pages/narrative"
    assert client.post(page + "/typing", data={"narrative": "Half a sent", "version": 0}).status_code == 200
    elsewhere = app.test_client()
    assert elsewhere.get(f"/refer/{token}/resume").status_code == 302
    assert "Half a sent" in elsewhere.get(page).get_data(as_text=True)
    assert elsewhere.get(f"/refer/{token}/begin").location.endswith("/resume")


def test_guest_sees_no_navigation_and_opens_no_other_page(app, client, session, token):
    send_by(client, session, token)
    guest = app.test_client()
    text_ = guest.get(f"/refer/{token}/standing").get_data(as_text=True)
    assert "govuk-service-navigation" not in text_
    referral = session.scalar(select(Referral))
    for path in (
        f"/referrals/{referral.id}",
        f"/cases/{referral.case_id}",
        "/referrals",
        "/referrals/drafts",
    ):
        assert guest.get(path).status_code in (302, 401)


def test_guest_answers_a_question_and_reads_the_decision(app, client, session, token, coordinator):
    send_by(client, session, token)
    referral = session.scalar(select(Referral))
    asked = screening.return_for_information(
        coordinator, referral, version=referral.version, question="Where does she live?"
    )
    commit()
    page = client.get(f"/refer/{token}/standing").get_data(as_text=True)
    assert "Where does she live?" in page
    form = f"/refer/{token}/questions/{asked.id}"
    assert form in page
    assert client.get(form).status_code == 200
    assert client.post(form, data={"answer": " "}).status_code == 422
    assert client.post(form, data={"answer": "In Hendon"}).status_code == 302
    referral = session.scalar(select(Referral))
    assert referral.outcome == "waiting"
    screening.decline(
        coordinator, referral, version=referral.version, reason="outside_area", words="Please ask Brent"
    )
    commit()
    assert "Please ask Brent" in client.get(f"/refer/{token}/standing").get_data(as_text=True)


def test_guest_who_looks_is_in_the_trail(client, session, token):
    send_by(client, session, token)
    client.get(f"/refer/{token}/standing")
    seen = select(AuditEntry.actor_kind, AuditEntry.actor_id).where(AuditEntry.event == "referral.viewed")
    assert {tuple(row) for row in session.execute(seen)} == {("guest", None)}


def test_question_of_another_referral_is_not_reached_by_a_link(client, session, token, coordinator):
    send_by(client, session, token)
    other = make_referral(coordinator)
    asked = screening.return_for_information(coordinator, other, version=other.version, question="Where?")
    commit()
    assert client.get(f"/refer/{token}/questions/{asked.id}").status_code == 404


def test_link_that_nothing_was_sent_by_stands_nowhere(client, token):
    assert client.get(f"/refer/{token}/standing").status_code == 404


def test_coordinator_makes_a_link_and_sees_it_once(app, client, session):
    user = make_user("coordinator")
    sign_in(client, user)
    assert client.post("/referrals/links", data={"programme": ASB, "days": "0"}).status_code == 422
    made = client.post("/referrals/links", data={"programme": ASB, "days": "7"}).get_data(as_text=True)
    shown = re.search(r"/refer/([\w-]{43})", made)
    assert shown
    token = shown[1]
    assert app.test_client().get(f"/refer/{token}").status_code == 200
    again = client.get("/referrals/links").get_data(as_text=True)
    assert token not in again
    assert "Not used yet" in again
    link = session.scalar(select(ReferralLink))
    assert client.post(f"/referrals/links/{link.id}/withdraw").status_code == 302
    assert app.test_client().get(f"/refer/{token}").status_code == 404
    events = set(session.scalars(select(AuditEntry.event)))
    assert {"link.made", "link.withdrawn"} <= events


@pytest.mark.parametrize("role", ["caseworker", "referrer", "manager", "analyst"])
def test_only_coordinators_make_links(app, client, role):
    user = make_user(role)
    sign_in(client, user)
    assert client.get("/referrals/links").status_code == 403
    with pytest.raises(Refused):
        links.make(actor_of(user), ASB, days=7)


def test_coordinator_of_another_programme_cannot_withdraw(coordinator, session, token):
    link = session.scalar(select(ReferralLink))
    with pytest.raises(NotFound):
        links.withdraw(make_actor("coordinator", "channel"), link.id)
