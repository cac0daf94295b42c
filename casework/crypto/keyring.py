"""The keyring: the few keys from which everything else hangs, in one file that only the operator can read.

It opens on first need, so that what needs no key (all statistics) runs without it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from casework.errors import KeyringMissing

KEY_BYTES = 32


class KeyringFault(ValueError):
    """The file is there and cannot be used; the text says why, without any key in it."""


@dataclass(frozen=True, repr=False)
class Keyring:
    """Keys by purpose. Different purposes have different keys, checked on construction.

    master: version -> key that wraps data keys; the highest version wraps, every version unwraps.
    index: the blind index. session: the signature of the web session's cookie.
    """

    master: dict[int, bytes]
    index: bytes
    session: bytes

    def __post_init__(self) -> None:
        every = [*self.master.values(), self.index, self.session]
        if not self.master:
            raise KeyringFault("the keyring holds no master key")
        if any(len(key) != KEY_BYTES for key in every):
            raise KeyringFault(f"every key in the keyring is {KEY_BYTES} bytes long; one is not")
        if len(set(every)) != len(every):
            raise KeyringFault("two keys in the keyring are the same; each purpose needs its own")

    @property
    def newest(self) -> int:
        return max(self.master)

    def with_new_master(self) -> Keyring:
        return Keyring(
            {**self.master, self.newest + 1: secrets.token_bytes(KEY_BYTES)}, self.index, self.session
        )


def generate() -> Keyring:
    return Keyring(
        {1: secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
    )


def save(keyring: Keyring, path: Path) -> None:
    """Write the file whole or not at all, readable by its owner alone."""
    words = {
        "master": {str(version): _text(key) for version, key in keyring.master.items()},
        "index": _text(keyring.index),
        "session": _text(keyring.session),
    }
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(words, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load(path: Path) -> Keyring:
    """Read the file.

    Raises KeyringMissing when there is none, KeyringFault when it cannot be used.
    """
    try:
        words = json.loads(path.read_text("ascii"))
    except FileNotFoundError:
        raise KeyringMissing from None
    except (ValueError, OSError):
        raise KeyringFault("the keyring cannot be read: it is not the file that casework wrote") from None
    try:
        master = {int(version): _key(text) for version, text in words["master"].items()}
        return Keyring(master, _key(words["index"]), _key(words["session"]))
    except KeyringFault:
        raise
    except (KeyError, TypeError, AttributeError, ValueError):
        raise KeyringFault("the keyring is not complete, or a key in it is not as casework wrote it") from None


class KeyringFile:
    """The keyring of one application, opened when first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: Keyring | None = None

    def get(self) -> Keyring:
        if self._opened is None:
            self._opened = load(self.path)
        return self._opened

    def forget(self) -> None:
        """Read the file again at the next need (after rotation or restore)."""
        self._opened = None


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _key(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
