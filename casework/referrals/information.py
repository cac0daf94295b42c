"""Questions back to the referrer: asked with a day, answered by them, and the referral waits for screening again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import clocks
from casework.cases import service as cases
from casework.errors import Invalid, NotFound
from casework.extensions import db, now
from casework.forms import today
from casework.programmes import shelf
from casework.referrals.models import InformationRequest, Referral

DAYS = 5  # working days, where the programme has no clock for it


def ask(actor: Actor, referral: Referral, question: str, *, due_on: date | None = None) -> InformationRequest:
    """Ask the referrer something. What becomes of the referral meanwhile, `screening` says."""
    request = InformationRequest(
        case_id=referral.case_id,
        referral_id=referral.id,
        asked_by_id=actor.id,
        due_on=due_on or due(referral),
        question=question,
    )
    db.session.add(request)
    db.session.flush()
    clocks.start(actor, referral.case, "info_requested")
    trail.record(actor, Event.INFORMATION_ASKED, referral, due_on=request.due_on.isoformat())
    return request


def due(referral: Referral) -> date:
    """The day by which the programme wants an answer to what is asked today."""
    for clock in shelf.programme(referral.programme).clocks.values():
        if clock.starts == "info_requested":
            return clocks.due_on(clock, today())
    return clocks.after_working_days(today(), DAYS)


def of_referral(referral: Referral) -> Sequence[InformationRequest]:
    """All that was asked about a referral, the oldest first."""
    query = select(InformationRequest).where(InformationRequest.referral_id == referral.id)
    return db.session.scalars(query.order_by(InformationRequest.asked_at_utc, InformationRequest.id)).all()


def request_for(actor: Actor, request_id: uuid.UUID) -> InformationRequest:
    """The question, if the actor may answer for its referral. Raises NotFound."""
    query = (
        select(InformationRequest)
        .join(Referral, Referral.id == InformationRequest.referral_id)
        .where(
            InformationRequest.id == request_id, policy.condition(actor, Referral, Permission.REFERRAL_ANSWER)
        )
    )
    request = db.session.scalar(query)
    if request is None:
        raise NotFound
    return request


def answer(actor: Actor, request: InformationRequest, words: str) -> None:
    """Take an answer. With the last one the referral waits to be screened again, and the clock stops."""
    db.session.refresh(request, with_for_update=True)
    if request.answered_at_utc is not None:
        raise Invalid(
            "This question has been answered already.", errors={"answer": ["It was answered already"]}
        )
    request.answer = words
    request.answered_at_utc = now()
    db.session.flush()
    referral = request.referral
    trail.record(actor, Event.INFORMATION_GIVEN, referral)
    if all(each.answered_at_utc for each in of_referral(referral)):
        _wait_again(actor, referral)


def _wait_again(actor: Actor, referral: Referral) -> None:
    clocks.stop(actor, referral.case, "info_received")
    if referral.outcome != "returned":
        return
    referral.outcome = "waiting"
    first = shelf.programme(referral.programme).first_stage
    if referral.case.stage_kind == "screening" and referral.case.stage != first.id:
        cases.put_in_stage(actor, referral.case, first)
    db.session.flush()
