"""Tasks: set, changed, done with an outcome, and never by two people over one another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from casework.cases import tasks
from casework.errors import Conflict
from casework.forms import today
from tests.cases.makers import World, make_world


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def test_task_is_changed_and_done_with_its_outcome(world: World) -> None:
    task = tasks.set_task(world.worker, world.case, "other", due_on=today(), text="Ring the landlord")

    tasks.change(
        world.worker,
        task,
        text="Write to the landlord",
        due_on=today() + timedelta(days=1),
        assigned_to_id=world.coordinator.id,
        revision=0,
    )
    tasks.finish(world.coordinator, task, outcome="They will come on Monday", revision=1)

    assert (task.text, task.outcome) == ("Write to the landlord", "They will come on Monday")
    assert task.done_by_id == world.coordinator.id
    assert task in tasks.of_case(world.worker, world.case, done=True)


def test_task_that_somebody_else_changed_or_finished_meanwhile_is_a_conflict(world: World) -> None:
    task = tasks.set_task(world.worker, world.case, "other", due_on=today(), text="Ring the landlord")
    tasks.change(
        world.worker, task, text="Write", due_on=today(), assigned_to_id=task.assigned_to_id, revision=0
    )
    with pytest.raises(Conflict) as changed:
        tasks.finish(world.coordinator, task, outcome="Rang", revision=0)
    assert changed.value.stored["Task"] == "Write"

    tasks.finish(world.worker, task, outcome="Wrote", revision=1)
    with pytest.raises(Conflict) as done:
        tasks.finish(world.coordinator, task, outcome="Rang", revision=1)
    assert done.value.stored["Outcome"] == "Wrote"
    assert done.value.submitted["Outcome"] == "Rang"
