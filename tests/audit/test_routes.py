"""The audit screen: what happened, who did it and when, and never whom a case is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from casework.access.vocabulary import OPERATOR, Actor, Role
from casework.accounts import service as accounts
from casework.audit import service, trail
from casework.audit.events import Event
from casework.audit.words import event_words
from casework.extensions import db
from tests.support.people import make_agency, make_user, sign_in


def lines(page: str) -> str:
    return page.partition("<tbody")[2].partition("</tbody>")[0]


def test_auditor_reads_the_trail_newest_first(app: Flask, client: FlaskClient) -> None:
    auditor = make_user(Role.AUDITOR, name="Ines Auditor")
    worker = make_user(Role.CASEWORKER, name="Wanda Worker")
    sign_in(app.test_client(), worker)
    sign_in(client, auditor)

    page = lines(client.get("/audit").text)

    assert page.index("Ines Auditor") < page.index("Wanda Worker")
    assert page.index("Signed in") < page.index("Password set")


def test_reading_the_trail_is_itself_recorded(app: Flask, client: FlaskClient) -> None:
    sign_in(client, make_user(Role.AUDITOR))

    client.get("/audit")

    assert "Audit trail viewed" in lines(client.get(f"/audit?event={Event.AUDIT_VIEWED}").text)


def test_nobody_but_an_auditor_reads_it(app: Flask) -> None:
    for role in Role:
        answer = sign_in(app.test_client(), make_user(role)).get("/audit")
        assert (answer.status_code == 200) is (role is Role.AUDITOR), role


def test_filters_narrow_the_trail(app: Flask) -> None:
    auditor = accounts.actor_of(make_user(Role.AUDITOR))
    worker = make_user(Role.CASEWORKER)
    trail.record(accounts.actor_of(worker), Event.ENQUIRY_LOGGED, programme="asb_support")
    db.session.commit()

    def found(**wanted: object) -> set[str]:
        return {row.event for row in service.page_of_entries(auditor, service.Filter(**wanted)).rows}  # type: ignore[arg-type]

    assert found(user=worker.id) == {"Enquiry logged"}
    assert found(event="enquiry.logged") == {"Enquiry logged"}
    assert found(subject=str(worker.id)) == {"User added", "Role given", "Password set"}
    assert found(subject="NO-SUCH-REFERENCE") == set()
    assert found(programme="asb_support") == {"Enquiry logged", "Role given"}
    assert found(last_day=date(2001, 1, 1)) == set()
    assert found(user=worker.id, first_day=date(2001, 1, 1)) == {"Enquiry logged"}


def test_trail_is_paged(app: Flask) -> None:
    auditor = accounts.actor_of(make_user(Role.AUDITOR))
    for _ in range(60):
        trail.record(OPERATOR, Event.ENQUIRY_LOGGED)
    db.session.commit()

    wanted = service.Filter(event=Event.ENQUIRY_LOGGED)
    first, second = (service.page_of_entries(auditor, wanted, number) for number in (1, 2))

    assert (len(first.rows), len(second.rows), first.total) == (50, 10, 60)


def test_out_of_hours_follows_the_london_clock(app: Flask) -> None:
    auditor = accounts.actor_of(make_user(Role.AUDITOR))
    moments = {
        "summer evening": datetime(2026, 7, 1, 19, 30, tzinfo=UTC),  # 8.30pm in London
        "summer day": datetime(2026, 7, 1, 18, 30, tzinfo=UTC),
        "early": datetime(2026, 7, 2, 5, 59, tzinfo=UTC),  # 6.59am
        "seven": datetime(2026, 7, 2, 6, 0, tzinfo=UTC),
        "saturday noon": datetime(2026, 7, 4, 11, 0, tzinfo=UTC),
    }
    for words, moment in moments.items():
        with time_machine.travel(moment, tick=False):
            trail.record(Actor(id=None, name="", kind=words), Event.PEOPLE_SEARCHED, fields=[], found=0)
    db.session.commit()

    wanted = service.Filter(review="out_of_hours", last_day=date(2026, 7, 10))
    found = {row.who for row in service.page_of_entries(auditor, wanted).rows}

    assert found == {"summer evening", "early", "saturday noon"}


def test_check_says_that_the_trail_holds(app: Flask, client: FlaskClient) -> None:
    sign_in(client, make_user(Role.AUDITOR))

    assert "The audit trail holds" in client.get("/audit/check").text


def test_check_names_the_faults(app: Flask, client: FlaskClient) -> None:
    auditor = make_user(Role.AUDITOR)
    db.session.commit()
    trail.unguard(db.session.connection())
    db.session.execute(db.text("UPDATE audit_entry SET event = 'user.signed_out' WHERE sequence = 1"))
    sign_in(client, auditor)

    page = client.get("/audit/check").text

    assert "does not hold" in page
    assert "entry 1 was changed" in page


def test_details_show_no_ids_and_no_names(app: Flask, client: FlaskClient) -> None:
    agency = make_agency("Hill Homes")
    user = make_user(Role.CASEWORKER, agency=agency)
    sign_in(client, make_user(Role.AUDITOR))

    page = lines(client.get(f"/audit?event={Event.MEMBERSHIP_GIVEN}").text)

    assert "role: caseworker" in page
    assert str(agency.id) not in page
    assert str(user.id) in page  # the address that narrows the trail to this user


def test_every_event_has_words_of_its_own() -> None:
    words = [event_words(event) for event in Event]

    assert len(set(words)) == len(words)
    assert all(each[0].isupper() and "_" not in each and "." not in each for each in words)


def test_last_day_of_the_filter_counts_whole(app: Flask) -> None:
    auditor = accounts.actor_of(make_user(Role.AUDITOR))
    with time_machine.travel(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), tick=False):  # 11.30pm in London
        trail.record(OPERATOR, Event.ENQUIRY_LOGGED)
    db.session.commit()

    day = date(2026, 7, 1)
    for first, last, expected in (
        (day, day, 1),
        (day + timedelta(1), None, 0),
        (None, day - timedelta(1), 0),
    ):
        wanted = service.Filter(event=Event.ENQUIRY_LOGGED, first_day=first, last_day=last)
        assert service.page_of_entries(auditor, wanted).total == expected
