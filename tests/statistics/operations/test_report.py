"""`panels/operations` against a count of the stored rows one by one, in plain Python."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from casework.access.vocabulary import OPERATOR
from casework.cases import clocks
from casework.cases.models import Case, Entry, Exclusion
from casework.errors import Invalid, NotFound, Refused
from casework.extensions import db
from casework.forms import today
from casework.forms.dates import LONDON
from casework.panels.models import (
    Action,
    AgendaItem,
    Attendance,
    Decision,
    Meeting,
    Paper,
    QueueEntry,
    Research,
    Review,
    Transfer,
)
from casework.programmes import shelf
from casework.referrals.models import Referral
from casework.statistics import measures, service
from casework.statistics.disclosure import INTERNAL_MARKING, SafeReport, Status
from casework.statistics.operations import meeting_measures
from casework.statistics.operations import report as panel_report
from casework.statistics.operations.panel import centile, median
from casework.statistics.periods import Period
from tests.statistics.panel_quarter import FIRST, LAST, make_quarter
from tests.support import makers, panels
from tests.support.panels import DVA

QUARTER = Period(FIRST, LAST)
THIS_YEAR = Period(today() - timedelta(days=300), today())


def cells(report: SafeReport, name: str) -> dict[str, dict[str, Any]]:
    """The figures of a table: column by row."""
    table = report.table(f"{DVA}-{name}")
    found: dict[str, dict[str, Any]] = {row.id: {} for row in table.rows}
    for cell in table.cells:
        found[cell.row][cell.column] = cell.count
    return found


def column(report: SafeReport, name: str, *, zeros: bool = False) -> dict[str, Any]:
    """A table of one column."""
    return {row: each["period"] for row, each in cells(report, name).items() if zeros or each["period"]}


def rows(model: type[Any], keep: Callable[[Any], bool]) -> list[Any]:
    return [row for row in db.session.scalars(select(model)) if keep(row)]


def within(day: date | None) -> bool:
    return day is not None and FIRST <= day <= LAST


def london(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def held() -> list[Meeting]:
    return rows(Meeting, lambda each: each.opened_at_utc is not None and within(london(each.starts_at_utc)))


def tally(
    found: Iterable[Any], *, by: Callable[[Any], Any], **questions: Callable[[Any], bool]
) -> dict[Any, Any]:
    """How many of the rows answer each question with yes, by what `by` says of them."""
    counts: dict[Any, Counter[str]] = {}
    for row in found:
        counts.setdefault(str(by(row)), Counter(dict.fromkeys(questions, 0))).update(
            name for name, ask in questions.items() if ask(row)
        )
    return {key: dict(each) for key, each in counts.items()}


def filled(table: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows of a table with anything in them."""
    return {row: each for row, each in table.items() if any(each.values())}


def always(_row: Any) -> bool:
    return True


def test_every_table_says_what_the_stored_rows_say(app: Flask) -> None:
    panel = make_quarter()
    report = service.make_panel_report(panel.coordinating, QUARTER, DVA)
    check_meetings(report)
    check_attendance(report)
    check_research(report)
    check_cases(report)
    check_hearings(report)
    check_actions(report)
    check_reviews_and_transfers(report)
    check_scores(report)
    check_statements()


def check_meetings(report: SafeReport) -> None:
    planned = rows(Meeting, lambda each: within(london(each.starts_at_utc)))
    assert column(report, "meetings") == {
        "held": len(held()),
        "cancelled": len([each for each in planned if each.state == "cancelled"]),
        "not_held": len([each for each in planned if each.state == "planned"]),
    }
    where: Counter[str] = Counter()
    papers = rows(Paper, always)
    for meeting in held():
        issued = [london(each.issued_at_utc) for each in papers if each.meeting_id == meeting.id]
        assert meeting.ended_at_utc is not None
        due = clocks.after_working_days(london(meeting.ended_at_utc), 3)
        if issued and min(issued) <= LAST:
            where["in_time" if min(issued) <= due else "late"] += 1
        else:
            where["overdue" if due <= LAST else "not_due"] += 1
    assert column(report, "minutes") == dict(where)
    heard = {each.item_id for each in rows(Decision, lambda each: each.heard and within(each.decided_on))}
    items = rows(AgendaItem, lambda each: each.id in heard)
    timed = [each for each in items if each.seconds]
    assert column(report, "time") == {
        "heard": len(items),
        "timed": len(timed),
        "planned": pytest.approx(statistics.mean(each.minutes for each in timed), abs=0.05),
        "used": pytest.approx(statistics.mean(each.seconds / 60 for each in timed), abs=0.05),
    }


def check_attendance(report: SafeReport) -> None:
    best: dict[tuple[str, Any], str] = {}
    states = ["present", "deputy", "apologies_information", "apologies", "absent"]
    ids = {meeting.id for meeting in held()}
    for row in rows(Attendance, lambda each: each.meeting_id in ids and each.state != "observer"):
        key = str(row.agency_id), row.meeting_id
        best[key] = min(best.get(key, row.state), row.state, key=states.index)
    expected = tally(
        best.items(),
        by=lambda each: each[0][0],
        meetings=always,
        attended=lambda each: each[1] in ("present", "deputy"),
        **{state: (lambda each, state=state: each[1] == state) for state in (*states, "expected")},
    )
    shown = cells(report, "attendance")
    assert filled(shown) == expected
    table = report.table(f"{DVA}-attendance")
    for agency, counted in expected.items():
        share = 100 * counted["attended"] / counted["meetings"]
        assert table.cell(agency, "attended").percent == math.floor(share + 0.5)
    assert table.total("meetings").count == len(best)
    assert table.total("attended").percent == math.floor(
        100 * sum(each["attended"] for each in expected.values()) / len(best) + 0.5
    )


def check_research(report: SafeReport) -> None:
    removed = {each.id for each in rows(AgendaItem, lambda each: each.state == "removed")}
    asked = rows(Research, lambda each: within(each.due_on) and each.item_id not in removed)

    def back(each: Research) -> date | None:
        day = london(each.returned_at_utc) if each.returned_at_utc else None
        return day if day and day <= LAST else None

    expected = tally(
        asked,
        by=lambda each: each.agency_id,
        asked=always,
        answered=lambda each: back(each) is not None,
        returned=lambda each: back(each) is not None and each.state == "returned",
        nil=lambda each: back(each) is not None and each.state == "nil",
        late=lambda each: (back(each) or date.min) > each.due_on,
        outstanding=lambda each: back(each) is None,
        overdue=lambda each: back(each) is None,
    )
    assert filled(cells(report, "research")) == expected
    assert sum(each["late"] for each in expected.values()) > 0


def check_cases(report: SafeReport) -> None:
    received = rows(Referral, lambda each: within(each.received_on))

    def decided(outcome: str) -> Callable[[Referral], bool]:
        return lambda each: each.outcome == outcome and (each.decided_on or date.max) <= LAST

    assert filled(cells(report, "referrals")) == tally(
        received,
        by=lambda each: each.source or "none",
        received=always,
        accepted=decided("accepted"),
        joined=decided("joined"),
        declined=decided("declined"),
        waiting=lambda each: each.decided_on is None or each.decided_on > LAST,
    )
    declined = rows(Referral, lambda each: each.outcome == "declined" and within(each.decided_on))
    assert column(report, "declined") == dict(Counter(each.decline_reason for each in declined))
    entered = rows(QueueEntry, lambda each: within(each.entered_on))
    assert filled(cells(report, "queue")) == tally(
        entered,
        by=lambda each: each.kind,
        entered=always,
        deferred=lambda each: each.deferrals > 0,
        withdrawn=lambda each: each.state == "withdrawn",
    )
    assert sum(column(report, "deferrals").values()) == sum(each.deferrals for each in entered)
    ages = [
        (LAST - each.opened_on).days
        for each in rows(Case, lambda each: each.stage_kind in ("open", "closed") and each.opened_on <= LAST)
        if each.closed_on is None or each.closed_on > LAST
    ]
    bands = {"up_to_30": (0, 30), "31_to_90": (31, 90), "91_to_180": (91, 180), "181_to_365": (181, 365)}
    assert column(report, "open_cases", zeros=True) == {
        **{name: len([age for age in ages if least <= age <= most]) for name, (least, most) in bands.items()},
        "over_365": len([age for age in ages if age > 365]),
    }
    assert ages


def check_hearings(report: SafeReport) -> None:
    decided = rows(Decision, lambda each: within(each.decided_on))
    assert column(report, "outcomes") == dict(Counter(each.outcome for each in decided))
    items = {each.id: each for each in rows(AgendaItem, always)}
    heard = [each for each in rows(Decision, always) if each.heard]
    assert column(report, "kinds") == dict(
        Counter(items[each.item_id].kind for each in heard if within(each.decided_on))
    )
    days = []
    for referral in rows(Referral, lambda each: each.outcome != "declined"):
        after = [
            each.decided_on
            for each in heard
            if each.case_id == referral.case_id and each.decided_on >= referral.received_on
        ]
        if after and within(min(after)):
            days.append((min(after) - referral.received_on).days)
    enough = next(
        day for day in sorted(days) if len([each for each in days if each <= day]) >= 0.9 * len(days)
    )
    assert column(report, "hearing", zeros=True) == {
        "referrals": len(days),
        "median": statistics.median(days),
        "centile_90": enough,
    }
    assert len(days) > 4
    row = report.table(f"{DVA}-hearing").rows[1]
    assert (row.unit, row.words) == ("days", "Median (days)")


def check_actions(report: SafeReport) -> None:
    def ended(each: Action, *states: str) -> bool:
        return each.ended_on is not None and each.ended_on <= LAST and each.state in states

    over = ("done", "done_late", "not_done", "no_longer_possible", "superseded")
    given = rows(Action, lambda each: within(each.set_on))
    assert filled(cells(report, "actions")) == tally(
        given,
        by=lambda each: each.agency_id,
        set=always,
        **{state: (lambda each, state=state: ended(each, state)) for state in over},
        open=lambda each: not ended(each, *over),
        overdue=lambda each: not ended(each, *over) and each.due_on <= LAST,
        verified=lambda each: ended(each, *over) and (each.verified_on or date.max) <= LAST,
        escalated=lambda each: any(
            update.what == "escalated" and london(update.at_utc) <= LAST for update in each.updates
        ),
    )
    done = [each for each in given if ended(each, "done", "done_late")]
    assert column(report, "effects") == dict(Counter(each.effect or "none" for each in done))


def check_reviews_and_transfers(report: SafeReport) -> None:
    def over(each: Review, state: str) -> bool:
        return each.state == state and each.done_on is not None and each.done_on <= LAST

    assert filled(cells(report, "reviews")) == tally(
        rows(Review, lambda each: within(each.due_on)),
        by=lambda each: each.cycle,
        due=always,
        done=lambda each: over(each, "done") and each.done_on <= each.due_on,
        done_late=lambda each: over(each, "done") and each.done_on > each.due_on,
        ended=lambda each: over(each, "ended"),
        open=lambda each: not (over(each, "done") or over(each, "ended")),
        overdue=lambda each: not (over(each, "done") or over(each, "ended")),
    )

    def known(each: Transfer) -> date | None:
        return each.received_on if each.received_on and each.received_on <= LAST else None

    assert filled(cells(report, "transfers")) == tally(
        rows(Transfer, lambda each: within(each.sent_on)),
        by=lambda each: each.direction,
        sent=always,
        in_time=lambda each: (known(each) or date.max) <= each.due_on,
        late=lambda each: known(each) is not None and known(each) > each.due_on,
        waiting=lambda each: known(each) is None,
        overdue=lambda each: known(each) is None and each.due_on <= LAST,
        accepted=lambda each: (each.accepted_on or date.max) <= LAST,
        heard=lambda each: (each.heard_on or date.max) <= LAST,
    )


def check_scores(report: SafeReport) -> None:
    heard = {each.case_id for each in rows(Decision, lambda each: each.heard and within(each.decided_on))}
    scores: dict[Any, list[int]] = {case: [] for case in heard}
    for entry in sorted(
        rows(Entry, lambda each: each.kind == "risk"), key=lambda each: (each.dated, each.id)
    ):
        if entry.case_id in heard and entry.dated <= LAST:
            scores[entry.case_id].append(entry.number)
    pairs = [(each[0], each[-1]) for each in scores.values() if len(each) > 1]
    assert column(report, "risk-dash", zeros=True) == {
        "lower": len([pair for pair in pairs if pair[1] < pair[0]]),
        "same": len([pair for pair in pairs if pair[1] == pair[0]]),
        "higher": len([pair for pair in pairs if pair[1] > pair[0]]),
        "once": len([each for each in scores.values() if len(each) == 1]),
        "never": len([each for each in scores.values() if not each]),
        "first": statistics.median(pair[0] for pair in pairs),
        "last": statistics.median(pair[1] for pair in pairs),
    }


def check_statements() -> None:
    """They do not grow with what was done, and read nothing sealed."""

    def sent(period: Period) -> list[str]:
        statements: list[str] = []
        with measures.snapshot() as connection:
            event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
            panel_report.count(connection, [shelf.programme(DVA)], period, date(2025, 12, 1))
        return statements

    busy, idle = sent(QUARTER), sent(Period(date(2020, 1, 1), date(2020, 1, 31)))
    assert len(busy) == len(idle) < 25
    assert not [words for words in busy if "sealed" in words]


# -- who may have it, and what it costs ----------------------------------------------------------------------------


def test_nothing_recorded_is_not_zero(app: Flask) -> None:
    panel = panels.make_panel()
    makers.commit()

    report = service.make_panel_report(panel.coordinating, QUARTER, DVA)

    for table in report.tables:
        shown = {cell.status for cell in table.cells} | {total.status for total in table.totals}
        assert shown <= {Status.NOT_RECORDED}, table.id
    assert not report.table(f"{DVA}-attendance").rows  # their seats began after it
    assert report.marking == INTERNAL_MARKING


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_exclusion_closes_exact_figures_and_changes_none(app: Flask) -> None:
    panel = panels.make_panel()
    case = panels.make_accepted(panel)
    makers.commit()
    before = service.make_panel_report(panel.chairing, THIS_YEAR, DVA).tables
    db.session.add(Exclusion(case_id=case.id, user_id=panel.coordinator.id, set_by_id=panel.chair.id))
    db.session.commit()

    for wanted in (DVA, None):
        with pytest.raises(Refused):
            service.make_panel_report(panel.coordinating, THIS_YEAR, wanted)
    assert service.open_panels(panel.coordinating) == ()
    assert service.make_panel_report(panel.chairing, THIS_YEAR, DVA).tables == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_report_of_all_panels_holds_those_open_to_the_actor_alone(app: Flask) -> None:
    panel = panels.make_panel()
    makers.commit()

    mine = service.make_named_report(panel.coordinating, "panels/operations", QUARTER)
    every = service.make_named_report(OPERATOR, "panels/operations", QUARTER)

    assert {table.id.partition("-")[0] for table in mine.tables} == {DVA}
    assert {table.id.partition("-")[0] for table in every.tables} == {DVA, "channel", "community_marac"}
    with pytest.raises(NotFound):
        service.make_named_report(OPERATOR, "panels/other", QUARTER)
    with pytest.raises(NotFound):
        service.make_named_report(OPERATOR, "panels/operations", QUARTER, "asb_support")
    with pytest.raises(Invalid):
        service.make_named_report(OPERATOR, "asb_support/year_end", QUARTER, DVA)
    with pytest.raises(Refused):
        service.make_named_report(panel.member("police"), "panels/operations", QUARTER)


# -- measures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "middle", "ninetieth"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 2], 1.5, 2),
        (list(range(1, 11)), 5.5, 9),
        (list(range(1, 12)), 6, 10),
    ],
)
def test_median_and_centile(values: list[int], middle: float | None, ninetieth: int | None) -> None:
    assert median(values) == middle
    assert centile(values, 90) == ninetieth


def test_days_that_end_by_summer_time_are_found() -> None:
    year = Period(date(2025, 1, 1), date(2025, 12, 31))
    assert meeting_measures.summer_days(year) == [(date(2025, 3, 30), date(2025, 10, 25))]
