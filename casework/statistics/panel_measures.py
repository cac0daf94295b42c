"""What a panel did, counted: plain columns only, whole panels only, one statement for each function.

Everything is as it stood at the end of the last day of the period, so that a period that is over gives the same
figures whenever it is counted.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, extract, func, or_, select

from casework.accounts.models import Agency
from casework.cases.models import Case, Entry
from casework.forms.dates import LONDON
from casework.panels.models import (
    Action,
    ActionUpdate,
    AgendaItem,
    Attendance,
    Decision,
    Meeting,
    Paper,
    QueueEntry,
    Research,
    Review,
    Seat,
    Transfer,
)
from casework.referrals.models import Referral
from casework.statistics.measures import shut_then_reopened
from casework.statistics.periods import Period

ATTENDED = ("present", "deputy", "apologies_information", "apologies", "absent", "expected")
"""The states of an agency at a meeting, the one that counts first: whoever sent two people is counted once."""

IN_SCREENING = ("waiting", "returned")
Found = Sequence[Sequence[Any]]
"""What a statement found, as the function says."""

A_DAY = 24 * 60 * 60
AN_HOUR = 60 * 60


@dataclass(frozen=True)
class Scope:
    """One programme's panel over one period. What was due before `today` and is not done is overdue."""

    programme: str
    period: Period
    today: date

    @property
    def last(self) -> date:
        """The day at whose end things are counted."""
        return min(self.period.last, self.today)

    @property
    def overdue_by(self) -> date:
        """What was due on this day or before, and is not done, is overdue."""
        return min(self.period.last, self.today - timedelta(days=1))

    @property
    def begins(self) -> datetime:
        return midnight(self.period.first)

    @property
    def ends(self) -> datetime:
        """The first moment after the period."""
        return midnight(self.period.last + timedelta(days=1))

    def within(self, day: Any) -> ColumnElement[bool]:
        return and_(day >= self.period.first, day <= self.period.last)

    def within_moments(self, moment: Any) -> ColumnElement[bool]:
        return and_(moment >= self.begins, moment < self.ends)


def midnight(day: date) -> datetime:
    """When a day begins in London."""
    return datetime.combine(day, time(), LONDON)


# -- what was ever recorded, and who sits ------------------------------------------------------------------

DAYS: dict[str, tuple[Any, Any]] = {
    "referrals": (Referral.programme, Referral.received_on),
    "queue": (QueueEntry.programme, QueueEntry.entered_on),
    "research": (Research.programme, Research.due_on),
    "decisions": (Decision.programme, Decision.decided_on),
    "actions": (Action.programme, Action.set_on),
    "reviews": (Review.programme, Review.due_on),
    "transfers": (Transfer.programme, Transfer.sent_on),
}
"""Of each kind of record its programme and its day."""


def recorded(connection: Connection, scope: Scope) -> frozenset[str]:
    """The kinds of record of which there was any by the end of the period: of the others nothing is known."""
    there = {
        kind: exists().where(programme == scope.programme, day <= scope.period.last)
        for kind, (programme, day) in DAYS.items()
    }
    there["meetings"] = exists().where(
        Meeting.programme == scope.programme,
        Meeting.opened_at_utc.is_not(None),
        Meeting.starts_at_utc < scope.ends,
    )
    found = connection.execute(select(*there.values())).one()
    return frozenset(kind for kind, any_ in zip(there, found, strict=True) if any_)


def agencies(connection: Connection, scope: Scope) -> dict[uuid.UUID, tuple[str, bool]]:
    """Every agency's name, and whether it had a seat on the panel in the period; by name."""
    seated = exists().where(
        Seat.agency_id == Agency.id,
        Seat.programme == scope.programme,
        Seat.from_day <= scope.period.last,
        or_(Seat.ended_on.is_(None), Seat.ended_on >= scope.period.first),
    )
    query = select(Agency.id, Agency.name, seated).order_by(Agency.name, Agency.id)
    return {row[0]: (row[1], bool(row[2])) for row in connection.execute(query)}


# -- meetings ---------------------------------------------------------------------------------------------


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
    return _rows(connection, query)


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
    return _rows(connection, query)


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
        .where(*_heard(scope))
    )
    return tuple(connection.execute(query).one())


# -- research ---------------------------------------------------------------------------------------------


def research(connection: Connection, scope: Scope) -> Found:
    """(agency, asked, returned, nil, late, outstanding, overdue), of what was due in the period."""
    late_after = extract("epoch", Research.due_on) + A_DAY - _summer_hour(scope)
    returned = and_(Research.returned_at_utc.is_not(None), Research.returned_at_utc < scope.ends)
    waits = or_(Research.returned_at_utc.is_(None), Research.returned_at_utc >= scope.ends)
    query = (
        select(
            Research.agency_id,
            func.count(),
            _when(returned, Research.state == "returned"),
            _when(returned, Research.state == "nil"),
            _when(returned, extract("epoch", Research.returned_at_utc) >= late_after),
            _when(waits),
            _when(waits, Research.due_on <= scope.overdue_by),
        )
        .join(AgendaItem, AgendaItem.id == Research.item_id)
        .where(
            Research.programme == scope.programme,
            scope.within(Research.due_on),
            AgendaItem.state != "removed",
        )
        .group_by(Research.agency_id)
    )
    return _rows(connection, query)


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


# -- cases ------------------------------------------------------------------------------------------------


def referrals(connection: Connection, scope: Scope) -> Found:
    """(source, received, accepted, joined, declined, waiting), of those received in the period."""
    waits = or_(Referral.outcome.in_(IN_SCREENING), Referral.decided_on > scope.last)
    decided = Referral.decided_on <= scope.last
    query = (
        select(
            Referral.source,
            func.count(),
            *(_when(decided, Referral.outcome == outcome) for outcome in ("accepted", "joined", "declined")),
            _when(waits),
        )
        .where(Referral.programme == scope.programme, scope.within(Referral.received_on))
        .group_by(Referral.source)
    )
    return _rows(connection, query)


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
    return _rows(connection, query)


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
    return _rows(connection, query)


def heard_kinds(connection: Connection, scope: Scope) -> Found:
    """(kind of the item, cases heard)."""
    query = (
        select(AgendaItem.kind, func.count())
        .join(Decision, Decision.item_id == AgendaItem.id)
        .where(*_heard(scope))
        .group_by(AgendaItem.kind)
    )
    return _rows(connection, query)


def queued(connection: Connection, scope: Scope) -> Found:
    """(kind, entries, deferred, withdrawn, deferrals), of what came into the queue in the period."""
    query = (
        select(
            QueueEntry.kind,
            func.count(),
            _when(QueueEntry.deferrals > 0),
            _when(QueueEntry.state == "withdrawn"),
            func.sum(QueueEntry.deferrals),
        )
        .where(QueueEntry.programme == scope.programme, scope.within(QueueEntry.entered_on))
        .group_by(QueueEntry.kind)
    )
    return _rows(connection, query)


def open_cases(
    connection: Connection, scope: Scope, bands: Sequence[tuple[int, int | None]]
) -> Sequence[Any]:
    """The cases open at the end of the period, by how many days they had been open then."""

    def in_band(least: int, most: int | None) -> ColumnElement[bool]:
        latest = Case.opened_on <= scope.last - timedelta(days=least)
        return latest if most is None else and_(latest, Case.opened_on >= scope.last - timedelta(days=most))

    query = select(*(_when(in_band(*band)) for band in bands)).where(
        Case.programme == scope.programme,
        Case.stage_kind.in_(("open", "closed")),
        Case.opened_on <= scope.last,
        or_(Case.closed_on.is_(None), Case.closed_on > scope.last),
        Case.id.not_in(shut_then_reopened(scope.programme, scope.last + timedelta(days=1))),
    )
    return tuple(connection.execute(query).one())


def scores(connection: Connection, scope: Scope) -> Found:
    """(tool, whether assessed again, first score, last score, cases), of the cases heard in the period."""
    heard = select(Decision.case_id).where(*_heard(scope)).distinct()
    assessed = and_(
        Entry.programme == scope.programme,
        Entry.kind == "risk",
        Entry.ended_at_utc.is_(None),
        Entry.dated <= scope.period.last,
        Entry.case_id.in_(heard),
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
    return _rows(connection, select(*found, func.count()).group_by(*found))


def cases_heard(connection: Connection, scope: Scope) -> int:
    """The cases heard in the period, each once."""
    query = select(func.count(Decision.case_id.distinct())).where(*_heard(scope))
    return connection.scalar(query) or 0


# -- afterwards -------------------------------------------------------------------------------------------

ENDED = ("done", "done_late", "not_done", "no_longer_possible", "superseded")
"""What becomes of an action."""


def actions(connection: Connection, scope: Scope) -> Found:
    """(agency, set, each of ENDED, open, overdue, verified, escalated), of those set in the period."""
    ended = Action.ended_on <= scope.last
    waits = or_(Action.ended_on.is_(None), Action.ended_on > scope.last)
    escalated = exists().where(
        ActionUpdate.action_id == Action.id,
        ActionUpdate.what == "escalated",
        ActionUpdate.at_utc < scope.ends,
    )
    query = (
        select(
            Action.agency_id,
            func.count(),
            *(_when(ended, Action.state == state) for state in ENDED),
            _when(waits),
            _when(waits, Action.due_on <= scope.overdue_by),
            _when(ended, Action.verified_on <= scope.last),
            _when(escalated),
        )
        .where(Action.programme == scope.programme, scope.within(Action.set_on))
        .group_by(Action.agency_id)
    )
    return _rows(connection, query)


def effects(connection: Connection, scope: Scope) -> Found:
    """(effect, actions), of those set in the period and done by its end."""
    query = (
        select(Action.effect, func.count())
        .where(
            Action.programme == scope.programme,
            scope.within(Action.set_on),
            Action.state.in_(("done", "done_late")),
            Action.ended_on <= scope.last,
        )
        .group_by(Action.effect)
    )
    return _rows(connection, query)


def reviews(connection: Connection, scope: Scope) -> Found:
    """(cycle, due, done by its day, done later, ended, open, overdue), of those due in the period."""
    over = Review.done_on <= scope.last
    waits = or_(Review.done_on.is_(None), Review.done_on > scope.last)
    query = (
        select(
            Review.cycle,
            func.count(),
            _when(over, Review.state == "done", Review.done_on <= Review.due_on),
            _when(over, Review.state == "done", Review.done_on > Review.due_on),
            _when(over, Review.state == "ended"),
            _when(waits),
            _when(waits, Review.due_on <= scope.overdue_by),
        )
        .where(Review.programme == scope.programme, scope.within(Review.due_on))
        .group_by(Review.cycle)
    )
    return _rows(connection, query)


def transfers(connection: Connection, scope: Scope) -> Found:
    """(direction, sent, acknowledged in time, later, not yet, overdue, accepted, heard), of those sent in the period."""
    known = Transfer.received_on <= scope.last
    waits = or_(Transfer.received_on.is_(None), Transfer.received_on > scope.last)
    query = (
        select(
            Transfer.direction,
            func.count(),
            _when(known, Transfer.received_on <= Transfer.due_on),
            _when(known, Transfer.received_on > Transfer.due_on),
            _when(waits),
            _when(waits, Transfer.due_on <= scope.overdue_by),
            _when(Transfer.accepted_on <= scope.last),
            _when(Transfer.heard_on <= scope.last),
        )
        .where(Transfer.programme == scope.programme, scope.within(Transfer.sent_on))
        .group_by(Transfer.direction)
    )
    return _rows(connection, query)


def _rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> Found:
    return [tuple(row) for row in connection.execute(query)]


def _heard(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """The decisions of the period by which a case was heard."""
    return (
        Decision.programme == scope.programme,
        Decision.heard.is_(True),
        scope.within(Decision.decided_on),
    )


def _when(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """How many meet all the conditions."""
    return func.count(case((and_(*conditions), 1)))
