"""Finding, adding and amending people.

Names are found by blind tokens and compared in clear only among the visible. Nobody is added before they
were looked for: `look_first` gives a ticket for exactly the name and birth searched, and `add` takes nobody
without it.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.orm import selectinload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.crypto import blind, vault
from casework.errors import Conflict, Invalid
from casework.extensions import db, new_id
from casework.people.matching import LEAST_SCORE, Agreement, Likeness, compare
from casework.people.models import Address, Person, blind_token, name_in

CANDIDATES = 200  # how many people who share a token are opened and compared
SOUGHT_BY = frozenset(("forename", "surname", "known_as", "date_of_birth"))  # changes that make new tokens
AGEING = frozenset(("date_of_birth", "approximate_age"))  # changes that make another age

UNINDEX = delete(blind_token).where(blind_token.c.person_id == bindparam("person"))
INDEX = insert(blind_token)

# Called with the actor and a person whose birth or age was corrected; whoever holds ages of theirs joins this
# list, because people come before referrals and know nothing of them.
when_age_corrected: list[Callable[[Actor, Person], None]] = []


@dataclass(frozen=True)
class Match:
    """Somebody who may be the person asked for, how likely (0 to 1), and why."""

    person: Person
    score: float
    agreements: tuple[Agreement, ...]


@dataclass(frozen=True)
class Look:
    """What looking for somebody before adding them found, and the ticket by which they may be added."""

    matches: tuple[Match, ...]
    ticket: str


def look_first(
    actor: Actor,
    programme: str,
    *,
    forename: str | None = None,
    surname: str | None = None,
    born: date | None = None,
    postcode: str | None = None,
) -> Look:
    """Look for somebody before adding them. Whoever may see nobody has thereby seen all that they may."""
    matches: list[Match] = []
    if actor.has(Permission.PERSON_SEARCH, programme):
        names = [name for name in (forename, surname) if name]
        matches = search(actor, programme, names=names, born=born, postcode=postcode)
    return Look(tuple(matches), ticket(actor, programme, forename, surname, born))


def ticket(actor: Actor, programme: str, forename: str | None, surname: str | None, born: date | None) -> str:
    """What only somebody who looked for this very name and birth can show. It tells nothing about them."""
    said = (str(actor.id), programme, forename or "", surname or "", born.isoformat() if born else "")
    return hmac.digest(vault.keyring().index, "\x1f".join(("ticket", *said)).encode("utf-8"), "sha256").hex()


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
    given = {"name": likeness.names, "date_of_birth": born, "postcode": postcode}
    asked = [field for field, value in given.items() if value]
    trail.record(actor, Event.PEOPLE_SEARCHED, programme=programme, fields=asked, found=len(matches))
    return matches


def _candidates(actor: Actor, programme: str, likeness: Likeness, permission: Permission) -> list[Person]:
    """Those who share most tokens: one query finds them, one opens their keys, one reads their addresses."""
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


def add(
    actor: Actor,
    programme: str,
    *,
    ticket: str | None,
    address: Mapping[str, Any] | None = None,
    **sealed: Any,
) -> Person:
    """Add a person. `sealed` are attributes of Person; `address` those of Address, its plain marks included.

    Raises Invalid unless `ticket` is what `look_first` gave this actor for this name and birth.
    """
    _check_ticket(actor, programme, ticket, sealed)
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


def _check_ticket(actor: Actor, programme: str, shown: str | None, sealed: Mapping[str, Any]) -> None:
    named = (sealed.get("forename"), sealed.get("surname"), sealed.get("date_of_birth"))
    wanted = ticket(actor, programme, *named)
    if not hmac.compare_digest((shown or "").encode("utf-8"), wanted.encode("utf-8")):
        raise Invalid("Look for the person before adding them: they may be on record already.")


def amend(
    actor: Actor, person: Person, *, version: int | None = None, **sealed: Any
) -> dict[str, tuple[Any, Any]]:
    """Change sealed attributes of a person; returns what changed, as (old, new) by name.

    Raises Conflict when the person is no longer of `version`. Why it changed, the caller keeps with the case.
    """
    changes = {name: (getattr(person, name), value) for name, value in sealed.items()}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if version is not None and version != person.version:
        raise Conflict(
            stored={name: _in_words(pair[0]) for name, pair in changes.items()},
            submitted={name: _in_words(pair[1]) for name, pair in changes.items()},
        )
    if not changes:
        return {}
    person.seal(**{name: pair[1] for name, pair in changes.items()})
    db.session.flush()
    trail.record(actor, Event.PERSON_AMENDED, person, fields=sorted(changes))
    if SOUGHT_BY & changes.keys():
        index(person)
    if AGEING & changes.keys():
        for corrected in when_age_corrected:
            corrected(actor, person)
    return changes


def _in_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def move_home(actor: Actor, person: Person, **address: Any) -> Address | None:
    """Give a person a new current address; those they had stay on record. The same one changes nothing."""
    current = next((each for each in person.addresses if each.current), None)
    if not any(address.values()) or (current and _same_home(current, address)):
        return None
    for old in person.addresses:
        old.current = False
    home = Address(person_id=person.id, **address)
    db.session.add(home)
    db.session.flush()
    db.session.expire(person, ["addresses"])
    index(person)
    trail.record(actor, Event.PERSON_AMENDED, person, fields=["address"])
    return home


def _same_home(known: Address, given: Mapping[str, Any]) -> bool:
    return all(getattr(known, name) == value for name, value in given.items())


def adopt(actor: Actor, kept: Person, other: Person) -> None:
    """Take over everything known of `other`, who is `kept` under a second record.

    What is known already stays; another spelling of the name becomes one they are also known by. The caller,
    who knows what points at `other`, points it at `kept` and then calls `forget`.
    """
    if kept.id == other.id or kept.programme != other.programme:
        raise Invalid("Two records of one person are joined within one programme.")
    known, theirs = kept.document(), other.document()
    gained = {name: getattr(other, name) for name in theirs if name not in known and name != "description"}
    names = {*(kept.known_as or ()), *(other.known_as or ())}
    if (other.forename or other.surname) and name_in(known) != name_in(theirs):
        names.add(other.name)
    gained["known_as"] = sorted(names) or None
    gained["other"] = {**(other.other or {}), **(kept.other or {})} or None
    kept.seal(**gained)
    for address in list(other.addresses):
        address.move_to(kept.id)
    db.session.flush()
    db.session.expire(kept, ["addresses"])
    db.session.expire(other, ["addresses"])
    _one_current_home(kept)
    index(kept)
    trail.record(actor, Event.PERSON_ADOPTED, kept, known=str(other.id))
    if AGEING & gained.keys():
        for corrected in when_age_corrected:
            corrected(actor, kept)


def _one_current_home(person: Person) -> None:
    """The newest of several current addresses stays current; twins of it go."""
    seen: set[str] = set()
    for place, address in enumerate(sorted(person.addresses, key=lambda each: each.id, reverse=True)):
        address.current = place == 0
        if address.one_line in seen:
            db.session.delete(address)
        seen.add(address.one_line)
    db.session.flush()
    db.session.expire(person, ["addresses"])


def forget(person: Person) -> None:
    """Delete the second record of somebody who was adopted; nothing may point at it any more."""
    db.session.execute(delete(blind_token).where(blind_token.c.person_id == person.id))
    db.session.delete(person)
    db.session.flush()
    vault.destroy_key(person.id)


def index(person: Person) -> None:
    """Write the tokens under which a person is found; called whenever a name, birth or address changes."""
    db.session.flush()
    likeness = likeness_of(person)
    rows = token_rows(person.programme, person.id, likeness)
    db.session.execute(UNINDEX, {"person": person.id})
    if rows:
        db.session.execute(INDEX, rows)


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
