"""Support plans: consent before support, planned against delivered, standing still, and what follows a refusal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from casework.access.vocabulary import OPERATOR
from casework.cases import entries, stages, tasks
from casework.cases.models import Case
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.forms import today
from casework.panels.models import PlanSession, SupportPlan
from casework.panels.plans import service as plans
from casework.panels.queue import service as queue
from casework.programmes import shelf
from tests.support import panels

CHANNEL = "channel"
FIRST = date(2026, 3, 2)


def session(planned_on: date, state: str = "planned", delivered_on: date | None = None) -> PlanSession:
    return PlanSession(planned_on=planned_on, state=state, delivered_on=delivered_on)


def plan_with(*sessions: PlanSession) -> SupportPlan:
    return SupportPlan(programme=CHANNEL, began_on=FIRST, sessions=list(sessions))


def test_sessions_are_counted_planned_against_delivered() -> None:
    sessions = [
        session(FIRST, "delivered", FIRST),
        session(FIRST + timedelta(7), "missed"),
        session(FIRST + timedelta(14), "cancelled"),
        session(FIRST + timedelta(21)),
        session(FIRST + timedelta(28)),
    ]

    counted = plans.count(sessions, FIRST + timedelta(21))

    assert (counted.due, counted.delivered, counted.missed) == (4, 1, 1)
    assert (counted.cancelled, counted.unanswered, counted.to_come) == (1, 1, 1)


def test_a_plan_stands_still_when_nothing_was_delivered_for_so_long() -> None:
    held = session(FIRST, "delivered", FIRST)
    plan = plan_with(held, session(FIRST + timedelta(7), "missed"), session(FIRST + timedelta(14)))

    assert plans.stall(plan, FIRST + timedelta(27), 28) == ""
    assert "2 were planned" in plans.stall(plan, FIRST + timedelta(28), 28)
    assert "even planned" in plans.stall(plan_with(held), FIRST + timedelta(28), 28)
    plan.ended_on = FIRST + timedelta(20)
    assert plans.stall(plan, FIRST + timedelta(90), 28) == ""


def test_a_series_has_one_session_every_so_many_days() -> None:
    assert plans.days_of(FIRST, every=7, times=3) == [FIRST, FIRST + timedelta(7), FIRST + timedelta(14)]


# -- with a case ------------------------------------------------------------------------------------------


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel(CHANNEL, kinds=("police",))


def make_adopted(panel: panels.Panel, *, age: int = 30) -> Case:
    """A case that the panel adopted: consent is sought."""
    born = today().replace(day=1) - timedelta(days=round(age * 365.25) + 40)
    case = panels.make_accepted(panel, date_of_birth=born)
    case.stage = "consent"
    db.session.flush()
    return case


def say(panel: panels.Panel, case: Case, code: str, **more: Any) -> None:
    values = {"dated": today(), "code": code, "whom": "Ola Okonjo", **more}
    entries.add(panel.coordinating, case, "agreement", values)


def begin_support(panel: panels.Panel, case: Case) -> None:
    stages.move(panel.coordinating, case, "support", reason=None, version=case.version)


def make_plan(panel: panels.Panel, case: Case, began_on: date) -> SupportPlan:
    return plans.begin(panel.coordinating, case, began_on=began_on, aims="A safe way out", lead="M. Duarte")


def test_support_does_not_begin_without_consent(panel: panels.Panel) -> None:
    case = make_adopted(panel)

    with pytest.raises(Invalid):
        begin_support(panel, case)
    with pytest.raises(Invalid, match="agrees"):
        make_plan(panel, case, today())

    say(panel, case, "agreed")
    begin_support(panel, case)
    assert case.stage == "support"


def test_under_18_it_is_a_parent_or_guardian_who_agrees(panel: panels.Panel) -> None:
    case = make_adopted(panel, age=15)
    say(panel, case, "agreed")

    assert "under 18" in plans.consent_missing(case)
    with pytest.raises(Invalid, match="parent or guardian"):
        begin_support(panel, case)
    with pytest.raises(Invalid):
        say(panel, case, "by_guardian", whom=None)

    say(panel, case, "by_guardian", capacity="yes")
    begin_support(panel, case)
    assert plans.agreement(case).details == {"capacity": "yes"}  # type: ignore[union-attr]


@pytest.mark.parametrize("code", plans.REFUSED)
def test_a_refusal_brings_the_case_back_to_the_panel(panel: panels.Panel, code: str) -> None:
    case = make_adopted(panel)
    say(panel, case, "agreed")
    begin_support(panel, case)

    say(panel, case, code)

    entry = queue.open_entry(case)
    assert case.stage == "panel"
    assert entry is not None
    assert entry.kind == "returned"
    assert "keep the individual safe" in (entry.reason or "")
    assert queue.why_not(case) == ""


def test_a_refusal_to_a_programme_that_needs_no_consent_moves_nothing(app: Flask) -> None:
    panel = panels.make_panel()
    case = panels.make_accepted(panel)
    stage = case.stage
    say(panel, case, "declined")

    assert case.stage == stage


def test_a_plan_that_stands_still_is_a_task_until_a_session_is_delivered(panel: panels.Panel) -> None:
    case = make_adopted(panel)
    say(panel, case, "agreed")
    plan = make_plan(panel, case, today() - timedelta(days=28))
    first, *_ = plans.add_sessions(
        panel.coordinating,
        plan,
        kind="mentoring",
        first=today() - timedelta(days=20),
        times=7,
        provider="Youth Works",
    )
    assert plans.watch(OPERATOR) == 0  # the task was set when the sessions were planned
    assert len(tasks.open_of_kind(case, plans.STALLED, plan.id)) == 1

    with pytest.raises(Invalid):
        plans.mark(
            panel.coordinating, first, state="missed", delivered_on=None, words=None, version=first.version
        )
    values: dict[str, Any] = {
        "state": "delivered",
        "delivered_on": today(),
        "words": "Began",
        "version": first.version,
    }
    plans.mark(panel.coordinating, first, **values)

    assert tasks.open_of_kind(case, plans.STALLED, plan.id) == []
    with pytest.raises(Conflict):
        plans.mark(panel.coordinating, first, **values)


def test_a_plan_ends_with_what_was_still_to_come(panel: panels.Panel) -> None:
    case = make_adopted(panel)
    say(panel, case, "agreed")
    plan = make_plan(panel, case, today())
    plans.add_sessions(panel.coordinating, plan, kind="mentoring", first=today(), times=2)

    plans.end(panel.coordinating, plan, ended_on=today(), outcome="Moved away", version=plan.version)

    assert plans.running(case) is None
    assert {each.state for each in plan.sessions} == {"cancelled"}


def test_only_programmes_with_kinds_of_sessions_have_plans(app: Flask) -> None:
    assert [each.id for each in shelf.every().values() if plans.has_plans(each)] == [CHANNEL]
