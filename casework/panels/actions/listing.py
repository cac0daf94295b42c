"""The list of actions across meetings: filtered, sorted and paged in the database on plain columns."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, false, func, nulls_last, or_, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts.models import Agency, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case
from casework.extensions import db
from casework.forms import Choice, today
from casework.paging import SIZE, Page, offset, within
from casework.panels.models import Action
from casework.people import naming
from casework.people.models import Person

MINE, AGENCY, EVERYBODY = "mine", "agency", "everybody"


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; None: not narrowed.

    `whose` is MINE, AGENCY or EVERYBODY, `shown` a key of action_schemas.SHOWN.
    """

    whose: str = MINE
    shown: str | None = "outstanding"
    programme: str | None = None
    agency: str | None = None
    due_from: date | None = None
    due_to: date | None = None
    sort: str = "due"
    descending: bool = False


@dataclass(frozen=True)
class Row:
    """An action as the list shows it. `name` is whom its case is about."""

    id: uuid.UUID
    text: str
    programme: str
    state: str
    acceptance: str
    due_on: date
    ended_on: date | None
    escalated: bool
    verified: bool
    agency: str
    owner: str
    reference: str
    name: str

    @property
    def is_open(self) -> bool:
        return self.state == "open"


SORTS: Mapping[str, Any] = {"due": Action.due_on, "set": Action.set_on, "ended": Action.ended_on}


def whose(actor: Actor) -> list[Choice]:
    """What the actor may choose from: everybody's is for those who run a panel."""
    choices = [Choice(MINE, "Mine, or of somebody I cover"), Choice(AGENCY, "My agency’s")]
    if actor.has(Permission.MEETING_RUN):
        choices.append(Choice(EVERYBODY, "Everybody’s"))
    return choices


def agencies(actor: Actor) -> list[Choice]:
    """The agencies that have actions of the panels which the actor runs."""
    programmes = actor.programmes(Permission.MEETING_RUN)
    if not programmes:
        return []
    owning = select(Action.agency_id).where(Action.programme.in_(programmes)).distinct()
    rows = db.session.execute(
        select(Agency.id, Agency.name).where(Agency.id.in_(owning)).order_by(Agency.name)
    )
    return [Choice(str(agency), name) for agency, name in rows]


def page_of(actor: Actor, wanted: Filter, number: int = 1) -> Page[Row]:
    """A page of actions, the last where there are fewer. Three statements, always."""
    day = today()
    total = db.session.scalar(_count(actor, wanted, day)) or 0
    number = within(number, total)
    rows = db.session.execute(_page(actor, wanted, day), {"first": offset(number)}).all()
    trail.record(actor, Event.LIST_VIEWED, programme=wanted.programme, list="actions", rows=len(rows))
    return Page(rows_of(rows), total, number)


# A statement follows from who asks for what on which day, and making it takes longer than sending it.
@lru_cache(maxsize=512)
def _count(actor: Actor, wanted: Filter, day: date) -> Any:
    return select(func.count()).select_from(Action).where(*_conditions(actor, wanted, day))


@lru_cache(maxsize=512)
def _page(actor: Actor, wanted: Filter, day: date) -> Any:
    """The rows of one page: it is found by the index first, and only its rows are joined."""
    keys = (
        select(Action.id)
        .where(*_conditions(actor, wanted, day))
        .order_by(*_order(wanted))
        .limit(SIZE)
        .offset(bindparam("first", type_=Integer))
    )
    return lines(keys.subquery()).order_by(*_order(wanted))


def lines(keys: Any) -> Any:
    """What the lines of a list show of the actions whose ids are given."""
    return (
        select(
            Action.id,
            Action.case_id,
            Action.sealed,
            Action.programme,
            Action.state,
            Action.acceptance,
            Action.due_on,
            Action.ended_on,
            Action.escalated_at_utc,
            Action.verified_on,
            Agency.name.label("agency"),
            User.name.label("owner"),
            Case.reference,
            Case.subject_id,
            Person.sealed.label("person_sealed"),
        )
        .join(keys, keys.c.id == Action.id)
        .join(Case, Case.id == Action.case_id)
        .join(Agency, Agency.id == Action.agency_id)
        .outerjoin(User, User.id == Action.owner_id)
        .outerjoin(Person, Person.id == Case.subject_id)
    )


def rows_of(rows: Sequence[Any]) -> list[Row]:
    """The lines in words; every key that they need is opened with one statement."""
    naming.warm(owner for row in rows for owner in (row.case_id, row.subject_id))
    return [_row(row) for row in rows]


def _row(row: Any) -> Row:
    document = naming.document_of(Action, row.id, row.case_id, row.sealed)
    return Row(
        id=row.id,
        text=str(document.get("text") or document.get("description") or ""),
        programme=row.programme,
        state=row.state,
        acceptance=row.acceptance,
        due_on=row.due_on,
        ended_on=row.ended_on,
        escalated=row.escalated_at_utc is not None,
        verified=row.verified_on is not None,
        agency=row.agency,
        owner=str(row.owner or document.get("owner_name") or ""),
        reference=row.reference,
        name=naming.name_of(row.subject_id, row.person_sealed),
    )


def _conditions(actor: Actor, wanted: Filter, day: date) -> list[ColumnElement[bool]]:
    conditions = [policy.condition(actor, Action, Permission.ACTION_WORK), _whose(actor, wanted.whose)]
    if wanted.shown:
        conditions.append(_shown(wanted.shown, day))
    if wanted.programme:
        conditions.append(Action.programme == wanted.programme)
    if wanted.agency:
        conditions.append(Action.agency_id == uuid.UUID(wanted.agency))
    if wanted.due_from:
        conditions.append(Action.due_on >= wanted.due_from)
    if wanted.due_to:
        conditions.append(Action.due_on <= wanted.due_to)
    return conditions


def _whose(actor: Actor, whose: str) -> ColumnElement[bool]:
    if whose == EVERYBODY and actor.has(Permission.MEETING_RUN):
        return Action.programme.in_(actor.programmes(Permission.ACTION_WORK))
    return of_agency(actor) if whose != MINE else mine(actor)


def mine(actor: Actor) -> ColumnElement[bool]:
    """Whether it is for the actor, or somebody for whom they stand in today, to do."""
    return Action.owner_id.in_(({actor.id} if actor.id else set()) | actor.covers)


def of_agency(actor: Actor) -> ColumnElement[bool]:
    """Whether it is for an agency of the actor's to do."""
    grants = {(grant.agency_id, grant.programme) for grant in actor.grants_for(Permission.ACTION_WORK)}
    pairs = sorted(grants, key=str)
    return or_(
        false(), *(and_(Action.agency_id == agency, Action.programme == each) for agency, each in pairs)
    )


def _shown(shown: str, day: date) -> ColumnElement[bool]:
    match shown:
        case "overdue":
            return and_(Action.state == "open", Action.due_on < day)
        case "awaited":
            return and_(Action.acceptance.in_(("awaited", "refused")), Action.state == "open")
        case "unverified":
            return and_(Action.state.in_(ENDED), Action.verified_on.is_(None))
        case "ended":
            return Action.state.in_(ENDED)
        case _:
            return Action.state == "open"


ENDED = ("done", "done_late", "not_done", "no_longer_possible", "superseded")


def _order(wanted: Filter) -> tuple[Any, Any]:
    """The sort asked for, and the id so that pages never overlap. Empty days stand last either way."""
    column = SORTS.get(wanted.sort, Action.due_on)
    ways = (column.desc(), Action.id.desc()) if wanted.descending else (column.asc(), Action.id.asc())
    return (nulls_last(ways[0]) if column.property.columns[0].nullable else ways[0]), ways[1]
