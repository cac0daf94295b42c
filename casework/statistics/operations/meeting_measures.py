"""What happened at meetings and before them, counted: one statement for each function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, extract, func, or_, select

from casework.panels.models import AgendaItem, Attendance, Decision, Meeting, Paper, Research
from casework.statistics.operations.scope import Found, Scope, heard, midnight, rows, when
from casework.statistics.periods import Period

ATTENDED = ("present", "deputy", "apologies_information", "apologies", "absent", "expected")
"""The states of an agency at a meeting, the one that counts first: whoever sent two people is counted once."""

A_DAY = 24 * 60 * 60

AN_HOUR = 60 * 60


def meetings(connection: Connection, scope: Scope) -> Found:
    """(state, opened at, ended at, minutes first issued at) of each meeting planned for the period."""
    issued = (
        select(Paper.meeting_id, func.min(Paper.issued_at_utc).label("issued_at_utc"))
        .where(Paper.kind == "minutes")
        .group_by(Paper.meeting_id)
        .subquery()
    )
    query = (
        select(Meeting.state, Meeting.opened_at_utc, Meeting.ended_at_utc, issued.c.issued_at_utc)
        .outerjoin(issued, issued.c.meeting_id == Meeting.id)
        .where(Meeting.programme == scope.programme, scope.within_moments(Meeting.starts_at_utc))
    )
    return rows(connection, query)


def attendance(connection: Connection, scope: Scope) -> Found:
    """(agency, place in ATTENDED, meetings): of each meeting held, what counts most of what the agency did."""
    places = case({state: place for place, state in enumerate(ATTENDED)}, value=Attendance.state)
    each = (
        select(Attendance.agency_id, func.min(places).label("place"))
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(
            Meeting.programme == scope.programme,
            Meeting.opened_at_utc.is_not(None),
            scope.within_moments(Meeting.starts_at_utc),
            Attendance.state.in_(ATTENDED),
        )
        .group_by(Attendance.meeting_id, Attendance.agency_id)
        .subquery()
    )
    query = select(each.c.agency_id, each.c.place, func.count()).group_by(each.c.agency_id, each.c.place)
    return rows(connection, query)


def minutes_used(connection: Connection, scope: Scope) -> Sequence[Any]:
    """(cases heard, timed, minutes planned of those timed, seconds used by them)."""
    timed = AgendaItem.seconds > 0
    query = (
        select(
            func.count(),
            func.count(case((timed, 1))),
            func.sum(case((timed, AgendaItem.minutes))),
            func.sum(AgendaItem.seconds),
        )
        .join(Decision, Decision.item_id == AgendaItem.id)
        .where(*heard(scope))
    )
    return tuple(connection.execute(query).one())


def research(connection: Connection, scope: Scope) -> Found:
    """(agency, asked, returned, nil, late, outstanding, overdue), of what was due in the period."""
    late_after = extract("epoch", Research.due_on) + A_DAY - _summer_hour(scope)
    returned = and_(Research.returned_at_utc.is_not(None), Research.returned_at_utc < scope.ends)
    waits = or_(Research.returned_at_utc.is_(None), Research.returned_at_utc >= scope.ends)
    query = (
        select(
            Research.agency_id,
            func.count(),
            when(returned, Research.state == "returned"),
            when(returned, Research.state == "nil"),
            when(returned, extract("epoch", Research.returned_at_utc) >= late_after),
            when(waits),
            when(waits, Research.due_on <= scope.overdue_by),
        )
        .join(AgendaItem, AgendaItem.id == Research.item_id)
        .where(
            Research.programme == scope.programme,
            scope.within(Research.due_on),
            AgendaItem.state != "removed",
        )
        .group_by(Research.agency_id)
    )
    return rows(connection, query)


def _summer_hour(scope: Scope) -> Any:
    """The hour by which a day ends earlier in summer, in seconds, by the day that research was due."""
    spans = summer_days(scope.period)
    if not spans:
        return 0
    return case((or_(*(Research.due_on.between(first, last) for first, last in spans)), AN_HOUR), else_=0)


def summer_days(period: Period) -> list[tuple[date, date]]:
    """The days of a period that end by summer time, as spans."""
    spans: list[tuple[date, date]] = []
    for number in range((period.last - period.first).days + 1):
        day = period.first + timedelta(days=number)
        if not midnight(day + timedelta(days=1)).utcoffset():
            continue
        if spans and spans[-1][1] == day - timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans
