"""The register of flags: what an agency has to flag or to free, who has not said so, and the file of what is flagged."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts.models import Agency, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case, Exclusion, Involvement
from casework.extensions import db
from casework.forms.dates import LONDON
from casework.paging import Page, offset, within
from casework.panels.flags.service import ENDED, REASONS, SET
from casework.panels.models import Flag, FlagNotice
from casework.panels.papers import leaving
from casework.people import naming
from casework.people.models import Person
from casework.programmes import shelf

SIZE = 25
FLAGGED, TO_FREE, AWAITED = "flagged", "to_free", "awaited"
VIEWS = {
    FLAGGED: "Flags of my agency",
    TO_FREE: "To take off",
    AWAITED: "Not acknowledged",
}
COLUMNS = ("programme", "reference", "flagged_from", "flagged_until", "told_on", "acknowledged_on")


@dataclass(frozen=True)
class Named:
    """Somebody whose file is meant, and as what they are in the case."""

    name: str
    role: str


@dataclass
class Row:
    """A flag as the list shows it. `awaited` are the agencies that have not answered, `notice_id` one's own notice."""

    id: uuid.UUID
    case_id: uuid.UUID
    programme: str
    reference: str
    from_day: date
    ends_on: date
    why: str
    notice_id: uuid.UUID | None = None
    acknowledged_on: date | None = None
    acknowledged_by: str = ""
    people: Sequence[Named] = ()
    awaited: list[str] = field(default_factory=list)


def views(actor: Actor) -> list[str]:
    """What of the register this actor may look at; what others have not answered is for those who run a panel."""
    running = actor.has(Permission.MEETING_RUN)
    return [each for each in VIEWS if each != AWAITED or running]


def page_of(actor: Actor, view: str, number: int = 1) -> Page[Row]:
    """A page of the register. A fixed number of statements."""
    found = _awaited(actor, number) if view == AWAITED else _own_page(actor, view, number)
    _name(found.rows)
    trail.record(actor, Event.LIST_VIEWED, list="flags", rows=len(found.rows))
    return found


def to_do(actor: Actor) -> tuple[int, int]:
    """How many files the actor's agencies are to flag, and how many to free, and have not said so. One statement."""
    query = (
        select(FlagNotice.kind, func.count())
        .join(Flag)
        .where(
            *_own(actor),
            FlagNotice.acknowledged_at_utc.is_(None),
            or_(FlagNotice.kind == ENDED, Flag.ended_on.is_(None)),
        )
        .group_by(FlagNotice.kind)
    )
    counts = {row[0]: row[1] for row in db.session.execute(query)}
    return counts.get(SET, 0), counts.get(ENDED, 0)


# -- an agency's own --------------------------------------------------------------------------------------


def _own_page(actor: Actor, view: str, number: int) -> Page[Row]:
    where = [*_own(actor), *_of_view(view)]
    total = db.session.scalar(select(func.count()).select_from(FlagNotice).join(Flag).where(*where)) or 0
    number = within(number, total, SIZE)
    query = (
        select(FlagNotice, Flag, Case.reference, User.name)
        .join(Flag, Flag.id == FlagNotice.flag_id)
        .join(Case, Case.id == FlagNotice.case_id)
        .outerjoin(User, User.id == FlagNotice.acknowledged_by_id)
        .where(*where)
        .order_by(FlagNotice.acknowledged_at_utc.is_not(None), Flag.ends_on, FlagNotice.id)
        .limit(SIZE)
        .offset(offset(number, SIZE))
    )
    rows = [_own_row(*found) for found in db.session.execute(query)]
    return Page(rows, total, number, SIZE)


def _own(actor: Actor) -> list[ColumnElement[bool]]:
    """The notices to agencies for which the actor works in the programme, as far as they may know of the case."""
    pairs = {(grant.agency_id, grant.programme) for grant in actor.grants_for(Permission.ACTION_WORK)}
    mine = [
        and_(FlagNotice.agency_id == agency, Flag.programme == programme)
        for agency, programme in sorted(pairs, key=str)
    ]
    return [or_(false(), *mine), policy.condition(actor, FlagNotice, Permission.ACTION_WORK)]


def _of_view(view: str) -> list[ColumnElement[bool]]:
    if view == TO_FREE:
        return [FlagNotice.kind == ENDED, FlagNotice.acknowledged_at_utc.is_(None)]
    return [FlagNotice.kind == SET, Flag.ended_on.is_(None)]


def _own_row(notice: FlagNotice, flag: Flag, reference: str, by: str | None) -> Row:
    return Row(
        id=flag.id,
        case_id=flag.case_id,
        programme=flag.programme,
        reference=reference,
        from_day=flag.from_day,
        ends_on=flag.ended_on or flag.ends_on,
        why=REASONS.get(flag.end_reason or "", ""),
        notice_id=notice.id,
        acknowledged_on=_day(notice.acknowledged_at_utc),
        acknowledged_by=by or "",
    )


def _day(at: datetime | None) -> date | None:
    return at.astimezone(LONDON).date() if at else None


# -- for whoever runs the panel ---------------------------------------------------------------------------


def _awaited(actor: Actor, number: int) -> Page[Row]:
    """The flags, set or ended, that some agency has not acknowledged."""
    open_notice = aliased(FlagNotice)
    where = [
        policy.condition(actor, Flag, Permission.MEETING_RUN),
        Flag.programme.in_(actor.programmes(Permission.MEETING_RUN)),
        exists().where(open_notice.flag_id == Flag.id, *_unanswered(open_notice, Flag)),
    ]
    total = db.session.scalar(select(func.count()).select_from(Flag).where(*where)) or 0
    number = within(number, total, SIZE)
    query = (
        select(Flag, Case.reference)
        .join(Case, Case.id == Flag.case_id)
        .where(*where)
        .order_by(Flag.from_day, Flag.id)
        .limit(SIZE)
        .offset(offset(number, SIZE))
    )
    rows = [
        Row(
            id=flag.id,
            case_id=flag.case_id,
            programme=flag.programme,
            reference=reference,
            from_day=flag.from_day,
            ends_on=flag.ended_on or flag.ends_on,
            why=REASONS.get(flag.end_reason or "", ""),
            awaited=[],
        )
        for flag, reference in db.session.execute(query)
    ]
    _who_is_awaited(rows)
    return Page(rows, total, number, SIZE)


def _unanswered(notice: Any, flag: Any) -> list[ColumnElement[bool]]:
    """Of a flag that stands, or of its end; and not by an agency that must not know of the case any more."""
    hidden = exists().where(
        Exclusion.case_id == notice.case_id,
        Exclusion.agency_id == notice.agency_id,
        Exclusion.ended_at_utc.is_(None),
    )
    due = or_(notice.kind == ENDED, flag.ended_on.is_(None))
    return [notice.acknowledged_at_utc.is_(None), due, ~hidden]


def _who_is_awaited(rows: Sequence[Row]) -> None:
    by_id = {row.id: row for row in rows}
    query = (
        select(FlagNotice.flag_id, Agency.name)
        .join(Flag, Flag.id == FlagNotice.flag_id)
        .join(Agency, Agency.id == FlagNotice.agency_id)
        .where(FlagNotice.flag_id.in_(by_id), *_unanswered(FlagNotice, Flag))
        .order_by(Agency.name)
    )
    for flag_id, name in db.session.execute(query):
        by_id[flag_id].awaited.append(name)


# -- whose files ------------------------------------------------------------------------------------------


def _name(rows: Iterable[Row]) -> None:
    """Put to each row the people whose files are meant: those protected first, then those who harm."""
    by_case: dict[uuid.UUID, list[Row]] = {}
    for row in rows:
        by_case.setdefault(row.case_id, []).append(row)
    query = (
        select(Involvement.case_id, Involvement.role, Person.id, Person.sealed)
        .join(Person, Person.id == Involvement.person_id)
        .where(Involvement.case_id.in_(by_case), Involvement.ended_on.is_(None))
        .order_by(Involvement.id)
    )
    parts = db.session.execute(query).all()
    naming.warm(part.id for part in parts)
    for case_id, some in by_case.items():
        programme = shelf.programme(some[0].programme)
        order = {role.id: place for place, role in enumerate(programme.roles)}
        own = sorted((part for part in parts if part.case_id == case_id), key=lambda part: order[part.role])
        people = [
            Named(naming.name_of(part.id, part.sealed), programme.role(part.role).label) for part in own
        ]
        for row in some:
            row.people = people


# -- the file ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class File:
    """What an agency takes with it: references and dates, no name.

    `kept_back` counts what the gate keeps from this reader. It does not say why: the reason may be who they are.
    """

    lines: Sequence[Sequence[str]]
    kept_back: int

    def text(self) -> str:
        made = io.StringIO()
        writer = csv.writer(made, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([harmless(cell) for cell in line] for line in self.lines)
        return made.getvalue()


def file_of(actor: Actor) -> File:
    """The flags that stand in the files of the actor's agencies, each line passed by the gate."""
    query = (
        select(FlagNotice)
        .join(Flag, Flag.id == FlagNotice.flag_id)
        .where(*_own(actor), *_of_view(FLAGGED))
        .order_by(Flag.programme, Flag.ends_on, FlagNotice.id)
        .options(joinedload(FlagNotice.flag).joinedload(Flag.case), joinedload(FlagNotice.agency))
    )
    user = db.session.get(User, actor.id) if actor.id else None
    lines: list[Sequence[str]] = []
    kept_back = 0
    for notice in db.session.scalars(query):
        line = _line(notice)
        if leaving.blocks(notice.flag.case, leaving.Reader.of(notice.agency, user), " ".join(line)):
            kept_back += 1
        else:
            lines.append(line)
    return File(lines, kept_back)


def take_file(actor: Actor) -> str:
    """The file as text; that it was taken is noted."""
    file = file_of(actor)
    trail.record(actor, Event.FLAGS_EXPORTED, rows=len(file.lines))
    return file.text()


def _line(notice: FlagNotice) -> list[str]:
    flag = notice.flag
    told, said = _day(notice.told_at_utc), _day(notice.acknowledged_at_utc)
    return [
        shelf.programme(flag.programme).short,
        flag.case.reference,
        flag.from_day.isoformat(),
        flag.ends_on.isoformat(),
        told.isoformat() if told else "",
        said.isoformat() if said else "",
    ]


def harmless(cell: str) -> str:
    """Text that a spreadsheet would take for a formula, made to stay text."""
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@") else cell
