"""The page “Panel” of a case, and a case that is put to the panel of another programme."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from casework.access.vocabulary import OPERATOR
from casework.cases import service as cases
from casework.cases.models import Case, Entry
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today
from casework.panels.actions import service as actions
from casework.panels.live import decisions
from casework.panels.of_case import putting
from casework.panels.of_case import service as of_case
from casework.panels.queue import service as queue
from casework.referrals.models import Referral
from tests.cases import makers as case_makers
from tests.support import makers, panels

COMMUNITY = "community_marac"
WHY = "The harm has many sources and needs several agencies"


def put(world: case_makers.World, **more: Any) -> None:
    values = {
        "to": COMMUNITY,
        "destination": None,
        "text": "Noise every night",
        "basis": "consent",
        "why": WHY,
    }
    putting.put(world.worker, world.case, **{**values, **more})


def entries_of(case: Case, kind: str) -> list[Entry]:
    return list(db.session.scalars(select(Entry).where(Entry.case_id == case.id, Entry.kind == kind)))


def test_a_case_put_to_the_community_panel_is_a_referral_there_and_counts_once(app: Flask) -> None:
    world = case_makers.make_world()
    panels.make_panel(COMMUNITY, kinds=("police",))

    put(world)
    with pytest.raises(Invalid, match="today already"):
        put(world)

    [onward] = entries_of(world.case, "onward")
    assert (onward.code, onward.status) == ("community_safety", "received")
    assert "not told here" in (onward.outcome or "")
    [there] = db.session.scalars(select(Referral).where(Referral.programme == COMMUNITY))
    assert there.narrative == "Noise every night"
    onward.dated = today() - timedelta(days=9)
    db.session.flush()
    put(world)
    [activity] = entries_of(world.case, "activity")
    assert activity.code == "community_marac_advocacy"


def test_the_gate_stops_what_may_not_be_told_and_nothing_is_referred(app: Flask) -> None:
    world = case_makers.make_world()
    panels.make_panel(COMMUNITY, kinds=("police",))
    case_makers.add_person(
        world,
        "witness",
        address={"lines": "2 Larch Court", "postcode": "NW4 4BG", "confidential": True},
    )

    with pytest.raises(Invalid):
        put(world, text="She hides at 2 Larch Court")

    assert entries_of(world.case, "activity") == []
    there = select(func.count()).select_from(Referral).where(Referral.programme == COMMUNITY)
    assert db.session.scalar(there) == 0


def test_only_panels_that_take_referrals_are_offered(app: Flask) -> None:
    world = case_makers.make_world()
    assert putting.offers(world.worker, world.case) == []

    panels.make_panel(COMMUNITY, kinds=("police",))
    panels.make_panel("channel", kinds=("police",))
    assert [each.programme.id for each in putting.offers(world.worker, world.case)] == [COMMUNITY]


def test_the_sender_sees_that_it_was_received_and_no_more(client: FlaskClient) -> None:
    world = case_makers.make_world()
    panels.make_panel(COMMUNITY, kinds=("police",))
    makers.sign_in(client, world.users["worker"])
    at = f"/cases/{world.case.id}/panel"

    assert "Put to the Community MARAC" in client.get(at).get_data(as_text=True)
    data = {"to": COMMUNITY, "text": "Noise every night", "basis": "consent", "why": WHY}
    assert client.post(f"{at}/put", data=data).status_code == 302

    there = db.session.scalars(select(Referral).where(Referral.programme == COMMUNITY)).one()
    assert client.get(f"/cases/{there.case_id}").status_code == 404
    sharing = client.get(f"/cases/{world.case.id}/onward").get_data(as_text=True)
    assert "Received: not followed from here" in sharing
    assert there.case.reference not in sharing


def test_a_caseworker_reads_what_was_decided_and_a_stranger_nothing(client: FlaskClient) -> None:
    panel = panels.make_panel()
    case = panels.make_accepted(panel)
    item = panels.make_item(panel, panels.make_meeting(panel, state="open"), case)
    actions.set_action(
        panel.coordinating,
        item,
        text="Visit the address",
        risk="He returns",
        agency_id=panel.agencies["police"].id,
        owner_id=panel.members["police"].id,
        due_on=today() + timedelta(days=7),
    )
    decisions.decide(panel.chairing, item, decisions.Words("actions_set", "The risk is high"))
    worker, stranger = makers.make_user("caseworker", panels.DVA), makers.make_user("caseworker", panels.DVA)
    cases.exclude(OPERATOR, case, user_id=stranger.id, reason="A cousin")
    at = f"/cases/{case.id}/panel"

    makers.sign_in(client, worker)
    page = client.get(at).get_data(as_text=True)
    makers.sign_in(other := client.application.test_client(), stranger)

    assert "The risk is high" in page
    assert "Visit the address" in page
    assert "List, hold, defer" not in page
    assert other.get(at).status_code == 404


def test_an_agenda_that_was_not_sent_out_is_for_those_who_make_it(app: Flask) -> None:
    panel = panels.make_panel()
    case = panels.make_accepted(panel)
    panels.make_item(panel, panels.make_meeting(panel), case)
    worker = makers.make_actor("caseworker", panels.DVA)

    assert of_case.read(worker, case).hearings == []
    assert len(of_case.read(panel.coordinating, case).hearings) == 1


@pytest.mark.parametrize(
    ("programme", "outcome", "again"), [(panels.DVA, "actions_set", False), (COMMUNITY, "plan_set", True)]
)
def test_one_panel_hears_a_case_once_and_another_until_it_is_closed(
    app: Flask, programme: str, outcome: str, again: bool
) -> None:
    panel = panels.make_panel(programme, kinds=("police",))
    case = panels.make_accepted(panel)
    item = panels.make_item(panel, panels.make_meeting(panel, state="open"), case)

    decisions.decide(panel.chairing, item, decisions.Words(outcome, "Agreed"))

    entry = queue.open_entry(case)
    assert (entry is not None) is again
    assert entry is None or entry.kind == "relisted"
