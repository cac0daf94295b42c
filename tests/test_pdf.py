"""PDF from data: tagged, marked on every page, holding the text as it was typed, and never on a disk."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from casework import pdf
from casework.pdf import Block, Bullets, Document, Facts, Heading, Notice, PageBreak, Paragraph, Table

HOSTILE = (
    "#panic(1)",
    '#eval("1+1")',
    "*bold* _slanted_ `code` $x^2$",
    "= No heading",
    "\\u{41} // no comment /* none */",
    '#import "@preview/any:1.0.0"',
    "<label> @reference ~ -- ---",
    '"}], "marking": "NONE"',
    "{{ 7 * 7 }} <script>alert(1)</script>",
)


def document(*blocks: Block, **changed: Any) -> Document:
    usual = {
        "title": "Agenda of 2 March 2026",
        "marking": "OFFICIAL-SENSITIVE",
        "reader": "Rowan Ellis",
        "made_at": "2 March 2026 at 2:05pm",
    }
    return Document(**{**usual, **changed}, blocks=blocks)


def read(document: Document) -> PdfReader:
    return PdfReader(BytesIO(pdf.make_pdf(document)))


def text(document: Document) -> str:
    return "\n".join(page.extract_text() for page in read(document).pages)


def tags(node: Any) -> list[str]:
    """The structure of a tagged PDF as a reading aloud meets it: the names of its elements, in order."""
    thing: Any = node.get_object()
    if isinstance(thing, list):
        return [tag for child in thing for tag in tags(child)]
    if not isinstance(thing, dict):
        return []
    below = tags(thing["/K"]) if "/K" in thing else []
    return [str(thing["/S"]), *below] if "/S" in thing else below


def test_it_says_of_itself_that_it_is_accessible() -> None:
    root: Any = read(document(Paragraph("Said"))).root_object

    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 (a thing of the reader's own that equals True)
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()


def test_each_block_is_tagged_for_what_it_is() -> None:
    reader = read(
        document(
            Heading("Attendance"),
            Heading("By agency", level=3),
            Paragraph("All came."),
            Bullets(("One", "Two")),
            Facts((("Venue", "Town hall"),)),
            Table(("What", "Who"), (("Visit", "Police"), ("Ring", "Housing"))),
        )
    )

    found = tags(reader.root_object["/StructTreeRoot"])

    assert [tag for tag in found if tag.startswith("/H")] == ["/H1", "/H2", "/H3"]
    assert found.count("/L") == 2
    assert found.count("/LI") == 3
    assert [found.count(tag) for tag in ("/Table", "/THead", "/TH", "/TD")] == [1, 1, 2, 4]


def test_every_page_says_for_whom_it_was_made_and_how_to_handle_it() -> None:
    rows = [(f"Action {number}", "Police") for number in range(120)]
    reader = read(
        document(Table(("What", "Who"), rows, caption="Actions"), PageBreak(), Paragraph("The end"))
    )

    pages = [page.extract_text() for page in reader.pages]

    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert page.count("OFFICIAL-SENSITIVE") == 2
        assert "Made for Rowan Ellis on 2 March 2026 at 2:05pm" in page
        assert f"Page {number} of {len(pages)}" in page
    assert all("What" in page for page in pages[:-1])  # the table's header runs on with it
    assert reader.metadata is not None
    assert reader.metadata.title == "Agenda of 2 March 2026"


@pytest.mark.parametrize("words", HOSTILE)
def test_text_is_never_read_as_markup_wherever_it_stands(words: str) -> None:
    everywhere = document(
        Heading(words),
        Paragraph(words),
        Notice(words),
        Bullets((words,)),
        Facts(((words, words),)),
        Table((words,), ((words,),), caption=words),
        title=words,
        marking=words,
        reader=words,
        made_at=words,
    )

    shown = "".join(text(everywhere).split())

    # The title, two markings, two in the footer, one behind the text; four blocks, two in Facts, three in Table.
    assert shown.count("".join(words.split())) == 15


@given(st.text(max_size=12))
def test_any_text_at_all_makes_a_document(words: str) -> None:
    assert pdf.make_pdf(document(Paragraph(words))).startswith(b"%PDF")


def test_lines_stay_as_they_were_typed() -> None:
    shown = text(document(Paragraph("First line\r\nsecond line\n\nafter a gap")))

    assert [line for line in shown.splitlines() if "line" in line] == ["First line", "second line"]


def test_a_sign_that_no_font_has_is_replaced_and_the_rest_stays() -> None:
    everyday = "Zażółć Łukasz Ω Жанна"
    unheard_of = "".join(map(chr, range(0x12000, 0x12000 + 60)))  # cuneiform

    shown = text(document(Paragraph(everyday), Paragraph(f"from {unheard_of[:3]} on"), Paragraph(unheard_of)))

    assert everyday in shown
    assert f"from {pdf.REPLACEMENT * 3} on" in shown


@pytest.mark.parametrize("mark", ["\u1ab0", "\U00012000", "\u20e3"])
def test_a_sign_that_cannot_be_shown_takes_no_other_with_it(mark: str) -> None:
    """Neither the letter under it, nor that letter elsewhere, nor in the next document."""
    shown = text(document(Paragraph(f"Here e{mark} there, \u201e\u1e9e e\u0301\u201c"), Paragraph('1e"`\\')))

    assert f"Here e{pdf.REPLACEMENT} there, \u201e\u1e9e" in shown
    assert '1e"`\\' in shown
    assert "Everywhere" in text(document(Paragraph("Everywhere")))


def test_text_cannot_be_made_to_read_backwards() -> None:
    assert "gpj.exe" in text(document(Paragraph("\u202egpj.exe\u202c")))


def test_a_machine_without_fonts_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_fonts", lambda: typst.Fonts(include_system_fonts=False))

    shown = text(
        document(Heading("Żółć"), Paragraph("ΩЖ \U00012000"), Bullets(("one",)), Notice("£ € – “ ” ☐"))
    )

    assert "Żółć" in shown
    assert f"ΩЖ {pdf.REPLACEMENT}" in shown


def test_what_the_typesetter_says_of_a_text_is_not_repeated() -> None:
    with pytest.raises(pdf.NotMade) as refused:
        pdf.make_pdf(document(Heading("Ada Okonjo", level=0)))

    assert "Ada" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_row_without_a_cell_for_each_column_is_refused() -> None:
    with pytest.raises(ValueError, match="a cell for each column"):
        Table(("What", "Who"), (("Visit",),))


def test_nothing_of_it_is_written_to_a_disk() -> None:
    """In a process that may write no byte to any file it is made all the same."""
    program = (
        "import resource, sys\n"
        "from casework import pdf\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "made = pdf.make_pdf(pdf.Document('T', 'M', 'R', 'now', [pdf.Paragraph('\\U00012000')] * 200))\n"
        "sys.stdout.buffer.write(made)\n"
    )

    done = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, timeout=120)

    assert done.stderr == b""
    assert done.stdout.startswith(b"%PDF")
