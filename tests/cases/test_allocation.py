"""Who may hold a case, and separate workers where somebody stands on both sides."""

from __future__ import annotations

import pytest
from flask import Flask

from casework.cases import allocation, involved, service, tasks, warnings
from casework.cases.models import Involvement
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.forms import today
from tests.cases.makers import World, make_world
from tests.support import makers


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def names(world: World) -> set[str]:
    return {user.name for user in allocation.candidates(world.coordinator, world.case)}


def both_sides(world: World) -> Involvement:
    """The subject of the case, accused in it too."""
    return involved.add_known(
        world.worker, world.case, world.subject.person_id, "perpetrator", relationship_words=None
    )


def test_picker_lists_those_who_work_cases_and_nobody_else(world: World) -> None:
    assert {"Wendy Iqbal", "Colm Reid", "Cora Blake", "Otto Lang"} <= names(world)
    assert "Charles Oduya" not in names(world)


def test_picker_leaves_out_whoever_the_case_is_hidden_from(world: World) -> None:
    colleague, outsider = world.users["colleague"], makers.make_agency("Another Agency")
    service.exclude(world.coordinator, world.case, user_id=colleague.id, reason="Neighbour")
    service.exclude(world.coordinator, world.case, agency_id=outsider.id, reason="Employer")

    assert names(world).isdisjoint({"Colm Reid", "Otto Lang"})
    with pytest.raises(Invalid):
        allocation.allocate(world.coordinator, world.case, colleague.id)


def test_manager_chooses_within_their_own_agency(world: World) -> None:
    manager = makers.make_actor("manager")

    assert "Otto Lang" not in {user.name for user in allocation.candidates(manager, world.case)}


def test_case_and_its_open_tasks_go_to_the_new_worker_and_agency(world: World) -> None:
    task = tasks.set_task(world.worker, world.case, "other", due_on=today(), text="Ring")

    allocation.allocate(world.coordinator, world.case, world.users["outsider"].id, reason="Moved")
    db.session.expire_all()

    assert world.case.worker is not None
    assert world.case.agency is not None
    assert (world.case.worker.name, world.case.agency.name) == ("Otto Lang", "Another Agency")
    assert task.assigned_to_id == world.users["outsider"].id


def test_allocating_what_somebody_else_allocated_meanwhile_is_a_conflict(world: World) -> None:
    with pytest.raises(Conflict):
        allocation.allocate(
            world.coordinator, world.case, world.users["colleague"].id, version=world.case.version - 1
        )


def test_somebody_on_both_sides_alerts_the_coordinator(world: World) -> None:
    both_sides(world)

    (warning,) = warnings.in_force(world.case)
    (task,) = tasks.open_of_kind(world.case, "both_sides")
    assert warning.code == "victim_and_accused"
    assert task.assigned_to_id == world.coordinator.id


def test_the_alert_goes_to_no_coordinator_that_the_case_is_hidden_from(world: World) -> None:
    second = makers.make_user("coordinator", name="Zoe Park")
    service.exclude(makers.actor_of(second), world.case, user_id=world.coordinator.id, reason="Related")

    both_sides(world)

    (task,) = tasks.open_of_kind(world.case, "both_sides")
    assert task.assigned_to_id == second.id


def test_two_parts_of_one_person_need_two_workers(world: World) -> None:
    part = both_sides(world)

    with pytest.raises(Invalid):
        allocation.allocate_part(world.coordinator, part, world.users["worker"].id)
    allocation.allocate_part(world.coordinator, part, world.users["colleague"].id)

    assert part.worker_id == world.users["colleague"].id


def test_worker_of_the_other_side_cannot_be_given_the_case(world: World) -> None:
    other = makers.make_referral(world.coordinator, forename="Bea", surname="Moss").case
    service.involve(world.coordinator, other, world.subject.person, "perpetrator")
    db.session.expire(other, ["involvements"])

    with pytest.raises(Invalid):
        allocation.allocate(world.coordinator, other, world.users["worker"].id)
    allocation.allocate(world.coordinator, other, world.users["colleague"].id)

    assert {entry.code for entry in warnings.in_force(other)} == {"victim_and_accused"}
    assert {entry.code for entry in warnings.in_force(world.case)} == {"victim_and_accused"}


def test_who_may_not_see_the_other_case_is_not_told_why_a_worker_is_refused(world: World) -> None:
    other = makers.make_referral(world.coordinator, forename="Bea", surname="Moss").case
    service.involve(world.coordinator, other, world.subject.person, "perpetrator")
    db.session.expire(other, ["involvements"])
    second = makers.make_user("coordinator")
    service.exclude(world.coordinator, world.case, user_id=second.id, reason="A cousin")
    worker = world.users["worker"]

    with pytest.raises(Invalid) as told:
        allocation.allocate(world.coordinator, other, worker.id)
    with pytest.raises(Invalid) as untold:
        allocation.allocate(makers.actor_of(second), other, worker.id)

    assert "other side" in told.value.errors["worker"][0]
    assert untold.value.errors["worker"] == ["Wendy Iqbal cannot be given this: choose another"]
