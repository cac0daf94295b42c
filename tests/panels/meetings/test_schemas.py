"""What may be typed for a time and a link: no database."""

from __future__ import annotations

import pytest

from casework.forms import read
from casework.panels.meetings.schemas import NewMeeting, clock


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("9:30am", "09:30"),
        ("9.30 a.m.", "09:30"),
        ("14:00", "14:00"),
        ("1400", "14:00"),
        ("2pm", "14:00"),
        ("12am", "00:00"),
        ("12pm", "12:00"),
        ("midday", "12:00"),
        ("9", None),
        ("25:00", None),
        ("13pm", None),
        ("9:75", None),
        ("after lunch", None),
    ],
)
def test_times_as_people_type_them(typed: str, kept: str | None) -> None:
    assert clock(typed) == kept


@pytest.mark.parametrize(
    "link", ["http://meet.example.org", "javascript:alert(1)", "https://", "https://user@meet.example.org/x"]
)
def test_link_must_lead_to_a_safe_page(link: str) -> None:
    errors = read(NewMeeting(), {"link": link}).errors

    assert errors["link"] == ["Enter a link that begins with https://"]


def test_case_fits_into_the_meeting() -> None:
    answers = {"minutes": "30", "minutes_per_case": "45", "time": "9am", "day": "1/2/2027"}

    assert "minutes_per_case" in read(NewMeeting(exclude={"entry"}), answers).errors
