"""Many copies of rows, as the database holds them, by its own driver.

What they hold sealed keeps its size and could not be opened, which nothing that is measured on them may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Engine

Change = Callable[[Any, int], Any]
"""A value and the number of the copy: the value in that copy."""

BATCH = 20_000  # rows of the first table inserted at a time


def copy_rows(engine: Engine, models: Sequence[Any], wanted: int, changes: Mapping[str, Change]) -> int:
    """Copy the rows of some tables until the first holds so many; returns how many that are."""
    with engine.begin() as connection:
        tables = [_Copied(connection, model.__tablename__, changes) for model in models]
        few = len(tables[0].rows)
        copies = wanted // few
        step = max(1, BATCH // few)
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for start in range(1, copies, step):
            for table in tables:
                rows = [row for turn in range(start, min(start + step, copies)) for row in table.copied(turn)]
                connection.exec_driver_sql(table.insertion, rows)
        connection.exec_driver_sql("ANALYZE")
    return copies * few


class _Copied:
    """A table's rows, and how one more copy of them differs."""

    def __init__(self, connection: Connection, table: str, changes: Mapping[str, Change]) -> None:
        result = connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 (a table of ours)
        names = list(result.keys())
        self.rows = [tuple(row) for row in result]
        self.insertion = f"INSERT INTO {table} VALUES ({', '.join('?' for _ in names)})"  # noqa: S608
        self._changes = {
            place: change for place, name in enumerate(names) if (change := changes.get(name)) is not None
        }

    def copied(self, turn: int) -> Iterator[tuple[Any, ...]]:
        for row in self.rows:
            copy = list(row)
            for place, change in self._changes.items():
                if copy[place] is not None:
                    copy[place] = change(copy[place], turn)
            yield tuple(copy)


def other_id(value: bytes, turn: int) -> bytes:
    """As far as the time in it the same, so that copies lie together; ids of one millisecond may differ in one bit."""
    return value[:6] + blake2b(value, digest_size=10, salt=turn.to_bytes(8, "big")).digest()


def other_reference(value: str, turn: int) -> str:
    return f"{value}-{turn}"
