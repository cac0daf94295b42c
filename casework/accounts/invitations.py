"""Invitations: a link, used once, by which a user chooses a password that nobody else has ever seen.

Only the digest of its token is stored. No e-mail is sent: the page shows the link once, to be handed over.
"""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import select, update

from casework.access.vocabulary import Actor
from casework.accounts import service
from casework.accounts.models import Invitation, User
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import Invalid, NotFound
from casework.extensions import db, now

TOKEN_BYTES = 32


def invite(actor: Actor, user: User) -> str:
    """A new link's token; any earlier link of the user ends. Also for somebody who forgot their password."""
    if user.deactivated_at_utc is not None:
        raise Invalid("This user is deactivated. Reactivate them first.")
    withdraw(user)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.session.add(
        Invitation(
            user_id=user.id,
            token_digest=_digest(token),
            made_by_id=actor.id,
            expires_at_utc=now() + service.settings().invitation_life,
        )
    )
    db.session.flush()
    trail.record(actor, Event.USER_INVITED, user)
    return token


def withdraw(user: User) -> None:
    """End every link of a user that was not yet used."""
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.user_id == user.id, Invitation.used_at_utc.is_(None), Invitation.expires_at_utc > now()
        )
        .values(expires_at_utc=now())
    )


def invited_user(token: str) -> User:
    """Whom a link is for. Raises NotFound, in the same words, for one that is wrong, used, late or ended."""
    return db.session.get_one(User, _standing(token).user_id)


def accept(token: str, password: str) -> User:
    """Set the password that the invited user has chosen. Raises NotFound, or Invalid for a weak password."""
    invitation = _standing(token, lock=True)
    user = db.session.get_one(User, invitation.user_id)
    service.set_password(service.actor_of(user), user, password)
    invitation.used_at_utc = now()
    db.session.flush()
    return user


def _standing(token: str, *, lock: bool = False) -> Invitation:
    query = (
        select(Invitation)
        .join(User, User.id == Invitation.user_id)
        .where(
            Invitation.token_digest == _digest(token),
            Invitation.used_at_utc.is_(None),
            Invitation.expires_at_utc > now(),
            User.deactivated_at_utc.is_(None),
        )
    )
    invitation = db.session.scalar(query.with_for_update(of=Invitation) if lock else query)
    if invitation is None:
        raise NotFound("This link cannot be used. It may be incomplete, too old, or used already.")
    return invitation


def _digest(token: str) -> str:
    # A token holds 256 random bits, so a plain digest cannot be turned back and needs no salt.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
