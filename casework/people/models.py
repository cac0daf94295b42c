"""A person of one programme, their addresses, and the blind tokens under which they are found."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casework.crypto.blind import TOKEN_BYTES
from casework.crypto.sealed import Sealed, SealedRow
from casework.extensions import Base, Id


class Person(SealedRow, Base):
    """Somebody a case is about, known to one programme only.

    A person may have no name yet ("woman in the flat above") and an approximate age instead of a date of birth.
    """

    __tablename__ = "person"

    programme: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer, default=1)

    forename = Sealed(str)
    surname = Sealed(str)
    known_as: Sealed[list[str]] = Sealed(list)
    description = Sealed(str)  # who an unnamed person is
    date_of_birth = Sealed(date)
    approximate_age = Sealed(int)  # years, on the day it was recorded
    phone = Sealed(str)
    email = Sealed(str)
    safe_to_call = Sealed(str)  # code of yes / no / not known
    safe_to_leave_message = Sealed(str)
    safe_times = Sealed(str)
    safe_alternative = Sealed(str)  # somebody else through whom they may be reached, and how
    language = Sealed(str)
    interpreter = Sealed(str)
    access_needs = Sealed(str)
    school = Sealed(str)
    other: Sealed[dict[str, Any]] = Sealed(dict)  # sealed answers that only this programme asks, by field id

    addresses: Mapped[list[Address]] = relationship(back_populates="person", order_by="Address.id.desc()")

    __mapper_args__ = {"version_id_col": version}

    @property
    def name(self) -> str:
        return name_in(self.document())


def name_in(document: Mapping[str, Any]) -> str:
    """The name in a person's opened document as people say it; a description where there is none."""
    words = " ".join(part for part in (document.get("forename"), document.get("surname")) if part)
    return words or document.get("description") or "Name not known"


class Address(SealedRow, Base):
    """Where one person lives or lived. Held per person, never shared: one of a household may move in secret."""

    __tablename__ = "address"
    __sealed_under__ = "person_id"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    current: Mapped[bool] = mapped_column(Boolean, default=True)
    # Not to be given to anybody: every output asks this before it prints the address.
    confidential: Mapped[bool] = mapped_column(Boolean, default=False)

    lines = Sealed(str)
    postcode = Sealed(str)
    ward = Sealed(str)

    person: Mapped[Person] = relationship(back_populates="addresses")

    @property
    def one_line(self) -> str:
        parts = (*(self.lines or "").splitlines(), self.postcode or "")
        return ", ".join(part.strip() for part in parts if part.strip())


# One keyed, truncated digest under which a person is found (`crypto.blind`). A bare table: it is only ever
# written, searched and wiped in sets.
blind_token = Table(
    "blind_token",
    Base.metadata,
    Column("token", LargeBinary(TOKEN_BYTES), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)
