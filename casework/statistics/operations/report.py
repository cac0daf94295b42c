"""The report `panels/operations`: how panels worked over a period, a set of tables for each panel.

It belongs to no programme, so that one page shows every panel alike; lists, tools and limits are the programme's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from sqlalchemy import Connection

from casework.programmes.definition import Programme
from casework.statistics.disclosure import RawReport, RawTable
from casework.statistics.operations import action_tables, case_tables, meeting_tables
from casework.statistics.operations.panel import Panel
from casework.statistics.operations.scope import Scope
from casework.statistics.periods import Period

GROUP = "panels"

ID = f"{GROUP}/operations"

TITLE = "How panels work"

NOTES = (
    "Figures are as things stood at the end of the last day of the period, or today if that comes first.",
    "Sources, reasons, outcomes and the like of which there was none are left out.",
    "A panel of which nothing of a kind was recorded by then has “not recorded” there, which is not 0.",
)


def count(connection: Connection, programmes: Sequence[Programme], period: Period, today: date) -> RawReport:
    """The report over some panels, as counted. The statements do not grow with what the panels did."""
    counted = [
        table
        for programme in programmes
        if programme.panel is not None
        for table in tables(
            Panel.of(connection, programme, programme.panel, Scope(programme.id, period, today))
        )
    ]
    names = ", ".join(programme.panel.name for programme in programmes if programme.panel is not None)
    return RawReport(ID, f"{TITLE}: {names}", period, (), tuple(counted), NOTES)


TABLES: tuple[Callable[[Panel], RawTable], ...] = (
    case_tables.referrals,
    case_tables.declined,
    meeting_tables.meetings,
    meeting_tables.minutes,
    meeting_tables.attendance,
    meeting_tables.research,
    case_tables.hearing,
    case_tables.outcomes,
    case_tables.kinds,
    meeting_tables.time_used,
    action_tables.actions,
    action_tables.effects,
    action_tables.reviews,
    action_tables.transfers,
    case_tables.open_cases,
)


def tables(panel: Panel) -> Iterator[RawTable]:
    yield from case_tables.queue(panel)
    for make in TABLES:
        yield make(panel)
    yield from case_tables.scores(panel)
