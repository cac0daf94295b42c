"""Who holds a case, and who works with each person of it where one worker cannot serve both sides."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select, update

from casework.access import policy
from casework.access.vocabulary import Actor, Permission, Role
from casework.accounts import service as accounts
from casework.accounts.models import Membership, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import moments
from casework.cases.history import note_event
from casework.cases.locks import lock
from casework.cases.models import Case, Exclusion, Involvement, Task
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.forms import today
from casework.programmes import shelf

SIDES = ("protected", "harming")


def candidates(actor: Actor, case: Case) -> list[User]:
    """Who may hold the case, by name: workers of the programme, from whom it is not hidden.

    A coordinator chooses among all of them, a manager within their own agencies.
    """
    roles = [grant.role for grant in actor.grants_for(Permission.CASE_ALLOCATE, case.programme)]
    if actor.kind == "operator" or Role.COORDINATOR in roles:
        workers = accounts.workers(case.programme)
    else:
        workers = accounts.team(actor, case.programme)
    hidden = hidden_from(case)
    return [worker for worker in workers if worker.id not in hidden]


def workers(case: Case) -> list[User]:
    """Who may be given a task on the case, by name."""
    hidden = hidden_from(case)
    return [worker for worker in accounts.workers(case.programme) if worker.id not in hidden]


def hidden_from(case: Case) -> frozenset[uuid.UUID]:
    """The users from whom a case is hidden, by themselves or through an agency of theirs."""
    through = select(Membership.user_id).where(
        Membership.agency_id.in_(
            select(Exclusion.agency_id).where(
                Exclusion.case_id == case.id,
                Exclusion.ended_at_utc.is_(None),
                Exclusion.agency_id.is_not(None),
            )
        ),
        or_(Membership.ended_on.is_(None), Membership.ended_on > today()),
    )
    themselves = select(Exclusion.user_id).where(
        Exclusion.case_id == case.id, Exclusion.ended_at_utc.is_(None), Exclusion.user_id.is_not(None)
    )
    return frozenset(user for user in db.session.scalars(through.union(themselves)) if user)


def allocate(
    actor: Actor, case: Case, worker_id: uuid.UUID, *, reason: str | None = None, version: int | None = None
) -> None:
    """Give the case to a worker; it goes to their agency, and open tasks of the worker before go with it.

    Raises Invalid for somebody who may not hold it, or who works with the other side of somebody in it.
    """
    worker = _choose(actor, case, worker_id)
    _hold(case, version, {"Worker": worker.name})
    _refuse_both(actor, worker, parts_elsewhere(case), "works with the other side of somebody in this case")
    before, case.worker_id = case.worker_id, worker.id
    case.agency_id = _agency_of(case, worker) or case.agency_id
    own = Task.assigned_to_id.is_(None) if before is None else Task.assigned_to_id == before
    db.session.execute(
        update(Task)
        .where(Task.case_id == case.id, Task.done_at_utc.is_(None), own)
        .values(assigned_to_id=worker.id)
    )
    note_event(actor, case, "allocation", code=str(worker.id), text=worker.name, why=reason)
    db.session.flush()
    db.session.expire(case, ["worker", "agency"])
    trail.record(actor, Event.CASE_ALLOCATED, case, to=str(worker.id))
    if before is None:
        moments.happened(actor, case, "allocated")


def allocate_part(
    actor: Actor, part: Involvement, worker_id: uuid.UUID, *, version: int | None = None
) -> None:
    """Give one person's part in the case a worker of its own.

    Raises Invalid for a worker who already serves the same person on the other side.
    """
    worker = _choose(actor, part.case, worker_id)
    _hold(part, version, {"Worker": worker.name})
    _refuse_both(actor, worker, other_side(part), "works with the same person on the other side")
    part.worker_id = worker.id
    note_event(
        actor,
        part.case,
        "allocation",
        code=str(worker.id),
        text=worker.name,
        person_id=part.person_id,
        status=part.role,
    )
    db.session.flush()
    db.session.expire(part, ["worker"])
    trail.record(actor, Event.CASE_ALLOCATED, part.case, to=str(worker.id))


def other_side(part: Involvement) -> Sequence[Involvement]:
    """The parts in which the same person stands on the other side, in this case or another of the
    programme.
    """
    programme = shelf.programme(part.case.programme)
    side = programme.role(part.role).side
    roles = [role.id for role in programme.roles if role.side in SIDES and role.side != side]
    if side not in SIDES:
        return ()
    query = select(Involvement).where(
        Involvement.person_id == part.person_id, Involvement.role.in_(roles), Involvement.ended_on.is_(None)
    )
    return db.session.scalars(query).all()


def parts_elsewhere(case: Case) -> list[Involvement]:
    """The parts in other cases in which somebody in this one stands on the other side."""
    here = (part for part in case.involvements if part.ended_on is None)
    return [other for part in here for other in other_side(part) if other.case_id != case.id]


def _refuse_both(actor: Actor, worker: User, others: Iterable[Involvement], why: str) -> None:
    """Refuse a worker of one of these parts. Why, is told only to whoever may see a case that tells it."""
    theirs = [other for other in others if (other.worker_id or other.case.worker_id) == worker.id]
    if theirs:
        told = any(policy.may_open(actor, Case, other.case_id) for other in theirs)
        words = why if told else "cannot be given this"
        raise Invalid(errors={"worker": [f"{worker.name} {words}: choose another"]})


def coordinator_of(case: Case) -> uuid.UUID | None:
    """A coordinator of the programme who may know of the case: the first by name.

    None where there is none.
    """
    hidden = hidden_from(case)
    query = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.programme == case.programme,
            Membership.role == Role.COORDINATOR,
            *accounts.in_force(),
            User.deactivated_at_utc.is_(None),
        )
        .order_by(User.name, User.id)
    )
    return next((user for user in db.session.scalars(query) if user not in hidden), None)


def _choose(actor: Actor, case: Case, worker_id: uuid.UUID) -> User:
    for worker in candidates(actor, case):
        if worker.id == worker_id:
            return worker
    raise Invalid(errors={"worker": ["Choose a worker from the list"]})


def _agency_of(case: Case, worker: User) -> uuid.UUID | None:
    """The agency for which somebody works the programme's cases; that which holds the case, if it is one of
    theirs.
    """
    rows = db.session.scalars(
        select(Membership.agency_id)
        .where(
            Membership.user_id == worker.id,
            Membership.programme == case.programme,
            Membership.role.in_(accounts.WORKERS),
            *accounts.in_force(),
        )
        .order_by(Membership.from_day, Membership.id)
    ).all()
    return case.agency_id if case.agency_id in rows else next(iter(rows), None)


def _hold(row: Case | Involvement, version: int | None, submitted: dict[str, str]) -> None:
    """Lock the row; raise Conflict unless it is as the actor saw it."""
    lock(row)
    if version is not None and row.version != version:
        stored = row.worker.name if row.worker else "Nobody yet"
        raise Conflict(stored={"Worker": stored}, submitted=submitted)
