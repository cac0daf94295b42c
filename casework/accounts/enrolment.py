"""Adding a user whole, with what they are: what the operator does at the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from casework.access.vocabulary import Actor, Role
from casework.accounts import invitations, service
from casework.accounts.models import Agency, User
from casework.accounts.schemas import UserDetails
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import read
from casework.programmes import shelf

FIRST_AGENCY = "Host organisation"
LONGEST_AGENCY_NAME = 120
NEW_AGENCY_KIND = "other_agency"  # an administrator says which kind it really is


class Enrolled(NamedTuple):
    """The user, the agency they act for, whether it had to be added, and their invitation's token, if they need one."""

    user: User
    agency: Agency
    agency_is_new: bool
    token: str | None


def enrol(
    actor: Actor,
    email: str,
    role: Role,
    *,
    programmes: Sequence[str] = (),
    agency: str | None = None,
    password: str | None = None,
) -> Enrolled:
    """A new user, with an invitation unless they are given a password.

    The name is read off the address until they or an administrator change it. An agency that is not there yet is
    added. Without the name of one they act for that which hosts their first programme, else for the first there is.
    Raises Invalid, with one message, for anything that cannot be taken.
    """
    _check_programmes(role, programmes)
    details = read(UserDetails(), {"email": email, "name": _name_in(email)})
    if details.values is None:
        raise Invalid(details.errors["email"][0] if "email" in details.errors else None)
    user = service.add_user(actor, details.values["email"], details.values["name"])
    known = len(service.agencies(active=False))
    acts_for = _agency(actor, agency, programmes)
    is_new = len(service.agencies(active=False)) > known
    for programme in (None,) if role.of_no_programme else dict.fromkeys(programmes):
        service.give_membership(actor, user, role, acts_for, programme)
    if password is None:
        return Enrolled(user, acts_for, is_new, invitations.invite(actor, user))
    service.set_password(actor, user, password)
    return Enrolled(user, acts_for, is_new, None)


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
        if not 0 < len(name.strip()) <= LONGEST_AGENCY_NAME:
            raise Invalid(f"The name of an agency has 1 to {LONGEST_AGENCY_NAME} characters.")
        return service.agency_named(name) or service.add_agency(actor, name, NEW_AGENCY_KIND)
    host = service.host_agency(programmes[0]) if programmes else None
    if host is not None:
        return db.session.get_one(Agency, host)
    return next(iter(service.agencies()), None) or service.add_agency(actor, FIRST_AGENCY, NEW_AGENCY_KIND)
