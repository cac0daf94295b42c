"""Adding a user whole, with what they are: what the operator does at the command line."""

from __future__ import annotations

from collections.abc import Sequence

from casework.access.vocabulary import Actor, Role
from casework.accounts import invitations, service
from casework.accounts.models import Agency, User
from casework.accounts.schemas import UserDetails
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import read
from casework.programmes import shelf

FIRST_AGENCY = "Host organisation"
FIRST_AGENCY_KIND = "other_agency"


def enrol(
    actor: Actor,
    email: str,
    role: Role,
    *,
    programmes: Sequence[str] = (),
    agency: str | None = None,
    password: str | None = None,
) -> tuple[User, str | None]:
    """A new user, and the token of their invitation unless they are given a password.

    The name is read off the address until they or an administrator change it. Without the name of an agency they
    act for the one that hosts their first programme, else for the first there is, else for a new one.
    Raises Invalid, with one message, for anything that cannot be taken.
    """
    _check_programmes(role, programmes)
    details = read(UserDetails(), {"email": email, "name": _name_in(email)})
    if details.values is None:
        raise Invalid(details.errors["email"][0] if "email" in details.errors else None)
    user = service.add_user(actor, details.values["email"], details.values["name"])
    acts_for = _agency(actor, agency, programmes)
    for programme in (None,) if role.of_no_programme else dict.fromkeys(programmes):
        service.give_membership(actor, user, role, acts_for, programme)
    if password is None:
        return user, invitations.invite(actor, user)
    service.set_password(actor, user, password)
    return user, None


def _check_programmes(role: Role, programmes: Sequence[str]) -> None:
    known = shelf.every()
    unknown = [each for each in programmes if each not in known]
    if unknown:
        raise Invalid(f"There is no programme {unknown[0]}. There are: {', '.join(known)}.")
    if role.of_no_programme and programmes:
        raise Invalid(f"The role {role.value} is for all of casework: leave the programme out.")
    if not role.of_no_programme and not programmes:
        raise Invalid(f"The role {role.value} needs a programme. There are: {', '.join(known)}.")


def _name_in(email: str) -> str:
    words = email.partition("@")[0].replace(".", " ").replace("_", " ").split()
    return " ".join(word.capitalize() for word in words) or email


def _agency(actor: Actor, name: str | None, programmes: Sequence[str]) -> Agency:
    if name is not None:
        found = service.agency_named(name)
        if found is None:
            raise Invalid(f"There is no agency {name}. There are: {_names() or 'none yet'}.")
        return found
    host = service.host_agency(programmes[0]) if programmes else None
    if host is not None:
        return db.session.get_one(Agency, host)
    return next(iter(service.agencies()), None) or service.add_agency(actor, FIRST_AGENCY, FIRST_AGENCY_KIND)


def _names() -> str:
    return ", ".join(agency.name for agency in service.agencies())
