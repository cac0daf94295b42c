"""Logging a referral, by the service."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from casework.cases.models import Case, Involvement, Task
from casework.errors import Invalid, Refused
from casework.people.models import Person
from casework.programmes import shelf
from casework.referrals.log import NewReferral, Party, log
from casework.referrals.models import Answer
from tests.support.makers import ASB, make_actor, make_party, make_referral, subject_of


def test_referral_opens_a_case_in_the_first_stage(app, session):
    actor = make_actor("coordinator")
    referral = make_referral(actor, received_on=date(2026, 1, 5), narrative="Noise every night")
    case = session.get(Case, referral.case_id)
    assert (case.stage_kind, case.opened_on, case.reference) == (
        "screening",
        date(2026, 1, 5),
        referral.reference,
    )
    assert case.subject.name == "Ada Okonjo"
    assert case.agency_id == actor.grants[0].agency_id


def test_age_on_the_day_of_receipt_is_counted(app, session):
    referral = make_referral(received_on=date(2026, 3, 26), date_of_birth=date(1986, 3, 27))
    ages = session.execute(
        select(Answer.role, Answer.number).where(Answer.referral_id == referral.id, Answer.field == "age")
    ).all()
    assert [tuple(row) for row in ages] == [("subject", 39)]


def test_counted_answers_are_rows_and_others_are_sealed(app, session):
    referral = make_referral(
        answers={
            "mediation": True,
            "police_reference": "CR/1/26",
            "abuse_markers": ["stalking", "elder_abuse"],
        },
        person_answers={"gender": "female", "landlord": "Hendon Homes"},
    )
    rows = session.execute(select(Answer.field, Answer.code).where(Answer.referral_id == referral.id)).all()
    assert {tuple(row) for row in rows} == {
        ("mediation", "yes"),
        ("abuse_markers", "stalking"),
        ("abuse_markers", "elder_abuse"),
        ("gender", "female"),
        ("age", None),
    }
    assert (referral.other or {})["police_reference"] == "CR/1/26"
    assert subject_of(referral).other == {"landlord": "Hendon Homes"}


def test_nobody_is_added_who_was_not_looked_for(app, session):
    actor = make_actor()
    party = Party("subject", ticket="f" * 64, person={"forename": "Ada"})
    with pytest.raises(Invalid, match="Look for the person"):
        log(actor, shelf.programme(ASB), NewReferral(received_on=date(2026, 1, 5), parties=[party]))


def test_ticket_of_one_name_adds_no_other(app, session):
    actor = make_actor()
    searched = make_party(actor, forename="Ada")
    party = Party("subject", ticket=searched.ticket, person={**searched.person, "forename": "Beth"})
    with pytest.raises(Invalid):
        log(actor, shelf.programme(ASB), NewReferral(received_on=date(2026, 1, 5), parties=[party]))


def test_every_gap_becomes_a_task_and_none_blocks(app, session):
    referral = make_referral()
    kinds = set(session.scalars(select(Task.kind).where(Task.case_id == referral.case_id)))
    assert {"agreement", "awareness", "sharing", "first_contact", "screening"} <= kinds


def test_analyst_cannot_log(app):
    with pytest.raises(Refused):
        make_referral(make_actor("analyst"))


def test_somebody_on_both_sides_alerts_the_coordinator(app, session):
    actor = make_actor()
    parties = [make_party(actor), Party("perpetrator", same_as=0)]
    referral = make_referral(actor, parties=parties)
    assert session.scalar(select(func.count()).select_from(Person)) == 1
    assert (
        session.scalar(
            select(func.count()).select_from(Involvement).where(Involvement.case_id == referral.case_id)
        )
        == 2
    )
    assert "both_sides" in set(session.scalars(select(Task.kind).where(Task.case_id == referral.case_id)))
