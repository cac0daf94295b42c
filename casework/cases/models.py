"""A case, who is involved in it, and the entries that make up its record."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from casework.accounts.models import Agency, User
from casework.crypto import envelope, vault
from casework.crypto.sealed import Sealed, SealedRow
from casework.extensions import Base, now
from casework.people.models import Person


class Case(SealedRow, Base):
    """One piece of work about somebody's protection.

    It is there from the moment a referral comes in (stage kind `screening`), so that everything said about
    it, who may not know of it included, has one place from the start. The plain columns are what lists sort
    and filter on.
    """

    __tablename__ = "case_record"
    __table_args__ = (
        UniqueConstraint("programme", "reference"),
        # Wide enough that a list is counted without reading a case.
        Index(
            "ix_case_record_listed", "programme", "stage_kind", "opened_on", "id", "agency_id", "worker_id"
        ),
        Index("ix_case_record_stage", "programme", "stage", "opened_on"),
        Index("ix_case_record_worker", "worker_id", "closed_on"),
        Index("ix_case_record_agency", "agency_id", "programme", "opened_on"),
        CheckConstraint("(closed_on IS NULL) = (closure_reason IS NULL)", name="closed_with_reason"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(40))
    stage: Mapped[str] = mapped_column(String(40))
    stage_kind: Mapped[str] = mapped_column(
        String(20)
    )  # screening, open, closed, declined: as the stage had it
    opened_on: Mapped[date]  # the day the first referral was received
    closed_on: Mapped[date | None]
    closure_reason: Mapped[str | None] = mapped_column(String(60))
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency.id"))
    worker_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    risk_band: Mapped[str | None] = mapped_column(String(40))
    risk_score: Mapped[int | None]
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    heard_on: Mapped[date | None]  # the day a panel first heard it
    last_contact_on: Mapped[date | None]  # the last contact that reached the person
    # The first person of the programme's main role, so that a list of cases shows a name with one join.
    subject_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(Integer, default=1)

    summary = Sealed(str)
    closure_words = Sealed(str)

    agency: Mapped[Agency | None] = relationship()
    worker: Mapped[User | None] = relationship()
    subject: Mapped[Person | None] = relationship()
    involvements: Mapped[list[Involvement]] = relationship(back_populates="case", order_by="Involvement.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_open(self) -> bool:
        return self.stage_kind == "open"


class CaseRow(SealedRow):
    """Mixed into whatever is recorded on a case: sealed under the case's key, and moved with it."""

    __sealed_under__ = "case_id"
    __found_by_case__: ClassVar[bool] = True  # False: another index of the model begins with the case already

    @declared_attr
    def case_id(cls) -> Mapped[uuid.UUID]:  # noqa: N805
        return mapped_column(ForeignKey("case_record.id"), index=cls.__found_by_case__)


class Involvement(CaseRow, Base):
    """A person in a case, in one role. Somebody who is both victim and accused has two."""

    __tablename__ = "involvement"
    __found_by_case__ = False
    __table_args__ = (UniqueConstraint("case_id", "person_id", "role"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    worker_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    safeguarding_decision: Mapped[str | None] = mapped_column(String(60))
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    relationship_words = Sealed(str)  # "neighbour above", "ex-partner"
    safeguarding_reason = Sealed(str)

    case: Mapped[Case] = relationship(back_populates="involvements")
    person: Mapped[Person] = relationship()
    worker: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Entry(CaseRow, Base):
    """One thing recorded on a case. All kinds lie in one table, so that the timeline is one paged query.

    `kind` tells the class (`cases.kinds` says what each kind asks). What is counted is plain: dated, code,
    status.
    """

    __tablename__ = "entry"
    __found_by_case__ = False
    __table_args__ = (
        Index("ix_entry_timeline", "case_id", "dated", "id"),
        Index("ix_entry_counted", "programme", "kind", "dated", "code", "ended_at_utc"),
        # Few entries fall due or are about one person, so only those lie in the index.
        Index(
            "ix_entry_due",
            "due_on",
            "kind",
            sqlite_where=text("due_on IS NOT NULL"),
            postgresql_where=text("due_on IS NOT NULL"),
        ),
        Index(
            "ix_entry_person",
            "person_id",
            sqlite_where=text("person_id IS NOT NULL"),
            postgresql_where=text("person_id IS NOT NULL"),
        ),
    )

    programme: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(30))
    dated: Mapped[date]  # the day it happened (or, for a key date, will happen)
    code: Mapped[str | None] = mapped_column(String(60))
    status: Mapped[str | None] = mapped_column(String(60))
    basis: Mapped[str | None] = mapped_column(String(60))  # on what basis something was shared
    number: Mapped[int | None]
    tool_version: Mapped[str | None] = mapped_column(String(20))  # of the risk tool that `code` names
    due_on: Mapped[date | None]  # next try, chase, review
    done_on: Mapped[date | None]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    referral_id: Mapped[uuid.UUID | None]
    imported_id: Mapped[str | None] = mapped_column(String(60))  # the row's own id in the folder it came from
    recorded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at_utc: Mapped[datetime] = mapped_column(default=now)
    ended_at_utc: Mapped[datetime | None]  # struck out: recorded in error, with its reason in the amendment
    version: Mapped[int] = mapped_column(Integer, default=1)

    text = Sealed(str)
    whom = Sealed(str)
    why = Sealed(str)
    outcome = Sealed(str)
    details: Sealed[dict[str, Any]] = Sealed(dict)

    case: Mapped[Case] = relationship()
    person: Mapped[Person | None] = relationship()
    recorded_by: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Attachment(CaseRow, Base):
    """The bytes of a document, sealed under the case's key; its entry holds the name and the type."""

    __tablename__ = "attachment"

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entry.id"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    def seal_content(self, content: bytes) -> None:
        self.content = envelope.seal_bytes(vault.key_of(self.case_id), self._content_place(), content)

    def open_content(self) -> bytes:
        return envelope.open_bytes(vault.key_of(self.case_id), self._content_place(), self.content)[1]

    def _content_place(self) -> bytes:
        return envelope.place(self.__tablename__, self.id, "content")


class Amendment(CaseRow, Base):
    """What was changed on a record: the names of the fields in clear, old and new values and the reason
    sealed.
    """

    __tablename__ = "amendment"
    __table_args__ = (Index("ix_amendment_subject", "subject_id", "at_utc"),)

    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[uuid.UUID]
    fields: Mapped[list[str]] = mapped_column(JSON)
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at_utc: Mapped[datetime] = mapped_column(default=now)

    before: Sealed[dict[str, Any]] = Sealed(dict)
    after: Sealed[dict[str, Any]] = Sealed(dict)
    reason = Sealed(str)

    by: Mapped[User | None] = relationship()


class Task(CaseRow, Base):
    """Something to be done on a case by a day. `kind` is `other` or names the gap or clock that set it."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_assigned", "assigned_to_id", "done_at_utc", "due_on"),
        Index("ix_task_programme", "programme", "done_at_utc", "due_on"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[date]
    assigned_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    set_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    set_at_utc: Mapped[datetime] = mapped_column(default=now)
    done_at_utc: Mapped[datetime | None]
    done_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    about: Mapped[uuid.UUID | None]  # the record it was set for
    # Counts what people change, so that two doing it at once lose nothing; a case that changes hands is no
    # such change.
    revision: Mapped[int] = mapped_column(Integer, default=0)

    text = Sealed(str)
    outcome = Sealed(str)

    case: Mapped[Case] = relationship()
    assigned_to: Mapped[User | None] = relationship(foreign_keys=[assigned_to_id])


class CaseAgency(Base):
    """An agency takes part in a case: its panel members see it while it does."""

    __tablename__ = "case_agency"
    __table_args__ = (UniqueConstraint("case_id", "agency_id"),)

    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_record.id"), index=True)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    from_day: Mapped[date]
    ended_on: Mapped[date | None]

    agency: Mapped[Agency] = relationship()


class Exclusion(CaseRow, Base):
    """A user or a whole agency who must not know of the case.

    It beats every role and is told to nobody it names.
    """

    __tablename__ = "exclusion"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (agency_id IS NULL)", name="user_or_agency"),
        Index("ix_exclusion_user", "user_id", "case_id"),
        Index("ix_exclusion_agency", "agency_id", "case_id"),
    )

    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency.id"))
    set_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    set_at_utc: Mapped[datetime] = mapped_column(default=now)
    ended_at_utc: Mapped[datetime | None]

    reason = Sealed(str)

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    agency: Mapped[Agency | None] = relationship()


MOVED_WITH_CASE: tuple[type[CaseRow], ...] = (Involvement, Entry, Amendment, Task, Exclusion)


class ReferenceCounter(Base):
    """The last number given to a reference of a programme in a year; its lock makes numbers unique without
    gaps.
    """

    __tablename__ = "reference_counter"
    __table_args__ = (UniqueConstraint("programme", "year"),)

    programme: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(Integer, default=0)
