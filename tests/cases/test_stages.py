"""Moves by the programme's rules: who may make them, and what must be on record first."""

from __future__ import annotations

import pytest
from flask import Flask

from casework.access.vocabulary import Actor
from casework.cases import closure, entries, stages, tasks
from casework.cases.models import Case
from casework.errors import Conflict, Invalid, NotFound, Refused
from casework.extensions import db
from casework.forms import today
from casework.programmes.definition import CHECKS
from tests.cases.makers import World, add, make_world
from tests.support import makers


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def move(actor: Actor, case: Case, to: str, reason: str | None = None) -> None:
    stages.move(actor, case, to, reason=reason, version=case.version)


def finish_all(world: World) -> None:
    for fact in ("agreement", "awareness", "sharing"):
        add(world, fact)
    for task in tasks.of_case(world.worker, world.case):
        tasks.finish_task(world.worker, task)
    db.session.flush()


def closing(world: World) -> dict[str, object]:
    needs = {closure.NEED + need.id.hex: "met" for need in closure.unsettled_needs(world.case)}
    return {
        "closed_on": today(),
        "closure_reason": "needs_met",
        "closure_words": "She sleeps again",
        "reason": None,
        "version": world.case.version,
        **needs,
    }


def bring_to_closing(world: World) -> None:
    move(world.worker, world.case, "supporting")
    add(world, "risk")
    finish_all(world)
    move(world.worker, world.case, "closing")


def test_worker_moves_a_case_and_the_timeline_tells(world: World) -> None:
    move(world.worker, world.case, "supporting")

    last = entries.timeline(world.worker, world.case, ["stage"]).rows[0]
    assert (world.case.stage, world.case.stage_kind) == ("supporting", "open")
    assert (last.code, last.status) == ("supporting", "open")


def test_move_waits_for_its_checks_and_says_which_are_missing(world: World) -> None:
    move(world.worker, world.case, "supporting")

    with pytest.raises(Invalid) as refused:
        move(world.worker, world.case, "closing")

    assert refused.value.errors["to"] == [CHECKS["risk_assessed"], CHECKS["agreement_recorded"]]
    assert world.case.stage == "supporting"


@pytest.mark.parametrize("who", ["chair", "outsider"])
def test_move_is_refused_to_a_role_or_an_agency_that_it_does_not_name(world: World, who: str) -> None:
    with pytest.raises(Refused):
        move(makers.actor_of(world.users[who]), world.case, "supporting")


def test_role_in_another_agency_is_no_role_for_this_case(world: World) -> None:
    makers.give_role(world.users["chair"], "caseworker", agency=makers.make_agency("Another Agency"))

    with pytest.raises(Refused):
        move(makers.actor_of(world.users["chair"]), world.case, "supporting")


def test_stage_without_such_a_way_out_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        move(world.worker, world.case, "closed_for_ever")


def test_move_after_somebody_else_changed_the_case_is_a_conflict(world: World) -> None:
    with pytest.raises(Conflict):
        stages.move(world.worker, world.case, "supporting", reason=None, version=world.case.version - 1)


def test_move_that_wants_a_reason_is_not_made_without(world: World) -> None:
    bring_to_closing(world)

    with pytest.raises(Invalid) as refused:
        move(world.worker, world.case, "supporting")

    assert "reason" in refused.value.errors


def test_closing_settles_each_need_and_keeps_reason_and_outcome(world: World) -> None:
    need = add(world, "need_identified")
    bring_to_closing(world)

    closure.close(world.worker, world.case, "closed", closing(world))

    assert (world.case.stage_kind, world.case.closed_on) == ("closed", today())
    assert (world.case.closure_reason, world.case.closure_words) == ("needs_met", "She sleeps again")
    assert (need.status, need.done_on) == ("met", today())
    assert entries.timeline(world.worker, world.case, ["closure"]).rows[0].outcome == "She sleeps again"


def test_closing_with_a_need_unanswered_is_refused(world: World) -> None:
    need = add(world, "need_identified")
    bring_to_closing(world)
    values = closing(world)
    del values[closure.NEED + need.id.hex]

    with pytest.raises(Invalid):
        closure.close(world.worker, world.case, "closed", values)


def test_closing_with_a_task_or_an_onward_referral_open_is_refused(world: World) -> None:
    bring_to_closing(world)
    add(world, "onward")
    tasks.set_task(world.worker, world.case, "other", due_on=today(), text="Ring back")

    with pytest.raises(Invalid) as refused:
        closure.close(world.worker, world.case, "closed", closing(world))

    assert refused.value.errors["to"] == [CHECKS["no_open_tasks"], CHECKS["no_open_onward"]]


def test_worker_may_not_close_where_the_programme_leaves_it_to_others(world: World) -> None:
    with pytest.raises(Refused):
        closure.close(world.worker, world.case, "closed", closing(world))


def test_reopened_case_is_open_again_and_its_closure_stays_in_the_timeline(world: World) -> None:
    bring_to_closing(world)
    closure.close(world.worker, world.case, "closed", closing(world))

    move(world.worker, world.case, "supporting", "The noise began again")

    assert (world.case.stage_kind, world.case.closed_on, world.case.closure_reason) == ("open", None, None)
    found = entries.timeline(world.worker, world.case, ["closure", "reopening"]).rows
    assert {entry.kind: entry.outcome or entry.why for entry in found} == {
        "closure": "She sleeps again",
        "reopening": "The noise began again",
    }


def test_looking_back_counts_everything_and_only_the_cases_that_may_be_seen(world: World) -> None:
    add(world, "incident")
    add(world, "incident")

    before = closure.looking_back(world.worker, world.case)

    assert (before.entries["incident"], before.last_incident_on, before.other_cases) == (2, today(), 0)
