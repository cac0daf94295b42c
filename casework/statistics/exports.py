"""A report as a file: JSON, CSV, or a page that stands alone. Only a SafeReport can leave."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from markupsafe import Markup, escape

from casework.errors import Invalid
from casework.programmes.reports import Comparator
from casework.statistics import charts
from casework.statistics.disclosure import Cell, Row, SafeReport, SafeTable, Total, words_of
from casework.statistics.periods import Column

COLUMNS = (
    "table",
    "table_title",
    "row",
    "row_label",
    "column",
    "column_label",
    "from",
    "to",
    "count",
    "percent",
    "status",
)
"""The columns of the CSV. Each figure is a line: headlines first, totals after the rows of their table."""


@dataclass(frozen=True)
class Stamp:
    """Who made a copy, and when, in words."""

    by: str
    at: str


def write(report: SafeReport, form: str, stamp: Stamp) -> str:
    """The report as text in a form that `check_form` lets pass."""
    if not isinstance(report, SafeReport):
        raise TypeError("only a report that disclosure control has made safe can leave")
    check_form(form)
    return WRITERS[form](report, stamp)


def check_form(form: str) -> None:
    """Raise Invalid for a form that is not written, or not yet."""
    if form in LATER:
        raise Invalid(f"Reports cannot be written as {form} yet: choose one of {', '.join(WRITERS)}.")
    if form not in WRITERS:
        raise Invalid(f"There is no format “{form}”: choose one of {', '.join(WRITERS)}.")


def file_name(report: SafeReport, form: str) -> str:
    """asb_support-year_end-2017-04-01-2018-03-31-internal.csv."""
    name = report.id.replace("/", "-")
    return f"{name}-{report.period.first}-{report.period.last}-{report.audience}.{form}"


# -- JSON ------------------------------------------------------------------------------------------


def as_document(report: SafeReport) -> dict[str, Any]:
    """The report as one object of plain values."""
    return {
        "report": report.id,
        "period": {"from": report.period.first.isoformat(), "to": report.period.last.isoformat()},
        "audience": str(report.audience),
        "headlines": [
            {
                "id": headline.id,
                "label": headline.label,
                "count": headline.count,
                "status": str(headline.status),
            }
            for headline in report.headlines
        ],
        "tables": [_table_document(table) for table in report.tables],
        "notes": [report.marking, *report.notes],
    }


def _table_document(table: SafeTable) -> dict[str, Any]:
    return {
        "id": table.id,
        "title": table.title,
        "counts": table.unit,
        "additive": table.additive,
        "columns": [
            {
                "id": column.id,
                "label": column.label,
                "from": column.period.first.isoformat(),
                "to": column.period.last.isoformat(),
            }
            for column in table.columns
        ],
        "rows": [_row_document(row) for row in table.rows],
        "cells": [
            {
                "row": cell.row,
                "column": cell.column,
                "count": cell.count,
                "percent": cell.percent,
                "status": str(cell.status),
            }
            for cell in table.cells
        ],
        "totals": [_total_document(table, total) for total in table.totals],
        "notes": [*table.notes, *(_in_words(comparator) for comparator in table.comparators)],
        **({"percent_of": table.base} if table.base else {}),
    }


def _row_document(row: Row) -> dict[str, Any]:
    return {"id": row.id, "label": row.label, **({"unit": row.unit} if row.unit else {})}


def _total_document(table: SafeTable, total: Total) -> dict[str, Any]:
    percent = {"percent": total.percent} if table.base else {}
    return {"column": total.column, "count": total.count, **percent, "status": str(total.status)}


def _in_words(comparator: Comparator) -> str:
    shares = ", ".join(f"{label} {percent}%" for label, percent in comparator.shares)
    return f"{comparator.label}: {shares} ({comparator.source})."


def _json(report: SafeReport, _stamp: Stamp) -> str:
    return json.dumps(as_document(report), ensure_ascii=False, indent=2) + "\n"


# -- CSV -------------------------------------------------------------------------------------------


def _csv(report: SafeReport, _stamp: Stamp) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in chain(_headline_lines(report), *(_table_lines(table) for table in report.tables)):
        writer.writerow([_harmless(value) for value in line])
    return file.getvalue()


def _headline_lines(report: SafeReport) -> Iterator[Sequence[object]]:
    for headline in report.headlines:
        yield (
            *("headlines", "Headlines", headline.id, headline.label, "period", "Whole period"),
            *(report.period.first, report.period.last, headline.count, None, headline.status),
        )


def _table_lines(table: SafeTable) -> Iterator[Sequence[object]]:
    columns = {column.id: column for column in table.columns}
    labels = {row.id: row.words for row in table.rows}
    for cell in table.cells:
        yield _line(
            table, cell.row, labels[cell.row], columns[cell.column], cell.count, cell.percent, cell.status
        )
    for total in table.totals:
        yield _line(table, "total", "Total", columns[total.column], total.count, total.percent, total.status)


def _line(table: SafeTable, row: str, label: str, column: Column, *figure: object) -> Sequence[object]:
    days = column.period
    return table.id, table.title, row, label, column.id, column.label, days.first, days.last, *figure


def _harmless(value: object) -> object:
    """Text that a spreadsheet would take for a formula, made to stay text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return value


# -- a page that stands alone ----------------------------------------------------------------------

STYLE = """
body { font: 1.1rem/1.5 Arial, sans-serif; color: #0b0c0c; background: #fff; margin: 0 auto; padding: 1rem;
  max-width: 60rem; }
.marking { border: 3px solid #d4351c; padding: .5rem 1rem; font-weight: bold; }
.small { color: #484949; font-size: .9rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; }
tr > * { border-bottom: 1px solid #b1b4b6; }
.number { text-align: right; }
tfoot th, tfoot td { border-top: 2px solid #0b0c0c; font-weight: bold; }
.scroll { overflow-x: auto; }
svg { display: block; max-width: 30rem; height: auto; }
dt { font-weight: bold; }
dd { margin: 0 0 .6rem; }
@media print {
  body { font-size: 11pt; max-width: none; }
  section, table, svg { break-inside: avoid; }
  svg { max-width: 22rem; }
}
"""

PAGE = Markup(
    """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}, {period} ({marking})</title>
<style>{style}</style>
</head>
<body>
<header><p class="marking">{marking}. Made by {by}, {at}.</p></header>
<main>
<h1>{title}: {period}</h1>
{headlines}
{tables}
{notes}
</main>
<footer><p>{marking}. Made by {by}, {at}.</p></footer>
</body>
</html>
"""
)
SECTION = Markup(
    """<section>
<h2>{title}</h2>
<p class="small">{marking}</p>
{chart}
{table}
{comparators}
{notes}
</section>
"""
)
TABLE = Markup(
    """<div class="scroll" tabindex="0" role="region" aria-label="{caption}">
<table>
<caption>{caption}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{body}</tbody>
{foot}</table>
</div>
"""
)


def _html(report: SafeReport, stamp: Stamp) -> str:
    return str(
        PAGE.format(
            title=report.title,
            period=report.period.words,
            marking=report.marking,
            style=Markup(STYLE),  # noqa: S704 (our own words, above)
            by=stamp.by,
            at=stamp.at,
            headlines=_definitions(
                (headline.label, words_of(headline.count)) for headline in report.headlines
            ),
            tables=Markup("").join(_section(table) for table in report.tables),
            notes=_paragraphs(report.notes),
        )
    )


def _section(table: SafeTable) -> Markup:
    return SECTION.format(
        title=table.title,
        marking=table.marking,
        chart=charts.bar_chart(table) if table.chart else "",
        table=_html_table(table),
        comparators=Markup("").join(_comparator(comparator) for comparator in table.comparators),
        notes=_paragraphs(table.notes),
    )


def _html_table(table: SafeTable) -> Markup:
    apart = table.shares_apart
    shares = ["Share"] if apart else []
    head = [table.row_heading, *(words for column in table.columns for words in (column.label, *shares))]
    foot = ["Total", *(words for total in table.totals for words in _pair(total, apart))]
    return TABLE.format(
        caption=f"{table.title}: number of {table.unit}",
        head=_cells(head, scope="col"),
        body=_lines([row.words, *_figures(table, row.id)] for row in table.rows),
        foot=Markup("<tfoot><tr>{}</tr></tfoot>\n").format(_cells(foot)) if table.totals else "",
    )


def _comparator(comparator: Comparator) -> Markup:
    return TABLE.format(
        caption=f"{comparator.label} ({comparator.source})",
        head=_cells(["Group", "Share"], scope="col"),
        body=_lines([label, f"{percent}%"] for label, percent in comparator.shares),
        foot="",
    )


def _figures(table: SafeTable, row_id: str) -> Iterator[str]:
    apart = table.shares_apart
    for column in table.columns:
        yield from _pair(table.cell(row_id, column.id), apart)


def _pair(figure: Cell | Total, apart: bool) -> Sequence[str]:
    """A figure and its share: in two cells, or in one."""
    share = "" if figure.percent is None else f"{figure.percent}%"
    if apart:
        return figure.words, share
    return (f"{figure.words} ({share})" if share and figure.count else figure.words,)


def _lines(lines: Iterable[Sequence[str]]) -> Markup:
    return Markup("").join(Markup("<tr>{}</tr>\n").format(_cells(line)) for line in lines)


def _cells(words: Sequence[str], scope: str = "row") -> Markup:
    """One line of a table: the first cell, or in a head every cell, is a header."""
    cells = []
    for place, each in enumerate(words):
        number = Markup(' class="number"') if place else ""
        header = Markup('<th scope="{}"{}>{}</th>').format(scope, number, each)
        cells.append(header if place == 0 or scope == "col" else Markup("<td{}>{}</td>").format(number, each))
    return Markup("").join(cells)


def _definitions(pairs: Iterator[tuple[str, str]]) -> Markup:
    lines = [Markup("<dt>{}</dt><dd>{}</dd>\n").format(label, words) for label, words in pairs]
    return Markup("<dl>\n{}</dl>").format(Markup("").join(lines))


def _paragraphs(notes: Sequence[str]) -> Markup:
    return Markup("\n").join(Markup("<p>{}</p>").format(escape(note)) for note in notes)


WRITERS: Mapping[str, Callable[[SafeReport, Stamp], str]] = {"json": _json, "csv": _csv, "html": _html}
LATER = ("xlsx", "ods", "pdf")
