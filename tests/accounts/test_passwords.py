"""What a good password is, and that a stored one is Argon2id."""

from __future__ import annotations

import time

import pytest

from casework.accounts import passwords
from casework.config import PasswordCost

CHEAP = PasswordCost(memory_kib=8, passes=1, lanes=1)
DEARER = PasswordCost(memory_kib=16, passes=2, lanes=1)
OWNER = {"email": "siobhan.oakes@barnfield.example", "name": "Siobhan Oakes"}


@pytest.mark.parametrize(
    "password",
    [
        "heron quilt marble pond",
        "copper-lantern-7-owl",
        "tram geese Thursday zinc",
        "ночной трамвай гудит",
        "Xq7#mbL2vR!9tz",
    ],
)
def test_good_password_is_taken(password: str) -> None:
    assert passwords.weakness(password, **OWNER) is None


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short pond",
        "heron quilt 7",  # 13 characters
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababababababab",
        "12345678901234567890",
        "qwertyuiopasdfghjkl",
        "passwordpassword1",
        "Password123456789!",
        "letmein letmein letmein",
        "Siobhan Oakes 2026!",
        "siobhan.oakes@barnfield.example",
        "SIOBHANOAKES1234",
        "welcome to casework",
        "abcdefghijklmnopqrst",
        "                    ",
        "heron heron heron heron",
    ],
)
def test_guessable_password_is_refused(password: str) -> None:
    assert passwords.weakness(password, **OWNER)


def test_password_of_exactly_the_least_length_is_taken() -> None:
    assert len("heron quilt 72") == passwords.SHORTEST
    assert passwords.weakness("heron quilt 72", **OWNER) is None


def test_stored_password_is_argon2id_and_tells_nothing() -> None:
    one, other = passwords.hashed("heron quilt marble", CHEAP), passwords.hashed("heron quilt marble", CHEAP)

    assert one.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert one != other
    assert "heron" not in one


def test_right_password_matches_and_any_other_does_not() -> None:
    stored = passwords.hashed("heron quilt marble", CHEAP)

    assert passwords.matches(stored, "heron quilt marble", CHEAP)
    assert not passwords.matches(stored, "heron quilt marble ", CHEAP)
    assert not passwords.matches(stored, "Heron quilt marble", CHEAP)
    assert not passwords.matches(stored, "", CHEAP)


def test_same_characters_composed_otherwise_match() -> None:
    stored = passwords.hashed("cafe\u0301 quilt marble", CHEAP)

    assert passwords.matches(stored, "caf\u00e9 quilt marble", CHEAP)


@pytest.mark.parametrize("stored", [None, "", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$"])
def test_no_usable_hash_matches_nothing(stored: str | None) -> None:
    assert not passwords.matches(stored, "heron quilt marble", CHEAP)
    assert not passwords.matches(stored, "nobody's password", CHEAP)


def test_hash_of_another_cost_is_dated() -> None:
    stored = passwords.hashed("heron quilt marble", CHEAP)

    assert passwords.is_dated(stored, DEARER)
    assert not passwords.is_dated(stored, CHEAP)


def test_missing_user_costs_as_much_as_a_wrong_password() -> None:
    cost = PasswordCost(memory_kib=8 * 1024, passes=3, lanes=1)
    stored = passwords.hashed("heron quilt marble", cost)
    passwords.matches(None, "warm up", cost)

    def best(stored: str | None) -> float:
        times = []
        for _ in range(5):
            began = time.thread_time()
            passwords.matches(stored, "something else", cost)
            times.append(time.thread_time() - began)
        return min(times)

    wrong, missing = best(stored), best(None)

    assert 0.5 < missing / wrong < 2
