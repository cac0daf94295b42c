"""Counted answers, and what a correction does to them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text

from casework.cases.models import Amendment
from casework.errors import Conflict, Invalid
from casework.people import service as people
from casework.programmes import shelf
from casework.referrals import amending, answers
from casework.referrals.models import Answer
from tests.referrals.filling import errors_in
from tests.support.makers import (
    actor_of,
    commit,
    make_actor,
    make_party,
    make_referral,
    make_user,
    sign_in,
    subject_of,
)


@pytest.fixture
def coordinator(app):
    return make_actor("coordinator")


def ages(session, referral) -> dict[str, int]:
    rows = session.execute(
        select(Answer.role, Answer.number).where(Answer.referral_id == referral.id, Answer.field == "age")
    )
    return {row.role: row.number for row in rows}


@pytest.mark.parametrize(
    ("born", "received", "age"),
    [
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
        (date(1992, 3, 31), date(2018, 3, 31), 26),
        (date(1992, 3, 31), date(2018, 3, 30), 25),
        (date(2018, 3, 31), date(2018, 3, 31), 0),
    ],
)
def test_age_is_in_completed_years_on_the_day_of_receipt(coordinator, session, born, received, age):
    referral = make_referral(coordinator, received_on=received, date_of_birth=born)
    assert ages(session, referral) == {"subject": age}


def test_age_that_is_not_known_has_no_row(coordinator, session):
    assert ages(session, make_referral(coordinator, date_of_birth=None)) == {}


def test_every_counted_role_has_an_age_and_no_other(coordinator, session):
    others = [
        make_party(coordinator, role="perpetrator", forename="Tom", date_of_birth=date(1980, 1, 1)),
        make_party(coordinator, role="witness", forename="Wim", date_of_birth=date(1970, 1, 1)),
    ]
    referral = make_referral(coordinator, received_on=date(2026, 1, 5), others=others)
    assert ages(session, referral) == {"subject": 39, "perpetrator": 46}


def test_corrected_birth_counts_the_right_age_on_every_referral(coordinator, session):
    first = make_referral(coordinator, received_on=date(2025, 1, 5))
    known = type(make_party(coordinator))(role="subject", known=first.case.subject_id)
    second = make_referral(coordinator, received_on=date(2026, 1, 5), parties=[known])
    people.amend(coordinator, subject_of(first), date_of_birth=date(1976, 3, 27))
    assert (ages(session, first), ages(session, second)) == ({"subject": 48}, {"subject": 49})


def test_later_change_of_circumstance_changes_no_earlier_answer(coordinator, session):
    first = make_referral(coordinator, person_answers={"tenure": "council_tenant"})
    known = type(make_party(coordinator))(
        role="subject", known=first.case.subject_id, answers={"tenure": "homeless"}
    )
    second = make_referral(coordinator, parties=[known])
    person = subject_of(first)
    assert answers.read(first, "subject", person)["tenure"] == "council_tenant"
    assert answers.read(second, "subject", person)["tenure"] == "homeless"


def test_blank_answer_takes_the_old_one_away(coordinator, session):
    referral = make_referral(coordinator, answers={"mediation": False, "police_reference": "CR/1"})
    assert answers.read(referral, "referral") == {"mediation": False, "police_reference": "CR/1"}
    answers.record(referral, "referral", None, {"mediation": None, "police_reference": None})
    assert answers.read(referral, "referral") == {}


def test_field_of_no_such_role_is_an_error(coordinator):
    with pytest.raises(KeyError):
        answers.record(make_referral(coordinator), "referral", None, {"gender": "female"})


def test_text_answers_lie_sealed(coordinator, session):
    make_referral(coordinator, answers={"police_reference": "Zebrawood/1"}, narrative="Zebrawood words")
    stored = session.execute(text("SELECT sealed FROM referral")).scalar_one()
    assert b"Zebrawood" not in bytes(stored)


# -- amending ------------------------------------------------------------------------------------------------


def amend(actor, referral, part_id, **values):
    part = amending.part_of(referral, part_id)
    return amending.amend(
        actor,
        referral,
        part,
        {**amending.held(referral, part), **values},
        reason="A slip",
        version=referral.version,
    )


def test_amendment_keeps_old_new_and_reason(coordinator, session):
    referral = make_referral(coordinator, source="housing", referrer_name="Jo Frost")
    assert amend(coordinator, referral, "source", source="environmental_health", referrer_name="Jo Forst")
    kept = session.scalar(select(Amendment).where(Amendment.subject_id == referral.id))
    assert kept.fields == ["referrer_name", "source"]
    assert kept.before == {"Name of the person who refers": "Jo Frost", "Referral source": "Housing"}
    assert kept.after["Referral source"] == "Environmental Health"
    assert kept.reason == "A slip"
    assert (referral.source, referral.referrer_name) == ("environmental_health", "Jo Forst")


def test_amended_day_of_receipt_moves_the_count_and_the_age(coordinator, session):
    referral = make_referral(coordinator, received_on=date(2026, 3, 26), person_answers={"gender": "female"})
    amend(coordinator, referral, "source", received_on=date(2026, 3, 27))
    days = set(session.scalars(select(Answer.received_on).where(Answer.referral_id == referral.id)))
    assert days == {date(2026, 3, 27)}
    assert ages(session, referral) == {"subject": 40}
    assert referral.case.opened_on == date(2026, 3, 27)


def test_day_before_a_birth_is_refused(coordinator):
    referral = make_referral(coordinator, received_on=date(2026, 3, 26))
    with pytest.raises(Invalid):
        amend(coordinator, referral, "source", received_on=date(1980, 1, 1))


def test_amending_what_somebody_else_amended_shows_both(coordinator):
    referral = make_referral(coordinator, narrative="First words")
    part = amending.part_of(referral, "narrative")
    seen = referral.version
    amend(coordinator, referral, "narrative", narrative="Words of another")
    with pytest.raises(Conflict) as conflict:
        amending.amend(coordinator, referral, part, {"narrative": "My words"}, reason="A slip", version=seen)
    assert list(conflict.value.stored.values()) == ["Words of another"]
    assert list(conflict.value.submitted.values()) == ["My words"]


def test_amended_answers_count_up_the_version_too(coordinator):
    referral = make_referral(coordinator)
    seen = referral.version
    amend(coordinator, referral, "section-service_wanted", mediation=True)
    assert referral.version > seen


def test_amending_nothing_keeps_nothing(coordinator, session):
    referral = make_referral(coordinator)
    assert not amend(coordinator, referral, "source")
    assert session.scalar(select(Amendment)) is None


def test_safeguarding_decision_is_amended_with_the_childs_part(coordinator, session):
    child = make_party(coordinator, role="child", forename="Bola", date_of_birth=date(2020, 1, 1))
    referral = make_referral(coordinator, others=[child])
    part = next(each for each in referral.case.involvements if each.role == "child")
    amend(coordinator, referral, f"{part.id}-child_details", safeguarding_decision="referred")
    assert part.safeguarding_decision == "referred"


def test_referral_is_amended_by_page(app, client, session):
    user = make_user("coordinator")
    sign_in(client, user)
    referral = make_referral(actor_of(user), narrative="First words", source="housing")
    commit()
    page = f"/referrals/{referral.id}/change/narrative"
    assert "First words" in client.get(page).get_data(as_text=True)
    version = referral.version
    missing = client.post(page, data={"narrative": "Other words", "version": version})
    assert errors_in(missing) == ["Enter why it is changed"]
    assert "Other words" in missing.get_data(as_text=True)
    data = {"narrative": "Other words", "reason": "A slip", "version": version}
    assert client.post(page, data=data).status_code == 302
    shown = client.get(f"/referrals/{referral.id}").get_data(as_text=True)
    assert "First words" in shown
    assert "Other words" in shown
    assert "A slip" in shown
    conflict = client.post(page, data={**data, "narrative": "Third words"})
    assert conflict.status_code == 409
    assert "Third words" in conflict.get_data(as_text=True)
    assert client.get(f"/referrals/{referral.id}/change/nothing").status_code == 404


@pytest.mark.parametrize("programme", ["asb_support", "channel", "community_marac", "dva_marac"])
def test_every_part_of_every_programme_has_its_page(app, client, programme):
    user = make_user("coordinator", programme)
    sign_in(client, user)
    referral = make_referral(actor_of(user), programme, others=_others(actor_of(user), programme))
    commit()
    for part in amending.parts_of(referral):
        assert client.get(f"/referrals/{referral.id}/change/{part.id}").status_code == 200, part.id


def _others(actor, programme):
    roles = [role.id for role in shelf.programme(programme).person_roles[1:]]
    return [make_party(actor, programme, role, forename=f"Quill {role}") for role in roles]
