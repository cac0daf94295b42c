"""The answers to a programme's own questions: those that are counted as rows in plain, the others sealed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, exists, select, update

from casework.access.vocabulary import Actor
from casework.cases.models import Involvement
from casework.crypto.sealed import sealed_fields
from casework.extensions import db
from casework.people import service as people
from casework.people.models import Person
from casework.programmes import shelf
from casework.programmes.definition import REFERRAL, Field
from casework.referrals.models import Answer, Referral

AGE = "age"

# The referrals of a case, and whether each has answers about a person.
OF_CASE = select(
    Referral,
    exists()
    .where(Answer.referral_id == Referral.id, Answer.person_id == bindparam("person"))
    .label("answered"),
).where(Referral.case_id == bindparam("case"))

Values = Mapping[str, Any]


def record(referral: Referral, role: str, person: Person | None, values: Values) -> None:
    """Keep answers about a referral (role `referral`, no person) or about a person in a role.

    Every field named in `values` is replaced; a blank answer takes the old one away. Raises KeyError for a
    field that the programme does not ask about that role.
    """
    programme = shelf.programme(referral.programme)
    fields = {field_id: programme.field(field_id, role) for field_id in values}
    counted = {name: value for name, value in values.items() if fields[name].counted}
    _forget(referral, role, person, counted)
    for name, value in counted.items():
        db.session.add_all(_rows(referral, role, person, fields[name], value))
    _seal(person if person is not None else referral, {k: v for k, v in values.items() if k not in counted})
    db.session.flush()


def read(referral: Referral, role: str, person: Person | None = None) -> dict[str, Any]:
    """The answers about a referral or a person in a role, by field id, in the form's own kinds of value."""
    query = select(Answer).where(Answer.referral_id == referral.id, _of(role, person)).order_by(Answer.id)
    return _known(referral, role, person, db.session.scalars(query))


def read_each(referrals: Iterable[Referral]) -> list[dict[str, Any]]:
    """The answers about each of several referrals themselves, as `read` gives them. One statement."""
    wanted = list(referrals)
    query = (
        select(Answer)
        .where(Answer.referral_id.in_([referral.id for referral in wanted]), _of(REFERRAL, None))
        .order_by(Answer.id)
    )
    rows = db.session.scalars(query).all()
    return [
        _known(referral, REFERRAL, None, (row for row in rows if row.referral_id == referral.id))
        for referral in wanted
    ]


def _known(referral: Referral, role: str, person: Person | None, rows: Iterable[Answer]) -> dict[str, Any]:
    kept: dict[str, list[Answer]] = {}
    for row in rows:
        kept.setdefault(row.field, []).append(row)
    found: dict[str, Any] = {}
    for field in shelf.programme(referral.programme).fields_about(role):
        value = _value(field, kept[field.id]) if field.id in kept else _opened(referral, person, field)
        if value not in (None, []):
            found[field.id] = value
    return found


def record_age(referral: Referral, role: str, person: Person) -> None:
    """Keep the age in completed years on the day of receipt, if the role is counted and the age is known."""
    if not shelf.programme(referral.programme).role(role).counted:
        return
    _forget(referral, role, person, (AGE,))
    age = people.age_on(person.date_of_birth, referral.received_on)
    age = person.approximate_age if age is None else age
    if age is not None:
        db.session.add(_row(referral, role, person, AGE, number=age))
    db.session.flush()


def change_day(referral: Referral, received_on: date) -> None:
    """Put a referral's receipt right: its answers count for that day, and ages are those of that day."""
    referral.received_on = received_on
    db.session.execute(
        update(Answer).where(Answer.referral_id == referral.id).values(received_on=received_on)
    )
    for part in _parts(referral):
        record_age(referral, part.role, part.person)


def recompute_ages(_actor: Actor, person: Person) -> None:
    """After a correction of a birth or an age: every referral that counts the person holds the right age."""
    parts = db.session.scalars(select(Involvement).where(Involvement.person_id == person.id)).all()
    for part in parts:
        for referral in _referrals_about(part):
            record_age(referral, part.role, person)


people.when_age_corrected.append(recompute_ages)


def repoint(old: uuid.UUID, new: uuid.UUID) -> None:
    """Let the answers about one record of a person be about their other record."""
    db.session.execute(update(Answer).where(Answer.person_id == old).values(person_id=new))


def _referrals_about(part: Involvement) -> list[Referral]:
    """The referrals with answers about a person in a case; where none has any, every referral of the case."""
    rows = db.session.execute(OF_CASE, {"case": part.case_id, "person": part.person_id}).all()
    known = [referral for referral, answered in rows if answered]
    return known or [referral for referral, _ in rows]


def _parts(referral: Referral) -> Iterable[Involvement]:
    """Who of the case this referral counts."""
    parts = db.session.scalars(select(Involvement).where(Involvement.case_id == referral.case_id)).all()
    return [part for part in parts if referral in _referrals_about(part)]


def _of(role: str, person: Person | None) -> Any:
    about = Answer.person_id.is_(None) if person is None else Answer.person_id == person.id
    return (Answer.role == role) & about


def _forget(referral: Referral, role: str, person: Person | None, fields: Iterable[str]) -> None:
    wanted = (Answer.referral_id == referral.id, _of(role, person), Answer.field.in_(tuple(fields)))
    db.session.execute(delete(Answer).where(*wanted))


def _rows(referral: Referral, role: str, person: Person | None, field: Field, value: Any) -> Iterable[Answer]:
    if value is None:
        return
    match field.kind:
        case "codes":
            for code in value:
                yield _row(referral, role, person, field.id, code=code)
        case "number":
            yield _row(referral, role, person, field.id, number=value)
        case "date":
            yield _row(referral, role, person, field.id, day=value)
        case "yes_no":
            yield _row(referral, role, person, field.id, code="yes" if value else "no")
        case _:
            yield _row(referral, role, person, field.id, code=value)


def _row(referral: Referral, role: str, person: Person | None, field: str, **held: Any) -> Answer:
    return Answer(
        programme=referral.programme,
        referral_id=referral.id,
        person_id=person.id if person is not None else None,
        role=role,
        field=field,
        received_on=referral.received_on,
        **held,
    )


def _value(field: Field, rows: list[Answer]) -> Any:
    match field.kind:
        case "codes":
            return [row.code for row in rows]
        case "number":
            return rows[0].number
        case "date":
            return rows[0].day
        case "yes_no":
            return rows[0].code == "yes"
        case _:
            return rows[0].code


def _seal(row: Person | Referral, values: Values) -> None:
    """Into the attribute of that name where the row has one (school, language), else among the others."""
    if not values:
        return
    own = {name: value for name, value in values.items() if _is_attribute(row, name)}
    rest = {name: _plain(value) for name, value in values.items() if name not in own}
    if rest:
        others = {**(row.other or {}), **rest}
        own["other"] = {name: value for name, value in others.items() if value not in (None, [])} or None
    row.seal(**own)


def _opened(referral: Referral, person: Person | None, field: Field) -> Any:
    row = person if person is not None else referral
    if _is_attribute(row, field.id):
        return getattr(row, field.id)
    value = (row.other or {}).get(field.id)
    return date.fromisoformat(value) if field.kind == "date" and value else value


def _is_attribute(row: Person | Referral, name: str) -> bool:
    return name in sealed_fields(type(row)) and name != "other"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
