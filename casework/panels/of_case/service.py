"""What the panel has to do with one case, for somebody who may see the case: where it waits, what was decided and done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.cases.kind import label
from casework.cases.models import Case, Entry
from casework.extensions import db
from casework.forms.dates import LONDON
from casework.panels.flags import service as flags
from casework.panels.models import (
    Action,
    AgendaItem,
    Decision,
    Flag,
    Meeting,
    QueueEntry,
    Review,
    SupportPlan,
    Transfer,
)
from casework.panels.of_case import putting
from casework.panels.of_case.putting import Offer
from casework.panels.plans import service as plans
from casework.panels.queue import order
from casework.panels.queue import service as queue
from casework.panels.transfers import service as transfers
from casework.programmes import shelf
from casework.programmes.definition import Programme

SENT = ("circulated", "open", "ended")  # meetings whose agenda everybody may know


@dataclass(frozen=True)
class Hearing:
    """One time that the case stood on an agenda. Without an outcome nothing was decided yet."""

    item: AgendaItem
    on: date
    state: str
    outcome: str
    rationale: str
    may_open: bool


@dataclass(frozen=True)
class Whole:
    """Everything on the page. `consent` is what was last said about support; `may_run`: the actor runs this panel."""

    entry: QueueEntry | None
    kind: str
    waits: str
    why_not: str
    may_run: bool
    hearings: Sequence[Hearing]
    actions: Sequence[Action]
    reviews: Sequence[Review]
    flags: Sequence[Flag]
    transfers: Sequence[Transfer]
    plan: SupportPlan | None
    consent: Entry | None
    consent_missing: str
    offers: Sequence[Offer]


def read(actor: Actor, case: Case) -> Whole:
    """Read a case that the actor was let in to. The statements do not grow with it."""
    programme = shelf.programme(case.programme)
    with_plans = plans.has_plans(programme)
    entry = queue.open_entry(case)
    return Whole(
        entry=entry,
        kind=order.kind_words(programme, entry.kind) if entry else "",
        waits=order.STATES[entry.state] if entry else "",
        why_not=queue.why_not(case),
        may_run=programme.panel is not None and policy.decide(actor, Permission.MEETING_RUN, case),
        hearings=_hearings(actor, case, programme),
        actions=_actions(actor, case),
        reviews=_reviews(actor, case),
        flags=flags.of_case(case),
        transfers=transfers.of_case(case),
        plan=plans.running(case) if with_plans else None,
        consent=plans.agreement(case) if with_plans else None,
        consent_missing=plans.consent_missing(case) if with_plans else "",
        offers=putting.offers(actor, case),
    )


def _hearings(actor: Actor, case: Case, programme: Programme) -> list[Hearing]:
    """The latest first. An agenda that was not sent out is for those who make it."""
    runs = policy.decide(actor, Permission.MEETING_RUN, case)
    query = (
        select(AgendaItem, Meeting, Decision)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .outerjoin(Decision, Decision.item_id == AgendaItem.id)
        .where(
            AgendaItem.case_id == case.id,
            policy.condition(actor, AgendaItem, Permission.CASE_VIEW),
            Meeting.state.in_((*SENT, "planned") if runs else SENT),
            AgendaItem.state != "removed",
        )
        .order_by(Meeting.starts_at_utc.desc(), AgendaItem.id)
    )
    outcomes = programme.panel.outcomes if programme.panel else ""
    opened = set(
        db.session.scalars(
            policy.visible(actor, AgendaItem, Permission.MEETING_VIEW)
            .where(AgendaItem.case_id == case.id)
            .with_only_columns(AgendaItem.id)
        )
    )
    return [
        Hearing(
            item=item,
            on=meeting.starts_at_utc.astimezone(LONDON).date(),
            state=meeting.state,
            outcome=label(programme, outcomes, decision.outcome) if decision else "",
            rationale=(decision.rationale or "") if decision else "",
            may_open=item.id in opened,
        )
        for item, meeting, decision in db.session.execute(query)
    ]


def _actions(actor: Actor, case: Case) -> Sequence[Action]:
    """What is open first, by its day."""
    query = (
        policy.visible(actor, Action, Permission.CASE_VIEW)
        .where(Action.case_id == case.id)
        .order_by(Action.state != "open", Action.due_on, Action.id)
        .options(joinedload(Action.agency), joinedload(Action.owner))
    )
    return db.session.scalars(query).all()


def _reviews(actor: Actor, case: Case) -> Sequence[Review]:
    query = policy.visible(actor, Review, Permission.CASE_VIEW).where(Review.case_id == case.id)
    return db.session.scalars(query.order_by(Review.state != "open", Review.due_on, Review.id)).all()
