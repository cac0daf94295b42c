"""A manager's team: who holds what, what nobody holds, what has gone quiet."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import Cover, User
from casework.cases import allocation
from casework.cases.listing import has_gone_quiet
from casework.cases.models import Case, Task
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today


@dataclass(frozen=True)
class Caseload:
    """What one worker holds in a programme."""

    worker_id: uuid.UUID
    worker: str
    open: int
    urgent: int
    quiet: int
    overdue: int


def caseloads(actor: Actor, programme: str) -> list[Caseload]:
    """The open cases of the team by worker, the largest load first. Two statements."""
    rows = db.session.execute(
        select(
            User.id,
            User.name,
            func.count(),
            func.count().filter(Case.urgent.is_(True)),
            func.count().filter(has_gone_quiet()),
        )
        .join(User, User.id == Case.worker_id)
        .where(
            Case.programme == programme,
            Case.stage_kind == "open",
            policy.condition(actor, Case, Permission.TEAM_VIEW),
        )
        .group_by(User.id, User.name)
        .order_by(func.count().desc(), User.name)
    ).all()
    overdue = _overdue(actor, programme)
    return [Caseload(*row, overdue.get(row[0], 0)) for row in rows]


def _overdue(actor: Actor, programme: str) -> dict[uuid.UUID, int]:
    rows = db.session.execute(
        select(Task.assigned_to_id, func.count())
        .where(
            Task.programme == programme,
            Task.done_at_utc.is_(None),
            Task.due_on < today(),
            Task.assigned_to_id.is_not(None),
            policy.condition(actor, Task, Permission.TEAM_VIEW),
        )
        .group_by(Task.assigned_to_id)
    )
    return {worker: count for worker, count in rows if worker}


@dataclass(frozen=True)
class Standing:
    """A cover that stands today or later."""

    id: uuid.UUID
    user: str
    covered_by: str
    first_day: date
    last_day: date


def covers(actor: Actor, programme: str) -> list[Standing]:
    """Covers of the actor's own team that have not ended, soonest first."""
    ours = [member.id for member in accounts.team(actor, programme)]
    by = aliased(User)
    rows = db.session.execute(
        select(Cover.id, User.name, by.name, Cover.first_day, Cover.last_day)
        .join(User, User.id == Cover.user_id)
        .join(by, by.id == Cover.covered_by_id)
        .where(
            Cover.programme == programme,
            Cover.user_id.in_(ours),
            Cover.ended.is_(False),
            Cover.last_day >= today(),
        )
        .order_by(Cover.first_day, User.name)
    )
    return [Standing(*row) for row in rows]


@dataclass(frozen=True)
class Handed:
    """What came of handing over: how many cases moved, and how many could not."""

    moved: int
    left: int


def unheld(actor: Actor, programme: str) -> int:
    """How many open cases of the team nobody holds."""
    query = (
        select(func.count())
        .select_from(Case)
        .where(
            Case.programme == programme,
            Case.stage_kind == "open",
            Case.worker_id.is_(None),
            policy.condition(actor, Case, Permission.TEAM_VIEW),
        )
    )
    return db.session.scalar(query) or 0


def reassign(actor: Actor, programme: str, worker_id: uuid.UUID, to_id: uuid.UUID, *, reason: str) -> Handed:
    """Hand every open case of one worker of the team to another, as far as the other may hold it.

    Raises Invalid when the two are one. Handing over is rare, so each case is allocated by the rule for one.
    """
    if worker_id == to_id:
        raise Invalid(errors={"to": ["Select somebody else to take the cases over"]})
    held = policy.visible(actor, Case, Permission.CASE_ALLOCATE).where(
        Case.programme == programme, Case.worker_id == worker_id, Case.stage_kind == "open"
    )
    moved = left = 0
    for case in db.session.scalars(held.order_by(Case.opened_on, Case.id)).all():
        try:
            allocation.allocate(actor, case, to_id, reason=reason)
            moved += 1
        except Invalid:
            left += 1
    return Handed(moved, left)
