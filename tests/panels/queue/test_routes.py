"""The pages of a queue and of an agenda, as the coordinator, a member and somebody excluded see them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from casework.accounts.models import User
from casework.cases import service as cases
from casework.extensions import db
from casework.forms import today
from casework.panels.agenda import service as agenda
from casework.panels.models import AgendaItem, Meeting, QueueEntry
from casework.panels.queue import service as queue
from tests.support import makers, panels
from tests.support.panels import DVA

QUEUE = f"/queue/{DVA}"
START = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


@pytest.fixture
def coordinator(app: Flask, panel: panels.Panel) -> FlaskClient:
    return client_of(app, panel.coordinator)


def client_of(app: Flask, user: User) -> FlaskClient:
    client = app.test_client()
    makers.sign_in(client, user)
    return client


def entry_for(panel: panels.Panel, surname: str = "Okonjo") -> QueueEntry:
    entry = queue.open_entry(panels.make_accepted(panel, surname=surname))
    assert entry is not None
    return entry


def text(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return words(answer.get_data(as_text=True))


def words(html: str) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))


def test_queue_says_why_each_case_stands_where_it_stands(
    coordinator: FlaskClient, panel: panels.Panel
) -> None:
    entry_for(panel)
    second = entry_for(panel, "Iyer")
    queue.bring_forward(panel.coordinating, second, reason="He is released on Friday", version=second.version)

    page = text(coordinator, QUEUE)

    assert page.index("Brought forward: He is released on Friday") < page.index("Okonjo")
    assert "Showing 1 to 2 of 2 cases" in page
    assert "Due in 28 days (heard within 28 days)" in page


def test_only_queue_is_opened_at_once(coordinator: FlaskClient) -> None:
    assert coordinator.get("/queue").location == QUEUE


@pytest.mark.parametrize("address", ["/queue/asb_support", "/queue/moon", f"{QUEUE}?show=moon"])
def test_queue_that_is_not_there_is_not_found(coordinator: FlaskClient, address: str) -> None:
    assert coordinator.get(address).status_code == 404


def test_queue_is_not_for_members(app: Flask, panel: panels.Panel) -> None:
    entry = entry_for(panel)
    member = client_of(app, panel.members["police"])

    assert member.get(QUEUE).status_code == 403
    assert member.get(f"/queue/entries/{entry.id}").status_code == 403


def test_second_deferral_warns(coordinator: FlaskClient, panel: panels.Panel) -> None:
    entry = entry_for(panel)
    at = f"/queue/entries/{entry.id}/defer"
    assert "deferred once already" not in text(coordinator, at)

    until = today() + timedelta(days=7)
    day = {"until-day": until.day, "until-month": until.month, "until-year": until.year}
    sent = coordinator.post(at, data={**day, "reason": "No referrer", "version": entry.version})

    assert sent.status_code == 302
    assert "deferred once already" in text(coordinator, at)
    assert "No referrer" in text(coordinator, f"{QUEUE}?show=later")


def test_second_of_two_sees_both_versions_and_loses_nothing(
    coordinator: FlaskClient, panel: panels.Panel
) -> None:
    entry = entry_for(panel)
    seen = entry.version
    queue.hold(panel.chairing, entry, reason="No Dash yet", version=seen)

    answer = coordinator.post(
        f"/queue/entries/{entry.id}/withdraw", data={"reason": "Heard elsewhere", "version": seen}
    )

    page = words(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert "No Dash yet" in page
    assert page.count("Heard elsewhere") == 2  # beside what is stored, and still in the form


def test_agenda_is_built_from_the_queue_in_its_order(coordinator: FlaskClient, panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel)
    meeting.minutes = 30  # ten of them for actions: two cases fit
    entries = [entry_for(panel, name) for name in ("Okonjo", "Iyer", "Rahman")]
    at = f"/meetings/{meeting.id}/agenda"
    db.session.commit()
    page = coordinator.get(at).get_data(as_text=True)
    assert page.count(" checked") == 2

    sent = coordinator.post(f"{at}/add", data={"entries": [str(each.id) for each in reversed(entries)]})

    assert sent.status_code == 302
    items = agenda.items_of(panel.coordinating, db.session.get_one(Meeting, meeting.id))
    assert [item.queue_entry_id for item in items] == [entry.id for entry in entries]
    assert "The agenda is 10 minutes longer than the meeting" in text(coordinator, at)


def test_case_taken_by_somebody_else_meanwhile_is_said(coordinator: FlaskClient, panel: panels.Panel) -> None:
    meeting, entry = panels.make_meeting(panel), entry_for(panel)
    agenda.list_entry(panel.chairing, panels.make_meeting(panel), entry)

    answer = coordinator.post(f"/meetings/{meeting.id}/agenda/add", data={"entries": [str(entry.id)]})

    assert answer.status_code == 409
    assert "Somebody else has changed the queue meanwhile" in answer.get_data(as_text=True)


def test_late_addition_without_a_reason_keeps_the_ticks(
    coordinator: FlaskClient, panel: panels.Panel
) -> None:
    meeting, entry = panels.make_meeting(panel, state="circulated"), entry_for(panel)
    at = f"/meetings/{meeting.id}/agenda"

    answer = coordinator.post(f"{at}/add", data={"entries": [str(entry.id)], "late": ""})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Enter why the case is added after the agenda was circulated" in page
    assert page.count(" checked") == 1
    coordinator.post(f"{at}/add", data={"entries": [str(entry.id)], "late": "A threat last night"})
    assert "late because: A threat last night" in text(coordinator, at)


def test_items_move_up_and_down_without_a_script(coordinator: FlaskClient, panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel)
    rows = [
        str(agenda.list_entry(panel.coordinating, meeting, entry_for(panel, name)).id)
        for name in ("Okonjo", "Iyer", "Rahman")
    ]
    at = f"/meetings/{meeting.id}/agenda"
    seen = " ".join(rows)

    assert (
        coordinator.post(f"{at}/order", data={"seen": seen, "order": seen, "up": rows[2]}).status_code == 302
    )
    page = text(coordinator, at)
    assert page.index("Okonjo") < page.index("Rahman") < page.index("Iyer")

    again = coordinator.post(f"{at}/order", data={"seen": seen, "order": seen, "down": rows[0]})
    assert again.status_code == 409
    assert "Both versions" in again.get_data(as_text=True)


def test_member_sees_order_and_minutes_and_no_clock_and_no_gap(app: Flask, panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, starts_at=START)
    for name in ("Okonjo", "Iyer", "Rahman"):
        item = agenda.list_entry(panel.coordinating, meeting, entry_for(panel, name))
        panels.make_research(panel, item, "police")
    meeting.state, meeting.circulated_at_utc = "circulated", START - timedelta(days=5)
    hidden = db.session.query(AgendaItem).filter_by(meeting_id=meeting.id, position=2).one()
    cases.exclude(panel.coordinating, hidden.case, user_id=panel.members["police"].id, reason="A cousin")
    reference = hidden.case.reference
    member = client_of(app, panel.members["police"])
    at = f"/meetings/{meeting.id}/agenda"

    page = member.get(at).get_data(as_text=True)

    assert "Okonjo" in page
    assert "Rahman" in page
    assert "Iyer" not in page
    assert reference not in page
    assert "9:40am" not in page
    assert "9:50am" not in page
    assert page.count("10 minutes") == 2
    assert member.post(f"{at}/add", data={}).status_code == 403


def test_excluded_coordinator_finds_nothing_of_the_case(
    app: Flask, coordinator: FlaskClient, panel: panels.Panel
) -> None:
    meeting, entry = panels.make_meeting(panel), entry_for(panel)
    item = agenda.list_entry(panel.chairing, meeting, entry)
    row, case, at = entry.id, entry.case, f"/meetings/{meeting.id}/agenda"
    item_at = f"{at}/{item.id}"
    cases.exclude(panel.chairing, case, user_id=panel.coordinator.id, reason="A sister")
    reference, hidden_case = case.reference, case.id
    deputy = client_of(app, makers.make_user("coordinator", DVA))

    for address in (
        f"/queue/entries/{row}",
        f"/queue/entries/{row}/hold",
        item_at,
        f"/cases/{hidden_case}/queue",
    ):
        assert coordinator.get(address).status_code == 404, address
    for address in (QUEUE, f"{QUEUE}?show=listed", at):
        assert reference not in coordinator.get(address).get_data(as_text=True), address
    assert "On an agenda (0)" in text(coordinator, QUEUE)
    assert "0 cases of at most 15, 10 of 180 minutes" in text(coordinator, at)
    assert "1 case of at most 15, 20 of 180 minutes" in text(deputy, at)
