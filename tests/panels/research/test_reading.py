"""One item as a panel reads it. Every person is invented."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.cases import entries
from casework.cases.models import Case
from casework.extensions import db, now
from casework.forms import today
from casework.panels.models import Action, AgendaItem
from casework.panels.research import reading
from casework.programmes import shelf
from tests.cases import makers as cases_of
from tests.support import makers, panels
from tests.support.listed import statements


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def make_item(panel: panels.Panel, *, state: str = "circulated", **more: object) -> AgendaItem:
    case = panels.make_accepted(panel, **more)  # type: ignore[arg-type]
    return panels.make_item(panel, panels.make_meeting(panel, state=state), case)


def world_of(panel: panels.Panel, case: Case) -> cases_of.World:
    return cases_of.World(case, panel.coordinating, panel.coordinating, {})


def test_head_tells_their_views_contacts_and_whether_they_know(panel: panels.Panel) -> None:
    item = make_item(panel, narrative="He waits outside her work", answers={"views": "To be left alone"})
    world = world_of(panel, item.case)
    cases_of.add(world, "contact", status="spoke", text="She can talk on Mondays")
    cases_of.add(world, "awareness")

    seen = reading.of_item(panel.member("police"), item)

    assert seen.told == [("What the person wants, in their own words", "To be left alone")]
    assert [each.kind.id for each in seen.entries] == ["contact", "awareness"]
    assert seen.referrals[0].narrative == "He waits outside her work"
    assert [party.role_words for party in seen.parties] == ["Victim or survivor", "Alleged perpetrator"]


def test_confidential_address_is_not_shown(panel: panels.Panel) -> None:
    item = make_item(panel)
    world = world_of(panel, item.case)
    hidden = {"lines": "9 Elm Walk", "postcode": "NW4 4BG", "confidential": True}
    cases_of.add_person(world, "child", "Pip", address=hidden)
    cases_of.add_person(world, "child", "Sol", address={"lines": "2 Larch Court", "postcode": "NW4 4BG"})

    seen = reading.of_item(panel.chairing, item)

    addresses = {party.person.forename: dict(party.rows).get("Address") for party in seen.parties}
    assert addresses["Pip"] == ["Confidential: not shown"]
    assert addresses["Sol"] == ["2 Larch Court, NW4 4BG"]


def test_neither_sides_contacts_are_shown_where_each_accuses_the_other(panel: panels.Panel) -> None:
    item = make_item(panel)
    world = world_of(panel, item.case)
    cases_of.add_person(world, "child", "Sol", address={"lines": "2 Larch Court", "postcode": "NW4 4BG"})
    both = item.case.subject_id
    cases_of.add(world, "warning", code="victim_and_accused", person_id=both)

    seen = reading.of_item(panel.member("police"), item)

    assert seen.alarm.safe_contact == (("Contacts", reading.BOTH_ACCUSED),)
    assert not any("Larch" in str(party.rows) for party in seen.parties)


def test_risk_is_read_with_its_course(panel: panels.Panel) -> None:
    item = make_item(panel)
    tool = shelf.programme(item.programme).current_tools[0]
    for days, answer in ((60, "no"), (1, "yes")):
        given = {"dated": today() - timedelta(days=days), "code": tool.id, f"item_{tool.items[0].id}": answer}
        entries.add(panel.coordinating, item.case, "risk", given)

    seen = reading.of_item(panel.chairing, item)

    assert seen.risk is not None
    assert seen.risk.score_change == 1
    assert [point.score for point in seen.trend] == [0, 1]


def test_research_of_others_is_read_when_the_rule_opens_it(panel: panels.Panel) -> None:
    item = make_item(panel)
    police = next(
        each for each in reading.of_item(panel.chairing, item).awaited if each.agency.kind == "police"
    )
    police.state, police.returned_at_utc = "returned", now()
    finding = next(each for each in police.findings if each.person_id == item.case.subject_id)
    finding.known, finding.facts = True, "Two calls in May"
    db.session.flush()

    assert reading.of_item(panel.member("housing_council"), item).research == []
    own = reading.of_item(panel.member("police"), item)
    assert [each.agency.kind for each in own.research] == ["police"]
    assert own.awaited == []

    item.meeting.opened_at_utc = now()
    db.session.flush()

    seen = reading.of_item(panel.member("housing_council"), item)
    known = seen.findings(seen.research[0])
    assert [each.known for each in known] == [True, False]
    assert known[0].rows == [("Facts that bear on risk", "Two calls in May")]


def test_last_plan_stands_on_an_item_that_came_before(panel: panels.Panel) -> None:
    before = make_item(panel, state="ended")
    before.state = "heard"
    again = panels.make_item(panel, panels.make_meeting(panel, state="circulated"), before.case)
    again.earlier_id = before.id
    db.session.add(
        Action(
            case_id=before.case_id,
            programme=panel.programme,
            item_id=before.id,
            agency_id=panel.agencies["police"].id,
            state="not_done",
            set_on=today(),
            due_on=today(),
            text="Fit a camera",
            result="No stock",
        )
    )
    db.session.flush()

    seen = reading.of_item(panel.member("police"), again)

    assert [(action.text, words) for action, words, _ in seen.plan_words] == [("Fit a camera", "Not done")]
    assert len(seen.heard) == 1


def test_reading_an_item_is_noted(panel: panels.Panel) -> None:
    item = make_item(panel)

    reading.of_item(panel.member("police"), item)
    db.session.commit()

    noted = db.session.query(AuditEntry).filter_by(event=str(Event.ITEM_VIEWED)).one()
    assert noted.subject_id == item.id


def test_reading_costs_as_many_statements_for_a_large_case(panel: panels.Panel) -> None:
    small, large = make_item(panel), make_item(panel)
    world = world_of(panel, large.case)
    for number in range(4):
        cases_of.add_person(world, "child", f"Pip{number}")
        cases_of.add(world, "contact")
        cases_of.add(world, "awareness")
    member, ids = panel.member("police"), [small.id, large.id]
    makers.commit()

    counted = set()
    for item_id in ids:
        db.session.remove()
        item = db.session.get_one(AgendaItem, item_id)
        with statements() as sent:
            reading.of_item(member, item, noted=False)
        counted.add(len(sent))

    assert len(counted) == 1
