"""What waits for a panel, a page at a time, with the reason for each place. Statements do not grow with the queue."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case
from casework.extensions import db
from casework.forms import today
from casework.forms.dates import LONDON
from casework.paging import SIZE, Page, offset, within
from casework.panels.models import AgendaItem, Meeting, QueueEntry
from casework.panels.queue import order
from casework.panels.queue.order import Facts, Reason
from casework.panels.queue.service import OPEN, REPEATING
from casework.people import naming
from casework.people.models import Person
from casework.programmes import shelf

READY, LATER, HELD, LISTED = "ready", "later", "held", "listed"
PARTS: Mapping[str, str] = {
    READY: "Ready to be heard",
    LATER: "Deferred to a later day",
    HELD: "On hold",
    LISTED: "On an agenda",
}
SHOWN = 20  # unscreened referrals beside the queue


@dataclass(frozen=True)
class Row:
    """A case in the queue as its list shows it. `why` is the reason given for holding or deferring it."""

    id: uuid.UUID
    case_id: uuid.UUID
    reference: str
    name: str
    kind: str
    state: str
    reasons: list[Reason]
    entered_on: date
    due_on: date | None
    not_before: date | None
    deferrals: int
    why: str
    meeting_id: uuid.UUID | None
    meeting_at: Any
    version: int

    @property
    def reason(self) -> Reason:
        """What rules its place."""
        return self.reasons[0]


@dataclass(frozen=True)
class Unscreened:
    """An urgent referral that nobody has decided on yet."""

    id: uuid.UUID
    reference: str
    name: str
    opened_on: date


def panels_of(actor: Actor) -> dict[str, dict[str, int]]:
    """How many wait in each part of every queue that the actor runs, by programme. One statement."""
    programmes = [
        each for each in actor.programmes(Permission.MEETING_RUN) if shelf.programme(each).panel is not None
    ]
    rows = db.session.execute(_counts(actor), {"today": today()}).mappings().all()
    found = {row["programme"]: {part: row[part] for part in PARTS} for row in rows}
    return {each: found.get(each, dict.fromkeys(PARTS, 0)) for each in programmes}


def counts(actor: Actor, programme: str) -> dict[str, int]:
    """How many wait in each part of one queue."""
    row = db.session.execute(_counts(actor, programme), {"today": today()}).mappings().first()
    return {part: row[part] if row else 0 for part in PARTS}


def page_of_queue(
    actor: Actor, programme: str, part: str, number: int = 1
) -> tuple[Page[Row], dict[str, int]]:
    """A page of one part of the queue in its order, and how many stand in each part. Three statements, always."""
    found = counts(actor, programme)
    number = within(number, found[part])
    rows = _rows(actor, programme, part, today(), SIZE, offset(number))
    trail.record(actor, Event.LIST_VIEWED, programme=programme, list="queue", rows=len(rows))
    return Page(rows, found[part], number), found


def ready(actor: Actor, programme: str, on: date, most: int) -> list[Row]:
    """The first so many that may be heard on a day."""
    return _rows(actor, programme, READY, on, most, 0)


def row_of(actor: Actor, entry: QueueEntry) -> Row:
    """One entry as the list shows it."""
    query = _joined(actor, select(QueueEntry.id).where(QueueEntry.id == entry.id).subquery())
    return _drawn(db.session.execute(query).all(), today())[0]


def unscreened(actor: Actor, programme: str) -> list[Unscreened]:
    """The first urgent referrals not decided on, which this panel may hear and which are not in its queue."""
    rules = shelf.programme(programme).panel
    if rules is None or not rules.hear_unscreened:
        return []
    entry = aliased(QueueEntry)
    query = (
        select(Case.id, Case.reference, Case.opened_on, Case.subject_id, Person.sealed)
        .outerjoin(Person, Person.id == Case.subject_id)
        .where(
            policy.condition(actor, Case, Permission.MEETING_RUN),
            Case.programme == programme,
            Case.stage_kind == "screening",
            Case.urgent.is_(True),
            ~exists().where(entry.case_id == Case.id, entry.state.in_(OPEN)),
        )
        .order_by(Case.opened_on, Case.id)
        .limit(SHOWN)
    )
    rows = db.session.execute(query).all()
    naming.warm(row.subject_id for row in rows)
    return [
        Unscreened(row.id, row.reference, naming.name_of(row.subject_id, row.sealed), row.opened_on)
        for row in rows
    ]


def day_of(meeting: Meeting) -> date:
    """The day of a meeting, on a London calendar."""
    return meeting.starts_at_utc.astimezone(LONDON).date()


def is_later(entry: QueueEntry) -> bool:
    """Whether it was deferred to a day that has not come."""
    return entry.state == "waiting" and entry.not_before is not None and entry.not_before > today()


def coming(actor: Actor, programme: str) -> list[Meeting]:
    """The meetings on whose agendas a case may still be put, the next first."""
    query = (
        policy.visible(actor, Meeting, Permission.MEETING_RUN)
        .where(Meeting.programme == programme, Meeting.state.in_(("planned", "circulated", "open")))
        .order_by(Meeting.starts_at_utc, Meeting.id)
        .limit(12)
    )
    return list(db.session.scalars(query))


@lru_cache(maxsize=256)
def _counts(actor: Actor, programme: str | None = None) -> Any:
    """One pass over the index: each part is counted beside the others."""
    where = [policy.condition(actor, QueueEntry, Permission.MEETING_RUN), QueueEntry.state.in_(OPEN)]
    if programme:
        where.append(QueueEntry.programme == programme)
    columns = [func.count().filter(_of_part(part)).label(part) for part in PARTS]
    return select(QueueEntry.programme, *columns).where(*where).group_by(QueueEntry.programme)


def _of_part(part: str) -> ColumnElement[bool]:
    day: BindParameter[date] = bindparam("today")
    if part == READY:
        return and_(
            QueueEntry.state == "waiting", or_(QueueEntry.not_before.is_(None), QueueEntry.not_before <= day)
        )
    if part == LATER:
        return and_(QueueEntry.state == "waiting", QueueEntry.not_before > day)
    return QueueEntry.state == part


def _rows(actor: Actor, programme: str, part: str, on: date, most: int, first: int) -> list[Row]:
    rows = db.session.execute(
        _page(actor, programme, part), {"today": on, "most": most, "first": first}
    ).all()
    return _drawn(rows, today())


@lru_cache(maxsize=256)
def _page(actor: Actor, programme: str, part: str) -> Any:
    """The rows of one page: it is found by the index first, and only its rows are joined."""
    keys = (
        select(QueueEntry.id)
        .where(
            policy.condition(actor, QueueEntry, Permission.MEETING_RUN),
            QueueEntry.programme == programme,
            _of_part(part),
        )
        .order_by(QueueEntry.place, QueueEntry.id)
        .limit(bindparam("most", type_=Integer))
        .offset(bindparam("first", type_=Integer))
        .subquery()
    )
    return _joined(actor, keys)


def _joined(actor: Actor, keys: Any) -> Any:
    own, item, meeting = aliased(Case), aliased(AgendaItem), aliased(Meeting)
    on_agenda = and_(
        QueueEntry.state == "listed", item.queue_entry_id == QueueEntry.id, item.state != "removed"
    )
    # The rule is asked of Case by its own name, so what waits has another.
    repeated = and_(Case.id == QueueEntry.repeat_of_id, policy.condition(actor, Case, Permission.CASE_VIEW))
    return (
        select(
            QueueEntry,
            own.reference,
            own.risk_band,
            own.risk_score,
            own.subject_id,
            Person.sealed.label("person_sealed"),
            Case.reference.label("repeat_of"),
            item.meeting_id,
            meeting.starts_at_utc.label("meeting_at"),
        )
        .join(keys, keys.c.id == QueueEntry.id)
        .join(own, own.id == QueueEntry.case_id)
        .outerjoin(Person, Person.id == own.subject_id)
        .outerjoin(Case, repeated)
        .outerjoin(item, on_agenda)
        .outerjoin(meeting, meeting.id == item.meeting_id)
        .order_by(QueueEntry.place, QueueEntry.id)
    )


def _drawn(rows: Any, day: date) -> list[Row]:
    naming.warm(chain.from_iterable((row.subject_id, row.QueueEntry.case_id) for row in rows))
    return [_row(row, day) for row in rows]


def _row(row: Any, day: date) -> Row:
    entry: QueueEntry = row.QueueEntry
    # A repeat of a case that the reader may not see is to them no repeat.
    kind = "new" if entry.kind in REPEATING and not row.repeat_of else entry.kind
    facts = Facts(
        kind=kind,
        entered_on=entry.entered_on,
        urgent=entry.urgent,
        brought_forward=entry.brought_forward,
        due_on=entry.due_on,
        risk_band=row.risk_band,
        risk_score=row.risk_score,
        why_forward=(entry.why_forward or "") if entry.brought_forward else "",
        repeat_of=row.repeat_of or "",
    )
    return Row(
        id=entry.id,
        case_id=entry.case_id,
        reference=row.reference,
        name=naming.name_of(row.subject_id, row.person_sealed),
        kind=kind,
        state=entry.state,
        reasons=order.reasons(shelf.programme(entry.programme), facts, day),
        entered_on=entry.entered_on,
        due_on=entry.due_on,
        not_before=entry.not_before,
        deferrals=entry.deferrals,
        why=entry.reason or "",
        meeting_id=row.meeting_id,
        meeting_at=row.meeting_at,
        version=entry.version,
    )
