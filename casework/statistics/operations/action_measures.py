"""What followed from meetings, counted: one statement for each function."""

from __future__ import annotations

from sqlalchemy import Connection, exists, func, or_, select

from casework.panels.models import Action, ActionUpdate, Review, Transfer
from casework.statistics.operations.scope import Found, Scope, rows, when

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
            *(when(ended, Action.state == state) for state in ENDED),
            when(waits),
            when(waits, Action.due_on <= scope.overdue_by),
            when(ended, Action.verified_on <= scope.last),
            when(escalated),
        )
        .where(Action.programme == scope.programme, scope.within(Action.set_on))
        .group_by(Action.agency_id)
    )
    return rows(connection, query)


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
    return rows(connection, query)


def reviews(connection: Connection, scope: Scope) -> Found:
    """(cycle, due, done by its day, done later, ended, open, overdue), of those due in the period."""
    over = Review.done_on <= scope.last
    waits = or_(Review.done_on.is_(None), Review.done_on > scope.last)
    query = (
        select(
            Review.cycle,
            func.count(),
            when(over, Review.state == "done", Review.done_on <= Review.due_on),
            when(over, Review.state == "done", Review.done_on > Review.due_on),
            when(over, Review.state == "ended"),
            when(waits),
            when(waits, Review.due_on <= scope.overdue_by),
        )
        .where(Review.programme == scope.programme, scope.within(Review.due_on))
        .group_by(Review.cycle)
    )
    return rows(connection, query)


def transfers(connection: Connection, scope: Scope) -> Found:
    """(direction, sent, acknowledged in time, later, not yet, overdue, accepted, heard), of those sent in the period."""
    known = Transfer.received_on <= scope.last
    waits = or_(Transfer.received_on.is_(None), Transfer.received_on > scope.last)
    query = (
        select(
            Transfer.direction,
            func.count(),
            when(known, Transfer.received_on <= Transfer.due_on),
            when(known, Transfer.received_on > Transfer.due_on),
            when(waits),
            when(waits, Transfer.due_on <= scope.overdue_by),
            when(Transfer.accepted_on <= scope.last),
            when(Transfer.heard_on <= scope.last),
        )
        .where(Transfer.programme == scope.programme, scope.within(Transfer.sent_on))
        .group_by(Transfer.direction)
    )
    return rows(connection, query)
