"""Reviews of cases by the cycles of their programme: they come with what happens to a case and stay until done.

Nobody can delete one. It is done with an outcome in words, or ends with a reason because what it was for is no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission, Role
from casework.accounts import service as accounts
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import allocation, moments
from casework.cases.locks import lock
from casework.cases.models import Case
from casework.errors import Conflict, Invalid, Refused
from casework.extensions import db
from casework.forms import today, write_date
from casework.forms.dates import LONDON
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.panels.models import Meeting, Review
from casework.panels.queue import service as queue
from casework.people import naming
from casework.programmes import shelf
from casework.programmes.definition import ReviewCycle

LINK = "/reviews"
TOLD_EVERY = timedelta(days=7)
CLOSING = frozenset(("closed", "exit"))  # one moment: each programme has its own word for it
STATES: Mapping[str, tuple[str, str]] = {
    "open": ("To do", "blue"),
    "done": ("Done", "green"),
    "ended": ("Ended", "grey"),
}
CLOSED = "The case was closed"
REOPENED = "The case was re-opened"
DECLINED = "The referral was not taken up"


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def label_of(programme: str, cycle: str) -> str:
    """The cycle in words, also where the programme no longer has it."""
    found = next((each for each in shelf.programme(programme).reviews if each.id == cycle), None)
    return found.label if found else "Review"


# -- coming and going with the case -----------------------------------------------------------------------


@moments.listen
def happened(actor: Actor, case: Case, event: str, day: date) -> None:
    """Make the reviews that wait for what happened, and end those that it leaves without a purpose."""
    cycles = shelf.programme(case.programme).reviews
    if event in CLOSING:
        _end_all(actor, case, [each.id for each in cycles if each.repeats], CLOSED)
    if event == "reopened":
        _reopen(actor, case, cycles, day)
    for cycle in cycles:
        if cycle.after == event or (event in CLOSING and cycle.after in CLOSING):
            _begin(actor, case, cycle, day)


def _begin(actor: Actor, case: Case, cycle: ReviewCycle, day: date) -> None:
    """One that repeats runs on; of any other the latest moment counts."""
    running = _open(case, [cycle.id])
    if running and cycle.repeats:
        return
    for review in running:
        _end(actor, review, f"It is counted anew from {write_date(day)}")
    _set(actor, case, cycle, day)


def _reopen(actor: Actor, case: Case, cycles: Sequence[ReviewCycle], day: date) -> None:
    """What was to follow the closure ends; what goes on until the closure goes on."""
    _end_all(actor, case, [each.id for each in cycles if each.after in CLOSING], REOPENED)
    known = set(db.session.scalars(select(Review.cycle).where(Review.case_id == case.id).distinct()))
    for cycle in cycles:
        if cycle.repeats and cycle.id in known:
            _begin(actor, case, cycle, day)


def _set(actor: Actor, case: Case, cycle: ReviewCycle, day: date) -> Review:
    review = Review(
        case_id=case.id,
        programme=case.programme,
        cycle=cycle.id,
        due_on=months_after(day, cycle.months),
    )
    db.session.add(review)
    db.session.flush()
    trail.record(actor, Event.REVIEW_SET, review, cycle=cycle.id)
    return review


def _end_all(actor: Actor, case: Case, cycles: Sequence[str], why: str) -> None:
    for review in _open(case, cycles):
        _end(actor, review, why)


def _end(actor: Actor, review: Review, why: str) -> None:
    review.state, review.done_on, review.outcome = "ended", today(), why
    db.session.flush()
    trail.record(actor, Event.REVIEW_ENDED, review, cycle=review.cycle)


def _open(case: Case, cycles: Sequence[str]) -> list[Review]:
    if not cycles:
        return []
    query = select(Review).where(Review.case_id == case.id, Review.cycle.in_(cycles), Review.state == "open")
    return list(db.session.scalars(query.order_by(Review.due_on, Review.id)))


# -- doing one --------------------------------------------------------------------------------------------


def open_page(actor: Actor, review: Review) -> None:
    """That the review was read is noted in the trail."""
    trail.record(actor, Event.REVIEW_VIEWED, review)


def may_do(actor: Actor, review: Review) -> bool:
    """Whoever works the case, or runs its panel."""
    return any(
        policy.decide(actor, permission, review)
        for permission in (Permission.CASE_WORK, Permission.MEETING_RUN)
    )


def may_go_back(case: Case) -> str:
    """Why the case cannot be put back to the panel, in words; nothing where it can."""
    return queue.why_not(case)


def finish(actor: Actor, review: Review, *, outcome: str, back: bool, version: int) -> None:
    """Say what came of a review, and put the case back to the panel where that is what came of it."""
    if not may_do(actor, review):
        raise Refused(permission=str(Permission.CASE_WORK), subject=review)
    lock(review)
    if review.version != version or review.state != "open":
        stored = {"State": STATES[review.state][0], "Outcome": review.outcome or ""}
        raise Conflict(stored=stored, submitted={"Outcome": outcome})
    if not outcome.strip():
        raise Invalid(errors={"outcome": ["Enter what came of the review"]})
    if back and (why := may_go_back(review.case)):
        raise Invalid(errors={"back": [why]})
    review.state, review.outcome = "done", outcome
    review.done_on, review.done_by_id = today(), actor.id
    db.session.flush()
    trail.record(actor, Event.REVIEW_DONE, review, cycle=review.cycle)
    if back:
        queue.enter(actor, review.case, "review", reason=outcome)
    _come_again(actor, review)


def _come_again(actor: Actor, review: Review) -> None:
    cycles = shelf.programme(review.programme).reviews
    cycle = next((each for each in cycles if each.id == review.cycle), None)
    if cycle is not None and cycle.repeats and review.case.stage_kind == "open":
        _set(actor, review.case, cycle, today())


# -- reading them -----------------------------------------------------------------------------------------


def of_case(actor: Actor, case: Case) -> Sequence[Review]:
    """Every review of a case: what is to do first, by its day."""
    found = db.session.scalars(policy.visible(actor, Review).where(Review.case_id == case.id)).all()
    return sorted(found, key=lambda each: (each.state != "open", each.due_on, each.id))


def outstanding(actor: Actor, meeting: Meeting) -> Sequence[Review]:
    """The reviews of the panel due by the day of the meeting, the longest overdue first."""
    query = policy.visible(actor, Review).where(
        Review.programme == meeting.programme,
        Review.state == "open",
        Review.due_on <= meeting.starts_at_utc.astimezone(LONDON).date(),
    )
    found = db.session.scalars(
        query.options(joinedload(Review.case)).order_by(Review.due_on, Review.id)
    ).all()
    naming.warm(each.case_id for each in found)
    return found


# -- by the clock -----------------------------------------------------------------------------------------


def keep_up(actor: Actor) -> int:
    """A job: put cases with a due review into the queue of a panel that hears cases again, and tell of what is due
    every week until it is done.
    """
    _end_declined(actor)
    return _relist(actor) + _tell(actor)


def _end_declined(actor: Actor) -> None:
    query = select(Review).join(Case, Case.id == Review.case_id)
    for review in db.session.scalars(
        query.where(Review.state == "open", Case.stage_kind == "declined")
    ).all():
        _end(actor, review, DECLINED)


def _relist(actor: Actor) -> int:
    relisting = [
        each.id
        for each in shelf.every().values()
        if each.panel is not None and each.panel.relisted_until_closed
    ]
    query = (
        select(Review)
        .join(Case, Case.id == Review.case_id)
        .where(
            Review.programme.in_(relisting),
            Review.state == "open",
            Review.due_on <= today(),
            Review.queued_on.is_(None),
            Case.stage_kind == "open",
        )
        .order_by(Review.due_on, Review.id)
    )
    due = db.session.scalars(query).all()
    for review in due:
        queue.enter(actor, review.case, "review", due_on=review.due_on)
    _mark(due, queued_on=today())
    return len(due)


def _tell(actor: Actor) -> int:
    """The worker of each case, and the coordinators of its programme, hear of how many there are."""
    query = (
        select(Review)
        .where(Review.state == "open", Review.due_on <= today())
        .options(joinedload(Review.case))
        .order_by(Review.programme, Review.due_on, Review.id)
    )
    due = db.session.scalars(query).all()
    fresh = [each for each in due if each.told_on is None or each.told_on <= today() - TOLD_EVERY]
    told: dict[tuple[str, uuid.UUID], list[date]] = {}
    for review in fresh:
        for user_id in _answering(actor, review):
            told.setdefault((review.programme, user_id), []).append(review.due_on)
    _mark(fresh, told_on=today())
    for (programme, user_id), days in told.items():
        mail.queue(
            actor,
            Template.REVIEWS_DUE,
            user_id,
            programme=programme,
            reviews=len(days),
            due=min(days),
            link=LINK,
        )
    return len(told)


def _answering(actor: Actor, review: Review) -> set[uuid.UUID]:
    """Who answers for a review and may know of its case."""
    people = {user.id for user in accounts.colleagues(actor, review.programme, Role.COORDINATOR)}
    if review.case.worker_id is not None:
        people.add(review.case.worker_id)
    return people - allocation.hidden_from(review.case)


def _mark(found: Sequence[Review], **values: Any) -> None:
    """What the clock did is no change of the review: whoever is writing about it must not meet a conflict."""
    if found:
        db.session.execute(
            update(Review).where(Review.id.in_([review.id for review in found])).values(**values)
        )
