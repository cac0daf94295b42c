"""Taking words out of a text and saying, where they stood, what was left out. Nothing here knows of a database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from casework.cases.gate import Secret, digits_of
from casework.crypto.blind import normalise

TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
NUMBER = re.compile(r"\+?\d(?:[\s().\-/]{0,2}\d)+")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
FEWEST_WORDS = 4  # of a sentence that is looked for: shorter ones are said of anybody
ONLY_FOR = re.compile(r"\s*only for ([^:]+):\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """Some words of a text; or, `left_out`, what stood there in their place."""

    text: str
    left_out: bool = False


@dataclass(frozen=True)
class Line:
    """A line of a text. `kind`: heading, point or text."""

    kind: str
    pieces: tuple[Piece, ...]

    @property
    def words(self) -> str:
        """The line in plain text."""
        return "".join(f"[Left out: {piece.text}]" if piece.left_out else piece.text for piece in self.pieces)


def redact(text: str, secrets: Iterable[Secret]) -> tuple[Piece, ...]:
    """The text without what is secret. Where two overlap, they become one gap with both reasons."""
    found = sorted((span, secret.what) for secret in secrets for span in _spans(text, secret))
    gaps: list[tuple[int, int, list[str]]] = []
    for (start, end), what in found:
        if gaps and start < gaps[-1][1]:
            first, last, whats = gaps.pop()
            gaps.append((first, max(last, end), [*whats, what]))
        else:
            gaps.append((start, end, [what]))
    return tuple(_pieces(text, gaps))


def _pieces(text: str, gaps: Sequence[tuple[int, int, list[str]]]) -> Iterator[Piece]:
    at = 0
    for start, end, whats in gaps:
        if text[at:start]:
            yield Piece(text[at:start])
        yield Piece("; ".join(dict.fromkeys(whats)), left_out=True)
        at = end
    if text[at:] or not gaps:
        yield Piece(text[at:])


def _spans(text: str, secret: Secret) -> Iterator[tuple[int, int]]:
    match secret.kind:
        case "number":
            for found in NUMBER.finditer(text):
                if secret.value in digits_of(found[0]):
                    yield found.span()
        case "email":
            for found in re.finditer(re.escape(secret.value), text, re.IGNORECASE):
                yield found.span()
        case _:
            yield from _runs(text, secret.value.replace(" ", ""))


def _runs(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Where neighbouring words, written together without marks, are what is wanted."""
    tokens = [(normalise(token[0]).replace(" ", ""), *token.span()) for token in TOKEN.finditer(text)]
    for first in range(len(tokens) if wanted else 0):
        joined = ""
        for word, _, end in tokens[first:]:
            joined += word
            if joined == wanted:
                yield tokens[first][1], end
            if len(joined) >= len(wanted):
                break


def sentences(text: str | None, what: str) -> list[Secret]:
    """Each sentence of a text that is long enough to be known again, as something not to be repeated."""
    bare = (normalise(sentence) for sentence in SENTENCE.split(text or ""))
    return [Secret("words", words, what) for words in bare if len(words.split()) >= FEWEST_WORDS]


def lines_of(text: str | None) -> Iterator[tuple[str, str]]:
    """Kind and words of each line: one that ends with a colon and begins a section is a heading, "- " a point."""
    after_gap = True
    for line in (text or "").splitlines():
        words = line.strip()
        if words.startswith("- "):
            yield "point", words[2:]
        elif words:
            yield ("heading", words[:-1]) if after_gap and words.endswith(":") else ("text", words)
        after_gap = not words


def for_others(words: str, agency: str) -> bool:
    """Whether a line says that it is for some agencies, and this is none of them: "Only for Police; Housing: ..."."""
    said = ONLY_FOR.match(words)
    return said is not None and normalise(agency) not in {normalise(name) for name in said[1].split(";")}


def plain(text: str | None) -> list[Line]:
    """The lines of a text as they stand."""
    return [Line(kind, (Piece(words),)) for kind, words in lines_of(text)]
