"""The queue of outgoing messages: what is kept of each says to whom and which, never about whom."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casework.extensions import Base

if TYPE_CHECKING:
    from casework.accounts.models import User


class State(StrEnum):
    """Where a message stands. All but the first are ends."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class MailMessage(Base):
    """A message to a user, or to the e-mail address of an agency's named senior. Its words are made when it is sent.

    `about_id` is what it is about (a meeting), for its calendar file and for taking it back.
    """

    __tablename__ = "mail_message"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (email IS NULL)", name="one_recipient"),
        CheckConstraint("state IN ('waiting', 'sent', 'failed', 'withdrawn')", name="state_known"),
        Index("ix_mail_message_state", "state", "not_before_utc"),
        Index("ix_mail_message_about", "about_id", "template"),
    )

    template: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    email: Mapped[str | None] = mapped_column(String(254))
    about_id: Mapped[uuid.UUID | None]
    queued_at_utc: Mapped[datetime]
    not_before_utc: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default=State.WAITING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    sent_at_utc: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(60))

    user: Mapped[User | None] = relationship()
