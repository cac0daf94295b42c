"""Small reports made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from casework.statistics import disclosure, periods
from casework.statistics.disclosure import Audience, RawHeadline, RawReport, RawRow, RawTable, SafeReport
from casework.statistics.periods import Column

YEAR = periods.part(2017, "year")
COLUMN = Column("year", "Year", YEAR)


def raw_table(counts: Mapping[str, int | None], **more: Any) -> RawTable:
    """A table of one column, its rows in the order of `counts`, labelled by their ids."""
    defaults: dict[str, Any] = {
        "id": "source",
        "title": "Sources",
        "row_heading": "Source",
        "unit": "referrals",
        "additive": True,
        "columns": (COLUMN,),
        "rows": tuple(RawRow(row, row) for row in counts),
        "counts": {(row, "year"): count for row, count in counts.items()},
        "totals": {"year": sum(count or 0 for count in counts.values())},
        "chart": True,
    }
    return RawTable(**{**defaults, **more})


def raw_report(tables: Sequence[RawTable], headlines: Sequence[RawHeadline] = (), **more: Any) -> RawReport:
    defaults: dict[str, Any] = {"id": "asb_support/year_end", "title": "Report", "period": YEAR}
    return RawReport(**{**defaults, **more}, headlines=tuple(headlines), tables=tuple(tables))


def safe_report(*tables: RawTable, **more: Any) -> SafeReport:
    return disclosure.protect(raw_report(tables, **more), Audience.INTERNAL)
