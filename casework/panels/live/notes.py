"""What is written about an item while it is discussed: in parts, so that two people write at once and lose nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import Conflict, NotFound
from casework.extensions import db, now
from casework.panels.live import recording
from casework.panels.models import AgendaItem, ItemNote

# The parts in the order of the page. The words of the last one name whose views they are.
PARTS: Mapping[str, str] = {
    "discussion": "Discussion",
    "summary": "Chair’s summary of risk",
    "views": "Views of the {subject}",
}
LONGEST = 20_000


@dataclass(frozen=True)
class Part:
    """One part as it stands. `version` 0: nobody has written it yet."""

    id: str
    text: str = ""
    version: int = 0
    by: str = ""
    at_utc: datetime | None = None


def read(item: AgendaItem) -> dict[str, Part]:
    """Every part of an item's notes, whether written or not. One statement."""
    query = select(ItemNote).where(ItemNote.item_id == item.id).options(joinedload(ItemNote.by))
    held = {note.part: _part(note) for note in db.session.scalars(query)}
    return {part: held.get(part) or Part(part) for part in PARTS}


def versions(item: AgendaItem) -> dict[str, int]:
    """How often each part was written, without opening any."""
    rows = db.session.execute(select(ItemNote.part, ItemNote.version).where(ItemNote.item_id == item.id))
    found = dict.fromkeys(PARTS, 0)
    for part, version in rows:
        found[part] = version
    return found


def write(actor: Actor, item: AgendaItem, part: str, text: str, *, version: int) -> Part:
    """Write one part anew. Raises Conflict with both texts when somebody wrote it after `version` was read.

    The same text twice is written once: a script that did not hear the answer may send it again.
    """
    if part not in PARTS:
        raise NotFound
    recording.hold(item)
    note = db.session.scalar(
        select(ItemNote)
        .where(ItemNote.item_id == item.id, ItemNote.part == part)
        .options(joinedload(ItemNote.by))
    )
    held = note.text or "" if note else ""
    if text == held:
        return _part(note) if note else Part(part)
    if (note.version if note else 0) != version:
        raise Conflict(
            f"{note.by.name if note and note.by else 'Somebody else'} wrote here while you were writing.",
            stored={part: held},
            submitted={part: text},
        )
    if note is None:
        note = ItemNote(case_id=item.case_id, item_id=item.id, part=part)
        db.session.add(note)
    note.text, note.by_id, note.at_utc = text, actor.id, now()
    db.session.flush()
    db.session.refresh(note, ["by"])
    trail.record(actor, Event.NOTE_WRITTEN, item, part=part)
    return _part(note)


def _part(note: ItemNote) -> Part:
    return Part(note.part, note.text or "", note.version, note.by.name if note.by else "", note.at_utc)
