"""The keyring: one file, one purpose a key, and one sentence when it is not there."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest

from casework.crypto import keyring
from casework.crypto.keyring import Keyring, KeyringFault, KeyringFile
from casework.errors import KeyringMissing

A, B, C, D = (bytes([number]) * 32 for number in range(4))


def test_generated_keys_differ() -> None:
    ring, other = keyring.generate(), keyring.generate()

    keys = [
        *ring.master.values(),
        ring.index,
        ring.session,
        *other.master.values(),
        other.index,
        other.session,
    ]
    assert len(set(keys)) == 6
    assert {len(key) for key in keys} == {32}


@pytest.mark.parametrize(
    ("master", "index", "session"),
    [({1: A}, A, B), ({1: A}, B, A), ({1: A}, B, B), ({1: A, 2: A}, B, C), ({1: A, 2: B}, B, C)],
)
def test_two_equal_keys_are_refused(master: dict[int, bytes], index: bytes, session: bytes) -> None:
    with pytest.raises(KeyringFault, match="the same"):
        Keyring(master, index, session)


@pytest.mark.parametrize(
    ("master", "index", "session"), [({}, B, C), ({1: A[:31]}, B, C), ({1: A}, B + b"x", C)]
)
def test_missing_or_short_keys_are_refused(master: dict[int, bytes], index: bytes, session: bytes) -> None:
    with pytest.raises(KeyringFault):
        Keyring(master, index, session)


def test_keyring_is_read_as_it_was_written(tmp_path: Path) -> None:
    ring = keyring.generate().with_new_master()
    keyring.save(ring, tmp_path / "keyring.json")

    assert keyring.load(tmp_path / "keyring.json") == ring


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    keyring.save(keyring.generate(), tmp_path / "keyring.json")

    assert stat.S_IMODE((tmp_path / "keyring.json").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["keyring.json"]


def test_new_master_keeps_the_old_ones_and_is_the_newest() -> None:
    ring = Keyring({1: A}, B, C)

    newer = ring.with_new_master()

    assert newer.newest == 2
    assert newer.master[1] == A
    assert newer.master[2] not in (A, B, C)
    assert (newer.index, newer.session) == (B, C)


def test_missing_keyring_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(KeyringMissing) as failure:
        keyring.load(tmp_path / "keyring.json")

    assert str(failure.value).count(".") == 2  # the full stop, and that of keyring.json
    assert "keyring is missing" in str(failure.value)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


WHOLE = {"master": {"1": _text(A)}, "index": _text(B), "session": _text(C)}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        "[]",
        "null",
        "7",
        json.dumps({**WHOLE, "master": {}}),
        json.dumps({**WHOLE, "master": {"x": _text(A)}}),
        json.dumps({**WHOLE, "master": [_text(A)]}),
        json.dumps({**WHOLE, "index": "@@@@"}),
        json.dumps({**WHOLE, "index": None}),
        json.dumps({**WHOLE, "index": _text(C)}),
        json.dumps({name: value for name, value in WHOLE.items() if name != "session"}),
    ],
)
def test_file_that_cannot_be_used_is_a_fault_without_keys_in_it(tmp_path: Path, content: str) -> None:
    (tmp_path / "keyring.json").write_text(content)

    with pytest.raises(KeyringFault) as failure:
        keyring.load(tmp_path / "keyring.json")

    assert not [key for key in (A, B, C) if _text(key) in str(failure.value)]


def test_bytes_that_are_no_text_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "keyring.json").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(KeyringFault):
        keyring.load(tmp_path / "keyring.json")


def test_keys_are_not_printed_by_accident() -> None:
    ring = Keyring({1: A}, B, C)

    assert not [key for key in (A, B, C) if repr(key) in repr(ring) or _text(key) in repr(ring)]


def test_file_is_opened_on_first_need_and_read_again_when_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    file = KeyringFile(path)  # no file yet, and no error
    with pytest.raises(KeyringMissing):
        file.get()

    keyring.save(Keyring({1: A}, B, C), path)
    first = file.get()
    keyring.save(Keyring({1: A, 2: D}, B, C), path)

    assert file.get() is first
    file.forget()
    assert file.get().newest == 2
