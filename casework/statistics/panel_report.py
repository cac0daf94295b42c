"""The report `panels/operations`: how panels worked over a period, a set of tables for each panel.

It belongs to no programme, so that one page shows every panel alike; lists, tools and limits are the programme's own.
"""

from __future__ import annotations

import math
import statistics
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from casework.cases import clocks
from casework.forms.dates import LONDON
from casework.panels import order
from casework.programmes.definition import PanelRules, Programme
from casework.statistics import panel_measures as measures
from casework.statistics.disclosure import RawReport, RawRow, RawTable, Value
from casework.statistics.panel_measures import Scope
from casework.statistics.periods import Column, Period

GROUP = "panels"
ID = f"{GROUP}/operations"
TITLE = "How panels work"
NOTES = (
    "Figures are as things stood at the end of the last day of the period, or today if that comes first.",
    "Sources, reasons, outcomes and the like of which there was none are left out.",
    "A panel of which nothing of a kind was recorded by then has “not recorded” there, which is not 0.",
)
BANDS: tuple[tuple[str, str, int, int | None], ...] = (
    ("up_to_30", "30 days or fewer", 0, 30),
    ("31_to_90", "31 to 90 days", 31, 90),
    ("91_to_180", "91 to 180 days", 91, 180),
    ("181_to_365", "181 to 365 days", 181, 365),
    ("over_365", "More than 365 days", 366, None),
)
"""How long cases have been open; ours: no official list was found."""

UNTIL_NOW = "Cases that came into the queue in the period, and what has become of them until now."

Named = tuple[str, str]
"""An id and what it is called."""


def count(connection: Connection, programmes: Sequence[Programme], period: Period, today: date) -> RawReport:
    """The report over some panels, as counted. The statements do not grow with what the panels did."""
    tables = [
        table
        for programme in programmes
        if programme.panel is not None
        for table in _tables(
            _Panel.of(connection, programme, programme.panel, Scope(programme.id, period, today))
        )
    ]
    names = ", ".join(programme.panel.name for programme in programmes if programme.panel is not None)
    return RawReport(ID, f"{TITLE}: {names}", period, (), tuple(tables), NOTES)


# -- putting tables together --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Panel:
    """One panel while it is counted. `recorded` names the kinds of record that there are any of."""

    connection: Connection
    programme: Programme
    rules: PanelRules
    scope: Scope
    recorded: frozenset[str]
    agencies: Mapping[uuid.UUID, tuple[str, bool]]

    @classmethod
    def of(cls, connection: Connection, programme: Programme, rules: PanelRules, scope: Scope) -> _Panel:
        found = measures.recorded(connection, scope)
        return cls(connection, programme, rules, scope, found, measures.agencies(connection, scope))

    def ask(self, measure: Callable[[Connection, Scope], Any]) -> Any:
        return measure(self.connection, self.scope)

    def table(
        self,
        name: str,
        title: str,
        heading: str,
        unit: str,
        rows: Sequence[RawRow],
        counts: Mapping[tuple[str, str], Value | None],
        *,
        of: str,
        columns: Sequence[Named] = (("period", "In the period"),),
        base: str = "",
        total: bool = True,
        notes: tuple[str, ...] = (),
    ) -> RawTable:
        """A table of this panel; what `counts` leaves out is 0, or not recorded where there is no record `of` that."""
        known = of in self.recorded
        rows = rows if known else [replace(row, always=True) for row in rows]
        cells = {
            (row.id, column): counts.get((row.id, column), 0) if known else None
            for row in rows
            for column, _ in columns
        }
        counted = [row.id for row in rows if not row.unit]
        return RawTable(
            id=f"{self.programme.id}-{name}",
            title=f"{self.rules.name}: {title}",
            row_heading=heading,
            unit=unit,
            additive=total,
            columns=tuple(Column(column, label, self.scope.period) for column, label in columns),
            rows=tuple(rows),
            counts=cells,
            totals={
                column: sum(int(cells[row, column] or 0) for row in counted) if known else None
                for column, _ in columns
            }
            if total
            else {},
            base=base,
            notes=notes,
        )

    def by_agency(
        self, found: Iterable[Sequence[Any]], columns: Sequence[Named]
    ) -> tuple[list[RawRow], dict[tuple[str, str], Value | None]]:
        """Rows and cells of (agency, figures): the agencies with a seat, and whoever else did something."""
        figures = {row[0]: row[1:] for row in found}
        rows = [
            RawRow(str(agency), name)
            for agency, (name, seated) in self.agencies.items()
            if seated or agency in figures
        ]
        return rows, _cells(figures, columns)

    def coded(
        self, list_id: str, found: Iterable[Sequence[Any]], blank: str = "Not recorded"
    ) -> tuple[list[RawRow], dict[Any, Sequence[Any]]]:
        """Rows of a code list, and of whatever else was found: (code, figures) by row id."""
        figures = {row[0] or "": row[1:] for row in found}
        codes = self.programme.list(list_id).codes
        rows = [RawRow(code.id, code.label, always=False) for code in codes]
        known = {row.id for row in rows}
        rows += [RawRow(code, code) for code in sorted(figures) if code and code not in known]
        if "" in figures:
            rows.append(RawRow("none", blank))
            figures["none"] = figures.pop("")
        return rows, figures


def _note(words: str) -> tuple[str, ...]:
    return (words,)


def _cells(
    figures: Mapping[Any, Sequence[Any]], columns: Sequence[Named]
) -> dict[tuple[str, str], Value | None]:
    return {
        (str(row), column): value
        for row, values in figures.items()
        for (column, _), value in zip(columns, values, strict=True)
    }


def _one(figures: Mapping[Any, Sequence[Any]]) -> dict[tuple[str, str], Value | None]:
    return _cells(figures, (("period", ""),))


def _period(values: Mapping[str, Value | None]) -> dict[tuple[str, str], Value | None]:
    return {(row, "period"): value for row, value in values.items()}


def _tables(panel: _Panel) -> Iterator[RawTable]:
    yield from _queue(panel)
    for make in (
        _referrals,
        _declined,
        _meetings,
        _minutes,
        _attendance,
        _research,
        _hearing,
        _outcomes,
        _kinds,
        _time,
        _actions,
        _effects,
        _reviews,
        _transfers,
        _open_cases,
    ):
        yield make(panel)
    yield from _scores(panel)


# -- referrals and the queue ----------------------------------------------------------------------------------


def _referrals(panel: _Panel) -> RawTable:
    columns = (
        ("received", "Received"),
        ("accepted", "Accepted"),
        ("joined", "Joined to an open case"),
        ("declined", "Declined"),
        ("waiting", "Not decided"),
    )
    rows, figures = panel.coded("source", panel.ask(measures.referrals))
    return panel.table(
        "referrals",
        "referrals by source",
        "Source",
        "referrals",
        rows,
        _cells(figures, columns),
        of="referrals",
        columns=columns,
        base="received",
        notes=("Referrals received in the period. Percentages are of those received from the source.",),
    )


def _declined(panel: _Panel) -> RawTable:
    rows, figures = panel.coded("decline_reason", panel.ask(measures.declined))
    return panel.table(
        "declined",
        "referrals declined, by reason",
        "Reason",
        "referrals declined",
        rows,
        _one(figures),
        of="referrals",
        notes=("Referrals declined in the period, whenever they were received.",),
    )


def _queue(panel: _Panel) -> Iterator[RawTable]:
    columns = (("entered", "Came in"), ("deferred", "Deferred at least once"), ("withdrawn", "Withdrawn"))
    found = panel.ask(measures.queued)
    yield panel.table(
        "queue",
        "cases that came into the queue",
        "As",
        "cases",
        _kind_rows(panel.programme),
        _cells({row[0]: row[1:4] for row in found}, columns),
        of="queue",
        columns=columns,
        base="entered",
        notes=(UNTIL_NOW,),
    )
    yield panel.table(
        "deferrals",
        "deferrals",
        "As",
        "deferrals",
        _kind_rows(panel.programme),
        _one({row[0]: row[4:] for row in found}),
        of="queue",
        notes=("A case deferred twice has two.", UNTIL_NOW),
    )


def _kind_rows(programme: Programme) -> list[RawRow]:
    return [RawRow(kind, order.kind_words(programme, kind), always=False) for kind in order.KINDS]


# -- meetings -------------------------------------------------------------------------------------------------


def _meetings(panel: _Panel) -> RawTable:
    found = panel.ask(measures.meetings)
    held = sum(opened_at is not None for _, opened_at, *_ in found)
    cancelled = sum(state == "cancelled" for state, *_ in found)
    counts = {"held": held, "cancelled": cancelled, "not_held": len(found) - held - cancelled}
    rows = [RawRow("held", "Held"), RawRow("cancelled", "Cancelled"), RawRow("not_held", "Planned, not held")]
    return panel.table("meetings", "meetings", "Meetings", "meetings", rows, _period(counts), of="meetings")


def _minutes(panel: _Panel) -> RawTable:
    limit = panel.rules.minutes_days
    words = f"within {limit} working days" if limit is not None else "issued"
    rows = [
        RawRow("in_time", words.capitalize()),
        RawRow("late", "Issued later", limit is not None),
        RawRow("overdue", "Not issued, overdue", limit is not None),
        RawRow("not_due", "Not issued, not overdue"),
    ]
    counts = dict.fromkeys((row.id for row in rows), 0)
    for _, _, ended_at, issued_at in panel.ask(measures.meetings):
        if ended_at is not None:
            counts[_issue(panel.scope, _day(ended_at), _day(issued_at) if issued_at else None, limit)] += 1
    return panel.table(
        "minutes",
        "minutes issued",
        "Minutes",
        "meetings that ended",
        rows,
        _period(counts),
        of="meetings",
        notes=("Counted from the day on which the meeting ended to the first issue of its minutes.",),
    )


def _issue(scope: Scope, ended: date, issued: date | None, limit: int | None) -> str:
    """Where the minutes of a meeting stood at the end of the period."""
    if issued and issued > scope.last:
        issued = None
    if limit is None:
        return "in_time" if issued else "not_due"
    due = clocks.after_working_days(ended, limit)
    if issued:
        return "in_time" if issued <= due else "late"
    return "overdue" if due <= scope.overdue_by else "not_due"


def _day(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def _attendance(panel: _Panel) -> RawTable:
    columns = (
        ("meetings", "Meetings"),
        ("attended", "Took part"),
        ("present", "Member"),
        ("deputy", "Deputy"),
        ("apologies_information", "Apologies, information sent"),
        ("apologies", "Apologies only"),
        ("absent", "Absent"),
        ("expected", "Not recorded"),
    )
    placed: dict[uuid.UUID, dict[str, int]] = {}
    for agency, place, meetings in panel.ask(measures.attendance):
        placed.setdefault(agency, {})[measures.ATTENDED[place]] = meetings
    found = [
        (
            agency,
            sum(states.values()),
            states.get("present", 0) + states.get("deputy", 0),
            *(states.get(state, 0) for state in measures.ATTENDED),
        )
        for agency, states in placed.items()
    ]
    rows, cells = panel.by_agency(found, columns)
    return panel.table(
        "attendance",
        "attendance by agency",
        "Agency",
        "meetings",
        rows,
        cells,
        of="meetings",
        columns=columns,
        base="meetings",
        notes=_note(
            "Meetings held in the period. An agency is counted once a meeting, whoever it sent; observers and guests "
            "are not. Percentages are of the meetings at which the agency was expected."
        ),
    )


def _time(panel: _Panel) -> RawTable:
    heard, timed, planned, seconds = panel.ask(measures.minutes_used)
    rows = [
        RawRow("heard", "Cases heard"),
        RawRow("timed", "Of them timed"),
        RawRow("planned", "Planned, on average", unit="minutes"),
        RawRow("used", "Used, on average", unit="minutes"),
    ]
    counts = {
        "heard": heard,
        "timed": timed,
        "planned": _tenth(int(planned) / timed) if timed else None,
        "used": _tenth(int(seconds) / 60 / timed) if timed else None,
    }
    return panel.table(
        "time",
        "time for a case",
        "Time",
        "cases",
        rows,
        _period(counts),
        of="decisions",
        total=False,
        notes=("Averages (means) are of the cases that were timed. A case heard twice is counted twice.",),
    )


# -- research -------------------------------------------------------------------------------------------------


def _research(panel: _Panel) -> RawTable:
    columns = (
        ("asked", "Asked"),
        ("answered", "Answered"),
        ("returned", "Known"),
        ("nil", "Nothing known"),
        ("late", "Answered late"),
        ("outstanding", "Not answered"),
        ("overdue", "Overdue"),
    )
    found = [
        (agency, asked, returned + nil, returned, nil, late, waits, overdue)
        for agency, asked, returned, nil, late, waits, overdue in panel.ask(measures.research)
    ]
    rows, cells = panel.by_agency(found, columns)
    return panel.table(
        "research",
        "research by agency",
        "Agency",
        "requests",
        rows,
        cells,
        of="research",
        columns=columns,
        base="asked",
        notes=_note(
            "Requests due in the period, but for cases taken off an agenda. Percentages are of what the agency was "
            "asked: that of “Answered” is its return rate."
        ),
    )


# -- what was decided -----------------------------------------------------------------------------------------


def _hearing(panel: _Panel) -> RawTable:
    days = sorted(panel.ask(measures.days_to_hearing))
    rows = [
        RawRow("referrals", "Referrals whose case was heard"),
        RawRow("median", "Median", unit="days"),
        RawRow("centile_90", "90th centile", unit="days"),
    ]
    counts = {"referrals": len(days), "median": median(days), "centile_90": centile(days, 90)}
    return panel.table(
        "hearing",
        "time from referral to hearing",
        "Time",
        "referrals",
        rows,
        _period(counts),
        of="decisions",
        total=False,
        notes=_note(
            "Calendar days from the day a referral was received to the day its case was first heard after that, where "
            "that day is in the period. A repeat referral counts from its own day; a case listed again is not counted "
            "again. The 90th centile is the fewest days within which at least 90 in 100 of the referrals were heard."
        ),
    )


def _outcomes(panel: _Panel) -> RawTable:
    list_id = panel.rules.outcomes
    rows, figures = panel.coded(list_id, panel.ask(measures.outcomes)) if list_id else ([], {})
    return panel.table(
        "outcomes",
        "decisions by outcome",
        "Outcome",
        "decisions",
        rows,
        _one(figures),
        of="decisions",
        notes=("Decisions made in the period. A case heard twice has two.",),
    )


def _kinds(panel: _Panel) -> RawTable:
    found = {kind: (cases,) for kind, cases in panel.ask(measures.heard_kinds)}
    return panel.table(
        "kinds",
        "cases heard, new and repeat",
        "As",
        "cases heard",
        _kind_rows(panel.programme),
        _one(found),
        of="decisions",
        notes=(
            "A case heard twice in the period is counted twice. The percentage of “Repeat” is the repeat rate.",
        ),
    )


# -- actions and reviews --------------------------------------------------------------------------------------


def _actions(panel: _Panel) -> RawTable:
    columns = (
        ("set", "Set"),
        ("done", "Done on time"),
        ("done_late", "Done late"),
        ("not_done", "Not done"),
        ("no_longer_possible", "No longer possible"),
        ("superseded", "Superseded"),
        ("open", "Open"),
        ("overdue", "Overdue"),
        ("verified", "Verified"),
        ("escalated", "Escalated"),
    )
    rows, cells = panel.by_agency(panel.ask(measures.actions), columns)
    return panel.table(
        "actions",
        "actions by agency",
        "Agency",
        "actions",
        rows,
        cells,
        of="actions",
        columns=columns,
        base="set",
        notes=(
            "Actions set in the period, under the agency that has them now. Percentages are of those set.",
            "An action is on time that was done by the day it was due, as that day stands now.",
        ),
    )


def _effects(panel: _Panel) -> RawTable:
    rows, figures = panel.coded("action_effect", panel.ask(measures.effects), blank="Not rated")
    return panel.table(
        "effects",
        "what actions did for the risk",
        "Effect",
        "actions done",
        rows,
        _one(figures),
        of="actions",
        notes=("Actions set in the period and done by its end.",),
    )


def _reviews(panel: _Panel) -> RawTable:
    columns = (
        ("due", "Due"),
        ("done", "Done in time"),
        ("done_late", "Done late"),
        ("ended", "No longer needed"),
        ("open", "Not done"),
        ("overdue", "Overdue"),
    )
    figures = {row[0]: row[1:] for row in panel.ask(measures.reviews)}
    labels = {cycle.id: cycle.label for cycle in panel.programme.reviews}
    labels |= {cycle: cycle for cycle in sorted(figures) if cycle not in labels}
    return panel.table(
        "reviews",
        "reviews",
        "Review",
        "reviews",
        [RawRow(cycle, label) for cycle, label in labels.items()],
        _cells(figures, columns),
        of="reviews",
        columns=columns,
        base="due",
        notes=("Reviews due in the period. Percentages are of those due.",),
    )


def _transfers(panel: _Panel) -> RawTable:
    columns = (
        ("sent", "Sent"),
        ("in_time", "Acknowledged in time"),
        ("late", "Acknowledged late"),
        ("waiting", "Not acknowledged"),
        ("overdue", "Overdue"),
        ("accepted", "Accepted"),
        ("heard", "Heard"),
    )
    figures = {row[0]: row[1:] for row in panel.ask(measures.transfers)}
    return panel.table(
        "transfers",
        "transfers from and to other areas",
        "Transfers",
        "transfers",
        [RawRow("in", "From another area"), RawRow("out", "To another area")],
        _cells(figures, columns),
        of="transfers",
        columns=columns,
        base="sent",
        notes=(
            "Transfers sent in the period. Percentages are of those sent.",
            "One from another area is acknowledged on the day on which it is recorded here.",
        ),
    )


def _open_cases(panel: _Panel) -> RawTable:
    bands = [(least, most) for _, _, least, most in BANDS]
    found = measures.open_cases(panel.connection, panel.scope, bands)
    return panel.table(
        "open_cases",
        "cases open at the end of the period",
        "Open for",
        "cases",
        [RawRow(band[0], band[1]) for band in BANDS],
        _period({band[0]: cases for band, cases in zip(BANDS, found, strict=True)}),
        of="referrals",
        notes=("Accepted cases, from the day their first referral was received.",),
    )


# -- risk -----------------------------------------------------------------------------------------------------


def _scores(panel: _Panel) -> Iterator[RawTable]:
    """For each tool that gives scores, whether the risk of the cases heard rose or fell."""
    heard = measures.cases_heard(panel.connection, panel.scope)
    found = panel.ask(measures.scores)
    for tool in {tool.id: tool for tool in panel.programme.current_tools}.values():
        mine = [row[1:] for row in found if row[0] == tool.id and None not in row[1:]]
        yield _score(panel, tool.id, tool.label, heard, mine)


def _score(panel: _Panel, tool: str, label: str, heard: int, found: Sequence[Sequence[int]]) -> RawTable:
    rows = [
        RawRow("lower", "Lower at last than at first"),
        RawRow("same", "The same"),
        RawRow("higher", "Higher"),
        RawRow("once", "Assessed once"),
        RawRow("never", "Not assessed with it"),
        RawRow("first", "Median of the first scores", unit="points"),
        RawRow("last", "Median of the last scores", unit="points"),
    ]
    again = [pair for each, first, last, cases in found if each for pair in [(first, last)] * cases]
    once = sum(cases for each, _, _, cases in found if not each)
    counts: dict[str, Value | None] = {
        "lower": sum(last < first for first, last in again),
        "same": sum(last == first for first, last in again),
        "higher": sum(last > first for first, last in again),
        "once": once,
        "never": heard - len(again) - once,
        "first": median([first for first, _ in again]),
        "last": median([last for _, last in again]),
    }
    return panel.table(
        f"risk-{tool}",
        f"{label}, first score against last",
        "Score",
        "cases",
        rows,
        _period(counts),
        of="decisions",
        notes=_note(
            "Each case heard in the period once: its first score ever against its last by the end of the period. "
            "Medians are of the cases assessed more than once."
        ),
    )


# -- measures -------------------------------------------------------------------------------------------------


def median(values: Sequence[int]) -> Value | None:
    """The middle one, or the mean of the two in the middle; None of nothing."""
    return _tenth(statistics.median(values)) if values else None


def centile(values: Sequence[int], percent: int) -> int | None:
    """The least of the sorted values that at least so many in a hundred do not exceed; None of nothing."""
    return values[math.ceil(len(values) * percent / 100) - 1] if values else None


def _tenth(value: float) -> Value:
    """With one decimal, and none where there is no need of it."""
    tenths = math.floor(value * 10 + 0.5)
    return tenths / 10 if tenths % 10 else tenths // 10
