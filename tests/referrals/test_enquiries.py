"""Advice given about nobody who is named."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, text

from casework.cases.models import Case
from casework.errors import Invalid, Refused
from casework.referrals import enquiries
from casework.referrals.models import Enquiry
from tests.referrals.filling import errors_in
from tests.support.makers import ASB, actor_of, give_role, make_actor, make_user, sign_in

PROGRAMMES = ("asb_support", "channel", "community_marac", "dva_marac")
DAY = {"received_on-day": "5", "received_on-month": "1", "received_on-year": "2026"}


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_enquiry_is_logged_by_page_and_counted_in_every_programme(app, client, session, programme):
    sign_in(client, make_user("coordinator", programme))
    assert client.get("/referrals/enquiries").status_code == 200
    assert client.get("/referrals/enquiries/new").status_code == 200
    data = {
        **DAY,
        "programme": programme,
        "topics": ["whether_to_refer", "legal_powers"],
        "advice": "Keep a diary",
    }
    assert client.post("/referrals/enquiries/new", data=data).status_code == 302
    page = client.get("/referrals/enquiries").get_data(as_text=True)
    assert "Keep a diary" in page
    assert "1 enquiry" in page
    assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_page_says_what_is_wrong(app, client):
    sign_in(client, make_user("coordinator"))
    response = client.post("/referrals/enquiries/new", data={"programme": ASB, "advice": "Keep a diary"})
    assert response.status_code == 422
    assert errors_in(response) == ["Enter the date of the enquiry", "Select what it was about"]
    assert "Keep a diary" in response.get_data(as_text=True)


def test_advice_lies_sealed(app, session):
    enquiries.log(
        make_actor(), ASB, received_on=date(2026, 1, 5), topics=["safety_advice"], advice="Zebrawood words"
    )
    stored = session.execute(text("SELECT sealed FROM enquiry")).scalar_one()
    assert b"Zebrawood" not in bytes(stored)
    assert session.scalar(select(Enquiry)).advice == "Zebrawood words"


@pytest.mark.parametrize(
    "wrong",
    [
        {"received_on": date(2099, 1, 1)},
        {"topics": []},
        {"topics": ["no_such_topic"]},
        {"source": "no_such_source"},
    ],
)
def test_wrong_answers_are_refused(app, wrong):
    values = {"received_on": date(2026, 1, 5), "topics": ["safety_advice"], **wrong}
    with pytest.raises(Invalid):
        enquiries.log(make_actor(), ASB, **values)


def test_enquiries_of_other_programmes_are_not_listed(app):
    coordinator = make_user("coordinator", "channel")
    enquiries.log(actor_of(coordinator), "channel", received_on=date(2026, 1, 5), topics=["safety_advice"])
    other = make_actor()
    assert enquiries.page_of_enquiries(other).total == 0
    assert enquiries.counts(other) == {}
    with pytest.raises(Refused):
        enquiries.log(other, "channel", received_on=date(2026, 1, 5), topics=["safety_advice"])
    give_role(coordinator, "coordinator", ASB)
    assert enquiries.counts(actor_of(coordinator)) == {"channel": 1}


def test_referrer_logs_no_enquiry(app, client):
    sign_in(client, make_user("referrer"))
    assert client.get("/referrals/enquiries/new").status_code == 403
