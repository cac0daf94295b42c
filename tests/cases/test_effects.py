"""What follows from an entry: contacts and their clock, chases, sharing decisions, needs, gaps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from casework.cases import contacts, entries, gaps, tasks
from casework.cases.models import Entry
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today
from tests.cases.makers import World, add, add_person, make_world


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(received_on=today() - timedelta(days=3))


def amend(world: World, entry: Entry, **values: object) -> None:
    entries.amend(world.worker, entry, values, reason="x", version=entry.version, choices={})


def open_kinds(world: World) -> set[str]:
    return {task.kind for task in tasks.of_case(world.worker, world.case)}


def test_contact_that_reached_the_person_meets_the_clock_and_ends_its_task(world: World) -> None:
    before = contacts.first_contact(world.case)
    assert before is not None
    assert before.status == "due"
    assert "first_contact" in open_kinds(world)

    add(world, "contact", status="spoke")

    after = contacts.first_contact(world.case)
    assert after is not None
    assert (after.status, after.met_on) == ("met", today())
    assert world.case.last_contact_on == today()
    assert "first_contact" not in open_kinds(world)


def test_contact_that_reached_nobody_leaves_the_clock_running(world: World) -> None:
    add(world, "contact", status="message_left")

    reading = contacts.first_contact(world.case)
    assert reading is not None
    assert reading.met_on is None
    assert world.case.last_contact_on is None
    assert "first_contact" in open_kinds(world)


def test_first_contact_after_the_limit_is_met_late(app: Flask) -> None:
    world = make_world(received_on=today() - timedelta(days=40))
    reading = contacts.first_contact(world.case)
    assert reading is not None
    assert reading.status == "overdue"

    add(world, "contact", status="spoke")

    reading = contacts.first_contact(world.case)
    assert reading is not None
    assert reading.status == "met late"


def test_last_contact_is_put_back_when_the_contact_is_struck_out(world: World) -> None:
    add(world, "contact", status="spoke", dated=today() - timedelta(days=2))
    wrong = add(world, "contact", status="spoke")

    entries.strike(world.worker, wrong, reason="Another person", version=wrong.version)

    assert world.case.last_contact_on == today() - timedelta(days=2)


def test_new_try_ends_the_reminder_of_the_one_before(world: World) -> None:
    first = add(world, "contact", dated=today() - timedelta(days=2), due_on=today())

    add(world, "contact", due_on=today() + timedelta(days=1))

    db.session.refresh(first)
    assert first.done_on == today()


def test_onward_referral_sets_a_chase_and_a_sharing_decision(world: World) -> None:
    entry = add(world, "onward", due_on=today() + timedelta(days=7))

    (chase,) = tasks.open_of_kind(world.case, "chase", entry.id)
    (sharing,) = entries.timeline(world.worker, world.case, ["sharing"]).rows
    assert chase.due_on == today() + timedelta(days=7)
    assert (sharing.whom, sharing.basis, sharing.why) == (entry.whom, entry.basis, entry.why)
    assert "sharing" not in open_kinds(world)


def test_chase_moves_with_its_date_and_ends_with_the_outcome(world: World) -> None:
    entry = add(world, "onward", due_on=today() + timedelta(days=7))

    amend(world, entry, due_on=today() + timedelta(days=9))
    (chase,) = tasks.open_of_kind(world.case, "chase", entry.id)
    assert chase.due_on == today() + timedelta(days=9)

    amend(world, entry, status="declined", outcome="No capacity")
    assert tasks.open_of_kind(world.case, "chase", entry.id) == []
    assert entry.done_on == today()
    assert len(entries.timeline(world.worker, world.case, ["sharing"]).rows) == 1


def test_onward_referral_to_somebody_who_must_not_be_told_is_stopped_with_the_reason(world: World) -> None:
    part = add_person(world, "perpetrator")
    add(world, "warning", code="must_not_be_told", person_id=part.person_id, why="Threats", due_on=today())

    with pytest.raises(Invalid) as refused:
        add(world, "onward", whom="Rex Thorne's support worker")

    assert any("Threats" in reason for reason in refused.value.errors["whom"])


def test_decision_not_to_share_may_name_somebody_who_must_not_be_told(world: World) -> None:
    add_person(world, "perpetrator")

    assert add(world, "sharing", whom="Rex Thorne", shared=False)


def test_need_that_is_met_has_its_day_and_loses_it_when_it_is_open_again(world: World) -> None:
    need = add(world, "need_identified")

    amend(world, need, status="met")
    assert need.done_on == today()

    amend(world, need, status="open", done_on=None)
    assert need.done_on is None


@pytest.mark.parametrize("fact", gaps.FACTS)
def test_gap_is_a_task_until_the_fact_is_recorded(world: World, fact: str) -> None:
    assert fact in open_kinds(world)

    entry = add(world, fact)
    assert fact not in open_kinds(world)

    entries.strike(world.worker, entry, reason="Wrong", version=entry.version)
    assert fact in open_kinds(world)


def test_agreement_that_was_not_asked_for_is_no_answer(world: World) -> None:
    add(world, "agreement", code="not_asked")

    assert "agreement" in open_kinds(world)


def test_gaps_stop_nothing(world: World) -> None:
    assert gaps.missing_facts(world.case) == set(gaps.FACTS)
    assert add(world, "support")
