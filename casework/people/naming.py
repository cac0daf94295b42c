"""Names for lists: of people of whom only the id and the sealed document were read."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from casework.crypto import vault
from casework.crypto.sealed import SealedRow, opened
from casework.errors import KeyDestroyed, SealBroken
from casework.people.models import Person, name_in

BROKEN = "Changed outside casework"
DESTROYED = "Record destroyed"

log = logging.getLogger("casework")


def warm(owners: Iterable[uuid.UUID | None]) -> None:
    """Open every key that a list needs with one statement."""
    with suppress(SealBroken, KeyDestroyed):  # each is met again, and named, where its own row is opened
        vault.warm(owner for owner in owners if owner is not None)


def name_of(person_id: uuid.UUID | None, sealed: bytes | None) -> str:
    """The name, or words in its place: one broken record does not close a list of fifty."""
    return name_in(document_of(Person, person_id, person_id, sealed)) if person_id else name_in({})


def document_of(
    model: type[SealedRow], row: uuid.UUID | None, owner: uuid.UUID | None, sealed: bytes | None
) -> Mapping[str, Any]:
    """The document of a row in a list; one with a description alone where it cannot be opened."""
    if row is None or owner is None:
        return {}
    try:
        return opened(model, row, owner, sealed)
    except SealBroken:
        # The id is no secret and tells the administrator which record it is.
        log.error("a sealed value of %s %s cannot be trusted", model.__name__.lower(), row)
        return {"description": BROKEN}
    except KeyDestroyed:
        return {"description": DESTROYED}
