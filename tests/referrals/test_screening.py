"""Deciding on referrals, by service and by page."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from sqlalchemy import func, select

from casework.access.vocabulary import OPERATOR
from casework.audit.models import AuditEntry
from casework.cases import service as cases
from casework.cases.models import Amendment, Case, Entry, Exclusion, Involvement, Task
from casework.crypto.vault import DataKey
from casework.errors import Conflict, Invalid, NotFound, Refused
from casework.people import service as people
from casework.people.models import Person
from casework.programmes import shelf
from casework.referrals import amending, answers, earlier, information, screening
from casework.referrals.models import Answer, InformationRequest, Referral
from tests.referrals.filling import errors_in
from tests.support.makers import (
    ASB,
    actor_of,
    commit,
    make_actor,
    make_agency,
    make_party,
    make_referral,
    make_user,
    sign_in,
    subject_of,
)


@pytest.fixture
def coordinator(app):
    return make_actor("coordinator")


def agency_of(actor) -> uuid.UUID:
    return actor.grants[0].agency_id


def accept(actor, referral, **more):
    screening.accept(actor, referral, version=referral.version, agency_id=agency_of(actor), **more)


def open_tasks(session, case_id) -> list[str]:
    return sorted(
        session.scalars(select(Task.kind).where(Task.case_id == case_id, Task.done_at_utc.is_(None)))
    )


# -- accepting -----------------------------------------------------------------------------------------------


def test_accepting_opens_the_case_and_stops_the_clock(coordinator, session):
    referral = make_referral(coordinator)
    worker = make_user("caseworker")
    accept(coordinator, referral, words="Thank you", worker_id=worker.id, checklist={"in_area": "yes"})
    case = session.get(Case, referral.case_id)
    assert (case.stage, case.stage_kind) == (shelf.programme(ASB).accepted_stage.id, "open")
    assert case.worker_id == worker.id
    assert (referral.outcome, referral.decision_words) == ("accepted", "Thank you")
    assert "screening" not in open_tasks(session, case.id)
    note = session.scalar(select(Entry).where(Entry.case_id == case.id, Entry.kind == "screening"))
    assert note.details == {"checklist": {"in_area": "yes"}}
    events = list(session.scalars(select(AuditEntry.event))) if session.commit() is None else []
    assert "referral.screened" in events


def test_case_goes_to_no_agency_that_it_is_hidden_from(coordinator):
    partner = make_agency("The Cousins' Agency")
    make_user("caseworker", agency=partner)
    referral = make_referral(coordinator)
    assert partner in screening.agencies_for(coordinator, referral)

    cases.exclude(coordinator, referral.case, agency_id=partner.id, reason="A cousin")

    assert partner not in screening.agencies_for(coordinator, referral)
    with pytest.raises(Invalid):
        screening.accept(coordinator, referral, version=referral.version, agency_id=partner.id)


def test_second_decision_is_a_conflict(coordinator):
    referral = make_referral(coordinator)
    accept(coordinator, referral)
    with pytest.raises(Conflict):
        accept(coordinator, referral)


def test_decision_on_an_old_version_is_a_conflict(coordinator):
    referral = make_referral(coordinator)
    with pytest.raises(Conflict):
        screening.accept(
            coordinator, referral, version=referral.version + 1, agency_id=agency_of(coordinator)
        )


def test_programme_says_who_may_decline(app):
    caseworker = make_actor("caseworker")
    referral = make_referral(caseworker)
    with pytest.raises(Refused):
        screening.decline(caseworker, referral, version=referral.version, reason="duplicate", words="Twice")


def test_referrer_decides_nothing(app):
    make_actor("coordinator")
    referrer = make_actor("referrer", agency=make_agency("Hendon Surgery"))
    referral = make_referral(referrer, referring_agency_id=agency_of(referrer))
    with pytest.raises(Refused):
        accept(referrer, referral)


def test_caseworker_accepts_only_into_their_own_agency(app):
    caseworker = make_actor("caseworker")
    other = make_agency("Other Agency")
    make_user("caseworker", agency=other)
    referral = make_referral(caseworker)
    with pytest.raises(Invalid):
        screening.accept(caseworker, referral, version=referral.version, agency_id=other.id)


def test_coordinator_sends_a_case_to_an_agency_that_works_the_programme(coordinator, session):
    other = make_agency("Other Agency")
    make_user("caseworker", agency=other)
    referral = make_referral(coordinator)
    screening.accept(coordinator, referral, version=referral.version, agency_id=other.id)
    assert referral.case.agency_id == other.id


def test_worker_of_the_other_side_cannot_take_the_case(coordinator, session):
    worker = make_user("caseworker")
    first = make_referral(coordinator, forename="Ada")
    accept(coordinator, first, worker_id=worker.id)
    accused = make_party(coordinator, role="perpetrator", forename="Ada")
    victim = make_party(coordinator, forename="Bola")
    known = type(accused)(role="perpetrator", known=first.case.subject_id)
    second = make_referral(coordinator, parties=[victim, known])
    with pytest.raises(Invalid):
        accept(coordinator, second, worker_id=worker.id)


# -- declining -----------------------------------------------------------------------------------------------


def test_declining_keeps_reason_and_words_and_leaves_nothing_to_do(coordinator, session):
    referral = make_referral(coordinator)
    screening.decline(
        coordinator, referral, version=referral.version, reason="outside_area", words="Ask Brent"
    )
    assert (referral.outcome, referral.decline_reason, referral.decision_words) == (
        "declined",
        "outside_area",
        "Ask Brent",
    )
    assert referral.case.stage_kind == "declined"
    assert open_tasks(session, referral.case_id) == []


def test_decline_needs_a_reason_of_the_list(coordinator):
    referral = make_referral(coordinator)
    with pytest.raises(Invalid):
        screening.decline(coordinator, referral, version=referral.version, reason="because", words="No")


def test_declined_referral_can_be_considered_again(coordinator, session):
    referral = make_referral(coordinator)
    screening.decline(coordinator, referral, version=referral.version, reason="duplicate", words="Twice")
    screening.reconsider(coordinator, referral, version=referral.version, reason="It is not the same")
    assert (referral.outcome, referral.decided_on, referral.case.stage_kind) == ("waiting", None, "screening")
    assert "screening" in open_tasks(session, referral.case_id)


# -- asking for more -----------------------------------------------------------------------------------------


def test_question_returns_the_referral_and_its_answer_brings_it_back(coordinator, session):
    referral = make_referral(coordinator)
    asked = screening.return_for_information(
        coordinator, referral, version=referral.version, question="Where does she live now?"
    )
    assert (referral.outcome, referral.case.stage) == ("returned", "returned")
    assert asked.due_on > date.today()  # noqa: DTZ011 (any day ahead will do)
    assert "information" in open_tasks(session, referral.case_id)

    information.answer(coordinator, asked, "In Hendon")

    assert (referral.outcome, referral.case.stage) == ("waiting", "received")
    assert "information" not in open_tasks(session, referral.case_id)
    assert asked.answer == "In Hendon"


def test_referral_waits_for_the_last_of_several_answers(coordinator):
    referral = make_referral(coordinator)
    first, second = (
        screening.return_for_information(coordinator, referral, version=referral.version, question=words)
        for words in ("Where?", "Since when?")
    )
    information.answer(coordinator, first, "Hendon")
    assert referral.outcome == "returned"
    information.answer(coordinator, second, "May")
    assert referral.outcome == "waiting"


def test_question_is_answered_once(coordinator):
    referral = make_referral(coordinator)
    asked = screening.return_for_information(
        coordinator, referral, version=referral.version, question="Where?"
    )
    information.answer(coordinator, asked, "Hendon")
    with pytest.raises(Invalid):
        information.answer(coordinator, asked, "Finchley")


def test_question_about_another_agencys_referral_is_not_found(coordinator):
    referral = make_referral(coordinator)
    asked = screening.return_for_information(
        coordinator, referral, version=referral.version, question="Where?"
    )
    with pytest.raises(NotFound):
        information.request_for(make_actor("referrer", agency=make_agency("Hendon Surgery")), asked.id)


def test_returned_referral_can_be_accepted(coordinator):
    referral = make_referral(coordinator)
    screening.return_for_information(coordinator, referral, version=referral.version, question="Where?")
    accept(coordinator, referral)
    assert referral.outcome == "accepted"


# -- joining -------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(coordinator, session):
    """A case that is open, and a second referral about the same person under another spelling."""
    first = make_referral(
        coordinator,
        received_on=date(2026, 1, 5),
        forename="Ada",
        surname="Okonjo",
        source="housing",
        narrative="First words",
        person_answers={"gender": "female"},
    )
    accept(coordinator, first)
    second = make_referral(
        coordinator,
        received_on=date(2026, 2, 5),
        forename="Adah",
        surname="Okonjoh",
        date_of_birth=None,
        source="metropolitan_police",
        narrative="Second words",
        others=[make_party(coordinator, role="perpetrator", forename="Tom", surname="Hale")],
        person_answers={"gender": "female"},
        entries=[("warning", {"code": "staff_safety", "text": "Large dog"})],
    )
    return first, second


def test_joining_keeps_both_sources_and_seals_them_anew(coordinator, session, pair):
    first, second = pair
    case, emptied = first.case, second.case_id
    new, known = second.case.subject_id, case.subject_id

    screening.join(coordinator, second, case.id, version=second.version, same={new: known}, words="Thank you")

    session.expire_all()
    referrals = session.scalars(
        select(Referral).where(Referral.case_id == case.id).order_by(Referral.received_on)
    ).all()
    assert [(each.source, each.narrative, each.outcome) for each in referrals] == [
        ("housing", "First words", "accepted"),
        ("metropolitan_police", "Second words", "joined"),
    ]
    assert session.get(Case, emptied) is None
    assert session.get(DataKey, emptied).wrapped is None
    warning = session.scalar(select(Entry).where(Entry.case_id == case.id, Entry.kind == "warning"))
    assert warning.text == "Large dog"


def test_joining_makes_two_records_of_one_person_one(coordinator, session, pair):
    first, second = pair
    new, known = second.case.subject_id, first.case.subject_id
    screening.join(coordinator, second, first.case_id, version=second.version, same={new: known})
    session.expire_all()
    assert session.get(Person, new) is None
    assert session.get(Person, known).known_as == ["Adah Okonjoh"]
    roles = session.execute(
        select(Involvement.role, Involvement.person_id).where(Involvement.case_id == first.case_id)
    ).all()
    assert sorted(row.role for row in roles) == ["perpetrator", "subject"]
    assert session.scalar(select(func.count()).select_from(Answer).where(Answer.person_id == new)) == 0
    assert session.scalar(select(func.count()).select_from(Answer).where(Answer.person_id == known)) >= 3
    ages = session.scalars(
        select(Answer.number).where(
            Answer.referral_id == second.id, Answer.field == "age", Answer.role == "subject"
        )
    ).all()
    assert ages == [39]
    found = people.search(coordinator, ASB, names=["Adah", "Okonjoh"])
    assert [match.person.id for match in found][:1] == [known]


def test_joining_a_case_that_was_heard_needs_words(coordinator, session, pair):
    first, second = pair
    first.case.heard_on = date(2026, 1, 20)
    session.flush()
    with pytest.raises(Invalid) as fault:
        screening.join(coordinator, second, first.case_id, version=second.version)
    assert "why" in fault.value.errors
    screening.join(coordinator, second, first.case_id, version=second.version, why="New incident")
    assert second.case_id == first.case_id


def test_joining_a_closed_case_is_refused(coordinator, session, pair):
    first, second = pair
    case = first.case
    case.stage, case.stage_kind, case.closed_on, case.closure_reason = (
        "closed", "closed", date(2026, 2, 1), "needs_met",
    )  # fmt: skip
    session.flush()
    with pytest.raises(Invalid):
        screening.join(coordinator, second, case.id, version=second.version)


def test_joining_a_case_that_one_may_not_see_is_not_found(coordinator, session, pair):
    first, second = pair
    cases.exclude(OPERATOR, first.case, user_id=coordinator.id, reason="A relative")
    with pytest.raises(NotFound):
        screening.join(coordinator, second, first.case_id, version=second.version)


def test_exclusions_move_with_a_joined_referral(coordinator, session, pair):
    first, second = pair
    hidden = make_user("coordinator")
    cases.exclude(coordinator, second.case, user_id=hidden.id, reason="A relative")
    screening.join(coordinator, second, first.case_id, version=second.version)
    kept = session.scalars(select(Exclusion).where(Exclusion.case_id == first.case_id)).all()
    assert [(each.user_id, each.reason) for each in kept] == [(hidden.id, "A relative")]


def test_gaps_and_clocks_have_one_task_each_after_joining(coordinator, session, pair):
    first, second = pair
    screening.join(coordinator, second, first.case_id, version=second.version)
    kinds = open_tasks(session, first.case_id)
    assert len(kinds) == len(set(kinds))
    assert "screening" not in kinds


def test_referral_joins_another_that_waits_which_goes_on_waiting(coordinator, session):
    first, second = make_referral(coordinator, forename="Ada"), make_referral(coordinator, forename="Adah")
    screening.join(coordinator, second, first.case_id, version=second.version)
    assert (first.outcome, second.outcome) == ("waiting", "joined")
    assert "screening" in open_tasks(session, first.case_id)


def test_questions_move_with_a_joined_referral(coordinator, session, pair):
    first, second = pair
    screening.return_for_information(coordinator, second, version=second.version, question="Where?")
    screening.join(coordinator, second, first.case_id, version=second.version)
    session.expire_all()
    asked = session.scalar(select(InformationRequest))
    assert (asked.case_id, asked.question) == (first.case_id, "Where?")


def test_person_of_other_cases_is_not_adopted(coordinator, session, pair):
    first, second = pair
    known = type(make_party(coordinator))(role="subject", known=second.case.subject_id)
    make_referral(coordinator, parties=[known])
    with pytest.raises(Invalid, match="other cases"):
        screening.join(
            coordinator,
            second,
            first.case_id,
            version=second.version,
            same={subject_of(second).id: subject_of(first).id},
        )


# -- what came before ----------------------------------------------------------------------------------------


def test_past_counts_every_earlier_referral_that_may_be_the_same(coordinator, pair):
    _, second = pair
    past = earlier.past_of(coordinator, second)
    assert earlier.days_of(past) == [date(2026, 1, 5)]
    assert [case.id for case in past[0].candidates[0].cases]


def test_past_hints_at_nothing_that_is_hidden(coordinator, session, pair):
    first, second = pair
    cases.exclude(OPERATOR, first.case, user_id=coordinator.id, reason="A relative")
    past = earlier.past_of(coordinator, second)
    assert earlier.days_of(past) == []
    assert all(not each.candidates for each in past)


# -- pages ---------------------------------------------------------------------------------------------------


@pytest.fixture
def signed_in(app, client):
    user = make_user("coordinator")
    sign_in(client, user)
    return user


def test_screening_page_shows_the_past_and_the_ways(signed_in, client, session):
    actor = actor_of(signed_in)
    make_referral(actor, received_on=date(2026, 1, 5), forename="Ada")
    second = make_referral(actor, forename="Adah")
    commit()
    text = client.get(f"/referrals/{second.id}/screen").get_data(as_text=True)
    viewed = select(AuditEntry.subject_id).where(AuditEntry.event == "referral.viewed")
    assert list(session.scalars(viewed)) == [second.id]
    assert "1 earlier referral" in text
    assert "5 January 2026" in text
    for words in ("Accept as a new case", "Join another case", "Return for information", "Decline"):
        assert words in text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("accept", {"agency": ""}),
        ("accept", {"agency": "nobody"}),
        ("decline", {"reason": "", "words": "No"}),
        ("decline", {"reason": "duplicate", "words": ""}),
        ("return", {"question": ""}),
        ("return", {"question": "Where?", "due_on-day": "1", "due_on-month": "1", "due_on-year": "2020"}),
        ("join", {}),
        ("join", {"reference": "ASB-1999-0001"}),
    ],
)
def test_decision_pages_say_what_is_wrong(signed_in, client, path, data):
    referral = make_referral(actor_of(signed_in))
    commit()
    response = client.post(f"/referrals/{referral.id}/screen/{path}", data={**data, "version": 1})
    assert response.status_code == 422
    assert errors_in(response)


def test_join_by_pages(signed_in, client, session):
    actor = actor_of(signed_in)
    first = make_referral(actor, forename="Ada")
    second = make_referral(actor, forename="Adah")
    commit()
    chosen = client.post(f"/referrals/{second.id}/screen/join", data={"reference": first.reference})
    assert chosen.location.endswith(f"/join/{first.case_id}")
    page = client.get(chosen.location).get_data(as_text=True)
    assert "Who in that case is Adah Okonjo" in page
    data = {
        f"person_{subject_of(second).id.hex}": str(first.case.subject_id),
        "words": "Thank you",
        "version": second.version,
    }
    assert client.post(chosen.location, data={"words": "", "version": second.version}).status_code == 422
    joined = client.post(chosen.location, data=data)
    assert joined.status_code == 302, errors_in(joined)
    assert session.get(Referral, second.id).case_id == first.case_id
    assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_decision_by_two_people_is_a_conflict_page(signed_in, client):
    actor = actor_of(signed_in)
    referral = make_referral(actor)
    commit()
    data = {"reason": "duplicate", "words": "Twice", "version": referral.version}
    assert client.post(f"/referrals/{referral.id}/screen/decline", data=data).status_code == 302
    assert client.post(f"/referrals/{referral.id}/screen/decline", data=data).status_code == 409


def test_channel_records_the_gateway_at_screening(app, client, session):
    user = make_user("coordinator", "channel")
    sign_in(client, user)
    referral = make_referral(actor_of(user), "channel")
    commit()
    page = client.get(f"/referrals/{referral.id}/screen/accept").get_data(as_text=True)
    assert 'name="gateway_outcome"' in page
    assert "OFFICIAL-SENSITIVE" in page
    outcome = shelf.programme("channel").field("gateway_outcome")
    code = shelf.programme("channel").list(str(outcome.list)).codes[0].id
    data = {
        "agency": str(referral.case.agency_id),
        "gateway_outcome": code,
        "national_case_reference": "PCMT 1234",
        "version": referral.version,
    }
    assert client.post(f"/referrals/{referral.id}/screen/accept", data=data).status_code == 302
    session.expire_all()
    held = answers.read(session.get(Referral, referral.id), "referral")
    assert held["gateway_outcome"] == code
    assert held["national_case_reference"] == "PCMT 1234"


# -- what the referrer sees ----------------------------------------------------------------------------------


@pytest.fixture
def referred(app, client):
    """A referral of an outside agency, its referrer signed in, and the coordinator who decides."""
    coordinator = make_actor("coordinator")
    agency = make_agency("Hendon Surgery")
    user = make_user("referrer", agency=agency)
    referral = make_referral(actor_of(user), referring_agency_id=agency.id, source="housing")
    sign_in(client, user)
    commit()
    return referral, coordinator


def test_referrer_answers_a_question_on_the_page(referred, client, session):
    referral, coordinator = referred
    asked = screening.return_for_information(
        coordinator, referral, version=referral.version, question="Where does she live?"
    )
    commit()
    page = client.get(f"/referrals/{referral.id}").get_data(as_text=True)
    assert "Where does she live?" in page
    form = f"/referrals/questions/{asked.id}"
    assert form in page
    assert client.post(form, data={"answer": ""}).status_code == 422
    assert client.post(form, data={"answer": "In Hendon"}).status_code == 302
    assert session.get(Referral, referral.id).outcome == "waiting"


def test_referrer_reads_the_decision_and_nothing_of_the_case(referred, client, session):
    referral, coordinator = referred
    first = make_referral(coordinator, forename="Adaeze", narrative="Other words")
    screening.join(
        coordinator,
        referral,
        first.case_id,
        version=referral.version,
        same={subject_of(referral).id: subject_of(first).id},
        words="We will be in touch",
    )
    commit()
    page = client.get(f"/referrals/{referral.id}").get_data(as_text=True)
    assert "We will be in touch" in page
    assert "We have accepted it." in page
    for secret in ("Adaeze", "Other words", first.reference, "oined", "/cases/"):
        assert secret not in page, secret


def test_decline_shows_its_reason_to_the_referrer(referred, client):
    referral, coordinator = referred
    screening.decline(
        coordinator, referral, version=referral.version, reason="outside_area", words="Please ask Brent"
    )
    commit()
    page = client.get(f"/referrals/{referral.id}").get_data(as_text=True)
    assert "Outside the area" in page
    assert "Please ask Brent" in page


def test_amendments_stay_with_a_joined_case(coordinator, session, pair):
    first, second = pair
    part = amending.part_of(second, "narrative")
    amending.amend(
        coordinator,
        second,
        part,
        {"narrative": "Second words, put right"},
        reason="A slip",
        version=second.version,
    )
    screening.join(coordinator, second, first.case_id, version=second.version)
    session.expire_all()
    kept = session.scalar(select(Amendment).where(Amendment.subject_id == second.id))
    assert kept.case_id == first.case_id
    assert kept.reason == "A slip"
