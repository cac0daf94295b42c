"""The actions of a plan: setting one, who may own it, and the plans of an item, a case and the last time.

What becomes of an action is in `progress`, who is told when nothing does in `escalation`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import aliased, joinedload

from casework.access import policy
from casework.access.vocabulary import GRANTS, Actor, Permission, Role
from casework.accounts import service as accounts
from casework.accounts.models import Agency, Membership, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import allocation, clocks
from casework.cases.models import Case, Exclusion
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import Choice, today
from casework.forms.dates import LONDON
from casework.panels.live import attendance
from casework.panels.models import Action, ActionUpdate, AgendaItem, Meeting
from casework.people import naming
from casework.programmes import shelf
from casework.programmes.definition import PanelRules

# How each state reads, and the colour of its tag.
STATES: Mapping[str, tuple[str, str]] = {
    "open": ("Open", "blue"),
    "done": ("Done", "green"),
    "done_late": ("Done late", "yellow"),
    "not_done": ("Not done", "red"),
    "no_longer_possible": ("No longer possible", "grey"),
    "superseded": ("Superseded", "grey"),
}
ACCEPTANCE: Mapping[str, tuple[str, str]] = {
    "awaited": ("Acceptance awaited", "orange"),
    "refused": ("Refused by the agency", "red"),
}
EARLIER_MOST = 50  # how many items back the last plan is looked for


def rules_of(programme: str) -> PanelRules:
    """The panel's rules; the usual ones where the programme has no panel any more."""
    return shelf.programme(programme).panel or PanelRules(name="", frequency="", minutes_per_case=10)


# -- setting one ------------------------------------------------------------------------------------------


def set_action(
    actor: Actor,
    item: AgendaItem,
    *,
    text: str,
    risk: str,
    agency_id: uuid.UUID,
    owner_id: uuid.UUID | None = None,
    owner_name: str | None = None,
    due_on: date,
) -> Action:
    """Give one person of one agency something to do. An agency that is not at the meeting has to accept it.

    Raises Invalid, its errors keyed by text, risk, agency, owner and due_on.
    """
    words = {"text": (text, "Enter what is to be done"), "risk": (risk, "Enter which risk it answers")}
    errors = {name: [say] for name, (given, say) in words.items() if not given.strip()}
    if due_on < today():
        errors["due_on"] = ["The due date must be today or later"]
    if errors:
        raise Invalid(errors=errors)
    check_owner(item, agency_id, owner_id, owner_name)
    here = agency_id in attendance.here(item.meeting)
    action = Action(
        case_id=item.case_id,
        programme=item.programme,
        item_id=item.id,
        agency_id=agency_id,
        owner_id=owner_id,
        owner_name=None if owner_id else owner_name,
        text=text,
        risk=risk,
        set_on=today(),
        due_on=due_on,
        set_by_id=actor.id,
        acceptance="not_needed" if here else "awaited",
        accept_by=None if here else accept_by(item.programme),
    )
    db.session.add(action)
    db.session.flush()
    trail.record(actor, Event.ACTION_SET, action)
    note(actor, action, "set")
    return action


def accept_by(programme: str) -> date:
    """The day by which an agency answers an action set today in its absence."""
    return clocks.after_working_days(today(), rules_of(programme).accept_days)


def note(
    actor: Actor, action: Action, what: str, words: str | None = None, *, due_before: date | None = None
) -> ActionUpdate:
    """Add a line to the action's history, which is never changed."""
    update = ActionUpdate(
        case_id=action.case_id,
        action_id=action.id,
        what=what,
        state=action.state,
        by_id=actor.id,
        due_before=due_before,
        words=words,
    )
    db.session.add(update)
    db.session.flush()
    return update


# -- who may own one --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MayOwn:
    """An agency that an action of the case may be given to, and its people."""

    agency: Agency
    people: Sequence[User]


def may_own(item: AgendaItem) -> list[MayOwn]:
    """The agencies in use and those of their people who may work actions, without those the case is hidden from.

    Four statements.
    """
    hidden, shut_out = allocation.hidden_from(item.case), shut_out_agencies(item.case)
    people: dict[uuid.UUID, dict[uuid.UUID, User]] = {}
    members = (
        select(Membership.agency_id, User)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.programme == item.programme,
            Membership.role.in_([role for role in Role if Permission.ACTION_WORK in GRANTS[role]]),
            User.deactivated_at_utc.is_(None),
            *accounts.in_force(),
        )
        .order_by(User.name, User.id)
    )
    for agency_id, user in db.session.execute(members):
        if user.id not in hidden:
            people.setdefault(agency_id, {})[user.id] = user
    return [
        MayOwn(agency, tuple(people.get(agency.id, {}).values()))
        for agency in accounts.agencies()
        if agency.id not in shut_out
    ]


def owner_choices(item: AgendaItem) -> list[Choice]:
    """Each agency's people for one question of a form, and of each agency somebody who has no account."""
    return [
        choice
        for each in may_own(item)
        for choice in (
            *(
                Choice(f"{each.agency.id}.{user.id}", f"{each.agency.name}: {user.name}")
                for user in each.people
            ),
            Choice(f"{each.agency.id}", f"{each.agency.name}: somebody without an account"),
        )
    ]


def read_owner(chosen: str) -> tuple[uuid.UUID, uuid.UUID | None]:
    """The agency and the person of one of the `owner_choices`."""
    agency, _, person = chosen.partition(".")
    return uuid.UUID(agency), uuid.UUID(person) if person else None


def check_owner(
    item: AgendaItem, agency_id: uuid.UUID, owner_id: uuid.UUID | None, owner_name: str | None
) -> None:
    """Raise Invalid unless this is one agency and one person of it, from whom the case is not hidden."""
    agency = db.session.get(Agency, agency_id)
    if agency is None or agency.deactivated_at_utc is not None or agency_id in shut_out_agencies(item.case):
        raise Invalid(errors={"agency": ["Select another agency"]})
    if owner_id is None:
        if not (owner_name or "").strip():
            raise Invalid(errors={"owner": ["Select who does it, or enter their name"]})
        return
    theirs = {user.id for each in may_own(item) if each.agency.id == agency_id for user in each.people}
    if owner_id not in theirs:
        raise Invalid(errors={"owner": ["Select somebody of that agency"]})


def shut_out_agencies(case: Case) -> frozenset[uuid.UUID]:
    """The agencies from which the case is hidden."""
    query = select(Exclusion.agency_id).where(
        Exclusion.case_id == case.id, Exclusion.ended_at_utc.is_(None), Exclusion.agency_id.is_not(None)
    )
    return frozenset(agency for agency in db.session.scalars(query) if agency)


# -- plans ------------------------------------------------------------------------------------------------


def of_item(actor: Actor, item: AgendaItem) -> Sequence[Action]:
    """The plan made at an item, as far as the actor may see it, in the order in which it was made."""
    return _read(policy.visible(actor, Action).where(Action.item_id == item.id).order_by(Action.id))


def of_case(actor: Actor, case: Case) -> Sequence[Action]:
    """Every action of a case that the actor may see: what is open first by its day, then the latest first."""
    found = _read(policy.visible(actor, Action).where(Action.case_id == case.id))
    waiting = sorted((each for each in found if each.state == "open"), key=lambda each: each.due_on)
    ended = sorted((each for each in found if each.state != "open"), key=_ended, reverse=True)
    return [*waiting, *ended]


def last_plan(actor: Actor, item: AgendaItem) -> list[Action]:
    """The actions of the last item before this one at which a plan was made: for the case itself, or for the
    earlier case that it repeats. Empty where there was none, or none that the actor may see.
    """
    seen = {item.id}
    earlier = item.earlier_id
    while earlier is not None and earlier not in seen and len(seen) < EARLIER_MOST:
        seen.add(earlier)
        plan = _read(policy.visible(actor, Action).where(Action.item_id == earlier).order_by(Action.id))
        if plan:
            return list(plan)
        earlier = db.session.scalar(select(AgendaItem.earlier_id).where(AgendaItem.id == earlier))
    return []


def outstanding(actor: Actor, meeting: Meeting) -> Sequence[Action]:
    """What the meeting looks at before its first case: open actions of the panel due by its day, and those
    that no agency has taken on. The longest overdue first.
    """
    day = meeting.starts_at_utc.astimezone(LONDON).date()
    earlier = aliased(AgendaItem)
    return _read(
        policy.visible(actor, Action)
        .where(
            Action.programme == meeting.programme,
            Action.state == "open",
            or_(Action.due_on <= day, Action.acceptance.in_(ACCEPTANCE)),
            ~exists().where(and_(earlier.id == Action.item_id, earlier.meeting_id == meeting.id)),
        )
        .order_by(Action.due_on, Action.id)
    )


def _read(query: Select[Action]) -> Sequence[Action]:
    """The actions with what their lines show, and every key they need opened at once."""
    found = db.session.scalars(
        query.options(
            joinedload(Action.agency),
            joinedload(Action.owner),
            joinedload(Action.item).joinedload(AgendaItem.case),
        )
    ).all()
    naming.warm(action.case_id for action in found)
    return found


def _ended(action: Action) -> tuple[date, uuid.UUID]:
    return action.ended_on or action.set_on, action.id
