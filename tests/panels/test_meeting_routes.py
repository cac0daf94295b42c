"""The pages of meetings, as those see them who run them, who sit, and who may not know."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from casework.extensions import db
from casework.panels.models import Meeting
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
