"""What must hold when two act on a panel in the same moment."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from casework.extensions import db
from casework.panels.agenda import service as agenda
from casework.panels.live import decisions
from casework.panels.live import service as live
from casework.panels.meetings import circulation
from casework.panels.minutes import service as minutes
from casework.panels.models import AgendaItem, Decision, Meeting, Minutes, QueueEntry, Research
from casework.panels.queue import service as queue
from casework.panels.research import returns
from casework.panels.research import service as research
from tests.accounts.test_at_once import at_once
from tests.support import panels

ONE_OF_TWO = {"done": 1, "Conflict": 1}


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def test_two_who_approve_lock_the_minutes_once(app: Flask, panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, state="ended")
    panels.make_item(panel, meeting, panels.make_accepted(panel))
    chair, drafted = panel.chairing, minutes.draft(panel.coordinating, meeting).id

    def approve() -> None:
        one = db.session.get_one(Minutes, drafted)
        minutes.approve(chair, one, seen=minutes.read(chair, one).seen)

    ends = at_once(app, [approve, approve])

    assert ends["done"] == 1
    assert ends.total() == 2


def test_one_case_is_put_on_one_agenda_of_two(app: Flask, panel: panels.Panel) -> None:
    actor = panel.coordinating
    meetings = [panels.make_meeting(panel).id for _ in range(2)]
    entry = queue.enter(actor, panels.make_accepted(panel), "new").id

    def put(meeting: object) -> None:
        agenda.list_entry(actor, db.session.get_one(Meeting, meeting), db.session.get_one(QueueEntry, entry))

    assert at_once(app, [lambda: put(meetings[0]), lambda: put(meetings[1])]) == ONE_OF_TWO
    assert len(db.session.scalars(select(AgendaItem)).all()) == 1


def test_agenda_is_sent_out_once(app: Flask, panel: panels.Panel) -> None:
    meeting, actor = panels.make_meeting(panel), panel.coordinating
    panels.make_item(panel, meeting, panels.make_accepted(panel), asked=())
    found, version = meeting.id, meeting.version

    def send() -> None:
        circulation.circulate(actor, db.session.get_one(Meeting, found), version)

    ends = at_once(app, [send, send])

    assert ends["done"] == 1
    assert ends.total() == 2
    assert len(db.session.scalars(select(Research)).all()) == len(panels.KINDS)


def test_decision_is_not_lost_while_the_meeting_is_ended(app: Flask, panel: panels.Panel) -> None:
    meeting, chair = panels.make_meeting(panel, state="open"), panel.chairing
    item = panels.make_item(panel, meeting, panels.make_accepted(panel)).id
    found, version = meeting.id, meeting.version

    def decide() -> None:
        words = decisions.Words("actions_set", "The risk is shared")
        decisions.decide(chair, db.session.get_one(AgendaItem, item), words)

    def end() -> None:
        live.end_meeting(chair, db.session.get_one(Meeting, found), version)

    assert at_once(app, [decide, end]) == {"done": 2}
    db.session.expire_all()
    assert db.session.scalars(select(Decision.outcome)).one() == "actions_set"
    assert db.session.get_one(AgendaItem, item).state == "heard"


def test_whoever_answers_is_not_held_up_by_being_chased(app: Flask, panel: panels.Panel) -> None:
    meeting, chasing = panels.make_meeting(panel, state="circulated"), panel.coordinating
    panels.make_item(panel, meeting, panels.make_accepted(panel), asked=("police",))
    asked = db.session.scalars(select(Research)).one()
    member, found, wanted, version = panel.member("police"), meeting.id, asked.id, asked.version

    def answer() -> None:
        returns.give_nil(member, db.session.get_one(Research, wanted), version=version)

    def chase() -> None:
        research.chase(chasing, db.session.get_one(Meeting, found))

    assert at_once(app, [answer, chase]) == {"done": 2}
    assert db.session.scalars(select(Research.state)).one() == "nil"
