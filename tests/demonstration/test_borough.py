"""The demonstration borough: whole, once, alone, alive today, and true to the published year."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from casework.access import policy
from casework.access.vocabulary import OPERATOR, Role
from casework.accounts import service as accounts
from casework.accounts.models import Membership
from casework.audit import trail
from casework.cases.models import Case, Entry, Task
from casework.cli import main
from casework.config import Settings
from casework.demonstration import borough
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today
from casework.panels.models import Action, Meeting, Minutes, QueueEntry, Review
from casework.programmes import shelf
from casework.referrals.importing import service as importing
from casework.referrals.importing.sources import Folder
from casework.referrals.models import Draft, Referral
from tests.conftest import Prepared, close, make_app, settings_for, sqlite_url
from tests.referrals.importing.folders import SMALL, counts
from tests.support import makers

YEAR = (date(2017, 4, 1), date(2018, 3, 31))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Prepared) -> Prepared:
    """An instance with the demonstration in it: made once, because it takes seconds, and copied for each test."""
    instance = tmp_path_factory.mktemp("demonstration") / "instance"
    shutil.copytree(prepared_sqlite.instance, instance)
    made = Prepared(instance, sqlite_url(instance))
    app = make_app(settings_for(made))
    with app.app_context():
        borough.load()
        db.session.commit()
        close(app)
    return made


@pytest.fixture
def loaded(made: Prepared, tmp_path: Path) -> Iterator[Flask]:
    instance = tmp_path / "loaded"
    shutil.copytree(made.instance, instance)
    app = make_app(settings_for(Prepared(instance, sqlite_url(instance))))
    with app.app_context():
        yield app
        close(app)


def test_second_load_changes_nothing(app: Flask) -> None:
    borough.load()
    db.session.commit()
    before = counts()

    borough.load()
    db.session.commit()

    assert counts() == before


def test_load_that_is_rolled_back_leaves_nothing(app: Flask) -> None:
    before = counts()

    borough.load()
    db.session.rollback()

    assert counts() == before


def test_instance_with_a_user_is_refused(app: Flask) -> None:
    makers.make_user("administrator", None)
    db.session.commit()
    before = counts()

    with pytest.raises(Invalid, match="holds other records"):
        borough.load()

    db.session.rollback()
    assert counts() == before


def test_instance_with_records_is_refused(app: Flask) -> None:
    importing.run(OPERATOR, shelf.programme("asb_support"), Folder(SMALL))
    db.session.commit()

    with pytest.raises(Invalid, match="holds other records"):
        borough.load()


def test_every_role_is_there(loaded: Flask) -> None:
    assert set(db.session.scalars(select(Membership.role))) == {role.value for role in Role}


def test_every_programme_can_be_tried(loaded: Flask) -> None:
    for programme in shelf.every():
        assert accounts.host_agency(programme) is not None
        assert db.session.scalar(select(func.count()).where(Referral.programme == programme))


def test_everybody_can_sign_in_and_see_their_pages(loaded: Flask) -> None:
    pages = (
        "/",
        "/referrals",
        "/referrals/drafts",
        "/cases",
        "/team",
        "/statistics",
        "/import",
        "/queue",
        "/meetings",
        "/research",
        "/actions",
        "/reviews",
        "/papers",
        "/audit",
        "/administration",
    )

    for somebody in borough.PEOPLE:
        client = loaded.test_client()
        answer = client.post("/sign-in", data={"email": somebody.address, "password": borough.PASSWORD})
        assert answer.status_code == 302, somebody.address
        assert client.get("/").status_code == 200, somebody.address
        answers = {page: client.get(page).status_code for page in pages}
        assert set(answers.values()) <= {200, 302, 403}, (somebody.address, answers)


def test_published_year_is_what_was_imported(loaded: Flask) -> None:
    received = select(func.count()).where(Referral.received_on.between(*YEAR))
    carried = select(func.count()).where(Referral.received_on < YEAR[0])
    assert (db.session.scalar(received), db.session.scalar(carried)) == (79, 10)
    entered = select(Entry.kind, func.count()).where(
        Entry.dated.between(*YEAR), Entry.kind.in_(("onward", "support", "need"))
    )
    found = {row[0]: row[1] for row in db.session.execute(entered.group_by(Entry.kind))}
    assert found == {"onward": 127, "support": 338, "need": 228}


def test_live_work_is_of_these_days(loaded: Flask) -> None:
    days = select(func.min(Referral.received_on)).where(Referral.received_on > YEAR[1])
    first = db.session.scalar(days)
    assert first is not None
    assert (today() - first).days < 60


def test_there_is_something_to_do_today(loaded: Flask) -> None:
    overdue = select(func.count()).where(Task.due_on < today(), Task.done_at_utc.is_(None))
    assert db.session.scalar(overdue)
    assert db.session.scalar(select(func.count()).where(Referral.outcome == "waiting"))
    assert db.session.scalar(select(func.count()).where(Referral.outcome == "returned"))
    assert db.session.scalar(select(func.count()).select_from(Draft))
    chased = select(func.count()).where(Entry.kind == "onward", Entry.due_on >= today())
    assert db.session.scalar(chased)


def test_referrer_is_asked_about_their_referral(loaded: Flask) -> None:
    officer = makers.actor_of(accounts.user_by_email("referrer@example.org"))  # type: ignore[arg-type]
    own = db.session.scalars(policy.visible(officer, Referral)).all()
    assert {referral.outcome for referral in own} == {"waiting", "returned"}


def test_some_case_is_held_by_nobody_and_some_is_shared(loaded: Flask) -> None:
    police = accounts.agency_named(borough.POLICE)
    assert police is not None
    open_ones = select(Case).where(Case.opened_on > YEAR[1], Case.stage_kind == "open")
    assert any(case.worker_id is None for case in db.session.scalars(open_ones))
    sergeant = makers.actor_of(accounts.user_by_email("panel.member@example.org"))  # type: ignore[arg-type]

    assert len(db.session.scalars(policy.visible(sergeant, Case)).all()) == 3


def test_panels_have_met_are_meeting_and_will_meet(loaded: Flask) -> None:
    states = {(row[0], row[1]) for row in db.session.execute(select(Meeting.programme, Meeting.state))}
    assert {("dva_marac", "ended"), ("community_marac", "circulated"), ("channel", "planned")} <= states
    overdue = select(func.count()).where(Action.state == "open", Action.due_on < today())
    assert db.session.scalar(overdue)
    assert db.session.scalar(select(func.count()).where(QueueEntry.state == "waiting"))
    assert db.session.scalar(select(func.count()).where(Review.done_on.is_(None)))
    approved = db.session.scalars(select(Minutes)).one()
    assert approved.state == "approved"


def test_trail_holds_after_loading(loaded: Flask) -> None:
    assert trail.verify().faults == ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_command_loads_prints_and_can_be_repeated(app: Flask, settings: Settings) -> None:
    environment = {
        "CASEWORK_INSTANCE": str(settings.instance),
        "CASEWORK_DATABASE_URL": settings.database_url,
    }
    first = CliRunner().invoke(main, ["demo"], env=environment)
    before = counts()

    second = CliRunner().invoke(main, ["demo"], env=environment)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == second.stdout
    assert borough.PASSWORD in first.stdout
    assert all(somebody.address in first.stdout for somebody in borough.PEOPLE)
    assert counts() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_command_refuses_an_instance_in_use(app: Flask, settings: Settings) -> None:
    makers.make_user()
    db.session.commit()
    environment = {
        "CASEWORK_INSTANCE": str(settings.instance),
        "CASEWORK_DATABASE_URL": settings.database_url,
    }

    done = CliRunner().invoke(main, ["demo"], env=environment)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "holds other records" in done.stderr
