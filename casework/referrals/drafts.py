"""Referrals half filled in: kept as typed, sealed under their own key, never gone without a warning."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access.vocabulary import OPERATOR, Actor, Permission
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.config import Settings
from casework.crypto import vault
from casework.errors import Conflict, NotFound, Refused
from casework.extensions import db, new_id, now
from casework.programmes import shelf
from casework.referrals.models import Draft, Referral, ReferralLink

WARNED_DAYS = 7  # how long before it expires a draft is warned of

Typed = Mapping[str, Any]


@dataclass(frozen=True)
class Expiring:
    """A draft soon to be lost: whose it is and when, and nothing of what it says."""

    id: uuid.UUID
    programme: str
    author: str
    expires_at_utc: datetime
    own: bool


def start(actor: Actor, programme_id: str, *, link: ReferralLink | None = None) -> Draft:
    """Begin a referral: the author's own, or one that is kept under a one-time link."""
    if link is None and not actor.has(Permission.REFERRAL_LOG, programme_id):
        raise Refused(permission=str(Permission.REFERRAL_LOG))
    shelf.programme(programme_id)
    row = new_id()
    vault.make_key(row)
    draft = Draft(
        id=row,
        programme=programme_id,
        author_id=actor.id if link is None else None,
        link_id=link.id if link else None,
        step="who-1",
        expires_at_utc=now() + _life(),
        answers={"people": [], "pages": {}},
    )
    db.session.add(draft)
    db.session.flush()
    trail.record(actor, Event.DRAFT_SAVED, draft)
    return draft


def own(actor: Actor) -> Sequence[Draft]:
    """The actor's drafts, the last saved first."""
    if actor.id is None:
        return ()
    query = select(Draft).where(Draft.author_id == actor.id).order_by(Draft.saved_at_utc.desc(), Draft.id)
    return db.session.scalars(query).all()


def of_link(link: ReferralLink) -> Draft | None:
    return db.session.scalar(select(Draft).where(Draft.link_id == link.id))


def save(
    actor: Actor,
    draft: Draft,
    page: str,
    typed: Typed,
    *,
    version: int,
    said: Mapping[str, str] | None = None,
) -> None:
    """Keep a page as it was typed, right or wrong. `said` is the same in words, for a conflict.

    Raises Conflict when the page was saved in another tab after `version`, unless both say the same.
    """
    hold(draft)
    kept = _pages(draft).get(page, {})
    if kept.get("version", 0) != version and kept.get("typed") != dict(typed):
        raise Conflict(
            "This page was saved in another tab or by somebody else while you were typing.",
            submitted=said or {},
        )
    pages = {**_pages(draft), page: {"version": kept.get("version", 0) + 1, "typed": dict(typed)}}
    _keep(actor, draft, page, pages=pages)


def keep_typing(actor: Actor, draft: Draft, page: str, typed: Typed, *, version: int) -> None:
    """Keep what is being typed, beside what was saved last: a closed window loses nothing.

    What a tab types on top of an older version is not kept, so that it does not hide the newer.
    """
    hold(draft)
    kept = _pages(draft).get(page, {"version": 0, "typed": {}})
    if kept["version"] != version:
        raise Conflict("This page was saved in another tab meanwhile.")
    _keep(actor, draft, page, pages={**_pages(draft), page: {**kept, "typing": dict(typed)}})


def keep_people(actor: Actor, draft: Draft, people: Sequence[Mapping[str, Any]], step: str) -> None:
    """Keep who is on the form; what was said of people who are no longer on it goes."""
    keys = {each["key"] for each in people}
    pages = {name: page for name, page in _pages(draft).items() if _person_of(name) in {"", *keys}}
    _keep(actor, draft, step, people=list(people), pages=pages)


def document(draft: Draft) -> Mapping[str, Any]:
    """What was typed so far (see `questions.Form`)."""
    return draft.answers or {}


def discard(actor: Actor, draft: Draft) -> None:
    """Throw a draft away, its key with it."""
    trail.record(actor, Event.DRAFT_DISCARDED, draft)
    destroy(draft)


def destroy(draft: Draft) -> None:
    db.session.delete(draft)
    db.session.flush()
    vault.destroy_key(draft.id)


def expiring(actor: Actor) -> list[Expiring]:
    """Drafts that expire within the week: the actor's own, and all of the programmes they coordinate."""
    coordinated = actor.programmes(Permission.REFERRAL_INVITE)
    query = (
        select(Draft)
        .where(Draft.expires_at_utc <= now() + timedelta(days=WARNED_DAYS))
        .where((Draft.author_id == actor.id) | Draft.programme.in_(coordinated))
        .order_by(Draft.expires_at_utc, Draft.id)
        .options(joinedload(Draft.author))
    )
    return [
        Expiring(
            id=draft.id,
            programme=draft.programme,
            author=draft.author.name if draft.author else "somebody with a one-time link",
            expires_at_utc=draft.expires_at_utc,
            own=draft.author_id is not None and draft.author_id == actor.id,
        )
        for draft in db.session.scalars(query)
    ]


def purge(actor: Actor = OPERATOR) -> int:
    """Destroy what has expired and was warned of; returns how many. For the runner of jobs.

    A draft waits until its author has signed in and so met the warning; when they do not come for the whole
    life of a draft again, the coordinator's warning is enough. Nobody signs in with a link.
    """
    expired = db.session.scalars(
        select(Draft).where(Draft.expires_at_utc <= now()).options(joinedload(Draft.author))
    ).all()
    gone = [draft for draft in expired if _was_warned_of(draft)]
    for draft in gone:
        discard(actor, draft)
    return len(gone)


def _was_warned_of(draft: Draft) -> bool:
    if draft.link_id is not None or draft.expires_at_utc + _life() <= now():
        return True
    seen = draft.author.last_signed_in_utc if isinstance(draft.author, User) else None
    return seen is not None and seen >= draft.expires_at_utc - timedelta(days=WARNED_DAYS)


def lock(draft_id: uuid.UUID) -> Draft | None:
    """The draft, held until the end of this act; None when it was sent or discarded meanwhile."""
    query = select(Draft).where(Draft.id == draft_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def sent_as(draft_id: uuid.UUID) -> Referral | None:
    """The referral that a draft became: it keeps the draft's id, so that sending twice makes one."""
    return db.session.get(Referral, draft_id)


def _keep(actor: Actor, draft: Draft, step: str, **changed: Any) -> None:
    draft.answers = {**document(draft), **changed}
    draft.step = step
    draft.saved_at_utc = now()
    draft.expires_at_utc = now() + _life()
    db.session.flush()
    trail.record(actor, Event.DRAFT_SAVED, draft)


def hold(draft: Draft) -> None:
    """Lock the draft as it is now, so that two tabs save one after the other."""
    if lock(draft.id) is None:
        raise NotFound("This form was sent or discarded in another tab.")


def _pages(draft: Draft) -> dict[str, Any]:
    return dict(document(draft).get("pages", {}))


def _person_of(page: str) -> str:
    """The key of the person a page is about, "" for a page about nobody."""
    return page.split("-")[1] if page.startswith("person-") else ""


def _life() -> timedelta:
    settings: Settings = current_app.extensions["settings"]
    return settings.draft_life
