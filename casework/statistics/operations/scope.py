"""One panel over one period: the parts that its measures share, what was ever recorded, and who sits."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from casework.accounts.models import Agency
from casework.forms.dates import LONDON
from casework.panels.models import Action, Decision, Meeting, QueueEntry, Research, Review, Seat, Transfer
from casework.referrals.models import Referral
from casework.statistics.periods import Period

Found = Sequence[Sequence[Any]]
"""What a statement found, as the function says."""


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


def rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> Found:
    return [tuple(row) for row in connection.execute(query)]


def heard(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """The decisions of the period by which a case was heard."""
    return (
        Decision.programme == scope.programme,
        Decision.heard.is_(True),
        scope.within(Decision.decided_on),
    )


def when(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """How many meet all the conditions."""
    return func.count(case((and_(*conditions), 1)))
