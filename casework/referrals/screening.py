"""Deciding on a referral: accept it, let it join a case, ask for more, decline it, or consider it again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import Agency, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import allocation, clocks, gaps, moments, risk, safeguards, sharing, stages, tasks
from casework.cases import service as cases
from casework.cases.models import Case, CaseRow, Entry, Involvement
from casework.errors import Conflict, Invalid, Refused
from casework.extensions import db
from casework.forms import today
from casework.people import service as people
from casework.people.models import Person
from casework.programmes import shelf
from casework.programmes.definition import REFERRAL, Stage
from casework.referrals import answers, information
from casework.referrals.models import InformationRequest, Referral

UNDECIDED = ("waiting", "returned")
Checklist = Mapping[str, str]


def may_move(actor: Actor, referral: Referral, to: Stage) -> bool:
    """Whether the programme lets this actor take the referral's case from where it stands to a stage."""
    move = shelf.programme(referral.programme).stage(referral.case.stage).move(to.id)
    return move is not None and stages.may_make(actor, referral.case, move)


def agencies_for(actor: Actor, referral: Referral) -> list[Agency]:
    """The agencies that may hold the case: those that work the programme, or the one that has it now.

    Only who allocates cases sends one to another agency, and to none that it is hidden from.
    """
    ids: set[uuid.UUID | None] = {referral.case.agency_id}
    if not actor.has(Permission.CASE_ALLOCATE, referral.programme):
        ids |= {grant.agency_id for grant in actor.grants_for(Permission.CASE_WORK, referral.programme)}
    else:
        members = (user.memberships for user in accounts.workers(referral.programme))
        mine = (each for many in members for each in many if each.programme == referral.programme)
        ids |= {each.agency_id for each in mine if each.role in accounts.WORKERS}
    ids -= sharing.hidden_agencies(referral.case)
    return [agency for agency in accounts.agencies() if agency.id in ids]


def workers_for(actor: Actor, referral: Referral) -> list[User]:
    """To whom the actor may allocate the case while accepting it."""
    if not actor.has(Permission.CASE_ALLOCATE, referral.programme):
        return []
    return allocation.candidates(actor, referral.case)


def accept(
    actor: Actor,
    referral: Referral,
    *,
    version: int,
    agency_id: uuid.UUID,
    worker_id: uuid.UUID | None = None,
    words: str | None = None,
    checklist: Checklist | None = None,
    screened: Mapping[str, Any] | None = None,
) -> None:
    """Accept: the case is opened, held by an agency, and perhaps by a worker.

    `checklist` answers the programme's screening points, `screened` the questions it asks at screening.
    """
    programme = shelf.programme(referral.programme)
    _hold(actor, referral, version)
    _go(actor, referral, programme.accepted_stage)
    if agency_id not in {agency.id for agency in agencies_for(actor, referral)}:
        raise Invalid(errors={"agency": ["Select an agency from the list"]})
    referral.case.agency_id = agency_id
    _note(actor, referral, referral.case, "accepted", checklist)
    answers.record(referral, REFERRAL, None, screened or {})
    _decide(actor, referral, "accepted", words)
    _stop_clocks(actor, referral.case)
    moments.happened(actor, referral.case, "accepted")
    if worker_id is not None:
        allocation.allocate(actor, referral.case, worker_id)
        moments.happened(actor, referral.case, "allocated")
    db.session.flush()


def decline(
    actor: Actor,
    referral: Referral,
    *,
    version: int,
    reason: str,
    words: str,
    checklist: Checklist | None = None,
    screened: Mapping[str, Any] | None = None,
) -> None:
    """Decline, with a coded reason and words for the referrer. What was still to be done need not be."""
    programme = shelf.programme(referral.programme)
    _hold(actor, referral, version)
    if reason not in programme.list("decline_reason"):
        raise Invalid(errors={"reason": ["Select a reason from the list"]})
    _go(actor, referral, programme.declined_stage, reason=programme.list("decline_reason").label(reason))
    referral.decline_reason = reason
    _note(actor, referral, referral.case, "declined", checklist, code=reason)
    answers.record(referral, REFERRAL, None, screened or {})
    _decide(actor, referral, "declined", words)
    _stop_clocks(actor, referral.case)
    for task in tasks.of_case(actor, referral.case):
        cases.finish_task(actor, task, outcome="The referral was declined")
    db.session.flush()


def return_for_information(
    actor: Actor, referral: Referral, *, version: int, question: str, due_on: date | None = None
) -> InformationRequest:
    """Ask the referrer for more, and start the clock. The case can be worked and listed meanwhile."""
    programme = shelf.programme(referral.programme)
    _hold(actor, referral, version)
    if programme.returned_stage and referral.case.stage != programme.returned_stage.id:
        _go(actor, referral, programme.returned_stage, reason="Information asked of the referrer")
    referral.outcome = "returned"
    _note(actor, referral, referral.case, "returned", None)
    db.session.flush()
    trail.record(actor, Event.REFERRAL_SCREENED, referral, outcome="returned")
    return information.ask(actor, referral, question, due_on=due_on)


def reconsider(actor: Actor, referral: Referral, *, version: int, reason: str) -> None:
    """Take a decline back: the referral waits to be screened again."""
    db.session.refresh(referral, with_for_update=True)
    if referral.version != version or referral.outcome != "declined":
        raise Conflict("Somebody else decided on this referral meanwhile.")
    _go(actor, referral, shelf.programme(referral.programme).first_stage, reason=reason)
    referral.outcome = "waiting"
    referral.decided_on = referral.decided_by_id = referral.decline_reason = None
    db.session.flush()
    trail.record(actor, Event.REFERRAL_SCREENED, referral, outcome="waiting")
    moments.happened(actor, referral.case, "received")
    gaps.review(actor, referral.case)


def join(
    actor: Actor,
    referral: Referral,
    into_id: uuid.UUID,
    *,
    version: int,
    same: Mapping[uuid.UUID, uuid.UUID] | None = None,
    why: str | None = None,
    words: str | None = None,
    checklist: Checklist | None = None,
) -> Case:
    """Let a referral join a case that is not closed; both sources stay. Returns the case that it joined.

    `same` says of people who came with the referral whom of the case they are. A case that a panel has heard is
    joined only for a reason in words.
    """
    into = doors.case_for(actor, into_id, Permission.CASE_WORK)
    _hold(actor, referral, version)
    _refuse_joining(referral, into, why)
    case = referral.case
    _go(actor, referral, shelf.programme(referral.programme).accepted_stage, check_only=True)
    adopting = [_adopt(actor, case, into, new_id, known_id) for new_id, known_id in (same or {}).items()]
    _note(actor, referral, into, "joined", checklist, why=why)
    _stop_clocks(actor, case)
    db.session.flush()
    models: tuple[type[CaseRow], ...] = (Referral, InformationRequest)
    for model in models:
        for row in db.session.scalars(select(model).where(model.case_id == case.id)):
            cases.move_row(row, into)
    db.session.flush()
    cases.join(actor, case, into)
    db.session.expire(referral, ["case"])
    into.opened_on = min(into.opened_on, referral.received_on)
    _decide(actor, referral, "joined", words)
    for known in adopting:
        answers.recompute_ages(actor, known)  # each record may have known the birth that the other did not
    _tidy(actor, into)
    return into


def _refuse_joining(referral: Referral, into: Case, why: str | None) -> None:
    if into.programme != referral.programme or into.id == referral.case_id:
        raise Invalid(errors={"case": ["Select another case of the same programme"]})
    if into.stage_kind not in ("screening", "open"):
        raise Invalid(
            errors={"case": ["That case is closed: re-open it first, or accept this as a new case"]}
        )
    if into.heard_on and not why:
        raise Invalid(errors={"why": ["The case has been heard already: enter why this referral joins it"]})


def _adopt(actor: Actor, case: Case, into: Case, new_id: uuid.UUID, known_id: uuid.UUID) -> Person:
    """Make one record of somebody who came with the referral and somebody of the case."""
    new, known = _of_case(case, new_id), _of_case(into, known_id)
    if new is known:
        return known
    elsewhere = select(Involvement.id).where(Involvement.person_id == new.id, Involvement.case_id != case.id)
    if db.session.scalar(elsewhere.limit(1)) is not None:
        raise Invalid(f"{new.name} is in other cases too, so the two records cannot become one here.")
    people.adopt(actor, known, new)
    _repoint(case, new, known)
    people.forget(new)
    return known


def _of_case(case: Case, person_id: uuid.UUID) -> Person:
    for part in case.involvements:
        if part.person_id == person_id:
            return part.person
    raise Invalid(errors={"same": ["Choose people of the referral and of the case"]})


def _repoint(case: Case, old: Person, kept: Person) -> None:
    """Let everything on the case that is about one record be about the other."""
    held = {(part.person_id, part.role) for part in case.involvements}
    for part in list(case.involvements):
        if part.person_id != old.id:
            continue
        if (kept.id, part.role) in held:
            db.session.delete(part)
        else:
            part.person_id = kept.id
    for entry in db.session.scalars(select(Entry).where(Entry.person_id == old.id)):
        entry.person_id = kept.id
    if case.subject_id == old.id:
        case.subject_id = kept.id
    answers.repoint(old.id, kept.id)
    moments.adopting(case, old.id, kept.id)
    db.session.flush()
    db.session.expire(case, ["involvements", "subject"])


def _tidy(actor: Actor, into: Case) -> None:
    """One case from two: each gap and clock has one task, the risk is the latest, and both sides are looked at."""
    held: set[str] = set()
    for task in tasks.of_case(actor, into):
        if task.kind in held and task.kind != "other" and not task.about:
            cases.finish_task(actor, task, outcome="Joined with the same task of the case")
        held.add(task.kind)
    gaps.review(actor, into)
    risk.carry_to_case(into)
    for part in into.involvements:
        safeguards.look_at(actor, part)
    db.session.flush()


def _hold(actor: Actor, referral: Referral, version: int) -> None:
    """Lock the referral. Raises Conflict unless it is as the actor saw it and waits for a decision."""
    if not doors.may(actor, Permission.REFERRAL_SCREEN, referral):
        raise Refused(permission=str(Permission.REFERRAL_SCREEN), subject=referral)
    db.session.refresh(referral, with_for_update=True)
    if referral.outcome not in UNDECIDED:
        raise Conflict("Somebody else has decided on this referral meanwhile.")
    if referral.version != version:
        raise Conflict("Somebody else changed this referral while you were deciding on it. Read it again.")


def _go(
    actor: Actor, referral: Referral, to: Stage, *, reason: str | None = None, check_only: bool = False
) -> None:
    """Move the case by the programme's rules."""
    if not may_move(actor, referral, to):
        raise Refused(
            f"The programme does not let you take a referral to “{to.label}”.",
            permission=str(Permission.REFERRAL_SCREEN),
            subject=referral,
        )
    if not check_only:
        cases.put_in_stage(actor, referral.case, to, reason=reason)


def _note(
    actor: Actor,
    referral: Referral,
    case: Case,
    status: str,
    checklist: Checklist | None,
    *,
    code: str | None = None,
    why: str | None = None,
) -> None:
    """Write the decision, with how each screening point was answered, into the timeline."""
    cases.note_event(
        actor,
        case,
        "screening",
        status=status,
        code=code,
        why=why,
        referral_id=referral.id,
        details={"checklist": dict(checklist)} if checklist else None,
    )


def _decide(actor: Actor, referral: Referral, outcome: str, words: str | None) -> None:
    referral.outcome = outcome
    referral.decided_on = today()
    referral.decided_by_id = actor.id
    referral.decision_words = words
    db.session.flush()
    trail.record(actor, Event.REFERRAL_SCREENED, referral, outcome=outcome)


def _stop_clocks(actor: Actor, case: Case) -> None:
    for event in ("screened", "info_received"):
        clocks.stop(actor, case, event)
