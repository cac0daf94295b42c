"""What a page of a case shows: the frame of every one of them, and the summary.

Statements do not grow with the case.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import contacts, involved, kinds, risk_reading, tasks, warnings
from casework.cases.kind import Choices, Kind, label
from casework.cases.models import Case, Entry, Involvement, Task
from casework.cases.warnings import Alarm
from casework.extensions import db
from casework.forms import Choice, today
from casework.people.models import Person
from casework.programmes import shelf
from casework.programmes.definition import Programme, Stage

LATEST = 6
AHEAD = timedelta(days=60)  # how far ahead key dates stand in the summary


@dataclass(frozen=True)
class Frame:
    """What stands around every page of a case."""

    case: Case
    programme: Programme
    stage: Stage
    band: str
    level: str
    parts: Sequence[Involvement]
    people: Mapping[uuid.UUID, Person]
    standing: Sequence[Entry]
    alarm: Alarm

    @property
    def name(self) -> str:
        return self.case.subject.name if self.case.subject else "Name not known"

    @property
    def is_worked(self) -> bool:
        return self.stage.kind == "open"

    @property
    def choices(self) -> Choices:
        """The answers that only this case has: its people."""
        roles = {
            part.person_id: self.programme.role(part.role).label.lower() for part in reversed(self.parts)
        }
        return {
            "person_id": [
                Choice(person.id, f"{person.name} ({roles[person.id]})") for person in self.people.values()
            ]
        }

    def item(self, entry: Entry) -> Item:
        return Item(entry, kinds.kind_of(entry.kind), self.programme, self.people)

    def reading(self, entry: Entry) -> risk_reading.Reading:
        """An assessment in words, by itself."""
        return risk_reading.read(self.programme, entry, None)

    def items(self, some: Iterable[Entry]) -> list[Item]:
        return [self.item(entry) for entry in some]


@dataclass(frozen=True)
class Item:
    """An entry with the words of its programme, as the timeline's templates draw it."""

    entry: Entry
    kind: Kind
    programme: Programme
    people: Mapping[uuid.UUID, Person]

    @property
    def template(self) -> str:
        return f"timeline/_{self.kind.id}.html"

    @property
    def struck(self) -> bool:
        return self.entry.ended_at_utc is not None

    @property
    def title(self) -> str:
        """The kind and its code in one line."""
        words = self.code
        return f"{self.kind.title}: {words}" if words else self.kind.title

    @property
    def code(self) -> str:
        if self.entry.kind == "warning" and self.entry.code == kinds.NOT_TOLD:
            return f"{warnings.whom(self.entry, self.people)} must not be told"
        if self.entry.kind == "risk":
            return self.programme.risk_tool(self.entry.code or "", self.entry.tool_version).label
        if self.entry.kind == "stage":
            return self._stage(self.entry.code)
        if self.entry.kind == "allocation":
            return self.entry.text or ""
        return self.kind.code_label(self.programme, self.entry)

    @property
    def status(self) -> str:
        if self.entry.kind == "risk":
            band = risk_reading.band_of(self.programme, self.entry.status)
            return band.label if band else ""
        if self.entry.kind == "stage":
            return self._stage(self.entry.status)
        return self.kind.status_label(self.programme, self.entry)

    @property
    def colour(self) -> str:
        if self.entry.kind == "risk":
            level = risk_reading.level(self.programme, self.entry.status)
            return {"high": "red", "medium": "orange", "standard": "yellow"}.get(level, "grey")
        return self.kind.colour(self.entry.status)

    @property
    def basis(self) -> str:
        found = label(self.programme, "sharing_basis", self.entry.basis)
        bases = {basis.id: basis.label for basis in self.programme.lawful_bases}
        return bases.get(found, found)

    @property
    def whom(self) -> str:
        """The person it is about, by name, and whoever else was named."""
        person = self.people.get(self.entry.person_id) if self.entry.person_id else None
        return ", ".join(name for name in (person.name if person else "", self.entry.whom or "") if name)

    @property
    def by(self) -> str:
        return self.entry.recorded_by.name if self.entry.recorded_by else ""

    def detail(self, name: str) -> str | None:
        return (self.entry.details or {}).get(name)

    def listed(self, list_id: str, code: str | None) -> str:
        return label(self.programme, list_id, code)

    def _stage(self, stage_id: str | None) -> str:
        known = {stage.id: stage.label for stage in self.programme.stages}
        return known.get(stage_id or "", stage_id or "")


def frame(actor: Actor, case: Case, *, printed: bool = False) -> Frame:
    """The frame of a page, and the entry in the trail that the case was looked at (or printed)."""
    trail.record(actor, Event.CASE_PRINTED if printed else Event.CASE_VIEWED, case)
    return _frame(case)


def frame_of_form(case: Case) -> Frame:
    """The frame of a form that was sent and is shown again; looking at the case was noted when it was
    opened.
    """
    return _frame(case)


def _frame(case: Case) -> Frame:
    programme = shelf.programme(case.programme)
    parts = involved.parts_of(case)
    people = {part.person_id: part.person for part in parts}
    standing = warnings.in_force(case)
    band = risk_reading.band_of(programme, case.risk_band)
    return Frame(
        case=case,
        programme=programme,
        stage=programme.stage(case.stage),
        band=band.label if band else "",
        level=risk_reading.level(programme, case.risk_band),
        parts=parts,
        people=people,
        standing=standing,
        alarm=warnings.alarm(case, programme, standing, people),
    )


@dataclass(frozen=True)
class Summary:
    """What the first page of a case tells beyond its frame."""

    clock: contacts.Reading | None
    tasks: Sequence[Task]
    dates: Sequence[Entry]
    latest: Sequence[Entry]


def summary(actor: Actor, case: Case) -> Summary:
    return Summary(
        clock=contacts.first_contact(case),
        tasks=tasks.of_case(actor, case, most=LATEST),
        dates=coming(case),
        latest=_latest(case),
    )


def coming(case: Case, *, on: date | None = None) -> Sequence[Entry]:
    """Key dates ahead, and the tries, chases and reviews that are due, the soonest first."""
    on = on or today()
    query = (
        select(Entry)
        .where(
            Entry.case_id == case.id,
            Entry.ended_at_utc.is_(None),
            or_(
                and_(Entry.kind == "key_date", Entry.dated.between(on, on + AHEAD)),
                and_(
                    Entry.kind.in_(("contact", "warning")),
                    Entry.due_on <= on + AHEAD,
                    Entry.done_on.is_(None),
                ),
            ),
        )
        .order_by(Entry.due_on, Entry.dated, Entry.id)
        .limit(LATEST)
    )
    return sorted(db.session.scalars(query), key=lambda entry: entry.due_on or entry.dated)


def _latest(case: Case) -> Sequence[Entry]:
    query = (
        select(Entry)
        .where(Entry.case_id == case.id, Entry.dated <= today())
        .order_by(Entry.dated.desc(), Entry.id.desc())
        .limit(LATEST)
        .options(joinedload(Entry.recorded_by))
    )
    return db.session.scalars(query).all()
