"""The guided form, by its pages and by its service."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from casework.cases.models import Case, Entry, Exclusion, Task
from casework.crypto.vault import DataKey
from casework.extensions import now
from casework.people import service as people
from casework.people.models import Person
from casework.programmes import shelf
from casework.referrals import screening_forms
from casework.referrals.models import Answer, Draft, Referral
from tests.referrals.filling import ADA, begin, errors_in, fill_rest, form_of, required_answers, send
from tests.support.makers import (
    ASB,
    actor_of,
    commit,
    give_role,
    make_agency,
    make_referral,
    make_user,
    sign_in,
    subject_of,
)

PROGRAMMES = ("asb_support", "channel", "community_marac", "dva_marac")


@pytest.fixture
def coordinator(app, client):
    user = make_user("coordinator")
    sign_in(client, user)
    return user


def referral_of(response) -> uuid.UUID:
    found = re.search(r"referrals/([0-9a-f-]{36})", response.location)
    assert found
    return uuid.UUID(found[1])


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_referral_is_logged_and_accepted_in_every_programme(app, client, session, programme):
    user = make_user("coordinator", programme)
    actor = actor_of(user)
    sign_in(client, user)
    draft_id = begin(client, programme)
    fill_rest(client, actor, draft_id)
    assert client.get(f"/referrals/drafts/{draft_id}/check").status_code == 200

    response = send(client, draft_id)

    assert response.status_code == 302, errors_in(response)
    page = client.get(response.location).get_data(as_text=True)
    referral = session.get(Referral, referral_of(response))
    assert referral.reference in page
    for path in ("", "/screen", "/screen/accept", "/screen/decline", "/screen/return", "/screen/join"):
        shown = client.get(f"/referrals/{referral.id}{path}")
        assert shown.status_code == 200, path
        assert (shelf.programme(programme).handling or "Referral") in shown.get_data(as_text=True)
    schema, typed = screening_forms.accepting(actor, referral)
    data = {**required_answers(schema), "agency": typed["agency"], "version": typed["version"]}
    accepted = client.post(f"/referrals/{referral.id}/screen/accept", data=data)
    assert accepted.status_code == 302, errors_in(accepted)
    session.refresh(referral)
    assert referral.outcome == "accepted"
    assert session.get(Case, referral.case_id).stage_kind == "open"


def test_every_page_says_what_is_wrong_and_keeps_what_was_typed(coordinator, client, session):
    actor = actor_of(coordinator)
    draft_id = begin(client, ASB)
    wrong = {
        "person-1": {"address_postcode": "nowhere", "phone": "ring ring", "safe_times": "After <b>six</b>"},
        "person-1-subject_equality": {"gender": "not a code", "ethnicity": ""},
        "warnings": {"not_told_1": "Tom Okonjo", "not_told_why_1": ""},
        "source": {
            "received_on-day": "1",
            "received_on-month": "1",
            "received_on-year": "2099",
            "source": "",
        },
        "narrative": {"narrative": " "},
        "section-service_wanted": {"children_count": "a few"},
        "agreement": {"awareness": "unsafe_to_tell"},
        "sharing": {"basis_1": "because", "recipient_1": "Housing"},
        "risk-asb_matrix": {"band": "high"},
        "exclusions": {"user_1": "", "agency_1": str(coordinator.memberships[0].agency_id)},
    }
    for page, typed in wrong.items():
        response = client.post(f"/referrals/drafts/{draft_id}/pages/{page}", data={**typed, "version": 0})
        text = response.get_data(as_text=True)
        assert response.status_code == 422, page
        assert errors_in(response), page
        assert "<title>Error: " in text
        again = client.get(f"/referrals/drafts/{draft_id}/pages/{page}").get_data(as_text=True)
        for value in typed.values():
            if value.strip() and value not in ("not a code", "because"):
                assert value.replace("<", "&lt;").replace(">", "&gt;") in text, (page, value)
                assert value.replace("<", "&lt;").replace(">", "&gt;") in again, (page, value)
    assert form_of(actor, draft_id)
    assert send(client, draft_id).status_code == 422
    assert session.scalar(select(func.count()).select_from(Referral)) == 0


def test_search_needs_a_name_or_a_description(coordinator, client, session):
    response = client.post(f"/referrals/new/{ASB}", data={"postcode": "NW4 4BG"})
    assert response.status_code == 422
    assert errors_in(response) == ["Enter a name, or describe the person if it is not known"]
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_match_must_be_decided_on_before_anything_is_sent(coordinator, client, session):
    make_referral(actor_of(coordinator), forename="Adah", surname="Okonjo", date_of_birth=None)
    commit()
    draft_id = begin(client, ASB)
    shown = client.get(f"/referrals/drafts/{draft_id}/match/1").get_data(as_text=True)
    assert "Adah Okonjo" in shown
    assert "Near" in shown or "Sounds alike" in shown

    fill_rest(client, actor_of(coordinator), draft_id)
    response = send(client, draft_id)

    assert response.status_code == 422
    assert "Say whether Ada Okonjo is on record already" in errors_in(response)
    assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_choice_of_a_match_without_having_seen_the_list_is_refused(coordinator, client, session):
    make_referral(actor_of(coordinator), forename="Adah", surname="Okonjo")
    commit()
    draft_id = begin(client, ASB)
    response = client.post(f"/referrals/drafts/{draft_id}/match/1", data={"choice": "new", "seen": "guess"})
    assert response.status_code == 422


def choose(client, draft_id, choice, key="1"):
    text = client.get(f"/referrals/drafts/{draft_id}/match/{key}").get_data(as_text=True)
    seen = re.search(r'name="seen" value="([^"]*)"', text)
    assert seen
    data = {"choice": choice, "seen": seen[1]}
    return client.post(f"/referrals/drafts/{draft_id}/match/{key}", data=data)


def test_chosen_person_is_used_and_none_is_added(coordinator, client, session):
    earlier = make_referral(actor_of(coordinator), forename="Adah", surname="Okonjo", date_of_birth=None)
    known = subject_of(earlier)
    people.amend(actor_of(coordinator), known, phone="01632 960 001")
    people.move_home(
        actor_of(coordinator), known, lines="9 Old Street", postcode="N12 0QS", confidential=False
    )
    commit()
    draft_id = begin(client, ASB)
    assert choose(client, draft_id, str(known.id)).status_code == 302
    page = client.get(f"/referrals/drafts/{draft_id}/pages/person-1").get_data(as_text=True)
    assert "9 Old Street" in page
    assert "01632 960 001" in page
    fill_rest(client, actor_of(coordinator), draft_id, {"person-1": {"address_lines": "1 Mill Lane"}})

    referral = session.get(Referral, referral_of(send(client, draft_id)))

    assert session.scalar(select(func.count()).select_from(Person)) == 1
    person = subject_of(referral)
    assert person.id == known.id
    assert person.known_as == ["Ada Okonjo"]
    assert person.date_of_birth == date(1986, 3, 27)
    assert [address.one_line for address in person.addresses if address.current] == ["1 Mill Lane, NW4 4BG"]
    assert person.phone == "01632 960 001"
    # The earlier referral learns the age too.
    ages = (
        select(func.count()).select_from(Answer).where(Answer.field == "age", Answer.person_id == person.id)
    )
    assert session.scalar(ages) == 2


def test_person_of_another_programme_cannot_be_chosen(coordinator, client, session):
    other = make_referral(
        actor_of(make_user("coordinator", "channel")), "channel", forename="Ada", surname="Okonjo"
    )
    make_referral(actor_of(coordinator), forename="Adah", surname="Okonjo")
    commit()
    draft_id = begin(client, ASB)
    assert choose(client, draft_id, str(other.case.subject_id)).status_code == 422
    assert choose(client, draft_id, str(uuid.uuid4())).status_code == 422
    assert choose(client, draft_id, "same:9").status_code == 422


def test_unnamed_person_with_an_approximate_age_is_counted(coordinator, client, session):
    actor = actor_of(coordinator)
    draft_id = begin(client, ASB)
    added = client.post(f"/referrals/drafts/{draft_id}/people", data={"role": "perpetrator"})
    assert added.location.endswith("who-2")
    page = f"/referrals/drafts/{draft_id}/pages/who-2"
    assert client.get(page).status_code == 200
    searched = client.post(
        page, data={"description": "Man in the flat above", "approximate_age": "40", "version": 0}
    )
    assert searched.status_code == 302
    fill_rest(client, actor, draft_id)

    referral = session.get(Referral, referral_of(send(client, draft_id)))

    ages = session.execute(
        select(Answer.role, Answer.number).where(Answer.referral_id == referral.id, Answer.field == "age")
    )
    assert {tuple(row) for row in ages}.issuperset({("perpetrator", 40)})


def test_same_person_in_two_roles_is_one_person(coordinator, client, session):
    actor = actor_of(coordinator)
    draft_id = begin(client, ASB)
    client.post(f"/referrals/drafts/{draft_id}/people", data={"role": "perpetrator"})
    client.post(f"/referrals/drafts/{draft_id}/pages/who-2", data={**ADA, "version": 0})
    assert choose(client, draft_id, "same:1", key="2").status_code == 302
    fill_rest(client, actor, draft_id)
    referral = session.get(Referral, referral_of(send(client, draft_id)))
    assert session.scalar(select(func.count()).select_from(Person)) == 1
    assert "both_sides" in set(session.scalars(select(Task.kind).where(Task.case_id == referral.case_id)))


def test_person_taken_off_the_form_is_not_logged(coordinator, client, session):
    draft_id = begin(client, ASB)
    client.post(f"/referrals/drafts/{draft_id}/people", data={"role": "child"})
    client.post(f"/referrals/drafts/{draft_id}/pages/who-2", data={"forename": "Bola", "version": 0})
    assert client.post(f"/referrals/drafts/{draft_id}/people/2/remove").status_code == 302
    fill_rest(client, actor_of(coordinator), draft_id)
    send(client, draft_id)
    assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_facts_and_warnings_are_recorded_and_gaps_become_tasks(coordinator, client, session):
    draft_id = begin(client, ASB)
    given = {
        "warnings": {
            "not_told_1": "Tom Okonjo", "not_told_why_1": "He would find her", "staff_safety": "Large dog",
        },
        "agreement": {"agreement": "agreed"},
        "sharing": {"lawful_basis": "public_task", "recipient_1": "Housing", "shared_1": "no", "why_1": "No need"},
    }  # fmt: skip
    fill_rest(client, actor_of(coordinator), draft_id, given)

    referral = session.get(Referral, referral_of(send(client, draft_id)))

    entries = session.scalars(select(Entry).where(Entry.case_id == referral.case_id)).all()
    found = {(entry.kind, entry.code, entry.whom) for entry in entries}
    assert {
        ("warning", "must_not_be_told", "Tom Okonjo"),
        ("warning", "staff_safety", None),
        ("agreement", "agreed", None),
        ("sharing", None, "Housing"),
        ("sharing", None, "ASB victim support"),
    } <= found
    tasks = set(session.scalars(select(Task.kind).where(Task.case_id == referral.case_id)))
    page = client.get(f"/referrals/{referral.id}").get_data(as_text=True)
    for words in ("Agrees to support", "Public task", "Tom Okonjo", "He would find her", "Large dog"):
        assert words in page, words
    assert "awareness" in tasks
    assert not tasks & {"agreement", "sharing"}


def test_incident_that_led_to_it_begins_the_incident_log(coordinator, client, session):
    draft_id = begin(client, ASB)
    day = {f"incident_date-{box}": value for box, value in (("day", "2"), ("month", "1"), ("year", "2026"))}
    given = {"section-what_happened": {**day, "incident": "A brick through the window"}}
    fill_rest(client, actor_of(coordinator), draft_id, given)
    referral = session.get(Referral, referral_of(send(client, draft_id)))
    entry = session.scalar(select(Entry).where(Entry.case_id == referral.case_id, Entry.kind == "incident"))
    assert (entry.dated, entry.text, entry.referral_id) == (
        date(2026, 1, 2),
        "A brick through the window",
        referral.id,
    )


def test_high_risk_makes_the_case_urgent_before_it_is_screened(app, client, session):
    user = make_user("coordinator", "dva_marac")
    sign_in(client, user)
    draft_id = begin(client, "dva_marac")
    tool = shelf.programme("dva_marac").current_tools[0]
    yes = max(tool.answers, key=lambda answer: answer.score).id
    given = {f"risk-{tool.id}": {f"item_{item.id}": yes for item in tool.items}}
    fill_rest(client, actor_of(user), draft_id, given)
    referral = session.get(Referral, referral_of(send(client, draft_id)))
    case = session.get(Case, referral.case_id)
    assert case.urgent
    assert case.stage_kind == "screening"
    assert case.risk_score == tool.highest
    assert "Urgent" in client.get("/referrals").get_data(as_text=True)


def test_page_that_nobody_went_to_records_nothing(coordinator, client, session):
    """The lawful basis that is offered first is no basis until somebody has seen it offered."""
    form = form_of(actor_of(coordinator), begin(client, ASB))
    page = form.page("sharing")
    assert form.typed(page) == {"lawful_basis": "public_task"}
    assert form.values(page)["lawful_basis"] is None


def test_risk_page_left_alone_records_no_assessment(coordinator, client, session):
    draft_id = begin(client, ASB)
    fill_rest(client, actor_of(coordinator), draft_id)
    send(client, draft_id)
    assert session.scalar(select(func.count()).select_from(Entry).where(Entry.kind == "risk")) == 0


def test_exclusion_at_intake_hides_the_referral_everywhere(coordinator, client, session, app):
    hidden = make_user("coordinator", name="Cousin Of Hers")
    draft_id = begin(client, ASB)
    given = {"exclusions": {"user_1": str(hidden.id), "reason_1": "A relative"}}
    fill_rest(client, actor_of(coordinator), draft_id, given)
    referral_id = referral_of(send(client, draft_id))
    assert session.scalar(select(func.count()).select_from(Exclusion)) == 1

    theirs = app.test_client()
    sign_in(theirs, hidden)

    referral = session.get(Referral, referral_id)
    reference = referral.reference
    assert reference not in theirs.get("/referrals?outcome=all").get_data(as_text=True)
    assert reference not in theirs.get("/cases?state=all").get_data(as_text=True)
    for path in ("", "/screen", "/sent", "/screen/accept", "/change/source"):
        assert theirs.get(f"/referrals/{referral_id}{path}").status_code == 404, path
    assert theirs.get(f"/cases/{referral.case_id}").status_code == 404
    begun = theirs.post(f"/referrals/new/{ASB}", data=ADA)
    assert "/match/" not in begun.location  # the search finds nobody


def test_caseworker_cannot_exclude_but_the_coordinator_is_asked(app, client, session):
    user = make_user("caseworker")
    sign_in(client, user)
    draft_id = begin(client, ASB)
    assert client.get(f"/referrals/drafts/{draft_id}/pages/exclusions").status_code == 404
    fill_rest(client, actor_of(user), draft_id, {"warnings": {"conflict": "Her brother works in Housing"}})
    referral = session.get(Referral, referral_of(send(client, draft_id)))
    task = session.scalar(select(Task).where(Task.case_id == referral.case_id, Task.kind == "conflict"))
    assert "Her brother works in Housing" in task.text


def test_sending_twice_makes_one_referral(coordinator, client, session):
    draft_id = begin(client, ASB)
    fill_rest(client, actor_of(coordinator), draft_id)
    first, second = send(client, draft_id), send(client, draft_id)
    assert first.location == second.location
    assert session.scalar(select(func.count()).select_from(Referral)) == 1


def test_draft_and_its_key_are_destroyed_when_sent(coordinator, client, session):
    draft_id = begin(client, ASB)
    fill_rest(client, actor_of(coordinator), draft_id)
    send(client, draft_id)
    assert session.scalar(select(func.count()).select_from(Draft)) == 0
    assert session.get(DataKey, draft_id).wrapped is None


def test_draft_survives_a_timed_out_session(app, coordinator, client, session):
    draft_id = begin(client, ASB)
    client.post(
        f"/referrals/drafts/{draft_id}/pages/narrative", data={"narrative": "Noise every night", "version": 0}
    )
    with time_machine.travel(now() + timedelta(hours=11), tick=True):
        late = client.get(f"/referrals/drafts/{draft_id}/pages/narrative")
        assert late.status_code in (302, 401)
        sign_in(client, coordinator)
        assert client.get(f"/referrals/drafts/{draft_id}").status_code == 302
        again = client.get(f"/referrals/drafts/{draft_id}/pages/narrative").get_data(as_text=True)
        assert "Noise every night" in again
        fill_rest(client, actor_of(coordinator), draft_id)
        assert send(client, draft_id).status_code == 302


def test_date_received_begins_as_today_and_is_never_in_the_future(coordinator, client):
    draft_id = begin(client, ASB)
    text = client.get(f"/referrals/drafts/{draft_id}/pages/source").get_data(as_text=True)
    assert f'name="received_on-day" type="text" inputmode="numeric" value="{now().day}"' in text


def test_birth_after_the_receipt_stops_the_sending(coordinator, client):
    draft_id = begin(client, ASB, **{"date_of_birth-year": "2026", "date_of_birth-month": "6"})
    with time_machine.travel("2026-12-01 12:00+00:00"):
        sign_in(client, coordinator)
        fill_rest(client, actor_of(coordinator), draft_id)
        response = send(client, draft_id)
    assert response.status_code == 422
    assert "The date of birth of Ada Okonjo is after the date received" in errors_in(response)


def test_programme_is_chosen_where_there_are_several(app, client):
    user = make_user("coordinator")
    give_role(user, "coordinator", "channel")
    sign_in(client, user)
    assert "Channel" in client.get("/referrals/new").get_data(as_text=True)
    assert client.post("/referrals/new", data={}).status_code == 422
    assert client.post("/referrals/new", data={"programme": "dva_marac"}).status_code == 422
    assert client.post("/referrals/new", data={"programme": "channel"}).location.endswith("/new/channel")
    assert client.get("/referrals/new/dva_marac").status_code == 404


def test_case_of_an_outside_referral_is_held_by_the_host(app, client, session):
    make_user("coordinator")
    user = make_user("referrer", agency=make_agency("Hendon Surgery"))
    sign_in(client, user)
    draft_id = begin(client, ASB)
    fill_rest(client, actor_of(user), draft_id)
    response = send(client, draft_id)
    assert response.status_code == 302, errors_in(response)
    referral = session.get(Referral, referral_of(response))
    assert referral.referring_agency.name == "Hendon Surgery"
    assert referral.case.agency.name == "Host Agency"
    assert referral.route == "web_form"
    page = client.get(f"/referrals/{referral.id}").get_data(as_text=True)
    assert "It is waiting for a decision" in page
    assert "Ada Okonjo" in page
    assert "/cases/" not in page


def test_referrer_is_shown_nobody_on_record(app, client, session):
    make_referral(forename="Ada", surname="Okonjo")
    user = make_user("referrer", agency=make_agency("Hendon Surgery"))
    sign_in(client, user)
    response = client.post(f"/referrals/new/{ASB}", data=ADA)
    assert "/match/" not in response.location


def test_analyst_finds_no_form(app, client):
    sign_in(client, make_user("analyst"))
    assert client.get("/referrals/new").status_code == 403
    assert client.get(f"/referrals/new/{ASB}").status_code == 403
