"""The year-end report of the demonstration borough, against the files and against what was printed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from casework.access.vocabulary import OPERATOR
from casework.config import Settings
from casework.extensions import db
from casework.statistics import exports, periods, service
from casework.statistics.periods import Period
from tests.statistics import records
from tests.support.runs import rounds

PUBLISHED = json.loads(
    (Path(__file__).parents[1] / "data/asb_2017_18_published.json").read_text(encoding="utf-8")
)
YEAR = Period(records.FIRST, records.LAST)


@pytest.fixture
def year(app: Flask) -> Flask:
    records.import_year(app)
    return app


@pytest.fixture
def statements(year: Flask) -> Iterator[list[str]]:
    """Every statement that is sent from here on."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def made(period: Period = YEAR, report: str = "year_end") -> dict[str, Any]:
    return exports.as_document(service.make_report(OPERATOR, records.ASB, report, period))


def counts_by_label(table: dict[str, Any], column: str) -> dict[str, int]:
    labels = {row["id"]: row["label"] for row in table["rows"]}
    return {labels[cell["row"]]: cell["count"] for cell in table["cells"] if cell["column"] == column}


def filled(counts: dict[str, int]) -> dict[str, int]:
    return {label: count for label, count in counts.items() if count}


def assert_equals_files(period: Period, report: str = "year_end") -> None:
    """Every figure of the report, over any period, is the one counted from the files."""
    document = made(period, report)
    counted = records.count_files(period.first, period.last)
    assert {each["id"]: each["count"] for each in document["headlines"]} == dict(counted["headlines"])
    for table in document["tables"]:
        for column in table["columns"]:
            days = date.fromisoformat(column["from"]), date.fromisoformat(column["to"])
            expected = records.count_files(*days)[table["id"]]
            assert filled(counts_by_label(table, column["id"])) == dict(expected), (table["id"], column)
            total = next(each for each in table["totals"] if each["column"] == column["id"])
            assert total["count"] == sum(expected.values())


def test_every_figure_of_the_year_is_that_of_the_files(year: Flask) -> None:
    assert_equals_files(YEAR)


def test_every_figure_is_the_published_one_with_its_two_errors_corrected(year: Flask) -> None:
    corrections = {(each["table"], each["row"]): each["percent"] for each in PUBLISHED["corrections"]}

    tables = {table["id"]: table for table in made()["tables"]}

    assert list(tables) == list(PUBLISHED["tables"])
    for table_id, published in PUBLISHED["tables"].items():
        table = tables[table_id]
        labels = {row["label"]: row["id"] for row in table["rows"]}
        assert list(labels) == list(published["rows"]), table_id
        cells = {(cell["row"], cell["column"]): cell for cell in table["cells"]}
        for label, figures in published["rows"].items():
            percent = corrections.get((table_id, label), figures["percent"])
            assert cells[labels[label], "year"]["percent"] == percent, (table_id, label)
            for column in figures.keys() - {"percent"}:
                assert cells[labels[label], column]["count"] == figures[column], (table_id, label, column)
        totals = {total["column"]: total["count"] for total in table["totals"]}
        assert {column: totals[column] for column in totals if column in published["total"]} == {
            column: count for column, count in published["total"].items() if column != "percent"
        }


def test_headlines_are_the_published_ones(year: Flask) -> None:
    headlines = {each["id"]: (each["count"], each["status"]) for each in made()["headlines"]}

    assert headlines == {
        "referrals_received": (79, "exact"),
        "carried_over": (10, "exact"),
        "supported": (89, "exact"),
        "mediation": (8, "exact"),
        "community_marac_supported": (26, "exact"),
    }


def test_document_has_the_shape_that_others_read(year: Flask) -> None:
    document = made()

    assert list(document) == ["report", "period", "audience", "headlines", "tables", "notes"]
    assert document["notes"][0] == "Internal: exact figures, not for publication"
    assert document["report"] == "asb_support/year_end"
    assert document["period"] == {"from": "2017-04-01", "to": "2018-03-31"}
    assert document["audience"] == "internal"
    table = document["tables"][0]
    assert (table["id"], table["counts"], table["additive"]) == ("referral_source", "referrals", True)
    assert table["columns"] == [
        {"id": "q3_q4", "label": "Q3 and Q4", "from": "2017-10-01", "to": "2018-03-31"},
        {"id": "year", "label": "Year", "from": "2017-04-01", "to": "2018-03-31"},
    ]
    assert {"id": "metropolitan_police", "label": "Metropolitan Police"} in table["rows"]
    assert {
        "row": "metropolitan_police",
        "column": "year",
        "count": 23,
        "percent": 29,
        "status": "exact",
    } in table["cells"]
    assert {"column": "year", "count": 79, "status": "exact"} in table["totals"]
    units = {table["id"]: table["counts"] for table in document["tables"]}
    assert units == {
        "referral_source": "referrals",
        "onward_referral": "onward referrals",
        "support_given": "support given",
        "additional_need": "needs",
        "gender": "referrals",
        "ethnicity": "referrals",
        "age_band": "referrals",
    }


def test_rounding_is_noted_only_where_percentages_do_not_make_100(year: Flask) -> None:
    notes = {table["id"]: table["notes"] for table in made()["tables"]}

    assert any("may not sum to 100" in note for note in notes["support_given"])
    assert not any("may not sum to 100" in note for note in notes["gender"])


def test_every_code_is_a_row_at_zero_too(year: Flask) -> None:
    table = next(table for table in made()["tables"] if table["id"] == "referral_source")

    assert counts_by_label(table, "q3_q4")["Environmental Health"] == 0


def test_quarters_are_18_24_19_18_and_equal_the_files(year: Flask) -> None:
    received = []
    for part in ("q1", "q2", "q3", "q4"):
        assert_equals_files(periods.part(2017, part), "quarterly")
        received.append(made(periods.part(2017, part), "quarterly")["headlines"][0]["count"])

    assert received == [18, 24, 19, 18]


def test_quarterly_report_has_the_same_tables_and_rows_in_one_column(year: Flask) -> None:
    year_end, quarterly = made(), made(report="quarterly")

    assert [column["id"] for column in quarterly["tables"][0]["columns"]] == ["period"]
    for table, other in zip(year_end["tables"], quarterly["tables"], strict=True):
        assert (table["id"], table["rows"]) == (other["id"], other["rows"])
        assert counts_by_label(table, "year") == counts_by_label(other, "period")


def test_halves_and_months_equal_the_files(year: Flask) -> None:
    for part in periods.PARTS:
        if part[0] in "hm":
            assert_equals_files(periods.part(2017, part))


def test_free_dates_equal_the_files(year: Flask) -> None:
    for first, days in (
        (date(2017, 4, 1), 1),
        (date(2018, 3, 31), 1),
        (date(2017, 6, 17), 45),
        (date(2017, 9, 30), 2),
        (date(2016, 10, 11), 200),
        (date(2016, 1, 1), 1000),
    ):
        assert_equals_files(Period(first, first + timedelta(days=days - 1)))


def test_any_dates_equal_the_files(year: Flask) -> None:
    days = random.Random(1718)
    for _ in range(rounds(10, long=300)):
        first = date(2016, 9, 1) + timedelta(days=days.randrange(700))
        assert_equals_files(Period(first, first + timedelta(days=days.randrange(400))))


def test_period_before_everything_is_all_zeros_without_percentages(year: Flask) -> None:
    document = made(periods.part(2010, "year"))

    assert {each["count"] for each in document["headlines"]} == {0}
    cells = [cell for table in document["tables"] for cell in table["cells"]]
    assert {(cell["count"], cell["percent"], cell["status"]) for cell in cells} == {(0, None, "exact")}


def test_period_after_everything_has_only_those_carried_over(year: Flask) -> None:
    period = Period(date(2018, 4, 1), date(2018, 4, 30))

    assert_equals_files(period)
    headlines = {each["id"]: each["count"] for each in made(period)["headlines"]}
    assert headlines["referrals_received"] == 0
    assert headlines["supported"] == headlines["carried_over"] > 0


def test_report_needs_no_keyring_and_touches_nothing_sealed(
    year: Flask, statements: list[str], settings: Settings
) -> None:
    settings.keyring.rename(settings.keyring.with_suffix(".away"))
    year.extensions["keyring"].forget()
    expected = 79
    statements.clear()

    document = made()
    db.session.commit()

    assert document["headlines"][0]["count"] == expected
    read = [statement for statement in statements if statement.lstrip().upper().startswith("SELECT")]
    assert len(read) > len(document["tables"])
    for word in ("sealed", "content", "wrapped", "token"):
        assert not [statement for statement in statements if word in statement.lower()], word


def test_number_of_statements_does_not_grow_with_the_referrals(year: Flask, statements: list[str]) -> None:
    statements.clear()
    made()
    with_a_year = len(statements)
    for day in range(40):
        records.make_referral(records.FIRST + timedelta(days=day), answers={("subject", "gender"): "female"})
    statements.clear()

    made()

    assert len(statements) == with_a_year
    assert with_a_year <= 2 * len(PUBLISHED["tables"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_entries_and_answers_are_counted_from_their_index_alone(year: Flask, statements: list[str]) -> None:
    made()

    counted = [each for each in statements if each.startswith(("SELECT entry.code", "SELECT answer."))]
    plans = [_plan(statement) for statement in counted]
    assert len(plans) == 6
    for plan in plans:
        assert "USING COVERING INDEX" in plan


def _plan(statement: str) -> str:
    with db.engine.connect() as connection:
        values = ("asb_support",) * statement.count("?")
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return " ".join(str(row[-1]) for row in rows)
