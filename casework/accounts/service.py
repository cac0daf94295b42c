"""Who a user is today: their memberships in force and whom they cover."""

from __future__ import annotations

import uuid

from flask import session
from sqlalchemy import or_, select

from casework.access.vocabulary import Actor, Grant, Role
from casework.accounts.models import Agency, Cover, Membership, User
from casework.extensions import db, now


def actor_of(user: User) -> Actor:
    """The actor that a user is today."""
    today = now().date()
    rows = db.session.execute(
        select(Membership.role, Membership.agency_id, Membership.programme)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(
            Membership.user_id == user.id,
            Membership.from_day <= today,
            or_(Membership.ended_on.is_(None), Membership.ended_on > today),
            Agency.deactivated_at_utc.is_(None),
        )
        .order_by(Membership.programme, Membership.role)
    )
    covers = db.session.scalars(
        select(Cover.user_id).where(
            Cover.covered_by_id == user.id, Cover.first_day <= today, Cover.last_day >= today, Cover.ended.is_(False)
        )
    )
    return Actor(
        id=user.id,
        name=user.name,
        grants=tuple(Grant(Role(role), agency, programme) for role, agency, programme in rows),
        covers=frozenset(covers),
    )


def host_agency(programme: str) -> uuid.UUID | None:
    """The agency that takes a programme's referrals in: that of its first coordinator. None before there is one."""
    return db.session.scalar(
        select(Membership.agency_id)
        .where(Membership.programme == programme, Membership.role == Role.COORDINATOR, Membership.ended_on.is_(None))
        .order_by(Membership.from_day, Membership.id)
        .limit(1)
    )


def actor_of_session(nobody: Actor) -> Actor:
    """The actor of the signed-in session of this request, or `nobody`."""
    return nobody if "user" not in session else nobody
