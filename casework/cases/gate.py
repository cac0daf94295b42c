"""The one gate that whatever leaves a case passes: letters, onward referrals, papers.

It stops what would tell somebody who must not know, and contact details that are not safe to give away. `look` reads
a case once, for papers that ask about it again and again.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
SHORTEST_LINE = 6  # letters and figures: fewer are said of anywhere
EXTENSION = re.compile(r"(x|ext).*", re.IGNORECASE)


def digits_of(text: str) -> str:
    """The figures of a text, whatever stands between them and however wide they are written."""
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", text))


@dataclass(frozen=True)
class Recipient:
    """Who would receive something: one of the case's people in a role, or whoever is named.

    Whoever sits `on_panel` gets papers by office: of a case that they are in themselves, in any role, they get none;
    and where two accuse each other, their papers carry the contacts of neither.
    """

    name: str
    part: Involvement | None = None
    email: str = ""
    on_panel: bool = False


@dataclass(frozen=True)
class Block:
    """Why something may not leave, in words for whoever would send it."""

    reason: str


@dataclass(frozen=True)
class Secret:
    """Something that may not leave: how it is recognised in a text, and what it is, in words.

    `kind`: words (normalised), number (its last figures) or email.
    """

    kind: str
    value: str
    what: str

    @property
    def reason(self) -> str:
        return f"The text holds {self.what}."

    def stands_in(self, text: str) -> bool:
        match self.kind:
            case "number":
                return self.value in digits_of(text)
            case "email":
                return self.value.lower() in text.lower()
        bare = normalise(text)
        return self.value in bare or (" " not in self.value and self.value in bare.replace(" ", ""))


@dataclass(frozen=True)
class Known:
    """What the gate has to know of a case, read once."""

    case: Case
    parts: Sequence[Involvement]
    standing: Sequence[Entry]
    hidden_from: Sequence[str]  # names of agencies and users
    accused: frozenset[uuid.UUID]  # people of the case who accuse each other

    @property
    def people(self) -> Mapping[uuid.UUID, Person]:
        return {part.person_id: part.person for part in self.parts}

    def secrets(self, recipient: Recipient) -> list[Secret]:
        """What no text to this recipient may hold."""
        return list(dict.fromkeys(self._secrets(recipient)))

    def _secrets(self, recipient: Recipient) -> Iterator[Secret]:
        own = recipient.part.person_id if recipient.part else None
        for person in self.people.values():
            for address in person.addresses:
                if address.confidential:
                    yield from _home_words(address, f"a confidential address of {person.name}")
            if person.safe_to_call == "no":
                yield from _contacts(
                    person,
                    f"a telephone number of {person.name} that is not safe to call",
                    f"an e-mail address of {person.name}, whom it is not safe to contact",
                )
            if self.accused and recipient.on_panel and person.id != own:
                why = f"contact details of {person.name}: each side accuses the other, and gets none of the other's"
                yield from _contacts(person, why, why)
                for address in person.addresses:
                    yield from _home_words(address, why)
        if own is not None and own in self.accused:
            yield from self._of_the_others(own)

    def _of_the_others(self, own: uuid.UUID) -> Iterator[Secret]:
        """How to reach those who accuse somebody and are accused by them, but for what is their own as well."""
        theirs = {secret.value for secret in contacts_of(self.people[own])}
        for other in self.accused - {own}:
            for secret in contacts_of(self.people[other]):
                if secret.value not in theirs:
                    yield secret


def check(case: Case, recipient: Recipient, text: str) -> list[Block]:
    """Every reason against giving `text` about `case` to `recipient`; none means that it may leave."""
    return check_known(look(case), recipient, text)


def look(case: Case) -> Known:
    """Read what the gate has to know of a case."""
    parts = db.session.scalars(
        select(Involvement)
        .where(Involvement.case_id == case.id)
        .options(joinedload(Involvement.person).selectinload(Person.addresses))
    ).all()
    vault.warm(part.person_id for part in parts)
    return Known(case, parts, warnings.in_force(case), _hidden_from(case), _accused(case, parts))


def check_known(known: Known, recipient: Recipient, text: str) -> list[Block]:
    """`check`, on what was read before."""
    secrets = known.secrets(recipient)
    return [
        Block(reason)
        for reason in (
            *_never_told(known.case, recipient, known.parts),
            *_on_panel(recipient, known),
            *_warned_of(recipient, known.standing, known.people),
            *_excluded(known, recipient),
            *_shared_home(known.case, recipient, known.parts, known.standing),
            *sorted({secret.reason for secret in secrets if secret.stands_in(text)}),
        )
    ]


def _on_panel(recipient: Recipient, known: Known) -> Iterator[str]:
    """A member who is somebody in the case has no part in it, whatever the role."""
    if not recipient.on_panel:
        return
    programme = shelf.programme(known.case.programme)
    email = recipient.email.strip().lower()
    for part in known.parts:
        role = programme.role(part.role)
        same = bool(email) and email == (part.person.email or "").strip().lower()
        if same or (not role.never_tell and _is(recipient, part)):
            yield f"{recipient.name} seems to be {part.person.name}, who is in this case as {role.label.lower()}."


def _accused(case: Case, parts: Sequence[Involvement]) -> frozenset[uuid.UUID]:
    """The people of the case who are on both sides of something in the programme, if there are at least two."""
    programme = shelf.programme(case.programme)
    query = select(Involvement.person_id, Involvement.role).where(
        Involvement.person_id.in_({part.person_id for part in parts}), Involvement.ended_on.is_(None)
    )
    sides: dict[uuid.UUID, set[str]] = {}
    for person, role in db.session.execute(query):
        sides.setdefault(person, set()).add(programme.role(role).side)
    both = frozenset(person for person, held in sides.items() if {"protected", "harming"} <= held)
    return both if len(both) > 1 else frozenset()


def check_apart(cases: Iterable[Case], text: str) -> list[Block]:
    """Every reason against a text that is about no case and would yet tell of one of `cases`.

    A calendar entry, say, or the place of a meeting: it goes where casework has no say over who reads it.
    """
    return [
        Block(f"It tells of {case.reference}, and goes to people who may not know of it.")
        for case in cases
        if _tells_of(look(case), text)
    ]


def _tells_of(known: Known, text: str) -> bool:
    """Whether a text holds the reference of a case, or the name, a home or a contact of anybody in it."""
    people = known.people.values()
    names = (name for each in people for name in (each.name, *(each.known_as or ())))
    secrets = [secret for each in people for secret in _contacts(each, "", "")]
    secrets += [secret for each in people for home in each.addresses for secret in _home_words(home, "")]
    return (
        known.case.reference.lower() in text.lower()
        or any(_named(name, text) for name in names)
        or any(secret.stands_in(text) for secret in secrets)
    )


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


def _hidden_from(case: Case) -> list[str]:
    query = (
        select(Agency.name, User.name)
        .select_from(Exclusion)
        .outerjoin(Agency, Agency.id == Exclusion.agency_id)
        .outerjoin(User, User.id == Exclusion.user_id)
        .where(Exclusion.case_id == case.id, Exclusion.ended_at_utc.is_(None))
    )
    return [name for names in db.session.execute(query) for name in names if name]


def _excluded(known: Known, recipient: Recipient) -> Iterator[str]:
    """An agency or user from whom the case is hidden is not written to either."""
    if any(_named(name, recipient.name) for name in known.hidden_from):
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


def contacts_of(person: Person) -> Iterator[Secret]:
    """Every way to reach a person: numbers, e-mail, homes."""
    what = f"contact details of {person.name}"
    yield from _contacts(person, what, what)
    for address in person.addresses:
        yield from _home_words(address, what)


def _contacts(person: Person, number: str, email: str) -> Iterator[Secret]:
    """A number is known by its last figures, because it may be written as from abroad."""
    digits = digits_of(EXTENSION.sub("", person.phone or ""))
    national = digits.removeprefix("44").lstrip("0")
    if len(digits) >= SHORTEST_NUMBER:
        yield Secret("number", national if len(national) >= SHORTEST_NUMBER else digits, number)
    if person.email:
        yield Secret("email", person.email, email)


def _home_words(address: Address, what: str) -> Iterator[Secret]:
    """What an address begins with, each line of it with a number, and its postcode."""
    for line in _telling_lines(address.lines or ""):
        yield Secret("words", line, what)
    postcode = normalise(address.postcode or "").replace(" ", "")
    if postcode:
        yield Secret("words", postcode, what)


def _telling_lines(lines: str) -> Iterator[str]:
    """Of "Flat 2, 14 Elm Road, Hendon" both the flat and the house; a number alone belongs to what follows it."""
    number = ""
    for place, part in enumerate(filter(None, map(normalise, re.split(r"[\n,]", lines)))):
        line = f"{number} {part}".strip()
        number = part if re.fullmatch(r"[0-9]+[a-z]?", part) else ""
        tells = place == 0 or any(each.isdecimal() for each in line)
        if tells and not number and len(line) >= SHORTEST_LINE:
            yield line


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
