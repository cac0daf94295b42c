"""Referrals as read to rows that can be stored: sealed, with their tokens, before any lock is taken."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from casework.cases.models import Entry
from casework.crypto import envelope, vault
from casework.crypto.keyring import KEY_BYTES
from casework.crypto.sealed import SealedRow, seal_document, sealed_fields
from casework.extensions import new_id
from casework.people.matching import Likeness
from casework.people.models import Address, Person
from casework.people.service import token_rows
from casework.programmes.definition import REFERRAL, PersonRole, Programme
from casework.programmes.risk import Band, RiskTool
from casework.referrals.importing.checking import ReadReferral, about
from casework.referrals.models import Referral


class SealedPerson(NamedTuple):
    """A person of a referral: the rows that hold them, but for what the case adds."""

    id: uuid.UUID
    role: PersonRole
    born: date | None
    key: bytes
    sealed: bytes | None
    address_id: uuid.UUID | None
    address: bytes | None
    tokens: list[bytes]


class SealedScore(NamedTuple):
    """A risk assessment of which only the total is known, as an entry's row."""

    id: uuid.UUID
    tool: RiskTool
    score: int
    band: Band | None
    sealed: bytes


class SealedReferral(NamedTuple):
    """A referral ready to be stored. What is counted stays in `read`."""

    read: ReadReferral
    id: uuid.UUID
    case_id: uuid.UUID
    key: bytes
    sealed: bytes | None
    people: list[SealedPerson]
    scores: list[SealedScore]


@dataclass(frozen=True)
class Layout:
    """Where a programme's columns go: the targets of each person role and of the referral, by kind of target."""

    programme: Programme
    roles: tuple[PersonRole, ...]
    targets: dict[str, tuple[str, ...]]
    counted: dict[str, str]  # target of a counted answer: its field's id
    sealed: dict[str, str]  # target of a sealed answer: its field's id
    tools: dict[str, RiskTool]  # target of a score: the tool in the version that takes assessments now


def layout_of(programme: Programme) -> Layout:
    targets = {column.target for file in programme.imports for column in file.columns}
    answers = [target for target in targets if target.startswith("answer.")]
    counted = {target for target in answers if _field(programme, target).counted}
    of_role = {
        role.id: tuple(sorted(target for target in targets if about(target) == role.id))
        for role in programme.roles
    }
    return Layout(
        programme=programme,
        roles=tuple(role for role in programme.roles if of_role[role.id]),
        targets=of_role,
        counted={target: _field(programme, target).id for target in answers if target in counted},
        sealed={target: _field(programme, target).id for target in answers if target not in counted},
        tools={
            f"risk.{tool.id}.score": tool
            for tool in programme.current_tools
            if f"risk.{tool.id}.score" in targets
        },
    )


def seal(layout: Layout, read: ReadReferral) -> SealedReferral:
    """Seal one referral and its people, each under a key of their own."""
    case_id, row = new_id(), new_id()
    key, wrapped = _new_key(case_id)
    document = {"narrative": read.values.get("referral.narrative"), "other": _other(layout, read, REFERRAL)}
    return SealedReferral(
        read=read,
        id=row,
        case_id=case_id,
        key=wrapped,
        sealed=_document(Referral, row, key, document),
        people=[_person(layout, read, role) for role in layout.roles if _is_told_of(layout, read, role)],
        scores=[
            _score(tool, read.values[target], key)
            for target, tool in layout.tools.items()
            if target in read.values
        ],
    )


def _score(tool: RiskTool, score: int, key: bytes) -> SealedScore:
    row, band = new_id(), tool.band_for(score)
    details = {"band": band.id if band else None}
    return SealedScore(row, tool, score, band, seal_document(Entry, row, key, {"details": details}))


def _is_told_of(layout: Layout, read: ReadReferral, role: PersonRole) -> bool:
    """Whether a row says anything of a person in the role. The one whom it is about is there in any case."""
    return role is layout.programme.subject or any(
        target in read.values for target in layout.targets[role.id]
    )


def _person(layout: Layout, read: ReadReferral, role: PersonRole) -> SealedPerson:
    row = new_id()
    key, wrapped = _new_key(row)
    told = {
        part: read.values.get(f"person.{role.id}.{part}") for part in ("forename", "surname", "date_of_birth")
    }
    lines, postcode = (read.values.get(f"address.{role.id}.{part}") for part in ("line", "postcode"))
    address_id = new_id() if lines or postcode else None
    likeness = Likeness(
        tuple(name for name in (told["forename"], told["surname"]) if name),
        told["date_of_birth"],
        (postcode,) if postcode else (),
    )
    return SealedPerson(
        id=row,
        role=role,
        born=told["date_of_birth"],
        key=wrapped,
        sealed=_document(Person, row, key, {**told, **_answers(layout, read, role.id)}),
        address_id=address_id,
        address=_document(Address, address_id, key, {"lines": lines, "postcode": postcode})
        if address_id
        else None,
        tokens=[token["token"] for token in token_rows(layout.programme.id, row, likeness)],
    )


def _answers(layout: Layout, read: ReadReferral, role: str) -> dict[str, Any]:
    """Sealed answers about a person: under the person's own attribute where there is one of that name."""
    other = _other(layout, read, role) or {}
    own = {name: other.pop(name) for name in tuple(other) if name in sealed_fields(Person)}
    return {**own, "other": other or None}


def _other(layout: Layout, read: ReadReferral, whom: str) -> dict[str, Any] | None:
    return {
        field: _plain(read.values[target])
        for target, field in layout.sealed.items()
        if target in read.values and about(target) == whom
    } or None


def _document(model: type[SealedRow], row: uuid.UUID, key: bytes, values: dict[str, Any]) -> bytes | None:
    document = {name: _plain(value) for name, value in values.items() if value is not None}
    return seal_document(model, row, key, document) if document else None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _new_key(owner: uuid.UUID) -> tuple[bytes, bytes]:
    """A data key for `owner`, and the same as it is stored (`vault.new_key` would make an object of the mapper)."""
    ring = vault.keyring()
    key = secrets.token_bytes(KEY_BYTES)
    return key, envelope.wrap(ring.master[ring.newest], owner, ring.newest, key)


def _field(programme: Programme, target: str) -> Any:
    _, whom, field_id = target.split(".")
    return programme.field(field_id, whom)
