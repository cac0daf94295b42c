"""Whether a case is a repeat by its programme's rule, and at which item its last plan was made."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select

from casework.cases import referred
from casework.cases.models import Case, Involvement
from casework.extensions import db
from casework.panels.models import AgendaItem, Meeting
from casework.programmes import shelf
from casework.programmes.definition import Programme

HARMING = "harming"


@dataclass(frozen=True)
class Repeat:
    """`kind` is new, repeat or other_perpetrator; `case` the earlier case that makes it one of the last two."""

    kind: str
    case: Case | None = None


NEW = Repeat("new")


def kind_of(case: Case) -> Repeat:
    """What a case is by the repeat rule of its programme.

    The same subject, and where the rule is `on` the pair the same person harming, in an earlier case whose last
    referral or hearing (the rule's anchor) lies within the window.
    """
    programme = shelf.programme(case.programme)
    people = _people(case, programme)
    earlier = [
        (anchor, each) for each in _earlier(case, people.subjects) if (anchor := _anchor(programme, each))
    ]
    earlier.sort(key=lambda found: (found[0], found[1].reference), reverse=True)
    since = _referred_on(case) - relativedelta(months=programme.repeat.window_months)
    for anchor, each in earlier:
        if anchor >= since and (
            programme.repeat.on == "subject" or people.harming & _people(each, programme).harming
        ):
            return Repeat("repeat", each)
    if programme.repeat.on == "pair" and people.harming:
        for _, each in earlier:
            others = _people(each, programme).harming
            if others and not people.harming & others:
                return Repeat("other_perpetrator", each)
    return NEW


def last_item(case: Case) -> AgendaItem | None:
    """The item at which the case's last plan was made: its own, else that of the case it repeats."""
    if (own := last_heard(case.id)) is not None:
        return own
    found = kind_of(case)
    return last_heard(found.case.id) if found.kind == "repeat" and found.case else None


@dataclass(frozen=True)
class _People:
    subjects: frozenset[uuid.UUID]
    harming: frozenset[uuid.UUID]


def _people(case: Case, programme: Programme) -> _People:
    harming = {role.id for role in programme.person_roles if role.side == HARMING}
    return _People(
        frozenset(part.person_id for part in case.involvements if part.role == programme.subject.id),
        frozenset(part.person_id for part in case.involvements if part.role in harming),
    )


def _earlier(case: Case, subjects: Iterable[uuid.UUID]) -> Iterable[Case]:
    """The cases of the same subject that came before: accepted ones, open or closed."""
    role = shelf.programme(case.programme).subject.id
    query = (
        select(Case)
        .join(Involvement, Involvement.case_id == Case.id)
        .where(
            Case.programme == case.programme,
            Case.id != case.id,
            Case.stage_kind.in_(("open", "closed")),
            Case.opened_on <= case.opened_on,
            Involvement.person_id.in_(list(subjects)),
            Involvement.role == role,
        )
        .distinct()
    )
    return db.session.scalars(query).all()


def _anchor(programme: Programme, case: Case) -> date | None:
    """The day from which the window of the rule is counted."""
    return _heard_on(case) if programme.repeat.anchor == "heard" else _referred_on(case)


def _referred_on(case: Case) -> date:
    """The day of the last referral."""
    return max((each.received_on for each in referred.of_case(case)), default=case.opened_on)


def _heard_on(case: Case) -> date | None:
    last = db.session.scalar(
        select(func.max(Meeting.starts_at_utc))
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .where(AgendaItem.case_id == case.id, AgendaItem.state == "heard")
    )
    return last.date() if last else case.heard_on


def last_heard(case_id: uuid.UUID) -> AgendaItem | None:
    """The item at which a panel last heard a case."""
    query = (
        select(AgendaItem)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(AgendaItem.case_id == case_id, AgendaItem.state == "heard")
        .order_by(Meeting.starts_at_utc.desc(), AgendaItem.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)
