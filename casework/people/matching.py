"""How alike two people are, in clear: pure, and only ever asked of people whom the searcher may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import jellyfish

from casework.crypto.blind import normalise, postcode_tokens, sound

NEAR_NAME = 0.84  # Jaro-Winkler: above it two names are one name misspelt more often than not (tests/people)
LEAST_SCORE = 0.55  # below it a candidate is not worth a caseworker's look


@dataclass(frozen=True)
class Likeness:
    """What is known of somebody, as far as it helps to recognise them."""

    names: tuple[str, ...]
    born: date | None = None
    postcodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agreement:
    """How one field agrees: `exact`, `near`, `sounds alike`, `transposed` or `different`."""

    field: str
    agreement: str
    score: float


def compare(asked: Likeness, known: Likeness) -> tuple[float, tuple[Agreement, ...]]:
    """How likely the two are one person, 0 to 1, and why, field by field. A field that either lacks says nothing."""
    found = tuple(
        agreement
        for agreement in (_names(asked, known), _births(asked.born, known.born), _postcodes(asked, known))
        if agreement
    )
    weights = {"name": 0.6, "date of birth": 0.3, "postcode": 0.2}
    total = sum(weights[agreement.field] for agreement in found)
    score = sum(weights[agreement.field] * agreement.score for agreement in found)
    return (round(score / total, 3) if total else 0.0), found


def _names(asked: Likeness, known: Likeness) -> Agreement | None:
    """Each word asked for against its best word known, in any order."""
    wanted, held = _words(asked.names), _words(known.names)
    if not wanted or not held:
        return None
    scores = [max(_word_score(word, other) for other in held) for word in wanted]
    score = sum(scores) / len(scores)
    if score == 1.0:
        return Agreement("name", "exact", 1.0)
    sounds = {sound(word) for word in held}
    if all(sound(word) in sounds for word in wanted):
        return Agreement("name", "sounds alike", max(score, 0.9))
    if score >= NEAR_NAME:
        return Agreement("name", "near", score)
    return Agreement("name", "different", score * 0.6)


def _word_score(word: str, other: str) -> float:
    if word == other:
        return 1.0
    if len(word) == 1 or len(other) == 1:
        return 0.9 if word[0] == other[0] else 0.0  # an initial
    return jellyfish.jaro_winkler_similarity(word, other)


def _births(asked: date | None, known: date | None) -> Agreement | None:
    if asked is None or known is None:
        return None
    if asked == known:
        return Agreement("date of birth", "exact", 1.0)
    if (asked.year, asked.month, asked.day) == (known.year, known.day, known.month):
        return Agreement("date of birth", "transposed", 0.9)
    parts = sum((asked.year == known.year, asked.month == known.month, asked.day == known.day))
    if parts == 2 and abs(asked.year - known.year) <= 10:
        return Agreement("date of birth", "near", 0.7)
    return Agreement("date of birth", "different", 0.0)


def _postcodes(asked: Likeness, known: Likeness) -> Agreement | None:
    wanted, held = _bare(asked.postcodes), _bare(known.postcodes)
    if not wanted or not held:
        return None
    if wanted & held:
        return Agreement("postcode", "exact", 1.0)
    districts = {code[:-3] for code in held if len(code) > 4}
    if any(code[:-3] in districts for code in wanted if len(code) > 4):
        return Agreement("postcode", "near", 0.5)
    # People move: another postcode is no evidence against.
    return None


def _bare(postcodes: Iterable[str]) -> set[str]:
    return {token.text for postcode in postcodes for token in postcode_tokens(postcode)}


def _words(names: Iterable[str]) -> list[str]:
    return [word for name in names if name for word in normalise(name).split()]
