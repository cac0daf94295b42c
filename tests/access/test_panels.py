"""Who may see what a panel keeps: asked of the one rule, as lists and items ask it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import Permission
from casework.cases import service as cases
from casework.extensions import db, now
from casework.forms import today
from casework.panels.guests import service as guests_of
from casework.panels.models import AgendaItem, Decision, Meeting, Research
from tests.support import panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def seen(actor: object, model: type, permission: Permission | None = None) -> set:
    return {row.id for row in db.session.scalars(policy.visible(actor, model, permission))}  # type: ignore[arg-type]


def test_member_sees_the_items_their_agency_was_asked_about(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, state="circulated")
    asked = panels.make_item(panel, meeting, panels.make_accepted(panel), asked=("police",))
    panels.make_item(panel, meeting, panels.make_accepted(panel, surname="Iyer"), asked=("housing_council",))

    assert seen(panel.member("police"), AgendaItem) == {asked.id}
    assert len(seen(panel.chairing, AgendaItem)) == 2


def test_excluded_member_sees_nothing_of_the_item(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, state="open")
    item = panels.make_item(panel, meeting, panels.make_accepted(panel))
    decision = Decision(
        case_id=item.case_id,
        programme=panel.programme,
        item_id=item.id,
        outcome="no_action",
        heard=True,
        decided_on=today(),
    )
    db.session.add(decision)
    cases.exclude(panel.coordinating, item.case, user_id=panel.members["police"].id, reason="A cousin")

    for model in (AgendaItem, Research, Decision):
        assert seen(panel.member("police"), model) == set()
        assert seen(panel.member("housing_council"), model) != set()


def test_emergency_meeting_is_hidden_with_its_only_case(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, state="circulated", kind="emergency")
    item = panels.make_item(panel, meeting, panels.make_accepted(panel))
    assert seen(panel.member("police"), Meeting) == {meeting.id}

    cases.exclude(panel.coordinating, item.case, agency_id=panel.agencies["police"].id, reason="A party")

    assert seen(panel.member("police"), Meeting) == set()
    assert seen(panel.member("housing_council"), Meeting) == {meeting.id}


def test_research_of_others_opens_with_the_meeting(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, state="circulated")
    item = panels.make_item(panel, meeting, panels.make_accepted(panel), asked=())
    own = panels.make_research(panel, item, "police")
    other = panels.make_research(panel, item, "housing_council")
    other.state, other.returned_at_utc = "returned", now()
    db.session.flush()
    assert seen(panel.member("police"), Research) == {own.id}

    meeting.opened_at_utc = now()
    db.session.flush()

    assert seen(panel.member("police"), Research) == {own.id, other.id}
    assert seen(panel.member("police"), Research, Permission.RESEARCH_RETURN) == {own.id}


def test_research_of_others_opens_with_ones_own_where_the_panel_says_so(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, state="circulated")
    meeting.research_opens = "returned"
    item = panels.make_item(panel, meeting, panels.make_accepted(panel), asked=())
    own = panels.make_research(panel, item, "police")
    other = panels.make_research(panel, item, "housing_council")
    other.state, other.returned_at_utc = "nil", now()
    db.session.flush()
    assert seen(panel.member("police"), Research) == {own.id}

    own.state, own.returned_at_utc = "returned", now()
    db.session.flush()

    assert seen(panel.member("police"), Research) == {own.id, other.id}


def test_request_of_a_guest_is_not_their_agency_s(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, state="circulated")
    meeting.research_opens = "returned"
    item = panels.make_item(panel, meeting, panels.make_accepted(panel), asked=("police", "housing_council"))
    theirs = db.session.scalars(
        select(Research).where(Research.agency_id == panel.agencies["housing_council"].id)
    ).one()
    theirs.state, theirs.returned_at_utc = "returned", now()
    guests = [
        guests_of.invite(
            panel.coordinating,
            item,
            agency_id=panel.agencies[kind].id,
            name="R. Sand",
            people=[part.person_id for part in item.case.involvements[:1]],
            question="When was she last seen?",
        ).research
        for kind in ("police", "domestic_abuse_service")
    ]
    for guest in guests:
        guest.state, guest.returned_at_utc = "returned", now()
    db.session.flush()

    for permission in (None, Permission.RESEARCH_RETURN):
        assert seen(panel.member("domestic_abuse_service"), Research, permission) == set()
        assert guests[0].id not in seen(panel.member("police"), Research, permission)
        assert theirs.id not in seen(panel.member("police"), Research, permission)
