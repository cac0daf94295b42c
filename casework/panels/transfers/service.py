"""Cases that go to, and come from, the panel of another area: with which papers, and how far they have got there."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission, Role
from casework.accounts import service as accounts
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import allocation, clocks, entries, moments, tasks
from casework.cases.locks import lock
from casework.cases.models import Case
from casework.crypto import vault
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.forms import Choice, today, write_date
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.paging import Page, offset, within
from casework.panels.flags import service as flags
from casework.panels.models import AgendaItem, Meeting, Transfer
from casework.panels.queue import service as queue
from casework.panels.reviews.service import CLOSING
from casework.panels.seats import service as seats
from casework.panels.transfers.schemas import PAPERS

LINK = "/transfers"
OUT, IN = "out", "in"
UNDER_WAY, ALL = "under_way", "all"
SIZE = 25
DIRECTIONS: Mapping[str, str] = {OUT: "To another area", IN: "From another area"}
STEPS: Mapping[str, str] = {
    "received_on": "Acknowledged",
    "accepted_on": "Accepted",
    "listed_on": "Listed",
    "heard_on": "Heard",
}
CHASE, RISK, CLOSE = "transfer_chase", "transfer_risk", "transfer_close"  # kinds of tasks
FROZEN = ("circulated", "open")


# -- which way it goes ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Route:
    """Which way a case goes now, in words, and which papers belong to it."""

    words: str
    papers: Sequence[str]


def route(case: Case) -> Route:
    """By whether the panel heard the case, and whether an agenda with it was sent out."""
    meeting = _meeting_with(case)
    day = write_date(case.heard_on) if case.heard_on else ""
    if case.heard_on is not None:
        words = (
            f"The panel heard it on {day}. Referral, risk assessment, minutes and action plan go; each agency hands"
            " over to its counterpart there, and the panel there hears it as a transfer."
        )
        return Route(words, tuple(PAPERS))
    if meeting is not None:
        words = (
            "It stands on an agenda that was sent out and was not heard yet. Take it off the agenda with the reason, or"
            " let this panel hear it first; what agencies returned so far goes with the referral and the risk assessment."
        )
    else:
        words = (
            "It was not heard yet and stands on no agenda sent out. The referral and the risk assessment go at once, and"
            " the panel there lists it as its own; it leaves the queue here when it is accepted there."
        )
    return Route(words, ("referral", "risk"))


def _meeting_with(case: Case) -> Meeting | None:
    query = (
        select(Meeting)
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .where(
            AgendaItem.case_id == case.id,
            AgendaItem.state.in_(("listed", "discussing")),
            Meeting.state.in_(FROZEN),
        )
        .limit(1)
    )
    return db.session.scalar(query)


def papers_words(codes: Iterable[str] | None) -> str:
    """Referral, risk assessment and minutes."""
    said = [PAPERS.get(code, code).lower() for code in codes or ()]
    return ", ".join(said)[:1].upper() + ", ".join(said)[1:] if said else "None"


# -- going ------------------------------------------------------------------------------------------------


def send(
    actor: Actor,
    case: Case,
    *,
    area: str,
    contact: str,
    why: str,
    papers: Sequence[str],
    basis: str,
    sent_on: date,
) -> Transfer:
    """Record that a case goes to the panel of another area. What it takes along passes the gate and is on record."""
    lock(case)
    rules = seats.rules_of(case.programme)
    if any(each.direction == OUT and each.accepted_on is None for each in of_case(case)):
        raise Invalid("This case is on its way to another area already: record what that panel says.")
    way = route(case)
    _refuse_faults(papers, sent_on)
    _share(actor, case, area=area, contact=contact, why=why, papers=papers, basis=basis, sent_on=sent_on)
    left_out = [code for code in way.papers if code not in papers]
    transfer = Transfer(
        case_id=case.id,
        programme=case.programme,
        direction=OUT,
        area=area,
        sent_on=sent_on,
        due_on=clocks.after_working_days(sent_on, rules.transfer_days),
        contact=contact,
        papers=list(papers),
        missing=papers_words(left_out) if left_out else None,
        why=why,
        route=way.words,
    )
    _keep(actor, transfer, ["sent_on"])
    tasks.set_task(
        actor,
        case,
        CHASE,
        due_on=transfer.due_on,
        text=f"Ask {area} to acknowledge the transfer",
        assigned_to_id=allocation.coordinator_of(case),
        about=transfer.id,
    )
    return transfer


def _refuse_faults(papers: Sequence[str], sent_on: date) -> None:
    if not papers:
        raise Invalid(errors={"papers": ["Select which papers went"]})
    if sent_on > today():
        raise Invalid(errors={"sent_on": ["The day must be today or in the past"]})


def _share(
    actor: Actor,
    case: Case,
    *,
    area: str,
    contact: str,
    why: str,
    papers: Sequence[str],
    basis: str,
    sent_on: date,
) -> None:
    """The sharing decision; the gate is asked of the panel and of its contact."""
    values = {
        "dated": sent_on,
        "whom": f"{area}: {contact}",
        "shared": True,
        "basis": basis,
        "text": f"Transferred with: {papers_words(papers)}. {why}",
        "why": why,
    }
    try:
        entries.add(actor, case, "sharing", values)
    except Invalid as fault:
        reasons = [reason for some in fault.errors.values() for reason in some]
        raise Invalid(fault.message, errors={"contact": reasons or [fault.message]}) from None


# -- coming -----------------------------------------------------------------------------------------------


def receive(
    actor: Actor,
    case: Case,
    *,
    area: str,
    contact: str,
    sent_on: date,
    papers: Sequence[str],
    missing: Sequence[str],
    why: str | None = None,
) -> Transfer:
    """Record that a case came from the panel of another area: it is heard as a transfer, and its risk assessed anew."""
    lock(case)
    rules = seats.rules_of(case.programme)
    if any(each.direction == IN and each.heard_on is None for each in of_case(case)):
        raise Invalid("It is on record already that this case came from another area.")
    if both := set(papers) & set(missing):
        words = f"{papers_words(sorted(both))}: say either that it came or that it is missing"
        raise Invalid(errors={"missing": [words]})
    due = clocks.after_working_days(today(), rules.transfer_days)
    transfer = Transfer(
        case_id=case.id,
        programme=case.programme,
        direction=IN,
        area=area,
        sent_on=sent_on,
        received_on=today(),
        accepted_on=today() if case.is_open else None,
        due_on=due,
        contact=contact,
        papers=list(papers),
        missing=papers_words(missing) if missing else None,
        why=why,
    )
    _keep(actor, transfer, ["received_on"])
    coordinator = allocation.coordinator_of(case)
    if missing:
        words = f"Ask {area} for what is missing: {transfer.missing}"
        tasks.set_task(
            actor, case, CHASE, due_on=due, text=words, assigned_to_id=coordinator, about=transfer.id
        )
    words = f"Assess the risk anew: it was assessed where the person lived before ({area})"
    tasks.set_task(actor, case, RISK, due_on=due, text=words, about=transfer.id)
    if case.is_open:
        _take_in(actor, transfer)
    return transfer


def _take_in(actor: Actor, transfer: Transfer) -> None:
    """It waits for the panel as a transfer, and agencies here flag their files."""
    case, reason = transfer.case, f"Transferred from {transfer.area}"
    entry = queue.open_entry(case)
    if entry is None and not queue.why_not(case):
        queue.enter(actor, case, "transfer", reason=reason)
    elif entry is not None and entry.kind == "new":
        queue.become(actor, entry, "transfer", reason)
    if flags.months_of(case.programme) and flags.standing(case) is None:
        flags.begin(actor, case, transfer.sent_on)


# -- how far it has got -----------------------------------------------------------------------------------


def record_step(
    actor: Actor, transfer: Transfer, *, step: str, on: date, said: str | None, version: int
) -> None:
    """Record what has happened since, or that the missing papers came. Raises Conflict as others do."""
    lock(transfer)
    if transfer.version != version:
        raise Conflict(
            "Somebody else changed this transfer meanwhile.", stored=in_words(transfer), submitted={}
        )
    if on < transfer.sent_on or on > today():
        words = f"The day must be between {write_date(transfer.sent_on)}, when it was sent, and today"
        raise Invalid(errors={"on": [words]})
    if step not in {choice.id for choice in steps(transfer)}:
        raise Invalid(errors={"step": ["Select what has happened"]})
    if said:
        transfer.said = "\n".join(filter(None, (transfer.said, f"{write_date(on)}: {said}")))
    if step == "papers":
        transfer.papers, transfer.missing = sorted({*(transfer.papers or ()), *PAPERS}), None
        tasks.follow(actor, transfer.case, CHASE, transfer.id, None)
    else:
        _reach(actor, transfer, step, on)
    _keep(actor, transfer, [step])


def _reach(actor: Actor, transfer: Transfer, step: str, on: date) -> None:
    """A later step includes the earlier ones."""
    for each in list(STEPS)[: list(STEPS).index(step) + 1]:
        if getattr(transfer, each) is None:
            setattr(transfer, each, on)
            if each == "received_on":
                tasks.follow(actor, transfer.case, CHASE, transfer.id, None)
            elif each == "accepted_on":
                _gone(actor, transfer)


def _gone(actor: Actor, transfer: Transfer) -> None:
    """The other panel has it now: it waits here no longer, its flag ends, and its case is to be closed."""
    case = transfer.case
    queue.leave(actor, case, "withdrawn")
    flag = flags.standing(case)
    if flag is not None:
        flags.end(actor, flag, "transferred")
    if case.is_open:
        words = f"{transfer.area} has accepted the case: close it here as transferred"
        tasks.set_task(actor, case, CLOSE, due_on=today(), text=words, about=transfer.id)


def steps(transfer: Transfer) -> list[Choice]:
    """What may be recorded next. Of a case that came, the agenda and the meeting here say the rest."""
    if transfer.direction == IN:
        return [Choice("papers", "The missing papers came")] if transfer.missing else []
    return [Choice(each, words) for each, words in STEPS.items() if getattr(transfer, each) is None]


def reached(transfer: Transfer) -> list[tuple[str, date]]:
    """What has happened so far, in order."""
    days = [("Sent", transfer.sent_on), *((words, getattr(transfer, each)) for each, words in STEPS.items())]
    return [(words, day) for words, day in days if day is not None]


def in_words(transfer: Transfer) -> dict[str, str]:
    return {words: write_date(day) for words, day in reached(transfer)}


def is_late(transfer: Transfer) -> bool:
    """Not acknowledged, or without its missing papers, although its day has passed."""
    waits = transfer.received_on is None if transfer.direction == OUT else bool(transfer.missing)
    return waits and transfer.due_on < today()


@moments.listen
def follow(actor: Actor, case: Case, event: str, day: date) -> None:
    """A case that came is accepted, assessed anew, and heard."""
    if event not in ("accepted", "moved", "assessed", "heard", *CLOSING):
        return
    for transfer in of_case(case):
        if event in CLOSING:
            for kind in (CHASE, RISK, CLOSE):
                tasks.follow(actor, case, kind, transfer.id, None)
        elif transfer.direction == IN and event == "assessed":
            tasks.follow(actor, case, RISK, transfer.id, None)
        elif transfer.direction == IN and transfer.heard_on is None:
            _go_on(actor, transfer, event, day)


def _go_on(actor: Actor, transfer: Transfer, event: str, day: date) -> None:
    if event == "heard":
        transfer.listed_on = transfer.listed_on or day
        transfer.heard_on = day
        _keep(actor, transfer, ["heard_on"])
    elif transfer.case.is_open:
        if transfer.accepted_on is None:
            transfer.accepted_on = today()
            _keep(actor, transfer, ["accepted_on"])
        _take_in(actor, transfer)


def _keep(actor: Actor, transfer: Transfer, fields: Sequence[str]) -> None:
    db.session.add(transfer)
    db.session.flush()
    trail.record(actor, Event.TRANSFER_CHANGED, transfer, fields=list(fields))


# -- reading ----------------------------------------------------------------------------------------------


def of_case(case: Case) -> Sequence[Transfer]:
    """The transfers of a case that the reader was let in to, the latest first."""
    query = select(Transfer).where(Transfer.case_id == case.id)
    return db.session.scalars(query.order_by(Transfer.sent_on.desc(), Transfer.id.desc())).all()


def origins(cases: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Of each case that came from another area, from which: for an agenda and its items. One statement."""
    query = select(Transfer.case_id, Transfer.area).where(
        Transfer.case_id.in_(cases), Transfer.direction == IN
    )
    rows = db.session.execute(query.order_by(Transfer.sent_on))
    return {row.case_id: row.area for row in rows}


def page_of(actor: Actor, view: str, number: int = 1) -> Page[Transfer]:
    """A page of the transfers of the panels that the actor runs: those under way by their day, or all, the latest first."""
    where = [
        policy.condition(actor, Transfer, Permission.MEETING_RUN),
        Transfer.programme.in_(actor.programmes(Permission.MEETING_RUN)),
        *([_under_way()] if view == UNDER_WAY else []),
    ]
    total = db.session.scalar(select(func.count()).select_from(Transfer).where(*where)) or 0
    number = within(number, total, SIZE)
    order = Transfer.due_on if view == UNDER_WAY else Transfer.sent_on.desc()
    query = (
        select(Transfer)
        .where(*where)
        .order_by(order, Transfer.id)
        .limit(SIZE)
        .offset(offset(number, SIZE))
        .options(joinedload(Transfer.case).joinedload(Case.subject))
    )
    found = db.session.scalars(query).all()
    vault.warm(each.case.subject_id for each in found if each.case.subject_id)
    trail.record(actor, Event.LIST_VIEWED, list="transfers", rows=len(found))
    return Page(found, total, number, SIZE)


def _under_way() -> ColumnElement[bool]:
    """Going until it is accepted there, coming until it is heard here."""
    going = and_(Transfer.direction == OUT, Transfer.accepted_on.is_(None))
    return or_(going, and_(Transfer.direction == IN, Transfer.heard_on.is_(None)))


# -- what the day asks for --------------------------------------------------------------------------------


def chase(actor: Actor) -> int:
    """Note which cases that came stand on an agenda, and write once to coordinators of what is late."""
    return _note_listed(actor) + _alarm(actor)


def _note_listed(actor: Actor) -> int:
    on_agenda = AgendaItem.state.in_(("listed", "discussing"))
    query = (
        select(Transfer)
        .join(AgendaItem, and_(AgendaItem.case_id == Transfer.case_id, on_agenda))
        .where(Transfer.direction == IN, Transfer.listed_on.is_(None))
        .distinct()
    )
    found = db.session.scalars(query).all()
    for transfer in found:
        transfer.listed_on = today()
        _keep(actor, transfer, ["listed_on"])
    return len(found)


def _alarm(actor: Actor) -> int:
    query = select(Transfer).where(
        Transfer.due_on < today(),
        or_(Transfer.direction == IN, Transfer.received_on.is_(None)),
        Transfer.heard_on.is_(None),
    )
    told = 0
    for transfer in db.session.scalars(query.order_by(Transfer.due_on, Transfer.id)).all():
        hidden = allocation.hidden_from(transfer.case)
        for user in accounts.colleagues(actor, transfer.programme, Role.COORDINATOR):
            first = not mail.was_queued(Template.TRANSFERS_LATE, user.id, transfer.id)
            if first and is_late(transfer) and user.id not in hidden:
                _write_to(actor, user.id, transfer)
                told += 1
    return told


def _write_to(actor: Actor, reader: uuid.UUID, transfer: Transfer) -> None:
    mail.queue(
        actor,
        Template.TRANSFERS_LATE,
        reader,
        about=transfer.id,
        programme=transfer.programme,
        due=transfer.due_on,
        link=LINK,
    )
