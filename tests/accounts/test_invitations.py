"""A link, used once, by which its owner alone chooses a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from casework.access.vocabulary import OPERATOR, Role
from casework.accounts import invitations, service, users
from casework.accounts.models import Invitation, User
from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.config import Settings
from casework.errors import Invalid
from casework.extensions import db
from tests.support.people import PASSWORD, make_user, sign_in

OWN_CHOICE = "copper lantern seven owl"


def invited(**details: str) -> tuple[User, str]:
    user = make_user(Role.CASEWORKER, password=None, **details)  # type: ignore[arg-type]
    token = invitations.invite(OPERATOR, user)
    db.session.commit()
    return user, token


def choose(
    client: FlaskClient, token: str, password: str = OWN_CHOICE, again: str | None = None
) -> TestResponse:
    answers = {"password": password, "again": password if again is None else again, "email": "of the page"}
    return client.post(f"/invitation/{token}", data=answers)


def test_link_lets_its_owner_choose_a_password_and_sign_in(client: FlaskClient) -> None:
    user, token = invited()

    assert user.email in client.get(f"/invitation/{token}").text
    assert choose(client, token).headers["Location"] == "/sign-in"

    sign_in(client, user, OWN_CHOICE)


def test_link_is_used_once(app: Flask, client: FlaskClient) -> None:
    user, token = invited()
    choose(client, token)

    assert client.get(f"/invitation/{token}").status_code == 404
    assert choose(app.test_client(), token, "another password entirely").status_code == 404
    sign_in(app.test_client(), user, OWN_CHOICE)


def test_looking_at_the_link_does_not_use_it(client: FlaskClient) -> None:
    _, token = invited()

    for _ in range(3):
        assert client.get(f"/invitation/{token}").status_code == 200
    assert choose(client, token).status_code == 302


def test_link_ends_by_itself(client: FlaskClient, settings: Settings) -> None:
    with time_machine.travel(datetime(2026, 3, 2, tzinfo=UTC), tick=False) as clock:
        _, token = invited()
        clock.shift(settings.invitation_life - timedelta(seconds=1))
        assert client.get(f"/invitation/{token}").status_code == 200
        clock.shift(timedelta(seconds=1))

        assert client.get(f"/invitation/{token}").status_code == 404
        assert choose(client, token).status_code == 404


def test_newer_link_ends_the_older(client: FlaskClient) -> None:
    user, older = invited()
    newer = invitations.invite(OPERATOR, user)

    assert client.get(f"/invitation/{older}").status_code == 404
    assert client.get(f"/invitation/{newer}").status_code == 200


def test_link_that_cannot_be_used_says_the_same_whatever_the_reason(app: Flask, client: FlaskClient) -> None:
    used_by, used = invited(name="Ana Banks")
    choose(app.test_client(), used)
    gone, ended = invited(name="Bo Carr")
    users.deactivate(OPERATOR, gone)

    pages = [client.get(f"/invitation/{token}") for token in (used, ended, "never-was", "x" * 2000)]

    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1
    for name in (used_by.name, used_by.email, gone.name, gone.email):
        assert name not in pages[0].text


def test_only_the_digest_of_the_token_is_stored(app: Flask) -> None:
    _, token = invited()

    stored = db.session.scalars(select(Invitation.token_digest)).one()

    assert token not in stored
    assert len(stored) == 64


def test_two_different_passwords_are_refused_and_the_link_stays(client: FlaskClient) -> None:
    _, token = invited()

    answer = choose(client, token, OWN_CHOICE, "copper lantern seven elk")

    assert answer.status_code == 422
    assert "The two passwords are not the same" in answer.text
    assert OWN_CHOICE not in answer.text
    assert choose(client, token).status_code == 302


def test_weak_password_is_refused_and_the_link_stays(client: FlaskClient) -> None:
    user, token = invited(email="ana.banks@example.org", name="Ana Banks")

    answer = choose(client, token, "Ana Banks 2026!")

    assert answer.status_code == 422
    assert "too easy to guess" in answer.text
    assert user.password_hash is None
    assert choose(client, token).status_code == 302


def test_new_password_ends_sessions_and_the_lock(app: Flask, client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER)
    sign_in(client, user)
    user.failed_attempts, user.locked_until_utc = 3, datetime.now(UTC) + timedelta(minutes=9)
    token = invitations.invite(OPERATOR, user)

    choose(app.test_client(), token)

    assert client.get("/session").status_code == 302
    sign_in(app.test_client(), user, OWN_CHOICE)
    assert (
        app.test_client().post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code
        == 422
    )


def test_password_is_set_by_its_owner_in_the_trail(client: FlaskClient) -> None:
    user, token = invited()

    choose(client, token)

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.event == Event.PASSWORD_SET)).one()
    assert (entry.actor_id, entry.subject_id, entry.details) == (user.id, user.id, {})


def test_deactivated_user_is_not_invited(app: Flask) -> None:
    user, _ = invited()
    users.deactivate(OPERATOR, user)

    with pytest.raises(Invalid):
        invitations.invite(OPERATOR, user)


def test_link_to_an_old_address_ends_when_the_address_changes(client: FlaskClient) -> None:
    user, token = invited()

    users.change_user(OPERATOR, user, {"email": "another@example.org"})

    assert client.get(f"/invitation/{token}").status_code == 404


def test_weak_password_is_refused_from_the_operator_too(app: Flask) -> None:
    user, _ = invited()

    with pytest.raises(Invalid):
        service.set_password(OPERATOR, user, "short")
