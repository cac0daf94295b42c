"""What counts and what does not, on records made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from flask import Flask

from casework.extensions import now
from casework.programmes import shelf
from casework.programmes.definition import AgeBand, HeadlineDefinition, TableDefinition
from casework.statistics import measures, periods
from casework.statistics.disclosure import RawTable, Value
from casework.statistics.periods import Column, Period
from tests.statistics import records
from tests.statistics.records import ASB, make_entry, make_referral

YEAR = periods.part(2017, "year")
COLUMNS = (Column("h2", "Second half", periods.part(2017, "h2")), Column("year", "Year", YEAR))
IN, BEFORE, AFTER = date(2018, 1, 10), date(2017, 3, 31), date(2018, 4, 1)
MEDIATION = HeadlineDefinition(
    "mediation",
    "Mediation",
    "marked",
    field="mediation",
    kind="activity",
    codes=("mediation_session",),
)
MARAC = HeadlineDefinition(
    "marac",
    "MARAC",
    "marked",
    field="cs_marac_supported",
    date_field="cs_marac_date",
    kind="activity",
    codes=("community_marac_advocacy",),
)


def definition(table_id: str, **changes: Any) -> TableDefinition:
    """A table of the year-end report, or one that differs from it."""
    table = shelf.programme(ASB).report("year_end").table(table_id)
    return TableDefinition(**{**vars(table), **changes})


def count(table: TableDefinition, columns: Sequence[Column] = COLUMNS) -> RawTable:
    programme = shelf.programme(ASB)
    with measures.snapshot() as connection:
        received = measures.count_received(connection, programme, columns)
        return measures.count_table(connection, programme, table, columns, received)


def year_of(table: TableDefinition) -> dict[str, Value | None]:
    """The filled cells of the year."""
    counted = count(table)
    cells = {row.id: counted.counts[row.id, "year"] for row in counted.rows}
    return {row: cell for row, cell in cells.items() if cell != 0}


def headline(wanted: HeadlineDefinition | str, period: Period = YEAR) -> int | None:
    """One headline, by its definition or its measure."""
    each = wanted if isinstance(wanted, HeadlineDefinition) else HeadlineDefinition(wanted, wanted, wanted)
    with measures.snapshot() as connection:
        return measures.count_headlines(connection, shelf.programme(ASB), [each], period)[0].count


# -- tables ----------------------------------------------------------------------------------------


def test_first_and_last_day_of_the_period_count_and_their_neighbours_do_not(app: Flask) -> None:
    for day in (YEAR.first, YEAR.last, BEFORE, AFTER):
        make_referral(day)

    assert count(definition("referral_source")).totals == {"h2": 1, "year": 2}


def test_other_programmes_are_not_counted(app: Flask) -> None:
    _, case = make_referral(IN, programme="community_marac", answers={("subject", "gender"): "female"})
    make_entry(case, "support", IN, "emotional", programme="community_marac")

    assert year_of(definition("gender")) == {}
    assert year_of(definition("support_given")) == {}
    assert headline("received") == 0


def test_declined_and_waiting_referrals_are_counted(app: Flask) -> None:
    for outcome in ("declined", "waiting", "accepted"):
        make_referral(IN, outcome=outcome)

    assert year_of(definition("referral_source")) == {"housing": 3}


def test_entries_count_by_their_own_date(app: Flask) -> None:
    _, case = make_referral(BEFORE)
    make_entry(case, "support", IN, "advocacy")
    make_entry(case, "support", AFTER, "advocacy")

    assert year_of(definition("support_given")) == {"advocacy": 1}


def test_struck_out_entry_does_not_count(app: Flask) -> None:
    _, case = make_referral(IN)
    make_entry(case, "onward", IN, "marac")
    make_entry(case, "onward", IN, "marac", ended_at=now())

    assert year_of(definition("onward_referral")) == {"marac": 1}


def test_instances_are_counted_and_not_people(app: Flask) -> None:
    _, case = make_referral(IN)
    make_entry(case, "need", IN, "noise")
    make_entry(case, "need", IN, "noise")

    assert year_of(definition("additional_need")) == {"noise": 2}


def test_missing_source_is_counted_in_a_row_of_its_own(app: Flask) -> None:
    make_referral(IN, source=None)
    make_referral(IN)

    assert year_of(definition("referral_source")) == {"housing": 1, "unknown": 1}


def test_code_that_no_row_knows_is_counted_all_the_same(app: Flask) -> None:
    make_referral(IN, source="a_code_of_long_ago")

    counted = count(definition("referral_source"))
    assert counted.counts["unknown", "year"] == counted.totals["year"] == 1


def test_fine_codes_are_counted_in_their_coarser_row(app: Flask) -> None:
    for code in ("asian_indian", "asian_chinese", "white_roma", "declined", "other_arab"):
        make_referral(IN, answers={("subject", "ethnicity"): code})
    make_referral(IN)

    assert year_of(definition("ethnicity")) == {
        "asian": 2,
        "white_other": 1,
        "mixed_or_other": 1,
        "not_given": 2,
    }


@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "under_18"), (17, "under_18"), (18, "18_25"), (25, "18_25"), (26, "26_35"), (101, "66_plus")],
)
def test_age_falls_in_the_band_that_holds_it(app: Flask, age: int, band: str) -> None:
    make_referral(IN, answers={("subject", "age"): age})
    make_referral(IN, answers={("subject", "gender"): "male", ("perpetrator", "age"): 50})

    assert year_of(definition("age_band")) == {band: 1, "not_given": 1}


def test_answers_about_another_role_are_not_counted(app: Flask) -> None:
    make_referral(IN, answers={("subject", "gender"): "female", ("perpetrator", "gender"): "male"})

    assert year_of(definition("gender")) == {"female": 1}


def test_referral_with_several_codes_is_once_in_each_row_and_once_in_the_total(app: Flask) -> None:
    make_referral(IN, answers={("subject", "disability"): ("physical", "sensory")})
    make_referral(IN, answers={("subject", "disability"): "physical"})
    make_referral(IN)
    table = definition(
        "gender",
        id="disability",
        field="disability",
        list="disability",
        additive=False,
        blank="blank",
    )

    assert year_of(table) == {"physical": 2, "sensory": 1, "blank": 1}
    assert count(table).totals["year"] == 3


def test_everybody_in_a_role_that_several_may_play_is_counted(app: Flask) -> None:
    make_referral(IN, answers={("perpetrator", "gender"): ("male", "female")})
    make_referral(IN)

    assert year_of(definition("gender", about="perpetrator")) == {"male": 1, "female": 1, "not_known": 1}


def test_question_never_asked_gives_no_zeros(app: Flask) -> None:
    make_referral(IN)

    counted = count(definition("gender"))

    assert counted.counts["female", "year"] is None
    assert counted.counts["not_known", "year"] == 1


def test_question_asked_only_later_gives_no_zeros_before(app: Flask) -> None:
    make_referral(date(2017, 5, 1))
    make_referral(IN, answers={("subject", "gender"): "female"})
    columns = (Column("h1", "", periods.part(2017, "h1")), COLUMNS[0])

    counted = count(definition("gender"), columns)

    assert counted.counts["male", "h1"] is None
    assert (counted.counts["male", "h2"], counted.counts["female", "h2"]) == (0, 1)


def test_question_asked_before_and_not_answered_this_time_is_zero(app: Flask) -> None:
    make_referral(BEFORE, answers={("subject", "gender"): "female"})
    make_referral(IN)

    assert count(definition("gender")).counts["female", "year"] == 0


def test_age_never_known_gives_no_zeros(app: Flask) -> None:
    make_referral(IN)

    assert year_of(definition("age_band"))["18_25"] is None


def test_decline_and_closure_reasons_can_be_rows(app: Flask) -> None:
    make_referral(IN, closed_on=AFTER)
    table = definition("referral_source", field="closure_reason", list="closure_reason")
    reason = shelf.programme(ASB).list("closure_reason").ids[0]

    counted = count(table)

    assert counted.totals["year"] == 1
    assert reason in {row.id for row in counted.rows}


def test_age_bands_may_be_others(app: Flask) -> None:
    make_referral(IN, answers={("subject", "age"): 30})
    bands = (AgeBand("to_30", "Up to 30", 0, 30), AgeBand("over_30", "Over 30", 31, None))

    assert year_of(definition("age_band", bands=bands)) == {"to_30": 1}


# -- headlines -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closed_on", "carried"), [(None, 1), (YEAR.first, 1), (BEFORE, 0), (date(2017, 12, 1), 1), (AFTER, 1)]
)
def test_carried_over_is_what_was_not_closed_before_the_first_day(
    app: Flask, closed_on: date | None, carried: int
) -> None:
    make_referral(date(2017, 1, 5), closed_on=closed_on)
    make_referral(IN)

    assert headline("carried_over") == carried
    assert headline("supported") == carried + 1


@pytest.mark.parametrize(("decided_on", "carried"), [(date(2017, 2, 1), 0), (date(2017, 4, 3), 1)])
def test_declined_referral_is_carried_over_only_while_undecided(
    app: Flask, decided_on: date, carried: int
) -> None:
    make_referral(date(2017, 1, 5), outcome="declined", decided_on=decided_on)

    assert headline("carried_over") == carried


def test_case_closed_before_and_reopened_in_the_period_is_not_carried_over(app: Flask) -> None:
    _, case = make_referral(date(2017, 1, 5))
    make_entry(case, "closure", date(2017, 2, 1))
    make_entry(case, "reopening", date(2017, 6, 1))

    assert headline("carried_over") == 0


def test_case_reopened_before_the_period_is_carried_over(app: Flask) -> None:
    _, case = make_referral(date(2017, 1, 5), closed_on=date(2017, 8, 1))
    make_entry(case, "closure", date(2017, 2, 1))
    make_entry(case, "reopening", date(2017, 3, 1))
    make_entry(case, "closure", date(2017, 6, 1))
    make_entry(case, "reopening", date(2017, 7, 1))
    make_entry(case, "closure", date(2017, 8, 1))

    assert headline("carried_over") == 1


def test_marked_referral_without_a_date_counts_when_it_was_received(app: Flask) -> None:
    make_referral(IN, answers={("referral", "mediation"): "yes"})
    make_referral(IN, answers={("referral", "mediation"): "no"})
    make_referral(BEFORE, answers={("referral", "mediation"): "yes"})

    assert headline(MEDIATION) == 1


@pytest.mark.parametrize(
    ("received_on", "supported_on", "marked"),
    [(BEFORE, IN, 1), (IN, AFTER, 0), (IN, IN, 1), (BEFORE, BEFORE, 0)],
)
def test_known_date_decides_and_not_the_day_of_receipt(
    app: Flask, received_on: date, supported_on: date, marked: int
) -> None:
    flag, day = ("referral", "cs_marac_supported"), ("referral", "cs_marac_date")
    make_referral(received_on, answers={flag: "yes", day: supported_on})

    assert headline(MARAC) == marked


def test_entry_marks_its_referral_by_its_own_date_and_once(app: Flask) -> None:
    referral, case = make_referral(BEFORE, answers={("referral", "cs_marac_supported"): "yes"})
    make_entry(case, "activity", IN, "community_marac_advocacy", referral=referral)
    make_entry(case, "activity", IN, "community_marac_advocacy")
    _, other = make_referral(IN, answers={("referral", "cs_marac_supported"): "no"})
    make_entry(other, "activity", IN, "community_marac_advocacy")

    assert headline(MARAC) == 2


def test_entry_of_another_code_or_struck_out_marks_nothing(app: Flask) -> None:
    _, case = make_referral(IN, answers={("referral", "cs_marac_supported"): "no"})
    make_entry(case, "activity", IN, "court_support")
    make_entry(case, "activity", IN, "community_marac_advocacy", ended_at=now())

    assert headline(MARAC) == 0


def test_entry_of_a_case_with_two_referrals_marks_one_of_them(app: Flask) -> None:
    _, case = make_referral(BEFORE)
    make_referral(IN, case_id=case)
    make_entry(case, "activity", IN, "mediation_session")

    assert headline(MEDIATION) == 1


def test_mark_never_asked_for_is_no_zero(app: Flask) -> None:
    make_referral(IN)

    assert headline(MEDIATION) is None
    make_referral(IN, answers={("referral", "mediation"): "no"})
    assert headline(MEDIATION) == 0


def test_nobody_received_is_zero_and_not_unrecorded(app: Flask) -> None:
    assert headline(MEDIATION) == 0


# -- enquiries -------------------------------------------------------------------------------------


def test_enquiries_are_counted_by_programme_and_quarter(app: Flask) -> None:
    records.make_enquiry(IN)
    records.make_enquiry(date(2017, 4, 1))
    records.make_enquiry(BEFORE)
    records.make_enquiry(IN, programme="channel")
    programmes = [shelf.programme(ASB), shelf.programme("dva_marac")]

    with measures.snapshot() as connection:
        table = measures.count_enquiries(connection, programmes, periods.quarters(2017))

    assert {column: table.counts[ASB, column] for column in ("q1", "q2", "q3", "q4", "year")} == {
        "q1": 1,
        "q2": 0,
        "q3": 0,
        "q4": 1,
        "year": 2,
    }
    assert table.counts["dva_marac", "year"] == 0
    assert table.totals["year"] == 2


def test_days_on_record_are_those_of_all_the_programmes(app: Flask) -> None:
    make_referral(IN)
    make_referral(BEFORE)
    make_referral(AFTER, programme="channel")

    with measures.snapshot() as connection:
        assert measures.days_on_record(connection, [ASB]) == Period(BEFORE, IN)
        assert measures.days_on_record(connection, [ASB, "channel"]) == Period(BEFORE, AFTER)
        assert measures.days_on_record(connection, ["dva_marac"]) is None
        assert measures.days_on_record(connection, []) is None


# -- one view --------------------------------------------------------------------------------------


def test_referral_logged_while_a_report_is_made_is_in_none_of_its_figures(app: Flask) -> None:
    make_referral(IN)
    programme = shelf.programme(ASB)

    with measures.snapshot() as connection:
        before = measures.count_received(connection, programme, COLUMNS)
        make_referral(IN)
        after = measures.count_received(connection, programme, COLUMNS)

    assert before == after == {"h2": 1, "year": 1}
    assert count(definition("referral_source")).totals["year"] == 2
