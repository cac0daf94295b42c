"""One sealed value: AES-256-GCM over a padded JSON document, bound to the place where it lies.

Layout: 1 byte format, 2 bytes schema version of the document, 12 bytes nonce, ciphertext with its 16-byte tag.
The associated data names table, row and field, so a value moved to another place fails to open.
"""

from __future__ import annotations

import json
import os
import uuid
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.errors import SealBroken

FORMAT = 1
NONCE_BYTES = 12
# Lengths tell stories (a long surname, a short narrative), so a document is padded to one of few sizes.
STEPS = (256, 512, 1024, 2048, 4096)
STEP_BEYOND = 4096


def place(table: str, row: uuid.UUID, field: str) -> bytes:
    """The associated data of a value: where it lies."""
    return b"|".join((b"casework", table.encode("ascii"), row.bytes, field.encode("ascii")))


def seal_bytes(key: bytes, where: bytes, plain: bytes, *, version: int = 1) -> bytes:
    head = bytes((FORMAT,)) + version.to_bytes(2, "big")
    nonce = os.urandom(NONCE_BYTES)
    return head + nonce + AESGCM(key).encrypt(nonce, plain, head + where)


def open_bytes(key: bytes, where: bytes, sealed: bytes) -> tuple[int, bytes]:
    """The document's schema version and its bytes. Raises SealBroken if a bit is not as it was sealed."""
    head, nonce, rest = sealed[:3], sealed[3 : 3 + NONCE_BYTES], sealed[3 + NONCE_BYTES :]
    if len(head) != 3 or head[0] != FORMAT or len(nonce) != NONCE_BYTES:
        raise SealBroken
    try:
        return int.from_bytes(head[1:], "big"), AESGCM(key).decrypt(nonce, rest, head + where)
    except (InvalidTag, ValueError):
        raise SealBroken from None


def seal(key: bytes, where: bytes, document: dict[str, Any], *, version: int = 1) -> bytes:
    plain = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return seal_bytes(key, where, plain.ljust(padded_size(len(plain))), version=version)


def unseal(key: bytes, where: bytes, sealed: bytes) -> tuple[int, dict[str, Any]]:
    version, plain = open_bytes(key, where, sealed)
    return version, json.loads(plain)


def padded_size(length: int) -> int:
    """The size, in bytes, to which a document of `length` bytes is padded (with spaces, which JSON ignores)."""
    for step in STEPS:
        if length <= step:
            return step
    return -(-length // STEP_BEYOND) * STEP_BEYOND


def wrap(master: bytes, owner: uuid.UUID, version: int, data_key: bytes) -> bytes:
    """A data key sealed under the master key of `version`, bound to its owner."""
    return seal_bytes(master, place("data_key", owner, "wrapped"), data_key, version=version)


def unwrap(masters: dict[int, bytes], owner: uuid.UUID, wrapped: bytes) -> bytes:
    version = int.from_bytes(wrapped[1:3], "big")
    if version not in masters:
        raise SealBroken("The keyring does not hold the master key that this record was sealed under.")
    return open_bytes(masters[version], place("data_key", owner, "wrapped"), wrapped)[1]
