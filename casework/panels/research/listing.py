"""A member's own list: what their agency is asked, by when, and what it returned."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case, Involvement
from casework.crypto import vault
from casework.extensions import db
from casework.forms import today
from casework.paging import Page, offset, within
from casework.panels.models import AgendaItem, Meeting, Research
from casework.panels.research import returns
from casework.panels.research import service as research

SIZE = 25
STATES = ("due", "overdue", "returned")


@dataclass(frozen=True)
class Row:
    """One request as the list shows it. `people` is how many it asks about, `begun` whether a draft is kept."""

    research: Research
    people: int
    begun: bool
    since: int

    @property
    def case(self) -> Case:
        return self.research.item.case

    @property
    def meeting(self) -> Meeting:
        return self.research.item.meeting

    @property
    def is_late(self) -> bool:
        return research.is_late(self.research)

    @property
    def may_change(self) -> bool:
        return returns.is_open(self.research)

    @property
    def may_undo(self) -> bool:
        return returns.may_undo(self.research)


@dataclass(frozen=True)
class Counts:
    """How many are still to be returned (the overdue with them), how many of those are overdue, how many returned."""

    due: int
    overdue: int
    returned: int


def page_of_mine(actor: Actor, state: str, number: int = 1) -> Page[Row]:
    """A page of what the actor's agencies are asked: what is out with the first due first, or what was returned."""
    conditions = [*_mine(actor), *_in_state(state)]
    total = db.session.scalar(_joined(select(func.count()).select_from(Research)).where(*conditions)) or 0
    number = within(number, total, SIZE)
    way = (Research.returned_at_utc.desc(),) if state == "returned" else (Research.due_on,)
    query = (
        _joined(select(Research))
        .where(*conditions)
        .order_by(*way, Research.id)
        .limit(SIZE)
        .offset(offset(number, SIZE))
        .options(
            joinedload(Research.item).joinedload(AgendaItem.case).joinedload(Case.subject),
            joinedload(Research.item).joinedload(AgendaItem.meeting),
            joinedload(Research.assigned_to),
            joinedload(Research.agency),
            selectinload(Research.findings),
        )
    )
    found = db.session.scalars(query).all()
    _warm(found)
    involved = _involved({each.case_id for each in found})
    trail.record(actor, Event.LIST_VIEWED, list="research", rows=len(found))
    return Page([_row(each, involved.get(each.case_id, set())) for each in found], total, number, SIZE)


def counts(actor: Actor) -> Counts:
    """One statement, for the list and for the home page."""
    out = and_(*_in_state("due"))
    late, back = and_(*_in_state("overdue")), and_(*_in_state("returned"))
    query = _joined(
        select(func.count().filter(out), func.count().filter(late), func.count().filter(back)).select_from(
            Research
        )
    )
    due, overdue, returned = db.session.execute(query.where(*_mine(actor))).one()
    return Counts(due, overdue, returned)


def soonest(actor: Actor, most: int = 5) -> Sequence[Row]:
    """What is due first, for the home page. It is no list of its own, so nothing is noted."""
    query = (
        _joined(select(Research))
        .where(*_mine(actor), *_in_state("due"))
        .order_by(Research.due_on, Research.id)
        .limit(most)
        .options(
            joinedload(Research.item).joinedload(AgendaItem.case).joinedload(Case.subject),
            joinedload(Research.item).joinedload(AgendaItem.meeting),
            selectinload(Research.findings),
        )
    )
    found = db.session.scalars(query).all()
    _warm(found)
    involved = _involved({each.case_id for each in found})
    return [_row(each, involved.get(each.case_id, set())) for each in found]


def is_own(actor: Actor, asked: Research) -> bool:
    """Whether it is asked of an agency for which the actor sits."""
    own = {grant.agency_id for grant in actor.grants_for(Permission.RESEARCH_RETURN, asked.programme)}
    return asked.agency_id in own and not asked.guest_name


def _mine(actor: Actor) -> Iterable[ColumnElement[bool]]:
    """Asked of an agency for which the actor sits; a coordinator who sees them all has no list of their own."""
    own = [
        and_(Research.agency_id == grant.agency_id, Research.programme == grant.programme)
        for grant in actor.grants_for(Permission.RESEARCH_RETURN)
    ]
    yield policy.condition(actor, Research, Permission.RESEARCH_RETURN)
    yield or_(false(), *own)
    yield Research.guest_name == ""
    yield AgendaItem.state != "removed"
    yield Meeting.state != "cancelled"


def _in_state(state: str) -> Iterable[ColumnElement[bool]]:
    """Only what can still be answered is out: what the panel heard without it is no longer wanted."""
    if state == "returned":
        yield Research.state != "asked"
        return
    yield Research.state == "asked"
    yield AgendaItem.state.in_(research.OPEN)
    yield Meeting.state != "ended"
    if state == "overdue":
        yield Research.due_on < today()


def _joined(query: Any) -> Any:
    return query.join(AgendaItem, AgendaItem.id == Research.item_id).join(
        Meeting, Meeting.id == AgendaItem.meeting_id
    )


def _warm(found: Sequence[Research]) -> None:
    subjects = [each.item.case.subject_id for each in found if each.item.case.subject_id]
    vault.warm((*(each.case_id for each in found), *subjects))


def _involved(cases: set[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Everybody in each case."""
    query = select(Involvement.case_id, Involvement.person_id).where(
        Involvement.case_id.in_(cases), Involvement.ended_on.is_(None)
    )
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for case, person in db.session.execute(query):
        found.setdefault(case, set()).add(person)
    return found


def _row(each: Research, involved: set[uuid.UUID]) -> Row:
    answered = {finding.person_id for finding in each.findings if finding.known is not None}
    return Row(
        research=each,
        people=len(involved),
        begun=returns.is_begun(each),
        since=len(involved - answered) if each.state != "asked" else 0,
    )
