"""Who a user is today, and the agencies, users, memberships and covers that make them so."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import flask_login
from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select

from casework.access.vocabulary import Actor, Grant, Permission, Role
from casework.accounts import passwords
from casework.accounts.models import Agency, Cover, Membership, User
from casework.audit import trail
from casework.audit.events import Event
from casework.config import Settings
from casework.errors import Invalid, NotFound, Refused
from casework.extensions import db, now
from casework.programmes import shelf

# Whom a user stands in for today.
COVERED = select(Cover.programme, Cover.user_id).where(
    Cover.covered_by_id == bindparam("user"),
    Cover.first_day <= bindparam("today"),
    Cover.last_day >= bindparam("today"),
    Cover.ended.is_(False),
)
WORKERS = (Role.CASEWORKER, Role.COORDINATOR, Role.MANAGER)


def settings() -> Settings:
    return current_app.extensions["settings"]


# Who somebody is


def actor_of(user: User) -> Actor:
    """The actor that a user is today: nobody with any permission once they are deactivated."""
    if user.deactivated_at_utc is not None:
        return Actor(id=user.id, name=user.name)
    rows = db.session.execute(
        select(Membership.role, Membership.agency_id, Membership.programme)
        .where(Membership.user_id == user.id, *in_force())
        .order_by(Membership.programme, Membership.role)
    ).all()
    return _actor(user.id, user.name, rows)


def actor_by_id(user_id: uuid.UUID, epoch: int) -> Actor | None:
    """The actor of a session begun in `epoch`; None once it was ended or the user deactivated."""
    rows = db.session.execute(_of_session(now().date()), {"user": user_id, "epoch": epoch}).all()
    if not rows:
        return None
    return _actor(
        user_id, rows[0].name, [(row.role, row.agency_id, row.programme) for row in rows if row.role]
    )


@lru_cache(maxsize=2)
def _of_session(day: date) -> Select[str, str, uuid.UUID, str | None]:
    """Sent with every request, so it is made once a day."""
    return (
        select(User.name, Membership.role, Membership.agency_id, Membership.programme)
        .outerjoin(Membership, and_(Membership.user_id == User.id, *in_force(day)))
        .where(
            User.id == bindparam("user"),
            User.session_epoch == bindparam("epoch"),
            User.deactivated_at_utc.is_(None),
        )
        .order_by(Membership.programme, Membership.role)
    )


def actor_of_session(nobody: Actor) -> Actor:
    """The actor of the signed-in session of this request, or `nobody`."""
    return getattr(flask_login.current_user, "actor", nobody)


def in_force(day: date | None = None) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a membership holds on a day (left out: today)."""
    day = day or now().date()
    return (
        Membership.from_day <= day,
        or_(Membership.ended_on.is_(None), Membership.ended_on > day),
        Membership.agency_id.in_(select(Agency.id).where(Agency.deactivated_at_utc.is_(None))),
    )


def _actor(user_id: uuid.UUID, name: str, grants: Iterable[tuple[str, uuid.UUID, str | None]]) -> Actor:
    covered = db.session.execute(COVERED, {"user": user_id, "today": now().date()})
    return Actor(
        id=user_id,
        name=name,
        grants=tuple(Grant(Role(role), agency, programme) for role, agency, programme in grants),
        standing_in=frozenset((programme, user) for programme, user in covered),
    )


# Agencies


def host_agency(programme: str) -> uuid.UUID | None:
    """The agency that takes a programme's referrals in: its first coordinator's. None before there is one."""
    return db.session.scalar(
        select(Membership.agency_id)
        .where(Membership.programme == programme, Membership.role == Role.COORDINATOR, *in_force())
        .order_by(Membership.from_day, Membership.id)
        .limit(1)
    )


def agencies(active: bool = True) -> list[Agency]:
    """Agencies by name: those in use, or all."""
    query = select(Agency).order_by(Agency.name)
    return list(db.session.scalars(query.where(Agency.deactivated_at_utc.is_(None)) if active else query))


def agency_named(name: str) -> Agency | None:
    """The agency of that name, however it is capitalised."""
    return db.session.scalar(select(Agency).where(func.lower(Agency.name) == name.strip().lower()))


def agency_kinds() -> dict[str, str]:
    """The types of agency of all programmes: the words by code."""
    lists = [each.lists["agency_type"] for each in shelf.every().values() if "agency_type" in each.lists]
    return {code.id: code.label for each in lists for code in each.codes if not code.missing}


def add_agency(actor: Actor, name: str, kind: str) -> Agency:
    if agency_named(name):
        raise Invalid(errors={"name": ["There is an agency of this name already"]})
    agency = Agency(name=name.strip(), kind=kind)
    db.session.add(agency)
    db.session.flush()
    trail.record(actor, Event.AGENCY_ADDED, agency)
    return agency


# Users


def user_by_email(email: str) -> User | None:
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def workers(programme: str, agency_id: uuid.UUID | None = None) -> list[User]:
    """Those who work the programme's cases today (of one agency, if one is named), by name."""
    return _members(programme, WORKERS, [agency_id] if agency_id else None)


def colleagues(actor: Actor, programme: str, *roles: Role, agency_id: uuid.UUID | None = None) -> list[User]:
    """Everybody who is anything (or one of `roles`) in a programme in which the actor is something."""
    if actor.kind != "operator" and all(grant.programme != programme for grant in actor.grants):
        return []
    return _members(programme, roles or tuple(Role), [agency_id] if agency_id else None)


def team(actor: Actor, programme: str) -> list[User]:
    """The workers of the agencies that the actor manages in a programme, by name."""
    managed = [grant.agency_id for grant in actor.grants_for(Permission.TEAM_VIEW, programme)]
    return _members(programme, WORKERS, managed)


def _members(programme: str, roles: Iterable[Role], agency_ids: Iterable[uuid.UUID] | None) -> list[User]:
    agencies = None if agency_ids is None else tuple(agency_ids)
    return list(db.session.scalars(_members_on(now().date(), programme, tuple(roles), agencies)))


@lru_cache(maxsize=256)
def _members_on(
    day: date, programme: str, roles: tuple[Role, ...], agency_ids: tuple[uuid.UUID, ...] | None
) -> Select[User]:
    members = select(Membership.user_id).where(
        Membership.programme == programme, Membership.role.in_(roles), *in_force(day)
    )
    if agency_ids is not None:
        members = members.where(Membership.agency_id.in_(agency_ids))
    return (
        select(User)
        .where(User.id.in_(members), User.deactivated_at_utc.is_(None))
        .order_by(User.name, User.id)
    )


def add_user(
    actor: Actor, email: str, name: str, *, job: str | None = None, phone: str | None = None
) -> User:
    """Add somebody, who can do nothing yet: memberships and an invitation come next."""
    email = email.strip().lower()
    if user_by_email(email):
        raise Invalid(errors={"email": ["Somebody with this email address is a user already"]})
    user = User(email=email, name=name.strip(), job=job, phone=phone)
    db.session.add(user)
    db.session.flush()
    trail.record(actor, Event.USER_ADDED, user)
    return user


def set_password(actor: Actor, user: User, password: str) -> None:
    """Give a user a password, end their sessions and any lock. Raises Invalid for one too easily guessed."""
    if why := passwords.weakness(password, email=user.email, name=user.name):
        raise Invalid(errors={"password": [why]})
    user.password_hash = passwords.hashed(password, settings().password_cost)
    user.failed_attempts, user.locked_until_utc = 0, None
    user.session_epoch += 1
    db.session.flush()
    trail.record(actor, Event.PASSWORD_SET, user)


# Memberships


def give_membership(
    actor: Actor,
    user: User,
    role: Role | str,
    agency: Agency,
    programme: str | None = None,
    *,
    from_day: date | None = None,
    ended_on: date | None = None,
) -> Membership:
    """Make a user something. Nobody can do so for themselves. On the day `ended_on` it no longer holds."""
    role, from_day = Role(role), from_day or now().date()
    _not_oneself(actor, user)
    _check_membership(user, role, agency, programme, from_day, ended_on)
    membership = Membership(
        user_id=user.id,
        role=role.value,
        agency_id=agency.id,
        programme=programme,
        from_day=from_day,
        ended_on=ended_on,
    )
    db.session.add(membership)
    db.session.flush()
    db.session.expire(user, ["memberships"])
    trail.record(
        actor,
        Event.MEMBERSHIP_GIVEN,
        user,
        programme=programme,
        role=membership.role,
        agency=str(membership.agency_id),
    )
    return membership


def end_membership(actor: Actor, membership: Membership, ended_on: date | None = None) -> None:
    """End a membership today, or on a later day."""
    _not_oneself(actor, membership.user)
    ended_on = ended_on or now().date()
    if ended_on < membership.from_day:
        raise Invalid(errors={"ended_on": ["A membership cannot end before it began"]})
    if membership.role == Role.ADMINISTRATOR and administrators(without=membership.user_id) == 0:
        raise Invalid("Casework needs an administrator: give the role to somebody else first.")
    membership.ended_on = ended_on
    db.session.flush()
    trail.record(
        actor,
        Event.MEMBERSHIP_ENDED,
        membership.user,
        programme=membership.programme,
        role=membership.role,
        agency=str(membership.agency_id),
    )


def administrators(*, without: uuid.UUID | None = None, without_agency: uuid.UUID | None = None) -> int:
    """How many can administer for good and are able to sign in. Locks them until the commit."""
    found = db.session.execute(
        select(User.id, Membership.agency_id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.role == Role.ADMINISTRATOR,
            Membership.ended_on.is_(None),
            *in_force(),
            User.deactivated_at_utc.is_(None),
            User.password_hash.is_not(None),
        )
        .with_for_update()
    )
    return len({user for user, agency in found if user != without and agency != without_agency})


def _not_oneself(actor: Actor, user: User) -> None:
    if actor.id is not None and actor.id == user.id:
        raise Refused("You cannot change what you yourself may do. Ask another administrator.", subject=user)


def _check_membership(
    user: User, role: Role, agency: Agency, programme: str | None, from_day: date, ended_on: date | None
) -> None:
    errors: dict[str, list[str]] = {}
    if role.of_no_programme and programme:
        errors["programme"] = [f"The role {role.label.lower()} is for all of casework, not for one programme"]
    elif not role.of_no_programme and programme not in shelf.every():
        errors["programme"] = [
            "Select a programme" if not programme else f"There is no programme {programme}"
        ]
    if agency.deactivated_at_utc is not None:
        errors["agency"] = ["This agency no longer takes part"]
    if user.deactivated_at_utc is not None:
        errors["user"] = ["This user is deactivated"]
    if ended_on is not None and ended_on <= from_day:
        errors["ended_on"] = ["The end must be after the first day"]
    if not errors and _already(user, role, agency, programme, from_day):
        errors["role"] = ["They have this role already"]
    if errors:
        raise Invalid(errors=errors)


def _already(user: User, role: Role, agency: Agency, programme: str | None, from_day: date) -> bool:
    held = select(Membership.id).where(
        Membership.user_id == user.id,
        Membership.role == role.value,
        Membership.agency_id == agency.id,
        Membership.programme == programme if programme else Membership.programme.is_(None),
        or_(Membership.ended_on.is_(None), Membership.ended_on > from_day),
    )
    return db.session.scalar(held.limit(1)) is not None


# Cover


def arrange_cover(
    actor: Actor, user: User, by: User, programme: str, first_day: date, last_day: date
) -> Cover:
    """Let `by` stand in for `user` between two days, both included. Both are of the actor's own team."""
    ours = {member.id for member in team(actor, programme)}
    if not {user.id, by.id} <= ours:
        raise Refused(
            "You arrange cover within your own team.", permission=Permission.TEAM_VIEW, subject=user
        )
    errors: dict[str, list[str]] = {}
    if user.id == by.id:
        errors["by"] = ["Somebody else must stand in"]
    if last_day < first_day:
        errors["last_day"] = ["The last day must not be before the first"]
    elif last_day < now().date():
        errors["last_day"] = ["The last day must be today or later"]
    if errors:
        raise Invalid(errors=errors)
    cover = Cover(
        user_id=user.id,
        covered_by_id=by.id,
        programme=programme,
        first_day=first_day,
        last_day=last_day,
        arranged_by_id=actor.id,
    )
    db.session.add(cover)
    db.session.flush()
    trail.record(
        actor,
        Event.COVER_ARRANGED,
        user,
        programme=programme,
        by=str(by.id),
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
    )
    return cover


def end_cover(actor: Actor, cover_id: uuid.UUID) -> None:
    """End a cover of the actor's own team now."""
    cover = db.session.get(Cover, cover_id)
    if cover is None or cover.user_id not in {member.id for member in team(actor, cover.programme)}:
        raise NotFound
    cover.ended = True
    db.session.flush()
    trail.record(actor, Event.COVER_ENDED, cover.user, programme=cover.programme)
