"""Calendar files: what other calendars read in them, and that they say nothing of any case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar, Timezone
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.cases import gate
from casework.extensions import db
from casework.forms import today
from casework.panels.meetings import calendar, cancelling, circulation, planning
from casework.panels.meetings import service as meetings
from casework.panels.meetings.service import Plan
from casework.panels.models import Meeting
from casework.programmes import shelf
from tests.support import makers, panels

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
SUMMER, WINTER = date(2026, 7, 8), date(2026, 12, 9)
DETAILS = Plan(
    time="09:30", minutes=150, minutes_per_case=10, venue="Town Hall", link="https://meet.example.org/x"
)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def plan(panel: panels.Panel, day: date = SUMMER, **changed: Any) -> Meeting:
    details = replace(DETAILS, chair_id=panel.chair.id, coordinator_id=panel.coordinator.id, **changed)
    return planning.plan(panel.coordinating, panel.programme, day, details)


def event_of(meeting: Meeting) -> dict[str, object]:
    read = Calendar.from_ical(calendar.file_of(meeting))
    return {name: value for event in read.walk("VEVENT") for name, value in event.items()}


@pytest.mark.parametrize(("day", "hour"), [(SUMMER, 8), (WINTER, 9)])
def test_meeting_is_at_half_past_nine_in_london_summer_and_winter(
    panel: panels.Panel, day: date, hour: int
) -> None:
    event = event_of(plan(panel, day))

    starts = event["DTSTART"].dt  # type: ignore[attr-defined]
    assert starts.astimezone(ZoneInfo("Europe/London")).hour == 9
    assert starts.astimezone(UTC) == datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)
    assert (event["DTEND"].dt - starts).total_seconds() == 150 * 60  # type: ignore[attr-defined]


def test_file_brings_the_clock_of_london_with_it(panel: panels.Panel) -> None:
    words = calendar.file_of(plan(panel)).decode()

    assert "BEGIN:VTIMEZONE\r\nTZID:Europe/London" in words
    assert "DTSTART;TZID=Europe/London:20260708T093000" in words
    brought = next(iter(Calendar.from_ical(words).walk("VTIMEZONE")))
    assert isinstance(brought, Timezone)
    zone = brought.to_tz()
    assert f"{datetime(2026, 3, 29, 0, 59, tzinfo=UTC).astimezone(zone):%H:%M}" == "00:59"
    assert f"{datetime(2026, 3, 29, 1, 1, tzinfo=UTC).astimezone(zone):%H:%M}" == "02:01"


def test_change_and_cancelling_are_the_same_meeting_anew(panel: panels.Panel) -> None:
    meeting = plan(panel)
    first = event_of(meeting)
    details = replace(meetings.details_of(meeting), time="14:00")
    planning.change(panel.coordinating, meeting, SUMMER, details, version=meeting.version)
    second = event_of(meeting)
    details = replace(details, chair_id=None)
    planning.change(panel.coordinating, meeting, SUMMER, details, version=meeting.version)
    assert event_of(meeting)["SEQUENCE"] == second["SEQUENCE"]  # no calendar shows the chair

    cancelling.cancel(panel.coordinating, meeting, reason="no_quorum", version=meeting.version)
    third = event_of(meeting)

    assert first["UID"] == second["UID"] == third["UID"]
    assert [each["SEQUENCE"] for each in (first, second, third)] == [0, 1, 2]
    assert [each["STATUS"] for each in (first, second, third)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_file_says_nothing_of_cases_nor_how_to_join(panel: panels.Panel) -> None:
    meeting = plan(panel)
    case = panels.make_accepted(panel, surname="Okonjo", received_on=today())
    panels.make_item(panel, meeting, case)

    words = calendar.file_of(meeting).decode()

    assert gate.check_apart([case], words) == []
    for secret in (case.reference, "Okonjo", "meet.example.org"):
        assert secret not in words


def test_venue_that_tells_of_a_case_is_left_out_and_the_coordinator_told(panel: panels.Panel) -> None:
    meeting = plan(panel)
    subject, harmer = (role.id for role in shelf.programme(panel.programme).person_roles if role.required)
    home = {"lines": "12 Mill Lane", "postcode": "N1 9GU"}
    parties = (
        makers.make_party(panel.coordinating, panel.programme, subject, address=home, phone="07700 900 123"),
        makers.make_party(panel.coordinating, panel.programme, harmer, forename="Reuben", surname="Vale"),
    )
    referral = makers.make_referral(panel.coordinating, panel.programme, received_on=today(), parties=parties)
    panels.make_item(panel, meeting, referral.case)

    for venue in ("At Ada Okonjo's", "12 Mill Lane", "n1 9gu", "The café, ring 07700 900123"):
        meeting.venue = venue
        assert "LOCATION" not in event_of(meeting)
    told = {check.title: check for check in circulation.checks(panel.coordinating, meeting)}

    assert not told["Place"].good


def test_taking_the_file_away_is_recorded(panel: panels.Panel) -> None:
    meeting = plan(panel)

    calendar.download(panel.member("police"), meeting)
    db.session.commit()

    entries = select(AuditEntry).where(AuditEntry.event == "meeting.calendar_exported")
    assert [entry.subject_id for entry in db.session.scalars(entries)] == [meeting.id]
