"""Import folders for the tests: small good ones, and the same with one thing wrong."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select

from casework.config import ROOT
from casework.extensions import db

DATA = ROOT / "tests" / "data"
SMALL = DATA / "asb_small"
DVA = DATA / "dva_small"
YEAR = ROOT / "casework" / "demonstration" / "asb_2017_18"

Change = Callable[[Path], object]


def copy(source: Path, target: Path, change: Change = lambda _folder: None) -> Path:
    """A copy of a folder with one change made to it."""
    shutil.copytree(source, target)
    change(target)
    return target


def rows(path: Path) -> list[list[str]]:
    """A file as the csv module reads it, header first."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write(path: Path, content: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(content)


def put(file: str, row: int, column: str, value: str) -> Change:
    """Set one value; rows count from 1 under the header."""

    def change(folder: Path) -> None:
        content = rows(folder / file)
        content[row][content[0].index(column)] = value
        write(folder / file, content)

    return change


def reshape(file: str, change_rows: Callable[[list[list[str]]], list[list[str]]]) -> Change:
    """Change the rows of a file, its header among them."""
    return lambda folder: write(folder / file, change_rows(rows(folder / file)))


def replace(file: str, old: bytes, new: bytes) -> Change:
    """Replace bytes, once."""

    def change(folder: Path) -> None:
        content = (folder / file).read_bytes()
        assert old in content
        (folder / file).write_bytes(content.replace(old, new, 1))

    return change


def many(folder: Path, times: int) -> Path:
    """Fill `folder` with the demonstration year so many times over, each time under other references."""
    folder.mkdir()
    for path in YEAR.glob("*.csv"):
        header, *content = rows(path)
        keys = {header.index(name) for name in ("id", "reference") if name in header}
        again = [
            [f"{value}-{turn}" if place in keys else value for place, value in enumerate(row)]
            for turn in range(times)
            for row in content
        ]
        write(folder / path.name, [header, *again])
    return folder


def counts() -> dict[str, int]:
    """How many rows each table holds."""
    found = {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in db.metadata.sorted_tables
    }
    db.session.rollback()
    return found
