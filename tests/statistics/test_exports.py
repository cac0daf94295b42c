from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser

import pytest

from casework.errors import Invalid
from casework.programmes.reports import Comparator
from casework.statistics import exports
from casework.statistics.disclosure import RawHeadline, RawRow, SafeReport
from casework.statistics.exports import Stamp
from tests.statistics.examples import raw_report, raw_table, safe_report

STAMP = Stamp("Mai Lindqvist", "3 April 2018 at 4:05pm")
HOSTILE = "<script>alert(1)</script>"


def lines(report: SafeReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exports.write(report, "csv", STAMP))))


class Page(HTMLParser):
    """The elements of a page, and everything that it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]


def test_csv_has_a_line_for_each_figure() -> None:
    report = safe_report(raw_table({"a": 3, "b": 1}), headlines=[RawHeadline("received", "Received", 4)])

    found = lines(report)

    assert tuple(found[0]) == exports.COLUMNS
    assert [(line["table"], line["row"], line["row_label"], line["column_label"]) for line in found] == [
        ("headlines", "received", "Received", "Whole period"),
        ("source", "a", "a", "Year"),
        ("source", "b", "b", "Year"),
        ("source", "total", "Total", "Year"),
    ]
    assert [(line["count"], line["percent"], line["status"]) for line in found] == [
        ("4", "", "exact"),
        ("3", "75", "exact"),
        ("1", "25", "exact"),
        ("4", "", "exact"),
    ]
    assert {(line["from"], line["to"]) for line in found} == {("2017-04-01", "2018-03-31")}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " ="])
def test_csv_holds_no_formula(start: str) -> None:
    rows = (RawRow("a", f"{start}HYPERLINK(1)"),)

    line = lines(safe_report(raw_table({"a": 1}, rows=rows)))[0]

    assert line["row_label"] == f"'{start}HYPERLINK(1)"


def test_csv_leaves_a_gap_for_what_was_not_recorded() -> None:
    line = lines(safe_report(raw_table({"yes": None, "unknown": 2})))[0]

    assert (line["count"], line["percent"], line["status"]) == ("", "", "not_recorded")


def test_json_is_one_object_that_keeps_letters_as_they_are() -> None:
    text = exports.write(safe_report(raw_table({"a": 1}, title="Café")), "json", STAMP)

    assert "Café" in text
    assert json.loads(text)["tables"][0]["title"] == "Café"


def test_json_names_the_comparators_in_the_notes() -> None:
    comparator = Comparator("2011 census", "ONS", (("White", 64), ("Asian", 18)))

    document = exports.as_document(safe_report(raw_table({"a": 1}, comparators=(comparator,))))

    assert "2011 census: White 64%, Asian 18% (ONS)." in document["tables"][0]["notes"]


def test_html_stands_alone_and_is_marked_with_who_made_it_and_when() -> None:
    text = exports.write(safe_report(raw_table({"a": 1})), "html", STAMP)

    page = Page(text)
    assert page.fetched == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert "Internal: exact figures" in text
    assert "Made by Mai Lindqvist, 3 April 2018 at 4:05pm" in text
    assert {"main", "h1", "caption", "svg"} <= set(page.tags)


def test_html_escapes_every_word() -> None:
    comparator = Comparator(HOSTILE, HOSTILE, ((HOSTILE, 1),))
    report = safe_report(
        raw_table(
            {HOSTILE: 1},
            title=HOSTILE,
            row_heading=HOSTILE,
            unit=HOSTILE,
            notes=(HOSTILE,),
            comparators=(comparator,),
        ),
        title=HOSTILE,
        notes=(HOSTILE,),
        headlines=[RawHeadline("a", HOSTILE, 1)],
    )

    text = exports.write(report, "html", Stamp(HOSTILE, HOSTILE))

    assert "script" not in Page(text).tags
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text


def test_file_is_named_for_what_it_is() -> None:
    report = safe_report(raw_table({"a": 1}))

    assert exports.file_name(report, "csv") == "asb_support-year_end-2017-04-01-2018-03-31-internal.csv"


@pytest.mark.parametrize("form", ["xlsx", "ods", "pdf"])
def test_later_forms_are_refused_in_words(form: str) -> None:
    with pytest.raises(Invalid, match=f"cannot be written as {form} yet: choose one of json, csv, html"):
        exports.write(safe_report(raw_table({"a": 1})), form, STAMP)


def test_unknown_form_is_refused() -> None:
    with pytest.raises(Invalid, match="no format"):
        exports.check_form("docx")


def test_raw_report_cannot_leave() -> None:
    with pytest.raises(TypeError, match="made safe"):
        exports.write(raw_report([raw_table({"a": 1})]), "json", STAMP)  # type: ignore[arg-type]
