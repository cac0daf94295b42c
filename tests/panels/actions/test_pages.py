"""The pages of actions and reviews: who gets which, and what they take."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.cases import service as cases
from casework.extensions import db
from casework.forms import today
from casework.panels.actions import listing as action_list
from casework.panels.actions import progress
from casework.panels.models import Action, Review
from tests.panels.actions.test_service import make_item, set_one
from tests.support import makers, panels
from tests.support.listed import statements


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def signed_in(app: Flask, panel: panels.Panel, who: str) -> FlaskClient:
    client = app.test_client()
    makers.sign_in(client, panel.members[who] if who in panel.members else getattr(panel, who))
    return client


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def version_of(action: Action) -> int:
    db.session.refresh(action)
    return action.version


def test_an_agency_works_its_action_through_to_the_end(app: Flask, panel: panels.Panel) -> None:
    action = set_one(panel, make_item(panel))
    at, version = f"/actions/{action.id}", action.version
    member, chair = signed_in(app, panel, "police"), signed_in(app, panel, "chair")

    assert "Visit the address" in text_of(member, "/actions")
    assert member.post(at, data={"words": ""}).status_code == 422
    assert member.post(at, data={"words": "Going on Monday"}).status_code == 302
    day = today()
    done = {
        "outcome": "done",
        "words": "Went there",
        "version": version,
        "done_on-day": day.day,
        "done_on-month": day.month,
        "done_on-year": day.year,
    }
    assert member.post(f"{at}/outcome", data={**done, "words": ""}).status_code == 422
    assert member.post(f"{at}/outcome", data=done).status_code == 302
    late = member.post(f"{at}/outcome", data={**done, "words": "Nobody went"})
    assert late.status_code == 409
    assert "Nobody went" in late.get_data(as_text=True)
    assert "Went there" in late.get_data(as_text=True)

    assert member.get(f"{at}/verify").status_code == 403
    verdict = {"verdict": "holds", "effect": "helped", "words": "", "version": version + 1}
    assert "What did it do for the risk? (optional)" not in text_of(chair, f"{at}/verify")
    assert chair.post(f"{at}/verify", data={**verdict, "effect": ""}).status_code == 422
    assert chair.post(f"{at}/verify", data=verdict).status_code == 302
    page = text_of(member, at)
    for words in ("Going on Monday", "Went there", "It helped", "Verified"):
        assert words in page


def test_every_step_of_those_who_run_the_panel(app: Flask, panel: panels.Panel) -> None:
    action = set_one(panel, make_item(panel), "housing_council")
    at = f"/actions/{action.id}"
    housing, coordinator = signed_in(app, panel, "housing_council"), signed_in(app, panel, "coordinator")
    later = today() + timedelta(days=30)
    day = {"due_on-day": later.day, "due_on-month": later.month, "due_on-year": later.year}
    refused = {"answer": "refused", "words": "Not our tenant", "version": 1}
    given = f"{panel.agencies['police'].id}.{panel.members['police'].id}"

    assert housing.post(f"{at}/answer", data=refused).status_code == 302
    assert housing.get(f"{at}/outcome").status_code == 200
    again = {"answer": "accepted", "words": "", "version": 2}
    assert coordinator.post(f"{at}/answer", data=again).status_code == 422
    move = {**day, "reason": "She is away", "version": 2}
    assert coordinator.post(f"{at}/due-date", data=move).status_code == 302
    give = {"owner": given, "owner_name": "", "reason": "A police matter", "version": 3}
    assert coordinator.post(f"{at}/give", data=give).status_code == 302
    hand = {"owner": "", "owner_name": "PC Quill", "reason": "On leave", "version": version_of(action)}
    assert signed_in(app, panel, "police").post(f"{at}/hand-over", data=hand).status_code == 302
    stored = db.session.get_one(Action, action.id)
    assert (stored.owner_name, stored.due_on, stored.acceptance) == ("PC Quill", later, "awaited")
    assert housing.get(at).status_code == 200, "the plan of an item is seen by whoever was asked about it"
    assert housing.get(f"{at}/answer").status_code == 403


def test_nothing_of_a_hidden_case_is_left(app: Flask, panel: panels.Panel) -> None:
    item = make_item(panel)
    action = set_one(panel, item)
    review = Review(case_id=item.case_id, programme=item.programme, cycle="twelve_months", due_on=today())
    db.session.add(review)
    db.session.flush()
    action_id, review_id = action.id, review.id
    member = signed_in(app, panel, "police")
    assert "Visit the address" in text_of(member, "/actions")

    cases.exclude(panel.coordinating, item.case, user_id=panel.members["police"].id, reason="A cousin")

    for address in ("/actions", "/actions?whose=mine&shown=all", "/reviews?shown=all", "/"):
        page = text_of(member, address)
        assert "Okonjo" not in page
        assert "Visit the address" not in page
    for step in ("", "/answer", "/outcome", "/hand-over"):
        assert member.get(f"/actions/{action_id}{step}").status_code == 404
    assert member.get(f"/reviews/{review_id}").status_code == 404


def test_the_list_is_narrowed_sorted_and_counted_in_the_database(panel: panels.Panel) -> None:
    item = make_item(panel)
    overdue, awaited = (
        set_one(panel, item, text="Overdue"),
        set_one(panel, item, "housing_council", text="Away"),
    )
    overdue.due_on = today() - timedelta(days=2)
    ended = set_one(panel, item, text="Ended")
    progress.end(panel.chairing, ended, outcome="not_done", words="No time", version=ended.version)

    def shown(actor: object, **wanted: object) -> list[str]:
        return [row.text for row in action_list.page_of(actor, action_list.Filter(**wanted)).rows]  # type: ignore[arg-type]

    chair, police = panel.chairing, panel.member("police")
    assert shown(chair, whose="everybody") == ["Overdue", "Away"]
    assert shown(chair, whose="everybody", descending=True) == ["Away", "Overdue"]
    assert shown(chair, whose="everybody", agency=str(awaited.agency_id)) == ["Away"]
    assert shown(chair, whose="mine") == []
    assert shown(police, whose="everybody") == ["Overdue"], "everybody's are for those who run the panel"
    assert shown(police, shown="overdue") == ["Overdue"]
    assert shown(police, whose="agency", shown="ended") == ["Ended"]
    assert shown(panel.member("housing_council"), whose="agency", shown="awaited") == ["Away"]
    assert shown(chair, whose="everybody", shown="unverified") == ["Ended"]
    assert shown(chair, whose="everybody", shown=None, due_to=today()) == ["Overdue"]
    with statements() as few:
        shown(chair, whose="everybody")
    for _ in range(5):
        set_one(panel, make_item(panel, surname="Iyer"))
    db.session.expire_all()
    with statements() as many:
        shown(chair, whose="everybody")
    assert len(many) == len(few)


def test_a_review_is_done_on_its_page(app: Flask) -> None:
    panel = panels.make_panel("channel")
    case = panels.make_accepted(panel)
    review = db.session.query(Review).filter_by(case_id=case.id).one()
    at = f"/reviews/{review.id}"
    chair = signed_in(app, panel, "chair")

    assert "Assess again" in text_of(chair, "/reviews?shown=open")
    assert chair.post(at, data={"outcome": "", "back": "yes", "version": 1}).status_code == 422
    assert chair.post(at, data={"outcome": "Angry", "back": "yes", "version": 1}).status_code == 302
    assert "Angry" in text_of(chair, at)
    lost = chair.post(at, data={"outcome": "Calm", "back": "no", "version": 1})
    assert lost.status_code == 409
    assert "Angry" in lost.get_data(as_text=True)
    assert "Calm" in lost.get_data(as_text=True)


def test_asking_for_the_head_of_a_page_does_nothing_whatever_is_sent_along(
    app: Flask, panel: panels.Panel
) -> None:
    action = set_one(panel, make_item(panel))
    db.session.commit()
    police = signed_in(app, panel, "police")
    changes = select(func.count()).where(AuditEntry.event == Event.ACTION_CHANGED)

    answer = police.head(f"/actions/{action.id}", data={"words": "The lock is fitted"})

    assert (answer.status_code, answer.data) == (200, b"")
    assert db.session.scalar(changes) == 0
