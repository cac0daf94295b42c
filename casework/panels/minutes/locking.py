"""Approved minutes cannot be changed: by the application, nor by SQL, and what was changed all the same is found.

The digest is over the rows as they are stored, sealed columns and plain, so checking it needs no key, and new master
keys change nothing of it. It stands in the audit trail, which is chained.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, event, inspect, select, text, update
from sqlalchemy.orm import Mapper

from casework.audit import trail
from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.errors import Refused
from casework.extensions import db
from casework.panels.models import Minutes, MinutesPart

APPROVED = "approved"
FORM = "casework minutes 1"  # how the rows are written down to be digested
MINUTES: Table = Minutes.__table__  # type: ignore[assignment]  # declared as any FromClause
PARTS: Table = MinutesPart.__table__  # type: ignore[assignment]
REFUSAL = "approved minutes are never changed"


def lock(minutes: Minutes) -> str:
    """Lock a draft whose every part is approved, as it is stored now; returns the digest."""
    db.session.flush()
    stored = _row(minutes.id)
    digest = digest_of({**stored, "state": APPROVED}, _parts(minutes.id))
    db.session.execute(
        update(MINUTES).where(MINUTES.c.id == minutes.id).values(state=APPROVED, digest=digest)
    )
    db.session.refresh(minutes)
    return digest


def digest_of(minutes: dict[str, Any], parts: Iterable[dict[str, Any]]) -> str:
    """SHA-256 over every column of the minutes but the digest itself, and of their parts by id."""
    rows = [{name: value for name, value in minutes.items() if name != "digest"}, *parts]
    words = json.dumps(
        [FORM, *({name: _plain(value) for name, value in row.items()} for row in rows)],
        ensure_ascii=True,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(words.encode("ascii")).hexdigest()


def _plain(value: Any) -> str | int | None:
    """A stored value alike on both databases."""
    match value:
        case bytes() | memoryview():
            return bytes(value).hex()
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case uuid.UUID():
            return str(value)
        case int() | None:
            return value
    return str(value)


def _row(minutes_id: uuid.UUID) -> dict[str, Any]:
    return dict(db.session.execute(select(MINUTES).where(MINUTES.c.id == minutes_id)).one()._mapping)


def _parts(minutes_id: uuid.UUID) -> list[dict[str, Any]]:
    query = select(PARTS).where(PARTS.c.minutes_id == minutes_id)
    return sorted((dict(row._mapping) for row in db.session.execute(query)), key=lambda row: str(row["id"]))


@trail.also_verify
def faults() -> Iterator[str]:
    """Minutes that are not as they were approved, named by their meeting alone."""
    approved = {(meeting, number): digest for meeting, number, digest in _in_trail()}
    for stored in db.session.execute(select(MINUTES)).all():
        row = dict(stored._mapping)
        known = approved.pop((row["meeting_id"], row["number"]), None)
        if known is None and row["state"] == APPROVED:
            yield f"the minutes of meeting {row['meeting_id']} are marked as approved, and nobody approved them"
        elif known is not None and not known == row["digest"] == digest_of(row, _parts(row["id"])):
            yield f"the minutes of meeting {row['meeting_id']} were changed after they were approved"
    for meeting, _ in sorted(approved, key=str):
        yield f"approved minutes of meeting {meeting} are missing"


def _in_trail() -> Iterator[tuple[uuid.UUID, int, str]]:
    query = select(AuditEntry.subject_id, AuditEntry.details).where(
        AuditEntry.event == Event.MINUTES_APPROVED
    )
    for meeting, details in db.session.execute(query):
        yield meeting, details["number"], details["digest"]


# -- what refuses ------------------------------------------------------------------------------------------


@event.listens_for(Minutes, "before_update")
@event.listens_for(Minutes, "before_delete")
def _keep_minutes(_mapper: Mapper[Any], _connection: Connection, minutes: Minutes) -> None:
    history = inspect(minutes).attrs.state.history
    if APPROVED in (*history.unchanged, *history.deleted):
        raise Refused("Approved minutes cannot be changed. Correct them with a new version.")


@event.listens_for(MinutesPart, "before_insert")
@event.listens_for(MinutesPart, "before_update")
@event.listens_for(MinutesPart, "before_delete")
def _keep_part(_mapper: Mapper[Any], connection: Connection, part: MinutesPart) -> None:
    of = {each for each in inspect(part).attrs.minutes_id.history.sum() if each}  # of which it was, and is
    locked = select(MINUTES.c.id).where(MINUTES.c.id.in_(of), MINUTES.c.state == APPROVED)
    if connection.scalar(locked.limit(1)) is not None:
        raise Refused("Approved minutes cannot be changed. Correct them with a new version.")


# Bulk statements pass by every guard in Python, so the database itself refuses.
_SQLITE = """
CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table}
WHEN EXISTS (SELECT 1 FROM minutes WHERE state = 'approved' AND id IN ({ids}))
BEGIN SELECT RAISE(ABORT, '{words}'); END
"""
_SQLITE_TRIGGERS = tuple(
    (table, act, ids)
    for table, acts in (
        ("minutes", {"update": "OLD.id", "delete": "OLD.id"}),
        (
            "minutes_part",
            {
                "insert": "NEW.minutes_id",
                "update": "OLD.minutes_id, NEW.minutes_id",
                "delete": "OLD.minutes_id",
            },
        ),
    )
    for act, ids in acts.items()
)
_POSTGRESQL = (
    """
CREATE FUNCTION minutes_refuse() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '{words}'; END $$
""",
    """
CREATE FUNCTION minutes_part_refuse() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN
IF TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM minutes WHERE state = 'approved' AND id = OLD.minutes_id)
THEN RAISE EXCEPTION '{words}'; END IF;
IF TG_OP <> 'DELETE' AND EXISTS (SELECT 1 FROM minutes WHERE state = 'approved' AND id = NEW.minutes_id)
THEN RAISE EXCEPTION '{words}'; END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
END $$
""",
    """
CREATE TRIGGER minutes_no_change BEFORE UPDATE OR DELETE ON minutes
FOR EACH ROW WHEN (OLD.state = 'approved') EXECUTE FUNCTION minutes_refuse()
""",
    """
CREATE TRIGGER minutes_part_no_change BEFORE INSERT OR UPDATE OR DELETE ON minutes_part
FOR EACH ROW EXECUTE FUNCTION minutes_part_refuse()
""",
    *(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION minutes_refuse()"
        for table in ("minutes", "minutes_part")
    ),
)
GUARD = {
    "sqlite": tuple(
        _SQLITE.format(table=table, act=act, ids=ids, words=REFUSAL) for table, act, ids in _SQLITE_TRIGGERS
    ),
    "postgresql": tuple(statement.format(words=REFUSAL) for statement in _POSTGRESQL),
}
UNGUARD = {
    "sqlite": tuple(f"DROP TRIGGER {table}_no_{act}" for table, act, _ in _SQLITE_TRIGGERS),
    "postgresql": (
        "DROP TRIGGER minutes_no_change ON minutes",
        "DROP TRIGGER minutes_no_truncate ON minutes",
        "DROP TRIGGER minutes_part_no_change ON minutes_part",
        "DROP TRIGGER minutes_part_no_truncate ON minutes_part",
        "DROP FUNCTION minutes_part_refuse()",
        "DROP FUNCTION minutes_refuse()",
    ),
}


def guard(connection: Any) -> None:
    """Put the triggers up; called by the migration that makes the tables."""
    for statement in GUARD[connection.dialect.name]:
        connection.execute(text(statement))


def unguard(connection: Any) -> None:
    """Take the triggers down; called when that migration is undone."""
    for statement in UNGUARD[connection.dialect.name]:
        connection.execute(text(statement))
