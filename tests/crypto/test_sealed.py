"""Sealed attributes and data keys, as rows of the database hold them."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select, text, update

from casework.crypto import envelope, keyring, sealed, vault
from casework.crypto.vault import DataKey
from casework.errors import KeyDestroyed, KeyringMissing, SealBroken
from casework.extensions import db, new_id
from casework.people.models import Address, Person
from tests.support.people import PROGRAMME


def make_person(**values: object) -> Person:
    row = new_id()
    vault.make_key(row)
    person = Person(id=row, programme=PROGRAMME, **values)
    db.session.add(person)
    db.session.flush()
    return person


def fresh() -> None:
    """Forget every opened document and key, as another request would."""
    db.session.commit()
    db.session.remove()


def again(row: uuid.UUID) -> Person:
    fresh()
    return db.session.get_one(Person, row)


def test_sealed_attributes_come_back_with_their_kinds(app: Flask) -> None:
    made = make_person(
        forename="Şule",
        date_of_birth=date(1990, 2, 28),
        approximate_age=36,
        known_as=["Su"],
        other={"a": [1, None]},
    )

    person = again(made.id)

    assert (person.forename, person.date_of_birth, person.approximate_age) == ("Şule", date(1990, 2, 28), 36)
    assert (person.known_as, person.other, person.surname) == (["Su"], {"a": [1, None]}, None)


def test_changing_one_attribute_keeps_the_others(app: Flask) -> None:
    made = make_person(forename="Ana", surname="Banks").id
    person = again(made)
    before = person.sealed

    person.surname = "Carr"
    person = again(made)

    assert (person.forename, person.surname) == ("Ana", "Carr")
    assert person.sealed != before


def test_attribute_set_to_none_is_gone(app: Flask) -> None:
    made = make_person(forename="Ana", surname="Banks")
    made.surname = None

    assert again(made.id).document() == {"forename": "Ana"}


def test_unknown_attribute_is_refused(app: Flask) -> None:
    with pytest.raises(TypeError):
        make_person(nickname="Annie")


def test_nothing_of_a_person_lies_in_clear(app: Flask, instance: Path) -> None:
    made = make_person(forename="Zephyrine", surname="Quackenbush", phone="01632 960 999").id
    fresh()

    raw = db.session.execute(select(Person.sealed).where(Person.id == made)).scalar_one()
    assert raw is not None
    assert b"Zephyrine" not in raw
    db.session.remove()
    for file in (each for each in instance.rglob("*") if each.is_file()):
        content = file.read_bytes()
        assert b"Zephyrine" not in content, file
        assert b"Quackenbush" not in content, file
        assert b"960 999" not in content, file


def test_two_rows_that_swapped_their_values_do_not_open(app: Flask) -> None:
    one, other = make_person(forename="Ana"), make_person(forename="Bo")
    ids, values = (one.id, other.id), (one.sealed, other.sealed)
    fresh()
    for row, value in zip(ids, reversed(values), strict=True):
        db.session.execute(update(Person).where(Person.id == row).values(sealed=value))

    for row in ids:
        with pytest.raises(SealBroken):
            again(row).document()


def test_rows_of_one_owner_that_swapped_their_values_do_not_open(app: Flask) -> None:
    person = make_person(forename="Ana")
    person.addresses = [Address(person_id=person.id, lines=f"{number} Hill Road") for number in (1, 2)]
    db.session.flush()
    ids, values = zip(*((each.id, each.sealed) for each in person.addresses), strict=True)
    fresh()
    for row, value in zip(ids, reversed(values), strict=True):
        db.session.execute(update(Address).where(Address.id == row).values(sealed=value))
    fresh()

    for row in ids:
        with pytest.raises(SealBroken):
            db.session.get_one(Address, row).document()


def test_value_moved_to_another_table_does_not_open(app: Flask) -> None:
    person = make_person(forename="Ana")
    address = Address(person_id=person.id, lines="1 Hill Road")
    db.session.add(address)
    db.session.flush()
    row, value = address.id, person.sealed
    fresh()
    db.session.execute(update(Address).where(Address.id == row).values(sealed=value))
    fresh()

    with pytest.raises(SealBroken):
        db.session.get_one(Address, row).document()


def test_one_changed_byte_in_the_database_is_detected(app: Flask) -> None:
    made = make_person(forename="Ana")
    row, whole = made.id, made.sealed
    assert whole is not None
    for position in (0, 1, 3, 14, 15, 100, len(whole) - 17, len(whole) - 1):
        changed = bytearray(whole)
        changed[position] ^= 1
        fresh()
        db.session.execute(update(Person).where(Person.id == row).values(sealed=bytes(changed)))
        with pytest.raises(SealBroken):
            again(row).document()


def test_swapped_data_keys_do_not_open(app: Flask) -> None:
    one, other = make_person(forename="Ana").id, make_person(forename="Bo").id
    fresh()
    wrapped = dict(iter(db.session.execute(select(DataKey.id, DataKey.wrapped))))
    db.session.execute(update(DataKey).where(DataKey.id == one).values(wrapped=wrapped[other]))
    fresh()

    with pytest.raises(SealBroken):
        db.session.get_one(Person, one).document()


def test_record_without_a_key_says_so(app: Flask) -> None:
    made = make_person(forename="Ana").id
    fresh()
    db.session.execute(text("DELETE FROM data_key"))

    with pytest.raises(SealBroken, match="not in the database"):
        again(made).document()


def test_destroyed_key_destroys_the_record(app: Flask) -> None:
    made, other = make_person(forename="Ana").id, make_person(forename="Bo").id

    vault.destroy_key(made)

    with pytest.raises(KeyDestroyed):
        again(made).document()
    assert again(other).forename == "Bo"
    stone = db.session.get_one(DataKey, made)
    assert (stone.wrapped, stone.destroyed_at_utc is not None) == (None, True)


def test_list_is_warmed_past_a_destroyed_record(app: Flask) -> None:
    made, gone = make_person(forename="Ana").id, make_person(forename="Bo").id
    vault.destroy_key(gone)
    fresh()

    vault.warm([made, gone])

    assert db.session.get_one(Person, made).forename == "Ana"
    with pytest.raises(KeyDestroyed):
        db.session.get_one(Person, gone).document()


def test_many_keys_are_opened_by_one_statement(app: Flask) -> None:
    ids = [make_person(forename=str(number)).id for number in range(20)]
    fresh()
    people = db.session.scalars(select(Person).where(Person.id.in_(ids))).all()
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    vault.warm(ids)
    names = {person.forename for person in people}

    assert names == {str(number) for number in range(20)}
    assert len(statements) == 1


def test_rotation_wraps_every_key_anew_and_old_values_still_open(app: Flask) -> None:
    made = make_person(forename="Ana").id
    gone = make_person(forename="Bo").id
    vault.destroy_key(gone)
    before = db.session.scalars(select(Person.sealed).where(Person.id == made)).one()
    fresh()
    file = app.extensions["keyring"]
    keyring.save(file.get().with_new_master(), file.path)
    file.forget()

    assert vault.rewrap_all() == 1
    assert vault.rewrap_all() == 0
    fresh()

    wrapped = db.session.scalars(select(DataKey.wrapped).where(DataKey.id == made)).one()
    assert wrapped is not None
    assert wrapped[1:3] == b"\x00\x02"
    assert db.session.scalars(select(Person.sealed).where(Person.id == made)).one() == before
    assert db.session.get_one(Person, made).forename == "Ana"
    newest_only = {2: file.get().master[2]}
    assert envelope.unwrap(newest_only, made, wrapped) == vault.key_of(made)


def test_without_its_keyring_nothing_opens(app: Flask) -> None:
    made = make_person(forename="Ana").id
    fresh()
    app.extensions["keyring"].path.unlink()
    app.extensions["keyring"].forget()

    with pytest.raises(KeyringMissing):
        again(made).document()


def test_row_moves_to_another_owner_with_its_content(app: Flask) -> None:
    one, other = make_person(forename="Ana"), make_person(forename="Bo")
    address = Address(person_id=one.id, lines="1 Hill Road", postcode="NW4 4BG")
    db.session.add(address)

    address.move_to(other.id)
    db.session.flush()
    row, owner = address.id, other.id
    vault.destroy_key(one.id)
    fresh()

    moved = db.session.get_one(Address, row)
    assert (moved.person_id, moved.lines, moved.postcode) == (owner, "1 Hill Road", "NW4 4BG")


def test_document_read_by_columns_alone_is_the_same(app: Flask) -> None:
    made = make_person(forename="Ana", date_of_birth=date(1990, 1, 2))

    assert sealed.opened(Person, made.id, made.id, made.sealed) == {
        "forename": "Ana",
        "date_of_birth": "1990-01-02",
    }
    assert sealed.opened(Person, made.id, made.id, None) == {}


def test_rolled_back_change_is_not_remembered(app: Flask) -> None:
    made = make_person(forename="Ana")
    db.session.commit()

    made.forename = "Bo"
    db.session.rollback()

    assert made.forename == "Ana"
