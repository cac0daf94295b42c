"""Minutes: drafted from the record, edited part by part, approved, locked, corrected by a new version.

Whoever approves, approves the parts that they may see. Once each part is approved, by whomever, the minutes are
locked. So the chair alone locks them as a rule; of an item that is hidden from the chair, the deputy chair approves
the part, and the chair is shown nothing of it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import clocks
from casework.cases.locks import lock
from casework.cases.models import Case
from casework.crypto import vault
from casework.errors import Conflict, Invalid, Refused
from casework.extensions import db, new_id, now
from casework.forms import today
from casework.forms.dates import LONDON
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.panels.minutes import drafting, locking
from casework.panels.minutes.drafting import Drafted
from casework.panels.models import AgendaItem, Meeting, Minutes, MinutesPart
from casework.programmes import shelf

NOTHING_LEFT = "Nothing is outstanding."
LOCKED = "These minutes are approved and cannot be changed. Correct them with a new version."


# -- reading -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """Minutes as the reader may see them. `arising` are parts about earlier items, `items` those of this meeting."""

    minutes: Minutes
    arising: Sequence[MinutesPart]
    items: Sequence[MinutesPart]
    replaced_by: int | None

    @property
    def parts(self) -> list[MinutesPart]:
        return [*self.arising, *self.items]

    @property
    def is_approved(self) -> bool:
        """As far as this reader sees: a part that is hidden from them is nobody's business of theirs."""
        return self.minutes.approved_by_id is not None and all(part.approved_by_id for part in self.parts)

    @property
    def is_approved_in_part(self) -> bool:
        approved = (self.minutes.approved_by_id, *(part.approved_by_id for part in self.parts))
        return any(approved) and not self.is_approved

    @property
    def approvers(self) -> list[User]:
        approvers = (self.minutes.approved_by, *(part.approved_by for part in self.parts))
        return list(dict.fromkeys(user for user in approvers if user))

    @property
    def state(self) -> tuple[str, str]:
        """In words, with the colour of the tag."""
        if self.replaced_by:
            return f"Replaced by version {self.replaced_by}", "grey"
        if self.is_approved:
            return "Approved", "green"
        return ("Approved in part", "yellow") if self.is_approved_in_part else ("Draft", "blue")

    @property
    def seen(self) -> str:
        """What an approver has read, so that they approve nothing that was changed meanwhile."""
        versions = (self.minutes.version, *(f"{part.id}:{part.version}" for part in self.parts))
        return hashlib.sha256(" ".join(map(str, versions)).encode()).hexdigest()


def versions(actor: Actor, meeting: Meeting) -> Sequence[Minutes]:
    """Every version that the actor may see, the latest first."""
    query = policy.visible(actor, Minutes, Permission.MEETING_RUN).where(Minutes.meeting_id == meeting.id)
    return db.session.scalars(
        query.order_by(Minutes.number.desc()).options(selectinload(Minutes.approved_by))
    ).all()


def read(actor: Actor, minutes: Minutes, *, noted: bool = True) -> Reading:
    """One version with the parts that the actor may see; that it was read is noted part by part."""
    query = (
        policy.visible(actor, MinutesPart, Permission.MEETING_RUN)
        .where(MinutesPart.minutes_id == minutes.id)
        .order_by(MinutesPart.position, MinutesPart.id)
        .options(
            joinedload(MinutesPart.item).joinedload(AgendaItem.case).joinedload(Case.subject),
            joinedload(MinutesPart.approved_by),
        )
    )
    # As they are stored: whoever holds the minutes' lock approves what is there, not what they once read.
    db.session.flush()
    parts = db.session.scalars(query.execution_options(populate_existing=True)).all()
    vault.warm((minutes.id, *_owners(parts)))
    if noted:
        trail.record(actor, Event.MEETING_VIEWED, minutes.meeting)
        for part in parts:
            trail.record(actor, Event.ITEM_VIEWED, part.item)
    later = db.session.scalar(
        select(Minutes.number)
        .where(
            Minutes.meeting_id == minutes.meeting_id,
            Minutes.number > minutes.number,
            Minutes.state == locking.APPROVED,
        )
        .order_by(Minutes.number.desc())
        .limit(1)
    )
    here = [part for part in parts if part.item.meeting_id == minutes.meeting_id]
    return Reading(minutes, [part for part in parts if part not in here], here, later)


def _owners(parts: Sequence[MinutesPart]) -> list[uuid.UUID]:
    cases = [part.item.case for part in parts]
    return [owner for case in cases for owner in (case.id, case.subject_id) if owner]


def title(part: MinutesPart) -> str:
    """What a part is about, for those who may see it."""
    case = part.item.case
    return f"{case.reference}: {case.subject.name if case.subject else 'name not known'}"


def due_on(meeting: Meeting) -> date | None:
    """By when the minutes are to go out: working days after the meeting, as the programme has it."""
    rules = shelf.programme(meeting.programme).panel
    if rules is None or rules.minutes_days is None:
        return None
    held = (meeting.ended_at_utc or meeting.starts_at_utc).astimezone(LONDON).date()
    return clocks.after_working_days(held, rules.minutes_days)


# -- drafting and editing ----------------------------------------------------------------------------------


def draft(actor: Actor, meeting: Meeting) -> Minutes:
    """The first version, drafted from the whole record; the one that is there, if there is one."""
    lock(meeting)
    known = db.session.scalar(select(Minutes).where(Minutes.meeting_id == meeting.id).limit(1))
    if known is not None:
        return known
    if meeting.state != "ended":
        raise Invalid("Minutes are drafted once the meeting has ended.")
    minutes = _new(actor, meeting, 1, opening=drafting.opening(meeting), closing=drafting.closing(meeting))
    items = db.session.scalars(
        select(AgendaItem)
        .where(AgendaItem.meeting_id == meeting.id)
        .order_by(AgendaItem.position, AgendaItem.id)
    ).all()
    vault.warm(item.case_id for item in items)
    drafted = [*drafting.arising(meeting).items(), *((item, drafting.of_item(item)) for item in items)]
    for place, (item, words) in enumerate(drafted, start=1):
        _add(minutes, item, place, words)
    db.session.flush()
    trail.record(actor, Event.MINUTES_WRITTEN, minutes, programme=meeting.programme)
    return minutes


def _new(actor: Actor, meeting: Meeting, number: int, **words: str | None) -> Minutes:
    minutes_id = new_id()
    vault.make_key(minutes_id)
    minutes = Minutes(id=minutes_id, meeting_id=meeting.id, number=number, made_by_id=actor.id, **words)
    db.session.add(minutes)
    db.session.flush()
    return minutes


def _add(minutes: Minutes, item: AgendaItem, place: int, words: Drafted) -> None:
    part = MinutesPart(
        case_id=item.case_id,
        minutes_id=minutes.id,
        item_id=item.id,
        position=place,
        text=words.text,
        restricted=words.restricted,
    )
    db.session.add(part)


def write_meeting(
    actor: Actor, minutes: Minutes, *, opening: str | None, closing: str | None, version: int
) -> None:
    """Write what is of no case anew. Raises Conflict, with both versions, if somebody did so meanwhile."""
    _hold(minutes)
    if minutes.version != version:
        raise Conflict(
            stored={"Opening": minutes.opening or "", "Closing": minutes.closing or ""},
            submitted={"Opening": opening or "", "Closing": closing or ""},
        )
    if (opening, closing) == (minutes.opening, minutes.closing):
        return
    minutes.seal(opening=opening, closing=closing)
    minutes.approved_by_id = minutes.approved_at_utc = None
    db.session.flush()
    trail.record(actor, Event.MINUTES_WRITTEN, minutes, programme=minutes.meeting.programme)


def write_part(
    actor: Actor, part: MinutesPart, *, text: str | None, restricted: str | None, version: int
) -> None:
    """Write one part anew. Raises Conflict, with both versions, if somebody did so meanwhile."""
    _hold_part(part, version, {"Minutes": text or "", "Declared interests": restricted or ""})
    if (text, restricted) != (part.text, part.restricted):
        _write(actor, part, text=text, restricted=restricted)


def draft_again(actor: Actor, part: MinutesPart, *, version: int) -> None:
    """Draft one part from the record as it stands now; what had been written is kept beside it."""
    _hold_part(part, version, {"Minutes": part.text or ""})
    words = drafted_now(part)
    if words.text != part.text:
        _write(actor, part, text=words.text, restricted=words.restricted, set_aside=part.text)


def drafted_now(part: MinutesPart) -> Drafted:
    meeting = part.minutes.meeting
    if part.item.meeting_id == meeting.id:
        return drafting.of_item(part.item)
    return drafting.arising(meeting).get(part.item) or Drafted(NOTHING_LEFT)


def forget_set_aside(actor: Actor, part: MinutesPart, *, version: int) -> None:
    """Throw away what had been written before the part was drafted again."""
    _hold_part(part, version, {})
    _write(actor, part, set_aside=None)


def _write(actor: Actor, part: MinutesPart, **words: str | None) -> None:
    part.seal(**words)
    part.approved_by_id = part.approved_at_utc = None
    db.session.flush()
    trail.record(actor, Event.MINUTES_WRITTEN, part, programme=part.item.programme)


def _hold(minutes: Minutes) -> None:
    """Keep the minutes as they are until this is done: who approves them, approves what is stored."""
    lock(minutes)
    if minutes.state == locking.APPROVED:
        raise Invalid(LOCKED)


def _hold_part(part: MinutesPart, version: int, submitted: dict[str, str]) -> None:
    _hold(part.minutes)
    db.session.refresh(part)
    if part.version != version:
        stored = {"Minutes": part.text or "", "Declared interests": part.restricted or ""}
        raise Conflict(stored={name: stored[name] for name in submitted}, submitted=submitted)


# -- approving and correcting ------------------------------------------------------------------------------


def ask_approval(actor: Actor, minutes: Minutes) -> list[User]:
    """Tell the chair that the minutes wait; and the deputy chair, if a part is hidden from the chair."""
    _hold(minutes)
    meeting = minutes.meeting
    whole = _count(None, minutes)
    asked: list[User] = []
    for user in (meeting.chair, meeting.deputy_chair):
        if user is None:
            continue
        asked.append(user)
        if _count(accounts.actor_of(user), minutes) == whole:
            break
    held = meeting.starts_at_utc.astimezone(LONDON).date()
    for user in asked:
        mail.queue(
            actor,
            Template.MINUTES_TO_APPROVE,
            user.id,
            about=meeting.id,
            programme=meeting.programme,
            on=held,
            link=f"/meetings/{meeting.id}/minutes",
        )
    return asked


def _count(actor: Actor | None, minutes: Minutes) -> int:
    query = policy.visible(actor, MinutesPart, Permission.MEETING_RUN) if actor else select(MinutesPart)
    return len(db.session.scalars(query.where(MinutesPart.minutes_id == minutes.id)).all())


def approve(actor: Actor, minutes: Minutes, *, seen: str) -> bool:
    """Approve every part that the actor may see; says whether the minutes are locked now.

    Raises Conflict if anything was changed since the actor read it (`seen` is the reading's).
    """
    if not policy.decide(actor, Permission.MINUTES_APPROVE, minutes.meeting):
        raise Refused(permission=str(Permission.MINUTES_APPROVE), subject=minutes.meeting)
    _hold(minutes)
    reading = read(actor, minutes, noted=False)
    if reading.seen != seen:
        raise Conflict(
            "Somebody changed these minutes after you opened them. Read them again before you approve them."
        )
    if minutes.approved_by_id is None:
        minutes.approved_by_id, minutes.approved_at_utc = actor.id, now()
    for part in reading.parts:
        if part.approved_by_id is None:
            part.approved_by_id, part.approved_at_utc = actor.id, now()
            trail.record(actor, Event.MINUTES_PART_APPROVED, part, programme=part.item.programme)
    db.session.flush()
    waiting = select(MinutesPart.id).where(
        MinutesPart.minutes_id == minutes.id, MinutesPart.approved_by_id.is_(None)
    )
    if db.session.scalar(waiting.limit(1)) is not None:
        return False
    digest = locking.lock(minutes)
    trail.record(actor, Event.MINUTES_APPROVED, minutes.meeting, number=minutes.number, digest=digest)
    return True


def correct(actor: Actor, minutes: Minutes, *, reason: str) -> Minutes:
    """A new version to be edited and approved in its turn; the old one stays readable, and as it is."""
    meeting = minutes.meeting
    lock(meeting)
    latest = db.session.scalars(
        select(Minutes).where(Minutes.meeting_id == meeting.id).order_by(Minutes.number.desc()).limit(1)
    ).one()
    if latest.state != locking.APPROVED:
        raise Invalid("These minutes are being corrected already.")
    new = _new(
        actor,
        meeting,
        latest.number + 1,
        opening=latest.opening,
        closing=latest.closing,
        correction=reason,
    )
    parts = db.session.scalars(
        select(MinutesPart).where(MinutesPart.minutes_id == latest.id).options(joinedload(MinutesPart.item))
    ).all()
    vault.warm(part.case_id for part in parts)
    for part in parts:
        _add(new, part.item, part.position, Drafted(part.text or "", part.restricted))
    db.session.flush()
    trail.record(actor, Event.MINUTES_WRITTEN, new, programme=meeting.programme)
    return new


def is_late(meeting: Meeting, reading: Reading | None) -> bool:
    """Whether the first version was approved after its day; or is not yet, as far as the reader sees, and it is past."""
    day = due_on(meeting)
    approved = reading.minutes.approved_at_utc if reading and reading.is_approved else None
    if day is None or (reading and reading.minutes.number > 1):
        return False
    return day < (approved.astimezone(LONDON).date() if approved else today())
