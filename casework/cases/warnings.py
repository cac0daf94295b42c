"""The warnings that stand above everything on a case: who must not be told, how to reach people, staff
safety.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from casework.cases import kinds
from casework.cases.kind import label
from casework.cases.models import Case, Entry
from casework.extensions import db
from casework.forms import today
from casework.people.models import Person
from casework.programmes.definition import Programme


def standing() -> tuple[ColumnElement[bool], ...]:
    """The condition that an entry is a warning in force."""
    return (
        Entry.kind == "warning",
        Entry.ended_at_utc.is_(None),
        or_(Entry.done_on.is_(None), Entry.done_on > today()),
    )


def in_force(case: Case) -> Sequence[Entry]:
    """The warnings in force, the oldest first."""
    query = select(Entry).where(Entry.case_id == case.id, *standing()).order_by(Entry.dated, Entry.id)
    return db.session.scalars(query).all()


@dataclass(frozen=True)
class Alarm:
    """What the frame of every screen and print of a case shows first."""

    must_not_be_told: tuple[tuple[str, str], ...]
    safe_contact: tuple[tuple[str, str], ...]
    staff_safety: tuple[str, ...]


def alarm(
    case: Case, programme: Programme, warnings: Sequence[Entry], people: Mapping[uuid.UUID, Person]
) -> Alarm:
    """Put the warnings and the safe contact of the person the case is for into words."""
    subject = people.get(case.subject_id) if case.subject_id else None
    return Alarm(
        must_not_be_told=tuple(
            (whom(entry, people), entry.why or "") for entry in warnings if entry.code == kinds.NOT_TOLD
        ),
        safe_contact=safe_contact(programme, subject) if subject else (),
        staff_safety=tuple(
            _in_words(programme, entry, people) for entry in warnings if entry.code != kinds.NOT_TOLD
        ),
    )


def whom(entry: Entry, people: Mapping[uuid.UUID, Person]) -> str:
    """Whom an entry is about: one of the case's people, or whoever was named."""
    person = people.get(entry.person_id) if entry.person_id else None
    return person.name if person else entry.whom or "Somebody not named"


def _in_words(programme: Programme, entry: Entry, people: Mapping[uuid.UUID, Person]) -> str:
    title = label(programme, "flag_kind", entry.code) or "Warning"
    person = people.get(entry.person_id) if entry.person_id else None
    about = f" ({person.name})" if person else ""
    return f"{title}{about}: {entry.text}" if entry.text else f"{title}{about}"


def safe_contact(programme: Programme, person: Person) -> tuple[tuple[str, str], ...]:
    """How a person may safely be reached, in words; what was never said is said to be so, because silence
    is no leave.
    """
    spoken = (
        (
            "Safe to call",
            label(programme, "yes_no_not_known", person.safe_to_call) or "Not recorded: do not assume",
        ),
        (
            "Safe to leave a message",
            label(programme, "yes_no_not_known", person.safe_to_leave_message)
            or "Not recorded: do not assume",
        ),
        ("Telephone", person.phone),
        ("Safe times", person.safe_times),
        ("Or through", person.safe_alternative),
        ("Language", ", ".join(part for part in (person.language, person.interpreter) if part)),
        ("Access needs", person.access_needs),
    )
    return tuple((words, said) for words, said in spoken if said)


def flags(case: Case) -> frozenset[str]:
    """The codes of the warnings in force."""
    return frozenset(entry.code for entry in in_force(case) if entry.code)
