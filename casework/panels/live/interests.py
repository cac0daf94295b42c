"""Conflicts of interest: whoever declares one, or is declared to have one, is shut out of the case everywhere.

What they had to do on it goes to whoever stands in. The chair or the coordinator who is in conflict is replaced by
the deputy named on the meeting: nothing needs to be done for it, because the deputy sees what they do not.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import service as cases
from casework.cases import tasks
from casework.cases.models import Case, Exclusion, Task
from casework.crypto import vault
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today
from casework.panels.models import Action, AgendaItem, Interest, Meeting, Research, Telling
from casework.panels.seats import service as seats

SHUT_OUT = "conflict"  # the kind of the task that asks for other hands
NATURE_MISSING = "Enter what the interest is"


def declare(
    actor: Actor,
    item: AgendaItem,
    *,
    nature: str,
    user_id: uuid.UUID | None = None,
    whole_agency: bool = False,
) -> Interest:
    """Somebody has an interest in an item: the actor, or the `user_id` whom the chair or coordinator names.

    From now on the case is hidden from them, or from the whole agency for which they sit on this panel.
    """
    if not nature.strip():
        raise Invalid(errors={"nature": [NATURE_MISSING]})
    who = user_id or actor.id
    if who is None:
        raise Invalid(errors={"user": ["Select who has the interest"]})
    agency_id = _agency(item, who) if whole_agency else None
    exclusion = cases.exclude(
        actor,
        item.case,
        user_id=None if agency_id else who,
        agency_id=agency_id,
        reason=f"Declared at the panel: {nature}",
        declared=True,
    )
    interest = Interest(
        case_id=item.case_id,
        item_id=item.id,
        user_id=who,
        agency_id=agency_id,
        exclusion_id=exclusion.id,
        recorded_by_id=actor.id,
        nature=nature,
    )
    db.session.add(interest)
    db.session.flush()
    trail.record(actor, Event.INTEREST_DECLARED, item, exclusion=str(exclusion.id))
    hand_on(actor, item.case, user_id=who, agency_id=agency_id)
    _warn_if_unled(actor, item)
    return interest


def _agency(item: AgendaItem, user_id: uuid.UUID) -> uuid.UUID:
    """The agency for which somebody sits on the item's panel."""
    user = db.session.get(User, user_id)
    held = accounts.actor_of(user).grants_for(Permission.MEETING_VIEW, item.programme) if user else ()
    if not held:
        raise Invalid(errors={"user": ["They are not of an agency of this panel"]})
    return held[0].agency_id


def of_meeting(actor: Actor, meeting: Meeting) -> Sequence[Interest]:
    """What was declared on the items that the actor may see, for those who run the meeting."""
    query = (
        policy.visible(actor, Interest)
        .join(AgendaItem, AgendaItem.id == Interest.item_id)
        .where(AgendaItem.meeting_id == meeting.id)
        .order_by(Interest.declared_at_utc, Interest.id)
        .options(
            joinedload(Interest.user),
            joinedload(Interest.agency),
            joinedload(Interest.item).joinedload(AgendaItem.case),
        )
    )
    found = db.session.scalars(query).all()
    vault.warm(each.case_id for each in found)
    return found


# -- what they had to do ----------------------------------------------------------------------------------


def hand_on(actor: Actor, case: Case, *, user_id: uuid.UUID, agency_id: uuid.UUID | None) -> None:
    """Give what those who are shut out had to do on the case to whoever stands in for them.

    Where nobody does, whoever coordinates the panel is asked to find other hands.
    """
    left = 0
    for work in _open_work(case, user_id, agency_id):
        stand_in = _stand_in(case, work)
        if isinstance(work, Research):
            work.assigned_to_id = stand_in
        elif isinstance(work, Telling):
            work.user_id = stand_in
        else:
            work.owner_id = stand_in
        left += stand_in is None
    db.session.flush()
    for task in _own_tasks(case, user_id):
        task.assigned_to_id = None
        left += 1
    if left:
        _ask_for_hands(actor, case)


Work = Research | Action | Telling


def _open_work(case: Case, user_id: uuid.UUID, agency_id: uuid.UUID | None) -> list[Work]:
    research = select(Research).where(
        Research.case_id == case.id,
        Research.state == "asked",
        or_(Research.assigned_to_id == user_id, Research.agency_id == agency_id),
    )
    actions = select(Action).where(
        Action.case_id == case.id,
        Action.state == "open",
        or_(Action.owner_id == user_id, Action.agency_id == agency_id),
    )
    tellings = select(Telling).where(
        Telling.case_id == case.id,
        Telling.done_on.is_(None),
        or_(Telling.user_id == user_id, Telling.agency_id == agency_id),
    )
    return [*db.session.scalars(research), *db.session.scalars(actions), *db.session.scalars(tellings)]


def _stand_in(case: Case, work: Work) -> uuid.UUID | None:
    """The member, deputy or alternate of the agency's seat: the first from whom the case is not hidden."""
    seat = seats.of_agency(case.programme, work.agency_id)
    reader = seats.reader(seat, case) if seat else None
    return reader.id if reader else None


def _own_tasks(case: Case, user_id: uuid.UUID) -> Sequence[Task]:
    query = select(Task).where(
        Task.case_id == case.id, Task.assigned_to_id == user_id, Task.done_at_utc.is_(None)
    )
    return db.session.scalars(query).all()


def _ask_for_hands(actor: Actor, case: Case) -> None:
    if not tasks.open_of_kind(case, SHUT_OUT):
        tasks.set_task(
            actor,
            case,
            SHUT_OUT,
            due_on=today(),
            text="Somebody declared a conflict of interest: give what they had to do on this case to somebody else",
            assigned_to_id=_coordinator(case),
        )


# -- who leads --------------------------------------------------------------------------------------------


def first_not(barred: set[uuid.UUID], *users: User | None) -> User | None:
    """The first of some users who is not barred."""
    return next((user for user in users if user is not None and user.id not in barred), None)


def leader(item: AgendaItem) -> User | None:
    """Who chairs an item: the chair, or where they are in conflict the deputy. None where both are."""
    meeting = item.meeting
    return first_not(seats.barred_from(item.case_id), meeting.chair, meeting.deputy_chair)


def unled(actor: Actor, meeting: Meeting) -> list[AgendaItem]:
    """The items, of those that the actor may see, which neither the chair nor their deputy may chair."""
    query = (
        policy.visible(actor, AgendaItem, Permission.MEETING_RUN)
        .where(
            AgendaItem.meeting_id == meeting.id,
            AgendaItem.case_id.in_(select(Exclusion.case_id).where(Exclusion.ended_at_utc.is_(None))),
        )
        .order_by(AgendaItem.position, AgendaItem.id)
        .options(joinedload(AgendaItem.case))
    )
    found = db.session.scalars(query).all()
    barred = seats.barred([item.case_id for item in found])
    return [
        item
        for item in found
        if first_not(barred.get(item.case_id, set()), meeting.chair, meeting.deputy_chair) is None
    ]


def _warn_if_unled(actor: Actor, item: AgendaItem) -> None:
    """Neither the chair nor the deputy may chair it any more: the coordinator has to find somebody."""
    if leader(item) is None and not tasks.open_of_kind(item.case, "chair"):
        tasks.set_task(
            actor,
            item.case,
            "chair",
            due_on=today(),
            text="Neither the chair nor the deputy chair may hear this case: name somebody else to chair it",
            assigned_to_id=_coordinator(item.case, item.meeting),
        )


def _coordinator(case: Case, meeting: Meeting | None = None) -> uuid.UUID | None:
    """The coordinator of the meeting at which the case stands, or the deputy where they are in conflict."""
    if meeting is None:
        meeting = db.session.scalar(
            select(Meeting)
            .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
            .where(AgendaItem.case_id == case.id)
            .order_by(Meeting.starts_at_utc.desc())
            .limit(1)
        )
    if meeting is None:
        return None
    found = first_not(seats.barred_from(case.id), meeting.coordinator, meeting.deputy_coordinator)
    return found.id if found else None
