"""The pages of meetings, as those see them who run them, who sit, and who may not know."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from casework.cases import service as cases
from casework.extensions import db, now
from casework.panels.models import Meeting, Seat, Series
from casework.panels.queue import service as queue
from casework.panels.seats import service as seats
from tests.support import makers, panels

A_DAY = datetime.now(UTC).date() + timedelta(days=60)


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


@pytest.fixture
def coordinating(app: Flask, panel: panels.Panel) -> FlaskClient:
    client = app.test_client()
    makers.sign_in(client, panel.coordinator)
    return client


def day(name: str = "day", at: Any = A_DAY) -> dict[str, str]:
    return {f"{name}-day": str(at.day), f"{name}-month": str(at.month), f"{name}-year": str(at.year)}


def details(panel: panels.Panel, **changed: str) -> dict[str, str]:
    return {
        "time": "9:30am",
        "minutes": "150",
        "minutes_per_case": "10",
        "venue": "Town Hall, room 2",
        "link": "https://meet.example.org/marac",
        "chair": str(panel.chair.id),
        "deputy_chair": "",
        "coordinator": str(panel.coordinator.id),
        "deputy_coordinator": "",
        **changed,
    }


def text(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def post(client: FlaskClient, address: str, data: dict[str, str], status: int = 302) -> str:
    answer = client.post(address, data=data)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_coordinator_plans_changes_and_cancels_a_meeting(
    coordinating: FlaskClient, panel: panels.Panel
) -> None:
    post(coordinating, "/meetings/new", {**details(panel), **day()})
    meeting = db.session.scalars(select(Meeting)).one()
    page = text(coordinating, f"/meetings/{meeting.id}")
    assert "MARAC meeting" in page
    assert "9:30am to midday" in page
    assert "Town Hall, room 2" in page

    changed = {**details(panel, time="2pm"), **day(), "version": str(meeting.version)}
    post(coordinating, f"/meetings/{meeting.id}/change", changed)
    assert "2pm to 4:30pm" in text(coordinating, f"/meetings/{meeting.id}")
    stale = post(coordinating, f"/meetings/{meeting.id}/change", changed, 409)
    assert "Both versions" in stale

    db.session.refresh(meeting)
    cancelling = {"reason": "no_quorum", "version": str(meeting.version)}
    post(coordinating, f"/meetings/{meeting.id}/cancel", cancelling)
    assert "There would be no quorum" in text(coordinating, f"/meetings/{meeting.id}")
    assert "No meeting is planned" in text(coordinating, "/meetings")
    assert "There would be no quorum" in text(coordinating, "/meetings?when=cancelled")
    assert "has begun, is over or was cancelled" in text(coordinating, f"/meetings/{meeting.id}/change", 422)


def test_coordinator_plans_a_series_changes_what_follows_and_ends_it(
    coordinating: FlaskClient, panel: panels.Panel
) -> None:
    first = next_weekday(A_DAY)
    answers = {**details(panel), **day("first_day", first), "pattern": "fortnightly"}
    post(coordinating, "/meetings/series/new", answers)
    series = db.session.scalars(select(Series)).one()
    assert "Every two weeks on Wednesday" in text(coordinating, "/meetings/series")
    assert "coming meetings" in text(coordinating, "/meetings")

    second = db.session.scalars(select(Meeting).order_by(Meeting.starts_at_utc)).all()[1]
    form = {
        **details(panel, venue="Library"),
        **day("day", first + timedelta(days=14)),
        "scope": "following",
        "version": str(second.version),
    }
    post(coordinating, f"/meetings/{second.id}/change", form)
    assert "Town Hall, room 2" not in text(coordinating, f"/meetings/{second.id}")

    ending = {**day("from_day", first + timedelta(days=1)), "version": str(series.version)}
    post(coordinating, f"/meetings/series/{series.id}/end", ending)
    assert "No series of meetings is planned" in text(coordinating, "/meetings/series")
    assert "Showing the only coming meeting" in text(coordinating, "/meetings")
    assert "Its series has ended" in text(coordinating, "/meetings?when=cancelled")


def next_weekday(at: Any) -> Any:
    """The next Wednesday: bank holidays seldom fall on one."""
    return at + timedelta(days=(2 - at.weekday()) % 7)


def test_emergency_meeting_is_called_from_the_queue_and_sent_out(
    app: Flask, coordinating: FlaskClient, panel: panels.Panel
) -> None:
    case = panels.make_accepted(panel)
    entry = queue.open_entry(case) or queue.enter(panel.coordinating, case, "new")
    form = text(coordinating, f"/meetings/new?entry={entry.id}")
    assert f'<option value="{entry.id}" selected>' in form
    tomorrow = now().date() + timedelta(days=1)

    answers = {**details(panel), **day("day", tomorrow), "entry": str(entry.id)}
    post(coordinating, f"/meetings/new?entry={entry.id}", answers)
    meeting = db.session.scalars(select(Meeting)).one()
    assert meeting.kind == "emergency"
    check_list = text(coordinating, f"/meetings/{meeting.id}/circulate")
    assert "1 case to hear" in check_list
    post(coordinating, f"/meetings/{meeting.id}/circulate", {"version": str(meeting.version)})

    member = app.test_client()
    makers.sign_in(member, panel.members["police"])
    assert "Emergency MARAC meeting" in text(member, "/meetings")
    assert "Agenda circulated" in text(member, f"/meetings/{meeting.id}")
    assert coordinating.get(f"/meetings/{meeting.id}/circulate").location == f"/meetings/{meeting.id}"
    assert "has been sent out" in text(coordinating, f"/meetings/{meeting.id}")


def test_an_emergency_meeting_stays_one_when_its_panel_has_been_chosen(
    coordinating: FlaskClient, panel: panels.Panel
) -> None:
    makers.give_role(panel.coordinator, "coordinator", "channel")
    db.session.flush()

    assert "Which panel meets?" in text(coordinating, "/meetings/new?emergency=yes")
    chosen = coordinating.post("/meetings/new?emergency=yes", data={"programme": "channel"})

    assert chosen.location == "/meetings/new?programme=channel&emergency=yes"


def test_excluded_member_finds_nothing_of_an_emergency_meeting(
    app: Flask, coordinating: FlaskClient, panel: panels.Panel
) -> None:
    meeting = panels.make_meeting(panel, state="circulated", kind="emergency")
    item = panels.make_item(panel, meeting, panels.make_accepted(panel))
    cases.exclude(panel.coordinating, item.case, user_id=panel.members["police"].id, reason="A cousin")
    member = app.test_client()
    makers.sign_in(member, panel.members["police"])

    assert "No meeting is planned" in text(member, "/meetings")
    for page in ("", "/calendar.ics", "/coming", "/agenda"):
        assert member.get(f"/meetings/{meeting.id}{page}").status_code == 404
    assert "Emergency MARAC meeting" in text(coordinating, "/meetings")


def test_member_says_who_comes_takes_the_calendar_file_and_runs_nothing(
    app: Flask, coordinating: FlaskClient, panel: panels.Panel
) -> None:
    meeting = panels.make_meeting(panel)
    member = app.test_client()
    makers.sign_in(member, panel.members["police"])
    assert "Send the agenda out" not in text(member, f"/meetings/{meeting.id}")

    post(member, f"/meetings/{meeting.id}/coming", {"answer": "apologies"})
    shown = text(coordinating, f"/meetings/{meeting.id}")
    assert "Nobody comes" in shown
    assert "Not expected" in shown  # without the police there is no quorum
    file = member.get(f"/meetings/{meeting.id}/calendar.ics")
    assert file.mimetype == "text/calendar"
    assert b"SUMMARY:MARAC meeting" in file.data

    for page in ("change", "cancel", "circulate"):
        assert member.get(f"/meetings/{meeting.id}/{page}").status_code == 403
    assert member.get("/meetings/new").status_code == 403


def test_coordinator_gives_changes_and_ends_a_seat(coordinating: FlaskClient, panel: panels.Panel) -> None:
    agency = makers.make_agency("Probation Service", "probation")
    officer = makers.make_user("panel_member", panel.programme, agency=agency)
    page = text(coordinating, "/panel-seats/dva_marac")
    assert "Core agencies without a seat" in page
    assert "<li>Probation</li>" in page
    answer = coordinating.post("/panel-seats/dva_marac/new", data={"agency": str(agency.id)})
    today = now().date()
    sits = {"member": str(officer.id), "deputy": "", "alternate": "", "senior_name": "", "senior_email": ""}
    post(coordinating, answer.location, {**sits, **day("from_day", today), "version": "0"})
    assert "<li>Probation</li>" not in text(coordinating, "/panel-seats/dva_marac")

    seat = db.session.scalars(select(Seat).where(Seat.agency_id == agency.id)).one()
    change = {**sits, "senior_email": "head@example.org", **day("from_day", today), "version": "1"}
    post(coordinating, f"/panel-seats/seats/{seat.id}", change)
    assert "head@example.org" in text(coordinating, "/panel-seats/dva_marac")
    assert "Both versions" in post(coordinating, f"/panel-seats/seats/{seat.id}", change, 409)

    db.session.refresh(seat)
    ending = {**day("ended_on", today), "version": str(seat.version)}
    post(coordinating, f"/panel-seats/seats/{seat.id}/end", ending)
    assert "<li>Probation</li>" in text(coordinating, "/panel-seats/dva_marac")
    assert seats.of_agency(panel.programme, agency.id) is None
    assert coordinating.get("/panel-seats/asb_support").status_code == 404
