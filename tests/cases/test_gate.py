"""The one gate: what may not leave a case, and why."""

from __future__ import annotations

import pytest
from flask import Flask

from casework.cases import gate, involved, service
from casework.forms import today
from casework.people import service as people
from tests.cases.makers import World, add, add_person, make_world
from tests.support import makers


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def reasons(world: World, recipient: gate.Recipient, text: str = "Dear all") -> list[str]:
    return [block.reason for block in gate.check(world.case, recipient, text)]


def test_letter_to_the_person_the_case_is_for_may_leave(world: World) -> None:
    assert reasons(world, gate.Recipient("Ada Okonjo", world.subject)) == []


def test_letter_to_a_role_that_is_never_told_is_stopped(world: World) -> None:
    part = add_person(world, "perpetrator")

    (reason,) = reasons(world, gate.Recipient("Rex Thorne", part))

    assert "alleged perpetrator" in reason


@pytest.mark.parametrize(
    "name", ["Rex Thorne", "rex THORNE", "Mr Rex Thorne, 14 Long Lane", "Rex Thorne’s mother"]
)
def test_somebody_named_who_is_never_told_is_recognised(world: World, name: str) -> None:
    add_person(world, "perpetrator")

    assert reasons(world, gate.Recipient(name))


def test_warning_stops_whoever_it_names_and_gives_its_reason(world: World) -> None:
    add(world, "warning", code="must_not_be_told", whom="Dan Price", why="He opens her post", due_on=today())

    (reason,) = reasons(world, gate.Recipient("Dan Price"))

    assert "He opens her post" in reason
    assert reasons(world, gate.Recipient("Dan Cole")) == []


def test_warning_that_has_ended_stops_nobody(world: World) -> None:
    add(world, "warning", code="must_not_be_told", whom="Dan Price", why="x", due_on=today(), done_on=today())

    assert reasons(world, gate.Recipient("Dan Price")) == []


def test_agency_that_the_case_is_hidden_from_is_not_written_to(world: World) -> None:
    agency = makers.make_agency("Barnet Homes")
    service.exclude(world.coordinator, world.case, agency_id=agency.id, reason="Employs Mr Thorne")

    assert reasons(world, gate.Recipient("Barnet Homes, duty desk"))


def test_letter_to_a_home_shared_with_somebody_never_told_is_stopped(world: World) -> None:
    home = {"lines": "14 Long Lane", "postcode": "N3 2PX", "confidential": False}
    people.move_home(world.worker, world.subject.person, **home)
    add_person(world, "perpetrator", address=home)

    (reason,) = reasons(world, gate.Recipient("Ada Okonjo", world.subject))

    assert "same address" in reason


@pytest.mark.parametrize("text", ["Write to 3 Hidden Mews.", "She is at n32px now", "N3 2PX"])
def test_confidential_address_is_stopped_however_it_is_written(world: World, text: str) -> None:
    people.move_home(
        world.worker, world.subject.person, lines="3 Hidden Mews", postcode="N3 2PX", confidential=True
    )

    assert any("confidential address" in reason for reason in reasons(world, gate.Recipient("Housing"), text))


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("Flat 2, 14 Larch Court", "She is at 14 larch court."),
        ("Flat 2\n14 Larch Court", "Flat 2 it is"),
        ("Rose Cottage, 3 Mill Lane, Hendon", "Find 3, Mill Lane"),
        ("12, Larch Court", "12 Larch Court"),
    ],
)
def test_every_line_that_finds_a_confidential_home_is_stopped(world: World, lines: str, text: str) -> None:
    people.move_home(world.worker, world.subject.person, lines=lines, postcode="N3 2PX", confidential=True)

    assert reasons(world, gate.Recipient("Housing"), text)
    assert reasons(world, gate.Recipient("Housing"), "She was at Hendon station") == []


def test_number_is_known_without_its_extension_and_in_wide_figures(world: World) -> None:
    world.subject.person.seal(phone="01632 960 001 ext 22", safe_to_call="no")

    for text in (
        "Ring 01632 960001",
        "Ring \uff10\uff11\uff16\uff13\uff12 \uff19\uff16\uff10 \uff10\uff10\uff11",
    ):
        assert reasons(world, gate.Recipient("Housing"), text), text


def test_one_of_two_who_accuse_each_other_is_told_nothing_that_reaches_the_other(world: World) -> None:
    other = add_person(world, "perpetrator", address={"lines": "2 Larch Court", "postcode": "NW4 4BG"})
    for person, role in ((world.subject.person, "perpetrator"), (other.person, "subject")):
        involved.add_known(world.worker, world.case, person.id, role, relationship_words=None)
    world.subject.person.seal(phone="07700 900123", safe_to_call="yes")
    other.person.seal(phone="07700 900982", safe_to_call="yes")
    people.move_home(world.worker, world.subject.person, lines="2 Larch Court", postcode="NW4 4BG")
    told = gate.Recipient("Ada Okonjo", world.subject)
    contact = "contact details of"

    assert any(contact in reason for reason in reasons(world, told, "He is on 07700 900982"))
    for own in ("We ring 07700 900123", "We write to 2 Larch Court"):
        assert not any(contact in reason for reason in reasons(world, told, own))


@pytest.mark.parametrize("text", ["Call 07700 900123", "call 07700-900-123 please", "ada@example.org"])
def test_contact_details_that_are_not_safe_are_stopped(world: World, text: str) -> None:
    world.subject.person.seal(phone="07700 900 123", email="Ada@example.org", safe_to_call="no")

    assert reasons(world, gate.Recipient("Housing"), text)


def test_contact_details_that_are_safe_may_leave(world: World) -> None:
    world.subject.person.seal(phone="07700 900123", safe_to_call="yes")

    assert reasons(world, gate.Recipient("Housing"), "Call 07700 900123") == []
