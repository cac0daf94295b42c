"""Recording, amending and striking out, for every kind of entry; reading the record page by page."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select

from casework.audit.models import AuditEntry
from casework.cases import entries, kinds
from casework.cases.models import Amendment, Entry
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.forms import today
from tests.cases.makers import WORDS, World, add, answers, make_world
from tests.support import makers

RECORDED = [kind for kind in kinds.KINDS if kind.add and kind.id != "document"]


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def test_entry_of_every_kind_is_kept_as_it_was_given(world: World) -> None:
    made = [(kind, add(world, kind.id)) for kind in RECORDED]
    db.session.expire_all()

    for kind, entry in made:
        held = kind.read(entry)
        given = {name: value for name, value in answers(kind.id).items() if value is not None}
        assert {name: held[name] for name in given} == given, kind.id
        assert (entry.programme, entry.recorded_by_id) == ("asb_support", world.worker.id)


def test_amendment_of_every_kind_keeps_old_and_new_words_reason_and_author(world: World) -> None:
    for kind in RECORDED:
        entry = add(world, kind.id)
        asked = {ask.name for ask in kind.asks} or {"text"}
        name = "text" if "text" in asked else "why"
        before = getattr(entry, name)

        amendment = entries.amend(
            world.coordinator,
            entry,
            {name: "Put right"},
            reason="Misheard",
            version=entry.version,
            choices={},
        )
        db.session.expire_all()

        assert amendment is not None
        assert getattr(entry, name) == "Put right", kind.id
        assert (amendment.reason, amendment.by_id) == ("Misheard", world.coordinator.id)
        assert amendment.fields == [name]
        assert list((amendment.before or {}).values()) == ([before] if before else [])
        assert list((amendment.after or {}).values()) == ["Put right"]


def test_entry_of_every_kind_can_be_struck_out_and_stays_in_the_record(world: World) -> None:
    for kind in RECORDED:
        entry = add(world, kind.id)

        entries.strike(world.worker, entry, reason="Of another case", version=entry.version)

        assert entry.ended_at_utc is not None
        assert entry in entries.timeline(world.worker, world.case, [kind.id]).rows, kind.id
        left = entries.newest(world.worker, world.case, [kind])[kind.id].entries
        assert entry not in left, kind.id


def test_amending_what_somebody_else_changed_meanwhile_shows_both_versions(world: World) -> None:
    entry = add(world, "note")
    seen = entry.version
    entries.amend(world.coordinator, entry, {"text": "First"}, reason="One", version=seen, choices={})

    with pytest.raises(Conflict) as conflict:
        entries.amend(world.worker, entry, {"text": "Second"}, reason="Two", version=seen, choices={})

    assert conflict.value.stored["Note"] == "First"
    assert conflict.value.submitted["Note"] == "Second"
    assert entry.text == "First"


def test_striking_out_what_somebody_else_changed_meanwhile_is_a_conflict(world: World) -> None:
    entry = add(world, "note")
    seen = entry.version
    entries.amend(world.coordinator, entry, {"text": "First"}, reason="One", version=seen, choices={})

    with pytest.raises(Conflict):
        entries.strike(world.worker, entry, reason="Two", version=seen)


def test_amending_nothing_keeps_nothing(world: World) -> None:
    entry = add(world, "note")

    assert (
        entries.amend(world.worker, entry, answers("note"), reason="x", version=entry.version, choices={})
        is None
    )
    assert db.session.scalar(select(Amendment.id).where(Amendment.subject_id == entry.id)) is None


def test_struck_out_entry_cannot_be_amended(world: World) -> None:
    entry = add(world, "note")
    entries.strike(world.worker, entry, reason="Wrong", version=entry.version)

    with pytest.raises(Invalid):
        entries.amend(world.worker, entry, {"text": "x"}, reason="x", version=entry.version, choices={})


@pytest.mark.parametrize("kind_id", ["stage", "allocation", "closure", "screening", "referral"])
def test_what_casework_writes_itself_cannot_be_recorded_by_hand(world: World, kind_id: str) -> None:
    with pytest.raises(Invalid):
        entries.add(world.worker, world.case, kind_id, {"dated": today()})


def test_what_casework_wrote_itself_cannot_be_amended(world: World) -> None:
    entry = db.session.scalars(select(Entry).where(Entry.kind == "stage")).first()
    assert entry is not None

    with pytest.raises(Invalid):
        entries.amend(world.worker, entry, {"text": "x"}, reason="x", version=entry.version, choices={})


def test_closed_case_takes_notes_and_no_contacts(world: World) -> None:
    world.case.stage_kind = "closed"

    assert add(world, "note")
    with pytest.raises(Invalid):
        add(world, "contact")


def test_trail_names_kind_and_fields_and_holds_none_of_the_words(world: World) -> None:
    entry = add(world, "note")
    entries.amend(
        world.worker, entry, {"text": "Put right"}, reason="Misheard", version=entry.version, choices={}
    )
    db.session.commit()

    found = db.session.scalars(select(AuditEntry).where(AuditEntry.event.like("entry.%"))).all()

    assert [each.details for each in found] == [
        {"kind": "note", "entry": str(entry.id)},
        {"kind": "note", "entry": str(entry.id), "fields": ["text"]},
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_words_lie_nowhere_in_clear_in_the_database_file(world: World, instance: Path) -> None:
    for kind in RECORDED:
        add(world, kind.id)
    db.session.commit()
    with sqlite3.connect(instance / "casework.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()

    raw = b"".join(path.read_bytes() for path in instance.iterdir() if path.is_file())

    for words in (WORDS, "Barnet Homes duty desk", "CAD 1", "Okonjo", "Hendon"):
        assert words.encode() not in raw


def test_timeline_shows_the_newest_first_in_pages_of_how_many(world: World) -> None:
    for days in range(30):
        add(world, "note", dated=today() - timedelta(days=days))

    first = entries.timeline(world.worker, world.case, ["note"], 1)
    second = entries.timeline(world.worker, world.case, ["note"], 2)

    assert (first.total, len(first.rows), len(second.rows)) == (30, 25, 5)
    shown = [entry.dated for entry in (*first.rows, *second.rows)]
    assert shown == sorted(shown, reverse=True)


def test_timeline_shows_only_the_kinds_that_are_wanted(world: World) -> None:
    add(world, "note")
    add(world, "incident")

    page = entries.timeline(world.worker, world.case, ["incident"])

    assert [entry.kind for entry in page.rows] == ["incident"]


def test_timeline_of_somebody_who_may_not_see_the_case_is_empty(world: World) -> None:
    add(world, "note")

    page = entries.timeline(makers.actor_of(world.users["outsider"]), world.case)

    assert (page.rows, page.total) == ([], 0)


def test_newest_of_all_kinds_is_one_statement_however_long_the_record(world: World) -> None:
    for _ in range(8):
        add(world, "note")
        add(world, "support")
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    found = entries.newest(world.worker, world.case, [kinds.kind_of("note"), kinds.kind_of("support")])

    assert len(statements) == 1
    assert [(len(some.entries), some.total) for some in found.values()] == [(5, 8), (5, 8)]
