"""A sealed value opens where it was sealed and nowhere else, and not if one bit of it changed."""

from __future__ import annotations

import json
import uuid

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from casework.crypto import envelope
from casework.errors import SealBroken

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
ROW, OTHER_ROW = uuid.UUID(int=7), uuid.UUID(int=8)
WHERE = envelope.place("person", ROW, "sealed")
DOCUMENT = {"surname": "Oduya-Şahin", "approximate_age": 41, "known_as": ["Ş", "łukasz"]}

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT))


@given(DOCUMENTS)
def test_what_is_sealed_opens_again(document: dict[str, object]) -> None:
    assert envelope.unseal(KEY, WHERE, envelope.seal(KEY, WHERE, document, version=3)) == (3, document)


def test_every_flipped_byte_is_detected() -> None:
    sealed = envelope.seal(KEY, WHERE, DOCUMENT)
    for position in range(len(sealed)):
        for bit in (0x01, 0x80):
            changed = bytearray(sealed)
            changed[position] ^= bit
            with pytest.raises(SealBroken):
                envelope.unseal(KEY, WHERE, bytes(changed))


def test_every_truncation_is_detected() -> None:
    sealed = envelope.seal(KEY, WHERE, {"a": 1})
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            envelope.unseal(KEY, WHERE, sealed[:length])
    with pytest.raises(SealBroken):
        envelope.unseal(KEY, WHERE, sealed + b"\0")


@pytest.mark.parametrize(
    "elsewhere",
    [
        envelope.place("person", OTHER_ROW, "sealed"),
        envelope.place("address", ROW, "sealed"),
        envelope.place("person", ROW, "content"),
    ],
)
def test_value_moved_to_another_row_table_or_field_fails(elsewhere: bytes) -> None:
    with pytest.raises(SealBroken):
        envelope.unseal(KEY, elsewhere, envelope.seal(KEY, WHERE, DOCUMENT))


def test_places_never_run_together() -> None:
    places = [
        envelope.place(table, row, field)
        for table in ("a", "aa")
        for row in (ROW, OTHER_ROW)
        for field in ("b", "bb")
    ]

    assert len(set(places)) == len(places)


def test_another_key_fails() -> None:
    with pytest.raises(SealBroken):
        envelope.unseal(OTHER_KEY, WHERE, envelope.seal(KEY, WHERE, DOCUMENT))


def test_same_document_is_never_sealed_alike() -> None:
    sealings = {envelope.seal(KEY, WHERE, DOCUMENT) for _ in range(50)}

    assert len(sealings) == 50
    assert len({sealed[3:15] for sealed in sealings}) == 50  # nonces


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        (0, 256),
        (1, 256),
        (256, 256),
        (257, 512),
        (513, 1024),
        (1025, 2048),
        (2049, 4096),
        (4096, 4096),
        (4097, 8192),
        (8193, 12288),
        (100_000, 102_400),
    ],
)
def test_documents_are_padded_to_few_sizes(length: int, padded: int) -> None:
    assert envelope.padded_size(length) == padded


def test_length_of_a_sealed_name_does_not_tell_the_name() -> None:
    lengths = {len(envelope.seal(KEY, WHERE, {"surname": "x" * length})) for length in range(1, 200)}

    assert lengths == {256 + 3 + 12 + 16}


def test_layout_is_the_one_written_down() -> None:
    """Opened here with AES-GCM from the primitives, by the layout in the documentation, without our own code."""
    sealed = envelope.seal(KEY, WHERE, DOCUMENT, version=0x0102)

    head, nonce, body, tag = sealed[:3], sealed[3:15], sealed[15:-16], sealed[-16:]
    decryptor = Cipher(algorithms.AES256(KEY), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(head + b"casework|person|" + ROW.bytes + b"|sealed")
    plain = decryptor.update(body) + decryptor.finalize()

    assert head == b"\x01\x01\x02"
    assert json.loads(plain) == DOCUMENT
    assert len(plain) == 256
    assert plain.rstrip(b" ").endswith(b"}")


def test_value_sealed_long_ago_still_opens() -> None:
    """A vector made by hand with the primitives: a change of layout would lose every record there is."""
    plain = b'{"surname":"Oduya"}'.ljust(256)
    head, nonce = b"\x01\x00\x01", bytes(range(100, 112))
    encryptor = Cipher(algorithms.AES256(KEY), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(head + b"casework|person|" + bytes(15) + b"\x07" + b"|sealed")
    made = head + nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    assert envelope.unseal(KEY, WHERE, made) == (1, {"surname": "Oduya"})


def test_unknown_format_is_refused() -> None:
    sealed = envelope.seal(KEY, WHERE, DOCUMENT)

    with pytest.raises(SealBroken):
        envelope.unseal(KEY, WHERE, b"\x02" + sealed[1:])


def test_wrapped_key_opens_for_its_owner_under_its_master_only() -> None:
    data_key = bytes(range(50, 82))
    wrapped = envelope.wrap(KEY, ROW, 2, data_key)

    assert envelope.unwrap({1: OTHER_KEY, 2: KEY}, ROW, wrapped) == data_key
    with pytest.raises(SealBroken):
        envelope.unwrap({2: KEY}, OTHER_ROW, wrapped)
    with pytest.raises(SealBroken):
        envelope.unwrap({2: OTHER_KEY}, ROW, wrapped)
    with pytest.raises(SealBroken, match="does not hold the master key"):
        envelope.unwrap({1: KEY}, ROW, wrapped)


def test_error_tells_nothing_of_the_content() -> None:
    sealed = envelope.seal(KEY, WHERE, DOCUMENT)

    with pytest.raises(SealBroken) as failure:
        envelope.unseal(OTHER_KEY, WHERE, sealed)

    assert failure.value.__cause__ is None
    assert "Oduya" not in str(failure.value)
