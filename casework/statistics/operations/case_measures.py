"""What came to a panel, and what it decided, counted: one statement for each function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from casework.cases.models import Case, Entry
from casework.panels.models import AgendaItem, Decision, QueueEntry
from casework.referrals.models import Referral
from casework.statistics.measures import shut_then_reopened
from casework.statistics.operations.scope import Found, Scope, heard, rows, when

IN_SCREENING = ("waiting", "returned")


def referrals(connection: Connection, scope: Scope) -> Found:
    """(source, received, accepted, joined, declined, waiting), of those received in the period."""
    waits = or_(Referral.outcome.in_(IN_SCREENING), Referral.decided_on > scope.last)
    decided = Referral.decided_on <= scope.last
    query = (
        select(
            Referral.source,
            func.count(),
            *(when(decided, Referral.outcome == outcome) for outcome in ("accepted", "joined", "declined")),
            when(waits),
        )
        .where(Referral.programme == scope.programme, scope.within(Referral.received_on))
        .group_by(Referral.source)
    )
    return rows(connection, query)


def declined(connection: Connection, scope: Scope) -> Found:
    """(reason, referrals declined in the period)."""
    query = (
        select(Referral.decline_reason, func.count())
        .where(
            Referral.programme == scope.programme,
            Referral.outcome == "declined",
            scope.within(Referral.decided_on),
        )
        .group_by(Referral.decline_reason)
    )
    return rows(connection, query)


def days_to_hearing(connection: Connection, scope: Scope) -> list[int]:
    """Of each referral whose first hearing after it fell in the period, the days between the two."""
    first = (
        select(Referral.received_on, func.min(Decision.decided_on).label("heard_on"))
        .join(Decision, Decision.case_id == Referral.case_id)
        .where(
            Referral.programme == scope.programme,
            Referral.outcome != "declined",
            Decision.programme == scope.programme,
            Decision.heard,
            Decision.decided_on >= Referral.received_on,
            Decision.decided_on <= scope.period.last,
        )
        .group_by(Referral.id, Referral.received_on)
        .having(func.min(Decision.decided_on) >= scope.period.first)
        .subquery()
    )
    query = select(first.c.received_on, first.c.heard_on, func.count()).group_by(
        first.c.received_on, first.c.heard_on
    )
    return [
        (heard_on - received_on).days
        for received_on, heard_on, count in connection.execute(query)
        for _ in range(count)
    ]


def outcomes(connection: Connection, scope: Scope) -> Found:
    """(outcome, decisions)."""
    query = (
        select(Decision.outcome, func.count())
        .where(Decision.programme == scope.programme, scope.within(Decision.decided_on))
        .group_by(Decision.outcome)
    )
    return rows(connection, query)


def heard_kinds(connection: Connection, scope: Scope) -> Found:
    """(kind of the item, cases heard)."""
    query = (
        select(AgendaItem.kind, func.count())
        .join(Decision, Decision.item_id == AgendaItem.id)
        .where(*heard(scope))
        .group_by(AgendaItem.kind)
    )
    return rows(connection, query)


def queued(connection: Connection, scope: Scope) -> Found:
    """(kind, entries, deferred, withdrawn, deferrals), of what came into the queue in the period."""
    query = (
        select(
            QueueEntry.kind,
            func.count(),
            when(QueueEntry.deferrals > 0),
            when(QueueEntry.state == "withdrawn"),
            func.sum(QueueEntry.deferrals),
        )
        .where(QueueEntry.programme == scope.programme, scope.within(QueueEntry.entered_on))
        .group_by(QueueEntry.kind)
    )
    return rows(connection, query)


def open_cases(
    connection: Connection, scope: Scope, bands: Sequence[tuple[int, int | None]]
) -> Sequence[Any]:
    """The cases open at the end of the period, by how many days they had been open then."""

    def in_band(least: int, most: int | None) -> ColumnElement[bool]:
        latest = Case.opened_on <= scope.last - timedelta(days=least)
        return latest if most is None else and_(latest, Case.opened_on >= scope.last - timedelta(days=most))

    query = select(*(when(in_band(*band)) for band in bands)).where(
        Case.programme == scope.programme,
        Case.stage_kind.in_(("open", "closed")),
        Case.opened_on <= scope.last,
        or_(Case.closed_on.is_(None), Case.closed_on > scope.last),
        Case.id.not_in(shut_then_reopened(scope.programme, scope.last + timedelta(days=1))),
    )
    return tuple(connection.execute(query).one())


def scores(connection: Connection, scope: Scope) -> Found:
    """(tool, whether assessed again, first score, last score, cases), of the cases heard in the period."""
    those = select(Decision.case_id).where(*heard(scope)).distinct()
    assessed = and_(
        Entry.programme == scope.programme,
        Entry.kind == "risk",
        Entry.ended_at_utc.is_(None),
        Entry.dated <= scope.period.last,
        Entry.case_id.in_(those),
    )
    tool = (Entry.case_id, Entry.code)
    each = (
        select(
            Entry.case_id,
            Entry.code,
            Entry.number,
            func.row_number().over(partition_by=tool, order_by=(Entry.dated, Entry.id)).label("up"),
            func.row_number()
            .over(partition_by=tool, order_by=(Entry.dated.desc(), Entry.id.desc()))
            .label("down"),
        )
        .where(assessed)
        .subquery()
    )
    pairs = (
        select(
            each.c.code,
            case((func.count() > 1, 1), else_=0).label("again"),
            func.max(case((each.c.up == 1, each.c.number))).label("first"),
            func.max(case((each.c.down == 1, each.c.number))).label("last"),
        )
        .group_by(each.c.case_id, each.c.code)
        .subquery()
    )
    found = (pairs.c.code, pairs.c.again, pairs.c.first, pairs.c.last)
    return rows(connection, select(*found, func.count()).group_by(*found))


def cases_heard(connection: Connection, scope: Scope) -> int:
    """The cases heard in the period, each once."""
    query = select(func.count(Decision.case_id.distinct())).where(*heard(scope))
    return connection.scalar(query) or 0
