"""One panel while it is counted: how its tables are put together."""

from __future__ import annotations

import math
import statistics
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from casework.programmes.definition import PanelRules, Programme
from casework.statistics.disclosure import RawRow, RawTable, Value
from casework.statistics.operations import scope as records
from casework.statistics.operations.scope import Scope
from casework.statistics.periods import Column

Named = tuple[str, str]
"""An id and what it is called."""


@dataclass(frozen=True)
class Panel:
    """One panel while it is counted. `recorded` names the kinds of record that there are any of."""

    connection: Connection
    programme: Programme
    rules: PanelRules
    scope: Scope
    recorded: frozenset[str]
    agencies: Mapping[uuid.UUID, tuple[str, bool]]

    @classmethod
    def of(cls, connection: Connection, programme: Programme, rules: PanelRules, scope: Scope) -> Panel:
        found = records.recorded(connection, scope)
        return cls(connection, programme, rules, scope, found, records.agencies(connection, scope))

    def ask(self, measure: Callable[[Connection, Scope], Any]) -> Any:
        return measure(self.connection, self.scope)

    def table(
        self,
        name: str,
        title: str,
        heading: str,
        unit: str,
        rows: Sequence[RawRow],
        counts: Mapping[tuple[str, str], Value | None],
        *,
        of: str,
        columns: Sequence[Named] = (("period", "In the period"),),
        base: str = "",
        total: bool = True,
        notes: tuple[str, ...] = (),
    ) -> RawTable:
        """A table of this panel; what `counts` leaves out is 0, or not recorded where there is no record `of` that."""
        known = of in self.recorded
        rows = rows if known else [replace(row, always=True) for row in rows]
        cells = {
            (row.id, column): counts.get((row.id, column), 0) if known else None
            for row in rows
            for column, _ in columns
        }
        counted = [row.id for row in rows if not row.unit]
        return RawTable(
            id=f"{self.programme.id}-{name}",
            title=f"{self.rules.name}: {title}",
            row_heading=heading,
            unit=unit,
            additive=total,
            columns=tuple(Column(column, label, self.scope.period) for column, label in columns),
            rows=tuple(rows),
            counts=cells,
            totals={
                column: sum(int(cells[row, column] or 0) for row in counted) if known else None
                for column, _ in columns
            }
            if total
            else {},
            base=base,
            notes=notes,
        )

    def by_agency(
        self, found: Iterable[Sequence[Any]], columns: Sequence[Named]
    ) -> tuple[list[RawRow], dict[tuple[str, str], Value | None]]:
        """Rows and cells of (agency, figures): the agencies with a seat, and whoever else did something."""
        figures = {row[0]: row[1:] for row in found}
        rows = [
            RawRow(str(agency), name)
            for agency, (name, seated) in self.agencies.items()
            if seated or agency in figures
        ]
        return rows, cells(figures, columns)

    def coded(
        self, list_id: str, found: Iterable[Sequence[Any]], blank: str = "Not recorded"
    ) -> tuple[list[RawRow], dict[Any, Sequence[Any]]]:
        """Rows of a code list, and of whatever else was found: (code, figures) by row id."""
        figures = {row[0] or "": row[1:] for row in found}
        codes = self.programme.list(list_id).codes
        rows = [RawRow(code.id, code.label, always=False) for code in codes]
        known = {row.id for row in rows}
        rows += [RawRow(code, code) for code in sorted(figures) if code and code not in known]
        if "" in figures:
            rows.append(RawRow("none", blank))
            figures["none"] = figures.pop("")
        return rows, figures


def note(words: str) -> tuple[str, ...]:
    return (words,)


def cells(
    figures: Mapping[Any, Sequence[Any]], columns: Sequence[Named]
) -> dict[tuple[str, str], Value | None]:
    return {
        (str(row), column): value
        for row, values in figures.items()
        for (column, _), value in zip(columns, values, strict=True)
    }


def one(figures: Mapping[Any, Sequence[Any]]) -> dict[tuple[str, str], Value | None]:
    return cells(figures, (("period", ""),))


def in_period(values: Mapping[str, Value | None]) -> dict[tuple[str, str], Value | None]:
    return {(row, "period"): value for row, value in values.items()}


def median(values: Sequence[int]) -> Value | None:
    """The middle one, or the mean of the two in the middle; None of nothing."""
    return tenth(statistics.median(values)) if values else None


def centile(values: Sequence[int], percent: int) -> int | None:
    """The least of the sorted values that at least so many in a hundred do not exceed; None of nothing."""
    return values[math.ceil(len(values) * percent / 100) - 1] if values else None


def tenth(value: float) -> Value:
    """With one decimal, and none where there is no need of it."""
    tenths = math.floor(value * 10 + 0.5)
    return tenths / 10 if tenths % 10 else tenths // 10
