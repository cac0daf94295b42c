"""Guests: somebody of a school or a surgery is asked about one item, and sees that item alone, until it is heard.

The link says nothing by itself: it asks for a code, which the coordinator gives by telephone. Both are shown once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.accounts import service as accounts
from casework.accounts.models import Agency
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import involved, kinds, sharing, warnings
from casework.cases.locks import lock
from casework.cases.models import Entry
from casework.cases.page import Item
from casework.cases.warnings import Alarm
from casework.crypto import vault
from casework.errors import Invalid, NotFound
from casework.extensions import db, now
from casework.forms.dates import LONDON
from casework.panels.models import AgendaItem, Finding, Research
from casework.panels.research import reading, returns
from casework.panels.research import service as asking
from casework.programmes import shelf
from casework.programmes.definition import Programme

# Said of a link that never was, that was withdrawn or has ended: which of them, nobody is told.
DEAD = "This link does not work. Ask whoever gave it to you for a new one."
GUEST = Actor(id=None, name="Somebody with a one-time link", kind="guest")
TOKEN_BYTES = 32
DIGITS = 8
MOST_WRONG = 10  # wrong codes until a link ends

SHOWN = ("Age", "Also known as", "School")  # of the people a guest is asked about: enough to know them by

STATEMENT = (
    "What you read here is confidential. It is shared with you only so that the panel can protect somebody.",
    "Do not copy it, and tell nobody of it but those in your organisation who must know to keep people safe.",
    "Never tell anybody who is named here as one who must not be told, nor anybody who might tell them.",
    "Do not act on it in a way that shows that there was a referral or a meeting, unless the panel has agreed to it.",
)


@dataclass(frozen=True)
class Invitation:
    """What is shown to the coordinator once: the guest's request, the token of the link, and the code."""

    research: Research
    token: str
    code: str


@dataclass(frozen=True)
class GuestReading:
    """What a guest sees of an item: what must be known first, whether the person knows, and whom they are asked about."""

    research: Research
    programme: Programme
    alarm: Alarm
    aware: Item | None
    parties: Sequence[reading.Party]


# -- inviting ---------------------------------------------------------------------------------------------


def invite(
    actor: Actor,
    item: AgendaItem,
    *,
    agency_id: uuid.UUID,
    name: str,
    people: Collection[uuid.UUID],
    question: str,
) -> Invitation:
    """Ask somebody outside about some of the people of an item. Raises Invalid in words for the form."""
    if not returns.item_is_open(item):
        raise Invalid("This item has been heard, so nobody can be invited to it.")
    if agency_id not in {agency.id for agency in agencies(item)}:
        raise Invalid(errors={"agency": ["Select an agency from the list"]})
    if not people or not set(people) <= set(asking.people_of(item.case)):
        raise Invalid(errors={"people": ["Select at least one person of the case"]})
    held = select(Research.id).where(
        Research.item_id == item.id, Research.agency_id == agency_id, Research.guest_name == name
    )
    if db.session.scalar(held) is not None:
        raise Invalid(errors={"name": ["They have been invited already: give them a new link instead"]})
    rules = shelf.programme(item.programme).panel
    token = secrets.token_urlsafe(TOKEN_BYTES)
    research = Research(
        case_id=item.case_id,
        programme=item.programme,
        item_id=item.id,
        agency_id=agency_id,
        guest_name=name,
        question=question,
        due_on=asking.due_day(item.meeting, rules.research_days if rules else 0),
        token_digest=_digest(token),
        link_ends_at_utc=_end_of_day(item),
    )
    db.session.add(research)
    db.session.flush()
    db.session.add_all(
        Finding(case_id=item.case_id, research_id=research.id, person_id=person)
        for person in sorted(set(people))
    )
    db.session.flush()
    trail.record(actor, Event.GUEST_INVITED, research, agency=str(agency_id))
    return Invitation(research, token, code_of(token))


def renew(actor: Actor, research: Research) -> Invitation:
    """A new link and code for the same guest; the old ones work no more."""
    if not research.guest_name or not returns.is_open(research):
        raise NotFound
    token = secrets.token_urlsafe(TOKEN_BYTES)
    research.token_digest, research.link_ends_at_utc = _digest(token), _end_of_day(research.item)
    research.wrong_codes = None
    db.session.flush()
    trail.record(actor, Event.GUEST_INVITED, research, agency=str(research.agency_id))
    return Invitation(research, token, code_of(token))


def withdraw(actor: Actor, research: Research) -> None:
    """Let a guest's link work no more, from this moment."""
    if not research.guest_name:
        raise NotFound
    research.link_ends_at_utc = now()
    db.session.flush()
    trail.record(actor, Event.LINK_WITHDRAWN, research)


def agencies(item: AgendaItem) -> list[Agency]:
    """The agencies of which somebody may be invited: all but those from which the case is hidden."""
    hidden = sharing.hidden_agencies(item.case)
    return [agency for agency in accounts.agencies() if agency.id not in hidden]


def of_item(item: AgendaItem) -> Sequence[Research]:
    """The guests of an item, by name. For those who run the meeting."""
    query = select(Research).where(Research.item_id == item.id, Research.guest_name != "")
    return db.session.scalars(query.order_by(Research.guest_name, Research.id)).all()


def is_living(research: Research) -> bool:
    """Whether a guest's link works now: it ends with the item, with its day, and once the case is hidden from them."""
    ends = research.link_ends_at_utc
    return bool(
        research.guest_name
        and ends is not None
        and ends > now()
        and returns.is_open(research)
        and research.agency_id not in sharing.hidden_agencies(research.item.case)
    )


# -- coming in --------------------------------------------------------------------------------------------


def living(token: str) -> Research:
    """The request of a token whose link works. Raises NotFound, always in the same words."""
    research = db.session.scalar(select(Research).where(Research.token_digest == _digest(token)))
    if research is None or not is_living(research):
        raise NotFound(DEAD)
    return research


def enter(research: Research, token: str, code: str) -> str:
    """Check the code; gives what the session keeps of it. What was counted must be kept although the page says no.

    Raises Invalid for a wrong code, and ends the link after too many.
    """
    lock(research)
    if not is_living(research):
        raise NotFound(DEAD)
    given = "".join(character for character in code if character.isdigit())
    if not hmac.compare_digest(given.encode("ascii", "ignore"), code_of(token).encode("ascii")):
        research.wrong_codes = (research.wrong_codes or 0) + 1
        if research.wrong_codes >= MOST_WRONG:
            research.link_ends_at_utc = now()
            trail.record(GUEST, Event.LINK_WITHDRAWN, research)
        db.session.flush()
        raise Invalid(errors={"code": ["The code is not right. Ask whoever gave you the link"]})
    trail.record(GUEST, Event.GUEST_ENTERED, research)
    return admission(research)


def admission(research: Research) -> str:
    """What the session of a guest who entered the right code holds: void once there is a new link."""
    return str(research.token_digest)


def accept(research: Research) -> None:
    """The guest accepts the confidentiality statement."""
    if research.confidentiality_at_utc is None:
        research.confidentiality_at_utc = now()
        db.session.flush()
        trail.record(GUEST, Event.CONFIDENTIALITY_ACCEPTED, research)


def read(research: Research, *, noted: bool = True) -> GuestReading:
    """What the guest sees. Contacts are shown of nobody but the person they are asked about, and never an address."""
    if noted:
        trail.record(GUEST, Event.ITEM_VIEWED, research.item)
    case, programme = research.item.case, shelf.programme(research.programme)
    parts = [part for part in involved.parts_of(case) if part.ended_on is None]
    people = {part.person_id: part.person for part in parts}
    standing = warnings.in_force(case)
    asked = {finding.person_id for finding in research.findings}
    alarm = warnings.alarm(case, programme, standing, people)
    if case.subject_id not in asked or reading.accuse_each_other(standing):
        alarm = replace(alarm, safe_contact=())
    parties = reading.parties_of(
        programme, [part for part in parts if part.person_id in asked], accused=False
    )
    return GuestReading(
        research=research,
        programme=programme,
        alarm=alarm,
        aware=_aware(programme, research) if case.subject_id in asked else None,
        parties=[replace(each, rows=[row for row in each.rows if row[0] in SHOWN]) for each in parties],
    )


def code_of(token: str) -> str:
    """The code that belongs to a link: nobody can work it out from the link alone, and it is stored nowhere."""
    made = hmac.digest(vault.keyring().index, f"guest\x1f{token}".encode(), "sha256")
    return str(int.from_bytes(made[:8], "big") % 10**DIGITS).zfill(DIGITS)


def _aware(programme: Programme, research: Research) -> Item | None:
    query = (
        select(Entry)
        .where(Entry.case_id == research.case_id, Entry.kind == "awareness", Entry.ended_at_utc.is_(None))
        .order_by(Entry.dated.desc(), Entry.id.desc())
        .limit(1)
    )
    entry = db.session.scalar(query)
    return Item(entry, kinds.kind_of(entry.kind), programme, {}) if entry else None


def _end_of_day(item: AgendaItem) -> datetime:
    """The end of the meeting's day in London: an item that is heard before ends the link before."""
    day = item.meeting.starts_at_utc.astimezone(LONDON).date()
    return datetime.combine(day + timedelta(days=1), time(0), LONDON)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
