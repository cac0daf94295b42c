"""Signing in: the same answer whatever is wrong, a lock that is kept, and sessions that end."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from casework import create_app
from casework.access.vocabulary import OPERATOR, Role
from casework.accounts import passwords, service, users
from casework.accounts.models import User
from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.config import PasswordCost, Settings
from casework.extensions import db
from tests.conftest import close
from tests.support.people import PASSWORD, make_user, sign_in

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STAY = "/session"  # the smallest page that needs somebody signed in


def try_to_sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    return client.post("/sign-in", data={"email": email, "password": password})


def is_signed_in(client: FlaskClient) -> bool:
    return client.get(STAY).status_code == 204


def events() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.sequence)))


def reasons() -> list[str]:
    query = (
        select(AuditEntry.details)
        .where(AuditEntry.event == Event.SIGN_IN_FAILED)
        .order_by(AuditEntry.sequence)
    )
    return [details["why"] for details in db.session.scalars(query)]


def test_right_password_signs_in(client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER)

    sign_in(client, user)

    assert is_signed_in(client)
    assert user.last_signed_in_utc is not None
    assert events()[-1] == Event.SIGNED_IN


def test_email_may_be_typed_in_capitals_and_with_blanks(client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER, email="ana@example.org")

    try_to_sign_in(client, "  ANA@Example.org ")

    assert user.last_signed_in_utc is not None


def test_whatever_is_wrong_the_answer_is_the_same(app: Flask) -> None:
    make_user(Role.CASEWORKER, email="known@example.org")
    gone = make_user(Role.CASEWORKER, email="gone@example.org")
    users.deactivate(OPERATOR, gone)
    make_user(Role.CASEWORKER, email="invited@example.org", password=None)
    locked = make_user(Role.CASEWORKER, email="locked@example.org")
    locked.locked_until_utc = datetime.now(UTC) + timedelta(minutes=5)

    def answer(email: str, password: str) -> tuple[int, str]:
        response = app.test_client().post("/sign-in", data={"email": email, "password": password})
        return response.status_code, re.sub(
            r'name="csrf_token" value="[^"]*"', "", response.text.replace(email, "")
        )

    wrong = answer("known@example.org", "not the password")
    others = [
        answer("nobody@example.org", PASSWORD),
        answer("gone@example.org", PASSWORD),
        answer("invited@example.org", PASSWORD),
        answer("locked@example.org", PASSWORD),
        answer("locked@example.org", "not the password"),
    ]

    assert wrong[0] == 422
    assert others == [wrong] * len(others)
    assert reasons() == ["password", "unknown", "deactivated", "no_password", "locked", "locked"]


def test_whatever_is_wrong_one_password_is_checked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(Role.CASEWORKER, email="known@example.org")
    locked = make_user(Role.CASEWORKER, email="locked@example.org")
    locked.locked_until_utc = datetime.now(UTC) + timedelta(minutes=5)
    checked: list[str] = []
    real = passwords.matches

    def counting(stored: str | None, password: str, cost: PasswordCost) -> bool:
        checked.append(password)
        return real(stored, password, cost)

    monkeypatch.setattr(passwords, "matches", counting)
    for email in ("known@example.org", "nobody@example.org", "locked@example.org"):
        try_to_sign_in(app.test_client(), email, "not the password")

    assert checked == ["not the password"] * 3


def test_trail_never_holds_what_was_typed(client: FlaskClient) -> None:
    try_to_sign_in(client, "nobody@example.org", "a secret of mine")

    entry = db.session.scalars(select(AuditEntry)).one()

    assert entry.details == {"why": "unknown"}
    assert (entry.actor_kind, entry.actor_id, entry.subject_id) == ("anonymous", None, None)


def test_count_of_wrong_passwords_survives_the_failed_answer(client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER)

    for _ in range(3):
        try_to_sign_in(client, user.email, "not the password")

    assert user.failed_attempts == 3


def test_user_is_locked_after_so_many_wrong_passwords_and_free_after_a_while(
    client: FlaskClient, settings: Settings
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        user = make_user(Role.CASEWORKER)
        for _ in range(settings.lock_out_after):
            try_to_sign_in(client, user.email, "not the password")
        try_to_sign_in(client, user.email)
        assert not is_signed_in(client)
        assert events().count(Event.LOCKED_OUT) == 1

        clock.shift(settings.lock_out_for - timedelta(seconds=1))
        try_to_sign_in(client, user.email)
        assert not is_signed_in(client)

        clock.shift(timedelta(seconds=1))
        try_to_sign_in(client, user.email)
        assert is_signed_in(client)


def test_right_password_starts_the_count_anew(client: FlaskClient, settings: Settings) -> None:
    user = make_user(Role.CASEWORKER)
    for _ in range(settings.lock_out_after - 1):
        try_to_sign_in(client, user.email, "not the password")
    sign_in(client, user)

    assert user.failed_attempts == 0


def test_tries_during_the_lock_do_not_lengthen_it(client: FlaskClient, settings: Settings) -> None:
    with time_machine.travel(START, tick=False) as clock:
        user = make_user(Role.CASEWORKER)
        for _ in range(settings.lock_out_after):
            try_to_sign_in(client, user.email, "not the password")
        clock.shift(settings.lock_out_for / 2)
        for _ in range(settings.lock_out_after):
            try_to_sign_in(client, user.email, "not the password")
        clock.shift(settings.lock_out_for / 2)

        sign_in(client, user)


def test_password_of_an_older_cost_is_hashed_anew(app: Flask, settings: Settings) -> None:
    user = make_user(Role.CASEWORKER)
    old = user.password_hash
    app.extensions["settings"] = replace(
        settings, password_cost=PasswordCost(memory_kib=16, passes=2, lanes=1)
    )

    sign_in(app.test_client(), user)

    assert user.password_hash != old
    assert user.password_hash is not None
    assert "m=16,t=2" in user.password_hash
    sign_in(app.test_client(), user)


def test_session_ends_when_it_is_idle_too_long(client: FlaskClient, settings: Settings) -> None:
    with time_machine.travel(START, tick=False) as clock:
        user = make_user(Role.CASEWORKER)
        sign_in(client, user)
        for _ in range(3):
            clock.shift(settings.idle_limit - timedelta(seconds=1))
            assert is_signed_in(client)
        clock.shift(settings.idle_limit)

        assert not is_signed_in(client)


def test_session_ends_at_its_absolute_limit_however_busy(client: FlaskClient, settings: Settings) -> None:
    step = timedelta(minutes=20)
    with time_machine.travel(START, tick=False) as clock:
        user = make_user(Role.CASEWORKER)
        sign_in(client, user)
        for _ in range(settings.absolute_limit // step - 1):
            clock.shift(step)
            assert is_signed_in(client)
        clock.shift(step)

        assert not is_signed_in(client)


def test_timed_out_page_leads_back_after_signing_in(client: FlaskClient, settings: Settings) -> None:
    with time_machine.travel(START, tick=False) as clock:
        user = make_user(Role.AUDITOR)
        sign_in(client, user)
        clock.shift(settings.idle_limit)
        turned_away = client.get("/audit?event=user.signed_in&page=1")
        assert turned_away.headers["Location"] == "/sign-in"
        assert "you were away" in client.get("/sign-in").text

        back = try_to_sign_in(client, user.email)

        assert back.headers["Location"] == "/audit?event=user.signed_in&page=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/audit",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "audit",
        "/no/such/page",
        "/sign-out",
        "/static/casework.css",
        "/session",
        "",
        None,
        7,
    ],
)
def test_way_back_leads_nowhere_but_to_our_pages(client: FlaskClient, elsewhere: object) -> None:
    user = make_user(Role.AUDITOR)
    with client.session_transaction() as session:
        session["next"] = elsewhere

    answer = try_to_sign_in(client, user.email)

    assert answer.headers["Location"] == "/"


def test_form_that_came_too_late_explains_itself_and_shows_what_was_typed(
    client: FlaskClient, settings: Settings
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        admin = make_user(Role.ADMINISTRATOR)
        sign_in(client, admin)
        clock.shift(settings.idle_limit)
        answer = client.post(
            "/administration/agencies/new", data={"name": "Hill Homes", "own_password": "a secret of mine"}
        )
        assert answer.status_code == 400
        assert "Hill Homes" in answer.text
        assert "a secret of mine" not in answer.text
        assert service.agency_named("Hill Homes") is None

        back = try_to_sign_in(client, admin.email)

        assert back.headers["Location"] == "/administration/agencies/new"


def test_ended_epoch_ends_every_session(app: Flask) -> None:
    user = make_user(Role.CASEWORKER)
    desk, phone = sign_in(app.test_client(), user), sign_in(app.test_client(), user)
    assert is_signed_in(desk)
    assert is_signed_in(phone)

    users.end_sessions(OPERATOR, user)

    assert not is_signed_in(desk)
    assert not is_signed_in(phone)


def test_deactivated_user_is_out_at_once(client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER)
    sign_in(client, user)

    users.deactivate(OPERATOR, user)

    assert not is_signed_in(client)


def test_copy_of_the_cookie_is_worth_nothing_after_signing_out(app: Flask, client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER)
    sign_in(client, user)
    cookie = client.get_cookie("casework")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("casework", cookie.value)
    assert is_signed_in(thief)

    answer = client.post("/sign-out")

    assert '"cookies"' in answer.headers["Clear-Site-Data"]
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert not is_signed_in(client)
    assert not is_signed_in(thief)
    assert events()[-1] == Event.SIGNED_OUT


def test_signing_in_begins_a_session_of_its_own(client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER)
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["csrf_token"] = "known to somebody else"

    sign_in(client, user)

    with client.session_transaction() as session:
        assert "planted" not in session
        assert "csrf_token" not in session


def test_cookie_is_for_this_site_and_no_script(client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER)

    answer = try_to_sign_in(client, user.email)

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Expires" not in cookie  # it goes when the browser closes


def test_forged_cookie_is_nobody(app: Flask, client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER)
    sign_in(client, user)
    cookie = client.get_cookie("casework")
    assert cookie is not None
    for place in (0, len(cookie.value) // 2, cookie.value.rindex(".") + 1):
        forged = app.test_client()
        letters = list(cookie.value)
        letters[place] = "A" if letters[place] != "A" else "B"
        forged.set_cookie("casework", "".join(letters))
        assert not is_signed_in(forged)


def test_session_holds_no_name_and_no_address(client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER, email="ana@example.org", name="Ana Banks")
    sign_in(client, user)

    with client.session_transaction() as session:
        words = repr(dict(session))

    assert "ana" not in words.lower()


def test_somebody_signed_in_is_not_asked_to_sign_in(client: FlaskClient) -> None:
    sign_in(client, make_user(Role.CASEWORKER))

    assert client.get("/sign-in").headers["Location"] == "/"


def test_who_is_there_costs_two_statements(app: Flask, client: FlaskClient) -> None:
    sign_in(client, make_user(Role.CASEWORKER))
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    client.get(STAY)

    assert len([each for each in statements if each.startswith("SELECT")]) == 2


def test_user_without_any_role_signs_in_and_may_do_nothing(client: FlaskClient) -> None:
    user = make_user(None)
    sign_in(client, user)

    assert client.get("/").status_code == 403
    assert client.post("/sign-out").status_code == 302


def test_missing_fields_are_named(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"email": "", "password": ""})

    assert answer.status_code == 422
    assert "Enter your email address" in answer.text
    assert "Enter your password" in answer.text
    assert db.session.scalar(select(User.id)) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tries_from_one_address_are_limited(settings: Settings) -> None:
    limited = create_app(replace(settings, rate_limits=True, sign_in_rate="3 per minute"))
    client = limited.test_client()

    def tries(path: str) -> list[int]:
        return [
            client.post(path, data={"email": "a@example.org", "password": "x"}).status_code for _ in range(4)
        ]

    assert tries("/sign-in") == [422, 422, 422, 429]
    assert tries("/invitation/never-was") == [404, 404, 404, 429]
    assert client.get("/sign-in").status_code == 200
    with limited.app_context():
        close(limited)
