"""What panels ask of somebody, on their home page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from casework.access.vocabulary import Actor
from casework.cases import service as cases
from casework.extensions import db
from casework.forms import today
from casework.home.panel_work import SHOWN, panel_work
from casework.panels.actions import progress
from casework.panels.minutes import service as minutes
from casework.panels.models import Review
from tests.panels.actions.test_service import make_item, set_one
from tests.support import makers, panels
from tests.support.listed import statements


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def test_a_member_finds_what_is_asked_of_them_and_of_their_agency(panel: panels.Panel) -> None:
    item = make_item(panel)
    later, sooner = set_one(panel, item, text="Later"), set_one(panel, item, text="Sooner", due_on=today())
    set_one(panel, item, text="Nobody's account", owner_id=None, owner_name="PC Quill")
    awaited = set_one(panel, item, "housing_council", text="Away")
    police, housing = panel_work(panel.member("police")), panel_work(panel.member("housing_council"))

    assert police.actions is not None
    assert [each.words for each in police.actions.rows] == ["Sooner", "Later", "Nobody's account"]
    assert police.actions.rows[0].name == "Ada Okonjo"
    assert police.research is not None
    assert police.research.total == 1
    assert police.meeting == item.meeting
    assert (police.running, police.reviews) == (None, None)
    assert housing.acceptance is not None
    assert [each.id for each in housing.acceptance.rows] == [awaited.id]
    assert housing.actions is not None
    assert housing.actions.rows == ()

    for action in (later, sooner):
        progress.end(
            panel.member("police"), action, outcome="not_done", words="No time", version=action.version
        )
    left = panel_work(panel.member("police")).actions
    assert left is not None
    assert left.total == 1


def test_who_runs_the_panel_finds_what_is_late_and_what_is_due(panel: panels.Panel) -> None:
    item = make_item(panel)
    for days in range(3):
        set_one(panel, item).due_on = today() - timedelta(days=days)
    set_one(panel, item, "housing_council").acceptance = "refused"
    ended = set_one(panel, item)
    progress.end(panel.chairing, ended, outcome="not_done", words="No time", version=ended.version)
    review = db.session.query(Review).filter_by(case_id=item.case_id).one()
    review.due_on = today()
    db.session.flush()

    work = panel_work(panel.chairing)

    assert work.running is not None
    assert (work.running.overdue, work.running.unaccepted, work.running.unverified) == (2, 1, 1)
    assert work.reviews is not None
    assert [each.id for each in work.reviews.rows] == [review.id]

    cases.exclude(panel.coordinating, item.case, user_id=panel.chair.id, reason="A neighbour")
    hidden = panel_work(makers.actor_of(panel.chair))
    assert hidden.is_empty
    assert hidden.running is not None
    assert (hidden.running.overdue, hidden.running.unaccepted, hidden.running.unverified) == (0, 0, 0)


def test_only_the_most_pressing_are_shown_at_the_same_cost(panel: panels.Panel) -> None:
    counts = []
    police = panel.member("police")
    for _ in range(2):
        for _ in range(SHOWN):
            set_one(panel, make_item(panel))
        makers.commit()
        with statements() as sent:
            some = panel_work(police).actions
        counts.append(len([each for each in sent if each.startswith("SELECT")]))

    assert some is not None
    assert (len(some.rows), some.total) == (SHOWN, 2 * SHOWN)
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_minutes_stand_on_the_home_page_until_they_are_approved(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, state="ended")
    panels.make_meeting(panel)
    hidden = panels.make_item(panel, meeting, panels.make_accepted(panel))
    cases.exclude(panel.coordinating, hidden.case, user_id=panel.chair.id, reason="A neighbour")

    def words(actor: Actor) -> list[str]:
        return [each.words for each in panel_work(actor).minutes if each.meeting == meeting]

    assert words(panel.chairing) == words(panel.coordinating) == ["Draft the minutes"]
    drafted = minutes.draft(panel.coordinating, meeting)
    assert words(panel.coordinating) == ["Finish the minutes"]
    assert words(panel.chairing) == ["Read and approve the minutes"]
    seen = minutes.read(panel.chairing, drafted, noted=False).seen
    minutes.approve(panel.chairing, drafted, seen=seen)
    assert words(panel.chairing) == []
    assert words(panel.coordinating) == ["Finish the minutes"]
    assert panel_work(panel.member("police")).minutes == ()
