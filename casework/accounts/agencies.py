"""The administration of agencies."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select

from casework.access.vocabulary import Actor
from casework.accounts.models import Agency, Membership, User
from casework.accounts.service import administrators, agency_named, in_force
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import Invalid, NotFound
from casework.extensions import db, now


def agency_by_id(agency_id: uuid.UUID) -> Agency:
    agency = db.session.get(Agency, agency_id)
    if agency is None:
        raise NotFound
    return agency


def members_by_agency() -> dict[uuid.UUID, int]:
    """How many active users each agency has today."""
    rows = db.session.execute(
        select(Membership.agency_id, func.count(Membership.user_id.distinct()))
        .join(User, User.id == Membership.user_id)
        .where(*in_force(), User.deactivated_at_utc.is_(None))
        .group_by(Membership.agency_id)
    )
    return dict(iter(rows))


def change_agency(actor: Actor, agency: Agency, *, name: str, kind: str) -> None:
    other = agency_named(name)
    if other is not None and other.id != agency.id:
        raise Invalid(errors={"name": ["There is an agency of this name already"]})
    changed = [field for field, value in (("name", name), ("kind", kind)) if getattr(agency, field) != value]
    agency.name, agency.kind = name, kind
    if changed:
        db.session.flush()
        trail.record(actor, Event.AGENCY_CHANGED, agency, fields=changed)


def deactivate_agency(actor: Actor, agency: Agency) -> None:
    """End an agency's part in casework: none of its memberships holds any longer."""
    if administrators(without_agency=agency.id) == 0:
        raise Invalid("This agency has the only administrator. Give the role to somebody elsewhere first.")
    if agency.deactivated_at_utc is None:
        agency.deactivated_at_utc = now()
        db.session.flush()
        trail.record(actor, Event.AGENCY_CHANGED, agency, fields=["deactivated"])


def reactivate_agency(actor: Actor, agency: Agency) -> None:
    """Let an agency take part again, and with it whoever still has a membership for it."""
    if agency.deactivated_at_utc is not None:
        agency.deactivated_at_utc = None
        db.session.flush()
        trail.record(actor, Event.AGENCY_CHANGED, agency, fields=["deactivated"])
