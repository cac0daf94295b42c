"""Seats: who sits, who reads of a case for them, and whether it is enough."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from casework.cases import service as cases
from casework.errors import Conflict, Invalid, Refused
from casework.forms import today
from casework.panels.seats import service as seats
from casework.programmes import shelf
from tests.support import makers, panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def test_the_first_of_a_seat_who_may_know_reads_of_a_case(panel: panels.Panel) -> None:
    case, seat = panels.make_accepted(panel), panel.seats["police"]
    agency = panel.agencies["police"]
    alternate = makers.make_user("panel_member", panel.programme, agency=agency)
    member, deputy = panel.members["police"], panel.deputies["police"]
    sitting = {
        "member_id": member.id,
        "deputy_id": deputy.id,
        "alternate_id": alternate.id,
        "from_day": today(),
    }
    seats.change(panel.coordinating, seat, sitting, version=seat.version)
    assert seats.reader(seat, case) == member

    for user, next_one in ((member, deputy), (deputy, alternate)):
        cases.exclude(panel.coordinating, case, user_id=user.id, reason="A cousin")
        assert seats.reader(seat, case) == next_one
    cases.exclude(panel.coordinating, case, agency_id=agency.id, reason="A party")

    assert seats.reader(seat, case) is None
    housing = panel.seats["housing_council"]
    assert seats.reader(housing, case) == panel.members["housing_council"]


def test_core_agencies_and_groups_of_the_quorum_are_found_wanting(panel: panels.Panel) -> None:
    rules = seats.rules_of(panel.programme)
    there = [seat.agency for seat in seats.of_panel(panel.programme)]

    missing = seats.missing_core(rules, there)

    assert "probation" in missing
    assert "police" not in missing
    assert all(group.met for group in seats.quorum(rules, there))
    without_police = [agency for agency in there if agency.kind != "police"]
    assert [group.kinds for group in seats.quorum(rules, without_police) if not group.met] == [("police",)]


def test_only_panel_members_of_the_agency_sit_for_it_and_each_once(panel: panels.Panel) -> None:
    outsider = panel.members["housing_council"]
    seat, member = panel.seats["police"], panel.members["police"]
    values = {"member_id": member.id, "from_day": today()}

    with pytest.raises(Invalid, match="problem"):
        seats.change(panel.coordinating, seat, {**values, "deputy_id": outsider.id}, version=seat.version)
    with pytest.raises(Invalid):
        seats.change(panel.coordinating, seat, {**values, "alternate_id": member.id}, version=seat.version)


def test_two_changes_at_once_are_shown_to_the_second(panel: panels.Panel) -> None:
    seat, seen = panel.seats["police"], panel.seats["police"].version
    values = {"member_id": panel.deputies["police"].id, "from_day": today()}
    seats.change(panel.coordinating, seat, values, version=seen)

    with pytest.raises(Conflict) as fault:
        seats.change(panel.coordinating, seat, {**values, "senior_name": "Somebody"}, version=seen)

    assert fault.value.stored["Member"] == panel.deputies["police"].name
    assert fault.value.submitted["Senior"] == "Somebody"


def test_an_ended_seat_stands_until_its_day_and_can_be_given_anew(panel: panels.Panel) -> None:
    seat, agency = panel.seats["police"], panel.agencies["police"]
    values = {"member_id": panel.members["police"].id, "from_day": today()}
    with pytest.raises(Invalid):
        seats.give(panel.coordinating, panel.programme, agency.id, values)

    seats.end(panel.coordinating, seat, ended_on=today() + timedelta(days=3), version=seat.version)

    assert seats.of_agency(panel.programme, agency.id) == seat
    assert seats.of_agency(panel.programme, agency.id, today() + timedelta(days=3)) is None


def test_seats_are_kept_by_those_who_run_the_panel(panel: panels.Panel) -> None:
    with pytest.raises(Refused):
        seats.seat_for(panel.member("police"), panel.seats["police"].id)

    assert seats.seat_for(panel.coordinating, panel.seats["police"].id) == panel.seats["police"]
    assert shelf.programme("asb_support").panel is None
