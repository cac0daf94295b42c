"""Sending what is due: the database is never held while the mail server is waited for.

A message's attempt is counted, and its next one set, in a transaction that ends before it is sent: a runner that dies in
between sends it once more later, under the same Message-ID, and never loses it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from flask import Flask, current_app
from sqlalchemy import ColumnElement, and_, delete, select

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.config import MailSettings
from casework.extensions import db, now
from casework.mail import transport
from casework.mail.catalogue import Template
from casework.mail.models import MailMessage, State
from casework.mail.service import NO_SERVER, RECIPIENT_LEFT

# How long after an attempt the next is made; after the last, none: about a day of trying.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
MOST_A_RUN = 500
KEPT_FOR = timedelta(days=90)

# Makes the calendar file of a message when it is sent, so that none is stored; None: it gets none.
CalendarMaker = Callable[[MailMessage], bytes | None]

log = logging.getLogger("casework.mail")


def attach(app: Flask, template: Template, maker: CalendarMaker) -> None:
    """Have messages of this template carry the calendar file that `maker` makes."""
    app.extensions.setdefault("mail_calendars", {})[template] = maker


def send_due(actor: Actor) -> Iterator[int]:
    """A job in steps: send whatever is due; each yield is how many messages went."""
    settings: MailSettings | None = current_app.extensions["settings"].mail
    if settings is None:
        _give_up_all(actor)
        yield 0
        return
    with transport.line(settings) as line:
        for message_id in _due():
            email = _begin_attempt(actor, message_id, settings)
            yield 0
            if email is not None:
                fault = _send(line, email)
                _end_attempt(actor, message_id, fault)
                yield 0 if fault else 1
                if isinstance(fault, transport.Delayed) and fault.line_is_down:
                    return  # the others lose no attempt over it


def tidy(_actor: Actor) -> int:
    """Forget messages that came to an end long ago."""
    old = delete(MailMessage).where(
        MailMessage.state != State.WAITING, MailMessage.not_before_utc < now() - KEPT_FOR
    )
    return db.session.connection().execute(old).rowcount


def _is_due() -> ColumnElement[bool]:
    return and_(MailMessage.state == State.WAITING, MailMessage.not_before_utc <= now())


def _due() -> list[uuid.UUID]:
    query = select(MailMessage.id).where(_is_due()).order_by(MailMessage.not_before_utc, MailMessage.id)
    return list(db.session.scalars(query.limit(MOST_A_RUN)))


def _give_up_all(actor: Actor) -> None:
    """Without a mail server nothing waits for one: who sets it later does not flood everybody with old news."""
    for message in db.session.scalars(select(MailMessage).where(_is_due()).with_for_update()):
        _give_up(actor, message, NO_SERVER)


def _begin_attempt(actor: Actor, message_id: uuid.UUID, settings: MailSettings) -> EmailMessage | None:
    """Count an attempt and write the e-mail; None when it was taken back meanwhile, or cannot be written."""
    query = select(MailMessage).where(MailMessage.id == message_id, _is_due()).with_for_update()
    message = db.session.scalar(query.execution_options(populate_existing=True))
    if message is None:
        return None
    message.attempts += 1
    message.not_before_utc = now() + BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]
    if message.user is not None and message.user.deactivated_at_utc is not None:
        _give_up(actor, message, RECIPIENT_LEFT)
        return None
    try:
        with db.session.begin_nested():
            return _write(message, settings)
    except Exception as fault:
        log.exception("a message could not be written")
        _put_off(actor, message, type(fault).__name__)
        return None


def _write(message: MailMessage, settings: MailSettings) -> EmailMessage:
    template = Template[message.template]
    subject, body = template.value.write(message.values, settings.base_url)
    email = EmailMessage()
    email["From"] = settings.sender
    email["To"] = message.user.email if message.user else message.email
    email["Subject"] = subject
    email["Date"] = format_datetime(now())
    email["Message-ID"] = f"<{message.id}@{settings.sender.rpartition('@')[2]}>"
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(body)
    maker: CalendarMaker | None = current_app.extensions.get("mail_calendars", {}).get(template)
    calendar = maker(message) if maker else None
    if calendar is not None:
        email.add_attachment(
            calendar,
            maintype="text",
            subtype="calendar",
            filename="meeting.ics",
            params={"charset": "utf-8", "method": "PUBLISH"},
        )
    return email


def _send(line: transport.Line, email: EmailMessage) -> transport.Refused | transport.Delayed | None:
    try:
        line.send(email)
    except (transport.Refused, transport.Delayed) as fault:
        return fault
    return None


def _end_attempt(
    actor: Actor, message_id: uuid.UUID, fault: transport.Refused | transport.Delayed | None
) -> None:
    message = db.session.get_one(MailMessage, message_id)
    if fault is None:
        message.state = State.SENT
        message.sent_at_utc = now()
        message.last_error = None
        trail.record(actor, Event.MAIL_SENT, message, template=message.template)
    elif isinstance(fault, transport.Refused):
        _give_up(actor, message, fault.reason)
    else:
        _put_off(actor, message, fault.reason)


def _put_off(actor: Actor, message: MailMessage, reason: str) -> None:
    """Leave it for the next attempt, of which there are not endlessly many."""
    if message.attempts > len(BACK_OFF):
        _give_up(actor, message, reason)
    else:
        message.last_error = reason


def _give_up(actor: Actor, message: MailMessage, reason: str) -> None:
    message.state = State.FAILED
    message.last_error = reason
    trail.record(actor, Event.MAIL_FAILED, message, template=message.template, error=reason)
