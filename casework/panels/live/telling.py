"""Who tells a person what was decided, how it is safe to do so, by when, and that it was done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import gate, kinds, warnings
from casework.cases.locks import lock
from casework.cases.models import Case, Involvement
from casework.crypto import vault
from casework.errors import Conflict, Invalid, NotFound, Refused
from casework.extensions import db
from casework.forms import today
from casework.panels.actions import service as actions
from casework.panels.live import recording
from casework.panels.models import AgendaItem, Telling
from casework.programmes import shelf


def of_item(actor: Actor, item: AgendaItem) -> Sequence[Telling]:
    """Who tells whom, in the order in which it was agreed."""
    query = policy.visible(actor, Telling).where(Telling.item_id == item.id).order_by(Telling.id)
    found = db.session.scalars(
        query.options(joinedload(Telling.person), joinedload(Telling.agency), joinedload(Telling.user))
    ).all()
    vault.warm(each.person_id for each in found if each.person_id)
    return found


def tellable(case: Case) -> list[Involvement]:
    """The people of the case who are offered, each once: nobody in a role that is never told, nor warned of.

    Whether the very words may go to them is asked of the gate when they are agreed.
    """
    programme = shelf.programme(case.programme)
    parts = db.session.scalars(
        select(Involvement)
        .where(Involvement.case_id == case.id, Involvement.ended_on.is_(None))
        .order_by(Involvement.id)
        .options(joinedload(Involvement.person))
    ).all()
    never = {part.person_id for part in parts if programme.role(part.role).never_tell}
    never |= {
        each.person_id for each in warnings.in_force(case) if each.code == kinds.NOT_TOLD and each.person_id
    }
    found = {part.person_id: part for part in reversed(parts) if part.person_id not in never}
    vault.warm(found)
    return list(reversed(found.values()))


def agree(
    actor: Actor,
    item: AgendaItem,
    *,
    person_id: uuid.UUID,
    agency_id: uuid.UUID,
    user_id: uuid.UUID | None,
    what: str,
    how: str,
    due_on: date,
) -> Telling:
    """Agree who tells a person what. The words pass the gate that whatever leaves a case passes."""
    recording.hold(item)
    actions.check_owner(item, agency_id, user_id, "" if user_id else "the agency")
    if due_on < today():
        raise Invalid(errors={"due_on": ["The date must be today or later"]})
    _refuse_unsafe(item.case, person_id, what)
    telling = Telling(
        case_id=item.case_id,
        item_id=item.id,
        person_id=person_id,
        agency_id=agency_id,
        user_id=user_id,
        what=what,
        how=how,
        due_on=due_on,
    )
    db.session.add(telling)
    db.session.flush()
    trail.record(actor, Event.TELLING_SET, telling, programme=item.programme)
    return telling


def _refuse_unsafe(case: Case, person_id: uuid.UUID, what: str) -> None:
    part = db.session.scalar(
        select(Involvement)
        .where(Involvement.case_id == case.id, Involvement.person_id == person_id)
        .order_by(Involvement.id)
        .limit(1)
        .options(joinedload(Involvement.person))
    )
    if part is None:
        raise NotFound
    blocks = gate.check(case, gate.Recipient(part.person.name, part), what)
    if blocks:
        raise Invalid(
            "This may not be told as it stands.", errors={"person": [each.reason for each in blocks]}
        )


def done(actor: Actor, telling: Telling, *, on: date, outcome: str, version: int) -> None:
    """The person was told, or could not be; `outcome` says which, and what they said.

    It is said by the agency that was to tell them, or by those who run the panel.
    """
    if not may_say(actor, telling):
        raise Refused(permission=str(Permission.MEETING_RUN), subject=telling)
    lock(telling)
    if telling.version != version:
        raise Conflict(stored={"Outcome": telling.outcome or ""}, submitted={"Outcome": outcome})
    telling.done_on, telling.outcome = on, outcome
    db.session.flush()
    trail.record(actor, Event.TELLING_DONE, telling, programme=telling.item.programme)


def telling_for(actor: Actor, telling_id: uuid.UUID) -> Telling:
    """One of those that the actor may see; everything it shows is read with it."""
    query = policy.visible(actor, Telling, Permission.MEETING_VIEW).where(Telling.id == telling_id)
    found = db.session.scalar(
        query.options(joinedload(Telling.person), joinedload(Telling.agency), joinedload(Telling.user))
    )
    if found is None:
        raise NotFound
    return found


def may_say(actor: Actor, telling: Telling) -> bool:
    return telling.agency_id in actor.agencies or policy.decide(actor, Permission.MEETING_RUN, telling.item)
