"""Telling a service, the same day, that a referral was accepted which it must act on: the IDVA of a DVA MARAC.

It is let in to the case, gets a task to make contact, and a message that names nobody. An agency from which the case
is hidden gets none of these.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from flask import current_app
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.cases import allocation, clocks, moments, sharing, tasks
from casework.cases.history import note_event
from casework.cases.models import Case, Task
from casework.crypto import vault
from casework.extensions import db
from casework.forms import today
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.panels.models import Seat
from casework.panels.seats import service as seats
from casework.programmes import shelf

KIND = "first_contact"
DAYS = 2  # working days to make contact, where the programme has no clock of its own for it


@moments.listen
def accepted(actor: Actor, case: Case, event: str, _day: date) -> None:
    """When a referral is accepted: alert each agency that sits on the panel and is of a type to be told."""
    if event == "accepted":
        alert(actor, case)


@moments.listen_joining
def joined(actor: Actor, case: Case, into: Case) -> None:
    """A referral that joins an open case is accepted too. Whoever must not know of either is told of neither."""
    if into.stage_kind == "open":
        alert(actor, into, joining=case)


def alert(actor: Actor, case: Case, *, joining: Case | None = None) -> None:
    """Tell the services; `joining` is a case that is about to become part of this one, with what it is hidden from."""
    rules = shelf.programme(case.programme).panel
    if rules is None or not rules.alert:
        return
    both = (case, joining) if joining else (case,)
    hidden = {agency for each in both for agency in sharing.hidden_agencies(each)}
    barred = {user for each in both for user in seats.barred_from(each.id)}
    told = [seat for seat in seats.of_panel(case.programme) if seat.agency.kind in rules.alert]
    for seat in told:
        if seat.agency_id not in hidden:
            _alert(actor, case, seat, barred)
    if not told:
        _nobody_to_tell(actor, case)


def _alert(actor: Actor, case: Case, seat: Seat, barred: set[uuid.UUID]) -> None:
    if seat.agency_id not in {share.agency_id for share in sharing.shares(case)}:
        sharing.share(actor, case, seat.agency_id)
        note_event(actor, case, "note", text=f"{seat.agency.name} takes part from now on: {_rule(case)}")
    held = (
        case.worker if case.agency_id == seat.agency_id else None
    )  # the worker first, where it holds the case
    reader = next(
        (user for user in (held, *seats.people(seat)) if user is not None and user.id not in barred), None
    )
    if reader is None:
        words = f"Tell {seat.agency.name} of this referral yourself, or name somebody else on its seat."
        _set_task(actor, case, words, allocation.coordinator_of(case))
        return
    if any(task.assigned_to_id == reader.id for task in tasks.open_of_kind(case, KIND, case.id)):
        return
    words = f"New referral accepted: {seat.agency.name} makes first contact, if it is safe."
    task = _set_task(actor, case, words, reader.id)
    mail.queue(
        actor,
        Template.SERVICE_ALERTED,
        reader.id,
        about=task.id,
        programme=case.programme,
        link=current_app.url_map.bind("").build("cases.show", {"case_id": case.id}),
    )


def _rule(case: Case) -> str:
    """Why the agency is let in, as it stands in the record."""
    panel = seats.rules_of(case.programme).name
    return f"by the rules of the {panel} it is alerted the same day that a referral is accepted."


def _nobody_to_tell(actor: Actor, case: Case) -> None:
    words = "No service that must be told of an accepted referral has a seat on the panel: tell it yourself."
    _set_task(actor, case, words, allocation.coordinator_of(case))


def _set_task(actor: Actor, case: Case, words: str, to: uuid.UUID | None) -> Task:
    """The task that the programme's own clock has just set, unless somebody has it already; else another."""
    running = (
        task for task in tasks.open_of_kind(case, KIND) if task.about is None and task.assigned_to_id is None
    )
    task = next(running, None)
    if task is None:
        clock = shelf.programme(case.programme).clocks.get(KIND)
        due = clocks.due_on(clock, today()) if clock else clocks.after_working_days(today(), DAYS)
        task = tasks.set_task(actor, case, KIND, due_on=due, text=words, about=case.id)
    task.text, task.about, task.assigned_to_id = words, case.id, to
    db.session.flush()
    return task


def for_reader(actor: Actor) -> Sequence[Task]:
    """The alerts that are still to be acted on: a home page's and a list's "New referral accepted"."""
    query = (
        policy.visible(actor, Task, Permission.CASE_VIEW)
        .where(
            Task.kind == KIND,
            Task.about == Task.case_id,
            Task.assigned_to_id == actor.id,
            Task.done_at_utc.is_(None),
        )
        .order_by(Task.set_at_utc.desc(), Task.id)
        .options(joinedload(Task.case).joinedload(Case.subject))
        .limit(50)
    )
    found = db.session.scalars(query).all()
    vault.warm(each.case.subject_id for each in found if each.case.subject_id)
    return found
