"""Finding, adding and amending people. Names are found by blind tokens and compared in clear only among the visible."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import selectinload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.crypto import blind, vault
from casework.extensions import db, new_id
from casework.people.matching import LEAST_SCORE, Agreement, Likeness, compare
from casework.people.models import Address, Person, blind_token

CANDIDATES = 200  # how many people who share a token are opened and compared


@dataclass(frozen=True)
class Match:
    """Somebody who may be the person asked for, how likely (0 to 1), and why."""

    person: Person
    score: float
    agreements: tuple[Agreement, ...]


def search(
    actor: Actor,
    programme: str,
    *,
    names: Sequence[str] = (),
    born: date | None = None,
    postcode: str | None = None,
    most: int = 20,
    permission: Permission = Permission.PERSON_SEARCH,
) -> list[Match]:
    """People of the programme who may be the one described, best first, among those the actor may see.

    The trail notes which fields were searched and how many were found, not what was searched for.
    """
    likeness = Likeness(tuple(name for name in names if name), born, (postcode,) if postcode else ())
    matches = _matches(_candidates(actor, programme, likeness, permission), likeness)[:most]
    asked = [
        word for word, given in (("name", likeness.names), ("date_of_birth", born), ("postcode", postcode)) if given
    ]
    trail.record(actor, Event.PEOPLE_SEARCHED, programme=programme, fields=asked, found=len(matches))
    return matches


def _candidates(actor: Actor, programme: str, likeness: Likeness, permission: Permission) -> list[Person]:
    """Those who share most tokens by weight: one query finds them, one opens their keys, one reads their addresses."""
    tokens = blind.person_tokens(likeness.names, likeness.born, likeness.postcodes)
    if not tokens:
        return []
    index_key = vault.keyring().index
    digests = [blind.digest(index_key, programme, token) for token in tokens]
    shared = (
        select(blind_token.c.person_id, func.count().label("shared"))
        .where(blind_token.c.token.in_(digests))
        .group_by(blind_token.c.person_id)
        .subquery()
    )
    query = (
        policy.visible(actor, Person, permission)
        .join(shared, shared.c.person_id == Person.id)
        .where(Person.programme == programme)
        .order_by(shared.c.shared.desc(), Person.id)
        .limit(CANDIDATES)
        .options(selectinload(Person.addresses))
    )
    people = list(db.session.scalars(query))
    vault.warm(person.id for person in people)
    return people


def _matches(people: Iterable[Person], likeness: Likeness) -> list[Match]:
    compared = ((person, *compare(likeness, likeness_of(person))) for person in people)
    matches = [Match(person, score, why) for person, score, why in compared if score >= LEAST_SCORE]
    return sorted(matches, key=lambda match: -match.score)


def likeness_of(person: Person) -> Likeness:
    return Likeness(
        tuple(name for name in (person.forename, person.surname, *(person.known_as or ())) if name),
        person.date_of_birth,
        tuple(address.postcode for address in person.addresses if address.postcode),
    )


def add(actor: Actor, programme: str, *, address: dict[str, Any] | None = None, **sealed: Any) -> Person:
    """Add a person. `sealed` are sealed attributes of Person; `address` those of Address with its plain marks."""
    row = new_id()
    vault.make_key(row)
    person = Person(id=row, programme=programme, **sealed)
    db.session.add(person)
    db.session.flush()
    if address and any(address.values()):
        person.addresses.append(Address(person_id=row, **address))
    index(person)
    trail.record(actor, Event.PERSON_ADDED, person)
    return person


def index(person: Person) -> None:
    """Write the tokens under which a person is found anew; called whenever a name, birth or address changes."""
    db.session.flush()
    likeness = likeness_of(person)
    rows = token_rows(person.programme, person.id, likeness)
    db.session.execute(delete(blind_token).where(blind_token.c.person_id == person.id))
    if rows:
        db.session.execute(insert(blind_token), rows)


def token_rows(programme: str, person: uuid.UUID, likeness: Likeness) -> list[dict[str, Any]]:
    """The rows of `blind_token` for a person, for this module and for the import."""
    key = vault.keyring().index
    digests = {
        blind.digest(key, programme, token)
        for token in blind.person_tokens(likeness.names, likeness.born, likeness.postcodes)
    }
    return [{"token": digest, "person_id": person} for digest in digests]


def age_on(born: date | None, day: date) -> int | None:
    """Completed years on a day; somebody born on 29 February completes a year on 1 March of other years."""
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
