"""Support plans: what support is to achieve, its sessions planned against delivered, and when it stands still.

Support waits for consent and ends with it. Discussion never does: whoever declines goes back to the panel, which
decides what is needed to keep them safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import allocation, entries, moments, stages, tasks
from casework.cases import service as cases
from casework.cases.locks import lock
from casework.cases.models import Case, Entry
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.forms import today, write_date
from casework.panels.models import PlanSession, SupportPlan
from casework.panels.plans.schemas import MOST, STATES
from casework.panels.queue import service as queue
from casework.panels.reviews.service import CLOSING
from casework.panels.seats import service as seats
from casework.programmes import shelf
from casework.programmes.definition import Programme

KINDS = "session_kind"  # the list that makes a programme one with support plans
STALLED = "plan_stalled"  # the kind of the task that a plan which stands still sets
REFUSED = ("declined", "withdrawn")  # codes of the list agreement
NEEDS_WHY = ("missed", "cancelled")


def has_plans(programme: Programme) -> bool:
    return programme.panel is not None and KINDS in programme.lists


def of_case(case: Case) -> Sequence[SupportPlan]:
    """The plans of a case that the reader was let in to, the latest first, with their sessions."""
    query = (
        select(SupportPlan)
        .where(SupportPlan.case_id == case.id)
        .order_by(SupportPlan.began_on.desc(), SupportPlan.id.desc())
        .options(selectinload(SupportPlan.sessions))
    )
    return db.session.scalars(query).all()


def running(case: Case) -> SupportPlan | None:
    return next((plan for plan in of_case(case) if plan.ended_on is None), None)


# -- planned against delivered ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Count:
    """How many sessions should have taken place by a day, what became of them, and how many are still to come."""

    due: int
    delivered: int
    missed: int
    cancelled: int
    unanswered: int
    to_come: int


def count(sessions: Iterable[PlanSession], day: date) -> Count:
    past, to_come = [], 0
    for session in sessions:
        if session.state == "planned" and session.planned_on > day:
            to_come += 1
        else:
            past.append(session.state)
    return Count(
        due=len(past),
        delivered=past.count("delivered"),
        missed=past.count("missed"),
        cancelled=past.count("cancelled"),
        unanswered=past.count("planned"),
        to_come=to_come,
    )


def stall(plan: SupportPlan, day: date, days: int) -> str:
    """Why the plan stands still on a day, in words; nothing where it does not."""
    if plan.ended_on is not None:
        return ""
    delivered = [each.delivered_on for each in plan.sessions if each.delivered_on is not None]
    since = max(delivered, default=plan.began_on)
    if (day - since).days < days:
        return ""
    last = "the last one was delivered" if delivered else "the plan began"
    missed = sum(since <= each.planned_on <= day and each.state != "delivered" for each in plan.sessions)
    if missed:
        planned = "1 was planned" if missed == 1 else f"{missed} were planned"
        return f"No session was delivered since {write_date(since)}, when {last}, although {planned}."
    return f"No session was even planned since {write_date(since)}, when {last}."


def stalled_words(plan: SupportPlan | None) -> str:
    """Why a plan stands still today."""
    return stall(plan, today(), seats.rules_of(plan.programme).stalls_days) if plan is not None else ""


# -- making and changing one ------------------------------------------------------------------------------


def consent_missing(case: Case) -> str:
    """Why support may not begin on this case, in words; nothing where it may."""
    missing = stages.missing_checks(case)
    wanted = [check for check in ("agreement_given", "guardian_agreed") if check in missing]
    if not wanted:
        return ""
    if wanted == ["guardian_agreed"] or stages.is_child(case, today()):
        return (
            "The person is under 18: a parent or guardian has to agree first. Their own word is not enough."
        )
    return "Support waits until it is recorded that the person agrees to it."


def begin(actor: Actor, case: Case, *, began_on: date, aims: str, lead: str) -> SupportPlan:
    """Begin the support plan of a case. Raises Invalid without consent, and while another plan runs."""
    lock(case)
    if not has_plans(shelf.programme(case.programme)):
        raise Invalid("This programme has no support plans.")
    if running(case) is not None:
        raise Invalid("This case has a support plan already: change it, or end it first.")
    _refuse_without_consent(case)
    plan = SupportPlan(case_id=case.id, programme=case.programme, began_on=began_on, aims=aims, lead=lead)
    db.session.add(plan)
    db.session.flush()
    trail.record(actor, Event.PLAN_CHANGED, plan)
    return plan


def change(actor: Actor, plan: SupportPlan, *, began_on: date, aims: str, lead: str, version: int) -> None:
    words = {"Aims": aims, "Who leads": lead, "Began": write_date(began_on)}
    _hold(plan, version, {"Aims": plan.aims or "", "Who leads": plan.lead or ""}, words)
    new = {"aims": aims, "lead": lead, "began_on": began_on}
    changed = [name for name, value in new.items() if getattr(plan, name) != value]
    if not changed:
        return
    entries.keep_change(
        actor,
        plan.case_id,
        plan,
        changed,
        before={name: _said(getattr(plan, name)) for name in changed},
        after={name: _said(new[name]) for name in changed},
        reason="Plan changed",
    )
    plan.began_on = began_on
    plan.seal(aims=aims, lead=lead)
    _kept(actor, plan)


def _said(value: Any) -> str:
    return write_date(value) if isinstance(value, date) else value or ""


def end(actor: Actor, plan: SupportPlan, *, ended_on: date, outcome: str, version: int) -> None:
    """End a plan; sessions still to come are cancelled with it."""
    _hold(plan, version, {"Ended": _said(plan.ended_on)}, {"Ended": write_date(ended_on)})
    if ended_on < plan.began_on:
        raise Invalid(errors={"ended_on": [f"The day must be on or after {write_date(plan.began_on)}"]})
    _end(actor, plan, ended_on, outcome)


def _end(actor: Actor, plan: SupportPlan, ended_on: date, outcome: str) -> None:
    plan.ended_on, plan.outcome = ended_on, outcome
    for session in plan.sessions:
        if session.state == "planned":
            session.state, session.words = "cancelled", outcome
    _kept(actor, plan)


def _hold(row: Any, version: int, stored: Mapping[str, str], submitted: Mapping[str, str]) -> None:
    lock(row)
    if row.version != version:
        raise Conflict("Somebody else changed this meanwhile.", stored=stored, submitted=submitted)
    if getattr(row, "ended_on", None) is not None:
        raise Conflict("This plan has ended meanwhile.", stored=stored, submitted=submitted)


def _refuse_without_consent(case: Case) -> None:
    if words := consent_missing(case):
        raise Invalid(words)


def _kept(actor: Actor, plan: SupportPlan) -> None:
    db.session.flush()
    db.session.expire(plan, ["sessions"])
    trail.record(actor, Event.PLAN_CHANGED, plan)
    _follow_stall(actor, plan)


# -- sessions ---------------------------------------------------------------------------------------------


def days_of(first: date, *, every: int, times: int) -> list[date]:
    """The days of a series: `times` of them, `every` so many days."""
    return [first + timedelta(days=every * number) for number in range(times)]


def add_sessions(
    actor: Actor,
    plan: SupportPlan,
    *,
    kind: str,
    first: date,
    times: int = 1,
    every: int = 7,
    provider: str | None = None,
) -> list[PlanSession]:
    """Plan one session, or a series. Raises Invalid without consent, or for more than MOST."""
    lock(plan)
    if plan.ended_on is not None:
        raise Invalid("This plan has ended.")
    _refuse_without_consent(plan.case)
    faults = {}
    if kind not in {code.id for code in shelf.programme(plan.programme).codes_on(KINDS, today())}:
        faults["kind"] = ["Select what kind of session it is"]
    if not 1 <= times <= MOST:
        faults["times"] = [f"Enter a number from 1 to {MOST}"]
    if first < plan.began_on:
        faults["first"] = [
            f"The first session must be on or after {write_date(plan.began_on)}, when the plan began"
        ]
    if faults:
        raise Invalid(errors=faults)
    made = [
        PlanSession(case_id=plan.case_id, plan_id=plan.id, kind=kind, planned_on=day, provider=provider)
        for day in days_of(first, every=every, times=times)
    ]
    db.session.add_all(made)
    _kept(actor, plan)
    return made


def mark(
    actor: Actor,
    session: PlanSession,
    *,
    state: str,
    delivered_on: date | None,
    words: str | None,
    version: int,
) -> None:
    """Say what became of a session. Raises Invalid where a missed or cancelled one has no reason."""
    lock(session)
    if session.version != version:
        stored = {"State": STATES[session.state][0], "Words": session.words or ""}
        raise Conflict(stored=stored, submitted={"State": STATES[state][0], "Words": words or ""})
    faults = {}
    if state == "delivered" and delivered_on is None:
        faults["delivered_on"] = ["Enter the day on which it was delivered"]
    if state in NEEDS_WHY and not words:
        faults["words"] = ["Enter why it did not take place"]
    if faults:
        raise Invalid(errors=faults)
    session.state = state
    session.delivered_on = delivered_on if state == "delivered" else None
    session.words = words
    _kept(actor, session.plan)


# -- standing still ---------------------------------------------------------------------------------------


def watch(actor: Actor) -> int:
    """Set a task on each case whose plan stands still, and end it once it goes on; returns how many were set."""
    plans = db.session.scalars(
        select(SupportPlan)
        .where(SupportPlan.ended_on.is_(None))
        .order_by(SupportPlan.id)
        .options(selectinload(SupportPlan.sessions))
    ).all()
    return sum(_follow_stall(actor, plan) for plan in plans)


def _follow_stall(actor: Actor, plan: SupportPlan) -> bool:
    held = tasks.open_of_kind(plan.case, STALLED, plan.id)
    words = stalled_words(plan)
    if not words:
        for task in held:
            tasks.finish_task(actor, task)
    elif not held:
        tasks.set_task(
            actor,
            plan.case,
            STALLED,
            due_on=today(),
            text=f"The support plan stands still. {words}",
            assigned_to_id=plan.case.worker_id or allocation.coordinator_of(plan.case),
            about=plan.id,
        )
        return True
    return False


# -- consent withdrawn ------------------------------------------------------------------------------------


def agreement(case: Case) -> Entry | None:
    """What was last said about agreement to support."""
    query = (
        select(Entry)
        .where(Entry.case_id == case.id, Entry.kind == "agreement", Entry.ended_at_utc.is_(None))
        .order_by(Entry.dated.desc(), Entry.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


@moments.listen
def follow(actor: Actor, case: Case, event: str, _day: date) -> None:
    """A refusal goes back to the panel, where the programme says so; a plan ends with its case."""
    if event in CLOSING and (plan := running(case)) is not None:
        _end(actor, plan, case.closed_on or today(), "The case was closed.")
    rules = shelf.programme(case.programme).panel
    if event != "agreement" or rules is None or rules.refusal_to is None or not case.is_open:
        return
    said = agreement(case)
    under_way = case.stage in rules.queue_stages and case.stage != rules.refusal_to
    if under_way and said is not None and said.code in REFUSED:
        _back_to_panel(actor, case, rules.refusal_to, said)


def _back_to_panel(actor: Actor, case: Case, stage: str, said: Entry) -> None:
    """For a safeguarding decision. Support stands still; nothing that is planned is lost, should they agree again."""
    programme = shelf.programme(case.programme)
    words = {"declined": "Support was declined", "withdrawn": "Consent to support was withdrawn"}[
        said.code or ""
    ]
    reason = (
        f"{words} on {write_date(said.dated)}: what is needed to keep the {programme.word('subject')} safe?"
    )
    entry = queue.open_entry(case)
    if entry is None:
        queue.enter(actor, case, "returned", reason=reason)
    else:
        queue.become(actor, entry, "returned", reason)
    cases.put_in_stage(actor, case, programme.stage(stage), reason=reason)
    db.session.flush()
