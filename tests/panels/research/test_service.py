"""Asking agencies, and who has answered. Every person is invented."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from casework.cases import service as cases
from casework.extensions import db, now
from casework.mail.models import MailMessage
from casework.panels.models import AgendaItem, Meeting, Research, Seat
from casework.panels.research import returns
from casework.panels.research import service as research
from tests.cases import makers as cases_of
from tests.support import makers, panels
from tests.support.listed import statements


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def make_item(panel: panels.Panel, *, state: str = "circulated") -> AgendaItem:
    meeting = panels.make_meeting(panel, state=state)
    return panels.make_item(panel, meeting, panels.make_accepted(panel), asked=())


def of_kind(asked: list[Research]) -> dict[str, Research]:
    return {each.agency.kind: each for each in asked}


def test_each_agency_with_a_seat_is_asked_about_everybody(panel: panels.Panel) -> None:
    item = make_item(panel)

    asked = of_kind(research.ask_all(panel.coordinating, item))

    assert set(asked) == set(panels.KINDS)
    assert asked["police"].assigned_to_id == panel.members["police"].id
    assert {finding.person_id for finding in asked["police"].findings} == set(research.people_of(item.case))
    assert research.ask_all(panel.coordinating, item) == []


def test_excluded_agency_is_not_asked_and_an_excluded_member_is_stood_in_for(panel: panels.Panel) -> None:
    item = make_item(panel)
    actor = panel.coordinating
    cases.exclude(actor, item.case, agency_id=panel.agencies["police"].id, reason="A party")
    cases.exclude(actor, item.case, user_id=panel.members["housing_council"].id, reason="A cousin")

    asked = of_kind(research.ask_all(actor, item))

    assert "police" not in asked
    assert asked["housing_council"].assigned_to_id == panel.deputies["housing_council"].id


def test_coordinator_is_shown_that_an_alternate_is_needed(panel: panels.Panel) -> None:
    item = make_item(panel)
    actor = panel.coordinating
    for user in (panel.members["police"], panel.deputies["police"]):
        cases.exclude(actor, item.case, user_id=user.id, reason="A cousin")

    research.ask_all(actor, item)

    seen = research.progress(actor, item.meeting)
    assert [agency.kind for agency, _ in seen.needing_alternates] == ["police"]
    assert seen.rate == 0


def test_request_passes_on_at_once_when_whoever_has_it_must_not_know_any_more(panel: panels.Panel) -> None:
    item = make_item(panel)
    actor = panel.coordinating
    police = of_kind(research.ask_all(actor, item))["police"]

    cases.exclude(actor, item.case, user_id=panel.members["police"].id, reason="A cousin")

    deputy = panel.deputies["police"].id
    assert police.assigned_to_id == deputy
    told = db.session.scalars(select(MailMessage).where(MailMessage.template == "RESEARCH_ASKED")).all()
    assert [message.user_id for message in told] == [deputy]


def test_seat_given_after_the_agenda_went_out_is_asked_too(panel: panels.Panel) -> None:
    item = make_item(panel)
    research.ask_all(panel.coordinating, item)
    probation = makers.make_agency("Probation of the borough", "probation")
    member = makers.make_user("panel_member", panel.programme, agency=probation)
    day = now().date()
    db.session.add(Seat(programme=panel.programme, agency_id=probation.id, member_id=member.id, from_day=day))
    db.session.flush()

    assert research.ask_anew(panel.coordinating, item.meeting) == 1
    assert research.ask_anew(panel.coordinating, item.meeting) == 0


def test_person_added_later_gets_findings_too(panel: panels.Panel) -> None:
    item = make_item(panel)
    asked = research.ask_all(panel.coordinating, item)[0]
    world = cases_of.World(item.case, panel.coordinating, panel.coordinating, {})
    child = cases_of.add_person(world, "child", "Pip")

    research.ask_all(panel.coordinating, item)

    assert child.person_id in {finding.person_id for finding in asked.findings}


def test_chasing_writes_to_each_at_most_once_a_day_and_tells_of_nobody(panel: panels.Panel) -> None:
    item = make_item(panel)
    actor = panel.coordinating
    asked = of_kind(research.ask_all(actor, item))
    returns.give_nil(panel.member("police"), asked["police"], version=asked["police"].version)

    assert research.chase(actor, item.meeting) == len(panels.KINDS) - 1
    assert research.chase(actor, item.meeting) == 0

    sent = db.session.scalars(select(MailMessage).where(MailMessage.template == "RESEARCH_CHASED")).all()
    assert {message.user_id for message in sent} == {
        panel.members[kind].id for kind in panels.KINDS if kind != "police"
    }
    assert all(message.values["requests"] == 1 for message in sent)
    assert asked["housing_council"].chases == 1
    assert asked["police"].chases == 0


def test_progress_counts_what_was_returned(panel: panels.Panel) -> None:
    item = make_item(panel)
    asked = of_kind(research.ask_all(panel.coordinating, item))
    police = asked["police"]
    returns.give_nil(panel.member("police"), police, version=police.version)

    seen = research.progress(panel.coordinating, item.meeting)

    assert (seen.returned, seen.asked, seen.rate) == (1, 4, 25)


def test_agency_excluded_after_it_was_asked_is_not_counted_nor_chased(panel: panels.Panel) -> None:
    item = make_item(panel)
    actor = panel.coordinating
    research.ask_all(actor, item)
    cases.exclude(actor, item.case, agency_id=panel.agencies["police"].id, reason="A party")

    seen = research.progress(actor, item.meeting)

    assert seen.asked == len(panels.KINDS) - 1
    assert research.chase(actor, item.meeting) == len(panels.KINDS) - 1


def test_what_was_heard_without_an_answer_is_missed_and_not_chased(panel: panels.Panel) -> None:
    item = make_item(panel)
    research.ask_all(panel.coordinating, item)
    item.state = "heard"
    db.session.flush()

    seen = research.progress(panel.coordinating, item.meeting)

    assert {cell.state for line in seen.lines for cell in line.cells} == {"missed"}
    assert (seen.returned, seen.asked) == (0, len(panels.KINDS))
    assert research.chase(panel.coordinating, item.meeting) == 0


def test_progress_asks_as_many_statements_for_many_items(panel: panels.Panel) -> None:
    actor = panel.coordinating
    few, many = panels.make_meeting(panel), panels.make_meeting(panel)
    for meeting, surname in ((few, "Okonjo"), (many, "Iyer"), (many, "Bramwell"), (many, "Osei")):
        item = panels.make_item(panel, meeting, panels.make_accepted(panel, surname=surname), asked=())
        research.ask_all(actor, item)
    asked = {meeting.id for meeting in (few, many)}
    makers.commit()

    counted = set()
    for meeting_id in asked:
        db.session.remove()
        meeting = db.session.get_one(Meeting, meeting_id)
        with statements() as sent:
            research.progress(actor, meeting)
        counted.add(len(sent))

    assert len(counted) == 1
