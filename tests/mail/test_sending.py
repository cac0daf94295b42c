"""Sending, to a real server on this machine: that takes it, refuses, hangs up or is not there."""

from __future__ import annotations

import itertools
import smtplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR
from casework.accounts import users
from casework.audit import trail
from casework.audit.models import AuditEntry
from casework.config import MailSettings, Settings
from casework.extensions import db, new_id
from casework.jobs import runner
from casework.mail import sending, service
from casework.mail.catalogue import Template
from casework.mail.models import MailMessage, State
from tests.support import makers
from tests.support.mailbox import Mailbox, listening

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
SENIOR = "senior@example.org"
ONE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with listening() as mailbox:
        yield mailbox


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def use(app: Flask, settings: Settings, mail: MailSettings | None) -> None:
    """Have the application send by this server."""
    app.extensions["settings"] = replace(settings, mail=mail)


_turns = itertools.count()


def queue(to: Any = SENIOR, **more: Any) -> MailMessage:
    """A message that is due, after those queued before it."""
    more.setdefault("not_before", NOW - timedelta(hours=1) + timedelta(seconds=next(_turns)))
    message = service.queue(
        OPERATOR,
        Template.MEETING_SOON,
        to,
        programme=makers.ASB,
        at=datetime(2026, 7, 2, 13, tzinfo=UTC),
        link="/",
        **more,
    )
    db.session.commit()
    return message


def run() -> int | None:
    """Have the jobs their turn; how many messages went."""
    counts = {outcome.job.id: outcome.count for outcome in runner.run_due(OPERATOR)}
    db.session.expire_all()
    return counts["mail.send"]


def events() -> list[str]:
    query = select(AuditEntry.event).where(AuditEntry.event.like("mail.%")).order_by(AuditEntry.sequence)
    return list(db.session.scalars(query))


def only(messages: list[EmailMessage]) -> EmailMessage:
    [message] = messages
    return message


def test_a_message_is_sent_once_to_its_user(
    app: Flask, settings: Settings, mailbox: Mailbox, clock: Any
) -> None:
    use(app, settings, mailbox.settings())
    user = makers.make_user(email="rowan@example.org", name="Rowan Ellis")
    message = queue(user.id)

    first = run()
    clock.shift(timedelta(minutes=2))
    again = run()

    assert (first, again) == (1, 0)
    sent = only(mailbox.kept)
    assert mailbox.recipients == ["rowan@example.org"]
    assert (sent["To"], sent["From"]) == ("rowan@example.org", "casework@example.org")
    assert sent["Subject"].endswith("panel meeting on Thursday 2 July 2026 at 2pm")
    assert sent["Message-ID"] == f"<{message.id}@example.org>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert "https://casework.example.org/" in sent.get_content()
    assert "Rowan" not in sent.as_string()
    assert (message.state, message.sent_at_utc, message.attempts) == (State.SENT, NOW, 1)
    assert events() == ["mail.queued", "mail.sent"]
    assert trail.verify().faults == ()


def test_a_calendar_file_is_made_when_it_is_sent(
    app: Flask, settings: Settings, mailbox: Mailbox, clock: Any
) -> None:
    use(app, settings, mailbox.settings())
    meeting = new_id()
    calendar = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
    sending.attach(
        app, Template.MEETING_SOON, lambda message: calendar if message.about_id == meeting else None
    )
    queue(about=meeting)
    queue("other@example.org")

    assert run() == 2

    with_file, without = mailbox.kept
    [file] = with_file.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "meeting.ics")
    assert file.get_payload(decode=True) == calendar
    assert list(without.iter_attachments()) == []


@ONE
def test_what_is_for_later_or_was_taken_back_is_not_sent(
    app: Flask, settings: Settings, mailbox: Mailbox, clock: Any
) -> None:
    use(app, settings, mailbox.settings())
    meeting = new_id()
    queue(about=meeting)
    queue("later@example.org", not_before=NOW + timedelta(days=1))
    service.withdraw(OPERATOR, meeting)
    db.session.commit()

    assert run() == 0
    clock.shift(timedelta(days=1))
    assert run() == 1
    assert mailbox.recipients == ["later@example.org"]


@ONE
def test_somebody_who_left_is_sent_nothing(
    app: Flask, settings: Settings, mailbox: Mailbox, clock: Any
) -> None:
    use(app, settings, mailbox.settings())
    user = makers.make_user()
    message = queue(user.id)
    users.deactivate(OPERATOR, user)
    db.session.commit()

    assert run() == 0
    assert mailbox.kept == []
    assert service.state_words(message) == "Not sent: the recipient no longer uses casework"


def test_a_refused_recipient_is_not_tried_again_and_the_others_get_theirs(
    app: Flask, settings: Settings, mailbox: Mailbox, clock: Any
) -> None:
    use(app, settings, mailbox.settings())
    mailbox.answers = {"gone@example.org": "550 No such user", "slow@example.org": "450 Try later"}
    gone, slow, well = queue("gone@example.org"), queue("slow@example.org"), queue("well@example.org")

    assert run() == 1
    assert (gone.state, gone.last_error) == (State.FAILED, "SMTPRecipientsRefused 550")
    assert (slow.state, slow.last_error) == (State.WAITING, "SMTPRecipientsRefused 450")
    assert well.state == State.SENT
    mailbox.answers.clear()
    clock.shift(sending.BACK_OFF[0])
    assert run() == 1
    assert mailbox.recipients == ["well@example.org", "slow@example.org"]
    assert events()[3:] == ["mail.failed", "mail.sent", "mail.sent"]


def test_a_server_that_hangs_up_gets_the_same_message_again_later(
    app: Flask, settings: Settings, mailbox: Mailbox, clock: Any
) -> None:
    use(app, settings, mailbox.settings())
    mailbox.drops = True
    message, untried = queue(), queue("other@example.org")

    assert run() == 0
    assert (message.state, message.attempts) == (State.WAITING, 1)
    assert message.last_error == "SMTPServerDisconnected"
    assert untried.attempts == 0  # one hanging up is enough to know that the server is in no state
    mailbox.drops = False
    clock.shift(sending.BACK_OFF[0])
    assert run() == 2
    assert {sent["Message-ID"] for sent in mailbox.kept} == {
        f"<{each}@example.org>" for each in (message.id, untried.id)
    }


@ONE
def test_a_server_that_is_not_there_is_tried_more_and_more_seldom_and_then_no_more(
    app: Flask, settings: Settings, clock: Any
) -> None:
    with listening() as gone:
        mail = gone.settings()
    use(app, settings, mail)
    message = queue()

    waits = []
    while message.state == State.WAITING:
        assert run() == 0
        waits.append(message.not_before_utc - datetime.now(UTC))
        clock.move_to(message.not_before_utc)

    assert waits[: len(sending.BACK_OFF)] == list(sending.BACK_OFF)
    assert waits[:-1] == sorted(waits[:-1])
    assert message.attempts == len(sending.BACK_OFF) + 1
    assert (message.state, message.last_error) == (State.FAILED, "ConnectionRefusedError")
    assert events() == ["mail.queued", "mail.failed"]


@ONE
def test_without_a_server_nothing_is_sent_then_or_later_and_the_queue_is_cleared(
    app: Flask, settings: Settings, mailbox: Mailbox, clock: Any
) -> None:
    use(app, settings, None)
    message = queue()
    run()

    assert service.state_words(message) == "Not sent: no mail server is set"
    assert service.overview() == [
        "Mail server: none is set, so nothing is sent.",
        "1 failed (no_mail_server)",
    ]
    use(app, settings, mailbox.settings())
    clock.shift(timedelta(minutes=2))
    assert run() == 0
    assert mailbox.kept == []
    clock.shift(sending.KEPT_FOR + timedelta(days=1))
    run()
    assert db.session.scalars(select(MailMessage)).all() == []


@ONE
def test_a_message_that_cannot_be_written_stops_no_other(
    app: Flask, settings: Settings, mailbox: Mailbox, clock: Any
) -> None:
    use(app, settings, mailbox.settings())
    broken = queue("broken@example.org")
    broken.template = "A_TEMPLATE_THAT_WENT"
    db.session.commit()
    queue()

    assert run() == 1
    assert (broken.state, broken.last_error) == (State.WAITING, "KeyError")
    assert mailbox.recipients == [SENIOR]


def test_the_database_is_free_while_the_mail_server_is_waited_for(
    app: Flask, settings: Settings, clock: Any
) -> None:
    """Another connection writes at the moment in which the server has the message."""
    wrote: list[int] = []

    class Writing(Mailbox):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            with app.app_context():
                makers.make_agency("Made meanwhile")
                db.session.commit()
                wrote.append(1)
                db.session.remove()
            return await super().handle_DATA(server, session, envelope)

    with listening(kind=Writing) as mailbox:
        use(app, settings, mailbox.settings())
        queue()

        assert run() == 1

    assert wrote == [1]


@ONE
def test_no_line_of_the_log_and_no_kept_error_quotes_the_server(
    app: Flask, settings: Settings, mailbox: Mailbox, clock: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    use(app, settings, mailbox.settings())
    mailbox.answers = {SENIOR: "550 senior@example.org has left Northshire"}
    message = queue()

    run()

    assert message.last_error == f"{smtplib.SMTPRecipientsRefused.__name__} 550"
    assert "Northshire" not in capsys.readouterr().err
