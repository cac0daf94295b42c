"""Users as the tests of accounts and access need them: of an agency of their own, without a role or a password."""

from __future__ import annotations

from itertools import count
from typing import Any

from flask.testing import FlaskClient

from casework.access.vocabulary import OPERATOR, Role
from casework.accounts import service
from casework.accounts.models import Agency, User
from tests.support import makers
from tests.support.makers import ASB as PROGRAMME
from tests.support.makers import PASSWORD, make_agency

__all__ = ["PASSWORD", "PROGRAMME", "give", "make_agency", "make_user", "sign_in"]

_numbers = count(1)


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
    """A user with a password and, if a role is named, that membership (of their own agency if none is given)."""
    number = next(_numbers)
    user = service.add_user(
        OPERATOR, email or f"person{number}@example.org", name or f"Person {number}", **details
    )
    if role is not None:
        give(user, role, agency or make_agency(), programme)
    if password:
        service.set_password(OPERATOR, user, password)
    return user


def give(user: User, role: Role, agency: Agency, programme: str | None = PROGRAMME) -> None:
    makers.give_role(user, role.value, programme, agency=agency)


def sign_in(client: FlaskClient, user: User, password: str = PASSWORD) -> FlaskClient:
    """The same client, signed in as `user`."""
    response = client.post("/sign-in", data={"email": user.email, "password": password})
    assert response.status_code == 302, response.get_data(as_text=True)
    return client
