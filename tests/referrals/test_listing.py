"""The list of referrals: what it is narrowed to, and what those outside are told of their own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR, Actor
from casework.audit.models import AuditEntry
from casework.cases import service as cases
from casework.extensions import db
from casework.paging import SIZE
from casework.people import service as people
from casework.referrals import screening
from casework.referrals.listing import UNDECIDED, Filter, page_of_referrals, waiting
from casework.referrals.models import Referral
from tests.support import makers
from tests.support.listed import make_case, statements

DVA = "dva_marac"


def make_row(reference: str, programme: str = makers.ASB, **columns: Any) -> Referral:
    """A referral with its case, as far as the list needs them."""
    decided = columns.get("outcome", "waiting") not in ("waiting", "returned")
    values = {"received_on": date(2026, 5, 4), "decided_on": date(2026, 5, 5) if decided else None, **columns}
    case = make_case(reference, programme, stage=None if decided else "received")
    row = Referral(case_id=case.id, programme=programme, reference=reference, **values)
    db.session.add(row)
    db.session.flush()
    return row


def listed(actor: Actor, **wanted: Any) -> list[str]:
    """The references on the first page; every outcome, unless one is asked for."""
    return [row.reference for row in page_of_referrals(actor, Filter(**{"outcome": None, **wanted})).rows]


@pytest.mark.parametrize(
    ("wanted", "references"),
    [
        ({}, "ABCDE"),
        ({"outcome": UNDECIDED}, "AB"),
        ({"outcome": "waiting"}, "A"),
        ({"outcome": "returned"}, "B"),
        ({"outcome": "accepted"}, "C"),
        ({"outcome": "joined"}, "D"),
        ({"outcome": "declined"}, "E"),
        ({"source": "housing"}, "AC"),
        ({"received_from": date(2026, 3, 1)}, "CDE"),
        ({"received_to": date(2026, 3, 1)}, "ABC"),
        ({"source": "housing", "outcome": "accepted"}, "C"),
        ({"programme": makers.ASB}, "ABCDE"),
        ({"programme": DVA}, ""),
    ],
)
def test_a_filter_narrows_the_list_to_what_it_says(
    app: Flask, wanted: dict[str, Any], references: str
) -> None:
    outcomes = {"A": "waiting", "B": "returned", "C": "accepted", "D": "joined", "E": "declined"}
    for month, (reference, outcome) in enumerate(outcomes.items(), start=1):
        source = "housing" if reference in "AC" else "self_referrals"
        make_row(reference, outcome=outcome, received_on=date(2026, month, 1), source=source)

    page = page_of_referrals(makers.make_actor("coordinator"), Filter(**{"outcome": None, **wanted}))

    assert "".join(sorted(row.reference for row in page.rows)) == references
    assert page.total == len(references)


@pytest.mark.parametrize(
    ("sort", "descending", "references"),
    [
        ("received", True, ["C", "A", "B"]),
        ("received", False, ["B", "A", "C"]),
        ("reference", False, ["A", "B", "C"]),
        ("reference", True, ["C", "B", "A"]),
    ],
)
def test_the_list_sorts_either_way(app: Flask, sort: str, descending: bool, references: list[str]) -> None:
    for reference, day in (("A", 2), ("B", 1), ("C", 3)):
        make_row(reference, received_on=date(2026, 1, day))

    assert listed(makers.make_actor("coordinator"), sort=sort, descending=descending) == references


def test_pages_follow_each_other_without_gap_or_repeat(app: Flask) -> None:
    for number in range(SIZE + 3):
        make_row(f"{number:03}")
    actor = makers.make_actor("coordinator")

    first, second = (page_of_referrals(actor, Filter(), number) for number in (1, 2))

    assert (len(first.rows), len(second.rows), second.total) == (SIZE, 3, SIZE + 3)
    assert {row.id for row in first.rows}.isdisjoint(row.id for row in second.rows)
    assert page_of_referrals(actor, Filter(), 9).number == 2


def test_the_number_of_statements_does_not_grow_with_the_number_of_referrals(app: Flask) -> None:
    actor, referrer = makers.make_actor("coordinator"), makers.make_actor("referrer")
    counts = []
    for _ in range(2):
        for surname in ("Okonjo", "Iyer", "Quill"):
            makers.make_referral(actor, surname=surname, referring_agency_id=referrer.grants[0].agency_id)
        makers.commit()
        for each in (actor, referrer):
            db.session.remove()
            with statements() as sent:
                assert page_of_referrals(each, Filter()).rows
            counts.append(len([each for each in sent if each.startswith("SELECT")]))

    assert counts == [3, 3, 3, 3]


def test_an_exclusion_hides_a_referral_from_list_total_and_count(app: Flask) -> None:
    user = makers.make_user("coordinator")
    makers.make_referral(surname="Okonjo")
    hidden = makers.make_referral(surname="Quill")
    cases.exclude(OPERATOR, hidden.case, user_id=user.id, reason="A cousin")

    page = page_of_referrals(makers.actor_of(user), Filter())

    assert [row.name for row in page.rows] == ["Ada Okonjo"]
    assert (page.total, waiting(makers.actor_of(user))) == (1, 1)


def test_an_exclusion_holds_against_the_agency_that_referred(app: Flask) -> None:
    school = makers.make_agency("A school")
    referral = makers.make_referral(referring_agency_id=school.id)
    referrer = makers.make_actor("referrer", agency=school)
    assert listed(referrer) == [referral.reference]

    cases.exclude(OPERATOR, referral.case, agency_id=school.id, reason="The accused teaches there")

    assert listed(referrer) == []


def test_a_referrer_is_shown_their_agencys_referrals_alone(app: Flask) -> None:
    school, clinic = makers.make_agency("A school"), makers.make_agency("A clinic")
    ours = makers.make_referral(referring_agency_id=school.id)
    makers.make_referral(referring_agency_id=clinic.id)
    makers.make_referral()

    assert listed(makers.make_actor("referrer", agency=school)) == [ours.reference]


def test_a_caseworker_is_shown_what_their_agency_is_to_work(app: Flask) -> None:
    ours = makers.make_referral()
    theirs = makers.make_referral(makers.make_actor("coordinator", agency=makers.make_agency("Another")))

    assert listed(makers.make_actor("caseworker")) == [ours.reference]
    assert sorted(listed(makers.make_actor("coordinator"))) == sorted([ours.reference, theirs.reference])


# -- what a referrer is not told -------------------------------------------------------------------


@pytest.fixture
def joined(app: Flask) -> tuple[Actor, Actor, Referral]:
    """A school's referral that joined a case; the school's referrer, the coordinator, and the referral."""
    school = makers.make_agency("A school")
    coordinator = makers.make_actor("coordinator")
    earlier = makers.make_referral(coordinator, forename="Ada", surname="Okonjo")
    later = makers.make_referral(
        coordinator, forename="Adah", surname="Okonjoe", referring_agency_id=school.id
    )
    (known,) = [part.person_id for part in earlier.case.involvements]
    db.session.expire_all()
    (new,) = [part.person_id for part in later.case.involvements]
    screening.join(coordinator, later, earlier.case_id, version=later.version, same={new: known})
    earlier.case.urgent = True
    makers.commit()
    return makers.make_actor("referrer", agency=school), coordinator, later


def test_a_referrer_is_told_that_a_referral_was_accepted_not_that_it_joined_a_case(
    joined: tuple[Actor, Actor, Referral],
) -> None:
    referrer, coordinator, _ = joined

    (theirs,) = page_of_referrals(referrer, Filter(outcome=None)).rows

    assert (theirs.outcome, theirs.urgent) == ("accepted", False)
    assert listed(referrer, outcome="accepted") == [theirs.reference]
    assert listed(referrer, outcome="joined") == []
    assert listed(coordinator, outcome="joined") == [theirs.reference]


def test_a_referrer_is_shown_the_name_they_gave_and_not_the_records(
    joined: tuple[Actor, Actor, Referral],
) -> None:
    referrer, coordinator, later = joined
    subject = later.case.subject
    assert subject is not None
    people.amend(coordinator, subject, surname="Newname")
    makers.commit()

    (theirs,) = page_of_referrals(referrer, Filter(outcome=None)).rows
    ours = [row.name for row in page_of_referrals(coordinator, Filter(outcome=None)).rows]

    assert theirs.name == "Adah Okonjoe"
    assert ours == ["Ada Newname", "Ada Newname"]


# -- the page --------------------------------------------------------------------------------------


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> Any:
    """Opens the page for a coordinator of ASB support."""
    makers.sign_in(client, makers.make_user("coordinator"))

    def opened(query: str = "") -> str:
        response = client.get(f"/referrals{query}")
        assert response.status_code == 200
        return response.get_data(as_text=True)

    return opened


def test_the_page_shows_a_referral_with_its_name_source_and_outcome(page: Any) -> None:
    school = makers.make_agency("Tamarind Park School")
    referral = makers.make_referral(
        source="housing", received_on=date(2026, 5, 4), referring_agency_id=school.id
    )

    body = page()

    for words in ("Ada Okonjo", referral.reference, "Housing", "4 May 2026", "Tamarind Park School"):
        assert words in body
    assert "Waiting to be screened</strong>" in body
    assert "Showing the only referral waiting for a decision" in body
    assert f'href="/referrals/{referral.id}"' in body


def test_those_waiting_are_shown_until_another_outcome_is_asked_for(page: Any) -> None:
    make_row("WAIT-1")
    make_row("GONE-1", outcome="declined")

    assert ("WAIT-1" in page(), "GONE-1" in page()) == (True, False)
    assert ("WAIT-1" in page("?outcome=declined"), "GONE-1" in page("?outcome=declined")) == (False, True)
    assert "WAIT-1" in page("?outcome=all")
    assert "GONE-1" in page("?outcome=all")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("received_from=nonsense", "Received from must be a real date, like 27 3 2026"),
        ("received_from=2026-05-01&received_to=2026-04-01", "Received to must be the same as or after"),
        ("source=%00%ff", "Source must be chosen from the list"),
        ("outcome=maybe", "Outcome must be chosen from the list"),
    ],
)
def test_a_filter_that_means_nothing_is_said_and_left_out(page: Any, query: str, words: str) -> None:
    make_row("WAIT-1")

    body = page(f"?{query}&page=zzz&sort=zzz")

    assert words in body
    assert "WAIT-1" in body


def test_a_list_that_filters_leave_empty_says_so(page: Any) -> None:
    make_row("WAIT-1", source="housing")

    body = page("?source=self_referrals")

    assert "No referral waiting for a decision fits these filters" in body


def test_when_none_waits_the_page_leads_to_all_of_them(page: Any) -> None:
    make_row("GONE-1", outcome="declined")

    body = page()

    assert "No referral is waiting for a decision" in body
    assert 'href="/referrals?outcome=all"' in body


def test_referrals_of_two_programmes_are_told_apart(app: Flask, client: FlaskClient) -> None:
    user = makers.make_user("coordinator", makers.ASB)
    makers.give_role(user, "coordinator", DVA)
    makers.sign_in(client, user)
    make_row("A-1")
    make_row("D-1", DVA)

    body = client.get("/referrals").get_data(as_text=True)

    assert "A-1, ASB" in body
    assert "D-1, " in body


def test_a_referrers_page_never_says_that_there_was_a_case(
    joined: tuple[Actor, Actor, Referral], client: FlaskClient
) -> None:
    user = makers.make_user("referrer", agency=makers.make_agency("A school"))
    makers.sign_in(client, user)

    body = client.get("/referrals?outcome=all").get_data(as_text=True)

    assert "Adah Okonjoe" in body
    assert "Accepted</strong>" in body
    assert "Joined" not in body
    assert "Urgent" not in body


def test_opening_the_page_is_in_the_trail_without_a_name(page: Any) -> None:
    makers.make_referral()
    page("?outcome=waiting")

    query = select(AuditEntry).where(AuditEntry.details["list"].as_string() == "referrals")
    (entry,) = db.session.scalars(query)
    assert entry.details == {"list": "referrals", "rows": 1}


@pytest.mark.parametrize("role", ["panel_member", "analyst", "administrator", "auditor"])
def test_roles_that_see_no_referral_have_no_list(app: Flask, client: FlaskClient, role: str) -> None:
    makers.sign_in(client, makers.make_user(role))

    assert client.get("/referrals").status_code == 403
