"""Writing and checking the trail.

Entries are kept with the session and chained just before it commits, under the head row's lock: the act and
its entry are one transaction, and the act fails if its entry cannot be written. The digests need no key, so the
trail can be checked without one; the head also stands in `instance/audit.head`, so a shortened or rewritten
table is seen.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from flask import current_app
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session, SessionTransaction

from casework.access.vocabulary import Actor
from casework.audit.events import REQUIRED, Event
from casework.audit.models import AuditEntry, AuditHead
from casework.extensions import db, new_id, now

FIRST = "0" * 64
HEAD_ID = uuid.UUID(int=1)

# Sent at every commit, so they are made once.
LOCK_HEAD = select(AuditHead.count, AuditHead.digest).where(AuditHead.id == HEAD_ID).with_for_update()
MOVE_HEAD = update(AuditHead.__table__).where(AuditHead.id == HEAD_ID)  # type: ignore[arg-type]
ADD_ENTRIES = insert(AuditEntry.__table__)  # type: ignore[arg-type]

_savepoints: WeakKeyDictionary[SessionTransaction, int] = WeakKeyDictionary()

Verifier = Callable[[], Iterable[str]]
_verifiers: list[Verifier] = []


def also_verify(verifier: Verifier) -> Verifier:
    """Have `verify` also ask `verifier` for faults: for what a feature keeps whose digest stands in the trail."""
    _verifiers.append(verifier)
    return verifier


def record(
    actor: Actor,
    event: Event,
    subject: object = None,
    *,
    programme: str | None = None,
    **details: str | int | bool | list[str] | None,
) -> None:
    """Add an entry to this session's transaction. Raises ValueError unless `details` are exactly the event's own.

    `subject` is a row (its table and id are noted) or None.
    """
    if set(details) != REQUIRED.get(event, frozenset()):
        raise ValueError(f"{event} carries {sorted(REQUIRED.get(event, ()))}, not {sorted(details)}")
    session = db.session()
    if not session.in_transaction():
        session.begin()  # without one, a rollback would not reach the entry
    _pending(session).append(
        {
            "id": new_id(),
            "at_utc": now(),
            "actor_id": actor.id,
            "actor_kind": actor.kind,
            "event": str(event),
            "subject_kind": getattr(subject, "__tablename__", None),
            "subject_id": getattr(subject, "id", None),
            "programme": programme or getattr(subject, "programme", None),
            "details": details,
        }
    )


def take_pending() -> list[dict[str, Any]]:
    """Take the entries not yet chained away from the session: the edge does so when it rolls an act back."""
    pending = _pending(db.session())
    taken = list(pending)
    pending.clear()
    return taken


def give_back(entries: Iterable[dict[str, Any]]) -> None:
    """Hand entries that were taken to the session's next transaction."""
    _pending(db.session()).extend(entries)


def digest_of(previous: str, entry: Any) -> str:
    """The digest of an entry on top of the one before it. `entry` has the columns of AuditEntry as attributes."""
    words = json.dumps(
        [
            previous,
            entry.sequence,
            str(entry.id),
            entry.at_utc.astimezone(UTC).isoformat(timespec="microseconds"),
            str(entry.actor_id or ""),
            entry.actor_kind,
            entry.event,
            entry.subject_kind or "",
            str(entry.subject_id or ""),
            entry.programme or "",
            entry.details,
        ],
        ensure_ascii=True,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(words.encode("ascii")).hexdigest()


def begin() -> None:
    """Make the head of an empty chain; does nothing where there is one."""
    if db.session.get(AuditHead, HEAD_ID) is None:
        db.session.add(AuditHead(id=HEAD_ID, row_number=1, count=0, digest=FIRST))
        db.session.flush()


@dataclass(frozen=True)
class Verdict:
    """What verifying found: how many entries stand, and each fault in words."""

    entries: int
    faults: tuple[str, ...]


@dataclass
class _Walk:
    """How far along the trail verifying has come. `watched` is the number of an entry whose digest is wanted."""

    watched: int
    count: int = 0
    last: str = FIRST
    watched_digest: str = FIRST
    faults: list[str] = field(default_factory=list)

    def step(self, entry: Any) -> None:
        self.count += 1
        if entry.sequence != self.count:
            self.faults.append(f"entry {self.count} is missing or out of order (found {entry.sequence})")
            self.count = entry.sequence
        if digest_of(self.last, entry) != entry.digest:
            self.faults.append(f"entry {entry.sequence} was changed, or an entry before it was")
        self.last = entry.digest
        if entry.sequence == self.watched:
            self.watched_digest = entry.digest


def verify() -> Verdict:
    """Read the whole trail and the head in the database and in the instance folder, and check that they agree."""
    beside = _read_head(current_app.extensions["settings"].audit_head)
    walk = _Walk(watched=beside[0] if beside else 0)
    try:
        head = _walk_to_head(walk)
    except (ValueError, TypeError, AttributeError):
        return Verdict(
            walk.count, (*walk.faults, f"what follows entry {walk.count} cannot be read: it was changed")
        )
    walk.faults.extend(_head_faults(head, walk))
    walk.faults.extend(_beside_faults(beside, walk))
    for verifier in _verifiers:
        walk.faults.extend(_asked(verifier))
    return Verdict(walk.count, tuple(walk.faults))


def _asked(verifier: Verifier) -> Iterator[str]:
    try:
        yield from verifier()
    except (ValueError, TypeError, AttributeError, KeyError):
        yield f"what {verifier.__module__} keeps cannot be read: it was changed"


def _walk_to_head(walk: _Walk) -> tuple[int, str] | None:
    """Walk the entries, and those that others add meanwhile: on PostgreSQL each statement sees its own moment."""
    after = None
    while True:
        for entry in _stream(after):
            walk.step(entry)
        row = db.session.execute(
            select(AuditHead.count, AuditHead.digest).where(AuditHead.id == HEAD_ID)
        ).one_or_none()
        head = (row[0], row[1]) if row else None
        if head is None or head[0] <= walk.count or walk.count == after:
            return head
        after = walk.count


def _head_faults(head: tuple[int, str] | None, walk: _Walk) -> Iterator[str]:
    if head is None:
        yield "the head of the trail is gone from the database"
    elif head != (walk.count, walk.last):
        yield (
            f"the head counts {head[0]} entries, the table holds {walk.count}, "
            "and their last digests must agree"
        )


def _beside_faults(beside: tuple[int, str] | None, walk: _Walk) -> Iterator[str]:
    if beside is None:
        if walk.count:
            yield "the file audit.head is missing from the instance folder, or cannot be read"
    elif beside[0] > walk.count:
        yield f"audit.head has seen {beside[0]} entries, the table holds {walk.count}: the trail was shortened"
    elif walk.watched_digest != beside[1]:
        yield f"audit.head has seen another entry {beside[0]}: the trail was rewritten"


def _stream(after: int | None) -> Iterator[Any]:
    query = select(
        AuditEntry.sequence,
        AuditEntry.id,
        AuditEntry.at_utc,
        AuditEntry.actor_id,
        AuditEntry.actor_kind,
        AuditEntry.event,
        AuditEntry.subject_kind,
        AuditEntry.subject_id,
        AuditEntry.programme,
        AuditEntry.details,
        AuditEntry.digest,
    ).order_by(AuditEntry.sequence)
    if after is not None:
        query = query.where(AuditEntry.sequence > after)
    return iter(db.session.execute(query.execution_options(yield_per=2000)))


def _pending(session: Session) -> list[dict[str, Any]]:
    pending: list[dict[str, Any]] = session.info.setdefault("audit_pending", [])
    return pending


class _Link:
    """An entry as `digest_of` reads it, before it is a row."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _chain(session: Session) -> None:
    """Before the commit: number and chain what is pending, under the head's lock. A savepoint is no commit."""
    pending = _pending(session)
    if not pending or session.in_nested_transaction():
        return
    session.flush()
    connection = session.connection()
    count, digest = connection.execute(LOCK_HEAD).one()
    for entry in pending:
        count += 1
        # Through JSON and back, so that what is digested is what will be read.
        entry["details"] = json.loads(json.dumps(entry["details"], default=str))
        entry["sequence"] = count
        entry["digest"] = digest = digest_of(digest, _Link(entry))
    connection.execute(ADD_ENTRIES, pending)
    connection.execute(MOVE_HEAD, {"count": count, "digest": digest})
    session.info["audit_head"] = (count, digest)
    pending.clear()


def _note_head(session: Session) -> None:
    """After the commit: write the head beside the database, never backwards."""
    head = session.info.pop("audit_head", None)
    if head is not None:
        write_head(current_app.extensions["settings"].audit_head, *head)


def _note_savepoint(session: Session, transaction: SessionTransaction) -> None:
    """Remember what was pending when a savepoint was set."""
    if transaction.nested:
        _savepoints[transaction] = len(_pending(session))


def _forget(session: Session, transaction: SessionTransaction) -> None:
    """What is rolled back takes its entries with it: those since the savepoint, or all."""
    if transaction.nested:
        del _pending(session)[_savepoints[transaction] :]
    elif transaction.parent is None:
        session.info.pop("audit_head", None)
        _pending(session).clear()


def write_head(path: Path, count: int, digest: str) -> None:
    """Over what is there: a file cut to nothing first would be empty if the machine stopped just then."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = _parse_head(file.read())
        if known is None or known[0] < count:
            file.seek(0)
            file.write(f"{count} {digest}\n")
            file.truncate()


def _read_head(path: Path) -> tuple[int, str] | None:
    try:
        with path.open(encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return _parse_head(file.read())
    except (OSError, ValueError):
        return None


def _parse_head(words: str) -> tuple[int, str] | None:
    parts = words.split()
    return (int(parts[0]), parts[1]) if len(parts) == 2 and parts[0].isdigit() else None


def watch(session_class: Any) -> None:
    """Chain at every commit of this session class."""
    sqlalchemy_event.listen(session_class, "before_commit", _chain)
    sqlalchemy_event.listen(session_class, "after_commit", _note_head)
    sqlalchemy_event.listen(session_class, "after_transaction_create", _note_savepoint)
    sqlalchemy_event.listen(session_class, "after_soft_rollback", _forget)


# Bulk statements pass by every guard in Python, so the database itself refuses to change an entry.
REFUSAL = "the audit trail is only ever added to"
SQLITE_TRIGGER = "CREATE TRIGGER audit_entry_no_{act} BEFORE {act} ON audit_entry BEGIN SELECT RAISE(ABORT, '{words}'); END"
POSTGRESQL_FUNCTION = """
CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '{words}'; END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()
"""
TRIGGERS = {
    "sqlite": tuple(SQLITE_TRIGGER.format(act=act, words=REFUSAL) for act in ("update", "delete")),
    "postgresql": (POSTGRESQL_FUNCTION.format(words=REFUSAL), POSTGRESQL_TRIGGER),
}


def guard(connection: Any) -> None:
    """Put the triggers up; called by the migration that makes the table."""
    for statement in TRIGGERS[connection.dialect.name]:
        connection.execute(text(statement))


UNTRIGGER = {
    "sqlite": ("DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_delete"),
    "postgresql": ("DROP TRIGGER audit_entry_no_change ON audit_entry", "DROP FUNCTION audit_entry_refuse()"),
}


def unguard(connection: Any) -> None:
    """Take the triggers down; called when that migration is undone."""
    for statement in UNTRIGGER[connection.dialect.name]:
        connection.execute(text(statement))
