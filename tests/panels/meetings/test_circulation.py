"""Sending an agenda out: what stops it, whom it asks and whom it tells, and what a real mail server is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR
from casework.audit.models import AuditEntry
from casework.cases import service as cases
from casework.cases.models import Case
from casework.config import Settings
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.forms import today
from casework.jobs import runner
from casework.mail.models import MailMessage
from casework.panels.agenda import service as agenda
from casework.panels.meetings import (
    apologies,
    cancelling,
    circulation,
    invitations,
    overview,
    planning,
    reminders,
)
from casework.panels.meetings import service as meetings
from casework.panels.meetings.service import Plan
from casework.panels.models import Meeting, Paper, Research
from casework.panels.queue import service as queue
from tests.support import makers, panels
from tests.support.mailbox import Mailbox, listening

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)  # a Monday
DAY = date(2026, 6, 17)  # a Wednesday
DETAILS = Plan(time="09:30", minutes=150, minutes_per_case=10, venue="Town Hall")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def plan(panel: panels.Panel, day: date = DAY, **changed: Any) -> Meeting:
    officers = {"chair_id": panel.chair.id, "coordinator_id": panel.coordinator.id}
    details = replace(DETAILS, **{**officers, **changed})
    return planning.plan(panel.coordinating, panel.programme, day, details)


def put_on(panel: panels.Panel, meeting: Meeting, surname: str = "Okonjo") -> Case:
    """A case of its own on the agenda, out of the queue."""
    case = panels.make_accepted(panel, surname=surname, received_on=today())
    entry = queue.open_entry(case) or queue.enter(panel.coordinating, case, "new")
    agenda.list_entry(panel.coordinating, meeting, entry)
    return case


def circulate(panel: panels.Panel, meeting: Meeting) -> None:
    circulation.circulate(panel.coordinating, meeting, meeting.version)


def told(template: str, meeting: Meeting) -> set[str]:
    """The names of those whom a message of this kind waits for, or went to."""
    query = select(MailMessage).where(MailMessage.template == template, MailMessage.about_id == meeting.id)
    return {each.user.name for each in db.session.scalars(query) if each.user and each.state != "withdrawn"}


def names(*users: Any) -> set[str]:
    return {user.name for user in users}


def test_agenda_goes_out_to_everybody_who_sits_and_asks_every_agency(panel: panels.Panel) -> None:
    meeting = plan(panel)
    case = put_on(panel, meeting)

    circulate(panel, meeting)

    assert meeting.state == "circulated"
    assert meeting.research_due_on == date(2026, 6, 15)
    asked = db.session.scalars(select(Research).where(Research.case_id == case.id)).all()
    assert {each.agency_id for each in asked} == {agency.id for agency in panel.agencies.values()}
    assert {each.kind for each in db.session.scalars(select(Paper))} == {"agenda"}
    everybody = names(*panel.members.values(), *panel.deputies.values(), panel.chair, panel.coordinator)
    assert told("AGENDA_CIRCULATED", meeting) == everybody
    with pytest.raises(Conflict):
        circulate(panel, meeting)


def test_empty_agenda_and_empty_chair_stop_it(panel: panels.Panel) -> None:
    meeting = plan(panel, chair_id=None)
    stopped = {check.title for check in circulation.checks(panel.coordinating, meeting) if check.stops}
    assert stopped == {"Agenda", "Chair"}

    with pytest.raises(Invalid, match="no case on the agenda"):
        circulate(panel, meeting)

    assert meeting.state == "planned"


def test_lateness_and_a_missing_quorum_are_said_and_stop_nothing(panel: panels.Panel, clock: Any) -> None:
    meeting = plan(panel)
    put_on(panel, meeting)
    apologies.say(panel.member("police"), meeting, "apologies")
    clock.move_to(datetime(2026, 6, 11, 9, tzinfo=UTC))  # the agenda was to go out by the 10th
    checks = {check.title: check for check in circulation.checks(panel.coordinating, meeting)}
    assert "10 June 2026" in checks["Time to read"].words
    assert not checks["Time to read"].good
    assert "Police" in checks["Quorum"].words

    circulate(panel, meeting)

    assert circulation.is_late(meeting)


def test_case_hidden_from_the_coordinator_is_asked_about_all_the_same_and_not_in_their_name(
    panel: panels.Panel,
) -> None:
    meeting = plan(panel)
    shown, hidden = put_on(panel, meeting), put_on(panel, meeting, "Iyer")
    cases.exclude(panel.chairing, hidden, user_id=panel.coordinator.id, reason="A cousin")
    db.session.commit()
    before = db.session.query(AuditEntry).count()

    circulate(panel, meeting)
    db.session.commit()

    for case in (shown, hidden):
        assert db.session.query(Research).filter_by(case_id=case.id).count() == len(panel.agencies)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()[before:]
    about = {entry.subject_id for entry in entries if entry.actor_id == panel.coordinator.id}
    of_hidden = {each.id for each in db.session.query(Research).filter_by(case_id=hidden.id)}
    assert about.isdisjoint(of_hidden | {hidden.id})


def test_who_stands_in_for_an_officer_is_told_to_the_other_alone(panel: panels.Panel) -> None:
    deputy = makers.make_user("chair", panel.programme)
    meeting = plan(panel, deputy_chair_id=deputy.id)
    put_on(panel, meeting)
    hidden = put_on(panel, meeting, "Iyer")
    cases.exclude(panel.coordinating, hidden, user_id=panel.chair.id, reason="A cousin")

    def stand_ins(actor: Any) -> list[tuple[int, str, str]]:
        return [
            (each.place, each.role, each.deputy) for each in overview.of_meeting(actor, meeting).stand_ins
        ]

    assert stand_ins(panel.coordinating) == [(2, "chair", deputy.name)]
    assert stand_ins(panel.chairing) == []
    assert stand_ins(panel.member("police")) == []
    assert len(overview.of_meeting(panel.chairing, meeting).items) == 1


def test_case_added_late_is_told_to_those_who_may_see_it(panel: panels.Panel) -> None:
    meeting = plan(panel)
    put_on(panel, meeting)
    circulate(panel, meeting)
    case = panels.make_accepted(panel, surname="Iyer", received_on=today())
    cases.exclude(panel.coordinating, case, user_id=panel.members["police"].id, reason="A cousin")
    entry = queue.open_entry(case) or queue.enter(panel.coordinating, case, "new")

    item = agenda.list_entry(panel.coordinating, meeting, entry, late="She was threatened again")

    assert item.late
    changed = told("AGENDA_CHANGED", meeting)
    assert names(*panel.deputies.values(), panel.chair) <= changed
    assert panel.members["police"].name not in changed


def test_cancelled_meeting_lets_its_cases_wait_and_tells_who_was_asked(panel: panels.Panel) -> None:
    meeting = plan(panel)
    case = put_on(panel, meeting)
    circulate(panel, meeting)

    cancelling.cancel(panel.coordinating, meeting, reason="no_quorum", version=meeting.version)

    entry = queue.open_entry(case)
    assert entry is not None
    assert entry.state == "waiting"
    assert agenda.items_of(panel.coordinating, meeting) == []
    # Nothing had been sent yet, so there is nothing to take back but the messages themselves.
    assert told("AGENDA_CIRCULATED", meeting) == told("MEETING_CANCELLED", meeting) == set()


# -- emergency meetings -----------------------------------------------------------------------------------


def test_emergency_meeting_is_told_to_those_who_may_know_of_its_case(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel, received_on=today())
    entry = queue.open_entry(case) or queue.enter(panel.coordinating, case, "new")
    excluded = panel.members["police"]
    cases.exclude(panel.coordinating, case, user_id=excluded.id, reason="A cousin")
    assert [row.id for row in planning.cases_waiting(panel.coordinating, panel.programme)] == [entry.id]
    details = replace(DETAILS, chair_id=panel.chair.id, coordinator_id=panel.coordinator.id)
    meeting = planning.call(panel.coordinating, panel.programme, date(2026, 6, 2), details, entry_id=entry.id)
    assert invitations.told(meeting, *invitations.OLD_NEWS) == set()

    circulate(panel, meeting)

    assert circulation.papers_day(meeting) is None
    written_to = told("EMERGENCY_MEETING", meeting)
    assert panel.deputies["police"].name in written_to
    assert excluded.name not in written_to
    assert [each.id for each in meetings.coming(panel.member("housing_council"))] == [meeting.id]
    assert meetings.coming(panel.member("police")) == []
    assert meetings.next_of(panel.programme) is None


# -- by mail ----------------------------------------------------------------------------------------------


@pytest.fixture
def mailbox(app: Flask, settings: Settings) -> Iterator[Mailbox]:
    with listening() as mailbox:
        app.extensions["settings"] = replace(settings, mail=mailbox.settings())
        yield mailbox


def run_jobs(mailbox: Mailbox, meeting: Meeting) -> list[tuple[str, str]]:
    """Let every job that is due have its turn, twice: to whom it wrote about the meeting, and the subject."""
    db.session.commit()
    mailbox.kept.clear()
    for _ in range(2):
        for outcome in runner.run_due(OPERATOR):
            if outcome.job.id.startswith(("meetings.", "mail.")):
                assert outcome.count is not None, outcome.job.id
    db.session.expire_all()
    about = db.session.scalars(select(MailMessage.id).where(MailMessage.about_id == meeting.id)).all()
    known = tuple(f"<{message}@" for message in about)
    mailbox.kept[:] = [each for each in mailbox.kept if str(each["Message-ID"]).startswith(known)]
    return sorted((str(each["To"]), str(each["Subject"])) for each in mailbox.kept)


def test_messages_of_a_meeting_from_invitation_to_minutes(
    panel: panels.Panel, mailbox: Mailbox, clock: Any
) -> None:
    meeting = plan(panel)
    case = put_on(panel, meeting, "Okonjo")
    expected = {user.email for user in (*panel.members.values(), panel.chair, panel.coordinator)}
    deputies = {user.email for user in panel.deputies.values()}

    invited = run_jobs(mailbox, meeting)
    assert {to for to, _ in invited} == expected
    assert {subject for _, subject in invited} == {"MARAC panel meeting on Wednesday 17 June 2026 at 9:30am"}
    files = [part for each in mailbox.kept for part in each.iter_attachments()]
    assert {part.get_content_type() for part in files} == {"text/calendar"}
    event = next(iter(Calendar.from_ical(files[0].get_content()).walk("VEVENT")))
    assert event["UID"] == f"{meeting.id}@casework"

    clock.move_to(datetime(2026, 6, 9, 9, tzinfo=UTC))  # the day before the agenda is due
    assert run_jobs(mailbox, meeting) == [
        (panel.coordinator.email, "Agenda for Wednesday 17 June 2026 at 9:30am to send out")
    ]

    circulate(panel, meeting)
    clock.shift(timedelta(minutes=5))
    sent_out = run_jobs(mailbox, meeting)
    assert {to for to, _ in sent_out} == expected | deputies
    everything = "".join(each.as_string() for each in mailbox.kept)
    assert case.reference not in everything
    assert "Okonjo" not in everything

    nil = db.session.scalars(select(Research).where(Research.agency_id == panel.agencies["police"].id)).one()
    nil.state = "nil"
    clock.move_to(datetime(2026, 6, 12, 9, tzinfo=UTC))  # a Friday: due on Monday
    due = run_jobs(mailbox, meeting)
    waiting = {user.email for kind, user in panel.members.items() if kind != "police"}
    assert {to for to, _ in due} == waiting
    assert all("Reminder: information asked of your agency" in subject for _, subject in due)

    clock.move_to(datetime(2026, 6, 16, 9, tzinfo=UTC))  # overdue, and the meeting is tomorrow
    today_told = run_jobs(mailbox, meeting)
    assert {to for to, subject in today_told if subject.startswith("Overdue")} == waiting
    assert {to for to, subject in today_told if subject.startswith("Reminder: MARAC")} == expected
    assert len(today_told) == len(waiting) + len(expected)

    meeting.state, meeting.ended_at_utc = "ended", datetime(2026, 6, 17, 12, tzinfo=UTC)
    clock.move_to(datetime(2026, 6, 19, 9, tzinfo=UTC))  # a Friday: due on Monday
    assert run_jobs(mailbox, meeting) == [
        (panel.coordinator.email, "Minutes of Wednesday 17 June 2026 to send out")
    ]
    assert reminders.minutes_day(meeting) == date(2026, 6, 22)


def test_those_who_were_asked_learn_of_another_time_and_of_the_end(
    panel: panels.Panel, mailbox: Mailbox, clock: Any
) -> None:
    meeting = plan(panel)
    asked = {to for to, _ in run_jobs(mailbox, meeting)}
    clock.move_to(NOW + timedelta(hours=2))
    details = replace(meetings.details_of(meeting), time="14:00")
    planning.change(panel.coordinating, meeting, DAY, details, version=meeting.version)
    moved = run_jobs(mailbox, meeting)
    assert {to for to, _ in moved} == asked
    assert {subject for _, subject in moved} == {"MARAC panel meeting moved to Wednesday 17 June 2026 at 2pm"}
    moved_files = [part.get_content() for each in mailbox.kept for part in each.iter_attachments()]
    assert all("SEQUENCE:1" in words for words in moved_files)

    cancelling.cancel(panel.coordinating, meeting, reason="no_chair", version=meeting.version)
    clock.move_to(NOW + timedelta(hours=4))
    cancelled = run_jobs(mailbox, meeting)
    assert {to for to, _ in cancelled} == asked
    assert all(
        "STATUS:CANCELLED" in part.get_content() for each in mailbox.kept for part in each.iter_attachments()
    )


def test_apologies_end_the_reminders_and_a_deputy_gets_them(
    panel: panels.Panel, mailbox: Mailbox, clock: Any
) -> None:
    meeting = plan(panel)
    apologies.say(panel.member("police"), meeting, "apologies_information")
    apologies.say(panel.member("housing_council"), meeting, "deputy")
    clock.move_to(datetime(2026, 6, 16, 9, tzinfo=UTC))

    soon = {to for to, subject in run_jobs(mailbox, meeting) if subject.startswith("Reminder: MARAC")}

    assert panel.members["police"].email not in soon
    assert panel.members["housing_council"].email not in soon
    assert panel.deputies["housing_council"].email in soon
