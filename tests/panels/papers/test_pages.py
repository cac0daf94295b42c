"""Minutes and papers on their pages: the coordinator drafts, the chair approves, a member reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select

from casework.cases import service as cases
from casework.extensions import db
from casework.panels.minutes import service as minutes
from casework.panels.models import Minutes, Paper
from casework.panels.papers import service as papers
from casework.panels.papers.slices import MINUTES
from tests.journeys.visitor import judge
from tests.panels import minuting
from tests.panels.minuting import Held
from tests.support import makers
from tests.support.serving import LiveServer


@pytest.fixture
def held(app: Flask) -> Held:
    return minuting.make_held("Okonjo", "Iyer")


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_part_is_edited_conflicts_show_both_and_are_settled_by_saving_again(
    held: Held, client: FlaskClient
) -> None:
    drafted = minutes.draft(held.panel.coordinating, held.meeting)
    part, meeting = drafted.parts[0].id, held.meeting.id
    makers.sign_in(client, held.panel.coordinator)
    at = f"/minutes/parts/{part}"

    assert client.post(at, data={"text": "First", "restricted": "", "version": 1}).status_code == 302
    conflict = client.post(at, data={"text": "Second", "restricted": "", "version": 1})

    assert conflict.status_code == 409
    page = conflict.get_data(as_text=True)
    assert "First" in page
    assert "Second" in page
    assert 'name="version" value="2"' in page
    assert client.post(at, data={"text": "Both", "restricted": "", "version": 2}).status_code == 302
    assert "Both" in text_of(client, f"/meetings/{meeting}/minutes")
    assert client.post(f"{at}/draft", data={"version": 3}).status_code == 302
    assert "Both" in text_of(client, at)  # kept beside the new draft


def test_members_and_coordinators_cannot_approve_and_members_never_see_whole_minutes(
    held: Held, app: Flask
) -> None:
    drafted = minutes.draft(held.panel.coordinating, held.meeting)
    approve, show = f"/minutes/{drafted.id}/approve", f"/meetings/{held.meeting.id}/minutes"
    seen = minutes.read(held.panel.coordinating, drafted).seen
    member, coordinator = app.test_client(), app.test_client()
    makers.sign_in(member, held.panel.members["police"])
    makers.sign_in(coordinator, held.panel.coordinator)

    for client in (member, coordinator):
        assert client.post(approve, data={"seen": seen, "sure": "yes"}).status_code == 403
    assert member.get(show).status_code == 403
    minuting.approve(held, drafted)
    assert member.get(show).status_code == 403
    assert db.session.get_one(Minutes, drafted.id).state == "approved"


def test_recalled_and_hidden_papers_answer_like_none(held: Held, client: FlaskClient) -> None:
    papers.issue_minutes(held.panel.coordinating, minuting.make_approved(held))
    police = held.panel.agencies["police"].id
    paper = db.session.scalars(select(Paper).where(Paper.agency_id == police, Paper.kind == MINUTES)).one()
    other = db.session.scalars(select(Paper).where(Paper.agency_id != police, Paper.kind == MINUTES)).first()
    assert other is not None
    makers.sign_in(client, held.panel.members["police"])
    ours, theirs = f"/papers/{paper.id}", f"/papers/{other.id}"

    assert text_of(client, f"{ours}/file", 404)  # not opened yet
    assert client.post(f"{ours}/open").status_code == 302
    assert client.get(f"{ours}/file").data.startswith(b"%PDF-")
    for path in (theirs, f"{theirs}/file"):
        assert client.get(path).status_code == 404
    assert client.post(f"{ours}/recall").status_code in (403, 404)
    papers.recall(held.panel.coordinating, db.session.get_one(Paper, paper.id))
    for path in (ours, f"{ours}/file"):
        assert client.get(path).status_code == 404
    assert client.post(f"{ours}/open").status_code == 404


def test_excluded_coordinator_issues_without_learning_of_the_case(held: Held, client: FlaskClient) -> None:
    minuting.make_approved(held, Iyer="Call 07700 900333 for Iyer")
    another = makers.make_actor("coordinator", held.panel.programme)
    cases.exclude(another, held.items["Iyer"].case, user_id=held.panel.coordinator.id, reason="A cousin")
    reference = held.items["Iyer"].case.reference
    makers.sign_in(client, held.panel.coordinator)
    at = f"/meetings/{held.meeting.id}"

    assert client.post(f"{at}/papers", data={"kind": "minutes"}).status_code == 302

    for path in (f"{at}/papers", f"{at}/minutes"):
        page = text_of(client, path)
        assert "Ada Okonjo" in page
        assert "Iyer" not in page
        assert reference not in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_from_the_draft_to_the_read_receipt(
    held: Held, new_page: Callable[..., Page], live_server: LiveServer
) -> None:
    item = held.items["Okonjo"]
    minuting.note(item, "summary", "He has lost his job, and the risk has risen.")
    minuting.decide(item, rationale="She is safer at her mother's")
    minuting.act(held, item, "police", "Flag the address", risk="That he comes back")
    minuting.act(held, item, "housing_council", "Ring her sister on 07700 900982")
    minuting.answer(item, held, "police")
    item.case.subject.seal(phone="07700 900982", safe_to_call="no")  # type: ignore[union-attr]
    emails = [held.panel.coordinator.email, held.panel.chair.email, held.panel.members["police"].email]
    at, reference = f"/meetings/{held.meeting.id}", item.case.reference
    makers.commit()
    coordinator, chair, member = (new_page() for _ in emails)
    for page, email in zip((coordinator, chair, member), emails, strict=True):
        page.goto("/sign-in")
        page.get_by_label("Email address").fill(email)
        page.get_by_label("Password", exact=True).fill(makers.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="My work")).to_be_visible()
    faults: list[str] = []

    coordinator.goto(f"{at}/minutes")
    coordinator.get_by_role("button", name="Draft from the record").click()
    expect(coordinator.get_by_text("He has lost his job")).to_be_visible()
    faults += judge(coordinator)
    coordinator.get_by_role("link", name=f"Edit {reference}").click()
    expect(coordinator.get_by_label("Minutes")).to_be_visible()
    faults += judge(coordinator)
    coordinator.get_by_role("button", name="Save").click()
    expect(coordinator.get_by_text("The part is saved.")).to_be_visible()

    chair.goto(f"{at}/minutes")
    chair.get_by_label("I have read them").check()
    chair.get_by_role("button", name="Approve the minutes").click()
    expect(chair.get_by_text("You approved these minutes.")).to_be_visible()
    faults += judge(chair)

    coordinator.goto(f"{at}/papers?kind=minutes")
    expect(coordinator.get_by_text("not safe to call").first).to_be_visible()
    faults += judge(coordinator)
    coordinator.get_by_role("button", name="Issue minutes").click()
    expect(coordinator.get_by_text("The papers are issued.")).to_be_visible()
    faults += judge(coordinator)

    member.goto("/papers")
    faults += judge(member)
    member.get_by_role("link", name="Minutes").click()
    expect(member.get_by_role("button", name="Open the paper")).to_be_visible()
    faults += judge(member)
    member.get_by_role("button", name="Open the paper").click()
    expect(member.get_by_text("Made for")).to_be_visible()
    expect(member.get_by_text("Left out: a telephone number").first).to_be_visible()
    assert "900982" not in member.content()
    faults += judge(member)

    coordinator.goto(f"{at}/papers")
    expect(coordinator.get_by_role("row", name="Recall").first).to_be_visible()
    assert not faults, "\n".join(faults)
