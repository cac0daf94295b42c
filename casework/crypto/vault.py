"""Data keys: one per owner (a case, a person, a draft), wrapped by the master key.

Opened keys are remembered for the life of one database session, no longer.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from flask import current_app
from sqlalchemy import LargeBinary, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from casework.crypto import envelope
from casework.crypto.keyring import KEY_BYTES, Keyring, KeyringFile
from casework.errors import KeyDestroyed, SealBroken
from casework.extensions import Base, db, now


class DataKey(Base):
    """The key of one owner, whose id is this row's id. A destroyed key leaves its row, so that a restore can tell."""

    __tablename__ = "data_key"

    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    destroyed_at_utc: Mapped[datetime | None]


WRAPPED = select(DataKey.id, DataKey.wrapped).where(DataKey.id.in_(bindparam("owners", expanding=True)))


def keyring() -> Keyring:
    return cast(KeyringFile, current_app.extensions["keyring"]).get()


def make_key(owner: uuid.UUID) -> bytes:
    """Give `owner` a data key. The row is flushed with the owner's."""
    key, row = new_key(owner)
    db.session.add(row)
    _opened()[owner] = key
    return key


def new_key(owner: uuid.UUID) -> tuple[bytes, DataKey]:
    """A fresh data key and its row, not yet in any session (imports insert rows in bulk)."""
    ring = keyring()
    key = secrets.token_bytes(KEY_BYTES)
    return key, DataKey(id=owner, wrapped=envelope.wrap(ring.master[ring.newest], owner, ring.newest, key))


def key_of(owner: uuid.UUID) -> bytes:
    """The data key of `owner`. Raises KeyDestroyed, SealBroken (no key was ever made), KeyringMissing."""
    opened = _opened()
    if owner not in opened:
        warm((owner,))
    try:
        return opened[owner]
    except KeyError:
        raise SealBroken("The key of a sealed record is not in the database.") from None


def warm(owners: Iterable[uuid.UUID]) -> None:
    """Open the keys of many owners with one query, so that a list opens in one step."""
    opened = _opened()
    wanted = {owner for owner in owners if owner not in opened}
    if not wanted:
        return
    masters = keyring().master
    rows = db.session.execute(WRAPPED, {"owners": list(wanted)})
    for owner, wrapped in rows.all():
        if wrapped is None:
            if len(wanted) == 1:
                raise KeyDestroyed
            continue
        opened[owner] = envelope.unwrap(masters, owner, wrapped)


def destroy_key(owner: uuid.UUID) -> None:
    """Destroy the key of `owner`: whatever was sealed under it can never be opened again."""
    db.session.execute(
        update(DataKey).where(DataKey.id == owner).values(wrapped=None, destroyed_at_utc=now())
    )
    _opened().pop(owner, None)


def rewrap_all() -> int:
    """Wrap every living data key under the newest master key; returns how many were not yet."""
    ring = keyring()
    changed = 0
    for row in db.session.scalars(select(DataKey).where(DataKey.wrapped.is_not(None))):
        wrapped = cast(bytes, row.wrapped)
        if int.from_bytes(wrapped[1:3], "big") != ring.newest:
            key = envelope.unwrap(ring.master, row.id, wrapped)
            row.wrapped = envelope.wrap(ring.master[ring.newest], row.id, ring.newest, key)
            changed += 1
    return changed


def _opened() -> dict[uuid.UUID, bytes]:
    opened: dict[uuid.UUID, bytes] = db.session().info.setdefault("data_keys", {})
    return opened
