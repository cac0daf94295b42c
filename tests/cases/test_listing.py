"""The list of cases: what it is narrowed to, in which order, whose it shows, and what it costs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from casework.access.vocabulary import OPERATOR, Actor
from casework.accounts import service as accounts
from casework.audit.models import AuditEntry
from casework.cases import service as cases
from casework.cases import sharing
from casework.cases.listing import MINE, UNALLOCATED, Filter, page_of_cases
from casework.crypto import vault
from casework.extensions import db
from casework.forms import today
from casework.paging import SIZE
from tests.support import makers
from tests.support.listed import make_case, statements

DVA = "dva_marac"


def listed(actor: Actor, **wanted: Any) -> list[str]:
    """The references on the first page; every state, unless one is asked for."""
    return [row.reference for row in page_of_cases(actor, Filter(**{"state": None, **wanted})).rows]


# -- narrowing -------------------------------------------------------------------------------------


@pytest.fixture
def five(app: Flask) -> Actor:
    """Five cases that differ in what a list is narrowed by; returns their coordinator."""
    worker = makers.make_user("caseworker", name="Wendy Iqbal")
    recent, past = today() - timedelta(days=10), today() - timedelta(days=60)
    make_case("A", opened_on=date(2026, 1, 10), worker_id=worker.id, urgent=True, last_contact_on=recent)
    make_case("B", opened_on=date(2026, 2, 10), risk_band="high", risk_score=40, last_contact_on=past)
    make_case("C", opened_on=date(2026, 3, 10), stage="supporting", risk_band="low", risk_score=3)
    make_case("D", opened_on=date(2026, 4, 10), stage="received", worker_id=worker.id)
    make_case("E", opened_on=date(2026, 5, 10), stage="closed", last_contact_on=past)
    return makers.make_actor("coordinator")


@pytest.mark.parametrize(
    ("wanted", "references"),
    [
        ({}, "ABCDE"),
        ({"programme": makers.ASB}, "ABCDE"),
        ({"programme": DVA}, ""),
        ({"state": "open"}, "ABC"),
        ({"state": "screening"}, "D"),
        ({"state": "closed"}, "E"),
        ({"state": "declined"}, ""),
        ({"stage": "supporting"}, "C"),
        ({"risk_band": "high"}, "B"),
        ({"urgent": "yes"}, "A"),
        ({"urgent": "no"}, "BCDE"),
        ({"quiet": "yes"}, "BC"),
        ({"quiet": "no"}, "ADE"),
        ({"opened_from": date(2026, 3, 10)}, "CDE"),
        ({"opened_to": date(2026, 3, 10)}, "ABC"),
        ({"opened_from": date(2026, 2, 1), "opened_to": date(2026, 3, 31)}, "BC"),
        ({"worker": UNALLOCATED}, "BCE"),
        ({"worker": MINE}, ""),
        ({"state": "open", "worker": UNALLOCATED, "risk_band": "low"}, "C"),
    ],
)
def test_a_filter_narrows_the_list_to_what_it_says(
    five: Actor, wanted: dict[str, Any], references: str
) -> None:
    page = page_of_cases(five, Filter(**{"state": None, **wanted}))

    assert "".join(sorted(row.reference for row in page.rows)) == references
    assert page.total == len(references)


def test_cases_of_a_worker_are_theirs_for_everybody(app: Flask) -> None:
    worker = makers.make_user("caseworker")
    make_case("A", worker_id=worker.id)
    make_case("B")

    assert listed(makers.make_actor("coordinator"), worker=str(worker.id)) == ["A"]
    assert listed(makers.actor_of(worker), worker=MINE) == ["A"]


def test_mine_are_those_too_of_whom_i_cover(app: Flask) -> None:
    away, covering = makers.make_user("caseworker"), makers.make_user("caseworker")
    make_case("A", worker_id=away.id)
    make_case("B")
    accounts.arrange_cover(makers.make_actor("manager"), away, covering, makers.ASB, today(), today())

    assert listed(makers.actor_of(covering), worker=MINE) == ["A"]


# -- order and pages -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "ascending"),
    [("reference", "ABCD"), ("opened", "BACD"), ("risk", "CBAD"), ("contact", "CABD")],
)
def test_the_list_sorts_either_way_and_what_is_not_known_stands_last(
    app: Flask, sort: str, ascending: str
) -> None:
    make_case("A", opened_on=date(2026, 2, 2), risk_score=30, last_contact_on=date(2026, 6, 2))
    make_case("B", opened_on=date(2026, 2, 1), risk_score=20, last_contact_on=date(2026, 6, 3))
    make_case("C", opened_on=date(2026, 2, 3), risk_score=10, last_contact_on=date(2026, 6, 1))
    make_case("D", opened_on=date(2026, 2, 4))
    actor = makers.make_actor("coordinator")

    up = listed(actor, sort=sort, descending=False)
    down = listed(actor, sort=sort, descending=True)

    assert "".join(up) == ascending
    unknown_last = sort in ("risk", "contact")
    assert "".join(down) == (ascending[2::-1] + "D" if unknown_last else ascending[::-1])


def test_pages_follow_each_other_without_gap_or_repeat(app: Flask) -> None:
    day = date(2026, 3, 1)
    for number in range(SIZE * 2 + 7):
        make_case(f"{number:03}", opened_on=day)  # all of one day: only the id tells them apart
    actor = makers.make_actor("coordinator")

    pages = [page_of_cases(actor, Filter(), number) for number in (1, 2, 3)]

    assert [len(page.rows) for page in pages] == [SIZE, SIZE, 7]
    assert {page.total for page in pages} == {SIZE * 2 + 7}
    assert len({row.id for page in pages for row in page.rows}) == SIZE * 2 + 7
    assert page_of_cases(actor, Filter(), 99).number == 3


# -- whose ----------------------------------------------------------------------------------------


def test_a_caseworker_is_shown_their_agencys_cases_and_those_given_to_them(app: Flask) -> None:
    other = makers.make_agency("Another Agency")
    worker = makers.make_user("caseworker")
    make_case("ours")
    make_case("theirs", agency_id=other.id)
    make_case("theirs, given to me", agency_id=other.id, worker_id=worker.id)

    page = page_of_cases(makers.actor_of(worker), Filter())

    assert {row.reference for row in page.rows} == {"ours", "theirs, given to me"}
    assert page.total == 2


def test_a_panel_member_is_shown_the_cases_in_which_their_agency_takes_part(app: Flask) -> None:
    partner = makers.make_agency("A partner")
    member = makers.make_actor("panel_member", agency=partner)
    coordinator = makers.make_actor("coordinator")
    make_case("not shared")
    shared = make_case("shared")
    sharing.share(coordinator, shared, partner.id)

    assert listed(member) == ["shared"]
    sharing.end_share(coordinator, shared, partner.id)
    assert listed(member) == []


@pytest.mark.parametrize("role", ["coordinator", "caseworker", "manager", "chair"])
def test_an_exclusion_hides_a_case_from_list_and_total(app: Flask, role: str) -> None:
    user = makers.make_user(role)
    make_case("seen")
    hidden = make_case("hidden")
    vault.make_key(hidden.id)
    cases.exclude(OPERATOR, hidden, user_id=user.id, reason="Their neighbour")

    page = page_of_cases(makers.actor_of(user), Filter())

    assert [row.reference for row in page.rows] == ["seen"]
    assert page.total == 1


def test_an_agency_that_is_excluded_sees_nothing_of_the_case(app: Flask) -> None:
    agency = makers.make_agency("Host Agency")
    hidden = make_case("hidden")
    vault.make_key(hidden.id)
    cases.exclude(OPERATOR, hidden, agency_id=agency.id, reason="The accused works there")

    assert listed(makers.make_actor("coordinator", agency=agency)) == []
    assert listed(makers.make_actor("coordinator", agency=makers.make_agency("Another"))) == ["hidden"]


def test_only_programmes_in_which_cases_may_be_seen_are_listed(app: Flask) -> None:
    user = makers.make_user("caseworker", makers.ASB)
    makers.give_role(user, "referrer", DVA)
    make_case("asb")
    make_case("dva", DVA)

    assert listed(makers.actor_of(user)) == ["asb"]
    assert listed(makers.actor_of(user), programme=DVA) == []


def test_two_programmes_are_listed_together(app: Flask) -> None:
    user = makers.make_user("coordinator", makers.ASB)
    makers.give_role(user, "coordinator", DVA)
    make_case("asb")
    make_case("dva", DVA)

    assert sorted(listed(makers.actor_of(user))) == ["asb", "dva"]
    assert listed(makers.actor_of(user), programme=DVA) == ["dva"]


# -- cost, trail, broken records -------------------------------------------------------------------


def test_the_number_of_statements_does_not_grow_with_the_number_of_cases(app: Flask) -> None:
    actor = makers.make_actor("coordinator")
    counts = []
    for _ in range(2):
        for number in range(12):
            make_case(name=f"Ada Okonjo{'abcdefghijkl'[number]}")
        makers.commit()
        db.session.remove()
        with statements() as sent:
            assert page_of_cases(actor, Filter()).rows
        counts.append(len([each for each in sent if each.startswith("SELECT")]))

    assert counts == [3, 3]


def test_that_a_list_was_seen_is_in_the_trail_without_a_name(app: Flask) -> None:
    actor = makers.make_actor("coordinator")
    make_case(name="Ada Okonjo")
    make_case(name="Bola Iyer")

    page_of_cases(actor, Filter(programme=makers.ASB))
    makers.commit()

    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "list.viewed"))
    assert (entry.actor_id, entry.programme) == (actor.id, makers.ASB)
    assert entry.details == {"list": "cases", "rows": 2}


def test_one_record_that_was_tampered_with_does_not_close_the_list(app: Flask) -> None:
    whole = make_case("whole", name="Ada Okonjo")
    broken = make_case("broken", name="Bola Iyer")
    makers.commit()
    assert whole.subject is not None
    assert broken.subject is not None
    sealed = bytearray(broken.subject.sealed or b"")
    sealed[-1] ^= 1
    db.session.execute(
        text(
            "UPDATE person SET sealed = :it WHERE id = (SELECT subject_id FROM case_record WHERE reference = 'broken')"
        ),
        {"it": bytes(sealed)},
    )
    makers.commit()

    names = {row.reference: row.name for row in page_of_cases(makers.make_actor(), Filter()).rows}

    assert names == {"whole": "Ada Okonjo", "broken": "Changed outside casework"}


# -- the page --------------------------------------------------------------------------------------


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> Any:
    """Opens the page for a coordinator of ASB support."""
    makers.sign_in(client, makers.make_user("coordinator"))

    def opened(query: str = "") -> str:
        response = client.get(f"/cases{query}")
        assert response.status_code == 200
        return response.get_data(as_text=True)

    return opened


def test_the_page_shows_a_case_with_its_name_worker_risk_and_last_contact(page: Any) -> None:
    case = make_case(
        "ASB-2026-0009",
        name="Ada Okonjo",
        worker_id=makers.make_user("caseworker", name="Wendy Iqbal").id,
        risk_band="high",
        urgent=True,
        last_contact_on=date(2026, 6, 3),
        opened_on=date(2026, 5, 4),
    )

    body = page()

    for words in (
        "Ada Okonjo",
        "ASB-2026-0009",
        "Wendy Iqbal",
        "High",
        "Urgent",
        "3 June 2026",
        "4 May 2026",
    ):
        assert words in body
    assert f'href="/cases/{case.id}"' in body
    assert "Showing the only open case" in body


def test_open_cases_are_shown_until_another_state_is_asked_for(page: Any) -> None:
    make_case("OPEN-1")
    make_case("CLOSED-1", stage="closed")

    assert ("OPEN-1" in page(), "CLOSED-1" in page()) == (True, False)
    assert ("OPEN-1" in page("?state=closed"), "CLOSED-1" in page("?state=closed")) == (False, True)
    for every in ("?state=all", "?state="):
        assert "OPEN-1" in page(every)
        assert "CLOSED-1" in page(every)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("opened_from=yesterday", "Opened from must be a real date, like 27 3 2026"),
        ("opened_from=2026-02-30", "Opened from must be a real date, like 27 3 2026"),
        ("opened_from=2026-05-01&opened_to=2026-04-01", "Opened to must be the same as or after Opened from"),
        ("worker=nonsense", "Worker must be chosen from the list"),
        ("worker=00000000-0000-0000-0000-000000000000", "Worker must be chosen from the list"),
        ("risk_band=%00", "Risk must be chosen from the list"),
        ("state=ajar", "State must be chosen from the list"),
        ("stage=ajar", "Stage must be chosen from the list"),
        ("urgent=1", "Urgency must be chosen from the list"),
    ],
)
def test_a_filter_that_means_nothing_is_said_and_left_out(page: Any, query: str, words: str) -> None:
    make_case("OPEN-1", urgent=True)
    make_case("OPEN-2")

    body = page(f"?{query}")

    assert f">{words}</a>" in body
    assert "OPEN-1" in body
    assert "OPEN-2" in body


@pytest.mark.parametrize("query", ["opened_to=nonsense&worker=none&urgent=yes", "urgent=yes&state=ajar"])
def test_filters_beside_one_that_means_nothing_hold(page: Any, query: str) -> None:
    make_case("OPEN-1", urgent=True)
    make_case("OPEN-2")

    body = page(f"?{query}")

    assert ("OPEN-1" in body, "OPEN-2" in body) == (True, False)


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=9999999999",
        "sort=name",
        "sort=risk&direction=up",
        "unknown=1",
        "sort=%00",
    ],
)
def test_an_order_or_page_that_means_nothing_is_the_usual_one(page: Any, query: str) -> None:
    make_case("OPEN-1")

    assert "OPEN-1" in page(f"?{query}")


def test_a_list_that_filters_leave_empty_says_so_and_how_to_see_more(page: Any) -> None:
    make_case("OPEN-1")

    body = page("?risk_band=high&opened_from=2026-01-01")

    assert "No open case fits these filters" in body
    assert "No open cases" in body
    assert body.count('href="/cases"') >= 2  # the navigation, and clearing the filters


def test_each_chosen_filter_is_shown_with_a_way_to_take_it_away(page: Any) -> None:
    body = page("?state=closed&opened_from=2026-01-01&urgent=yes&sort=risk")

    assert 'href="/cases?opened_from=2026-01-01&amp;urgent=yes&amp;sort=risk"' in body
    assert 'href="/cases?state=closed&amp;urgent=yes&amp;sort=risk"' in body
    assert "Opened from 1 January 2026" in body


def test_before_the_first_case_the_page_says_where_cases_come_from(page: Any) -> None:
    body = page()

    assert "There is no open case yet" in body
    assert 'href="/referrals"' in body


def test_pages_keep_filter_and_order(page: Any) -> None:
    for number in range(SIZE + 1):
        make_case(f"CASE-{number:03}", urgent=True)

    first, second = page("?urgent=yes&sort=reference"), page("?urgent=yes&sort=reference&page=2")

    assert "<strong>1</strong> to <strong>50</strong> of <strong>51</strong> open cases" in first
    assert 'href="/cases?urgent=yes&amp;sort=reference&amp;page=2" rel="next"' in first
    assert "<strong>51</strong> to <strong>51</strong> of <strong>51</strong> open cases" in second
    assert ("CASE-050" in first, "CASE-050" in second) == (False, True)


def test_cases_of_two_programmes_are_told_apart(app: Flask, client: FlaskClient) -> None:
    user = makers.make_user("coordinator", makers.ASB)
    makers.give_role(user, "coordinator", DVA)
    makers.sign_in(client, user)
    make_case("A-1")
    make_case("D-1", DVA)

    both = client.get("/cases").get_data(as_text=True)
    one = client.get(f"/cases?programme={DVA}").get_data(as_text=True)

    assert "A-1, ASB" in both
    assert "D-1, " in both
    assert ("A-1" in one, "D-1" in one) == (False, True)
    assert "Stage" in one  # of one programme the stages can be told apart


def test_somebody_who_left_can_be_asked_for_while_they_hold_cases(app: Flask, client: FlaskClient) -> None:
    gone = makers.make_user("caseworker", name="Gwen Teal")
    make_case("HELD-1", worker_id=gone.id)
    make_case("OTHER-1")
    makers.sign_in(client, makers.make_user("coordinator"))
    accounts.end_membership(OPERATOR, gone.memberships[0])

    body = client.get(f"/cases?worker={gone.id}").get_data(as_text=True)

    assert ("HELD-1" in body, "OTHER-1" in body) == (True, False)


def test_opening_the_page_is_in_the_trail(page: Any) -> None:
    make_case(name="Ada Okonjo")
    page("?urgent=no")

    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.details["list"].as_string() == "cases"))
    assert entry.details == {"list": "cases", "rows": 1}


@pytest.mark.parametrize("role", ["referrer", "analyst", "administrator", "auditor"])
def test_roles_that_see_no_case_have_no_list(app: Flask, client: FlaskClient, role: str) -> None:
    makers.sign_in(client, makers.make_user(role))

    assert client.get("/cases").status_code == 403
    assert 'href="/cases"' not in client.get("/").get_data(as_text=True)
