"""Setting actions, who may own one, and which plan a case comes back with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from casework.cases import service as cases
from casework.errors import Invalid
from casework.extensions import db, now
from casework.forms import today
from casework.panels.actions import service as actions
from casework.panels.models import Action, AgendaItem, Attendance, Meeting
from tests.support import makers, panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def attend(panel: panels.Panel, meeting: Meeting, *kinds: str, state: str = "present") -> None:
    for kind in kinds:
        db.session.add(
            Attendance(
                meeting_id=meeting.id,
                agency_id=panel.agencies[kind].id,
                user_id=panel.members[kind].id,
                state=state,
            )
        )
    db.session.flush()


def make_item(panel: panels.Panel, *, surname: str = "Okonjo", **more: Any) -> AgendaItem:
    """An item of an open meeting at which the police are present."""
    meeting = panels.make_meeting(panel, state="open")
    attend(panel, meeting, "police")
    return panels.make_item(panel, meeting, panels.make_accepted(panel, surname=surname), **more)


def set_one(panel: panels.Panel, item: AgendaItem, kind: str = "police", **more: Any) -> Action:
    given = {
        "text": "Visit the address",
        "risk": "He returns at night",
        "agency_id": panel.agencies[kind].id,
        "owner_id": panel.members[kind].id,
        "due_on": today() + timedelta(days=7),
        **more,
    }
    return actions.set_action(panel.coordinating, item, **given)


def test_an_action_goes_to_one_person_of_one_agency(panel: panels.Panel) -> None:
    item = make_item(panel)

    action = set_one(panel, item)

    assert (action.text, action.risk, action.owner_id) == (
        "Visit the address",
        "He returns at night",
        panel.members["police"].id,
    )
    assert (action.state, action.acceptance, action.set_on) == ("open", "not_needed", today())
    assert [each.what for each in action.updates] == ["set"]


def test_an_agency_that_is_not_there_has_to_accept(panel: panels.Panel) -> None:
    item = make_item(panel)
    attend(panel, item.meeting, "housing_council", state="apologies_information")

    action = set_one(panel, item, "housing_council")

    assert action.acceptance == "awaited"
    assert action.accept_by is not None
    assert action.accept_by > today()


def test_what_is_missing_is_said_beside_its_question(panel: panels.Panel) -> None:
    item = make_item(panel)

    with pytest.raises(Invalid) as fault:
        set_one(panel, item, text=" ", risk="", due_on=today() - timedelta(days=1))
    assert set(fault.value.errors) == {"text", "risk", "due_on"}

    with pytest.raises(Invalid) as fault:
        set_one(panel, item, owner_id=None)
    assert set(fault.value.errors) == {"owner"}

    with pytest.raises(Invalid) as fault:
        set_one(panel, item, owner_id=panel.members["housing_council"].id)
    assert set(fault.value.errors) == {"owner"}
    assert set_one(panel, item, owner_id=None, owner_name="PC Quill").owner_name == "PC Quill"


def test_nobody_from_whom_the_case_is_hidden_is_given_an_action(panel: panels.Panel) -> None:
    item = make_item(panel)
    cases.exclude(panel.coordinating, item.case, user_id=panel.members["police"].id, reason="A cousin")
    cases.exclude(
        panel.coordinating, item.case, agency_id=panel.agencies["housing_council"].id, reason="A party"
    )

    analyst = makers.make_user("analyst", panel.programme, agency=panel.agencies["police"])  # works no action

    for kind, field in (("police", "owner"), ("housing_council", "agency")):
        with pytest.raises(Invalid) as fault:
            set_one(panel, item, kind)
        assert set(fault.value.errors) == {field}
    offered = {each.agency.id: {user.id for user in each.people} for each in actions.may_own(item)}
    assert panel.agencies["housing_council"].id not in offered
    assert offered[panel.agencies["police"].id] == {panel.deputies["police"].id}
    with pytest.raises(Invalid):
        actions.check_owner(item, panel.agencies["police"].id, analyst.id, None)


def test_a_case_that_comes_back_brings_its_last_plan(panel: panels.Panel) -> None:
    planned = make_item(panel)
    first = set_one(panel, planned)
    set_one(panel, make_item(panel, surname="Iyer"))
    without_plan = panels.make_item(panel, panels.make_meeting(panel, state="ended"), planned.case)
    without_plan.earlier_id = planned.id
    repeat = panels.make_item(
        panel, panels.make_meeting(panel), panels.make_accepted(panel, surname="Okonjo"), kind="repeat"
    )
    repeat.earlier_id = without_plan.id
    db.session.flush()

    assert [each.id for each in actions.last_plan(panel.chairing, repeat)] == [first.id]
    assert actions.last_plan(panel.chairing, planned) == []


def test_a_meeting_begins_with_what_is_outstanding(panel: panels.Panel) -> None:
    item = make_item(panel)
    overdue = set_one(panel, item, text="Overdue")
    overdue.due_on = today() - timedelta(days=3)
    awaited = set_one(panel, item, "housing_council", text="Awaited", due_on=today() + timedelta(days=90))
    set_one(panel, item, text="Later", due_on=today() + timedelta(days=90))
    ended = set_one(panel, item, text="Ended")
    ended.state = "done"
    meeting = panels.make_meeting(panel, starts_at=now() + timedelta(days=2))
    its_own = panels.make_item(panel, meeting, panels.make_accepted(panel, surname="Duarte"))
    set_one(panel, its_own, due_on=today())

    found = actions.outstanding(panel.chairing, meeting)

    assert [each.id for each in found] == [overdue.id, awaited.id]
    cases.exclude(panel.coordinating, item.case, user_id=panel.chair.id, reason="A neighbour")
    assert actions.outstanding(makers.actor_of(panel.chair), meeting) == []


def test_the_actions_of_a_case_begin_with_what_is_open(panel: panels.Panel) -> None:
    item = make_item(panel)
    old, new = set_one(panel, item, text="Old"), set_one(panel, item, text="New")
    later, sooner = set_one(panel, item), set_one(panel, item, due_on=today())
    for action, days in ((old, 9), (new, 2)):
        action.state, action.ended_on = "done", today() - timedelta(days=days)
    db.session.flush()

    assert list(actions.of_case(panel.chairing, item.case)) == [sooner, later, new, old]
    assert actions.of_item(panel.member("police"), item) == [old, new, later, sooner]
    assert actions.of_case(panel.member("housing_council"), item.case) != []
