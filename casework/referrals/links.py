"""One-time links: somebody outside refers by one, and later sees by the same what became of it. It tells no more."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import Invalid, NotFound, Refused
from casework.extensions import db, now
from casework.referrals.models import Referral, ReferralLink

# Said of a link that never was, that was used up, withdrawn or has expired: which of them, nobody is told.
DEAD = "This link does not work. Ask whoever gave it to you for a new one."
GUEST = Actor(id=None, name="Somebody with a one-time link", kind="guest")
TOKEN_BYTES = 32


def make(
    actor: Actor, programme_id: str, *, days: int, agency_id: uuid.UUID | None = None
) -> tuple[ReferralLink, str]:
    """A link that works for so many days, and its token, which is shown now and never again."""
    if not actor.has(Permission.REFERRAL_INVITE, programme_id):
        raise Refused(permission=str(Permission.REFERRAL_INVITE))
    if agency_id is not None and agency_id not in {agency.id for agency in accounts.agencies()}:
        raise Invalid(errors={"agency": ["Select an agency from the list"]})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ReferralLink(
        programme=programme_id,
        token_digest=_digest(token),
        agency_id=agency_id,
        made_by_id=actor.id,
        expires_at_utc=now() + timedelta(days=days),
    )
    db.session.add(link)
    db.session.flush()
    trail.record(actor, Event.LINK_MADE, link)
    return link, token


def of_programmes(actor: Actor) -> Sequence[ReferralLink]:
    """The links of the programmes that the actor coordinates, the newest first."""
    query = policy.visible(actor, ReferralLink, Permission.REFERRAL_INVITE)
    ordered = query.order_by(ReferralLink.made_at_utc.desc(), ReferralLink.id.desc())
    return db.session.scalars(ordered.options(joinedload(ReferralLink.agency)).limit(100)).all()


def state_of(link: ReferralLink) -> str:
    """Where a link stands: unused, used (and still showing what became of it), withdrawn or expired."""
    if link.withdrawn_at_utc is not None:
        return "withdrawn"
    if link.expires_at_utc <= now():
        return "expired"
    return "unused" if link.used_at_utc is None else "used"


def withdraw(actor: Actor, link_id: uuid.UUID) -> None:
    """Let a link work no more, whether it was used or not."""
    query = policy.visible(actor, ReferralLink, Permission.REFERRAL_INVITE).where(ReferralLink.id == link_id)
    link = db.session.scalar(query)
    if link is None:
        raise NotFound
    link.withdrawn_at_utc = link.withdrawn_at_utc or now()
    db.session.flush()
    trail.record(actor, Event.LINK_WITHDRAWN, link)


def living(token: str, *, unused: bool = False) -> ReferralLink:
    """The link of a token, with `unused` only while nothing was sent by it. Raises NotFound, always in the same words."""
    link = db.session.scalar(select(ReferralLink).where(ReferralLink.token_digest == _digest(token)))
    if link is None or state_of(link) not in (("unused",) if unused else ("unused", "used")):
        raise NotFound(DEAD)
    return link


def referral_of(link: ReferralLink) -> Referral:
    """What was sent by a link. Raises NotFound before anything was."""
    referral = db.session.scalar(select(Referral).where(Referral.link_id == link.id))
    if referral is None:
        raise NotFound(DEAD)
    return referral


def note_use(link: ReferralLink) -> None:
    trail.record(GUEST, Event.LINK_USED, link)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
