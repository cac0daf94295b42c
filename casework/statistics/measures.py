"""All counting. Plain columns only, so no key is needed; whole programmes only, so no right changes a figure.

Each function sends one statement for all columns of a table, however many referrals there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from casework.cases.models import Case, Entry
from casework.extensions import db, reading
from casework.programmes.definition import REFERRAL, HeadlineDefinition, Programme, Row, TableDefinition
from casework.referrals.answers import AGE
from casework.referrals.models import Answer, Enquiry, Referral
from casework.statistics.disclosure import RawHeadline, RawRow, RawTable
from casework.statistics.periods import Column, Period

Counts = dict[str, int]
"""A count for each column, by the column's id."""

Cells = dict[tuple[str, str], int | None]
"""A table's counts by row id and column id."""

Found = list[tuple[Any, Counts]]
"""What a statement found: a code, an age or None, and its count in each column."""

REFERRAL_CODES: dict[str, Any] = {
    "source": Referral.source,
    "route": Referral.route,
    "decline_reason": Referral.decline_reason,
    "closure_reason": Case.closure_reason,
}
"""The codes that a referral holds itself, or its case for it."""


@contextmanager
def snapshot() -> Iterator[Connection]:
    """One unchanging view of the database for a whole report, apart from the session and its locks.

    A referral logged meanwhile is in every figure or in none. What is not committed yet is not counted.
    """
    engine = db.engine
    if engine.dialect.name == "postgresql":  # SQLite's readers have a snapshot anyway
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with reading(), engine.connect() as connection:
        yield connection


# -- tables ----------------------------------------------------------------------------------------


def count_table(
    connection: Connection,
    programme: Programme,
    table: TableDefinition,
    columns: Sequence[Column],
    received: Counts,
) -> RawTable:
    """One table as defined. `received` is the number of referrals received in each column."""
    rows = programme.rows_of(table)
    found = _found(connection, programme, table, columns)
    counts = _placed(rows, columns, found)
    if table.of in ("answers", "ages"):
        _add_unanswered(connection, programme, table, columns, received, counts, found)
    sums = {column.id: sum(counts[row.id, column.id] or 0 for row in rows) for column in columns}
    return RawTable(
        id=table.id,
        title=table.title,
        row_heading=table.row_heading,
        unit=table.counts,
        additive=table.additive,
        columns=tuple(columns),
        rows=tuple(RawRow(row.id, row.label, row.always) for row in rows),
        counts=counts,
        totals=sums if table.additive else received,
        chart=bool(table.chart),
        comparators=table.comparators,
        notes=table.notes,
    )


def count_received(connection: Connection, programme: Programme, columns: Sequence[Column]) -> Counts:
    """Referrals received in each column."""
    query = select(*_in_each(columns, Referral.received_on)).where(
        Referral.programme == programme.id, _in_any(columns, Referral.received_on)
    )
    return _counts(columns, connection.execute(query).one())


def takes(row: Row, value: str | int | None) -> bool:
    """Whether a row is the place of a code, of an age, or (None) of what was not recorded."""
    if value is None:
        return row.blank
    if isinstance(value, int):
        return row.least is not None and row.least <= value and (row.most is None or value <= row.most)
    return value in row.codes


def _found(
    connection: Connection, programme: Programme, table: TableDefinition, columns: Sequence[Column]
) -> Found:
    value, query, day = _source(programme, table)
    counted = query.with_only_columns(value, *_in_each(columns, day)).where(_in_any(columns, day))
    return [(row[0], _counts(columns, row[1:])) for row in connection.execute(counted.group_by(value))]


def _source(programme: Programme, table: TableDefinition) -> tuple[Any, Select[Any], Any]:
    """What a table counts: the value that chooses the row, the things, the day that chooses the column."""
    match table.of:
        case "referrals":
            value = REFERRAL_CODES[table.field]
            things = select(value).select_from(Referral).where(Referral.programme == programme.id)
            if table.field == "closure_reason":
                things = things.join(Case, Case.id == Referral.case_id)
            return value, things, Referral.received_on
        case "entries":
            things = select(Entry.code).where(
                Entry.programme == programme.id, Entry.kind == table.kind, Entry.ended_at_utc.is_(None)
            )
            return Entry.code, things, Entry.dated
        case _:
            value = Answer.number if table.of == "ages" else Answer.code
            return value, select(value).where(_answers(programme, *question(table))), Answer.received_on


def question(table: TableDefinition) -> tuple[str, str]:
    """The field and the role whose answers a table counts."""
    return (AGE if table.of == "ages" else table.field), table.about


def _answers(programme: Programme, field: str, role: str) -> ColumnElement[bool]:
    return and_(Answer.programme == programme.id, Answer.field == field, Answer.role == role)


def _placed(rows: Sequence[Row], columns: Sequence[Column], found: Found) -> Cells:
    """The cells of a table. What no row takes goes where the unrecorded goes, so that all is counted."""
    cells = {(row.id, column.id): 0 for row in rows for column in columns}
    for value, counts in found:
        row = next((row for row in rows if takes(row, value)), None) or _blank(rows)
        for column_id, count in counts.items():
            cells[row.id, column_id] += count
    return dict(cells)


def _blank(rows: Sequence[Row]) -> Row:
    return next(row for row in rows if row.blank)


def _add_unanswered(
    connection: Connection,
    programme: Programme,
    table: TableDefinition,
    columns: Sequence[Column],
    received: Counts,
    cells: Cells,
    found: Found,
) -> None:
    """Count the referrals without an answer into their row; where nobody was ever asked nothing is zero."""
    rows = programme.rows_of(table)
    blank = _blank(rows)
    answered = {column.id: sum(counts[column.id] for _, counts in found) for column in columns}
    if _has_several(programme, table) and found:
        answered = _count_answered(connection, programme, table, columns)
    for column in columns:
        unanswered = received[column.id] - answered[column.id]
        cells[blank.id, column.id] = (cells[blank.id, column.id] or 0) + unanswered
        if not unanswered or answered[column.id]:
            continue
        if not _was_asked(connection, programme, *question(table), by=column.period.last):
            cells.update({(row.id, column.id): None for row in rows if row is not blank})


def _has_several(programme: Programme, table: TableDefinition) -> bool:
    """Whether one referral may have several answers: several codes, or several people in the role."""
    if table.of == "answers" and programme.field(table.field, table.about).kind == "codes":
        return True
    return table.about != REFERRAL and programme.role(table.about).many


def _count_answered(
    connection: Connection, programme: Programme, table: TableDefinition, columns: Sequence[Column]
) -> Counts:
    """Referrals with at least one answer, each once."""
    counted = [
        func.count(case((_within(column.period, Answer.received_on), Answer.referral_id)).distinct())
        for column in columns
    ]
    query = select(*counted).where(
        _answers(programme, *question(table)), _in_any(columns, Answer.received_on)
    )
    return _counts(columns, connection.execute(query).one())


def _was_asked(connection: Connection, programme: Programme, field: str, role: str, *, by: date) -> bool:
    """Whether anybody had answered the question by that day."""
    query = select(func.min(Answer.received_on)).where(_answers(programme, field, role))
    first = connection.scalar(query)
    return first is not None and first <= by


# -- headlines -------------------------------------------------------------------------------------


def count_headlines(
    connection: Connection, programme: Programme, headlines: Iterable[HeadlineDefinition], period: Period
) -> tuple[RawHeadline, ...]:
    """The single figures of a report, over its whole period."""
    received = _received(connection, programme, period)
    carried_over = _carried_over(connection, programme, period)
    counts = {"received": received, "carried_over": carried_over, "supported": received + carried_over}
    return tuple(
        RawHeadline(
            headline.id,
            headline.label,
            counts[headline.measure]
            if headline.measure in counts
            else _marked(connection, programme, headline, period, received),
        )
        for headline in headlines
    )


def _received(connection: Connection, programme: Programme, period: Period) -> int:
    return _count(
        connection,
        select(Referral.id).where(Referral.programme == programme.id, _within(period, Referral.received_on)),
    )


def _carried_over(connection: Connection, programme: Programme, period: Period) -> int:
    """Referrals received before the period, neither declined nor their case closed before its first day."""
    query = (
        select(Referral.id)
        .join(Case, Case.id == Referral.case_id)
        .where(
            Referral.programme == programme.id,
            Referral.received_on < period.first,
            Case.programme == programme.id,
            or_(Case.closed_on.is_(None), Case.closed_on >= period.first),
            or_(Referral.outcome != "declined", Referral.decided_on >= period.first),
            Case.id.not_in(shut_then_reopened(programme.id, period.first)),
        )
    )
    return _count(connection, query)


def shut_then_reopened(programme: str, day: date) -> Select[Any]:
    """The cases closed before `day` and re-opened later: they no longer say that they were closed."""

    def told(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return and_(Entry.programme == programme, Entry.ended_at_utc.is_(None), *conditions)

    reopened = select(Entry.case_id).where(told(Entry.kind == "reopening", Entry.dated >= day))
    closing = func.max(case((Entry.kind == "closure", Entry.dated)))
    opening = func.max(case((Entry.kind == "reopening", Entry.dated)))
    return (
        select(Entry.case_id)
        .where(told(Entry.kind.in_(("closure", "reopening")), Entry.dated < day, Entry.case_id.in_(reopened)))
        .group_by(Entry.case_id)
        .having(closing > func.coalesce(opening, date.min))
    )


def _marked(
    connection: Connection, programme: Programme, headline: HeadlineDefinition, period: Period, received: int
) -> int | None:
    """Referrals that bear a mark: a yes in a field, or an entry. None when nobody was ever asked."""
    flagged = select(Answer.referral_id).where(
        _answers(programme, headline.field, REFERRAL), Answer.code == "yes"
    )
    dated = union_all(*_dated_marks(programme, headline)).subquery()
    in_period = select(dated.c[0]).where(_within(period, dated.c[1]))
    with_date = select(dated.c[0]).where(dated.c[0].is_not(None))
    without_date = flagged.where(_within(period, Answer.received_on), Answer.referral_id.not_in(with_date))
    count = _count(connection, union(in_period, without_date))
    if headline.field and received and not count:
        asked = _was_asked(connection, programme, headline.field, REFERRAL, by=period.last)
        return count if asked else None
    return count


def _dated_marks(programme: Programme, headline: HeadlineDefinition) -> Iterator[Select[Any, Any]]:
    """The marks whose date is known: (referral, day)."""
    flag = aliased(Answer)
    # Asked of each date, which few referrals have, and not the other way about.
    is_flagged = exists().where(
        flag.referral_id == Answer.referral_id,
        flag.field == headline.field,
        flag.role == REFERRAL,
        flag.code == "yes",
    )
    yield select(Answer.referral_id, Answer.day).where(
        _answers(programme, headline.date_field, REFERRAL), Answer.day.is_not(None), is_flagged
    )
    # An entry that names no referral belongs to the first one of its case.
    first = (
        select(Referral.id)
        .where(Referral.case_id == Entry.case_id)
        .order_by(Referral.received_on, Referral.id)
        .limit(1)
        .scalar_subquery()
    )
    yield select(func.coalesce(Entry.referral_id, first), Entry.dated).where(
        Entry.programme == programme.id,
        Entry.kind == headline.kind,
        Entry.code.in_(headline.codes),
        Entry.ended_at_utc.is_(None),
    )


# -- enquiries and days ----------------------------------------------------------------------------


def count_enquiries(
    connection: Connection, programmes: Sequence[Programme], columns: Sequence[Column]
) -> RawTable:
    """Advice given with no named person: a row for each programme."""
    query = (
        select(Enquiry.programme, *_in_each(columns, Enquiry.received_on))
        .where(
            Enquiry.programme.in_([programme.id for programme in programmes]),
            _in_any(columns, Enquiry.received_on),
        )
        .group_by(Enquiry.programme)
    )
    found = {row[0]: _counts(columns, row[1:]) for row in connection.execute(query)}
    counts = {
        (programme.id, column.id): found.get(programme.id, {}).get(column.id, 0)
        for programme in programmes
        for column in columns
    }
    return RawTable(
        id="enquiries",
        title="Advice-only enquiries",
        row_heading="Programme",
        unit="enquiries",
        additive=True,
        columns=tuple(columns),
        rows=tuple(RawRow(programme.id, programme.name) for programme in programmes),
        counts=dict(counts),
        totals={
            column.id: sum(counts[programme.id, column.id] for programme in programmes) for column in columns
        },
    )


def days_on_record(connection: Connection, programmes: Collection[str]) -> Period | None:
    """From the first referral to the last in any of the programmes; None before there is one."""
    days = [
        day
        for programme in programmes
        for end in (func.min, func.max)
        if (
            day := connection.scalar(select(end(Referral.received_on)).where(Referral.programme == programme))
        )
    ]
    return Period(min(days), max(days)) if days else None


# -- parts of statements ---------------------------------------------------------------------------


def _within(period: Period, day: Any) -> ColumnElement[bool]:
    return and_(day >= period.first, day <= period.last)


def _in_any(columns: Sequence[Column], day: Any) -> ColumnElement[bool]:
    """Within the days from the earliest of the columns to the latest."""
    span = Period(
        min(column.period.first for column in columns), max(column.period.last for column in columns)
    )
    return _within(span, day)


def _in_each(columns: Sequence[Column], day: Any) -> list[ColumnElement[int]]:
    """How many fall in each column."""
    return [func.count(case((_within(column.period, day), 1))) for column in columns]


def _counts(columns: Sequence[Column], row: Sequence[Any]) -> Counts:
    return {column.id: count for column, count in zip(columns, row, strict=True)}


def _count(connection: Connection, things: Any) -> int:
    return connection.scalar(select(func.count()).select_from(things.subquery())) or 0
