"""Reports for those who may have them: what may be made, making it, and the cases behind a figure."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case, Entry, Exclusion
from casework.errors import Invalid, NotFound, Refused
from casework.extensions import db
from casework.forms import today
from casework.paging import SIZE, Page, offset
from casework.programmes import shelf
from casework.programmes.definition import Programme, ReportDefinition, Row, TableDefinition
from casework.referrals.models import Answer, Referral
from casework.statistics import disclosure, measures, periods, reports
from casework.statistics.disclosure import Audience, RawReport, SafeReport, SafeTable
from casework.statistics.operations import report as panel_report
from casework.statistics.periods import Column, Period

CLOSED_WORDS = "Exact figures of this programme are not open to you."
"""Said for want of permission and for an exclusion alike, so that it betrays neither."""


# -- reports ---------------------------------------------------------------------------------------


def open_programmes(actor: Actor) -> tuple[Programme, ...]:
    """The programmes whose exact figures the actor may see, in order of their names."""
    known = sorted(shelf.every().values(), key=lambda programme: programme.name)
    held = [programme for programme in known if actor.has(Permission.REPORT_VIEW, programme.id)]
    closed = _programmes_of_exclusions(actor) if held else frozenset()
    return tuple(programme for programme in held if programme.id not in closed)


def definition_of(programme_id: str, report_id: str) -> tuple[Programme, ReportDefinition]:
    """A programme and its report. Raises NotFound, because ids come from addresses and commands."""
    programme = shelf.programme(programme_id)
    for definition in programme.reports:
        if definition.id == report_id:
            return programme, definition
    raise NotFound(f"The programme {programme.name} has no report of that name.")


def make_report(
    actor: Actor,
    programme_id: str,
    report_id: str,
    period: Period,
    *,
    audience: Audience = Audience.INTERNAL,
    method: str | None = None,
) -> SafeReport:
    """Count a report and make it fit for its audience. Always of the whole programme."""
    programme, definition = definition_of(programme_id, report_id)
    _check_open(actor, programme.id)
    disclosure.check_audience(audience, method)
    with measures.snapshot() as connection:
        raw = reports.count_report(connection, programme, definition, period)
    report = disclosure.protect(raw, audience, method)
    _record(actor, report, [programme])
    return report


def open_panels(actor: Actor) -> tuple[Programme, ...]:
    """The programmes with a panel whose exact figures the actor may see, in order of their names."""
    return tuple(programme for programme in open_programmes(actor) if programme.panel is not None)


def make_panel_report(
    actor: Actor,
    period: Period,
    programme_id: str | None = None,
    *,
    audience: Audience = Audience.INTERNAL,
    method: str | None = None,
) -> SafeReport:
    """How one panel worked, or (None) every panel that is open to the actor. Always of whole panels."""
    wanted = _panels(actor, programme_id)
    disclosure.check_audience(audience, method)
    with measures.snapshot() as connection:
        raw = panel_report.count(connection, wanted, period, today())
    report = disclosure.protect(raw, audience, method)
    _record(actor, report, wanted)
    return report


def make_named_report(
    actor: Actor,
    name: str,
    period: Period,
    programme_id: str | None = None,
    *,
    audience: Audience = Audience.INTERNAL,
    method: str | None = None,
) -> SafeReport:
    """The report of a name like asb_support/year_end or panels/operations. Raises NotFound, Invalid."""
    group, _, report_id = name.partition("/")
    if name == panel_report.ID:
        return make_panel_report(actor, period, programme_id, audience=audience, method=method)
    if group == panel_report.GROUP:
        raise NotFound(f"The group {group} has no report of that name.")
    if programme_id is not None:
        raise Invalid(f"The report {name} belongs to one programme: none can be chosen for it.")
    return make_report(actor, group, report_id, period, audience=audience, method=method)


def _panels(actor: Actor, programme_id: str | None) -> tuple[Programme, ...]:
    if programme_id is None:
        wanted = open_panels(actor)
        if not wanted:
            raise Refused(CLOSED_WORDS, permission=str(Permission.REPORT_VIEW))
        return wanted
    programme = shelf.programme(programme_id)
    _check_open(actor, programme.id)
    if programme.panel is None:
        raise NotFound(f"The programme {programme.name} has no panel.")
    return (programme,)


def _record(actor: Actor, report: SafeReport, programmes: Sequence[Programme]) -> None:
    """Note in the trail that a report was made: with its programme, where it is of one."""
    trail.record(
        actor,
        Event.REPORT_MADE,
        **({"programme": programmes[0].id} if len(programmes) == 1 else {}),
        report=report.id,
        first_day=report.period.first.isoformat(),
        last_day=report.period.last.isoformat(),
        audience=str(report.audience),
    )


def make_enquiries(actor: Actor, year: int) -> SafeTable | None:
    """Advice-only enquiries of a year by quarter in the actor's programmes; None if none is open to them."""
    programmes = open_programmes(actor)
    if not programmes:
        return None
    columns = periods.quarters(year)
    with measures.snapshot() as connection:
        table = measures.count_enquiries(connection, programmes, columns)
    whole = columns[-1].period
    raw = RawReport("enquiries", table.title, whole, (), (table,))
    trail.record(
        actor,
        Event.REPORT_MADE,
        report=raw.id,
        first_day=whole.first.isoformat(),
        last_day=whole.last.isoformat(),
        audience=str(Audience.INTERNAL),
    )
    return disclosure.protect(raw, Audience.INTERNAL).tables[0]


class Years(NamedTuple):
    """The years of account that a page offers, newest first, and the one that it opens on."""

    offered: tuple[int, ...]
    first_shown: int


def years_on_record(actor: Actor, programme_id: str | None, today: date) -> Years:
    """The years with referrals, and this one. A page opens on the last with a referral, so that it shows figures.

    Of one programme, or (None) of all that are open to the actor.
    """
    if programme_id is not None:
        _check_open(actor, programme_id)
    wanted = [programme_id] if programme_id else [programme.id for programme in open_programmes(actor)]
    with measures.snapshot() as connection:
        days = measures.days_on_record(connection, wanted)
    this = periods.year_of(today)
    if days is None:
        return Years((this,), this)
    last = min(periods.year_of(days.last), this)
    years = {this, *range(periods.year_of(days.first), last + 1)}
    return Years(tuple(sorted(years, reverse=True)), last)


def _check_open(actor: Actor, programme_id: str) -> None:
    held = actor.has(Permission.REPORT_VIEW, programme_id)
    if not held or programme_id in _programmes_of_exclusions(actor):
        raise Refused(CLOSED_WORDS, permission=str(Permission.REPORT_VIEW))


def _programmes_of_exclusions(actor: Actor) -> frozenset[str]:
    """Where a case is closed to the actor: exact figures there, beside a list, would tell that it exists."""
    if actor.kind == "operator":
        return frozenset()
    query = (
        select(Case.programme)
        .join(Exclusion, Exclusion.case_id == Case.id)
        .where(
            Exclusion.ended_at_utc.is_(None),
            or_(Exclusion.user_id == actor.id, Exclusion.agency_id.in_(actor.agencies)),
        )
        .distinct()
    )
    return frozenset(db.session.scalars(query))


# -- the cases behind a figure ---------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A cell of a report, as an address names it."""

    table: str
    row: str
    column: str


@dataclass(frozen=True)
class Found:
    """One thing that a figure counts: the referral, or the entry's case, and the day that counts."""

    case_id: uuid.UUID
    reference: str
    day: date


@dataclass(frozen=True)
class Behind:
    """What is behind a figure, as far as the actor may see it."""

    programme: Programme
    definition: ReportDefinition
    table: TableDefinition
    row: Row
    column: Column
    page: Page[Found]


def cases_behind(
    actor: Actor, programme_id: str, report_id: str, period: Period, place: Place, number: int = 1
) -> Behind:
    """A page of what a figure counts, oldest first: of it, the cases that the actor may see."""
    programme, definition = definition_of(programme_id, report_id)
    _check_open(actor, programme.id)
    if not actor.has(Permission.REPORT_DRILL, programme.id):
        words = "The cases behind figures are not open to you."
        raise Refused(words, permission=str(Permission.REPORT_DRILL))
    table, row, column = _locate(programme, definition, period, place)
    query = (_entries if table.of == "entries" else _referrals)(actor, programme, table, row, column)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = db.session.execute(query.limit(SIZE).offset(offset(number))).all()
    trail.record(actor, Event.LIST_VIEWED, programme=programme.id, list=f"figure:{table.id}", rows=len(rows))
    found = [Found(case_id, reference, day) for case_id, reference, day in rows]
    return Behind(programme, definition, table, row, column, Page(found, total, number))


def _locate(
    programme: Programme, definition: ReportDefinition, period: Period, place: Place
) -> tuple[TableDefinition, Row, Column]:
    """The table, row and column of those names. Raises NotFound."""
    for table in definition.tables:
        if table.id == place.table:
            rows = {row.id: row for row in programme.rows_of(table)}
            columns = {column.id: column for column in periods.columns_of(definition, period)}
            if place.row in rows and place.column in columns:
                return table, rows[place.row], columns[place.column]
    raise NotFound("The report has no such figure.")


def _referrals(
    actor: Actor, programme: Programme, table: TableDefinition, row: Row, column: Column
) -> Select[uuid.UUID, str, date]:
    return (
        select(Referral.case_id, Referral.reference, Referral.received_on)
        .join(Case, Case.id == Referral.case_id)
        .where(
            policy.condition(actor, Referral, Permission.REPORT_DRILL),
            Referral.programme == programme.id,
            Referral.received_on.between(column.period.first, column.period.last),
            _in_row(programme, table, row),
        )
        .order_by(Referral.received_on, Referral.id)
    )


def _entries(
    actor: Actor, programme: Programme, table: TableDefinition, row: Row, column: Column
) -> Select[uuid.UUID, str, date]:
    return (
        select(Entry.case_id, Case.reference, Entry.dated)
        .join(Case, Case.id == Entry.case_id)
        .where(
            policy.condition(actor, Entry, Permission.REPORT_DRILL),
            Entry.programme == programme.id,
            Entry.kind == table.kind,
            Entry.ended_at_utc.is_(None),
            Entry.dated.between(column.period.first, column.period.last),
            _among(programme, table, row, Entry.code),
        )
        .order_by(Entry.dated, Entry.id)
    )


def _in_row(programme: Programme, table: TableDefinition, row: Row) -> ColumnElement[bool]:
    """Whether a referral falls in the row, as `measures` would put it there."""
    if table.of == "referrals":
        return _among(programme, table, row, measures.REFERRAL_CODES[table.field])
    field, role = measures.question(table)
    answered = and_(Answer.referral_id == Referral.id, Answer.field == field, Answer.role == role)
    value = Answer.number if table.of == "ages" else Answer.code
    inside = exists().where(answered, _among(programme, table, row, value))
    return or_(inside, not_(exists().where(answered))) if row.blank else inside


def _among(programme: Programme, table: TableDefinition, row: Row, value: Any) -> ColumnElement[bool]:
    """Whether a code or an age falls in the row; what no row takes falls where the unrecorded does."""
    taken = [value.in_(row.codes) if row.codes else false()]
    if row.least is not None:
        taken.append(value.between(row.least, row.most) if row.most is not None else value >= row.least)
    if row.blank:
        taken.append(value.is_(None))
        if table.of != "ages":
            taken.append(value.not_in(programme.list(table.list).ids))
    return or_(*taken)
