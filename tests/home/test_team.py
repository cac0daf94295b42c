"""A manager's team: caseloads, cover and handing cases over, by the services and on the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR
from casework.accounts import service as accounts
from casework.accounts.models import Cover, User
from casework.audit.models import AuditEntry
from casework.cases import service as cases
from casework.cases.models import Case, Entry, Task
from casework.crypto import vault
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today
from casework.home import team as teams
from tests.support import makers
from tests.support.listed import make_case

ASB = makers.ASB
DVA = "dva_marac"


def held_by(worker: User, **columns: Any) -> Case:
    """An open case of a worker, with its key and one open task of theirs."""
    case = make_case(worker_id=worker.id, **columns)
    vault.make_key(case.id)
    cases.set_task(OPERATOR, case, "other", due_on=today() - timedelta(days=1), text="Ring back")
    return case


def loads(**named: Any) -> dict[str, tuple[int, int, int, int]]:
    return {
        load.worker: (load.open, load.urgent, load.quiet, load.overdue)
        for load in teams.caseloads(makers.make_actor("manager", **named), ASB)
    }


# -- caseloads -------------------------------------------------------------------------------------


def test_caseloads_count_open_urgent_quiet_and_overdue_the_largest_first(app: Flask) -> None:
    wendy, colm = (
        makers.make_user("caseworker", name="Wendy Iqbal"),
        makers.make_user("caseworker", name="Colm Reid"),
    )
    recent, past = today() - timedelta(days=2), today() - timedelta(days=40)
    held_by(colm, last_contact_on=recent)
    held_by(wendy, last_contact_on=past, opened_on=past)
    held_by(wendy, urgent=True, opened_on=today())
    make_case(stage="closed", worker_id=wendy.id)
    make_case(stage="received", worker_id=wendy.id)
    make_case()

    assert loads() == {"Wendy Iqbal": (2, 1, 1, 2), "Colm Reid": (1, 0, 0, 1)}
    assert list(loads()) == ["Wendy Iqbal", "Colm Reid"]
    assert teams.unheld(makers.make_actor("manager"), ASB) == 1


def test_a_manager_of_another_agency_or_programme_is_shown_nothing(app: Flask) -> None:
    worker, by = makers.make_user("caseworker"), makers.make_user("caseworker")
    held_by(worker)
    make_case()
    accounts.arrange_cover(makers.make_actor("manager"), worker, by, ASB, today(), today())
    for stranger in (
        makers.make_actor("manager", agency=makers.make_agency("Another")),
        makers.make_actor("manager", DVA),
    ):
        assert teams.caseloads(stranger, ASB) == []
        assert teams.unheld(stranger, ASB) == 0
        assert teams.covers(stranger, ASB) == []
        assert teams.reassign(stranger, ASB, worker.id, by.id, reason="x") == teams.Handed(0, 0)


def test_a_case_that_is_hidden_from_the_manager_is_not_counted(app: Flask) -> None:
    manager, worker = makers.make_user("manager"), makers.make_user("caseworker")
    held_by(worker)
    hidden = held_by(worker)
    cases.exclude(OPERATOR, hidden, user_id=manager.id, reason="A cousin")

    (load,) = teams.caseloads(makers.actor_of(manager), ASB)

    assert (load.open, load.overdue) == (1, 1)


# -- handing over ----------------------------------------------------------------------------------


def test_handing_over_moves_open_cases_with_their_open_tasks(app: Flask) -> None:
    leaving, taking = makers.make_user("caseworker"), makers.make_user("caseworker")
    moved, other = held_by(leaving), held_by(makers.make_user("caseworker"))
    closed = make_case(stage="closed", worker_id=leaving.id)
    done = cases.set_task(OPERATOR, moved, "other", due_on=today(), text="Was done")
    cases.finish_task(OPERATOR, done)

    handed = teams.reassign(makers.make_actor("manager"), ASB, leaving.id, taking.id, reason="Leaves us")
    makers.commit()

    assert handed == teams.Handed(moved=1, left=0)
    assert (moved.worker_id, closed.worker_id) == (taking.id, leaving.id)
    assert other.worker_id not in (taking.id, leaving.id)
    tasks = db.session.scalars(select(Task).where(Task.case_id == moved.id)).all()
    assert {(task.text, task.assigned_to_id) for task in tasks} == {
        ("Ring back", taking.id),
        ("Was done", leaving.id),
    }
    (note,) = db.session.scalars(select(Entry).where(Entry.case_id == moved.id, Entry.kind == "allocation"))
    assert note.why == "Leaves us"


def test_a_case_that_is_hidden_from_the_new_worker_stays(app: Flask) -> None:
    leaving, taking = makers.make_user("caseworker"), makers.make_user("caseworker")
    plain, hidden = held_by(leaving), held_by(leaving)
    cases.exclude(OPERATOR, hidden, user_id=taking.id, reason="Their neighbour")

    handed = teams.reassign(makers.make_actor("manager"), ASB, leaving.id, taking.id, reason="Leaves us")
    makers.commit()

    assert handed == teams.Handed(moved=1, left=1)
    assert (plain.worker_id, hidden.worker_id) == (taking.id, leaving.id)
    (task,) = db.session.scalars(select(Task).where(Task.case_id == hidden.id))
    assert task.assigned_to_id == leaving.id


def test_cases_are_not_handed_to_somebody_of_another_agency(app: Flask) -> None:
    leaving = makers.make_user("caseworker")
    stranger = makers.make_user("caseworker", agency=makers.make_agency("Another"))
    case = held_by(leaving)

    handed = teams.reassign(makers.make_actor("manager"), ASB, leaving.id, stranger.id, reason="x")

    assert handed == teams.Handed(moved=0, left=1)
    assert case.worker_id == leaving.id


def test_cases_are_not_handed_to_whoever_holds_them(app: Flask) -> None:
    worker = makers.make_user("caseworker")

    with pytest.raises(Invalid):
        teams.reassign(makers.make_actor("manager"), ASB, worker.id, worker.id, reason="x")


# -- the page --------------------------------------------------------------------------------------


@pytest.fixture
def manager(app: Flask, client: FlaskClient) -> User:
    """A manager of the host agency, signed in."""
    user = makers.make_user("manager", name="Mona Field")
    makers.sign_in(client, user)
    return user


def form_of_cover(away: User, by: User, days: int = 3) -> dict[str, str]:
    last = today() + timedelta(days=days)
    return {
        "user": str(away.id),
        "by": str(by.id),
        "first_day": today().isoformat(),
        "last_day": last.isoformat(),
    }


def test_the_page_shows_loads_and_leads_to_each_workers_cases(manager: User, client: FlaskClient) -> None:
    wendy = makers.make_user("caseworker", name="Wendy Iqbal")
    held_by(wendy)
    make_case()

    body = client.get("/team").get_data(as_text=True)

    assert f'href="/cases?programme={ASB}&amp;worker={wendy.id}"' in body
    assert "<strong>1</strong> open case is" in body
    assert "Nobody is covered at present" in body


def test_a_team_without_cases_is_told_where_they_come_from(manager: User, client: FlaskClient) -> None:
    assert "Nobody on your team holds an open case" in client.get("/team").get_data(as_text=True)


def test_cover_lets_the_coverer_open_the_case_until_it_ends(
    app: Flask, manager: User, client: FlaskClient
) -> None:
    other = makers.make_agency("Another")
    away, by = (
        makers.make_user("caseworker", name="Wendy Iqbal"),
        makers.make_user("caseworker", name="Colm Reid"),
    )
    case = held_by(away, agency_id=other.id)
    theirs = app.test_client()
    makers.sign_in(theirs, by)
    assert theirs.get(f"/cases/{case.id}").status_code == 404

    arranged = client.post(f"/team/{ASB}/cover", data=form_of_cover(away, by), follow_redirects=True)

    assert "The cover is arranged" in arranged.get_data(as_text=True)
    assert "Colm Reid stands in for Wendy Iqbal" in arranged.get_data(as_text=True)
    assert theirs.get(f"/cases/{case.id}").status_code == 200
    assert "Ring back" in theirs.get("/").get_data(as_text=True)
    cover = db.session.scalars(select(Cover)).one()
    ended = client.post(f"/team/{ASB}/cover/{cover.id}/end", follow_redirects=True)
    assert "The cover has ended" in ended.get_data(as_text=True)
    assert theirs.get(f"/cases/{case.id}").status_code == 404


def test_cover_that_cannot_be_is_shown_again_with_its_reason(manager: User, client: FlaskClient) -> None:
    away = makers.make_user("caseworker")

    same = client.post(f"/team/{ASB}/cover", data=form_of_cover(away, away))
    backwards = client.post(
        f"/team/{ASB}/cover", data=form_of_cover(away, makers.make_user("caseworker"), days=-1)
    )
    nothing = client.post(f"/team/{ASB}/cover", data={})

    assert [each.status_code for each in (same, backwards, nothing)] == [422] * 3
    assert "Somebody else must stand in" in same.get_data(as_text=True)
    assert "The last day must not be before the first" in backwards.get_data(as_text=True)
    assert "Select who is away" in nothing.get_data(as_text=True)
    assert db.session.scalars(select(Cover)).all() == []


def test_handing_over_on_the_page_says_how_many_moved_and_stayed(manager: User, client: FlaskClient) -> None:
    leaving, taking = makers.make_user("caseworker"), makers.make_user("caseworker")
    held_by(leaving)
    cases.exclude(OPERATOR, held_by(leaving), user_id=taking.id, reason="A cousin")
    form = {"worker": str(leaving.id), "to": str(taking.id), "reason": "Leaves us"}

    first = client.post(f"/team/{ASB}/reassign", data=form, follow_redirects=True)
    again = client.post(
        f"/team/{ASB}/reassign",
        data={**form, "worker": form["to"], "to": form["worker"]},
        follow_redirects=True,
    )
    none = client.post(
        f"/team/{ASB}/reassign",
        data={**form, "worker": form["to"], "to": form["worker"]},
        follow_redirects=True,
    )

    assert "1 case handed over. 1 case stayed: the new worker may not hold them." in first.get_data(
        as_text=True
    )
    assert "1 case handed over." in again.get_data(as_text=True)
    assert "They hold no open case, so nothing was handed over." in none.get_data(as_text=True)


def test_handing_over_without_a_reason_is_not_taken(manager: User, client: FlaskClient) -> None:
    leaving, taking = makers.make_user("caseworker"), makers.make_user("caseworker")
    case = held_by(leaving)

    answer = client.post(f"/team/{ASB}/reassign", data={"worker": str(leaving.id), "to": str(taking.id)})

    assert answer.status_code == 422
    assert "Enter the reason" in answer.get_data(as_text=True)
    assert db.session.get_one(Case, case.id).worker_id == leaving.id


def test_each_of_two_programmes_has_its_page(app: Flask, client: FlaskClient) -> None:
    user = makers.make_user("manager", ASB)
    makers.give_role(user, "manager", DVA)
    makers.sign_in(client, user)
    held_by(makers.make_user("caseworker", DVA, name="Dora Vale"), programme=DVA)

    first, second = (
        client.get(address).get_data(as_text=True) for address in ("/team", f"/team?programme={DVA}")
    )

    assert ("Dora Vale" in first, "Dora Vale" in second) == (False, True)
    assert f'href="/team?programme={DVA}"' in first


def test_the_page_of_a_programme_that_is_not_mine_is_refused_and_noted(
    manager: User, client: FlaskClient
) -> None:
    assert client.get(f"/team?programme={DVA}").status_code == 403
    assert client.post(f"/team/{DVA}/cover", data={}).status_code == 403
    assert client.get("/team?programme=nonsense").status_code == 404
    refusals = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "access.refused")).all()
    assert [entry.details for entry in refusals] == [{"permission": "team:view"}] * 2


def test_cover_of_another_team_cannot_be_ended(app: Flask, manager: User, client: FlaskClient) -> None:
    other = makers.make_agency("Another")
    away, by = makers.make_user("caseworker", agency=other), makers.make_user("caseworker", agency=other)
    theirs = makers.make_actor("manager", agency=other)
    cover = accounts.arrange_cover(theirs, away, by, ASB, today(), today())

    assert client.post(f"/team/{ASB}/cover/{cover.id}/end").status_code == 404
    assert db.session.get_one(Cover, cover.id).ended is False


@pytest.mark.parametrize(
    "role",
    ["referrer", "caseworker", "coordinator", "chair", "panel_member", "analyst", "administrator", "auditor"],
)
def test_only_managers_have_a_team_page(app: Flask, client: FlaskClient, role: str) -> None:
    makers.sign_in(client, makers.make_user(role))

    assert client.get("/team").status_code == 403
    assert "/team" not in client.get("/").get_data(as_text=True)
