"""What is to be done on a case: set by people, by a gap in the record, or by a clock; done with its
outcome.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.locks import lock
from casework.cases.models import Case, Task
from casework.errors import Conflict
from casework.extensions import db, now
from casework.forms import write_date

# The kinds of task, in the words of lists. The first three are the gaps of one record: facts that nobody has
# said yet.
KINDS: Mapping[str, str] = {
    "agreement": "Record whether the person agrees to support",
    "awareness": "Record whether the person knows of the referral",
    "sharing": "Record the lawful basis and each sharing decision",
    "safeguarding": "Record a safeguarding decision about a child",
    "first_contact": "Make first contact",
    "next_try": "Try to make contact again",
    "chase": "Chase an onward referral",
    "both_sides": "Somebody is both protected and accused: give each part its own worker",
    "other": "Task",
}
GAPS = ("agreement", "awareness", "sharing")


def words_of(kind: str) -> str:
    return KINDS.get(kind, KINDS["other"])


def set_task(
    actor: Actor,
    case: Case,
    kind: str,
    *,
    due_on: date,
    text: str | None = None,
    assigned_to_id: uuid.UUID | None = None,
    about: uuid.UUID | None = None,
) -> Task:
    """Set a task on a case. `kind` names the gap or clock behind it, or is `other`; `about` the record it
    is for.
    """
    task = Task(
        case_id=case.id,
        programme=case.programme,
        kind=kind,
        due_on=due_on,
        text=text,
        assigned_to_id=assigned_to_id or case.worker_id,
        set_by_id=actor.id,
        about=about,
    )
    db.session.add(task)
    db.session.flush()
    trail.record(actor, Event.TASK_SET, case, kind=kind, task=str(task.id))
    return task


def finish_task(actor: Actor, task: Task, *, outcome: str | None = None) -> None:
    task.done_at_utc = now()
    task.done_by_id = actor.id
    if outcome:
        task.outcome = outcome
    db.session.flush()
    trail.record(actor, Event.TASK_DONE, task.case, kind=task.kind, task=str(task.id))


def of_case(actor: Actor, case: Case, *, done: bool = False, most: int | None = None) -> Sequence[Task]:
    """The tasks of a case: open ones by their day, done ones with the latest first."""
    query = policy.visible(actor, Task).where(Task.case_id == case.id).options(joinedload(Task.assigned_to))
    if done:
        query = query.where(Task.done_at_utc.is_not(None)).order_by(Task.done_at_utc.desc(), Task.id)
    else:
        query = query.where(Task.done_at_utc.is_(None)).order_by(Task.due_on, Task.id)
    return db.session.scalars(query.limit(most)).all()


def open_of_kind(case: Case, kind: str, about: uuid.UUID | None = None) -> list[Task]:
    """The open tasks of one kind; with `about`, those set for that very record."""
    query = select(Task).where(Task.case_id == case.id, Task.kind == kind, Task.done_at_utc.is_(None))
    return list(db.session.scalars(query if about is None else query.where(Task.about == about)))


def finish(actor: Actor, task: Task, *, outcome: str, revision: int) -> None:
    """Say that a task is done and what came of it.

    Raises Conflict when somebody changed it after `revision`.
    """
    _hold(task, revision, {"Outcome": outcome})
    task.revision = revision + 1
    finish_task(actor, task, outcome=outcome)


def change(
    actor: Actor, task: Task, *, text: str, due_on: date, assigned_to_id: uuid.UUID | None, revision: int
) -> None:
    """Put a task in other words, on another day or into other hands. Raises Conflict as `finish` does."""
    _hold(task, revision, {"Task": text, "Due": write_date(due_on)})
    fields = [
        name
        for name, value in (("text", text), ("due_on", due_on), ("assigned_to", assigned_to_id))
        if value != (task.assigned_to_id if name == "assigned_to" else getattr(task, name))
    ]
    task.text, task.due_on, task.assigned_to_id, task.revision = text, due_on, assigned_to_id, revision + 1
    db.session.flush()
    trail.record(actor, Event.TASK_CHANGED, task.case, kind=task.kind, task=str(task.id), fields=fields)


def follow(
    actor: Actor, case: Case, kind: str, about: uuid.UUID, due_on: date | None, text: str = ""
) -> None:
    """Keep the one task of a kind about a record as it should be: due on that day, or (None) done."""
    held = open_of_kind(case, kind, about)
    if due_on is None:
        for task in held:
            finish_task(actor, task)
    elif held:
        held[0].due_on = due_on
    else:
        set_task(actor, case, kind, due_on=due_on, text=text or words_of(kind), about=about)


def close_gap(actor: Actor, case: Case, kind: str) -> None:
    """Finish every open task of a kind: what it asked for has been recorded."""
    for task in open_of_kind(case, kind):
        finish_task(actor, task)


def _hold(task: Task, revision: int, submitted: Mapping[str, str]) -> None:
    """Lock the task; raise Conflict unless it is as the actor saw it."""
    lock(task)
    if task.done_at_utc is not None or task.revision != revision:
        stored = {"Task": task.text or words_of(task.kind), "Due": write_date(task.due_on)}
        if task.done_at_utc is not None:
            stored["Outcome"] = task.outcome or "Done, no outcome given"
        raise Conflict(stored=stored, submitted=submitted)
