"""Bar charts as SVG that says in words what it shows. Only a SafeTable can be drawn.

There is no style and no script in them, so the content policy has nothing to forbid. Labels stand above their
bars, so that they can be read on a phone: the drawing is as narrow as one.
"""

from __future__ import annotations

import textwrap
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from casework.statistics.disclosure import Cell, SafeTable, Status

WIDTH = 400
FONT = 17  # in units of the drawing; at the width of a small phone still 12 pixels
LETTERS = 42  # in one line of a label
LINE, BAR, GAP = 21, 22, 12
FOOT = 26
LONGEST = 290  # leaves room for the figure beside the longest bar
BLACK, BLUE, GREY = "#0b0c0c", "#1d70b8", "#484949"


def bar_chart(table: SafeTable, *, prefix: str = "chart") -> Markup:
    """The widest column of a table as bars. `prefix` begins the ids, for a page with the table twice."""
    if not isinstance(table, SafeTable):
        raise TypeError("only a table that disclosure control has made safe can be drawn")
    drawing = _drawing(table, f"{prefix}-{table.id}")
    return Markup(tostring(drawing, encoding="unicode"))  # noqa: S704 (the writer of XML escapes)


def describe(table: SafeTable) -> str:
    """The chart in words, for those who do not see it."""
    column = table.widest
    parts = [f"{row.label} {figure(table.cell(row.id, column.id))}" for row in table.rows]
    return f"{_capital(table.unit)}, {column.period.words}. {'; '.join(parts)}. {table.marking}."


def figure(cell: Cell) -> str:
    """23 (29%)."""
    if cell.status is Status.NOT_RECORDED:
        return "not recorded"
    return f"{cell.count:,}" if cell.percent is None else f"{cell.count:,} ({cell.percent}%)"


def _drawing(table: SafeTable, name: str) -> Element:
    column = table.widest
    labels = {row.id: textwrap.wrap(row.label, LETTERS) or [""] for row in table.rows}
    height = sum(len(lines) * LINE + BAR + GAP for lines in labels.values()) + FOOT
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "app-chart",
            "role": "img",
            "viewBox": f"0 0 {WIDTH} {height}",
            "width": "100%",
            "aria-labelledby": f"{name}-title {name}-desc",
            "font-family": "Arial, sans-serif",
            "font-size": str(FONT),
            "fill": BLACK,
        },
    )
    SubElement(svg, "title", {"id": f"{name}-title"}).text = f"{table.title}, {column.label}"
    SubElement(svg, "desc", {"id": f"{name}-desc"}).text = describe(table)
    most = max((table.cell(row.id, column.id).count or 0 for row in table.rows), default=0)
    top = 0
    for row in table.rows:
        top = _row(svg, labels[row.id], table.cell(row.id, column.id), most, top)
    _text(svg, 0, top + FOOT - 8, table.marking, size=13, fill=GREY)
    return svg


def _row(svg: Element, lines: list[str], cell: Cell, most: float, top: int) -> int:
    """One label, its bar and its figure; returns where the next begins."""
    for line in lines:
        _text(svg, 0, top + FONT, line)
        top += LINE
    length = round(LONGEST * (cell.count or 0) / most, 1) if most else 0
    if length:
        attributes = {"x": "0", "y": str(top), "width": str(length), "height": str(BAR), "fill": BLUE}
        SubElement(svg, "rect", attributes)
    _text(svg, length + 6 if length else 0, top + BAR - 5, figure(cell), weight="bold")
    return top + BAR + GAP


def _text(
    svg: Element, x: float, y: float, words: str, *, weight: str = "", size: int = 0, fill: str = ""
) -> None:
    attributes = {"x": str(x), "y": str(y)}
    attributes.update({"font-weight": weight} if weight else {})
    attributes.update({"font-size": str(size)} if size else {})
    attributes.update({"fill": fill} if fill else {})
    SubElement(svg, "text", attributes).text = words


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
