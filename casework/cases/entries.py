"""The record of a case: adding to it, amending it, striking out what is wrong, reading it back page by
page.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased, joinedload

from casework.access import policy
from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import effects, kinds
from casework.cases.kind import SEALED, Choices, Kind, Values
from casework.cases.locks import lock
from casework.cases.models import Amendment, Case, Entry
from casework.errors import Conflict, Invalid
from casework.extensions import db, now
from casework.forms import today
from casework.paging import Page, offset
from casework.programmes import shelf

PAGE = 25


def add(actor: Actor, case: Case, kind_id: str, values: Values, *, follow: bool = True) -> Entry:
    """Record something. `values` are the answers to the kind's form.

    Without `follow` the case's tasks are left alone: whoever records much at once reviews the gaps at the
    end. Raises Invalid with the reasons in words.
    """
    kind = kinds.kind_of(kind_id)
    _may_be_recorded(case, kind)
    _refuse_faults(kind, values)
    effects.before(case, kind, values)
    row = {"dated": today(), **kind.columns(shelf.programme(case.programme), values)}
    entry = Entry(case_id=case.id, programme=case.programme, kind=kind.id, recorded_by_id=actor.id, **row)
    db.session.add(entry)
    db.session.flush()
    trail.record(actor, Event.ENTRY_ADDED, case, kind=kind.id, entry=str(entry.id))
    if follow:
        effects.after(actor, case, entry, new=True)
    return entry


def amend(
    actor: Actor, entry: Entry, values: Values, *, reason: str, version: int, choices: Choices
) -> Amendment | None:
    """Change an entry. The old and the new words, and the reason, are kept. None when nothing was changed.

    Raises Conflict, with both versions in words, when somebody changed it after `version` was read.
    """
    kind = kinds.kind_of(entry.kind)
    programme = shelf.programme(entry.programme)
    _may_be_amended(entry, kind)
    lock(entry)
    held = kind.read(entry)
    proposed = {**held, **values}
    old, new = kind.words(programme, held, choices), kind.words(programme, proposed, choices)
    if entry.version != version:
        raise Conflict(stored=old, submitted=new)
    changed = [name for name in values if (values[name] or None) != (held.get(name) or None)]
    if not changed:
        return None
    _refuse_faults(kind, proposed)
    effects.before(entry.case, kind, proposed, entry=entry)
    amendment = keep_change(
        actor,
        entry.case_id,
        entry,
        changed,
        before={asked: words for asked, words in old.items() if new.get(asked) != words},
        after={asked: words for asked, words in new.items() if old.get(asked) != words},
        reason=reason,
    )
    _write(entry, kind.columns(programme, proposed))
    db.session.flush()
    trail.record(
        actor, Event.ENTRY_AMENDED, entry.case, kind=entry.kind, entry=str(entry.id), fields=sorted(changed)
    )
    effects.after(actor, entry.case, entry)
    return amendment


def strike(actor: Actor, entry: Entry, *, reason: str, version: int) -> None:
    """Strike out what was recorded in error: it stays in the record, and counts for nothing."""
    kind = kinds.kind_of(entry.kind)
    _may_be_amended(entry, kind)
    lock(entry)
    if entry.version != version:
        raise Conflict("Somebody else changed this entry meanwhile. Read it again before you strike it out.")
    entry.ended_at_utc = now()
    keep_change(actor, entry.case_id, entry, ["struck"], before={}, after={}, reason=reason)
    db.session.flush()
    trail.record(
        actor, Event.ENTRY_AMENDED, entry.case, kind=entry.kind, entry=str(entry.id), fields=["struck"]
    )
    effects.after(actor, entry.case, entry)


def keep_change(
    actor: Actor,
    case_id: uuid.UUID,
    subject: Any,
    fields: Sequence[str],
    *,
    before: Mapping[str, str],
    after: Mapping[str, str],
    reason: str,
) -> Amendment:
    """Keep what was changed on any record of a case: the names of the fields in clear, the words sealed."""
    amendment = Amendment(
        case_id=case_id,
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        fields=sorted(fields),
        by_id=actor.id,
        before=dict(before),
        after=dict(after),
        reason=reason,
    )
    db.session.add(amendment)
    return amendment


def amendments(actor: Actor, subject: Any) -> Sequence[Amendment]:
    """What was changed on a record, the newest first, as far as the actor may see the cases it was changed
    on.
    """
    query = (
        policy.visible(actor, Amendment)
        .where(Amendment.subject_kind == subject.__tablename__, Amendment.subject_id == subject.id)
        .order_by(Amendment.at_utc.desc(), Amendment.id.desc())
        .options(joinedload(Amendment.by))
    )
    return db.session.scalars(query).all()


def timeline(
    actor: Actor, case: Case, only: Collection[str] = (), number: int = 1, size: int = PAGE
) -> Page[Entry]:
    """A page of everything that happened, the newest first; `only` names the kinds wanted. Two statements."""
    wanted = _of(actor, case, only)
    total = db.session.scalar(select(func.count()).select_from(Entry).where(*wanted)) or 0
    query = (
        select(Entry)
        .where(*wanted)
        .order_by(Entry.dated.desc(), Entry.id.desc())
        .limit(size)
        .offset(offset(number, size))
        .options(joinedload(Entry.recorded_by))
    )
    return Page(db.session.scalars(query).all(), total, number, size)


def whole(actor: Actor, case: Case) -> Sequence[Entry]:
    """The whole record, the oldest first, for a print."""
    query = (
        select(Entry)
        .where(*_of(actor, case, ()))
        .order_by(Entry.dated, Entry.id)
        .options(joinedload(Entry.recorded_by))
    )
    return db.session.scalars(query).all()


@dataclass(frozen=True)
class Some:
    """The newest entries of one kind, and how many there are."""

    kind: Kind
    entries: tuple[Entry, ...]
    total: int


def newest(actor: Actor, case: Case, wanted: Iterable[Kind], most: int = 5) -> dict[str, Some]:
    """The newest few of several kinds, struck ones left out.

    One statement, whatever the length of the record.
    """
    chosen = tuple(wanted)
    ranked = (
        select(
            Entry.id,
            func.row_number()
            .over(partition_by=Entry.kind, order_by=(Entry.dated.desc(), Entry.id.desc()))
            .label("place"),
            func.count().over(partition_by=Entry.kind).label("total"),
        )
        .where(*_of(actor, case, [kind.id for kind in chosen]), Entry.ended_at_utc.is_(None))
        .subquery()
    )
    row = aliased(Entry)
    query = (
        select(row, ranked.c.total)
        .join(ranked, ranked.c.id == row.id)
        .where(ranked.c.place <= most)
        .order_by(row.dated.desc(), row.id.desc())
        .options(joinedload(row.recorded_by))
    )
    found: dict[str, list[Entry]] = {kind.id: [] for kind in chosen}
    totals: dict[str, int] = {}
    for entry, total in db.session.execute(query):
        found[entry.kind].append(entry)
        totals[entry.kind] = total
    return {kind.id: Some(kind, tuple(found[kind.id]), totals.get(kind.id, 0)) for kind in chosen}


def _of(actor: Actor, case: Case, only: Collection[str]) -> list[ColumnElement[bool]]:
    wanted = [Entry.case_id == case.id, policy.condition(actor, Entry)]
    return [*wanted, Entry.kind.in_(only)] if only else wanted


def _write(entry: Entry, row: Mapping[str, Any]) -> None:
    sealed = {name: value for name, value in row.items() if name in SEALED or name == "details"}
    for name, value in row.items():
        if name not in sealed:
            setattr(entry, name, value)
    entry.seal(**sealed)


def _refuse_faults(kind: Kind, values: Values) -> None:
    faults = kind.faults(values) if kind.faults else {}
    if faults:
        raise Invalid(errors=faults)


def _may_be_recorded(case: Case, kind: Kind) -> None:
    if not kind.add:
        raise Invalid("This is written by casework itself.")
    if case.stage_kind in ("closed", "declined") and not kind.when_closed:
        raise Invalid("This case is closed. Re-open it to record more than notes and documents.")


def _may_be_amended(entry: Entry, kind: Kind) -> None:
    if not kind.amendable:
        raise Invalid("This was written by casework itself and cannot be amended.")
    if entry.ended_at_utc is not None:
        raise Invalid("This entry was struck out. Record it anew instead.")
