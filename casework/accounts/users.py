"""The administration of users: the list, changes, what a role means in words, and taking access away."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import selectinload

from casework.access.vocabulary import GRANTS, Actor, Permission, Role
from casework.accounts import invitations
from casework.accounts.models import Invitation, Membership, User
from casework.accounts.service import administrators, in_force
from casework.accounts.sessions import is_locked
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import Invalid, NotFound, Refused
from casework.extensions import db, now
from casework.paging import SIZE, Page, offset

# The states in which a user can be, for lists: the words by code.
STATES = {
    "active": "Active",
    "invited": "Invited, no password yet",
    "locked": "Locked for a while",
    "deactivated": "Deactivated",
}
LAST_ADMINISTRATOR = "Casework needs an administrator: give the role to somebody else first."


@dataclass(frozen=True)
class Filter:
    """What the list of users is narrowed to; None: not narrowed."""

    agency: uuid.UUID | None = None
    role: str | None = None
    programme: str | None = None
    state: str | None = None


def page_of_users(actor: Actor, wanted: Filter, number: int = 1) -> Page[User]:
    """Users by name, with their memberships and agencies. Four statements, however many there are."""
    conditions = list(_conditions(wanted))
    total = db.session.scalar(select(func.count()).select_from(User).where(*conditions)) or 0
    query = (
        select(User)
        .where(*conditions)
        .order_by(User.name, User.id)
        .limit(SIZE)
        .offset(offset(number))
        .options(selectinload(User.memberships).selectinload(Membership.agency))
    )
    rows = db.session.scalars(query).all()
    trail.record(actor, Event.LIST_VIEWED, programme=wanted.programme, list="users", rows=len(rows))
    return Page(rows, total, number)


def _conditions(wanted: Filter) -> Iterable[ColumnElement[bool]]:
    held = [
        column == value
        for column, value in (
            (Membership.agency_id, wanted.agency),
            (Membership.role, wanted.role),
            (Membership.programme, wanted.programme),
        )
        if value
    ]
    if held:
        yield User.id.in_(select(Membership.user_id).where(*held, *in_force()))
    if wanted.state:
        yield from _in_state(wanted.state)


def _in_state(state: str) -> Iterable[ColumnElement[bool]]:
    if state == "deactivated":
        yield User.deactivated_at_utc.is_not(None)
        return
    yield User.deactivated_at_utc.is_(None)
    if state == "invited":
        yield User.password_hash.is_(None)
    elif state == "locked":
        yield User.locked_until_utc > now()
    else:
        yield User.password_hash.is_not(None)


def state_of(user: User) -> str:
    """The code in STATES of the state that a user is in."""
    if user.deactivated_at_utc is not None:
        return "deactivated"
    if is_locked(user):
        return "locked"
    return "active" if user.password_hash else "invited"


def user_by_id(user_id: uuid.UUID) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound
    return user


def membership_by_id(membership_id: uuid.UUID) -> Membership:
    membership = db.session.get(Membership, membership_id)
    if membership is None:
        raise NotFound
    return membership


def memberships_of(user: User) -> tuple[list[Membership], list[Membership]]:
    """What a user is today or will be, and what they were, each the latest first."""
    held = db.session.scalars(
        select(Membership)
        .where(Membership.user_id == user.id)
        .order_by(Membership.from_day.desc(), Membership.id.desc())
        .options(selectinload(Membership.agency))
    ).all()
    today = now().date()
    return [each for each in held if not has_ended(each, today)], [
        each for each in held if has_ended(each, today)
    ]


def has_ended(membership: Membership, day: date | None = None) -> bool:
    return membership.ended_on is not None and membership.ended_on <= (day or now().date())


def invited_until(user: User) -> datetime | None:
    """Until when a link that is out can be used."""
    return db.session.scalar(
        select(func.max(Invitation.expires_at_utc)).where(
            Invitation.user_id == user.id, Invitation.used_at_utc.is_(None), Invitation.expires_at_utc > now()
        )
    )


def change_user(actor: Actor, user: User, values: Mapping[str, str | None]) -> None:
    """Change name, email, job or phone."""
    changed = [name for name, value in values.items() if getattr(user, name) != value]
    if "email" in changed:
        taken = select(User.id).where(User.email == values["email"], User.id != user.id)
        if db.session.scalar(taken) is not None:
            raise Invalid(errors={"email": ["Somebody with this email address is a user already"]})
        # A link that went to the old address must not open the account of the new one.
        invitations.withdraw(user)
    for name in changed:
        setattr(user, name, values[name])
    if changed:
        db.session.flush()
        trail.record(actor, Event.USER_CHANGED, user, fields=changed)


def unlock(actor: Actor, user: User) -> None:
    user.failed_attempts, user.locked_until_utc = 0, None
    db.session.flush()
    trail.record(actor, Event.USER_UNLOCKED, user)


def end_sessions(actor: Actor, user: User) -> None:
    """End every session of a user at once."""
    user.session_epoch += 1
    db.session.flush()
    trail.record(actor, Event.SESSIONS_ENDED, user)


def deactivate(actor: Actor, user: User) -> None:
    """Take all access away, now. What they did stays theirs; their cases are reassigned by their manager."""
    if actor.id == user.id:
        raise Refused("You cannot deactivate yourself. Ask another administrator.", subject=user)
    if user.deactivated_at_utc is not None:
        return
    if _administers(user) and administrators(without=user.id) == 0:
        raise Invalid(LAST_ADMINISTRATOR)
    user.deactivated_at_utc = now()
    user.session_epoch += 1
    invitations.withdraw(user)
    db.session.flush()
    trail.record(actor, Event.USER_DEACTIVATED, user)


def reactivate(actor: Actor, user: User) -> None:
    """Let a user in again, with what memberships they still have; they choose a new password."""
    if user.deactivated_at_utc is None:
        return
    user.deactivated_at_utc, user.password_hash, user.locked_until_utc = None, None, None
    db.session.flush()
    trail.record(actor, Event.USER_REACTIVATED, user)


def _administers(user: User) -> bool:
    held = select(Membership.id).where(
        Membership.user_id == user.id, Membership.role == Role.ADMINISTRATOR, *in_force()
    )
    return db.session.scalar(held.limit(1)) is not None


# In words

ABILITIES: Mapping[Permission, str] = {
    Permission.REFERRAL_LOG: "log referrals",
    Permission.REFERRAL_VIEW: "see referrals",
    Permission.REFERRAL_ANSWER: "answer questions about referrals",
    Permission.REFERRAL_SCREEN: "accept, return or decline referrals",
    Permission.REFERRAL_INVITE: "send one-time links to outside referrers",
    Permission.REFERRAL_IMPORT: "import referrals",
    Permission.ENQUIRY_LOG: "log enquiries that name nobody",
    Permission.PERSON_SEARCH: "search for people",
    Permission.CASE_VIEW: "see cases",
    Permission.CASE_WORK: "work cases",
    Permission.CASE_CLOSE: "close and re-open cases",
    Permission.CASE_ALLOCATE: "allocate cases to workers",
    Permission.CASE_EXCLUDE: "exclude somebody from a case",
    Permission.TEAM_VIEW: "see and manage their team's work",
    Permission.REPORT_VIEW: "see statistics",
    Permission.REPORT_DRILL: "open the cases behind a figure",
    Permission.ACCOUNT_MANAGE: "manage users and agencies, but see no case",
    Permission.AUDIT_VIEW: "read the audit trail, but see no case",
}
REACH: Mapping[Role, str] = {
    Role.REFERRER: "the referrals that their agency made",
    Role.CASEWORKER: "the cases that their agency holds or that are allocated to them",
    Role.COORDINATOR: "every case of the programme",
    Role.CHAIR: "every case of the programme",
    Role.PANEL_MEMBER: "the cases in which their agency takes part",
    Role.MANAGER: "the cases that their agency holds or that are allocated to them",
    Role.ANALYST: "figures only",
}


def abilities(role: Role) -> Sequence[str]:
    """What a role can do, in words, in the order of the permissions."""
    return [words for permission, words in ABILITIES.items() if permission in GRANTS[role]]
