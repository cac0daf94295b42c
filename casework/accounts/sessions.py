"""Signing in and out, and the session between.

The session is a cookie signed with the keyring's secret. It names the user and the epoch in which it began,
so that one count in the database ends every session of a user at once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import flask_login
from flask import current_app, request, session
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from casework.access.vocabulary import Actor
from casework.accounts import passwords
from casework.accounts.models import User
from casework.accounts.service import actor_by_id, actor_of, settings
from casework.audit import trail
from casework.audit.events import Event
from casework.errors import NotFound
from casework.extensions import db, login_manager, now

# Each request puts off the idle limit. The cookie is written anew only so often, so that answers that cross
# on their way overwrite each other's session as seldom as possible.
NOTED_EVERY = timedelta(seconds=30)
QUIET = "X-Casework-Quiet"
BEGAN, SEEN, WAY_BACK = "began", "seen", "next"


@dataclass(eq=False)
class SignedIn(flask_login.UserMixin):
    """What flask-login keeps as the current user."""

    actor: Actor
    epoch: int

    def get_id(self) -> str:
        return f"{self.actor.id}/{self.epoch}"


def attempt(nobody: Actor, email: str, password: str) -> User | None:
    """The user whom this address and password sign in, or None.

    The same work is done, and None is all that is said, for an address nobody has, a wrong password, a locked
    and a deactivated user. What was counted must be committed although the page says no.
    """
    user = db.session.scalar(select(User).where(User.email == email.strip().lower()).with_for_update())
    right = passwords.matches(user.password_hash if user else None, password, settings().password_cost)
    why = _why_not(user, right)
    if user is None or why:
        trail.record(nobody, Event.SIGN_IN_FAILED, user, why=why)
        if user and why == "password":
            _count_failure(nobody, user)
        return None
    _note_success(user, password)
    return user


def confirm(actor: Actor, password: str) -> bool:
    """Whether this is the actor's own password, asked again before a dangerous act. A wrong one counts."""
    user = db.session.get(User, actor.id, with_for_update=True)
    if user is None:
        raise NotFound
    return attempt(actor, user.email, password) is not None


def begin(user: User) -> None:
    """Begin a session in place of whatever session was there; the way back is all that is taken over."""
    way_back = session.get(WAY_BACK)
    session.clear()
    if way_back:
        session[WAY_BACK] = way_back
    session[BEGAN] = session[SEEN] = int(now().timestamp())
    actor = actor_of(user)
    flask_login.login_user(SignedIn(actor, user.session_epoch))
    trail.record(actor, Event.SIGNED_IN, user)


def end(actor: Actor) -> None:
    """Sign out, on every device: a copy of the cookie taken before is worth nothing after."""
    user = db.session.get(User, actor.id) if actor.id else None
    if user is not None:
        user.session_epoch += 1
        trail.record(actor, Event.SIGNED_OUT, user)
    flask_login.logout_user()
    session.clear()


def timed_out() -> bool:
    """Whether this request comes with a session that is over."""
    return "_user_id" in session and not flask_login.current_user.is_authenticated


def take_way_back() -> str | None:
    """The page that was asked for before signing in, if it is a page of ours that can be gone back to."""
    words = session.pop(WAY_BACK, None)
    return words if isinstance(words, str) and leads_to_a_page(words) else None


def leads_to_a_page(address: str) -> bool:
    """Whether an address is the path of one of our own pages for somebody signed in: never another site's."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not address.startswith("/") or address.startswith("//"):
        return False
    routes = current_app.url_map.bind_to_environ(request.environ)
    try:
        endpoint, _ = routes.match(parts.path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    needs_somebody = hasattr(current_app.view_functions[endpoint], "required_permission")
    return needs_somebody and endpoint != "accounts.stay"  # which has nothing to show


@login_manager.user_loader
def _load(words: str) -> SignedIn | None:
    """The user of this request's session, unless it is too old, was idle too long, or was ended."""
    user_id, _, epoch = words.partition("/")
    moment = int(now().timestamp())
    if not _in_time(moment):
        return None
    actor = actor_by_id(uuid.UUID(user_id), int(epoch))
    if actor is None:
        return None
    # A page that only asks what is new is nobody at work: it keeps no session alive on an unattended screen.
    if QUIET not in request.headers and moment - session[SEEN] >= NOTED_EVERY.total_seconds():
        session[SEEN] = moment
    return SignedIn(actor, int(epoch))


def _in_time(moment: int) -> bool:
    limits = settings()
    idle, age = moment - session.get(SEEN, 0), moment - session.get(BEGAN, 0)
    return idle < limits.idle_limit.total_seconds() and age < limits.absolute_limit.total_seconds()


def _why_not(user: User | None, right: bool) -> str:
    """The reason for the trail, and for nobody else."""
    if user is None:
        return "unknown"
    if user.deactivated_at_utc is not None:
        return "deactivated"
    if is_locked(user):
        return "locked"
    if user.password_hash is None:
        return "no_password"
    return "" if right else "password"


def is_locked(user: User, at: datetime | None = None) -> bool:
    return user.locked_until_utc is not None and (at or now()) < user.locked_until_utc


def _count_failure(actor: Actor, user: User) -> None:
    """Count a wrong password; after so many the user is locked for a while, and the count begins again."""
    limits = settings()
    user.failed_attempts += 1
    if user.failed_attempts >= limits.lock_out_after:
        user.failed_attempts, user.locked_until_utc = 0, now() + limits.lock_out_for
        trail.record(actor, Event.LOCKED_OUT, user)
    db.session.flush()


def _note_success(user: User, password: str) -> None:
    cost = settings().password_cost
    user.failed_attempts, user.locked_until_utc = 0, None
    user.last_signed_in_utc = now()
    if user.password_hash and passwords.is_dated(user.password_hash, cost):
        user.password_hash = passwords.hashed(password, cost)
    db.session.flush()
