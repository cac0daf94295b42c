"""Papers as PDF: the same lines as on the page, with the reader and the moment on every sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Response

from casework import pdf
from casework.extensions import now
from casework.forms import write_date
from casework.forms.dates import LONDON, write_time
from casework.panels.papers.redaction import Line
from casework.panels.papers.slices import HANDLING, Sheet

NOTHING = "There is nothing in this paper for you."


def as_pdf(sheet: Sheet, reader: str) -> bytes:
    at = now().astimezone(LONDON)
    return pdf.make_pdf(
        pdf.Document(
            title=sheet.title,
            marking=sheet.marking,
            reader=reader,
            made_at=f"{write_date(at.date())} at {write_time(at)}",
            blocks=list(_blocks(sheet)),
        )
    )


def answer(sheet: Sheet, reader: str, name: str) -> Response:
    """The file to be saved; a browser neither shows it as a page of ours nor keeps it."""
    response = Response(as_pdf(sheet, reader), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _blocks(sheet: Sheet) -> Iterator[pdf.Block]:
    if sheet.agency:
        yield pdf.Paragraph(f"For {sheet.agency}. {HANDLING}")
    if sheet.replaced_by:
        yield pdf.Notice(f"Replaced by version {sheet.replaced_by}.")
    if sheet.correction:
        yield pdf.Paragraph(f"Corrected: {sheet.correction}")
    yield from _drawn(sheet.opening)
    for each in sheet.slices:
        yield pdf.Heading(each.title)
        yield from _drawn(each.alarm)
        if each.blocked:
            yield pdf.Notice(f"Not given: {' '.join(each.blocked)}")
        yield from _drawn(each.lines, level=3)
    if not sheet.slices:
        yield pdf.Paragraph(NOTHING)
    if sheet.closing:
        yield pdf.Heading("Closing")
        yield from _drawn(sheet.closing)


def _drawn(lines: Iterable[Line], level: int = 2) -> Iterator[pdf.Block]:
    """Neighbouring points become one list."""
    points: list[str] = []
    for line in lines:
        if line.kind == "point":
            points.append(line.words)
            continue
        if points:
            yield pdf.Bullets(tuple(points))
            points = []
        yield _one(line, level)
    if points:
        yield pdf.Bullets(tuple(points))


def _one(line: Line, level: int) -> pdf.Block:
    match line.kind:
        case "heading":
            return pdf.Heading(line.words, level)
        case "notice":
            return pdf.Notice(line.words)
    return pdf.Paragraph(line.words)
