"""The queue: in the transaction of what causes a message, taken back, and said what became of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR
from casework.audit import trail
from casework.audit.models import AuditEntry
from casework.extensions import db, new_id
from casework.mail import service
from casework.mail.catalogue import Template
from casework.mail.models import MailMessage, State
from tests.support import makers

AT = datetime(2026, 7, 2, 13, tzinfo=UTC)
SENIOR = "senior@example.org"
WORDS: dict[str, Any] = {"programme": makers.ASB, "at": AT, "link": "/"}


def test_a_message_is_queued_with_what_causes_it_or_not_at_all(app: Flask) -> None:
    user = makers.make_user()
    db.session.commit()

    service.queue(OPERATOR, Template.MEETING_SOON, user.id, **WORDS)
    db.session.rollback()

    assert db.session.scalars(select(MailMessage)).all() == []
    message = service.queue(OPERATOR, Template.MEETING_SOON, user.id, **WORDS)
    db.session.commit()
    assert message.values == {"programme": makers.ASB, "at": AT.isoformat(), "link": "/"}
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "mail.queued"))
    assert (entry.subject_id, entry.details) == (
        message.id,
        {"template": "MEETING_SOON", "to": str(user.id)},
    )
    assert trail.verify().faults == ()


def test_what_still_waits_can_be_taken_back_for_one_or_for_all(app: Flask) -> None:
    meeting, other = new_id(), new_id()
    one, two = makers.make_user(), makers.make_user()
    for user in (one, two):
        service.queue(OPERATOR, Template.MEETING_INVITED, user.id, about=meeting, **WORDS)
        service.queue(OPERATOR, Template.MEETING_SOON, user.id, about=meeting, **WORDS)
    service.queue(OPERATOR, Template.MEETING_SOON, one.id, about=other, **WORDS)
    sent = service.queue(OPERATOR, Template.MEETING_SOON, SENIOR, about=meeting, **WORDS)
    sent.state = State.SENT

    assert service.withdraw(OPERATOR, meeting, to=one.id) == 2
    assert not service.was_queued(Template.MEETING_SOON, one.id, meeting)
    assert service.was_queued(Template.MEETING_SOON, two.id, meeting)
    assert service.was_queued(Template.MEETING_SOON, SENIOR, meeting)
    assert service.was_queued(Template.MEETING_SOON, one.id, other)
    assert service.withdraw(OPERATOR, meeting, template=Template.MEETING_SOON) == 1
    assert service.withdraw(OPERATOR, meeting) == 1
    assert service.withdraw(OPERATOR, meeting) == 0
    states = [(each.recipient, each.words) for each in service.deliveries(meeting)]
    assert sorted(states) == sorted(
        [(one.name, "Taken back")] * 2 + [(two.name, "Taken back")] * 2 + [(SENIOR, "Sent")]
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_message_goes_to_one_address(app: Flask) -> None:
    for wrong in ("Ada Okonjo", "a@example.org, b@example.org", "a@example.org\nBcc: b@example.org", ""):
        with pytest.raises(ValueError, match="one e-mail address"):
            service.queue(OPERATOR, Template.MEETING_SOON, wrong, **WORDS)


@pytest.mark.parametrize(
    ("state", "attempts", "error", "words"),
    [
        (State.WAITING, 0, None, "Waiting"),
        (State.WAITING, 1, "SMTPServerDisconnected", "Not sent yet, tried 1 time"),
        (State.WAITING, 2, "SMTPSenderRefused 451", "Not sent yet, tried 2 times"),
        (State.SENT, 2, None, "Sent"),
        (State.WITHDRAWN, 0, None, "Taken back"),
        (State.FAILED, 1, "SMTPRecipientsRefused 550", "Not sent: the mail server refused the address"),
        (State.FAILED, 0, service.NO_SERVER, "Not sent: no mail server is set"),
        (State.FAILED, 8, "ConnectionRefusedError", "Not sent: the mail server could not take it"),
    ],
)
def test_what_became_of_a_message_is_said_in_words(
    state: State, attempts: int, error: str | None, words: str
) -> None:
    message = MailMessage(template="MEETING_SOON", state=state, attempts=attempts, last_error=error)

    assert service.state_words(message) == words
