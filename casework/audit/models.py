"""How the trail is stored: entries that are only ever added, and the head of their chain."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from casework.extensions import Base


class AuditEntry(Base):
    """One thing that happened. Triggers in the migration refuse every update and deletion."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject_id", "sequence"),
        Index("ix_audit_entry_actor", "actor_id", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, unique=True)
    at_utc: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    actor_kind: Mapped[str] = mapped_column(String(20))
    event: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[uuid.UUID | None]
    programme: Mapped[str | None] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The last link of the chain: one row, whose lock is the right to add to the trail."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("row_number = 1", name="one_row"),)

    row_number: Mapped[int] = mapped_column(Integer, unique=True, default=1)
    count: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
