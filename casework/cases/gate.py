"""The one gate that whatever leaves a case passes: letters, onward referrals, papers.

It stops what would tell somebody who must not know, and contact details that are not safe to give away.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.accounts.models import Agency, User
from casework.cases import kinds, warnings
from casework.cases.models import Case, Entry, Exclusion, Involvement
from casework.crypto import vault
from casework.crypto.blind import normalise
from casework.extensions import db
from casework.people.models import Address, Person
from casework.programmes import shelf

POSSESSIVE = re.compile(r"['’]s\b")
SHORTEST_NUMBER = 7  # digits that make a telephone number worth looking for


@dataclass(frozen=True)
class Recipient:
    """Who would receive something: one of the case's people in a role, or whoever is named."""

    name: str
    part: Involvement | None = None


@dataclass(frozen=True)
class Block:
    """Why something may not leave, in words for whoever would send it."""

    reason: str


def check(case: Case, recipient: Recipient, text: str) -> list[Block]:
    """Every reason against giving `text` about `case` to `recipient`; none means that it may leave."""
    parts = db.session.scalars(
        select(Involvement)
        .where(Involvement.case_id == case.id)
        .options(joinedload(Involvement.person).selectinload(Person.addresses))
    ).all()
    vault.warm(part.person_id for part in parts)
    standing = warnings.in_force(case)
    return [
        Block(reason)
        for reason in (
            *_never_told(case, recipient, parts),
            *_warned_of(recipient, standing, {part.person_id: part.person for part in parts}),
            *_excluded(case, recipient),
            *_shared_home(case, recipient, parts, standing),
            *_unsafe_details(text, parts),
        )
    ]


def _never_told(case: Case, recipient: Recipient, parts: Sequence[Involvement]) -> Iterator[str]:
    """Somebody in a role that gets nothing which reveals the referral or the panel."""
    programme = shelf.programme(case.programme)
    for part in parts:
        role = programme.role(part.role)
        if role.never_tell and _is(recipient, part):
            yield (
                f"{recipient.name} is recorded as {role.label.lower()}, "
                f"who must learn nothing of this {programme.word('case')}."
            )


def _warned_of(
    recipient: Recipient, standing: Sequence[Entry], people: Mapping[uuid.UUID, Person]
) -> Iterator[str]:
    for warning in standing:
        if warning.code != kinds.NOT_TOLD:
            continue
        person = people.get(warning.person_id) if warning.person_id else None
        same_person = recipient.part is not None and recipient.part.person_id == warning.person_id
        named = (
            person.name if person else "",
            *(person.known_as or () if person else ()),
            warning.whom or "",
        )
        if same_person or any(_named(name, recipient.name) for name in named):
            who, why = warnings.whom(warning, people), warning.why or "no reason given"
            yield f"A warning says that {who} must not be told: {why}"


def _excluded(case: Case, recipient: Recipient) -> Iterator[str]:
    """An agency or user from whom the case is hidden is not written to either."""
    query = (
        select(Agency.name, User.name)
        .select_from(Exclusion)
        .outerjoin(Agency, Agency.id == Exclusion.agency_id)
        .outerjoin(User, User.id == Exclusion.user_id)
        .where(Exclusion.case_id == case.id, Exclusion.ended_at_utc.is_(None))
    )
    for names in db.session.execute(query):
        if any(_named(name, recipient.name) for name in names if name):
            yield f"{recipient.name} must not know of this case."


def _shared_home(
    case: Case, recipient: Recipient, parts: Sequence[Involvement], standing: Sequence[Entry]
) -> Iterator[str]:
    """Post to a home is read by whoever lives there."""
    if recipient.part is None:
        return
    programme = shelf.programme(case.programme)
    warned = {entry.person_id for entry in standing if entry.code == kinds.NOT_TOLD}
    home = _home(recipient.part.person)
    for part in parts:
        other = part.person_id != recipient.part.person_id
        told = not programme.role(part.role).never_tell and part.person_id not in warned
        if other and not told and home and _home(part.person) == home:
            yield (
                f"{recipient.name} lives at the same address as {part.person.name}, who must not be told: "
                "a letter there is not safe."
            )


def _unsafe_details(text: str, parts: Sequence[Involvement]) -> Iterator[str]:
    """Confidential addresses, and numbers and e-mail addresses on which it is not safe to reach somebody."""
    bare, digits = normalise(text), re.sub(r"\D", "", text)
    told: set[str] = set()
    for person in {part.person_id: part.person for part in parts}.values():
        if any(_holds_address(bare, address) for address in person.addresses if address.confidential):
            told.add(f"The text holds a confidential address of {person.name}.")
        if person.safe_to_call == "no" and person.phone:
            number = re.sub(r"\D", "", person.phone)
            if len(number) >= SHORTEST_NUMBER and number in digits:
                told.add(f"The text holds a telephone number of {person.name} that is not safe to call.")
        if person.safe_to_call == "no" and person.email and person.email.lower() in text.lower():
            told.add(f"The text holds an e-mail address of {person.name}, whom it is not safe to contact.")
    yield from sorted(told)


def _holds_address(bare: str, address: Address) -> bool:
    first_line = normalise((address.lines or "").partition("\n")[0].partition(",")[0])
    postcode = normalise(address.postcode or "").replace(" ", "")
    return bool(
        (postcode and postcode in bare.replace(" ", "")) or (len(first_line) > 5 and first_line in bare)
    )


def _home(person: Person) -> tuple[str, str] | None:
    """A current address in a form that can be compared; None where it is not known well enough."""
    for address in person.addresses:
        line = normalise((address.lines or "").replace("\n", " "))
        postcode = normalise(address.postcode or "").replace(" ", "")
        if address.current and line and postcode:
            return line.split()[0], postcode
    return None


def _is(recipient: Recipient, part: Involvement) -> bool:
    if recipient.part is not None:
        return recipient.part.person_id == part.person_id
    return any(_named(name, recipient.name) for name in (part.person.name, *(part.person.known_as or ())))


def _named(name: str, words: str) -> bool:
    """Whether a name of two words or more, or the whole of a shorter one, stands in some words."""
    wanted, said = (normalise(POSSESSIVE.sub("", each)).split() for each in (name, words))
    if not wanted:
        return False
    return wanted == said if len(wanted) == 1 else set(wanted) <= set(said)
