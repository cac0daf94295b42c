"""What an auditor reads of cases: everything by its reference, and nothing of one they must not know of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from casework.access.vocabulary import OPERATOR, Actor, Role
from casework.accounts import service as accounts
from casework.audit import service, trail
from casework.audit.events import Event
from casework.cases import service as cases
from casework.extensions import db
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.panels.papers import service as papers
from tests.support import panels
from tests.support.makers import make_actor, make_referral
from tests.support.people import make_agency, make_user

TOLD = {"programme": panels.DVA, "at": datetime(2026, 6, 3, 9, tzinfo=UTC), "link": "/meetings"}


def read(auditor: Actor, **wanted: str) -> list[service.Row]:
    return list(service.page_of_entries(auditor, service.Filter(**wanted)).rows)  # type: ignore[arg-type]


def auditor_of(agency: object = None) -> Actor:
    return accounts.actor_of(make_user(Role.AUDITOR, agency=agency))  # type: ignore[arg-type]


def test_entries_of_a_case_are_found_by_its_reference_and_name_nobody(app: Flask) -> None:
    referral = make_referral(forename="Zephyrine", surname="Quackenbush")
    trail.record(make_actor("caseworker"), Event.CASE_VIEWED, referral.case)
    db.session.commit()
    reference = referral.case.reference

    rows = read(auditor_of(), subject=reference.lower())

    assert {"Case opened", "Case viewed"} <= {row.event for row in rows}
    assert {(row.subject_kind, row.subject) for row in rows} >= {("Case", reference)}
    everything = repr(read(auditor_of()))
    assert "Zephyrine" not in everything
    assert "Quackenbush" not in everything


@pytest.mark.parametrize("by", ["user", "agency"])
def test_excluded_auditor_reads_nothing_of_the_case(app: Flask, by: str) -> None:
    hill = make_agency("Hill Homes")
    shut_out, other = auditor_of(hill), auditor_of()
    referral, elsewhere = make_referral(), make_referral(forename="Bo", surname="Carr")
    case = referral.case
    named = {"user_id": shut_out.id} if by == "user" else {"agency_id": hill.id}
    cases.exclude(OPERATOR, case, reason="They live next door.", **named)
    db.session.commit()

    told = {row.subject_id for row in read(shut_out)}
    known = {row.subject_id for row in read(other)}

    hidden = {case.id, referral.id, *(part.person_id for part in case.involvements)}
    assert hidden <= known
    assert not hidden & told
    assert elsewhere.case_id in told
    assert read(shut_out, subject=case.reference) == []
    assert read(shut_out, subject=str(case.id)) == []


def test_cases_opened_by_somebody_who_does_not_hold_them_are_reviewed(app: Flask) -> None:
    holder, visitor = make_actor("caseworker"), make_actor("coordinator")
    case = make_referral(visitor).case
    case.worker_id = holder.id
    for actor in (holder, visitor, OPERATOR):
        trail.record(actor, Event.CASE_VIEWED, case)
    db.session.commit()

    rows = read(auditor_of(), review="not_allocated")

    assert [row.who for row in rows] == [visitor.name]


def test_excluded_auditor_reads_nothing_of_the_meeting_that_was_called_for_the_case_alone(app: Flask) -> None:
    panel = panels.make_panel()
    shut_out, other = auditor_of(), auditor_of()
    case, known = panels.make_accepted(panel, surname="Okonjo"), panels.make_accepted(panel, surname="Iyer")
    called, both = (panels.make_meeting(panel, kind="emergency") for _ in range(2))
    for meeting, heard in ((called, case), (both, case), (both, known)):
        panels.make_item(panel, meeting, heard)
    paper = papers.issue(panel.coordinating, called, "agenda")[0]
    sent = mail.queue(OPERATOR, Template.EMERGENCY_MEETING, panel.chair.id, about=called.id, **TOLD)  # type: ignore[arg-type]
    for meeting in (called, both):
        trail.record(panel.chairing, Event.MEETING_VIEWED, meeting)
    cases.exclude(OPERATOR, case, reason="A cousin", user_id=shut_out.id)
    hidden, open_ = {called.id, paper.id, sent.id}, both.id
    db.session.commit()

    told = {row.subject_id for row in read(shut_out)}

    assert not hidden & told
    assert open_ in told
    assert hidden <= {row.subject_id for row in read(other)}
