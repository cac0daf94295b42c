"""Agencies and users for tests, and signing in as one of them. All of them are invented."""

from __future__ import annotations

from itertools import count
from typing import Any

from flask.testing import FlaskClient

from casework.access.vocabulary import OPERATOR, Role
from casework.accounts import service
from casework.accounts.models import Agency, User

PASSWORD = "heron quilt marble pond"
PROGRAMME = "asb_support"

_numbers = count(1)


def make_agency(name: str = "", kind: str = "housing_council") -> Agency:
    return service.add_agency(OPERATOR, name or f"Agency {next(_numbers)}", kind)


def make_user(
    role: Role | None = None,
    *,
    agency: Agency | None = None,
    programme: str | None = PROGRAMME,
    email: str = "",
    name: str = "",
    password: str | None = PASSWORD,
    **details: Any,
) -> User:
    """A user with a password and, if a role is named, that membership (for an agency of their own if none is given)."""
    number = next(_numbers)
    user = service.add_user(OPERATOR, email or f"user{number}@example.org", name or f"Person {number}", **details)
    if role is not None:
        give(user, role, agency or make_agency(), programme)
    if password:
        service.set_password(OPERATOR, user, password)
    return user


def give(user: User, role: Role, agency: Agency, programme: str | None = PROGRAMME) -> None:
    service.give_membership(OPERATOR, user, role, agency, None if role.of_no_programme else programme)


def sign_in(client: FlaskClient, user: User, password: str = PASSWORD) -> FlaskClient:
    """The same client, signed in as `user`."""
    response = client.post("/sign-in", data={"email": user.email, "password": password})
    assert response.status_code == 302, response.get_data(as_text=True)
    return client
