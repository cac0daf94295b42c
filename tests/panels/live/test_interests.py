"""Whoever declares an interest sees nothing of the case any more, and what they had to do goes on."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import Permission
from casework.cases import service as cases
from casework.cases.models import Case, Task
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today
from casework.panels.actions import service as actions
from casework.panels.agenda import service as agenda
from casework.panels.live import interests
from casework.panels.live import service as live
from casework.panels.models import Action, AgendaItem, Interest, Meeting, Research
from tests.support import makers, panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


@pytest.fixture
def meeting(panel: panels.Panel) -> Meeting:
    meeting = panels.make_meeting(panel, state="open")
    deputy = makers.make_user("chair", panel.programme, name="Dinah Cole")
    meeting.deputy_chair_id = deputy.id
    panels.make_item(panel, meeting, panels.make_accepted(panel))
    panels.make_item(panel, meeting, panels.make_accepted(panel, surname="Iyer"))
    db.session.flush()
    return meeting


def items(panel: panels.Panel, meeting: Meeting) -> list[AgendaItem]:
    return agenda.items_of(panel.coordinating, meeting)


def tasks_on(item: AgendaItem, kind: str) -> list[Task]:
    return list(db.session.scalars(select(Task).where(Task.case_id == item.case_id, Task.kind == kind)))


def test_member_who_declares_an_interest_finds_no_trace(panel: panels.Panel, meeting: Meeting) -> None:
    item = items(panel, meeting)[0]
    member = panel.member("police")
    actions.set_action(
        panel.chairing,
        item,
        text="Patrol",
        risk="He waits outside",
        agency_id=panel.agencies["police"].id,
        owner_id=panel.members["police"].id,
        due_on=today(),
    )

    interests.declare(member, item, nature="He is my cousin")

    for model in (Case, AgendaItem, Research, Action, Interest):
        hidden = db.session.scalars(policy.visible(member, model)).all()
        assert item.case_id not in {getattr(row, "case_id", row.id) for row in hidden}
    assert len(agenda.items_of(member, meeting)) == 1
    assert live.current(member, meeting) is None
    assert [each.nature for each in interests.of_meeting(panel.chairing, meeting)] == ["He is my cousin"]


def test_what_they_had_to_do_goes_to_the_deputy(panel: panels.Panel, meeting: Meeting) -> None:
    item = items(panel, meeting)[0]
    action = actions.set_action(
        panel.chairing,
        item,
        text="Patrol",
        risk="He waits outside",
        agency_id=panel.agencies["police"].id,
        owner_id=panel.members["police"].id,
        due_on=today(),
    )

    interests.declare(panel.chairing, item, nature="A cousin of his", user_id=panel.members["police"].id)

    research = db.session.scalars(
        select(Research).where(Research.item_id == item.id, Research.agency_id == panel.agencies["police"].id)
    ).one()
    assert research.assigned_to_id == action.owner_id == panel.deputies["police"].id
    assert tasks_on(item, interests.SHUT_OUT) == []


def test_whole_agency_is_shut_out_and_other_hands_are_asked_for(
    panel: panels.Panel, meeting: Meeting
) -> None:
    item = items(panel, meeting)[0]

    interests.declare(panel.member("police"), item, nature="We are sued by her", whole_agency=True)

    for user in (panel.members["police"], panel.deputies["police"]):
        assert len(agenda.items_of(makers.actor_of(user), meeting)) == 1
    assert len(tasks_on(item, interests.SHUT_OUT)) == 1
    assert tasks_on(item, interests.SHUT_OUT)[0].assigned_to_id == panel.coordinator.id


def test_deputy_chair_hears_what_the_chair_may_not_and_the_chair_sees_no_gap(
    panel: panels.Panel, meeting: Meeting
) -> None:
    first, second = items(panel, meeting)
    deputy = meeting.deputy_chair
    assert deputy is not None

    interests.declare(panel.chairing, first, nature="My sister's landlord")

    seen = agenda.items_of(panel.chairing, meeting)
    assert [each.id for each in seen] == [second.id]
    place = live.place(seen, second)
    assert (place.number, place.total) == (1, 1)
    assert live.following(seen, None) == second
    assert interests.leader(first) == deputy

    live.begin(makers.actor_of(deputy), first)

    assert live.current(panel.chairing, meeting) is None
    assert live.current(makers.actor_of(deputy), meeting) == first
    assert not policy.decide(panel.chairing, Permission.MEETING_RUN, first)


def test_coordinator_is_told_before_the_meeting_when_nobody_may_chair(
    panel: panels.Panel, meeting: Meeting
) -> None:
    first, _ = items(panel, meeting)
    assert meeting.deputy_chair is not None
    cases.exclude(panel.coordinating, first.case, user_id=meeting.deputy_chair.id, reason="A friend")
    assert interests.unled(panel.coordinating, meeting) == []

    interests.declare(panel.chairing, first, nature="My sister's landlord")

    assert interests.unled(panel.coordinating, meeting) == [first]
    assert interests.unled(panel.chairing, meeting) == []
    assert [task.assigned_to_id for task in tasks_on(first, "chair")] == [panel.coordinator.id]


def test_interest_says_what_it_is(panel: panels.Panel, meeting: Meeting) -> None:
    with pytest.raises(Invalid):
        interests.declare(panel.member("police"), items(panel, meeting)[0], nature=" ")


def test_whole_agency_is_the_one_for_which_they_sit_today(panel: panels.Panel, meeting: Meeting) -> None:
    before = makers.make_agency("Hendon Hospital")
    member = makers.make_user("panel_member", panel.programme, agency=before)
    member.memberships[0].ended_on = today()
    makers.give_role(member, "panel_member", panel.programme, agency=panel.agencies["police"])
    item = items(panel, meeting)[0]

    declared = interests.declare(makers.actor_of(member), item, nature="A client", whole_agency=True)

    assert declared.agency_id == panel.agencies["police"].id
