"""The last plan of a case that comes again: what became of each action, and whether it is kept, changed or dropped."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import Conflict, Invalid, NotFound
from casework.extensions import db
from casework.panels.actions import service as actions
from casework.panels.live import recording
from casework.panels.models import Action, AgendaItem, Reconsidered

# What the chair may answer, in the order in which it is offered.
ANSWERS: Mapping[str, str] = {"keep": "Keep", "change": "Change", "drop": "Drop"}


@dataclass(frozen=True)
class Row:
    """One action of the last plan, and what this meeting says of it (None: nothing yet)."""

    action: Action
    answer: Reconsidered | None

    @property
    def version(self) -> int:
        return self.answer.version if self.answer else 0


@dataclass(frozen=True)
class Answer:
    """What the chair says of one row. `version` is that of the answer they saw; 0 for none."""

    answer: str | None
    why: str | None = None
    version: int = 0


def rows(actor: Actor, item: AgendaItem) -> list[Row]:
    """The last plan row by row; empty where the case is heard for the first time."""
    plan = actions.last_plan(actor, item) if item.earlier_id else []
    said = {each.action_id: each for each in _said(item)} if plan else {}
    return [Row(action, said.get(action.id)) for action in plan]


def unanswered(found: Sequence[Row]) -> int:
    return sum(row.answer is None for row in found)


def answer(actor: Actor, item: AgendaItem, given: Mapping[uuid.UUID, Answer]) -> int:
    """Keep, change or drop actions of the last plan, each with its reason; returns how many answers are new.

    Raises Invalid when a reason is missing, and Conflict when somebody else answered a row in between.
    """
    recording.hold(item)
    found = {row.action.id: row for row in rows(actor, item)}
    if not given.keys() <= found.keys():
        raise NotFound
    _refuse_faults(given)
    new = [(found[action], words) for action, words in given.items() if _is_new(found[action], words)]
    clashes = [row for row, words in new if row.version != words.version]
    if clashes:
        raise Conflict(
            "Somebody else answered for the last plan meanwhile.",
            stored={row.action.text or "": _words(row.answer) for row in clashes},
            submitted={
                row.action.text or "": f"{ANSWERS[words.answer or '']}: {words.why}"
                for row, words in new
                if row in clashes
            },
        )
    for row, words in new:
        _write(actor, item, row, words)
    return len(new)


def _said(item: AgendaItem) -> Sequence[Reconsidered]:
    return db.session.scalars(select(Reconsidered).where(Reconsidered.item_id == item.id)).all()


def _refuse_faults(given: Mapping[uuid.UUID, Answer]) -> None:
    faults: dict[str, list[str]] = {}
    for action, words in given.items():
        if words.answer and words.answer not in ANSWERS:
            faults[f"answer-{action}"] = ["Select keep, change or drop"]
        elif words.answer and not (words.why or "").strip():
            faults[f"why-{action}"] = ["Enter why"]
        elif words.why and not words.answer:
            faults[f"answer-{action}"] = ["Select keep, change or drop"]
    if faults:
        raise Invalid(errors=faults)


def _is_new(row: Row, words: Answer) -> bool:
    if not words.answer:
        return False
    return row.answer is None or (row.answer.answer, row.answer.why) != (words.answer, words.why)


def _write(actor: Actor, item: AgendaItem, row: Row, words: Answer) -> None:
    said = row.answer
    if said is None:
        said = Reconsidered(case_id=item.case_id, item_id=item.id, action_id=row.action.id)
        db.session.add(said)
    said.answer, said.why, said.by_id = words.answer or "", words.why, actor.id
    db.session.flush()
    trail.record(actor, Event.PLAN_RECONSIDERED, item, answer=said.answer)


def _words(said: Reconsidered | None) -> str:
    return f"{ANSWERS[said.answer]}: {said.why}" if said else "Not answered"
