"""Bytes of a CSV file to records, strictly and within bounded memory."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from casework.programmes.imports import MAX_FIELD_CHARS
from casework.referrals.importing.faults import Faults

# The longest that a field of so many characters can be: four bytes each, between quotes, with its comma.
MAX_FIELD_BYTES = 4 * MAX_FIELD_CHARS + 3
BOM = "\ufeff"
PIECE = re.compile(r'"[^"]*(?:""[^"]*)*(?:"|$)|[^,\r\n]*')

TOO_LONG = f"is longer than {MAX_FIELD_CHARS:,} characters, or a quote in it is never closed"
REASONS = {
    "unexpected end of data": "a quote is opened here and never closed",
    "field larger than field limit": TOO_LONG,
    "new-line character": "a carriage return stands here outside quotes",
    "expected after": "after a closing quote comes something other than a comma",
}


class Record(NamedTuple):
    """One record. `line` is the physical line on which it starts."""

    line: int
    values: list[str]


class _LineTooLong(Exception):
    """A line that cannot hold only fields of a lawful length."""


class _Lines:
    """The physical lines of a file, for the csv module; keeps what it read of the record that is being put together."""

    def __init__(self, stream: BinaryIO, longest: int) -> None:
        self.stream = stream
        self.longest = longest
        self.number = 0
        self.offset = 0
        self.begin()

    def begin(self) -> None:
        """The next line starts a record."""
        self.text: list[str] = []
        self.first = self.number + 1
        self.spoilt: tuple[int, str, str] | None = None  # line, the record's text up to there, reason

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        raw = self.stream.readline(self.longest + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        text = self._decode(raw)
        if b"\0" in raw:
            self._spoil(text.partition("\0")[0], "holds a NUL byte")
        self.offset += len(raw)
        self.text.append(text)
        if len(raw) > self.longest:
            raise _LineTooLong
        return text

    def _decode(self, raw: bytes) -> str:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            # Cut at the reading limit, a character may be in two; the line is refused for its length then.
            if len(raw) <= self.longest or error.start < len(raw) - 3:
                before = raw[: error.start].decode("utf-8")
                self._spoil(before, f"is not UTF-8 (byte {self.offset + error.start} of the file)")
            text = raw.decode("utf-8", errors="replace")
        return text.removeprefix(BOM) if self.number == 1 else text

    def _spoil(self, before: str, reason: str) -> None:
        if self.spoilt is None:
            self.spoilt = (self.number, "".join(self.text) + before, reason)


class Reader:
    """The records of one file. Faults of form go to `faults`; a record that has one is not handed out."""

    def __init__(self, stream: BinaryIO, file: str, faults: Faults, *, columns: int) -> None:
        self.file = file
        self.faults = faults
        self.names: list[str] = []  # set by whoever reads the header, so that faults can name their column
        self.whole = True  # False once a record could not be handed out
        self.lines = _Lines(stream, columns * MAX_FIELD_BYTES)

    def __iter__(self) -> Iterator[Record]:
        rows = csv.reader(self.lines, strict=True)
        while True:
            self.lines.begin()
            try:
                values = next(rows)
            except StopIteration:
                return
            except _LineTooLong:
                self._fault_of_length()
                return
            except csv.Error as error:
                # Where the next record starts is anybody's guess now, so the rest is not read.
                self._fault_of_form(str(error))
                return
            if self.lines.spoilt:
                self._fault_of_bytes(*self.lines.spoilt)
                if not self.names:
                    return
            elif values and self._short_enough(values):
                yield Record(self.lines.first, values)

    def column(self, index: int) -> str:
        """The name of a column, or its place where the header gives it none."""
        return self.names[index] if index < len(self.names) else str(index + 1)

    def _short_enough(self, values: list[str]) -> bool:
        longest = max(map(len, values))
        if longest > MAX_FIELD_CHARS:
            for index, value in enumerate(values):
                if len(value) > MAX_FIELD_CHARS:
                    self._add(self.lines.first, index, f"is longer than {MAX_FIELD_CHARS:,} characters")
        return longest <= MAX_FIELD_CHARS

    def _fault_of_length(self) -> None:
        pieces = _pieces("".join(self.lines.text))
        long = next((index for index, piece in enumerate(pieces) if len(piece) > MAX_FIELD_CHARS), None)
        if long is None:
            self._add(self.lines.first, len(self.names), "the line has more fields than the header names")
        else:
            self._add(self.lines.first, long, TOO_LONG)

    def _fault_of_form(self, error: str) -> None:
        if self.lines.spoilt:
            self._fault_of_bytes(*self.lines.spoilt)
            return
        reason = next((words for part, words in REASONS.items() if part in error), "the line is not CSV")
        pieces = _pieces("".join(self.lines.text))
        long = [index for index, piece in enumerate(pieces) if len(piece) > MAX_FIELD_CHARS]
        index = long[0] if long and reason is TOO_LONG else len(pieces) - 1
        self._add(self.lines.first, index, f"{reason}; the lines after it were not read")

    def _fault_of_bytes(self, line: int, before: str, reason: str) -> None:
        self._add(line, len(_pieces(before)) - 1, reason)

    def _add(self, line: int, index: int, reason: str) -> None:
        self.whole = False
        self.faults.add(self.file, line, self.column(index), reason)


def _pieces(text: str) -> list[str]:
    """The fields of a record as they are written, up to the first that is not well formed."""
    pieces: list[str] = []
    place = -1
    while True:
        piece = PIECE.match(text, place + 1)
        assert piece is not None  # noqa: S101 (the pattern matches nothing too)
        pieces.append(piece.group())
        place = piece.end()
        if text[place : place + 1] != ",":
            return pieces
