"""Passwords: what a good one is, and how one is kept (Argon2id, at the cost that the settings name)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from casework.config import PasswordCost

SHORTEST = 14  # characters
ADVICE = (
    f"Use at least {SHORTEST} characters. Three or four words that have nothing to do with each other are "
    "easy to remember and hard to guess. Spaces are allowed."
)
# What must be left of a password once what is easily guessed is taken out, and how many different characters.
LEFT_AT_LEAST = 8
DIFFERENT_AT_LEAST = 6

# The beginnings of most passwords ever stolen, and what somebody in this work would try first.
GUESSED_FIRST = """
password passw0rd passwort letmein welcome iloveyou princess sunshine football liverpool arsenal
chelsea monkey dragon superman batman admin administrator changeme changeit default secret trustno1
master login hello charlie correcthorse batterystaple casework marac channel council police
safeguarding housing january february march april june july august september october november
december spring summer autumn winter monday friday england london barnet
"""
# Neighbours on a keyboard or in the alphabet.
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv")
RUN = 4  # so many of them in a row are one thing to guess, not four


def weakness(password: str, *, email: str, name: str) -> str | None:
    """Why the password must not be used, in words for its author; None when it may be."""
    if len(password) < SHORTEST:
        return f"Password must be {SHORTEST} characters or more"
    bare = _bare(password)
    left = _without_guesses(bare, [*GUESSED_FIRST.split(), *_own_words(email, name)])
    if len(left) < LEFT_AT_LEAST or len(set(password)) < DIFFERENT_AT_LEAST:
        return "Password is too easy to guess: use several words, not your name and not the same word twice"
    return None


def _own_words(email: str, name: str) -> list[str]:
    words = (_bare(each) for each in re.split(r"[\s.@_+-]+", f"{email} {name}"))
    return [word for word in words if len(word) > 2]


def _bare(words: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", words).casefold() if letter.isalnum())


def _without_guesses(bare: str, guesses: Iterable[str]) -> str:
    """What is left without the guesses, without runs along a keyboard, and without what merely repeats."""
    for guess in sorted(guesses, key=len, reverse=True):
        bare = bare.replace(guess, "")
    bare = re.sub(r"(.+?)\1+", r"\1", bare)
    for row in (*ROWS, *(row[::-1] for row in ROWS)):
        for start in range(len(row) - RUN + 1):
            bare = bare.replace(row[start : start + RUN], "")
    return bare


def hashed(password: str, cost: PasswordCost) -> str:
    return _hasher(cost).hash(_kept(password))


def matches(stored: str | None, password: str, cost: PasswordCost) -> bool:
    """Whether the password is the one stored. Where none is, the same work is done and the answer is no."""
    decoy = _decoy(cost)
    try:
        return _hasher(cost).verify(stored or decoy, _kept(password)) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def is_dated(stored: str, cost: PasswordCost) -> bool:
    """Whether the stored hash was made at another cost than today's."""
    return _hasher(cost).check_needs_rehash(stored)


def _kept(password: str) -> bytes:
    """The same characters typed on another keyboard are the same password (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=4)
def _hasher(cost: PasswordCost) -> PasswordHasher:
    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)


@lru_cache(maxsize=4)
def _decoy(cost: PasswordCost) -> str:
    return _hasher(cost).hash(b"nobody's password")
