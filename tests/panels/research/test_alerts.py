"""Telling a service that a referral was accepted. Every person is invented."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from casework.access import policy
from casework.accounts.models import Agency, User
from casework.cases import service as cases
from casework.cases.models import Case, CaseAgency, Entry, Task
from casework.extensions import db
from casework.mail.models import MailMessage
from casework.panels.research import alerts
from casework.programmes import shelf
from casework.referrals import screening
from tests.support import makers, panels

SERVICE = "domestic_abuse_service"


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def accept(panel: panels.Panel, *, hide_from: Agency | None = None, hide_user: User | None = None) -> Case:
    """A referral accepted in the panel's programme, hidden before from an agency or a user."""
    actor = panel.coordinating
    party = makers.make_party(actor, panel.programme, "perpetrator", forename="Reuben", surname="Vale")
    referral = makers.make_referral(actor, panel.programme, others=[party])
    if hide_from:
        cases.exclude(actor, referral.case, agency_id=hide_from.id, reason="A party")
    if hide_user:
        cases.exclude(actor, referral.case, user_id=hide_user.id, reason="A cousin")
    agency = screening.agencies_for(actor, referral)[0]
    screening.accept(actor, referral, version=referral.version, agency_id=agency.id)
    return referral.case


def told() -> list[MailMessage]:
    return list(
        db.session.scalars(
            select(MailMessage).where(MailMessage.template == "SERVICE_ALERTED").order_by(MailMessage.id)
        )
    )


def test_service_is_told_let_in_and_given_the_first_contact(panel: panels.Panel) -> None:
    member = panel.member(SERVICE)
    case = accept(panel)

    assert [message.user_id for message in told()] == [member.id]
    assert policy.may_open(member, Case, case.id)
    assert [task.case_id for task in alerts.for_reader(member)] == [case.id]
    assert not policy.may_open(panel.member("police"), Case, case.id)
    why = db.session.scalars(select(Entry).where(Entry.case_id == case.id, Entry.kind == "note")).one()
    assert why.text == (
        f"{panel.agencies[SERVICE].name} takes part from now on: by the rules of the "
        f"{shelf.programme(panel.programme).panel.name} it is alerted the same day that a referral is accepted."  # type: ignore[union-attr]
    )


def test_programmes_own_clock_and_the_alert_make_one_task(panel: panels.Panel) -> None:
    case = accept(panel)

    task = db.session.scalars(select(Task).where(Task.case_id == case.id, Task.kind == "first_contact")).one()
    assert task.assigned_to_id == panel.members[SERVICE].id


def test_excluded_service_is_told_nothing_at_all(panel: panels.Panel) -> None:
    case = accept(panel, hide_from=panel.agencies[SERVICE])

    assert told() == []
    assert db.session.scalars(select(CaseAgency).where(CaseAgency.case_id == case.id)).all() == []
    assert alerts.for_reader(panel.member(SERVICE)) == []


def test_deputy_is_told_where_the_member_must_not_know(panel: panels.Panel) -> None:
    accept(panel, hide_user=panel.members[SERVICE])

    assert [message.user_id for message in told()] == [panel.deputies[SERVICE].id]
    assert alerts.for_reader(panel.member(SERVICE)) == []


def join(panel: panels.Panel, into: Case, *, hide_user: User | None = None) -> None:
    """A further referral that joins a case."""
    actor = panel.coordinating
    party = makers.make_party(actor, panel.programme, "perpetrator", forename="Reuben", surname="Vale")
    again = makers.make_referral(actor, panel.programme, others=[party])
    if hide_user:
        cases.exclude(actor, again.case, user_id=hide_user.id, reason="A cousin")
    screening.join(actor, again, into.id, version=again.version)


def test_referral_that_joins_an_open_case_alerts_too(panel: panels.Panel) -> None:
    case = accept(panel)
    for task in db.session.scalars(select(Task).where(Task.case_id == case.id, Task.kind == "first_contact")):
        cases.finish_task(panel.coordinating, task)

    join(panel, case)

    assert len(told()) == 2
    assert len(alerts.for_reader(panel.member(SERVICE))) == 1


def test_whoever_must_not_know_of_the_joining_referral_is_not_alerted_by_it(panel: panels.Panel) -> None:
    case = accept(panel)
    for task in db.session.scalars(select(Task).where(Task.case_id == case.id, Task.kind == "first_contact")):
        cases.finish_task(panel.coordinating, task)

    join(panel, case, hide_user=panel.members[SERVICE])

    assert [message.user_id for message in told()][1:] == [panel.deputies[SERVICE].id]


def test_coordinator_is_told_when_no_such_service_sits_on_the_panel(app: Flask) -> None:
    panel = panels.make_panel(kinds=("police",))
    case = accept(panel)

    task = db.session.scalars(select(Task).where(Task.case_id == case.id, Task.about == case.id)).one()
    assert task.assigned_to_id == panel.coordinator.id
    assert told() == []


def test_programme_without_alerts_tells_nobody(app: Flask) -> None:
    panel = panels.make_panel("community_marac", kinds=("police", SERVICE))
    panels.make_accepted(panel)

    assert told() == []
