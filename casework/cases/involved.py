"""The people of a case: putting them in, and putting right what is known of them and of their part in it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import gaps, service
from casework.cases.entries import keep_change
from casework.cases.kind import said
from casework.cases.locks import lock
from casework.cases.models import Case, Involvement
from casework.crypto import vault
from casework.errors import Conflict, Invalid, NotFound
from casework.extensions import db
from casework.forms import FormSchema
from casework.people import service as people
from casework.people.models import Address, Person

ADDRESS = ("lines", "postcode", "ward", "confidential")


def parts_of(case: Case) -> Sequence[Involvement]:
    """Everybody in the case with their addresses and workers, those of the main role first.

    Three statements.
    """
    query = (
        select(Involvement)
        .where(Involvement.case_id == case.id)
        .order_by(Involvement.id)
        .options(
            joinedload(Involvement.person).selectinload(Person.addresses), joinedload(Involvement.worker)
        )
    )
    parts = db.session.scalars(query).unique().all()
    vault.warm((case.id, *(part.person_id for part in parts)))
    return parts


def add_known(
    actor: Actor, case: Case, person_id: uuid.UUID, role: str, *, relationship_words: str | None
) -> Involvement:
    """Put somebody into the case who is on record already and whom the actor may see."""
    query = policy.visible(actor, Person, Permission.PERSON_SEARCH).where(
        Person.id == person_id, Person.programme == case.programme
    )
    person = db.session.scalar(query)
    if person is None:
        raise NotFound
    held = select(Involvement.id).where(
        Involvement.case_id == case.id, Involvement.person_id == person.id, Involvement.role == role
    )
    if db.session.scalar(held) is not None:
        raise Invalid(errors={"outcome": ["They are in this case in that role already"]})
    return _involved(actor, case, person, role, relationship_words)


def add_new(
    actor: Actor,
    case: Case,
    role: str,
    *,
    ticket: str | None,
    relationship_words: str | None,
    address: Mapping[str, Any] | None = None,
    **sealed: Any,
) -> Involvement:
    """Put somebody new into the case; `ticket` shows that they were looked for."""
    person = people.add(actor, case.programme, ticket=ticket, address=address, **sealed)
    return _involved(actor, case, person, role, relationship_words)


def _involved(actor: Actor, case: Case, person: Person, role: str, words: str | None) -> Involvement:
    part = service.involve(actor, case, person, role, relationship_words=words)
    db.session.expire(case, ["involvements"])
    gaps.review(actor, case)
    return part


def amend_person(
    actor: Actor,
    part: Involvement,
    schema: FormSchema,
    values: Mapping[str, Any],
    *,
    reason: str,
    version: int,
) -> None:
    """Change what is known of a person, in every case they are in.

    Old, new and reason stay with this case.
    """
    person = part.person
    lock(person)
    held = {name: getattr(person, name) for name in values}
    old, new = in_words(schema, held), in_words(schema, values)
    if person.version != version:
        raise Conflict(stored=old, submitted=new)
    changes = people.amend(actor, person, **values)
    if changes:
        _keep(actor, part, person, sorted(changes), old, new, reason)


def give_address(
    actor: Actor, part: Involvement, schema: FormSchema, values: Mapping[str, Any], *, reason: str
) -> None:
    """Give a person a new current address; those before stay on record."""
    before = next((address for address in part.person.addresses if address.current), None)
    old = in_words(schema, _address_values(before)) if before else {}
    if people.move_home(actor, part.person, **values) is not None:
        _keep(actor, part, part.person, ["address"], old, in_words(schema, values), reason)


def correct_address(
    actor: Actor,
    part: Involvement,
    address_id: uuid.UUID,
    schema: FormSchema,
    values: Mapping[str, Any],
    *,
    reason: str,
    version: int,
) -> None:
    """Put an address right, or mark it confidential."""
    person = part.person
    lock(person)
    address = address_of(part, address_id)
    old, new = in_words(schema, _address_values(address)), in_words(schema, values)
    if person.version != version:
        raise Conflict(stored=old, submitted=new)
    if old == new:
        return
    address.confidential = bool(values.get("confidential"))
    address.seal(**{name: values.get(name) for name in ("lines", "postcode", "ward")})
    person.seal()  # its version counts what changes on its addresses too
    people.index(person)
    trail.record(actor, Event.PERSON_AMENDED, person, fields=["address"])
    _keep(actor, part, person, ["address"], old, new, reason)


def address_of(part: Involvement, address_id: uuid.UUID) -> Address:
    found = next((address for address in part.person.addresses if address.id == address_id), None)
    if found is None:
        raise NotFound
    return found


def amend_part(
    actor: Actor,
    part: Involvement,
    schema: FormSchema,
    values: Mapping[str, Any],
    *,
    reason: str,
    version: int,
) -> None:
    """Change a person's part in the case: relationship, safeguarding decision, the day it ended."""
    lock(part)
    held = {name: getattr(part, name) for name in values}
    old, new = in_words(schema, held), in_words(schema, values)
    if part.version != version:
        raise Conflict(stored=old, submitted=new)
    changed = sorted(name for name, value in values.items() if value != held[name])
    if not changed:
        return
    for name in changed:
        setattr(part, name, values[name])
    db.session.flush()
    trail.record(actor, Event.INVOLVEMENT_AMENDED, part.case, person=str(part.person_id), fields=changed)
    _keep(actor, part, part, changed, old, new, reason)
    gaps.review(actor, part.case)


def in_words(schema: FormSchema, values: Mapping[str, Any]) -> dict[str, str]:
    """Answers to a form as labels and words; blank ones left out."""
    return {
        field.metadata["label"]: said(values[name], field.metadata["choices"])
        for name, field in schema.fields.items()
        if values.get(name) not in (None, "", [])
    }


def _address_values(address: Address) -> dict[str, Any]:
    return {name: getattr(address, name) for name in ADDRESS}


def _keep(
    actor: Actor,
    part: Involvement,
    subject: Person | Involvement,
    fields: Sequence[str],
    old: Mapping[str, str],
    new: Mapping[str, str],
    reason: str,
) -> None:
    keep_change(
        actor,
        part.case_id,
        subject,
        fields,
        before={asked: words for asked, words in old.items() if new.get(asked) != words},
        after={asked: words for asked, words in new.items() if old.get(asked) != words},
        reason=reason,
    )
    db.session.flush()
