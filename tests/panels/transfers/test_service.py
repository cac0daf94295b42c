"""Cases that go to the panel of another area, and that come from one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from casework.access.vocabulary import OPERATOR
from casework.cases import clocks, tasks
from casework.cases import service as cases
from casework.cases.models import Case
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today
from casework.mail.models import MailMessage
from casework.panels.flags import service as flags
from casework.panels.models import Transfer
from casework.panels.queue import service as queue
from casework.panels.transfers import service as transfers
from tests.support import makers, panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def send(panel: panels.Panel, case: Case, **more: Any) -> Transfer:
    values = {
        "area": "Camden",
        "contact": "R. Sand, MARAC office",
        "why": "She moves there on Friday",
        "papers": ["referral"],
        "basis": "consent",
        "sent_on": today(),
        **more,
    }
    return transfers.send(panel.coordinating, case, **values)


def receive(panel: panels.Panel, case: Case, **more: Any) -> Transfer:
    values = {
        "area": "Brent",
        "contact": "R. Sand",
        "sent_on": today() - timedelta(days=2),
        "papers": ["referral"],
        "missing": ["risk", "minutes"],
        **more,
    }
    return transfers.receive(panel.coordinating, case, **values)


def step(panel: panels.Panel, transfer: Transfer, name: str, on: date | None = None) -> None:
    transfers.record_step(
        panel.coordinating, transfer, step=name, on=on or today(), said=None, version=transfer.version
    )


def test_the_route_depends_on_whether_the_case_was_heard_and_its_agenda_sent_out(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel)
    assert "on no agenda sent out" in transfers.route(case).words
    assert transfers.route(case).papers == ("referral", "risk")

    panels.make_item(panel, panels.make_meeting(panel, state="circulated"), case)
    assert "agenda that was sent out" in transfers.route(case).words

    case.heard_on = date(2026, 4, 3)
    assert "heard it on 3 April 2026" in transfers.route(case).words
    assert "minutes" in transfers.route(case).papers


def test_what_goes_is_a_sharing_decision_and_is_chased_until_it_is_acknowledged(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel)

    transfer = send(panel, case)

    assert transfer.due_on == clocks.after_working_days(today(), 3)
    assert transfer.missing == "Risk assessment"
    [task] = tasks.open_of_kind(case, transfers.CHASE, transfer.id)
    assert task.due_on == transfer.due_on
    with pytest.raises(Invalid, match="on its way"):
        send(panel, case)

    step(panel, transfer, "received_on")
    assert tasks.open_of_kind(case, transfers.CHASE, transfer.id) == []


def test_the_gate_is_asked_of_whoever_receives_it(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel)
    db.session.expire(case, ["involvements"])
    harming = next(part.person for part in case.involvements if part.role != "subject")

    with pytest.raises(Invalid) as fault:
        send(panel, case, contact=harming.name)
    assert list(fault.value.errors) == ["contact"]
    assert transfers.of_case(case) == []


def test_once_accepted_there_the_case_waits_here_no_longer_and_its_flag_ends(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel)
    queue.enter(panel.coordinating, case, "new")
    transfer = send(panel, case)
    flag = flags.standing(case)
    assert flag is not None

    step(panel, transfer, "accepted_on")

    assert transfer.received_on == today()
    assert queue.open_entry(case) is None
    assert flag.end_reason == "transferred"
    assert len(tasks.open_of_kind(case, transfers.CLOSE, transfer.id)) == 1


def test_a_case_that_came_waits_as_a_transfer_and_its_risk_is_assessed_anew(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel)

    transfer = receive(panel, case)

    entry = queue.open_entry(case)
    assert entry is not None
    assert (entry.kind, transfer.missing) == ("transfer", "Risk assessment, minutes")
    assert flags.standing(case) is not None
    assert len(tasks.open_of_kind(case, transfers.RISK, transfer.id)) == 1
    assert transfers.origins([case.id]) == {case.id: "Brent"}

    step(panel, transfer, "papers")
    assert transfer.missing is None
    assert tasks.open_of_kind(case, transfers.CHASE, transfer.id) == []


def test_a_transfer_that_is_not_answered_in_time_alarms_each_coordinator_once(
    panel: panels.Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = panels.make_accepted(panel)
    transfer = send(panel, case)
    cousin = makers.make_user("coordinator", panels.DVA)
    cases.exclude(panel.coordinating, case, user_id=cousin.id, reason="A cousin")
    transfers.chase(OPERATOR)
    assert db.session.query(MailMessage).filter_by(template="TRANSFERS_LATE").count() == 0

    monkeypatch.setattr(transfers, "today", lambda: transfer.due_on + timedelta(days=1))
    transfers.chase(OPERATOR)
    transfers.chase(OPERATOR)

    written = db.session.query(MailMessage).filter_by(template="TRANSFERS_LATE").all()
    assert [each.user_id for each in written] == [panel.coordinator.id]
    assert transfers.is_late(transfer)


def test_the_coordinator_follows_a_transfer_from_its_case_to_its_list(
    panel: panels.Panel, client: FlaskClient
) -> None:
    case = panels.make_accepted(panel)
    makers.sign_in(client, panel.coordinator)
    day = today()
    data = {
        "area": "Camden",
        "contact": "R. Sand",
        "sent_on-day": day.day,
        "sent_on-month": day.month,
        "sent_on-year": day.year,
        "papers": ["referral", "risk"],
        "basis": "consent",
        "why": "She moves there",
    }
    at = f"/cases/{case.id}"

    assert "Which papers went?" in client.get(f"{at}/transfer-out").get_data(as_text=True)
    assert client.post(f"{at}/transfer-out", data=data).status_code == 302
    assert "Camden" in client.get(f"{at}/panel").get_data(as_text=True)
    assert "Camden" in client.get("/transfers").get_data(as_text=True)
    makers.sign_in(member := client.application.test_client(), panel.members["police"])
    assert member.get("/transfers").status_code == 403
