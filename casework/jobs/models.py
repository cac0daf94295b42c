"""When each job runs next, and how the last time went. No words: what a job met must not be kept here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from casework.extensions import Base


class JobTurn(Base):
    """A job's next turn. Whoever moves `due_at_utc` forward holds the turn; `failures` are those since it went well."""

    __tablename__ = "job_turn"

    job: Mapped[str] = mapped_column(String(40), unique=True)
    due_at_utc: Mapped[datetime]
    last_run_at_utc: Mapped[datetime | None]
    last_count: Mapped[int | None] = mapped_column(Integer)
    failures: Mapped[int] = mapped_column(Integer, default=0)
