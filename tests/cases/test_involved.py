"""The people of a case: looked for before they are added, and put right with the old words kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.cases import entries, gaps, involved, tasks
from casework.cases.models import Involvement
from casework.cases.schemas import AddressDetails, PartDetails, PersonDetails
from casework.errors import Conflict, Invalid, NotFound
from casework.extensions import db
from casework.people import service as people
from casework.programmes import shelf
from casework.referrals import answers
from casework.referrals.models import Answer
from casework.referrals.of_case import referrals_of_case
from tests.cases.makers import World, add_person, make_world
from tests.support import makers


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def amend(world: World, part: Involvement, version: int | None = None, **values: Any) -> None:
    involved.amend_person(
        world.worker,
        part,
        PersonDetails(),
        values,
        reason="Told by phone",
        version=part.person.version if version is None else version,
    )


def test_nobody_new_is_added_without_having_been_looked_for(world: World) -> None:
    with pytest.raises(Invalid):
        involved.add_new(
            world.worker,
            world.case,
            "witness",
            ticket="",
            relationship_words=None,
            forename="Bea",
            surname="Moss",
        )


def test_somebody_known_only_from_a_hidden_case_cannot_be_put_in(world: World) -> None:
    hidden = makers.make_person(world.coordinator, forename="Bea", surname="Moss")

    with pytest.raises(NotFound):
        involved.add_known(world.worker, world.case, hidden.id, "witness", relationship_words=None)


def test_same_person_is_not_put_in_twice_in_one_role(world: World) -> None:
    part = add_person(world, "witness")

    with pytest.raises(Invalid):
        involved.add_known(world.worker, world.case, part.person_id, "witness", relationship_words=None)


def test_amended_name_is_found_and_the_old_one_kept_with_reason(world: World) -> None:
    part = add_person(world, "witness", "Bea", "Moss")

    amend(world, part, surname="Mosse-Clark")

    found = people.search(world.worker, "asb_support", names=["Bea", "Clark"])
    (change,) = entries.amendments(world.worker, part.person)
    assert part.person_id in {match.person.id for match in found}
    assert (change.before, change.after) == ({"Last name": "Moss"}, {"Last name": "Mosse-Clark"})
    assert (change.reason, change.by_id) == ("Told by phone", world.worker.id)


def test_corrected_birth_corrects_the_counted_age(world: World) -> None:
    (referral,) = referrals_of_case(world.worker, world.case)
    years = referral.received_on.year - 30

    amend(world, world.subject, date_of_birth=date(years, 1, 1))

    ages = select(Answer.number).where(Answer.referral_id == referral.id, Answer.field == answers.AGE)
    assert db.session.scalars(ages).all() == [30]


def test_amending_a_person_whom_somebody_else_amended_meanwhile_shows_both_versions(world: World) -> None:
    part = add_person(world, "witness", "Bea", "Moss")
    seen = part.person.version
    amend(world, part, surname="Mosse")

    with pytest.raises(Conflict) as conflict:
        amend(world, part, seen, surname="Morse")

    assert (conflict.value.stored["Last name"], conflict.value.submitted["Last name"]) == ("Mosse", "Morse")


def test_new_address_keeps_the_former_and_a_correction_marks_it_confidential(world: World) -> None:
    part = world.subject
    home: dict[str, Any] = {"lines": "14 Long Lane", "postcode": "N3 2PX", "confidential": False}
    involved.give_address(world.worker, part, AddressDetails(), home, reason="Moved in")
    home = {"lines": "3 Hidden Mews", "postcode": "NW4 4BG", "confidential": False}
    involved.give_address(world.worker, part, AddressDetails(), home, reason="Fled")
    current = next(address for address in part.person.addresses if address.current)

    involved.correct_address(
        world.worker,
        part,
        current.id,
        AddressDetails(),
        {**home, "confidential": True},
        reason="She asked",
        version=part.person.version,
    )

    assert [address.current for address in part.person.addresses].count(True) == 1
    assert len(part.person.addresses) == 2
    assert current.confidential
    assert people.search(world.worker, "asb_support", names=["Okonjo"], postcode="NW4 4BG")


def test_child_without_a_safeguarding_decision_is_a_task_until_it_is_recorded(world: World) -> None:
    child = add_person(world, "child", "Kit", "Okonjo")
    (task,) = tasks.open_of_kind(world.case, "safeguarding", child.id)
    assert "Kit Okonjo" in (task.text or "")
    choices = {"safeguarding_decision": shelf.programme("asb_support").list("safeguarding_decision").codes}
    schema = PartDetails(choices=choices)

    def decide(code: str) -> None:
        involved.amend_part(
            world.worker,
            child,
            schema,
            {"safeguarding_decision": code},
            reason="Decided",
            version=child.version,
        )

    decide("not_considered")
    assert gaps.is_undecided(child)
    decide("referred")

    assert tasks.open_of_kind(world.case, "safeguarding", child.id) == []
    assert [change.reason for change in entries.amendments(world.worker, child)] == ["Decided", "Decided"]
