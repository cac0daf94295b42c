"""What may be shown to whom. The only maker of a SafeTable and a SafeReport; pure, it asks nothing.

Measures hand over a raw report; charts, exports and pages take nothing but a safe one. Each audience has one
rule, and a rule sees the whole report, because a figure can be worked out from those beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass
from enum import StrEnum
from typing import Any, final

from casework.errors import Invalid
from casework.programmes.reports import Comparator
from casework.statistics.periods import Column, Period


class Audience(StrEnum):
    """Whom a report is for."""

    INTERNAL = "internal"
    PARTNERSHIP = "partnership"
    PUBLIC = "public"
    STATUTORY = "statutory"
    TRUSTED = "trusted"


class Status(StrEnum):
    """What a printed figure is."""

    EXACT = "exact"
    NOT_RECORDED = "not_recorded"  # nobody was ever asked, so there is no figure, not even 0


# -- as counted ------------------------------------------------------------------------------------


Value = int | float
"""A count, or a measure (a median, a mean) in a unit of its own."""


@dataclass(frozen=True)
class RawRow:
    """A row of a table; one that is not `always` shown disappears when it is empty.

    A row with a `unit` of its own ("days") holds measures, worked out from things and not counting them: it is in
    no total, is no share of anything, and adds up over no rows and no columns.
    """

    id: str
    label: str
    always: bool = True
    unit: str = ""


@dataclass(frozen=True)
class RawTable:
    """A table as counted. `counts` is keyed by (row id, column id); None there is what was never asked.

    `totals` has one count for each column: the sum of its rows where the table is additive; None there is what was
    never asked, and a table without totals has no such line. Percentages are of the column's total, or (`base`) of
    the cell in that column of the same row: each other column then counts some of what the base counts.
    """

    id: str
    title: str
    row_heading: str
    unit: str
    additive: bool
    columns: tuple[Column, ...]
    rows: tuple[RawRow, ...]
    counts: Mapping[tuple[str, str], Value | None]
    totals: Mapping[str, int | None]
    base: str = ""
    chart: bool = False
    comparators: tuple[Comparator, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawHeadline:
    """A single figure; None is what was never asked."""

    id: str
    label: str
    count: int | None


@dataclass(frozen=True)
class RawReport:
    """A report as counted: never shown, never kept."""

    id: str
    title: str
    period: Period
    headlines: tuple[RawHeadline, ...]
    tables: tuple[RawTable, ...]
    notes: tuple[str, ...] = ()


# -- as shown --------------------------------------------------------------------------------------

_MAKER = object()
"""Held by this module alone: without it no SafeTable and no SafeReport can be constructed."""


@dataclass(frozen=True)
class Row:
    id: str
    label: str
    unit: str = ""  # of a measure; a count has the unit of its table

    @property
    def words(self) -> str:
        """What the row is called, with its unit where it holds measures."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True)
class Cell:
    """A figure of a table. `percent` is a whole number worked out from the figures shown."""

    row: str
    column: str
    count: Value | None
    percent: int | None
    status: Status

    @property
    def words(self) -> str:
        return words_of(self.count)


@dataclass(frozen=True)
class Total:
    column: str
    count: int | None
    status: Status
    percent: int | None = None  # of the base, where the table has one

    @property
    def words(self) -> str:
        return words_of(self.count)


@dataclass(frozen=True)
class Headline:
    id: str
    label: str
    count: int | None
    status: Status


def words_of(value: Value | None) -> str:
    """1,234; 7.5 of a measure; never 0 for what nobody asked."""
    if value is None:
        return "not recorded"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


class _Guarded:
    """What this module alone may construct, and nobody may extend."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__ != __name__:
            raise TypeError("only the disclosure rules say what is safe")


def _check(maker: object) -> None:
    if maker is not _MAKER:
        raise TypeError("only the disclosure rules make what is safe: see protect()")


@final
@dataclass(frozen=True)
class SafeTable(_Guarded):
    """A table that its audience may see. `marking` says what it is on every copy."""

    id: str
    title: str
    row_heading: str
    unit: str
    additive: bool
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    cells: tuple[Cell, ...]
    totals: tuple[Total, ...]
    base: str
    marking: str
    chart: bool
    comparators: tuple[Comparator, ...]
    notes: tuple[str, ...]
    maker: InitVar[object] = None

    def __post_init__(self, maker: object) -> None:
        _check(maker)

    def cell(self, row_id: str, column_id: str) -> Cell:
        return next(cell for cell in self.cells if (cell.row, cell.column) == (row_id, column_id))

    def total(self, column_id: str) -> Total:
        return next(total for total in self.totals if total.column == column_id)

    @property
    def shares_apart(self) -> bool:
        """Whether percentages stand in columns of their own: those of a base stand beside their count."""
        return bool(self.totals) and not self.base

    @property
    def widest(self) -> Column:
        """The column that counts the most days: the one a chart shows."""
        return max(reversed(self.columns), key=lambda column: column.period.last - column.period.first)


@final
@dataclass(frozen=True)
class SafeReport(_Guarded):
    """A report that its audience may see."""

    id: str
    title: str
    period: Period
    audience: Audience
    marking: str
    headlines: tuple[Headline, ...]
    tables: tuple[SafeTable, ...]
    notes: tuple[str, ...]
    maker: InitVar[object] = None

    def __post_init__(self, maker: object) -> None:
        _check(maker)

    def table(self, table_id: str) -> SafeTable:
        return next(table for table in self.tables if table.id == table_id)


# -- the rules -------------------------------------------------------------------------------------

INTERNAL_MARKING = "Internal: exact figures, not for publication"
ROUNDING_NOTE = "Percentages may not sum to 100 due to rounding."
NOT_RECORDED_NOTE = "“Not recorded” means that nobody was asked, so there is no figure."


def audience_named(name: str) -> Audience:
    """The audience of that name. Raises Invalid for a name that is none."""
    try:
        return Audience(name)
    except ValueError:
        raise Invalid(f"There is no audience “{name}”: choose one of {', '.join(Audience)}.") from None


def protect(raw: RawReport, audience: Audience, method: str | None = None) -> SafeReport:
    """The report as `audience` may see it. Raises Invalid for an audience that has no rule yet."""
    check_audience(audience, method)
    return RULES[audience](raw)


def check_audience(audience: Audience, method: str | None = None) -> None:
    """Raise Invalid unless a report can be made for the audience in that way, before anything is counted."""
    if audience not in RULES:
        raise Invalid(f"Reports for the audience “{audience}” are not available yet: only internal ones are.")
    if method is not None:
        raise Invalid("Internal reports hold exact figures: no method of protection can be chosen for them.")


def percent_of(count: int, base: int) -> int | None:
    """The share in whole per cent, a half rounded up; None where there is nothing to share."""
    return (200 * count + base) // (2 * base) if base else None


def _exact(raw: RawReport) -> SafeReport:
    """The internal rule: exact figures, marked as such wherever they go."""
    return SafeReport(
        id=raw.id,
        title=raw.title,
        period=raw.period,
        audience=Audience.INTERNAL,
        marking=INTERNAL_MARKING,
        headlines=tuple(
            Headline(headline.id, headline.label, headline.count, _status(headline.count))
            for headline in raw.headlines
        ),
        tables=tuple(_exact_table(table) for table in raw.tables),
        notes=raw.notes,
        maker=_MAKER,
    )


def _exact_table(raw: RawTable) -> SafeTable:
    shown = [row for row in raw.rows if row.always or _is_filled(raw, row)]
    rows = tuple(Row(row.id, row.label, row.unit) for row in shown)
    cells = tuple(_exact_cell(raw, row, column.id) for row in rows for column in raw.columns)
    return SafeTable(
        id=raw.id,
        title=raw.title,
        row_heading=raw.row_heading,
        unit=raw.unit,
        additive=raw.additive,
        columns=raw.columns,
        rows=rows,
        cells=cells,
        totals=tuple(_exact_total(raw, column.id) for column in raw.columns if raw.totals),
        base=raw.base,
        marking=INTERNAL_MARKING,
        chart=raw.chart,
        comparators=raw.comparators,
        notes=(*raw.notes, *_notes_on(raw, cells)),
        maker=_MAKER,
    )


def _exact_cell(raw: RawTable, row: Row, column_id: str) -> Cell:
    value = raw.counts[row.id, column_id]
    if row.unit:
        return Cell(row.id, column_id, value, None, _status(value))
    base = raw.counts[row.id, raw.base] if raw.base else raw.totals.get(column_id)
    return Cell(row.id, column_id, value, _share(raw, column_id, value, base), _status(value))


def _exact_total(raw: RawTable, column_id: str) -> Total:
    count = raw.totals[column_id]
    percent = _share(raw, column_id, count, raw.totals[raw.base]) if raw.base else None
    return Total(column_id, count, _status(count), percent)


def _share(raw: RawTable, column_id: str, count: Value | None, base: Value | None) -> int | None:
    """The share of the base, for a count; the base itself has none."""
    if count is None or base is None or column_id == raw.base:
        return None
    return percent_of(int(count), int(base))


def _is_filled(raw: RawTable, row: RawRow) -> bool:
    return any(raw.counts[row.id, column.id] for column in raw.columns)


def _status(count: Value | None) -> Status:
    return Status.NOT_RECORDED if count is None else Status.EXACT


def _notes_on(raw: RawTable, cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """What a reader must know about these very figures."""
    notes = []
    sums = [
        sum(cell.percent or 0 for cell in cells if cell.column == column.id)
        for column in raw.columns
        if raw.totals.get(column.id)
    ]
    if raw.additive and not raw.base and any(total != 100 for total in sums):
        notes.append(ROUNDING_NOTE)
    if not raw.additive and raw.totals:
        notes.append("One referral can be in several rows, so the rows add up to more than the total.")
    if any(cell.status is Status.NOT_RECORDED for cell in cells):
        notes.append(NOT_RECORDED_NOTE)
    return tuple(notes)


RULES: Mapping[Audience, Callable[[RawReport], SafeReport]] = {Audience.INTERNAL: _exact}
