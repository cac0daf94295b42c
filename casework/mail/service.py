"""Queueing messages, taking them back, and saying what became of them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.config import MailSettings
from casework.extensions import db, now
from casework.mail.catalogue import Template, Value
from casework.mail.models import MailMessage, State

NO_SERVER = "no_mail_server"
RECIPIENT_LEFT = "recipient_left"
WHY_NOT = {
    NO_SERVER: "no mail server is set",
    RECIPIENT_LEFT: "the recipient no longer uses casework",
    "SMTPRecipientsRefused": "the mail server refused the address",
}

Recipient = uuid.UUID | str


def queue(
    actor: Actor,
    template: Template,
    to: Recipient,
    *,
    about: uuid.UUID | None = None,
    not_before: datetime | None = None,
    **values: Value,
) -> MailMessage:
    """Have a message sent once this transaction is committed, and not `not_before`.

    `to` is a user's id, or the e-mail address of an agency's named senior. Raises ValueError unless `values` are
    exactly what the template's gaps take: that is a fault of ours, never of somebody typing.
    """
    stored = template.value.store(values)
    if isinstance(to, str) and not re.fullmatch(r"[^\s@<>,;:\"]{1,64}@[^\s@<>,;:\"]{1,189}", to):
        raise ValueError("a message goes to a user's id or to one e-mail address")
    at = now()
    message = MailMessage(
        template=template.name,
        values=stored,
        user_id=to if isinstance(to, uuid.UUID) else None,
        email=to if isinstance(to, str) else None,
        about_id=about,
        queued_at_utc=at,
        not_before_utc=not_before or at,
    )
    db.session.add(message)
    db.session.flush()
    trail.record(actor, Event.MAIL_QUEUED, message, template=template.name, to=_id_words(message))
    return message


def was_queued(template: Template, to: Recipient, about: uuid.UUID) -> bool:
    """Whether they were, or are to be, told this of it: so that a job reminds once. What was withdrawn does not count."""
    return (
        db.session.scalar(
            select(MailMessage.id)
            .where(MailMessage.about_id == about, MailMessage.template == template.name, _is_to(to))
            .where(MailMessage.state != State.WITHDRAWN)
            .limit(1)
        )
        is not None
    )


def withdraw(
    actor: Actor, about: uuid.UUID, *, to: Recipient | None = None, template: Template | None = None
) -> int:
    """Take back what still waits about something, for one recipient or all; returns how many messages."""
    query = select(MailMessage).where(MailMessage.about_id == about, MailMessage.state == State.WAITING)
    if to is not None:
        query = query.where(_is_to(to))
    if template is not None:
        query = query.where(MailMessage.template == template.name)
    waiting = db.session.scalars(query.with_for_update()).all()
    for message in waiting:
        message.state = State.WITHDRAWN
        trail.record(actor, Event.MAIL_WITHDRAWN, message, template=message.template)
    db.session.flush()
    return len(waiting)


@dataclass(frozen=True)
class Delivery:
    """What became of one message. `recipient` is a user's name or an e-mail address."""

    template: Template | None
    recipient: str
    words: str
    state: State
    at_utc: datetime


def deliveries(about: uuid.UUID) -> Sequence[Delivery]:
    """Every message about something, the newest first: for the page of a thing that the reader may see."""
    query = select(MailMessage).where(MailMessage.about_id == about).options(joinedload(MailMessage.user))
    return [
        Delivery(
            template=Template.__members__.get(message.template),
            recipient=message.user.name if message.user else str(message.email),
            words=state_words(message),
            state=State(message.state),
            at_utc=message.sent_at_utc or message.queued_at_utc,
        )
        for message in db.session.scalars(query.order_by(MailMessage.queued_at_utc.desc(), MailMessage.id))
    ]


def state_words(message: MailMessage) -> str:
    """Sent; Waiting; Not sent: no mail server is set; Not sent yet, tried 2 times; Taken back."""
    match State(message.state):
        case State.SENT:
            return "Sent"
        case State.WITHDRAWN:
            return "Taken back"
        case State.FAILED:
            kind = (message.last_error or "").split(" ")[0]
            return f"Not sent: {WHY_NOT.get(kind, 'the mail server could not take it')}"
    if not message.attempts:
        return "Waiting"
    return f"Not sent yet, tried {message.attempts} {'time' if message.attempts == 1 else 'times'}"


def overview() -> list[str]:
    """How e-mail goes, in lines for the operator: counts and kinds of errors, no address."""
    settings: MailSettings | None = current_app.extensions["settings"].mail
    server = f"{settings.host}, port {settings.port}" if settings else "none is set, so nothing is sent"
    query = select(MailMessage.state, MailMessage.last_error, func.count())
    counts = db.session.execute(
        query.group_by(MailMessage.state, MailMessage.last_error).order_by(
            MailMessage.state, MailMessage.last_error
        )
    )
    return [
        f"Mail server: {server}.",
        *(f"{count:,} {state}{f' ({error})' if error else ''}" for state, error, count in counts),
    ]


def _is_to(to: Recipient) -> ColumnElement[bool]:
    return MailMessage.user_id == to if isinstance(to, uuid.UUID) else MailMessage.email == to


def _id_words(message: MailMessage) -> str | None:
    return str(message.user_id) if message.user_id else None
