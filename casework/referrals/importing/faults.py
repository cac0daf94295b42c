"""What is wrong with an import, said so that its author can find the place. No value of a file is ever repeated."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TextIO

from casework.errors import Invalid

SHOWN = 100  # how many faults a person is shown at once; the report holds the rest
KEPT = 100_000  # a file wrong from end to end may not fill the memory with its faults


class Fault(NamedTuple):
    """One fault. `line` is where its record starts, as an editor counts lines; 0 when it is of no one line."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = [self.file] if self.file else []
        if self.line:
            place.append(f"line {self.line}")
        if self.column:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.reason}"


class Faults:
    """The faults found so far, in the order of the files and their lines as read."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.uncounted = 0

    def add(self, file: str, line: int, column: str, reason: str) -> None:
        if len(self.found) < KEPT:
            self.found.append(Fault(file, line, column, reason))
        else:
            self.uncounted += 1

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found) + self.uncounted

    def refuse(self) -> None:
        """Raise ImportRefused if there is any fault."""
        if self.found:
            raise ImportRefused(self.found, len(self))


class ImportRefused(Invalid):
    """The import cannot be taken, and nothing of it was. `faults` says why, `count` how many there were in all."""

    def __init__(self, faults: Iterable[Fault], count: int | None = None) -> None:
        self.faults = tuple(faults)
        self.count = count if count is not None else len(self.faults)
        lines = [str(fault) for fault in self.faults[:SHOWN]]
        if self.count > SHOWN:
            lines.append(f"... and {self.count - SHOWN} more.")
        noun = "fault" if self.count == 1 else "faults"
        lines.append(f"Nothing was imported: {self.count} {noun}.")
        super().__init__("\n".join(lines))


def write_report(faults: Iterable[Fault], file: TextIO) -> None:
    """Write the faults as CSV: file, line, column, reason."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(Fault._fields)
    writer.writerows((fault.file, fault.line or "", fault.column, fault.reason) for fault in faults)
