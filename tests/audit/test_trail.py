"""The trail is one unbroken chain, whoever writes and whatever is done to it afterwards."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, NoResultFound

from casework.access.vocabulary import OPERATOR
from casework.accounts.models import Agency
from casework.audit import trail
from casework.audit.events import REQUIRED, Event
from casework.audit.models import AuditEntry, AuditHead
from casework.extensions import db


def write(entries: int, event: Event = Event.SIGNED_IN) -> None:
    for _ in range(entries):
        trail.record(OPERATOR, event)
        db.session.commit()


def tamper(*statements: str) -> None:
    """Do to the database what somebody with its password could, past the triggers."""
    connection = db.session.connection()
    trail.unguard(connection)
    for statement in statements:
        connection.execute(text(statement))
    db.session.commit()


def faults() -> tuple[str, ...]:
    db.session.rollback()
    return trail.verify().faults


def test_untouched_trail_holds(app: Flask) -> None:
    write(3)

    verdict = trail.verify()

    assert verdict.faults == ()
    assert verdict.entries == db.session.scalar(select(func.count()).select_from(AuditEntry))


def test_empty_trail_holds(app: Flask) -> None:
    assert trail.verify() == trail.Verdict(0, ())


def test_entries_are_numbered_without_gap(app: Flask) -> None:
    for _ in range(3):
        trail.record(OPERATOR, Event.SIGNED_IN)
    trail.record(OPERATOR, Event.SIGNED_OUT)
    db.session.commit()
    write(2)

    assert db.session.scalars(select(AuditEntry.sequence).order_by(AuditEntry.sequence)).all() == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET event = 'user.signed_out' WHERE sequence = 2",
        "UPDATE audit_entry SET actor_kind = 'user' WHERE sequence = 2",
        "UPDATE audit_entry SET programme = 'asb_support' WHERE sequence = 2",
        "UPDATE audit_entry SET subject_kind = 'case_record' WHERE sequence = 2",
        'UPDATE audit_entry SET details = \'{"list": "cases", "rows": 4}\' WHERE sequence = 2',
        "UPDATE audit_entry SET details = '[]' WHERE sequence = 2",
        "UPDATE audit_entry SET at_utc = '2020-01-01 00:00:00.000000' WHERE sequence = 2",
        "UPDATE audit_entry SET id = (SELECT id FROM audit_head) WHERE sequence = 2",
        "UPDATE audit_entry SET actor_id = id WHERE sequence = 2",
        "UPDATE audit_entry SET subject_id = id WHERE sequence = 2",
        "UPDATE audit_entry SET digest = (SELECT digest FROM audit_entry WHERE sequence = 1) WHERE sequence = 2",
        "UPDATE audit_entry SET sequence = 40 WHERE sequence = 2",
        "UPDATE audit_entry SET sequence = 40 WHERE sequence = 4",
        "UPDATE audit_entry SET sequence = -1 WHERE sequence = 2",
        "DELETE FROM audit_entry WHERE sequence = 1",
        "DELETE FROM audit_entry WHERE sequence = 2",
        "DELETE FROM audit_entry WHERE sequence = 4",
        "DELETE FROM audit_entry",
        "UPDATE audit_head SET count = 3",
        "UPDATE audit_head SET count = 5",
        "UPDATE audit_head SET digest = (SELECT digest FROM audit_entry WHERE sequence = 3)",
        "DELETE FROM audit_head",
    ],
)
def test_any_edit_is_detected(app: Flask, statement: str) -> None:
    trail.record(OPERATOR, Event.LIST_VIEWED, list="cases", rows=3)
    write(3)

    tamper(statement)

    assert faults()


def test_added_entry_is_detected(app: Flask) -> None:
    write(3)

    columns = "at_utc, actor_kind, event, details"
    tamper(
        f"INSERT INTO audit_entry (id, sequence, digest, {columns})"
        f" SELECT (SELECT id FROM audit_head), 4, digest, {columns} FROM audit_entry WHERE sequence = 3"
    )

    assert faults()


def test_reordered_entries_are_detected(app: Flask) -> None:
    write(2)
    write(1, Event.SIGNED_OUT)

    tamper(
        "UPDATE audit_entry SET sequence = 99 WHERE sequence = 2",
        "UPDATE audit_entry SET sequence = 2 WHERE sequence = 3",
        "UPDATE audit_entry SET sequence = 3 WHERE sequence = 99",
    )

    assert faults()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", ["details", "at_utc", "actor_id", "sequence"])
def test_entry_that_cannot_be_read_is_a_fault_and_no_failure(app: Flask, column: str) -> None:
    write(3)

    tamper(f"UPDATE audit_entry SET {column} = 'nonsense' WHERE sequence = 2")

    assert faults()


def test_end_cut_off_with_head_made_to_fit_is_detected_by_the_file(app: Flask) -> None:
    write(4)

    tamper(
        "DELETE FROM audit_entry WHERE sequence > 2",
        "UPDATE audit_head SET count = 2, digest = (SELECT digest FROM audit_entry WHERE sequence = 2)",
    )

    assert [fault for fault in faults() if "shortened" in fault]


def test_trail_written_anew_from_the_start_is_detected_by_the_file(app: Flask, instance: Path) -> None:
    write(3)
    seen = (instance / "audit.head").read_text()
    tamper("DELETE FROM audit_entry", f"UPDATE audit_head SET count = 0, digest = '{trail.FIRST}'")
    (instance / "audit.head").write_text(f"0 {trail.FIRST}\n")
    write(4, Event.SIGNED_OUT)
    (instance / "audit.head").write_text(seen)

    assert [fault for fault in faults() if "rewritten" in fault]


@pytest.mark.parametrize("content", ["", "nonsense", "3", "x" * 70, "-1 abc"])
def test_head_file_that_says_nothing_is_a_fault(app: Flask, instance: Path, content: str) -> None:
    write(1)

    (instance / "audit.head").write_text(content)

    assert faults()


def test_lost_head_file_is_a_fault(app: Flask, instance: Path) -> None:
    write(1)

    (instance / "audit.head").unlink()

    assert faults()


def test_head_file_that_lags_behind_a_crash_holds(app: Flask, instance: Path) -> None:
    write(1)
    before = (instance / "audit.head").read_text()
    write(2)

    (instance / "audit.head").write_text(before)

    assert faults() == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET event = 'x'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE sequence = 1",
    ],
)
def test_database_refuses_to_change_an_entry(app: Flask, statement: str) -> None:
    write(1)

    with pytest.raises(DatabaseError, match="only ever added to"):
        db.session.execute(text(statement))
    db.session.rollback()

    assert faults() == ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_event_takes_exactly_its_own_details(app: Flask) -> None:
    for event in Event:
        required = dict.fromkeys(REQUIRED.get(event, ()), "x")
        trail.record(OPERATOR, event, **required)
        lacking = [{key: "x" for key in required if key != missing} for missing in required]
        for details in ({**required, "more": "x"}, *lacking):
            with pytest.raises(ValueError, match="carries"):
                trail.record(OPERATOR, event, **details)


def test_rolled_back_act_leaves_no_entry(app: Flask) -> None:
    trail.record(OPERATOR, Event.SIGNED_IN)
    db.session.rollback()
    db.session.commit()

    assert trail.verify().entries == 0


def test_act_fails_if_its_entry_cannot_be_written(app: Flask) -> None:
    db.session.execute(text("DELETE FROM audit_head"))
    db.session.commit()

    db.session.add(Agency(name="Never stored", kind="police"))
    trail.record(OPERATOR, Event.SIGNED_IN)
    with pytest.raises(NoResultFound):
        db.session.commit()
    db.session.rollback()

    assert db.session.scalar(select(func.count()).select_from(Agency)) == 0


def test_savepoint_rolled_back_takes_its_own_entries_only(app: Flask) -> None:
    trail.record(OPERATOR, Event.SIGNED_IN)
    savepoint = db.session.begin_nested()
    trail.record(OPERATOR, Event.SIGNED_OUT)
    savepoint.rollback()
    db.session.commit()

    assert db.session.scalars(select(AuditEntry.event)).all() == [Event.SIGNED_IN]


def test_failed_flush_within_a_savepoint_keeps_what_was_recorded_before(app: Flask) -> None:
    db.session.add(Agency(name="Twice", kind="police"))
    trail.record(OPERATOR, Event.SIGNED_IN)
    savepoint = db.session.begin_nested()
    db.session.add(Agency(name="Twice", kind="police"))
    trail.record(OPERATOR, Event.SIGNED_OUT)
    with pytest.raises(DatabaseError):
        db.session.flush()
    savepoint.rollback()
    db.session.commit()

    assert db.session.scalars(select(AuditEntry.event)).all() == [Event.SIGNED_IN]


def test_savepoint_released_and_then_rolled_back_leaves_the_head_file_as_it_was(
    app: Flask, instance: Path
) -> None:
    write(1)
    before = (instance / "audit.head").read_text()
    with db.session.begin_nested():
        trail.record(OPERATOR, Event.SIGNED_OUT)
    db.session.rollback()

    assert (instance / "audit.head").read_text() == before
    assert faults() == ()


def test_chain_holds_when_many_write_at_once(app: Flask) -> None:
    write(1)
    writers, each = 6, 8
    go = threading.Barrier(writers + 1)
    failed: list[BaseException] = []

    def work() -> None:
        with app.app_context():
            go.wait()
            try:
                for turn in range(each):
                    trail.record(OPERATOR, Event.LIST_VIEWED, list="cases", rows=turn)
                    trail.record(OPERATOR, Event.SIGNED_IN)
                    db.session.commit()
            except BaseException as error:  # told to the test's own thread
                failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(writers)]
    for thread in threads:
        thread.start()
    go.wait()
    while any(thread.is_alive() for thread in threads):
        assert faults() == ()  # whoever verifies meanwhile sees no false alarm
    for thread in threads:
        thread.join()

    assert failed == []
    verdict = trail.verify()
    assert verdict == trail.Verdict(1 + writers * each * 2, ())


def test_head_is_one_row(app: Flask) -> None:
    db.session.add(AuditHead(row_number=2, count=0, digest=trail.FIRST))
    with pytest.raises(DatabaseError):
        db.session.flush()
    db.session.rollback()
