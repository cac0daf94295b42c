"""Agencies, users and memberships."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casework.access.vocabulary import Role
from casework.extensions import Base, now


class Agency(Base):
    """A body that sits on panels, refers, or holds cases. `kind` is a code of the list of agency types."""

    __tablename__ = "agency"

    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    deactivated_at_utc: Mapped[datetime | None]

    @property
    def label(self) -> str:
        return self.name


class User(Base):
    """Somebody who signs in. No password until they have set one themselves through an invitation.

    `session_epoch` counts up to end every session of the user at once.
    """

    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    job: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(40))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    failed_attempts: Mapped[int] = mapped_column(Integer, default=0)
    locked_until_utc: Mapped[datetime | None]
    last_signed_in_utc: Mapped[datetime | None]
    session_epoch: Mapped[int] = mapped_column(Integer, default=0)
    deactivated_at_utc: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(
        back_populates="user", foreign_keys="Membership.user_id"
    )

    @property
    def label(self) -> str:
        return self.name


class Membership(Base):
    """What a user is: a role, for an agency, in a programme (None only for administrators and auditors)."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint(
            "(programme IS NULL) = (role IN ('administrator', 'auditor'))", name="programme_fits_role"
        ),
        Index("ix_membership_programme", "programme", "role"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    programme: Mapped[str | None] = mapped_column(String(40))
    from_day: Mapped[date] = mapped_column(default=lambda: now().date())
    ended_on: Mapped[date | None]

    user: Mapped[User] = relationship(back_populates="memberships", foreign_keys=[user_id])
    agency: Mapped[Agency] = relationship()

    @property
    def role_label(self) -> str:
        return Role(self.role).label

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds; before the first day for one that was taken back at once."""
        return self.ended_on - timedelta(days=1) if self.ended_on else None


class Invitation(Base):
    """A link by which a user sets their own password, once. Only the digest of its token is kept."""

    __tablename__ = "invitation"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    expires_at_utc: Mapped[datetime]
    used_at_utc: Mapped[datetime | None]


class Cover(Base):
    """One user stands in for another between two days, both included."""

    __tablename__ = "cover"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days_in_order"),
        CheckConstraint("user_id <> covered_by_id", name="two_people"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    covered_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    programme: Mapped[str] = mapped_column(String(40))
    first_day: Mapped[date]
    last_day: Mapped[date]
    ended: Mapped[bool] = mapped_column(Boolean, default=False)
    arranged_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    covered_by: Mapped[User] = relationship(foreign_keys=[covered_by_id])
