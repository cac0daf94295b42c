"""An upload on its way in: the files sealed under a key of their own, and how far they have come."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from casework.crypto import envelope, vault
from casework.extensions import Base, now

CHECKING, REFUSED, READY, IMPORTING, DONE, FAILED = (
    "checking",
    "refused",
    "ready",
    "importing",
    "done",
    "failed",
)


class ImportBatch(Base):
    """One upload of a programme's import files. Its content is gone, and its key destroyed, once nothing needs it.

    `faults` are what `importing.faults` says: places and reasons, never a value.
    """

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint(
            "state IN ('checking', 'refused', 'ready', 'importing', 'done', 'failed')", name="known_state"
        ),
    )

    programme: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default=CHECKING)
    stage: Mapped[str | None] = mapped_column(String(20))  # of an import that runs: seal, store
    done: Mapped[int] = mapped_column(Integer, default=0)  # referrals that have passed the stage
    total: Mapped[int] = mapped_column(Integer, default=0)
    uploaded_at_utc: Mapped[datetime] = mapped_column(default=now)
    told_at_utc: Mapped[datetime] = mapped_column(default=now)  # when the work was last heard of
    sizes: Mapped[dict[str, int]] = mapped_column(JSON)  # bytes of each file, in the order of the content
    rows: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    faults: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    fault_count: Mapped[int] = mapped_column(Integer, default=0)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)

    def seal_files(self, files: dict[str, bytes]) -> None:
        self.sizes = {name: len(content) for name, content in files.items()}
        key = vault.key_of(self.id)
        self.content = envelope.seal_bytes(key, self._place(), b"".join(files.values()))

    def open_files(self) -> dict[str, bytes]:
        """The files by name. There are none any more once the content is gone."""
        if self.content is None:
            return {}
        whole = memoryview(envelope.open_bytes(vault.key_of(self.id), self._place(), self.content)[1])
        files, start = {}, 0
        for name, size in self.sizes.items():
            files[name] = bytes(whole[start : start + size])
            start += size
        return files

    def drop_files(self) -> None:
        """Let go of what was uploaded: nobody can open it any more."""
        self.content = None
        vault.destroy_key(self.id)

    def _place(self) -> bytes:
        return envelope.place(self.__tablename__, self.id, "content")
