"""Referrals and what leads to them: drafts, one-time links, requests for information, enquiries."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casework.accounts.models import Agency, User
from casework.cases.models import Case, CaseRow
from casework.crypto.sealed import Sealed, SealedRow
from casework.extensions import Base, now


class Referral(CaseRow, Base):
    """One request for help, from one source, on one day. Several may belong to one case."""

    __tablename__ = "referral"
    __table_args__ = (
        UniqueConstraint("programme", "reference"),
        Index("ix_referral_received", "programme", "received_on", "source"),
        Index("ix_referral_outcome", "programme", "outcome", "received_on"),
        Index("ix_referral_agency", "referring_agency_id", "received_on"),
        CheckConstraint("(outcome = 'waiting' OR outcome = 'returned') = (decided_on IS NULL)", name="decided_with_day"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(40))
    received_on: Mapped[date]
    source: Mapped[str | None] = mapped_column(String(60))
    route: Mapped[str | None] = mapped_column(String(60))
    referring_agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency.id"))
    referred_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    link_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referral_link.id"))
    outcome: Mapped[str] = mapped_column(String(20), default="waiting")  # waiting, returned, accepted, joined, declined
    decided_on: Mapped[date | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    decline_reason: Mapped[str | None] = mapped_column(String(60))
    logged_at_utc: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(Integer, default=1)

    referrer_name = Sealed(str)
    referrer_job = Sealed(str)
    referrer_contact = Sealed(str)
    narrative = Sealed(str)
    decision_words = Sealed(str)
    other: Sealed[dict[str, Any]] = Sealed(dict)  # sealed answers by field id

    case: Mapped[Case] = relationship()
    referring_agency: Mapped[Agency | None] = relationship()
    referred_by: Mapped[User | None] = relationship(foreign_keys=[referred_by_id])

    __mapper_args__ = {"version_id_col": version}


class Answer(Base):
    """One counted answer about a referral, or about a person as they were when it was received.

    `field` is the programme's field id, or `age` (completed years at receipt, in `number`; no row where it is not known).
    A field that takes several codes has a row for each. Statistics count these rows and need no key.
    """

    __tablename__ = "answer"
    __table_args__ = (
        Index("ix_answer_counted", "programme", "field", "role", "received_on", "code", "number", "referral_id"),
        Index("ix_answer_referral", "referral_id"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referral.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))  # the person's role in the case; `referral` where none
    field: Mapped[str] = mapped_column(String(60))
    code: Mapped[str | None] = mapped_column(String(60))
    number: Mapped[int | None]
    day: Mapped[date | None]
    received_on: Mapped[date]  # the referral's, so that a count needs no join


class InformationRequest(CaseRow, Base):
    """A question back to the referrer, with a day by which it should be answered."""

    __tablename__ = "information_request"

    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    asked_at_utc: Mapped[datetime] = mapped_column(default=now)
    due_on: Mapped[date]
    answered_at_utc: Mapped[datetime | None]

    question = Sealed(str)
    answer = Sealed(str)

    referral: Mapped[Referral] = relationship()


class ReferralLink(Base):
    """A link by which somebody outside refers once. Only its token's digest is kept, and it tells nothing.

    After the referral the same link shows what became of it, until `expires_at_utc`.
    """

    __tablename__ = "referral_link"

    programme: Mapped[str] = mapped_column(String(40))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency.id"))
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    made_at_utc: Mapped[datetime] = mapped_column(default=now)
    expires_at_utc: Mapped[datetime]
    used_at_utc: Mapped[datetime | None]
    withdrawn_at_utc: Mapped[datetime | None]

    agency: Mapped[Agency | None] = relationship()


class Draft(SealedRow, Base):
    """A referral half filled in, sealed under its own key: it survives a timed-out session and is gone when sent."""

    __tablename__ = "draft"
    __table_args__ = (CheckConstraint("(author_id IS NULL) <> (link_id IS NULL)", name="author_or_link"),)

    programme: Mapped[str] = mapped_column(String(40))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    link_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referral_link.id"), index=True)
    step: Mapped[str] = mapped_column(String(60))
    started_at_utc: Mapped[datetime] = mapped_column(default=now)
    saved_at_utc: Mapped[datetime] = mapped_column(default=now)
    expires_at_utc: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)

    answers: Sealed[dict[str, Any]] = Sealed(dict)

    author: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Enquiry(SealedRow, Base):
    """Advice given with no named person: counted, and never a case."""

    __tablename__ = "enquiry"
    __table_args__ = (Index("ix_enquiry_counted", "programme", "received_on"),)

    programme: Mapped[str] = mapped_column(String(40))
    received_on: Mapped[date]
    source: Mapped[str | None] = mapped_column(String(60))
    topics: Mapped[list[str]] = mapped_column(JSON)
    outcome: Mapped[str | None] = mapped_column(String(60))
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency.id"))
    taken_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at_utc: Mapped[datetime] = mapped_column(default=now)

    advice = Sealed(str)

    taken_by: Mapped[User | None] = relationship()
