"""Who is at a meeting, by agency and by name."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.panels.live import attendance
from casework.panels.live import service as live
from casework.panels.live.attendance import Said
from casework.panels.models import Attendance, Meeting
from tests.support import makers, panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


@pytest.fixture
def meeting(panel: panels.Panel) -> Meeting:
    meeting = panels.make_meeting(panel, state="circulated")
    live.open_meeting(panel.chairing, meeting, meeting.version)
    return meeting


def row_of(panel: panels.Panel, meeting: Meeting, kind: str) -> Attendance:
    return db.session.scalars(
        select(Attendance).where(
            Attendance.meeting_id == meeting.id, Attendance.agency_id == panel.agencies[kind].id
        )
    ).one()


def say(panel: panels.Panel, meeting: Meeting, kind: str, state: str, **more: object) -> Attendance:
    row = row_of(panel, meeting, kind)
    attendance.record(
        panel.chairing,
        meeting,
        {row.id: Said(state, version=row.version, **more)},  # type: ignore[arg-type]
    )
    return row


def test_everybody_with_a_seat_is_expected_and_so_are_chair_and_coordinator(
    panel: panels.Panel, meeting: Meeting
) -> None:
    rows = attendance.of_meeting(panel.chairing, meeting)

    assert {row.state for row in rows} == {"expected"}
    assert {row.user_id for row in rows} == {
        panel.chair.id,
        panel.coordinator.id,
        *(member.id for member in panel.members.values()),
    }
    assert attendance.here(meeting) == set()


def test_deputy_comes_in_the_place_of_the_member(panel: panels.Panel, meeting: Meeting) -> None:
    own = say(panel, meeting, "police", "deputy")
    named = say(panel, meeting, "housing_council", "deputy", who="Ros Tanner")

    assert own.user_id == panel.deputies["police"].id
    assert (named.user_id, named.guest_name) == (None, "Ros Tanner")
    assert attendance.here(meeting) == {panel.agencies["police"].id, panel.agencies["housing_council"].id}

    back = say(panel, meeting, "housing_council", "present", who="Ros Tanner")
    assert back.user_id == panel.members["housing_council"].id


def test_what_was_accepted_goes_with_whoever_accepted_it(panel: panels.Panel, meeting: Meeting) -> None:
    row = say(panel, meeting, "police", "present", accepts=True, declares_nothing=True)
    assert row.confidentiality_at_utc is not None

    instead = say(panel, meeting, "police", "deputy")

    assert instead.confidentiality_at_utc is None
    assert instead.nothing_to_declare_at_utc is None


def test_absent_agency_takes_no_part_and_accepts_nothing(panel: panels.Panel, meeting: Meeting) -> None:
    row = say(panel, meeting, "police", "apologies_information", accepts=True)

    assert row.confidentiality_at_utc is None
    assert attendance.here(meeting) == set()


def test_two_who_take_the_attendance_at_once_lose_nothing(panel: panels.Panel, meeting: Meeting) -> None:
    police, housing = (row_of(panel, meeting, kind) for kind in ("police", "housing_council"))
    seen = {police.id: police.version, housing.id: housing.version}
    say(panel, meeting, "police", "present")

    with pytest.raises(Conflict) as clash:
        attendance.record(
            panel.coordinating,
            meeting,
            {
                police.id: Said("absent", version=seen[police.id]),
                housing.id: Said("present", version=seen[housing.id]),
            },
        )

    assert list(clash.value.stored.values()) == ["Present"]
    assert (police.state, housing.state) == ("present", "present")


def test_quorum_is_said_in_the_words_of_the_programme(panel: panels.Panel, meeting: Meeting) -> None:
    for kind in ("police", "domestic_abuse_service", "childrens_social_care"):
        say(panel, meeting, kind, "present")
    short = attendance.quorum(meeting, attendance.of_meeting(panel.chairing, meeting))
    assert not short.met
    assert "Housing" in short.words
    assert "Police" not in short.words

    say(panel, meeting, "housing_council", "present")

    full = attendance.quorum(meeting, attendance.of_meeting(panel.chairing, meeting))
    assert full.words == "There is a quorum."


def test_observer_is_in_the_room_and_makes_no_quorum(panel: panels.Panel, meeting: Meeting) -> None:
    surgery = makers.make_agency("Hendon Surgery", "primary_care")
    attendance.add(panel.chairing, meeting, agency_id=surgery.id, name="Dr Osei")

    assert surgery.id not in attendance.here(meeting)
    with pytest.raises(Invalid):
        attendance.add(panel.chairing, meeting, agency_id=surgery.id, name="Dr Osei")


def test_member_who_accepts_on_their_own_screen_is_here(panel: panels.Panel, meeting: Meeting) -> None:
    attendance.accept_confidentiality(panel.member("police"), meeting)
    deputy = makers.actor_of(panel.deputies["housing_council"])
    attendance.accept_confidentiality(deputy, meeting)

    police, housing = (row_of(panel, meeting, kind) for kind in ("police", "housing_council"))
    assert (police.state, housing.state) == ("present", "deputy")
    assert housing.user_id == deputy.id


def test_whoever_was_only_expected_was_absent_when_the_meeting_ends(
    panel: panels.Panel, meeting: Meeting
) -> None:
    say(panel, meeting, "police", "present")

    live.end_meeting(panel.chairing, meeting, meeting.version)

    assert row_of(panel, meeting, "police").state == "present"
    assert row_of(panel, meeting, "housing_council").state == "absent"
