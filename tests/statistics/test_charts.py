from __future__ import annotations

from xml.etree import ElementTree

import pytest

from casework.statistics import charts
from casework.statistics.disclosure import SafeTable
from tests.statistics.examples import raw_table, safe_report

SVG = "{http://www.w3.org/2000/svg}"


def table_of(**counts: int | None) -> SafeTable:
    return safe_report(raw_table(counts)).tables[0]


def drawn(table: SafeTable) -> ElementTree.Element:
    return ElementTree.fromstring(charts.bar_chart(table))  # noqa: S314 (our own drawing)


def test_chart_is_an_image_with_a_title_and_a_description() -> None:
    svg = drawn(table_of(police=23, housing=10))

    title, desc = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert svg.tag == f"{SVG}svg"
    assert svg.get("role") == "img"
    assert title is not None
    assert desc is not None
    assert svg.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "Sources, Year"
    assert "police 23 (70%); housing 10 (30%)" in (desc.text or "")


def test_chart_has_its_words_as_text_and_is_marked() -> None:
    words = [text.text for text in drawn(table_of(police=3)).iter(f"{SVG}text")]

    assert words[:2] == ["police", "3 (100%)"]
    assert (words[-1] or "").startswith("Internal: exact figures")


def test_bars_are_as_long_as_their_counts() -> None:
    bars = [float(bar.get("width") or 0) for bar in drawn(table_of(a=20, b=10, c=0)).iter(f"{SVG}rect")]

    assert bars == [charts.LONGEST, charts.LONGEST / 2]


def test_chart_holds_nothing_that_a_content_policy_forbids() -> None:
    for element in drawn(table_of(a=1, b=2)).iter():
        assert element.tag.removeprefix(SVG) in {"svg", "title", "desc", "text", "rect"}
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]


def test_words_of_a_chart_are_escaped() -> None:
    table = safe_report(raw_table({"<script>alert(1)</script> & 'co'": 1})).tables[0]

    assert "<script>" not in charts.bar_chart(table)
    assert "<script>alert(1)</script> & 'co'" in [text.text for text in drawn(table).iter(f"{SVG}text")]


def test_long_label_is_broken_into_lines() -> None:
    label = "Community Safety MARAC and Community Safety Team of the borough"
    words = [
        text.text or "" for text in drawn(safe_report(raw_table({label: 1})).tables[0]).iter(f"{SVG}text")
    ]

    assert " ".join(words[:2]) == label
    assert max(len(line) for line in words[:2]) <= charts.LETTERS


def test_what_was_not_recorded_has_words_and_no_bar() -> None:
    svg = drawn(table_of(yes=None, unknown=2))

    assert "not recorded" in [text.text for text in svg.iter(f"{SVG}text")]
    assert len(list(svg.iter(f"{SVG}rect"))) == 1


def test_empty_table_is_drawn_without_bars() -> None:
    assert list(drawn(table_of(a=0, b=0)).iter(f"{SVG}rect")) == []


def test_only_a_safe_table_is_drawn() -> None:
    with pytest.raises(TypeError, match="made safe"):
        charts.bar_chart(raw_table({"a": 1}))  # type: ignore[arg-type]
