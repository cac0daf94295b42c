"""Things that tests are made of: plain functions with defaults. Every person is invented.

A test says what matters to it and leaves the rest out:

    coordinator = make_user("coordinator", "asb_support")
    referral = make_referral(actor_of(coordinator), forename="Ada", surname="Okonjo")
    sign_in(client, coordinator)
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask.testing import FlaskClient

from casework.access.vocabulary import OPERATOR, Actor
from casework.accounts import passwords
from casework.accounts import service as accounts
from casework.accounts.models import Agency, User
from casework.extensions import db, now
from casework.people import service as people
from casework.people.models import Person
from casework.programmes import shelf
from casework.referrals.log import NewReferral, Party, log
from casework.referrals.models import Referral

ASB = "asb_support"
PASSWORD = "a lamp beside the quiet harbour"
_numbers = itertools.count(1)


def make_agency(name: str | None = None, kind: str = "voluntary_other") -> Agency:
    """An agency; the one of that name, if it is there."""
    name = name or f"Agency {next(_numbers)}"
    return accounts.agency_named(name) or accounts.add_agency(OPERATOR, name, kind)


def make_user(
    role: str = "coordinator",
    programme: str | None = ASB,
    *,
    agency: Agency | None = None,
    name: str | None = None,
    email: str | None = None,
) -> User:
    """Somebody with one role, who can sign in with PASSWORD. A further role: `give_role`."""
    number = next(_numbers)
    user = accounts.add_user(OPERATOR, email or f"user{number}@example.org", name or f"User Number {number}")
    user.password_hash = passwords.hashed(PASSWORD, accounts.settings().password_cost)
    give_role(user, role, programme, agency=agency)
    return user


def give_role(user: User, role: str, programme: str | None = ASB, *, agency: Agency | None = None) -> None:
    """One more role for a user, in the host agency unless another is named."""
    programme = None if role in ("administrator", "auditor") else programme
    accounts.give_membership(OPERATOR, user, role, agency or make_agency("Host Agency"), programme)


def actor_of(user: User) -> Actor:
    return accounts.actor_of(user)


def make_actor(
    role: str = "coordinator", programme: str | None = ASB, *, agency: Agency | None = None
) -> Actor:
    """Somebody with one role, as services take them."""
    return actor_of(make_user(role, programme, agency=agency))


def sign_in(client: FlaskClient, user: User) -> None:
    """Sign in as people do."""
    answer = client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.get_data(as_text=True)


def make_person(
    actor: Actor | None = None,
    programme: str = ASB,
    *,
    forename: str | None = "Ada",
    surname: str | None = "Okonjo",
    date_of_birth: date | None = None,
    address: Mapping[str, Any] | None = None,
    **sealed: Any,
) -> Person:
    """Somebody on record, involved in nothing yet. Left out, the operator adds them."""
    actor = actor or OPERATOR
    look = people.look_first(actor, programme, forename=forename, surname=surname, born=date_of_birth)
    return people.add(
        actor,
        programme,
        ticket=look.ticket,
        address=address,
        forename=forename,
        surname=surname,
        date_of_birth=date_of_birth,
        **sealed,
    )


def make_party(
    actor: Actor,
    programme: str = ASB,
    role: str = "subject",
    *,
    forename: str | None = "Ada",
    surname: str | None = "Okonjo",
    date_of_birth: date | None = date(1986, 3, 27),
    answers: Mapping[str, Any] | None = None,
    address: Mapping[str, Any] | None = None,
    **person: Any,
) -> Party:
    """Somebody new in a referral, who was searched for."""
    look = people.look_first(actor, programme, forename=forename, surname=surname, born=date_of_birth)
    return Party(
        role=role,
        ticket=look.ticket,
        person={"forename": forename, "surname": surname, "date_of_birth": date_of_birth, **person},
        answers=answers or {},
        address=address or {},
    )


def make_referral(
    actor: Actor | None = None,
    programme: str = ASB,
    *,
    received_on: date | None = None,
    forename: str | None = "Ada",
    surname: str | None = "Okonjo",
    date_of_birth: date | None = date(1986, 3, 27),
    person_answers: Mapping[str, Any] | None = None,
    others: Sequence[Party] = (),
    parties: Sequence[Party] | None = None,
    **more: Any,
) -> Referral:
    """A referral that waits to be screened, about one person of the programme's main role, and `others`.

    `more` are attributes of NewReferral: source, narrative, answers, entries, exclusions ...
    """
    actor = actor or make_actor("coordinator", programme)
    subject = shelf.programme(programme).subject.id
    if parties is None:
        about = make_party(
            actor,
            programme,
            subject,
            forename=forename,
            surname=surname,
            date_of_birth=date_of_birth,
            answers=person_answers,
        )
        parties = (about, *others)
    new = NewReferral(received_on=received_on or now().date(), parties=parties, **more)
    return log(actor, shelf.programme(programme), new)


def subject_of(referral: Referral) -> Person:
    """The person a referral is about."""
    person = referral.case.subject
    assert person is not None
    return person


def commit() -> None:
    """What a test made is there for the next request."""
    db.session.commit()
