"""What a panel holds of an unscreened case goes with it when its referral joins another case."""

from __future__ import annotations

import uuid
from inspect import isclass

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.cases import moments
from casework.cases import service as cases
from casework.cases.locks import lock
from casework.cases.models import Case, CaseRow
from casework.errors import Invalid
from casework.extensions import db
from casework.panels import models
from casework.panels.models import AgendaItem, Finding, QueueEntry, Telling
from casework.panels.queue import service as queue
from casework.panels.queue import taking_off
from casework.programmes import shelf

JOINED = "Its referral joined another case"
OF_CASES: tuple[type[CaseRow], ...] = tuple(
    each
    for each in vars(models).values()
    if isclass(each)
    and issubclass(each, CaseRow)
    and hasattr(each, "__table__")
    and each.__module__ == models.__name__
)


@moments.listen_joining
def carry(actor: Actor, case: Case, into: Case) -> None:
    """Of two places in the queue the one on an agenda stays; all that was recorded moves to the case that stays."""
    mine, other = queue.open_entry(case), queue.open_entry(into)
    if mine is not None and other is not None:
        _settle(actor, mine, other)
    elif other is not None:
        queue.press(actor, other, urgent=case.urgent, due_on=None)
    elif mine is None and into.heard_on is not None:
        _comes_again(actor, into)
    _refuse_hearing_twice(case, into)
    for model in OF_CASES:
        for row in db.session.scalars(select(model).where(model.case_id == case.id)):
            cases.move_row(row, into)
    for entry in db.session.scalars(select(QueueEntry).where(QueueEntry.repeat_of_id == case.id)):
        entry.repeat_of_id = into.id
    db.session.flush()


def _settle(actor: Actor, mine: QueueEntry, other: QueueEntry) -> None:
    stays, goes = (mine, other) if mine.state == "listed" != other.state else (other, mine)
    lock(goes)
    lock(stays)
    item = taking_off.item_of(goes) if goes.state == "listed" else None
    if item is not None and item.state == "listed":
        taking_off.take_off(actor, item, JOINED)
    queue.press(actor, stays, urgent=goes.urgent, due_on=goes.due_on)
    queue.end(actor, goes, JOINED)


def _comes_again(actor: Actor, into: Case) -> None:
    """A further referral of a case that the panel has heard is one more thing for it to hear."""
    rules = shelf.programme(into.programme).panel
    if rules is not None and into.stage_kind == "open":
        queue.enter(actor, into, "relisted" if rules.relisted_until_closed else "repeat", repeat_of=into)


def _refuse_hearing_twice(case: Case, into: Case) -> None:
    there = select(AgendaItem.meeting_id).where(AgendaItem.case_id == into.id, AgendaItem.state != "removed")
    both = select(AgendaItem.id).where(
        AgendaItem.case_id == case.id, AgendaItem.state != "removed", AgendaItem.meeting_id.in_(there)
    )
    if db.session.scalar(both.limit(1)) is not None:
        raise Invalid("Both cases were heard at one meeting, so they stay two.")


@moments.listen_adopting
def follow(case: Case, old: uuid.UUID, kept: uuid.UUID) -> None:
    """What was found, or is to be told, about one record of a person is about the one that stays."""
    known = set(db.session.scalars(select(Finding.research_id).where(Finding.person_id == kept)))
    for finding in db.session.scalars(
        select(Finding).where(Finding.case_id == case.id, Finding.person_id == old)
    ):
        if finding.research_id in known:
            db.session.delete(finding)
        else:
            finding.person_id = kept
    for telling in db.session.scalars(
        select(Telling).where(Telling.case_id == case.id, Telling.person_id == old)
    ):
        telling.person_id = kept
    db.session.flush()
