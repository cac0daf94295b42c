"""What the clock does with actions: each stage told once, to the right people, without a word about anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR
from casework.accounts import service as accounts
from casework.audit.models import AuditEntry
from casework.cases import clocks
from casework.cases import service as cases
from casework.extensions import db
from casework.forms import today
from casework.mail.models import MailMessage
from casework.panels.actions import escalation, progress
from casework.panels.models import Action
from tests.panels.actions.test_service import make_item, set_one
from tests.support import makers, panels

MONDAY = datetime(2026, 3, 23, 12, tzinfo=UTC)  # summer time begins on Sunday the 29th


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def sent() -> list[tuple[str, str]]:
    """Each message: which, and to whom."""
    found = db.session.scalars(select(MailMessage).order_by(MailMessage.queued_at_utc, MailMessage.id))
    return [(each.template, each.email or (each.user.name if each.user else "")) for each in found]


def at(clock: time_machine.Traveller, day: date) -> list[tuple[str, str]]:
    """What is sent when the clock's jobs run twice on a day, at the first moment of it in London."""
    before = len(sent())
    clock.move_to(datetime(day.year, day.month, day.day, 23, tzinfo=UTC) - timedelta(days=1))
    if day <= date(2026, 3, 29):
        clock.shift(timedelta(hours=1))
    assert today() == day
    escalation.chase(OPERATOR)
    escalation.chase(OPERATOR)
    return sent()[before:]


@pytest.mark.parametrize("days", [0, 1, 5])
def test_overdue_by_working_days_counts_no_weekend(days: int) -> None:
    for ahead in range(20):
        day = date(2026, 3, 23) + timedelta(days=ahead)
        due = escalation.latest_escalated(day, days)

        assert clocks.after_working_days(due, days) <= day
        assert clocks.after_working_days(due + timedelta(days=1), days) > day


def test_each_stage_is_told_once_and_names_nobody(app: Flask, clock: time_machine.Traveller) -> None:
    panel = panels.make_panel()
    item = make_item(panel)
    action = set_one(panel, item, due_on=date(2026, 3, 27))
    set_one(panel, item, due_on=date(2026, 3, 27), text="Another")
    owner, senior = panel.members["police"].name, "senior.police@example.org"
    version = action.version

    assert at(clock, date(2026, 3, 25)) == []
    assert at(clock, date(2026, 3, 26)) == [("ACTIONS_DUE", owner)]
    assert at(clock, date(2026, 3, 27)) == []
    assert at(clock, date(2026, 3, 28)) == [("ACTIONS_OVERDUE", owner)]
    assert at(clock, date(2026, 4, 2)) == []
    # Good Friday and Easter Monday are no working days: the fifth after the 27th of March is the 7th of April.
    assert at(clock, date(2026, 4, 6)) == [], "before five working days have gone by"
    assert at(clock, date(2026, 4, 7)) == [("ACTIONS_ESCALATED", senior)]
    assert at(clock, date(2026, 5, 7)) == []

    db.session.refresh(action)
    assert action.escalated_at_utc is not None
    assert action.version == version, "whoever was writing about it meets no conflict"
    assert progress.history(panel.member("police"), action)[0].what == "escalated"
    values = [
        each.values
        for each in db.session.scalars(select(MailMessage).where(MailMessage.template.like("ACTIONS%")))
    ]
    assert all(set(each) == {"programme", "actions", "due", "link"} for each in values)
    assert {each["actions"] for each in values} == {2}
    db.session.commit()
    escalated = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "action.escalated")).all()
    assert len(escalated) == 2


def test_what_a_meeting_set_is_told_when_it_is_over(app: Flask, clock: time_machine.Traveller) -> None:
    panel = panels.make_panel()
    item = make_item(panel)
    for kind in ("police", "police", "housing_council"):
        set_one(panel, item, kind, due_on=date(2026, 6, 1))
    assert at(clock, date(2026, 3, 24)) == []

    item.meeting.state = "ended"
    db.session.flush()

    assert set(at(clock, date(2026, 3, 24))) == {
        ("ACTIONS_SET", panel.members["police"].name),
        ("ACTIONS_OFFERED", panel.members["housing_council"].name),
    }


def test_coordinator_is_told_of_what_nobody_accepts_and_has_no_senior(
    app: Flask, clock: time_machine.Traveller
) -> None:
    panel = panels.make_panel()
    awaited = set_one(panel, make_item(panel), "housing_council", due_on=date(2026, 6, 1))
    panel.seats["police"].senior_email = None
    set_one(panel, make_item(panel, surname="Iyer"), due_on=date(2026, 3, 23))
    coordinator = panel.coordinator.name
    assert awaited.accept_by == date(2026, 3, 25)

    assert at(clock, date(2026, 3, 25)) == [("ACTIONS_OVERDUE", panel.members["police"].name)]
    assert at(clock, date(2026, 3, 26)) == [("ACTIONS_STUCK", coordinator)]
    assert at(clock, date(2026, 3, 30)) == [("ACTIONS_STUCK", coordinator)]


def test_an_agency_that_is_shut_out_hears_nothing(app: Flask, clock: time_machine.Traveller) -> None:
    panel = panels.make_panel()
    item = make_item(panel)
    set_one(panel, item, due_on=date(2026, 3, 24))
    cases.exclude(panel.coordinating, item.case, agency_id=panel.agencies["police"].id, reason="A party")

    for day in (24, 25, 31):
        assert at(clock, date(2026, 3, day)) == []


def test_what_a_leaver_had_open_goes_to_the_seat(app: Flask) -> None:
    panel = panels.make_panel()
    item = make_item(panel)
    owner = makers.make_user("panel_member", panel.programme, agency=panel.agencies["police"])
    left, ended = (set_one(panel, item, owner_id=owner.id) for _ in range(2))
    progress.end(panel.chairing, ended, outcome="done", words="Seen", done_on=today(), version=ended.version)
    cousin = set_one(panel, item)
    escalation.chase(OPERATOR)
    assert left.owner_id == owner.id

    accounts.end_membership(OPERATOR, owner.memberships[0])
    cases.exclude(panel.coordinating, item.case, user_id=panel.members["police"].id, reason="A cousin")
    escalation.chase(OPERATOR)

    deputy = panel.deputies["police"].id
    assert [db.session.get_one(Action, each.id).owner_id for each in (left, ended, cousin)] == [
        deputy,
        owner.id,
        deputy,
    ]
    assert progress.history(panel.chairing, left)[0].what == "handed_over"


def test_whoever_must_not_know_hears_nothing_through_another_agency_or_as_senior(
    app: Flask, clock: time_machine.Traveller
) -> None:
    panel = panels.make_panel()
    member, hospital = panel.members["police"], makers.make_agency("Hendon Hospital")
    makers.give_role(member, "panel_member", panel.programme, agency=hospital)
    senior = makers.make_user("manager", panel.programme, agency=panel.agencies["police"])
    panel.seats["police"].senior_email = senior.email.upper()
    panel.seats["police"].deputy_id = None
    db.session.flush()
    db.session.expire(panel.seats["police"])
    item = make_item(panel)
    set_one(panel, item, due_on=date(2026, 3, 24))
    cases.exclude(panel.coordinating, item.case, agency_id=hospital.id, reason="A party")
    cases.exclude(panel.coordinating, item.case, user_id=senior.id, reason="A cousin")

    told = [each for day in (24, 25, 31) for each in at(clock, date(2026, 3, day))]

    assert told == [("ACTIONS_STUCK", panel.coordinator.name)]
