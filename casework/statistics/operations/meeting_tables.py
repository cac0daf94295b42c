"""The tables of meetings, and of what agencies did at them and before them."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from casework.cases import clocks
from casework.forms.dates import LONDON
from casework.statistics.disclosure import RawRow, RawTable
from casework.statistics.operations import meeting_measures as measures
from casework.statistics.operations.panel import Panel, in_period, note, tenth
from casework.statistics.operations.scope import Scope


def meetings(panel: Panel) -> RawTable:
    found = panel.ask(measures.meetings)
    held = sum(opened_at is not None for _, opened_at, *_ in found)
    cancelled = sum(state == "cancelled" for state, *_ in found)
    counts = {"held": held, "cancelled": cancelled, "not_held": len(found) - held - cancelled}
    rows = [RawRow("held", "Held"), RawRow("cancelled", "Cancelled"), RawRow("not_held", "Planned, not held")]
    return panel.table("meetings", "meetings", "Meetings", "meetings", rows, in_period(counts), of="meetings")


def minutes(panel: Panel) -> RawTable:
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
        in_period(counts),
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


def attendance(panel: Panel) -> RawTable:
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
    for agency, place, count in panel.ask(measures.attendance):
        placed.setdefault(agency, {})[measures.ATTENDED[place]] = count
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
        notes=note(
            "Meetings held in the period. An agency is counted once a meeting, whoever it sent; observers and guests "
            "are not. Percentages are of the meetings at which the agency was expected."
        ),
    )


def time_used(panel: Panel) -> RawTable:
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
        "planned": tenth(int(planned) / timed) if timed else None,
        "used": tenth(int(seconds) / 60 / timed) if timed else None,
    }
    return panel.table(
        "time",
        "time for a case",
        "Time",
        "cases",
        rows,
        in_period(counts),
        of="decisions",
        total=False,
        notes=("Averages (means) are of the cases that were timed. A case heard twice is counted twice.",),
    )


def research(panel: Panel) -> RawTable:
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
        notes=note(
            "Requests due in the period, but for cases taken off an agenda. Percentages are of what the agency was "
            "asked: that of “Answered” is its return rate."
        ),
    )
