"""The pages of a case, as those see them who may and those who may not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update

from casework.audit.models import AuditEntry
from casework.cases import entries, kinds, service, sharing, stages, tasks
from casework.cases.models import Case, Entry, Involvement
from casework.extensions import db
from casework.forms import today
from tests.cases.makers import World, add, add_person, answers, form_of, make_world
from tests.support import makers

READ = (
    "",
    "/people",
    "/timeline",
    "/support",
    "/risk",
    "/onward",
    "/documents",
    "/tasks",
    "/access",
    "/print",
)
FORMS = (
    *(f"/record/{kind.id}" for kind in kinds.KINDS if kind.add and kind.id != "document"),
    *("/documents/add", "/letters/welcome", "/tasks/new", "/people/add"),
)


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(narrative="Bins set alight")


def get(client: FlaskClient, world: World, path: str) -> tuple[int, str]:
    answer = client.get(f"/cases/{world.case.id}{path}")
    return answer.status_code, answer.get_data(as_text=True)


def post(client: FlaskClient, world: World, path: str, **data: Any) -> tuple[int, str]:
    answer = client.post(f"/cases/{world.case.id}{path}", data=form_of(data))
    return answer.status_code, answer.get_data(as_text=True)


def full(world: World) -> World:
    """Everything that a case may hold."""
    add_person(world, "perpetrator")
    add_person(world, "child", "Kit", "Okonjo")
    for kind in kinds.KINDS:
        if kind.add and kind.id != "document":
            add(world, kind.id)
    add(world, "warning", code="must_not_be_told", whom="Dan Price", why="Threats", due_on=today())
    return world


def test_every_page_opens_for_the_worker_under_the_warnings(world: World, client: FlaskClient) -> None:
    full(world)
    makers.sign_in(client, world.users["worker"])

    for path in (*READ, *FORMS):
        status, page = get(client, world, path)
        assert status == 200, path
        assert page.index("Dan Price") < page.index("<h1"), path
        assert "Not recorded: do not assume" in page, path


def test_every_entry_opens_and_every_amendable_one_can_be_amended(world: World, client: FlaskClient) -> None:
    full(world)
    found = [(entry.id, entry.kind) for entry in db.session.scalars(select(Entry))]
    makers.sign_in(client, world.users["worker"])

    for entry_id, kind in found:
        assert get(client, world, f"/entries/{entry_id}")[0] == 200, kind
        expected = 200 if kinds.kind_of(kind).amendable else 404
        assert get(client, world, f"/entries/{entry_id}/amend")[0] == expected, kind


@pytest.mark.parametrize("who", ["outsider", "excluded", "analyst", "administrator", "referrer"])
def test_case_is_not_found_by_those_who_may_not_see_it(world: World, client: FlaskClient, who: str) -> None:
    world.users.update({role: makers.make_user(role) for role in ("analyst", "administrator", "referrer")})
    service.exclude(world.coordinator, world.case, user_id=world.users["colleague"].id, reason="Related")
    world.users["excluded"] = world.users["colleague"]
    entry = add(world, "note")
    makers.sign_in(client, world.users[who])

    for path in (*READ, *FORMS, f"/entries/{entry.id}", f"/entries/{entry.id}/amend", "/stage/supporting"):
        assert get(client, world, path)[0] in ((404,) if who in ("outsider", "excluded") else (403, 404)), (
            path
        )


def test_chair_sees_everything_and_changes_nothing(world: World, client: FlaskClient) -> None:
    entry = add(world, "note")
    makers.sign_in(client, world.users["chair"])

    for path in READ:
        status, page = get(client, world, path)
        assert status == 200
        assert "/record/" not in page
    for path in (*FORMS, f"/entries/{entry.id}/amend", "/stage/supporting", "/allocate"):
        assert get(client, world, path)[0] == 403, path
    assert post(client, world, "/record/note", **answers("note"))[0] == 403
    assert post(client, world, f"/entries/{entry.id}/strike", reason="x", version=entry.version)[0] == 403
    assert db.session.scalar(select(func.count()).where(Entry.kind == "note")) == 1


def test_entry_of_one_case_does_not_open_under_another(world: World, client: FlaskClient) -> None:
    other = makers.make_referral(world.coordinator, forename="Bea", surname="Moss").case
    entry = entries.add(world.coordinator, other, "note", answers("note"))
    makers.sign_in(client, world.users["coordinator"])

    assert get(client, world, f"/entries/{entry.id}")[0] == 404


def test_every_kind_is_recorded_through_its_page(world: World, client: FlaskClient) -> None:
    makers.sign_in(client, world.users["worker"])

    for kind in kinds.KINDS:
        if kind.add and kind.id != "document":
            before = db.session.scalar(select(func.count()).where(Entry.kind == kind.id)) or 0
            status, page = post(client, world, f"/record/{kind.id}", **answers(kind.id))
            assert status == 302, (kind.id, re.findall(r"error-message.*?</p>", page))
            assert db.session.scalar(select(func.count()).where(Entry.kind == kind.id)) == before + 1, kind.id


def test_what_cannot_be_taken_comes_back_as_it_was_typed(world: World, client: FlaskClient) -> None:
    makers.sign_in(client, world.users["worker"])

    status, page = post(client, world, "/record/contact", code="telephone", text="She was asleep")

    assert status == 422
    assert "Error: " in page
    assert "She was asleep" in page
    assert "Enter the date of the attempt" in page


def test_two_people_amending_at_once_lose_nothing(world: World, client: FlaskClient) -> None:
    entry = add(world, "note")
    seen = entry.version
    entries.amend(world.coordinator, entry, {"text": "The first words"}, reason="x", version=seen, choices={})
    makers.sign_in(client, world.users["worker"])
    mine = {**answers("note"), "text": "The second words", "reason": "Misheard"}

    status, page = post(client, world, f"/entries/{entry.id}/amend", **mine, version=seen)

    assert status == 409
    assert "The first words" in page
    assert page.count("The second words") == 2  # beside the other version, and in the form
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    assert post(client, world, f"/entries/{entry.id}/amend", **mine, version=version[1])[0] == 302
    assert entry.text == "The second words"
    assert len(entries.amendments(world.worker, entry)) == 2


def test_looking_at_a_case_is_noted_once(world: World, client: FlaskClient) -> None:
    makers.sign_in(client, world.users["worker"])
    get(client, world, "")
    get(client, world, "/print")

    seen = select(AuditEntry.event).where(AuditEntry.event.in_(("case.viewed", "case.printed")))
    assert db.session.scalars(seen.order_by(AuditEntry.sequence)).all() == ["case.viewed", "case.printed"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_statements_of_a_page_do_not_grow_with_the_case(world: World, client: FlaskClient) -> None:
    makers.sign_in(client, world.users["worker"])
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def counted(path: str) -> int:
        statements.clear()
        assert get(client, world, path)[0] == 200
        return len(statements)

    def record() -> None:
        for kind in ("note", "contact", "support", "onward", "risk", "key_date", "warning", "incident"):
            add(world, kind, **({"due_on": today()} if kind in ("onward", "contact") else {}))

    record()
    few = {path: counted(path) for path in READ}
    for _ in range(300 // 8):
        record()
    many = {path: counted(path) for path in READ}

    assert few == many
    assert max(many.values()) <= 30


def test_handling_marking_stands_on_every_page_of_a_marked_programme(app: Flask, client: FlaskClient) -> None:
    world = make_world("channel")
    makers.sign_in(client, world.users["worker"])

    for path in READ:
        assert "OFFICIAL-SENSITIVE" in get(client, world, path)[1], path


def test_timeline_is_filtered_by_kind_in_its_address(world: World, client: FlaskClient) -> None:
    add(world, "note", text="Words of the note")
    add(world, "incident", text="Words of the incident")
    makers.sign_in(client, world.users["worker"])

    _, page = get(client, world, "/timeline?kind=incident")

    assert "Words of the incident" in page
    assert "Words of the note" not in page


def test_score_is_worked_out_on_the_server_and_nothing_is_kept(world: World, client: FlaskClient) -> None:
    makers.sign_in(client, world.users["worker"])

    status, page = post(client, world, "/record/risk", code="asb_matrix", act="score", item_frequency="3")

    assert status == 200
    assert "So far: score" in page
    assert db.session.scalar(select(func.count()).where(Entry.kind == "risk")) == 0


def test_person_is_looked_for_and_the_outcome_must_be_said(world: World, client: FlaskClient) -> None:
    makers.sign_in(client, world.users["worker"])
    asked = {"role": "witness", "forename": "Ada", "surname": "Okonjoe"}

    status, page = post(client, world, "/people/add", **asked)
    assert status == 200
    assert "Ada Okonjo" in page
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))

    assert post(client, world, "/people/outcome", **hidden)[0] == 422
    known = {**hidden, "outcome": str(world.subject.person_id)}
    assert post(client, world, "/people/outcome", **known)[0] == 302
    assert post(client, world, "/people/outcome", **{**hidden, "outcome": "new"})[0] == 302
    witnesses = select(Involvement.person_id).where(Involvement.role == "witness")
    found = db.session.scalars(witnesses).all()
    assert len(found) == 2
    assert world.subject.person_id in found


def test_stage_page_offers_only_what_may_be_done_and_moves(world: World, client: FlaskClient) -> None:
    makers.sign_in(client, world.users["worker"])
    _, page = get(client, world, "")
    assert "/stage/supporting" in page
    assert "/close/closed" not in page

    assert post(client, world, "/stage/supporting", version=world.case.version)[0] == 302

    assert world.case.stage == "supporting"
    assert post(client, world, "/stage/closing", version=world.case.version)[0] == 422
    assert post(client, world, "/stage/nowhere", version=world.case.version)[0] == 404


def test_exclusion_is_set_by_those_who_may_and_shown_to_no_one_else(
    world: World, client: FlaskClient
) -> None:
    makers.sign_in(client, world.users["coordinator"])
    excluded = {"user": str(world.users["colleague"].id), "reason": "Lives next door"}
    assert post(client, world, "/access/exclusions", **excluded)[0] == 302
    assert "Lives next door" in get(client, world, "/access")[1]

    other = client.application.test_client()
    makers.sign_in(other, world.users["worker"])

    _, page = get(other, world, "/access")
    assert "Lives next door" not in page
    assert "Colm Reid" not in page
    assert post(other, world, "/access/exclusions", **excluded)[0] == 403
    assert len(sharing.exclusions(world.case)) == 1


def test_task_is_set_changed_and_done_through_its_pages(world: World, client: FlaskClient) -> None:
    makers.sign_in(client, world.users["worker"])
    new = {"text": "Ring the landlord", "due_on": today(), "assigned_to": str(world.users["worker"].id)}

    assert post(client, world, "/tasks/new", **new)[0] == 302
    (task,) = tasks.open_of_kind(world.case, "other")
    assert post(client, world, f"/tasks/{task.id}", **new, revision=0)[0] == 302
    assert post(client, world, f"/tasks/{task.id}/done", outcome="Rang", revision=0)[0] == 409
    assert post(client, world, f"/tasks/{task.id}/done", outcome="Rang", revision=1)[0] == 302

    assert task.outcome == "Rang"


def test_case_is_closed_and_reopened_through_its_pages(world: World, client: FlaskClient) -> None:
    for task in tasks.of_case(world.worker, world.case):
        tasks.finish_task(world.worker, task)
    stages.move(world.worker, world.case, "supporting", reason=None, version=world.case.version)
    makers.sign_in(client, world.users["coordinator"])
    closing = {"closed_on": today(), "closure_reason": "needs_met", "closure_words": "She sleeps again"}
    assert "Everything so far" in get(client, world, "/close/closed")[1]

    assert post(client, world, "/close/closed", **closing, version=world.case.version)[0] == 302
    assert "She sleeps again" in get(client, world, "")[1]
    assert get(client, world, "/record/contact")[0] == 200
    assert post(client, world, "/record/contact", **answers("contact") | {"status": "spoke"})[0] == 422
    reopened = {"reason": "It began again", "version": world.case.version}
    assert post(client, world, "/stage/supporting", **reopened)[0] == 302

    assert world.case.stage_kind == "open"


def test_what_no_page_sends_is_refused_in_words_and_never_fails(world: World, client: FlaskClient) -> None:
    other = makers.make_referral(world.coordinator, forename="Bea", surname="Moss").case
    part = db.session.scalars(select(Involvement.id).where(Involvement.case_id == other.id)).one()
    makers.sign_in(client, world.users["coordinator"])
    lost = {"role": "nobody", "born": "yesterday", "ticket": "x", "outcome": "new"}

    assert post(client, world, "/people/outcome", **lost)[0] == 422
    assert post(client, world, "/record/risk?code=asb_matrix", code="other", dated=today())[0] == 404
    assert post(client, world, "/record/risk", code="", dated=today())[0] == 422
    assert get(client, world, f"/allocate?part={part}")[0] == 404
    for path in ("/record/nothing", "/record/stage", "/record/risk?code=nothing", "/letters/nothing"):
        assert get(client, world, path)[0] == 404, path
    assert get(client, world, "/timeline?kind=nothing&page=-1")[0] == 200


def test_case_changed_between_being_read_and_written_is_a_conflict_and_nothing_is_half_done(
    world: World, client: FlaskClient
) -> None:
    makers.sign_in(client, world.users["worker"])
    before = db.session.scalar(select(func.count()).select_from(Entry))

    def meanwhile(session: Any, *_rest: Any) -> None:
        if any(isinstance(row, Case) for row in session.dirty):
            session.connection().execute(update(Case).values(version=Case.version + 1))

    event.listen(db.session, "before_flush", meanwhile)
    try:
        status, page = post(client, world, "/record/contact", **answers("contact") | {"status": "spoke"})
    finally:
        event.remove(db.session, "before_flush", meanwhile)

    assert status == 409
    assert "Somebody else changed this" in page
    assert db.session.scalar(select(func.count()).select_from(Entry)) == before
