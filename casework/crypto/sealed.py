"""Sealed attributes of a model: one padded document a row, opened once, sealed again whenever it changes.

A descriptor rather than a column type, because a column type sees only the value: no row, no owner, no key.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, ClassVar, Generic, TypeVar, cast, overload

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from casework.crypto import envelope, vault

T = TypeVar("T")


class Sealed(Generic[T]):
    """An attribute that lies in the row's sealed document. None when it was never given."""

    def __init__(self, kind: type[T]) -> None:
        self.kind = kind

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, row: None, owner: type) -> Sealed[T]: ...
    @overload
    def __get__(self, row: SealedRow, owner: type) -> T | None: ...
    def __get__(self, row: SealedRow | None, owner: type) -> Sealed[T] | T | None:
        if row is None:
            return self
        return self.decode(row.document().get(self.name))

    def __set__(self, row: SealedRow, value: T | None) -> None:
        row.seal(**{self.name: value})

    def encode(self, value: T | None) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def decode(self, value: Any) -> T | None:
        return cast(T, date.fromisoformat(value)) if self.kind is date and value is not None else value


class SealedRow:
    """Mixed into a model that holds a sealed document.

    `__sealed_under__` names the attribute that holds the id of the owner whose data key seals it.
    """

    __sealed_under__: ClassVar[str] = "id"
    __sealed_version__: ClassVar[int] = 1

    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    def __init__(self, **values: Any) -> None:
        fields = sealed_fields(type(self))
        closed = {name: values.pop(name) for name in tuple(values) if name in fields}
        super().__init__(**values)
        if closed:
            self.seal(**closed)

    def document(self) -> dict[str, Any]:
        """The opened document; not to be changed in place."""
        if self.sealed is None:
            return {}
        remembered = self.__dict__.get("_opened")
        if remembered is None or remembered[0] != self.sealed:
            remembered = (self.sealed, envelope.unseal(self._key(), self._place(), self.sealed)[1])
            self.__dict__["_opened"] = remembered
        return remembered[1]

    def seal(self, **values: Any) -> None:
        """Set several sealed attributes with one sealing; None removes one."""
        fields = sealed_fields(type(self))
        changed = {name: fields[name].encode(value) for name, value in values.items()}
        document = {
            name: value for name, value in {**self.document(), **changed}.items() if value is not None
        }
        self.sealed = seal_document(type(self), cast(Any, self).id, self._key(), document)
        self.__dict__["_opened"] = (self.sealed, document)

    def move_to(self, owner: uuid.UUID) -> None:
        """Bind the row to another owner: opened under the old owner's key and sealed under the new one's."""
        document = self.document()
        setattr(self, self.__sealed_under__, owner)
        if self.sealed is not None:
            self.sealed = seal_document(type(self), cast(Any, self).id, self._key(), document)

    def _key(self) -> bytes:
        return vault.key_of(getattr(self, self.__sealed_under__))

    def _place(self) -> bytes:
        return envelope.place(cast(Any, self).__tablename__, cast(Any, self).id, "sealed")


def seal_document(model: type[SealedRow], row: uuid.UUID, key: bytes, document: dict[str, Any]) -> bytes:
    """Seal a document for a row of `model` without constructing it (imports insert rows in bulk)."""
    where = envelope.place(cast(Any, model).__tablename__, row, "sealed")
    return envelope.seal(key, where, document, version=model.__sealed_version__)


def sealed_fields(model: type) -> dict[str, Sealed[Any]]:
    """The sealed attributes of a model by name, those of its bases included."""
    known = model.__dict__.get("_sealed_fields")
    if known is None:
        known = {
            name: value
            for base in reversed(model.__mro__)
            for name, value in base.__dict__.items()
            if isinstance(value, Sealed)
        }
        model._sealed_fields = known  # type: ignore[attr-defined]
    return known


def opened(model: type[SealedRow], row: uuid.UUID, owner: uuid.UUID, sealed: bytes | None) -> dict[str, Any]:
    """Open the document of a row of which only these columns were read (lists of many names)."""
    if sealed is None:
        return {}
    where = envelope.place(cast(Any, model).__tablename__, row, "sealed")
    return envelope.unseal(vault.key_of(owner), where, sealed)[1]
