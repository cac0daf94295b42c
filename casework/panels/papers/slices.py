"""What an agency's paper holds: made when it is read, of the items that the agency was asked about and its reader may see.

Each item goes through the gate for this very reader. Nothing is stored per agency, so an exclusion, a warning or an
address that becomes confidential tomorrow holds for every paper of yesterday.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts.models import Agency, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import warnings
from casework.cases.models import Case
from casework.crypto import vault
from casework.extensions import db
from casework.forms import write_date
from casework.panels.actions import service as actions
from casework.panels.meetings import service as meetings
from casework.panels.minutes import drafting, locking
from casework.panels.models import Action, AgendaItem, Meeting, Minutes, MinutesPart, Paper, Research
from casework.panels.papers import leaving, redaction
from casework.panels.papers.leaving import Gateway, Passed, Reader
from casework.panels.papers.redaction import Line
from casework.panels.queue import order
from casework.panels.research import reading
from casework.panels.seats import service as seats
from casework.programmes import shelf

AGENDA, MINUTES, ACTIONS = "agenda", "minutes", "actions"
KINDS = {AGENDA: "Agenda", MINUTES: "Minutes", ACTIONS: "Action sheet"}
USUAL_MARKING = "CONFIDENTIAL"
HANDLING = (
    "Do not copy it, forward it or leave it lying. Nobody may learn from it that they are talked about."
)
Lines = list[tuple[str, str]]


@dataclass(frozen=True)
class Slice:
    """What a paper says of one item. `alarm` stands first; `blocked` says why nothing follows."""

    title: str
    alarm: Sequence[Line]
    lines: Sequence[Line]
    blocked: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """A paper as one reader reads it."""

    title: str
    marking: str
    agency: str
    opening: Sequence[Line]
    slices: Sequence[Slice]
    closing: Sequence[Line]
    replaced_by: int | None = None
    correction: str = ""


def compose(actor: Actor, paper: Paper) -> Sheet:
    """The paper as it stands at this moment for this actor: a member of the agency, or who runs the meeting."""
    meeting = paper.meeting
    minutes = db.session.get(Minutes, paper.minutes_id) if paper.minutes_id else None
    user = db.session.get(User, actor.id) if actor.id and may_read(actor, paper) else None
    reader = Reader.of(paper.agency, user)
    book = Book(actor, meeting, paper.kind, minutes, only=paper.agency_id)
    whole = minutes is not None and paper.kind == MINUTES
    cases = _cases(meeting) if whole else []
    return Sheet(
        title=f"{KINDS[paper.kind]}: {meeting_words(meeting)}",
        marking=marking_of(meeting),
        agency=paper.agency.name,
        opening=leaving.of_no_case(cases, reader, minutes.opening) if whole and minutes else (),
        slices=list(_slices(actor, book.sources(paper.agency_id), reader)),
        closing=leaving.of_no_case(cases, reader, minutes.closing) if whole and minutes else (),
        replaced_by=_replaced_by(minutes) if minutes else None,
        correction=(minutes.correction or "") if minutes else "",
    )


def compose_whole(actor: Actor, minutes: Minutes) -> Sheet:
    """A version of the minutes for somebody who runs the meeting, to be printed: every part that they may see."""
    meeting = minutes.meeting
    user = db.session.get(User, actor.id) if actor.id else None
    reader = Reader("", None, actor.name, user.email if user else "")
    cases = _cases(meeting)
    book = Book(actor, meeting, MINUTES, minutes)
    return Sheet(
        title=f"{KINDS[MINUTES]}: {meeting_words(meeting)}"
        + (" (draft)" if minutes.state == "draft" else ""),
        marking=marking_of(meeting),
        agency="",
        opening=leaving.of_no_case(cases, reader, minutes.opening),
        slices=list(_slices(actor, book.every_source(), reader)),
        closing=leaving.of_no_case(cases, reader, minutes.closing),
        replaced_by=_replaced_by(minutes),
        correction=minutes.correction or "",
    )


def marking_of(meeting: Meeting) -> str:
    return shelf.programme(meeting.programme).handling or USUAL_MARKING


def reader_words(actor: Actor, paper: Paper) -> str:
    """Who stands on every sheet of a paper."""
    return f"{actor.name}, {paper.agency.name}" if may_read(actor, paper) else actor.name


def title_of(item: AgendaItem) -> str:
    case = item.case
    return f"{case.reference}: {case.subject.name if case.subject else 'name not known'}"


def meeting_words(meeting: Meeting) -> str:
    """MARAC meeting of 3 April 2026."""
    words = shelf.programme(meeting.programme).word("meeting")
    return f"{words[:1].upper()}{words[1:]} of {write_date(meetings.day_of(meeting))}"


def may_read(actor: Actor, paper: Paper) -> bool:
    """Whether the actor reads it for its agency, and not because they run the meeting."""
    sits_for = actor.grants_for(Permission.RESEARCH_RETURN, paper.meeting.programme)
    return paper.agency_id in {grant.agency_id for grant in sits_for}


def _replaced_by(minutes: Minutes) -> int | None:
    return db.session.scalar(
        select(Minutes.number)
        .where(
            Minutes.meeting_id == minutes.meeting_id,
            Minutes.number > minutes.number,
            Minutes.state == locking.APPROVED,
        )
        .order_by(Minutes.number.desc())
        .limit(1)
    )


def _cases(meeting: Meeting) -> Sequence[Case]:
    """Every case of the meeting, whoever may see it: none of them may be told of where the meeting is described."""
    query = select(Case).join(AgendaItem, AgendaItem.case_id == Case.id)
    cases = db.session.scalars(query.where(AgendaItem.meeting_id == meeting.id)).all()
    vault.warm(case.id for case in cases)
    return cases


# -- where the words come from -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """What a paper has to say of one item, before the gate."""

    item: AgendaItem
    lines: Lines
    gateway: Gateway

    @property
    def title(self) -> str:
        return title_of(self.item)

    @property
    def alarm(self) -> Lines:
        """Who must not be told and how contact is safe, as on every page of the case."""
        known, programme = self.gateway.known, shelf.programme(self.item.programme)
        said = warnings.alarm(self.item.case, programme, known.standing, known.people)
        told = [f"Must not be told: {who}{': ' + why if why else ''}" for who, why in said.must_not_be_told]
        contact = [f"{words}: {value}" for words, value in said.safe_contact]
        return [("notice", words) for words in (*told, *contact, *said.staff_safety)]


class Book:
    """All that the papers of one kind are made from, as far as the actor may see it; each item is read once."""

    def __init__(
        self,
        actor: Actor,
        meeting: Meeting,
        kind: str,
        minutes: Minutes | None,
        *,
        only: uuid.UUID | None = None,
    ) -> None:
        self.actor, self.kind = actor, kind
        minutes_read = minutes is not None and kind == MINUTES
        parts = _parts(actor, minutes, only) if minutes is not None and kind == MINUTES else []
        self.texts = {part.item_id: part.text for part in parts}
        self.items = [part.item for part in parts] if minutes_read else _items(actor, meeting, kind, only)
        self.meeting = meeting
        self.agencies = _agencies(kind, [item.id for item in self.items])
        self._gates: dict[uuid.UUID, Gateway] = {}
        self._lines: dict[tuple[uuid.UUID, uuid.UUID | None], Lines] = {}

    def sources(self, agency_id: uuid.UUID) -> Iterator[Source]:
        """The items of one agency's paper, in order."""
        for item in self.items:
            if agency_id in self.agencies.get(item.id, ()):
                yield Source(item, self._lines_of(item, agency_id), self._gate(item))

    def every_source(self) -> Iterator[Source]:
        """All items, for somebody who reads for no agency (not of action sheets)."""
        for item in self.items:
            yield Source(item, self._lines_of(item, None), self._gate(item))

    def _gate(self, item: AgendaItem) -> Gateway:
        if item.id not in self._gates:
            self._gates[item.id] = Gateway(item)
        return self._gates[item.id]

    def _lines_of(self, item: AgendaItem, agency_id: uuid.UUID | None) -> Lines:
        key = (item.id, agency_id if self.kind == ACTIONS else None)
        if key not in self._lines:
            self._lines[key] = self._written(item, agency_id)
        return self._lines[key]

    def _written(self, item: AgendaItem, agency_id: uuid.UUID | None) -> Lines:
        if self.kind == MINUTES:
            earlier = item.meeting_id != self.meeting.id
            first: Lines = [("text", "A matter that arises from an earlier meeting.")] if earlier else []
            return [*first, *redaction.lines_of(self.texts[item.id])]
        return _agenda(self.actor, item) if self.kind == AGENDA else _actions(self.actor, item, agency_id)


def _agencies(kind: str, items: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Which agencies were asked about each item (of action sheets: have an action from it)."""
    model = Action if kind == ACTIONS else Research
    query = select(model.item_id, model.agency_id).where(model.item_id.in_(items))
    if model is Research:
        query = query.where(Research.guest_name == "")
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for item_id, agency_id in db.session.execute(query):
        found.setdefault(item_id, set()).add(agency_id)
    return found


def _asked(agency_id: uuid.UUID) -> ColumnElement[bool]:
    """The agency was asked about the item."""
    return exists().where(
        Research.item_id == AgendaItem.id, Research.agency_id == agency_id, Research.guest_name == ""
    )


def _items(actor: Actor, meeting: Meeting, kind: str, only: uuid.UUID | None) -> Sequence[AgendaItem]:
    """The items that the actor may see; of action sheets, those with an action that they may see."""
    query = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)
    if kind == ACTIONS:
        own = policy.visible(actor, Action)
        own = own.where(Action.agency_id == only) if only else own
        query = query.where(AgendaItem.id.in_(own.with_only_columns(Action.item_id)))
    else:
        query = query.where(policy.condition(actor, AgendaItem))
        query = query.where(_asked(only)) if only else query
    found = db.session.scalars(
        query.order_by(AgendaItem.position, AgendaItem.id).options(
            joinedload(AgendaItem.case).joinedload(Case.subject)
        )
    ).all()
    _warm(found)
    return found


def _parts(actor: Actor, minutes: Minutes, only: uuid.UUID | None) -> Sequence[MinutesPart]:
    query = (
        policy.visible(actor, MinutesPart)
        .where(MinutesPart.minutes_id == minutes.id)
        .join(AgendaItem, AgendaItem.id == MinutesPart.item_id)
        .order_by(MinutesPart.position, MinutesPart.id)
        .options(joinedload(MinutesPart.item).joinedload(AgendaItem.case).joinedload(Case.subject))
    )
    parts = db.session.scalars(query.where(_asked(only)) if only else query).all()
    _warm([part.item for part in parts])
    return parts


def _warm(items: Iterable[AgendaItem]) -> None:
    vault.warm(owner for item in items for owner in (item.case_id, item.case.subject_id) if owner)


def _agenda(actor: Actor, item: AgendaItem) -> Lines:
    """What is said of an item before the meeting; nothing of what agencies returned."""
    read = reading.of_item(actor, item, noted=False)
    programme = read.programme
    kind = "A new case" if item.kind == "new" else order.kind_words(programme, item.kind)
    lines: Lines = [("heading", "Why it is heard"), ("text", f"{kind}.")]
    if item.late:
        lines.append(("text", "Added after the agenda was circulated."))
    lines += _section(programme.word("referral").capitalize(), _referred(read))
    lines += _section("Who it is about", (_party(party) for party in read.parties))
    if read.risk is not None:
        score = f"score {read.risk.entry.number or 0}"
        lines += _section("Risk", [f"{read.risk.tool.label}: {read.risk.band or 'no band'}, {score}"])
    lines += _section("What is known already", (f"{asked_}: {said}" for asked_, said in read.told))
    plan = actions.last_plan(actor, item)
    lines += _section("The last plan", (drafting.became(action) for action in plan))
    return lines


def _section(title: str, points: Iterable[str]) -> Lines:
    found = [("point", point) for point in points if point]
    return [("heading", title), *found] if found else []


def _referred(read: reading.ItemReading) -> Iterator[str]:
    for referral in read.referrals:
        by = f" by {referral.agency}" if referral.agency else ""
        yield f"Received on {write_date(referral.received_on)}{by}."
        yield from (f"{words}: {said}" for words, said in referral.reasons)
        yield " ".join((referral.narrative or "").split())


def _party(party: reading.Party) -> str:
    rows = (f"{name}: {words if isinstance(words, str) else '; '.join(words)}" for name, words in party.rows)
    return ". ".join((f"{party.person.name}, {party.role_words.lower()}", *rows))


def _actions(actor: Actor, item: AgendaItem, agency_id: uuid.UUID | None) -> Lines:
    """The agency's own actions from an item."""
    plan = [action for action in actions.of_item(actor, item) if action.agency_id == agency_id]
    return _section("Your agency's actions", (drafting.was_set(action) for action in plan))


# -- what comes through ------------------------------------------------------------------------------------


def _slices(actor: Actor, sources: Iterable[Source], reader: Reader) -> Iterator[Slice]:
    """Whoever may know nothing of an item is shown nothing of it, not even that it is left out."""
    for source in sources:
        if source.gateway.shut_to(reader):
            continue
        trail.record(actor, Event.ITEM_VIEWED, source.item)
        passed = source.gateway.let_through(reader, [*source.alarm, *source.lines])
        alarm = [line for line in passed.lines if line.kind == "notice"]
        yield Slice(source.title, alarm, passed.lines[len(alarm) :], passed.blocked)


# -- what the issuer is told beforehand --------------------------------------------------------------------


@dataclass(frozen=True)
class Foreseen:
    """What becomes of one item in one agency's paper. `people` are readers who get nothing of it, and why."""

    item: AgendaItem
    title: str
    left_out: Sequence[str]
    blocked: Sequence[str]
    people: Sequence[tuple[str, Sequence[str]]]

    @property
    def is_whole(self) -> bool:
        return not (self.left_out or self.blocked or self.people)


@dataclass(frozen=True)
class Preview:
    """One agency's paper before it is issued."""

    agency: Agency
    items: Sequence[Foreseen]

    @property
    def is_whole(self) -> bool:
        return all(item.is_whole for item in self.items)

    @property
    def stops(self) -> bool:
        """Somebody gets nothing of an item."""
        return any(item.blocked or item.people for item in self.items)


def preview(
    actor: Actor, meeting: Meeting, kind: str, minutes: Minutes | None, agencies: Iterable[Agency]
) -> list[Preview]:
    """What each agency's paper would hold, of the items that the actor may see."""
    book = Book(actor, meeting, kind, minutes)
    sitting = {seat.agency_id: seats.people(seat) for seat in seats.of_panel(meeting.programme)}
    found = []
    for agency in agencies:
        readers = sitting.get(agency.id, ())
        items = [_foreseen(source, agency, readers) for source in book.sources(agency.id)]
        if items:
            found.append(Preview(agency, items))
    return found


def _foreseen(source: Source, agency: Agency, readers: Iterable[User]) -> Foreseen:
    whoever = Reader.of(agency)
    shut = source.gateway.shut_to(whoever)
    passed = Passed([], shut) if shut else source.gateway.let_through(whoever, [*source.alarm, *source.lines])
    people = [(user.name, source.gateway.shut_to(Reader.of(agency, user))) for user in readers]
    return Foreseen(
        item=source.item,
        title=source.title,
        left_out=passed.left_out,
        blocked=passed.blocked,
        people=[(name, why) for name, why in people if why and not shut],
    )
