"""The blind index: keyed digests of how a person's names, birth and home are written and sound.

Somebody who holds the key can ask whether a token is there; somebody who holds only the database sees which
rows share a token and how often, no more. `docs/security.md` gives the figures.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

import jellyfish

# Six bytes: with 100,000 people a chance match of two different tokens is rarer than one in a thousand million
# pairs, and the text cannot be checked by length.
TOKEN_BYTES = 6

# Letters that Unicode does not decompose into a base letter and a mark.
LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i"}
)
NOT_LETTERS = re.compile(r"[^\w]+", re.UNICODE)
APOSTROPHES = re.compile(r"['’‘ʼ`´]")
POSTCODE = re.compile(r"[^A-Z0-9]")


class Token(NamedTuple):
    """What is digested: a kind and a normalised text. `weight` is how much one shared token says of sameness."""

    kind: str
    text: str
    weight: int


def normalise(name: str) -> str:
    """A name in lower case without marks or apostrophes, its words parted by single spaces.

    "O’Neill-Şahin" and "ONEILL SAHIN" become the same. Scripts other than Latin keep their letters.
    """
    name = APOSTROPHES.sub("", name)
    if name.isascii():  # as most are: nothing of what follows would change it
        return " ".join(NOT_LETTERS.sub(" ", name.lower()).split())
    # Turkish capital İ would fold to i and a combining dot; the decomposition below takes the dot away.
    folded = unicodedata.normalize("NFKD", name).casefold().translate(LETTERS)
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(NOT_LETTERS.sub(" ", bare).split())


def sound(word: str) -> str:
    """How one normalised word sounds to an English ear: Metaphone, vowels dropped; empty where it has no Latin letters."""
    latin = "".join(letter for letter in word if "a" <= letter <= "z")
    return jellyfish.metaphone(latin) if latin else ""


def skeleton(word: str) -> str:
    """The word's first letter and its other consonants in order of the alphabet, each once: forgives swapped letters."""
    return word[:1] + "".join(sorted({letter for letter in word[1:] if letter not in "aeiouy"}))


def name_tokens(*names: str | None) -> Iterator[Token]:
    """Tokens of every word of every name, whichever box it was typed in (family name first, double names)."""
    for word in _words(names):
        yield Token("word", word, 6)
        if len(word) > 1:
            yield Token("sound", sound(word), 3)
            yield Token("skeleton", skeleton(word), 2)


def birth_tokens(born: date | None) -> Iterator[Token]:
    """The date of birth, and the same with day and month in either order."""
    if born is None:
        return
    yield Token("born", born.isoformat(), 6)
    low, high = sorted((born.day, born.month))
    yield Token("born_either", f"{born.year}-{low}-{high}", 4)


def compound_tokens(names: Iterable[str | None], born: date | None) -> Iterator[Token]:
    """A sound together with the year of birth: rare enough to find one person among many of a common name."""
    if born is not None:
        for word in _words(names):
            if len(word) > 1:
                yield Token("sound_year", f"{sound(word)}-{born.year}", 4)


def postcode_tokens(postcode: str | None) -> Iterator[Token]:
    if postcode and (bare := POSTCODE.sub("", postcode.upper())):
        yield Token("postcode", bare, 4)


def person_tokens(
    names: Iterable[str | None], born: date | None = None, postcodes: Iterable[str | None] = ()
) -> set[Token]:
    """Every token under which a person is found."""
    names = tuple(names)
    found = {*name_tokens(*names), *birth_tokens(born), *compound_tokens(names, born)}
    for postcode in postcodes:
        found |= set(postcode_tokens(postcode))
    return {token for token in found if token.text}


def digest(index_key: bytes, scope: str, token: Token) -> bytes:
    """The token as it is stored. `scope` is the programme: the same name in two programmes has two digests."""
    message = "\x1f".join((scope, token.kind, token.text)).encode("utf-8")
    return hmac.digest(index_key, message, "sha256")[:TOKEN_BYTES]


def _words(names: Iterable[str | None]) -> Iterator[str]:
    for name in names:
        if name:
            words = normalise(name).split()
            yield from words
            if len(words) > 1:
                yield "".join(words)
