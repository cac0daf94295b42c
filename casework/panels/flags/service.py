"""Flags: agencies mark their files of the people of a case, for as long as the panel's rule says.

A flag begins with the case's last referral or hearing, as the repeat rule counts; the next of the same pair begins a
new one. Whoever was told says that their files are flagged, and after its end that they are so no longer.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import moments, referred, sharing
from casework.cases.locks import lock
from casework.cases.models import Case
from casework.errors import Refused
from casework.extensions import db, now
from casework.forms import today
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.panels.models import Finding, Flag, FlagNotice, Research, Seat
from casework.panels.queue import repeats
from casework.panels.reviews.service import CLOSING, months_after
from casework.panels.seats import service as seats
from casework.programmes import shelf

LINK = "/flags"
SET, ENDED = "set", "ended"
REASONS: Mapping[str, str] = {
    "lapsed": "Its time is over",
    "repeat": "Replaced: the case came again",
    "transferred": "Transferred to another area",
    "closed": "Closed without being heard",
}


@moments.listen
def follow(actor: Actor, case: Case, event: str, day: date) -> None:
    """Flags come with the event that the repeat rule counts from; hearing a case shows which agencies know it."""
    if not months_of(case.programme):
        return
    from_referral = shelf.programme(case.programme).repeat.anchor == "referral"
    if event in ("accepted", "reopened") and from_referral:
        begin(actor, case, _referred_on(case))
    elif event == "heard" and not from_referral:
        begin(actor, case, day)
    elif event == "heard" and (flag := standing(case)) is not None:
        tell(actor, flag, _knowing(case) & set(_seated(case)))
    elif event in CLOSING and case.heard_on is None:
        _give_up(actor, case)


@moments.listen_joining
def follow_joining(actor: Actor, case: Case, into: Case) -> None:
    """A further referral of a case that is flagged begins its time anew."""
    flag = standing(into)
    if flag is not None and shelf.programme(into.programme).repeat.anchor == "referral":
        begin(actor, into, case.opened_on)


def months_of(programme_id: str) -> int | None:
    """For how many months the panel of a programme has files flagged; None where it does not."""
    rules = shelf.programme(programme_id).panel
    return rules.flag_months if rules else None


def standing(case: Case) -> Flag | None:
    """The case's flag that has not ended."""
    query = select(Flag).where(Flag.case_id == case.id, Flag.ended_on.is_(None))
    return db.session.scalar(query.order_by(Flag.from_day.desc(), Flag.id).limit(1))


def of_case(case: Case) -> Sequence[Flag]:
    """Every flag of a case that the reader was let in to, the latest first."""
    query = select(Flag).where(Flag.case_id == case.id).order_by(Flag.from_day.desc(), Flag.id.desc())
    return db.session.scalars(query).all()


# -- from its beginning to its end ------------------------------------------------------------------------


def begin(actor: Actor, case: Case, from_day: date) -> Flag | None:
    """Flag the case from a day on, in place of the flag that it or the case it repeats has; None: that time is over."""
    lock(case)
    held, ends_on = standing(case), months_after(from_day, months_of(case.programme) or 0)
    if ends_on <= today() or (held is not None and held.from_day >= from_day):
        return held
    repeat = repeats.kind_of(case)
    earlier = standing(repeat.case) if repeat.kind == "repeat" and repeat.case else None
    told = _to_tell(case)
    for old in (held, earlier):
        if old is not None:
            told |= _told(old) & set(_seated(case))
            _close(actor, old, "repeat")
    flag = Flag(case_id=case.id, programme=case.programme, from_day=from_day, ends_on=ends_on)
    db.session.add(flag)
    db.session.flush()
    trail.record(actor, Event.FLAG_SET, flag)
    tell(actor, flag, told)
    return flag


def end(actor: Actor, flag: Flag, reason: str) -> None:
    """End a flag, and ask whoever was told of it to take it off their files."""
    told = _told(flag)
    _close(actor, flag, reason)
    tell(actor, flag, told, kind=ENDED)


def _close(actor: Actor, flag: Flag, reason: str) -> None:
    flag.ended_on, flag.end_reason = today(), reason
    db.session.flush()
    trail.record(actor, Event.FLAG_ENDED, flag, reason=reason)


def _give_up(actor: Actor, case: Case) -> None:
    """The panel did not hear it: its flag ends, and one that it had replaced goes on."""
    flag = standing(case)
    if flag is None:
        return
    end(actor, flag, "closed")
    repeat = repeats.kind_of(case)
    if repeat.kind == "repeat" and repeat.case is not None:
        replaced = next((each for each in of_case(repeat.case) if each.end_reason == "repeat"), None)
        if replaced is not None:
            begin(actor, repeat.case, replaced.from_day)


# -- who is told ------------------------------------------------------------------------------------------


def tell(actor: Actor, flag: Flag, agencies: Collection[uuid.UUID], *, kind: str = SET) -> list[FlagNotice]:
    """Tell agencies once each; none that must not know of the case. Returns what is new."""
    known = {notice.agency_id for notice in _notices(flag) if notice.kind == kind}
    hidden = sharing.hidden_agencies(flag.case)
    made = []
    for agency_id in sorted(set(agencies) - known - hidden, key=str):
        notice = FlagNotice(case_id=flag.case_id, flag_id=flag.id, agency_id=agency_id, kind=kind)
        db.session.add(notice)
        db.session.flush()
        trail.record(actor, Event.FLAG_TOLD, flag, agency=str(agency_id))
        made.append(notice)
    return made


def _to_tell(case: Case) -> set[uuid.UUID]:
    """The agencies on the panel that know somebody of the case; until any has said so, its core agencies."""
    seated = _seated(case)
    knowing = _knowing(case) & set(seated)
    core = {agency for agency, kind in seated.items() if kind in seats.rules_of(case.programme).core}
    return knowing or core or set(seated)


def _seated(case: Case) -> dict[uuid.UUID, str]:
    """The agencies with a seat on the panel, and of what kind each is."""
    return {seat.agency_id: seat.agency.kind for seat in seats.of_panel(case.programme)}


def _knowing(case: Case) -> set[uuid.UUID]:
    """The agencies that returned that they know somebody of the case."""
    query = (
        select(Research.agency_id)
        .join(Finding, Finding.research_id == Research.id)
        .where(Research.case_id == case.id, Research.guest_name == "", Finding.known.is_(True))
        .distinct()
    )
    return set(db.session.scalars(query))


def _told(flag: Flag) -> set[uuid.UUID]:
    return {notice.agency_id for notice in _notices(flag) if notice.kind == SET}


def _notices(flag: Flag) -> Sequence[FlagNotice]:
    return db.session.scalars(select(FlagNotice).where(FlagNotice.flag_id == flag.id)).all()


def _referred_on(case: Case) -> date:
    return max((each.received_on for each in referred.of_case(case)), default=case.opened_on)


# -- what an agency answers -------------------------------------------------------------------------------


def acknowledge(actor: Actor, notice: FlagNotice) -> None:
    """The agency's files are flagged, or are so no longer. Said by somebody of the agency itself."""
    own = {grant.agency_id for grant in actor.grants_for(Permission.ACTION_WORK, notice.flag.programme)}
    if notice.agency_id not in own:
        raise Refused(permission=str(Permission.ACTION_WORK), subject=notice)
    lock(notice)
    if notice.acknowledged_at_utc is not None:
        return
    notice.acknowledged_at_utc, notice.acknowledged_by_id = now(), actor.id
    db.session.flush()
    trail.record(actor, Event.FLAG_ACKNOWLEDGED, notice, programme=notice.flag.programme)


# -- what the day asks for --------------------------------------------------------------------------------


def keep_up(actor: Actor) -> int:
    """End the flags whose day has come, and write to whoever has files to flag or to free. Safe to repeat."""
    return lapse(actor) + write_to_readers(actor)


def lapse(actor: Actor) -> int:
    over = db.session.scalars(
        select(Flag).where(Flag.ended_on.is_(None), Flag.ends_on <= today()).order_by(Flag.ends_on, Flag.id)
    ).all()
    for flag in over:
        end(actor, flag, "lapsed")
    return len(over)


def write_to_readers(actor: Actor) -> int:
    """One message to each reader of an agency's seat about all that is new for it; it counts and names nobody."""
    waiting = db.session.scalars(
        select(FlagNotice)
        .join(Flag)
        .where(
            FlagNotice.mailed_on.is_(None),
            FlagNotice.acknowledged_at_utc.is_(None),
            or_(FlagNotice.kind == ENDED, Flag.ended_on.is_(None)),
        )
        .order_by(FlagNotice.id)
        .options(joinedload(FlagNotice.flag))
    ).all()
    by_reader = _by_reader(waiting)
    for (programme, kind, reader), theirs in by_reader.items():
        said: dict[str, Any] = {"programme": programme, "flags": len(theirs), "link": LINK}
        if kind == SET:
            mail.queue(actor, Template.FLAGS_SET, reader, **said)
        else:
            mail.queue(actor, Template.FLAGS_EXPIRING, reader, due=today(), **said)
        for notice in theirs:
            notice.mailed_on = today()
    db.session.flush()
    return len(by_reader)


def _by_reader(waiting: Iterable[FlagNotice]) -> dict[tuple[str, str, uuid.UUID], list[FlagNotice]]:
    """By programme, kind and reader; what nobody of an agency may read waits."""
    notices = list(waiting)
    barred = seats.barred(notice.case_id for notice in notices)
    sitting: dict[str, dict[uuid.UUID, Seat]] = {}
    found: dict[tuple[str, str, uuid.UUID], list[FlagNotice]] = {}
    for notice in notices:
        programme = notice.flag.programme
        if programme not in sitting:
            sitting[programme] = {seat.agency_id: seat for seat in seats.of_panel(programme)}
        seat = sitting[programme].get(notice.agency_id)
        hidden = barred.get(notice.case_id, set())
        people = seats.people(seat) if seat else []
        reader = next((user for user in people if user.id not in hidden), None)
        if reader is not None:
            found.setdefault((programme, notice.kind, reader.id), []).append(notice)
    return found
