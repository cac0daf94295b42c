from __future__ import annotations

import copy
import dataclasses
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import Invalid
from casework.statistics import disclosure
from casework.statistics.disclosure import (
    NOT_RECORDED_NOTE,
    ROUNDING_NOTE,
    Audience,
    RawHeadline,
    RawReport,
    RawRow,
    RawTable,
    SafeReport,
    SafeTable,
    Status,
)
from casework.statistics.periods import Column, Period
from tests.statistics.examples import raw_report, raw_table, safe_report

counts = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 10_000), min_size=1, max_size=12
)


def values(thing: SafeTable | SafeReport) -> dict[str, object]:
    return {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}


def test_safe_table_cannot_be_made_outside_the_rules() -> None:
    table = safe_report(raw_table({"a": 1})).tables[0]

    with pytest.raises(TypeError, match="only the disclosure rules"):
        SafeTable(**values(table))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="only the disclosure rules"):
        SafeTable(**values(table), maker=object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="only the disclosure rules"):
        dataclasses.replace(table, marking="Public")


def test_safe_report_cannot_be_made_or_changed_outside_the_rules() -> None:
    report = safe_report(raw_table({"a": 1}))

    with pytest.raises(TypeError, match="only the disclosure rules"):
        SafeReport(**values(report))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="only the disclosure rules"):
        dataclasses.replace(report, audience=Audience.PUBLIC)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.audience = Audience.PUBLIC  # type: ignore[misc]


@pytest.mark.parametrize("safe", [SafeTable, SafeReport])
def test_nobody_extends_what_is_safe(safe: type) -> None:
    with pytest.raises(TypeError, match="only the disclosure rules"):
        type("Forged", (safe,), {"__post_init__": lambda self, maker: None})


def test_copy_of_a_safe_table_is_the_same_table() -> None:
    table = safe_report(raw_table({"a": 1})).tables[0]

    assert copy.copy(table) == table


@pytest.mark.parametrize(
    ("count", "base", "percent"),
    [
        (54, 79, 68),
        (25, 79, 32),
        (49, 338, 14),
        (1, 200, 1),
        (1, 201, 0),
        (5, 1000, 1),
        (0, 7, 0),
        (7, 7, 100),
    ],
)
def test_percentage_is_rounded_half_up(count: int, base: int, percent: int) -> None:
    assert disclosure.percent_of(count, base) == percent


def test_nothing_has_no_percentage() -> None:
    assert disclosure.percent_of(0, 0) is None


@given(st.integers(1, 10**9), st.data())
def test_percentage_is_that_of_decimal_arithmetic(base: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, base))

    exact = Decimal(count) * 100 / Decimal(base)
    # Python's decimals have 28 digits, so what lies closer than that to a half is left to whole numbers.
    percent = disclosure.percent_of(count, base)
    assert percent is not None
    assert 0 <= percent <= 100
    assert abs(percent - exact) <= Decimal("0.5")
    if abs(exact % 1 - Decimal("0.5")) > Decimal("1e-20") or (200 * count) % (2 * base) == base:
        assert percent == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@given(counts)
def test_internal_rule_shows_exactly_what_was_counted(counted: dict[str, int]) -> None:
    table = safe_report(raw_table(counted)).tables[0]

    assert {cell.row: cell.count for cell in table.cells} == counted
    assert table.total("year").count == sum(counted.values())
    assert {cell.status for cell in table.cells} == {Status.EXACT}


@given(counts)
def test_rounding_is_noted_when_and_only_when_percentages_do_not_make_100(counted: dict[str, int]) -> None:
    table = safe_report(raw_table(counted)).tables[0]

    percents = [cell.percent for cell in table.cells if cell.percent is not None]
    assert (ROUNDING_NOTE in table.notes) == (bool(percents) and sum(percents) != 100)


def test_internal_report_says_that_it_is() -> None:
    report = safe_report(raw_table({"a": 1}))

    assert report.marking.startswith("Internal: exact figures")
    assert report.tables[0].marking == report.marking


def test_empty_row_that_need_not_be_there_is_left_out() -> None:
    rows = (RawRow("a", "A"), RawRow("b", "B", always=False), RawRow("c", "C", always=False))

    table = safe_report(raw_table({"a": 0, "b": 0, "c": 1}, rows=rows)).tables[0]

    assert [row.id for row in table.rows] == ["a", "c"]


def test_what_was_never_asked_is_not_recorded_and_never_zero() -> None:
    report = safe_report(
        raw_table({"yes": None, "no": None, "unknown": 3}), headlines=[RawHeadline("m", "Mediation", None)]
    )

    cell = report.tables[0].cell("yes", "year")
    assert (cell.count, cell.percent, cell.status) == (None, None, Status.NOT_RECORDED)
    assert report.tables[0].cell("unknown", "year").count == 3
    assert report.headlines[0].status is Status.NOT_RECORDED
    assert NOT_RECORDED_NOTE in report.tables[0].notes


def test_shares_of_a_table_with_several_answers_are_of_its_base() -> None:
    table = safe_report(raw_table({"a": 3, "b": 3}, additive=False, totals={"year": 4})).tables[0]

    assert table.cell("a", "year").percent == 75
    assert ROUNDING_NOTE not in table.notes
    assert any("several rows" in note for note in table.notes)


@pytest.mark.parametrize("audience", [each for each in Audience if each is not Audience.INTERNAL])
def test_other_audiences_are_not_served_yet(audience: Audience) -> None:
    with pytest.raises(Invalid, match="not available yet"):
        disclosure.protect(raw_report([raw_table({"a": 1})]), audience)


def test_exact_figures_take_no_method_of_protection() -> None:
    with pytest.raises(Invalid, match="no method"):
        disclosure.protect(raw_report([raw_table({"a": 1})]), Audience.INTERNAL, "round")


def test_unknown_audience_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Invalid, match="internal, partnership"):
        disclosure.audience_named("press")


# -- measures and bases ----------------------------------------------------------------------------


def test_row_with_a_unit_of_its_own_is_in_no_total_and_no_share() -> None:
    column = Column("period", "Period", Period(date(2025, 1, 1), date(2025, 3, 31)))
    rows = (RawRow("heard", "Heard"), RawRow("median", "Median", unit="days"))
    raw = RawTable(
        id="hearing",
        title="Time to hearing",
        row_heading="Time",
        unit="cases",
        additive=False,
        columns=(column,),
        rows=rows,
        counts={("heard", "period"): 4, ("median", "period"): 7.5},
        totals={},
    )

    table = disclosure.protect(RawReport("r", "R", column.period, (), (raw,)), Audience.INTERNAL).tables[0]

    assert [(cell.words, cell.percent) for cell in table.cells] == [("4", None), ("7.5", None)]
    assert (table.rows[1].words, table.totals, table.notes) == ("Median (days)", (), ())


def test_shares_of_a_base_are_of_the_same_row() -> None:
    period = Period(date(2025, 1, 1), date(2025, 3, 31))
    columns = (Column("asked", "Asked", period), Column("answered", "Answered", period))
    raw = RawTable(
        id="research",
        title="Research",
        row_heading="Agency",
        unit="requests",
        additive=True,
        columns=columns,
        rows=(RawRow("a", "A"), RawRow("b", "B")),
        counts={("a", "asked"): 8, ("a", "answered"): 3, ("b", "asked"): 2, ("b", "answered"): 2},
        totals={"asked": 10, "answered": 5},
        base="asked",
    )

    table = disclosure.protect(RawReport("r", "R", period, (), (raw,)), Audience.INTERNAL).tables[0]

    assert [cell.percent for cell in table.cells] == [None, 38, None, 100]
    assert [total.percent for total in table.totals] == [None, 50]
