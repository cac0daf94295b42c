"""Papers: issued to each agency for a meeting, opened by its members, recalled.

What a paper holds is made when it is read (`panels.slices`): a row here says only that an agency has one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from casework.access import policy
from casework.access.vocabulary import OPERATOR, Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import Agency, User
from casework.audit import trail
from casework.audit.events import Event
from casework.crypto import vault
from casework.crypto.blind import normalise
from casework.errors import Invalid, NotFound
from casework.extensions import db, now
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.panels.meetings import service as meetings
from casework.panels.minutes import locking
from casework.panels.models import (
    Action,
    AgendaItem,
    Meeting,
    Minutes,
    Paper,
    PaperReading,
    PaperRedaction,
    Research,
)
from casework.panels.papers import slices
from casework.panels.papers.slices import ACTIONS, AGENDA, KINDS, MINUTES, Preview, Sheet
from casework.panels.seats import service as seats

AFTER_MEETING = (MINUTES, ACTIONS)


# -- issuing -----------------------------------------------------------------------------------------------


def issue(actor: Actor, meeting: Meeting, kind: str, minutes: Minutes | None = None) -> list[Paper]:
    """Give every agency that was asked about an item (of actions: that has one) its paper; those that have it keep it.

    A paper that was recalled is given again. What the gate keeps out of a paper is noted in the trail; it stays out
    whoever issues. Raises Invalid for minutes that are not approved.
    """
    if (kind == AGENDA) != (minutes is None):
        raise ValueError("an agenda belongs to no minutes, and every other paper does")
    if minutes is not None and minutes.state != locking.APPROVED:
        raise Invalid("Papers are issued once the minutes are approved. They are not ready yet.")
    agencies = recipients(meeting, kind)
    issued = [_issue(actor, meeting, kind, minutes, agency) for agency in agencies]
    _note_blocked(actor, meeting, kind, slices.preview(OPERATOR, meeting, kind, minutes, agencies))
    return issued


def recipients(meeting: Meeting, kind: str) -> Sequence[Agency]:
    """The agencies that this paper is for, by name."""
    model = Action if kind == ACTIONS else Research
    told = select(model.agency_id).join(AgendaItem, AgendaItem.id == model.item_id)
    told = told.where(AgendaItem.meeting_id == meeting.id)
    if model is Research:
        told = told.where(Research.guest_name == "")
    return db.session.scalars(
        select(Agency).where(Agency.id.in_(told)).order_by(Agency.name, Agency.id)
    ).all()


def _issue(actor: Actor, meeting: Meeting, kind: str, minutes: Minutes | None, agency: Agency) -> Paper:
    same = Paper.minutes_id == minutes.id if minutes else Paper.minutes_id.is_(None)
    known = db.session.scalar(
        select(Paper).where(
            Paper.meeting_id == meeting.id, Paper.agency_id == agency.id, Paper.kind == kind, same
        )
    )
    if known is not None and known.recalled_at_utc is None:
        return known
    paper = known or Paper(
        meeting_id=meeting.id, agency_id=agency.id, kind=kind, minutes_id=minutes.id if minutes else None
    )
    paper.issued_at_utc, paper.recalled_at_utc = now(), None
    db.session.add(paper)
    db.session.flush()
    trail.record(
        actor, Event.PAPER_ISSUED, paper, programme=meeting.programme, kind=kind, agency=str(agency.id)
    )
    return paper


def _note_blocked(actor: Actor, meeting: Meeting, kind: str, previews: Iterable[Preview]) -> None:
    for preview in previews:
        for foreseen in preview.items:
            if foreseen.blocked or foreseen.people:
                agency = str(preview.agency.id)
                trail.record(actor, Event.PAPER_BLOCKED, foreseen.item, kind=kind, agency=agency)


def issue_minutes(actor: Actor, minutes: Minutes) -> list[Paper]:
    """Minutes and action sheets to everybody, and one message to each reader."""
    meeting = minutes.meeting
    issued = [paper for kind in AFTER_MEETING for paper in issue(actor, meeting, kind, minutes)]
    readers = dict.fromkeys(user for paper in issued for user in readers_of(paper))
    for user in readers:
        mail.queue(
            actor,
            Template.MINUTES_READY,
            user.id,
            about=minutes.id,
            programme=meeting.programme,
            on=meetings.day_of(meeting),
            link="/papers",
        )
    return issued


@dataclass(frozen=True)
class Offer:
    """Papers that could be issued now."""

    id: str
    label: str
    kinds: tuple[str, ...]
    minutes: Minutes | None


def offered(actor: Actor, meeting: Meeting) -> dict[str, Offer]:
    """What can be issued for a meeting: its agenda once it is frozen, the minutes in force once there are any."""
    offers = []
    if meeting.state in ("circulated", "open"):
        offers.append(Offer(AGENDA, "Agenda papers", (AGENDA,), None))
    latest = db.session.scalar(
        policy.visible(actor, Minutes)
        .where(Minutes.meeting_id == meeting.id, Minutes.approved_by_id.is_not(None))
        .order_by(Minutes.number.desc())
        .limit(1)
    )
    if latest is not None:
        offers.append(Offer(MINUTES, "Minutes and action sheets", AFTER_MEETING, latest))
    return {offer.id: offer for offer in offers}


def preview(actor: Actor, meeting: Meeting, offer: Offer) -> list[Preview]:
    """What each agency's paper would hold, before it is issued."""
    kind = offer.kinds[0]
    return slices.preview(actor, meeting, kind, offer.minutes, recipients(meeting, kind))


def issue_offer(actor: Actor, meeting: Meeting, offer: Offer) -> list[Paper]:
    return issue_minutes(actor, offer.minutes) if offer.minutes else issue(actor, meeting, offer.id)


def agencies_of(item: AgendaItem) -> Sequence[Agency]:
    """The agencies that were asked about an item, by name."""
    told = select(Research.agency_id).where(Research.item_id == item.id, Research.guest_name == "")
    return db.session.scalars(
        select(Agency).where(Agency.id.in_(told)).order_by(Agency.name, Agency.id)
    ).all()


def readers_of(paper: Paper) -> list[User]:
    """Those on the agency's seat who may open the paper."""
    seat = seats.of_agency(paper.meeting.programme, paper.agency_id)
    return [
        user
        for user in (seats.people(seat) if seat else ())
        if policy.decide(accounts.actor_of(user), Permission.MEETING_VIEW, paper)
    ]


def recall(actor: Actor, paper: Paper) -> None:
    """Nobody of the agency opens it from now on, until it is issued again."""
    if paper.recalled_at_utc is not None:
        return
    paper.recalled_at_utc = now()
    db.session.flush()
    trail.record(actor, Event.PAPER_RECALLED, paper, programme=paper.meeting.programme)


# -- words that do not leave -------------------------------------------------------------------------------


def redact(
    actor: Actor, item: AgendaItem, *, words: str, reason: str, agency_id: uuid.UUID | None
) -> PaperRedaction:
    """Take words about an item out of every paper of one agency, or of all."""
    if not normalise(words):
        raise Invalid(errors={"words": ["Enter words or figures, not only marks"]})
    redaction = PaperRedaction(
        case_id=item.case_id,
        item_id=item.id,
        agency_id=agency_id,
        made_by_id=actor.id,
        words=words,
        reason=reason,
    )
    db.session.add(redaction)
    db.session.flush()
    trail.record(actor, Event.PAPER_REDACTED, redaction, programme=item.programme)
    return redaction


def end_redaction(actor: Actor, redaction: PaperRedaction) -> None:
    """Let the words stand again, as far as the gate does."""
    if redaction.ended_at_utc is None:
        redaction.ended_at_utc = now()
        db.session.flush()
        trail.record(actor, Event.PAPER_REDACTION_ENDED, redaction, programme=redaction.item.programme)


def redactions(actor: Actor, items: Iterable[uuid.UUID]) -> Sequence[PaperRedaction]:
    """What was taken out about these items, as far as the actor may know."""
    query = policy.visible(actor, PaperRedaction).where(
        PaperRedaction.item_id.in_(list(items)), PaperRedaction.ended_at_utc.is_(None)
    )
    found = db.session.scalars(
        query.order_by(PaperRedaction.made_at_utc, PaperRedaction.id).options(
            joinedload(PaperRedaction.agency)
        )
    ).all()
    vault.warm(each.case_id for each in found)
    return found


# -- reading -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """A paper in its reader's list. `read_at_utc`: when they last opened it."""

    paper: Paper
    read_at_utc: datetime | None
    replaced: bool

    @property
    def title(self) -> str:
        return f"{KINDS[self.paper.kind]}: {slices.meeting_words(self.paper.meeting)}"


def own(actor: Actor, most: int = 200) -> list[Listed]:
    """The papers of the actor's agencies: those not read first, then the latest."""
    mine = [
        and_(Paper.agency_id == grant.agency_id, Meeting.programme == grant.programme)
        for grant in actor.grants_for(Permission.RESEARCH_RETURN)
    ]
    if not mine:
        return []
    query = (
        policy.visible(actor, Paper)
        .join(Meeting, Meeting.id == Paper.meeting_id)
        .outerjoin(PaperReading, and_(PaperReading.paper_id == Paper.id, PaperReading.user_id == actor.id))
        .where(or_(*mine), Paper.recalled_at_utc.is_(None))
        .order_by(
            PaperReading.id.is_not(None), Meeting.starts_at_utc.desc(), Paper.issued_at_utc.desc(), Paper.id
        )
        .limit(most)
        .add_columns(PaperReading.last_read_at_utc)
        .options(joinedload(Paper.meeting), joinedload(Paper.agency))
    )
    rows = db.session.execute(query).all()
    newer = _latest_numbers({paper.meeting_id for paper, _ in rows})
    return [Listed(paper, at, _is_old(paper, newer)) for paper, at in rows]


def unread(actor: Actor) -> int:
    return sum(each.read_at_utc is None for each in own(actor))


def _latest_numbers(of: set[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """The approved minutes in force of each meeting."""
    query = (
        select(Minutes.meeting_id, Minutes.id)
        .where(Minutes.meeting_id.in_(of), Minutes.state == locking.APPROVED)
        .order_by(Minutes.number)
    )
    return {row.meeting_id: row.id for row in db.session.execute(query)}


def _is_old(paper: Paper, newest: dict[uuid.UUID, uuid.UUID]) -> bool:
    return paper.minutes_id is not None and newest.get(paper.meeting_id) != paper.minutes_id


def open_(actor: Actor, paper: Paper) -> None:
    """The reader says that they read it, and how it is to be handled: from now on it can be opened."""
    if not slices.may_read(actor, paper) or actor.id is None:
        raise NotFound
    reading = _reading(actor, paper)
    if reading is None:
        db.session.add(PaperReading(paper_id=paper.id, user_id=actor.id))
    else:
        reading.last_read_at_utc = now()
    db.session.flush()
    trail.record(actor, Event.PAPER_READ, paper, programme=paper.meeting.programme)


def _reading(actor: Actor, paper: Paper) -> PaperReading | None:
    return db.session.scalar(
        select(PaperReading).where(PaperReading.paper_id == paper.id, PaperReading.user_id == actor.id)
    )


def read(actor: Actor, paper: Paper) -> Sheet | None:
    """The paper as it stands now; None for a member who has not said yet that they read it.

    A recalled paper is read by nobody (those who run the meeting may still see it as a preview).
    """
    if slices.may_read(actor, paper):
        if paper.recalled_at_utc is not None:
            raise NotFound
        if _reading(actor, paper) is None:
            return None
    sheet = slices.compose(actor, paper)
    trail.record(actor, Event.PAPER_READ, paper, programme=paper.meeting.programme)
    return sheet


@dataclass(frozen=True)
class Receipt:
    """Who read a paper, and who of those on the seat has not."""

    paper: Paper
    read: Sequence[PaperReading]
    not_read: Sequence[User]
    replaced: bool


def receipts(actor: Actor, meeting: Meeting) -> list[Receipt]:
    """Every paper of the meeting that the actor may know of, with its readers."""
    query = (
        policy.visible(actor, Paper)
        .where(Paper.meeting_id == meeting.id)
        .join(Agency, Agency.id == Paper.agency_id)
        .order_by(Paper.kind, Agency.name, Paper.issued_at_utc)
        .options(joinedload(Paper.agency), selectinload(Paper.readings).joinedload(PaperReading.user))
    )
    found = db.session.scalars(query).all()
    newest = _latest_numbers({meeting.id})
    return [_receipt(paper, newest) for paper in found]


def _receipt(paper: Paper, newest: dict[uuid.UUID, uuid.UUID]) -> Receipt:
    read = {reading.user_id for reading in paper.readings}
    waiting = [] if read or paper.recalled_at_utc else readers_of(paper)
    return Receipt(paper, paper.readings, waiting, _is_old(paper, newest))
