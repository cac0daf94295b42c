"""No page without a mark, and no page for somebody who lacks what its mark names."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from casework.access import doors
from casework.access.vocabulary import GRANTS, Permission, Role
from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.extensions import db
from tests.support.people import make_user, sign_in

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# The whole of what anybody can reach without signing in. A new line here is a decision.
PUBLIC = {
    "accounts.accept_invitation",
    "accounts.sign_in",
    "accounts.sign_out",
    "accounts.signed_out",
    "panels.guest",
    "panels.guest_accept",
    "panels.guest_code",
    "panels.guest_return",
    "panels.guest_typing",
    "referrals.guest_answer",
    "referrals.guest_autosave",
    "referrals.guest_begin",
    "referrals.guest_check",
    "referrals.guest_match",
    "referrals.guest_page",
    "referrals.guest_people",
    "referrals.guest_remove",
    "referrals.guest_resume",
    "referrals.guest_standing",
    "referrals.guest_start",
}


def rules(app: Flask) -> Iterator[Rule]:
    """Every address but those of static files."""
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static")


def closed_requests(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and address of everything that needs somebody; ids are made up."""
    urls = app.url_map.bind("localhost")
    for rule in rules(app):
        if rule.endpoint not in PUBLIC:
            made_up = {name: uuid.uuid4() for name in rule.arguments}
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield rule.endpoint, method, urls.build(rule.endpoint, made_up, method=method)


@ON_SQLITE
def test_public_pages_are_the_listed_ones(app: Flask) -> None:
    public = {
        rule.endpoint for rule in rules(app) if getattr(app.view_functions[rule.endpoint], "is_public", False)
    }

    assert public == PUBLIC


@ON_SQLITE
def test_every_other_page_names_its_permission(app: Flask) -> None:
    unmarked = {
        rule.endpoint
        for rule in rules(app)
        if rule.endpoint not in PUBLIC
        and not isinstance(
            getattr(app.view_functions[rule.endpoint], "required_permission", None), Permission
        )
    }

    assert unmarked == set()


@ON_SQLITE
def test_nobody_reaches_a_closed_page_without_signing_in(app: Flask, client: FlaskClient) -> None:
    for endpoint, method, address in closed_requests(app):
        answer = client.open(address, method=method)
        if method == "GET":
            assert (answer.status_code, answer.headers.get("Location")) == (302, "/sign-in"), endpoint
        else:
            assert answer.status_code in (302, 400), endpoint


@ON_SQLITE
@pytest.mark.parametrize("role", list(Role))
def test_role_reaches_no_page_whose_permission_it_lacks(app: Flask, client: FlaskClient, role: Role) -> None:
    sign_in(client, make_user(role))

    for endpoint, method, address in closed_requests(app):
        if getattr(app.view_functions[endpoint], "required_permission", None) not in GRANTS[role]:
            assert client.open(address, method=method).status_code == 403, endpoint


@ON_SQLITE
def test_user_without_any_role_reaches_nothing(app: Flask, client: FlaskClient) -> None:
    sign_in(client, make_user(None))

    for endpoint, method, address in closed_requests(app):
        assert client.open(address, method=method).status_code == 403, endpoint


def test_view_without_a_mark_is_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "shown")
    client = app.test_client()
    assert client.get("/forgotten").status_code == 302

    for role in Role:
        answer = sign_in(app.test_client(), make_user(role)).get("/forgotten")
        assert answer.status_code == 403
        assert "shown" not in answer.text


def test_refusal_is_recorded_though_the_act_is_rolled_back(app: Flask, client: FlaskClient) -> None:
    user = make_user(Role.CASEWORKER)
    sign_in(client, user)

    client.get("/administration")

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.event == Event.REFUSED)).one()
    assert (entry.actor_id, entry.details) == (user.id, {"permission": "account:manage"})


def test_unknown_address_is_not_found_for_everybody(app: Flask, client: FlaskClient) -> None:
    assert client.get("/no/such/page").status_code == 404
    assert sign_in(client, make_user(Role.ADMINISTRATOR)).get("/no/such/page").status_code == 404


def test_nobody_is_signed_in_by_default(app: Flask) -> None:
    with app.test_request_context("/"):
        assert doors.current_actor() is doors.ANONYMOUS
        assert not any(doors.may(doors.ANONYMOUS, permission) for permission in Permission)
