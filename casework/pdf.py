"""Tagged PDF (PDF/UA-1) from data: a document is a list of blocks, and no text in it is ever read as markup.

One layout, `templates/pdf/layout.typ`, draws them all. It is typeset in this process, from memory to memory: nothing
of a document touches a disk. Fonts come with the typesetter, those of the machine go before them.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any, ClassVar

import typst

from casework.config import ROOT
from casework.errors import CaseworkError

LAYOUT = ROOT / "templates" / "pdf" / "layout.typ"
# A face without serifs where the machine has one (they read better on a phone); the last comes with the typesetter.
FACES = ("Arial", "Liberation Sans", "Noto Sans", "DejaVu Sans", "Libertinus Serif")


class NotMade(CaseworkError):
    """A document could not be typeset. What the typesetter said is not repeated: it quotes the text."""

    message = "This document could not be made."


@dataclass(frozen=True)
class Heading:
    """A heading of level 2 or 3: the document's title is the only one of level 1."""

    kind: ClassVar[str] = "heading"
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Text as it was typed: its line ends are kept."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Notice:
    """What nobody may overlook: safe contact, who must not be told."""

    kind: ClassVar[str] = "notice"
    text: str


@dataclass(frozen=True)
class Bullets:
    kind: ClassVar[str] = "bullets"
    items: Sequence[str]


@dataclass(frozen=True)
class Facts:
    """Names with their values: what stands in a summary list on a page."""

    kind: ClassVar[str] = "facts"
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table whose header row is repeated on every page it runs over; `widths` are shares, like (1, 3)."""

    kind: ClassVar[str] = "table"
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    widths: Sequence[int] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in (*self.rows, self.widths or self.columns)):
            raise ValueError("every row of a table has a cell for each column")
        object.__setattr__(self, "widths", self.widths or (1,) * len(self.columns))


@dataclass(frozen=True)
class PageBreak:
    kind: ClassVar[str] = "page_break"


Block = Heading | Paragraph | Notice | Bullets | Facts | Table | PageBreak


@dataclass(frozen=True)
class Document:
    """A document for one reader, who stands on every page of it, with the moment in words and the handling marking."""

    title: str
    marking: str
    reader: str
    made_at: str
    blocks: Sequence[Block]
    landscape: bool = False


def make_pdf(document: Document) -> bytes:
    """The document as PDF. A character that no font here can show becomes a replacement character."""
    blocks = [{"kind": block.kind, **asdict(block)} for block in document.blocks]
    data = _each_text({**asdict(document), "blocks": blocks}, _clean)
    try:
        return _typeset(data)
    except typst.TypstError as fault:
        # PDF/UA refuses a text that a font has no sign for.
        if "could not be displayed" not in fault.message:
            raise NotMade from None
    for hidden in (_hidden(data), _uncommon(data)):
        with suppress(typst.TypstError):
            return _typeset(_each_text(data, partial(_without, hidden)))
    raise NotMade


def _typeset(data: Any) -> bytes:
    made = typst.compile(
        str(LAYOUT),
        root=str(LAYOUT.parent),
        format="pdf",
        pdf_standards="ua-1",
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps({**data, "fonts": _faces()})},
    )
    assert isinstance(made, bytes)  # noqa: S101 (a list only for pictures of many pages)
    return made


@cache
def _fonts() -> typst.Fonts:
    """Looking through the machine's fonts takes longer than typesetting a page."""
    return typst.Fonts()


def _faces() -> tuple[str, ...]:
    present = {family.casefold() for family in _fonts().families()}
    return tuple(face for face in FACES if face.casefold() in present)


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_JOINER = "\N{ZERO WIDTH JOINER}"
_COMMON = "\u0250"  # below this is the Latin of Europe, which every face has
_MOST_TRIALS = 200  # of a few milliseconds each


def _each_text(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {name: _each_text(value, change) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_each_text(value, change) for value in data]
    return data


def _clean(text: str) -> str:
    """Without what is no character at all, and without the marks that make text read backwards."""
    return "".join(map(_kept, text.replace("\r\n", "\n").replace("\r", "\n")))


def _kept(character: str) -> str:
    if character in "\n\t":
        return character
    if unicodedata.bidirectional(character) in (
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    ):
        return ""
    return REPLACEMENT if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") else character


def _signs(text: str) -> list[str]:
    """The text in pieces that a font shows as one: a character with the marks on it."""
    signs: list[str] = []
    for character in text:
        joins = unicodedata.category(character).startswith("M") or character == _JOINER
        if signs and (joins or signs[-1].endswith(_JOINER)):
            signs[-1] += character
        else:
            signs.append(character)
    return signs


def _uncommon(data: Any) -> set[str]:
    """Every sign in the data that is more than plain Latin."""
    found: set[str] = set()

    def look(text: str) -> str:
        found.update(_signs(text))
        return text

    _each_text(data, look)
    return {sign for sign in found if max(sign) >= _COMMON and sign != REPLACEMENT}


def _hidden(data: Any) -> set[str]:
    """The signs that no font shows, found by halving. The typesetter names one at a time, and not the mark on it."""
    hidden: set[str] = set()
    heaps = [sorted(_uncommon(data))]
    for _ in range(_MOST_TRIALS):
        if not heaps:
            break
        heap = heaps.pop()
        if _shows(heap):
            continue
        if len(heap) == 1:
            hidden.update(heap)
        else:
            heaps += [heap[len(heap) // 2 :], heap[: len(heap) // 2]]  # the lower half, of the commoner, next
    return hidden.union(*heaps)


def _shows(signs: Sequence[str]) -> bool:
    trial = Document("Trial", "", "", "", [])
    try:
        _typeset({**asdict(trial), "blocks": [{"kind": Bullets.kind, "items": signs}]})
    except typst.TypstError:
        return False
    return True


def _without(hidden: set[str], text: str) -> str:
    """A plain letter under a mark that cannot be shown stays, followed by the sign that something is missing."""
    return "".join(
        "".join(each for each in sign if each < _COMMON) + REPLACEMENT if sign in hidden else sign
        for sign in _signs(text)
    )
