"""Where the files of an import come from: a folder, or an upload that is held in memory."""

from __future__ import annotations

import io
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from casework.errors import Invalid


class Unreadable(Exception):
    """A file that is there and cannot be read; the text says why."""


class Source(Protocol):
    def open(self, name: str) -> BinaryIO | None:
        """The file's bytes from their beginning; None when there is no such file. Raises Unreadable."""

    def others(self, known: Collection[str]) -> list[str]:
        """The CSV files that are there and that nobody asked for."""


class Folder:
    """The files of a folder."""

    def __init__(self, path: Path) -> None:
        """Raises Invalid when `path` is no folder that can be read."""
        self.path = path
        try:
            self._names = sorted(entry.name for entry in path.iterdir())
        except OSError as error:
            raise Invalid(f"{path}: cannot be read as a folder: {_why(error)}.") from None

    def open(self, name: str) -> BinaryIO | None:
        if name not in self._names:
            return None
        try:
            # A pipe or a device would keep us waiting, so the kind is asked before the file is opened.
            if not stat.S_ISREG((self.path / name).stat().st_mode):
                raise Unreadable("this is not a file")
            return (self.path / name).open("rb")
        except OSError as error:
            raise Unreadable(f"cannot be opened: {_why(error)}") from None

    def others(self, known: Collection[str]) -> list[str]:
        return [name for name in self._names if name.lower().endswith(".csv") and name not in known]


class Upload:
    """Files that were uploaded, by the names that the programme gives them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def open(self, name: str) -> BinaryIO | None:
        content = self.files.get(name)
        return None if content is None else io.BytesIO(content)

    def others(self, known: Collection[str]) -> list[str]:
        return []


def _why(error: OSError) -> str:
    return (error.strerror or "it cannot be read").lower()
