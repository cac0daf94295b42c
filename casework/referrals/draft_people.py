"""The people of a form half filled in: each is looked for, then chosen from those on record or called new."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.people import service as people
from casework.people.matching import LEAST_SCORE, Likeness, compare
from casework.people.models import Person
from casework.referrals import drafts, schemas
from casework.referrals.models import Draft
from casework.referrals.questions import Slot

MOST_PEOPLE = 30


def slots(draft: Draft) -> list[Slot]:
    return [Slot(**each) for each in drafts.document(draft).get("people", ())]


def add(actor: Actor, draft: Draft, role: str) -> str:
    """Put one more person on the form; returns their key."""
    held = drafts.document(draft).get("people", [])
    if len(held) >= MOST_PEOPLE:
        raise Invalid(errors={"role": [f"A referral has {MOST_PEOPLE} people at most"]})
    key = str(max((int(each["key"]) for each in held), default=0) + 1)
    drafts.keep_people(actor, draft, [*held, {"key": key, "role": role}], f"who-{key}")
    return key


def remove(actor: Actor, draft: Draft, key: str) -> None:
    """Take a person off the form, and those who were said to be the same."""
    gone = {key, *(slot.key for slot in slots(draft) if slot.same_as == key)}
    held = [each for each in drafts.document(draft).get("people", []) if each["key"] not in gone]
    drafts.keep_people(actor, draft, held, "people")


def search(
    actor: Actor, draft: Draft, key: str, typed: Mapping[str, Any], *, version: int, said: Mapping[str, str]
) -> people.Look:
    """Keep whom the author asks for and look for them. What was chosen before is asked again.

    Where nobody whom the author may see is like them, they are new without being asked about.
    """
    drafts.hold(draft)
    slot = next(each for each in slots(draft) if each.key == key)
    if slot.version != version and dict(slot.typed) != dict(typed):
        raise Conflict("This page was saved in another tab while you were typing.", submitted=said)
    slot = Slot(key, slot.role, dict(typed), slot.version + 1)
    if slot.result.errors:
        _replace(actor, draft, slot, f"who-{key}")
        raise Invalid(errors=slot.result.errors)
    look = look_for(actor, draft, slot)
    if not look.matches and not alike(draft, slot):
        slot = _chosen(slot, schemas.NEW, look.ticket)
    _replace(actor, draft, slot, f"who-{key}")
    return look


def look_for(actor: Actor, draft: Draft, slot: Slot) -> people.Look:
    """Who on record may be the person asked for, among those the actor may see."""
    values = slot.values
    return people.look_first(
        actor,
        draft.programme,
        forename=values.get("forename"),
        surname=values.get("surname"),
        born=values.get("date_of_birth"),
        postcode=values.get("postcode"),
    )


def alike(draft: Draft, slot: Slot) -> list[Slot]:
    """Others on this form who may be the same person, in another role."""
    others = (each for each in slots(draft) if each.key != slot.key and not each.same_as)
    return [each for each in others if compare(_likeness(slot), _likeness(each))[0] >= LEAST_SCORE]


def _likeness(slot: Slot) -> Likeness:
    values = slot.values
    names = tuple(name for name in (values.get("forename"), values.get("surname")) if name)
    return Likeness(names, values.get("date_of_birth"))


def shown(look: people.Look) -> str:
    """Stands for a list of matches: another list has another one."""
    ids = sorted(match.person.id.bytes for match in look.matches)
    return hashlib.sha256(b"".join(ids)).hexdigest()


def choose(actor: Actor, draft: Draft, key: str, choice: str, *, seen: str) -> None:
    """Say who somebody is: one of those on record, somebody else on this form, or new.

    Raises Conflict unless the author was shown the list as it is now (`seen` is what `shown` said of theirs).
    """
    drafts.hold(draft)
    slot = next(each for each in slots(draft) if each.key == key)
    look = look_for(actor, draft, slot)
    if seen != shown(look):
        raise Conflict("The people who may be the same have changed meanwhile. Look at the list again.")
    if not _is_offered(actor, draft, slot, choice):
        raise Invalid(errors={"choice": ["Select the person, or that it is none of these"]})
    _replace(actor, draft, _chosen(slot, choice, look.ticket), f"person-{key}")


def person_of(actor: Actor, draft: Draft, slot: Slot) -> Person | None:
    """The person on record whom the author chose, as long as the author may see them; None for a new one."""
    if not slot.choice or slot.is_new or slot.same_as:
        return None
    query = policy.visible(actor, Person, Permission.PERSON_SEARCH)
    return db.session.scalar(
        query.where(Person.id == uuid.UUID(slot.choice), Person.programme == draft.programme)
    )


def on_record(actor: Actor, draft: Draft, slot: Slot) -> list[tuple[str, str]]:
    """What is on record of the person chosen: what the author enters adds to it or takes its place."""
    person = person_of(actor, draft, slot)
    if person is None:
        return []
    home = next((address.one_line for address in person.addresses if address.current), None)
    labels = ((name, field.metadata["label"]) for name, field in schemas.Contact().fields.items())
    held = [("Also known as", ", ".join(person.known_as or ())), ("Address", home)]
    held += [(label, getattr(person, name)) for name, label in labels if name in schemas.CONTACT]
    return [(label, _said(words)) for label, words in held if words]


def _said(words: str) -> str:
    return {choice.id: choice.label for choice in schemas.SAFE}.get(words, words)


def _is_offered(actor: Actor, draft: Draft, slot: Slot, choice: str) -> bool:
    if choice == schemas.NEW:
        return True
    if choice.startswith(schemas.SAME):
        other = choice.removeprefix(schemas.SAME)
        return any(each.key == other and each.key != slot.key and not each.same_as for each in slots(draft))
    try:
        return person_of(actor, draft, _chosen(slot, str(uuid.UUID(choice)), "")) is not None
    except ValueError:
        return False


def _chosen(slot: Slot, choice: str, ticket: str) -> Slot:
    return Slot(slot.key, slot.role, slot.typed, slot.version, ticket, choice)


def _replace(actor: Actor, draft: Draft, slot: Slot, step: str) -> None:
    fresh = {
        "key": slot.key,
        "role": slot.role,
        "typed": dict(slot.typed),
        "version": slot.version,
        "ticket": slot.ticket,
        "choice": slot.choice,
    }
    held = drafts.document(draft).get("people", [])
    drafts.keep_people(actor, draft, [fresh if each["key"] == slot.key else each for each in held], step)
