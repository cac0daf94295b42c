"""Agencies that take part, exclusions, and who sees a case by which rule."""

from __future__ import annotations

import pytest
from flask import Flask

from casework.access import doors
from casework.access.vocabulary import Role
from casework.cases import service, sharing
from casework.errors import Invalid, NotFound
from casework.extensions import db
from tests.cases.makers import World, make_world
from tests.support import makers


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def opens(world: World, user: str) -> bool:
    try:
        return bool(doors.case_for(makers.actor_of(world.users[user]), world.case.id))
    except NotFound:
        return False


def test_panel_member_sees_the_case_while_their_agency_takes_part(world: World) -> None:
    police = makers.make_agency("Metropolitan Police", "police")
    world.users["member"] = makers.make_user("panel_member", agency=police)
    assert not opens(world, "member")

    sharing.share(world.worker, world.case, police.id)
    assert opens(world, "member")

    sharing.end_share(world.worker, world.case, police.id)
    assert not opens(world, "member")

    sharing.share(world.worker, world.case, police.id)
    assert opens(world, "member")


def test_agency_that_the_case_is_hidden_from_cannot_be_let_in(world: World) -> None:
    police = makers.make_agency("Metropolitan Police", "police")
    service.exclude(world.coordinator, world.case, agency_id=police.id, reason="Officer involved")

    with pytest.raises(Invalid):
        sharing.share(world.worker, world.case, police.id)


def test_nobody_hides_a_case_from_themselves_nor_from_their_own_agency(world: World) -> None:
    coordinator = world.coordinator
    (own,) = coordinator.agencies

    for whom in ({"user_id": coordinator.id}, {"agency_id": own}):
        with pytest.raises(Invalid):
            service.exclude(coordinator, world.case, reason="A mistake", **whom)

    assert list(sharing.exclusions(world.case)) == []


def test_exclusion_beats_every_role_until_it_ends(world: World) -> None:
    exclusion = service.exclude(
        world.coordinator, world.case, user_id=world.users["worker"].id, reason="Lives next door"
    )
    assert not opens(world, "worker")

    sharing.end_exclusion(world.coordinator, world.case, exclusion.id)

    assert opens(world, "worker")
    assert list(sharing.exclusions(world.case)) == []
    with pytest.raises(NotFound):
        sharing.end_exclusion(world.coordinator, world.case, exclusion.id)


def test_everybody_is_listed_for_whom_the_door_opens_and_nobody_else(world: World) -> None:
    police = makers.make_agency("Metropolitan Police", "police")
    world.users["member"] = makers.make_user("panel_member", agency=police, name="Mo Dunn")
    world.users["analyst"] = makers.make_user("analyst", name="Ann Lyst")
    sharing.share(world.worker, world.case, police.id)
    service.exclude(world.coordinator, world.case, user_id=world.users["colleague"].id, reason="Related")
    db.session.flush()

    listed = {seer.name: seer for seer in sharing.who_sees(world.case)}

    assert set(listed) == {user.name for key, user in world.users.items() if opens(world, key)}
    assert listed["Wendy Iqbal"].rule == "Is the worker"
    assert listed["Mo Dunn"].rule == "Their agency takes part in the case"
    assert (listed["Charles Oduya"].role, listed["Charles Oduya"].works) == (Role.CHAIR.label, False)
