"""Advice given about nobody who is named: logged and counted, and never a case."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.crypto import vault
from casework.errors import Invalid, Refused
from casework.extensions import db, new_id
from casework.forms import today
from casework.paging import SIZE, Page, offset
from casework.programmes import shelf
from casework.referrals.models import Enquiry


def log(
    actor: Actor,
    programme_id: str,
    *,
    received_on: date,
    topics: Sequence[str],
    source: str | None = None,
    advice: str | None = None,
    agency_id: uuid.UUID | None = None,
) -> Enquiry:
    """Log an enquiry. Raises Invalid for a code that the programme does not have."""
    if not actor.has(Permission.ENQUIRY_LOG, programme_id):
        raise Refused(permission=str(Permission.ENQUIRY_LOG))
    _check(programme_id, received_on, topics, source)
    grants = actor.grants_for(Permission.ENQUIRY_LOG, programme_id)
    row = new_id()
    vault.make_key(row)
    enquiry = Enquiry(
        id=row,
        programme=programme_id,
        received_on=received_on,
        source=source,
        topics=list(topics),
        agency_id=agency_id or (grants[0].agency_id if grants else None),
        taken_by_id=actor.id,
        advice=advice,
    )
    db.session.add(enquiry)
    db.session.flush()
    trail.record(actor, Event.ENQUIRY_LOGGED, enquiry)
    return enquiry


def page_of_enquiries(actor: Actor, programme: str | None = None, number: int = 1) -> Page[Enquiry]:
    """A page of the enquiries of the actor's programmes, the newest first."""
    wanted = [policy.condition(actor, Enquiry, Permission.ENQUIRY_LOG)]
    if programme:
        wanted.append(Enquiry.programme == programme)
    total = db.session.scalar(select(func.count()).select_from(Enquiry).where(*wanted)) or 0
    query = (
        select(Enquiry)
        .where(*wanted)
        .order_by(Enquiry.received_on.desc(), Enquiry.id.desc())
        .limit(SIZE)
        .offset(offset(number))
        .options(joinedload(Enquiry.taken_by))
    )
    rows = db.session.scalars(query).all()
    vault.warm(row.id for row in rows)
    trail.record(actor, Event.LIST_VIEWED, programme=programme, list="enquiries", rows=len(rows))
    return Page(rows, total, number)


def counts(actor: Actor) -> dict[str, int]:
    """How many enquiries each of the actor's programmes has had."""
    query = (
        select(Enquiry.programme, func.count().label("number"))
        .where(policy.condition(actor, Enquiry, Permission.ENQUIRY_LOG))
        .group_by(Enquiry.programme)
        .order_by(Enquiry.programme)
    )
    return {row.programme: row.number for row in db.session.execute(query)}


def _check(programme_id: str, received_on: date, topics: Sequence[str], source: str | None) -> None:
    programme = shelf.programme(programme_id)
    faults: dict[str, list[str]] = {}
    if received_on > today():
        faults["received_on"] = ["Date of the enquiry must be today or in the past"]
    if not topics or any(topic not in programme.list("enquiry_topic") for topic in topics):
        faults["topics"] = ["Select what it was about"]
    if source and source not in programme.list("source"):
        faults["source"] = ["Select who asked from the list"]
    if faults:
        raise Invalid(errors=faults)
