"""Research: each agency of the panel is asked what it knows of a case on the agenda; who has answered, and who is chased.

What they answer is in `returns`, a member's own list in `research_list`.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import Agency, Membership, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import moments, sharing
from casework.cases.clocks import is_working_day
from casework.cases.models import Case, Exclusion
from casework.crypto import vault
from casework.errors import Refused
from casework.extensions import db, now
from casework.forms import today
from casework.forms.dates import LONDON
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.panels.models import AgendaItem, Finding, Meeting, Research, Seat
from casework.panels.seats import service as seats

OPEN = ("listed", "discussing")  # items that were not heard yet


# -- asking -----------------------------------------------------------------------------------------------


def ask_all(actor: Actor, item: AgendaItem) -> list[Research]:
    """Ask each agency with a seat on the panel, but those that must not know of the case; returns what is new.

    It may be called again whenever a seat, a person or an exclusion is new: nobody is asked twice. Where nobody of
    an agency may know of the case although the agency may, nobody is asked by name, and the coordinator is shown so.
    """
    hidden = sharing.hidden_agencies(item.case)
    barred = seats.barred_from(item.case_id)
    held = {each.agency_id: each for each in _asked(item)}
    made = [
        _ask(actor, item, seat, _reader(seat, barred))
        for seat in seats.of_panel(item.programme, item.meeting.starts_at_utc.astimezone(LONDON).date())
        if seat.agency_id not in hidden | held.keys()
    ]
    for each in held.values():
        add_findings(each)
    db.session.flush()
    return made


def reassign(actor: Actor, item: AgendaItem) -> list[Research]:
    """Give each request that is out to somebody who may know of the case, and tell them; returns what changed hands."""
    standing = {seat.agency_id: seat for seat in seats.of_panel(item.programme)}
    barred = seats.barred_from(item.case_id)
    moved = []
    for each in _asked(item):
        seat = standing.get(each.agency_id)
        if each.state != "asked" or (each.assigned_to_id and each.assigned_to_id not in barred):
            continue
        reader = _reader(seat, barred) if seat else None
        if (reader.id if reader else None) != each.assigned_to_id:
            hand_to(actor, each, reader)
            moved.append(each)
    return moved


def hand_to(actor: Actor, research: Research, reader: User | None) -> None:
    """Put a request into somebody's hands and tell them that there is one; nobody's, where nobody may know."""
    research.assigned_to_id = reader.id if reader else None
    db.session.flush()
    db.session.expire(research, ["assigned_to"])
    trail.record(actor, Event.RESEARCH_HANDED_OVER, research, to=str(reader.id) if reader else None)
    if reader is not None:
        mail.queue(
            actor,
            Template.RESEARCH_ASKED,
            reader.id,
            about=research.id,
            programme=research.programme,
            requests=1,
            due=research.due_on,
            link=own_list(),
        )


@moments.listen
def pass_on(actor: Actor, case: Case, event: str, _day: date) -> None:
    """When a case is hidden from somebody, what they were asked about it goes to whoever stands in for them."""
    if event == "excluded":
        query = select(AgendaItem).where(AgendaItem.case_id == case.id, AgendaItem.state.in_(OPEN))
        for item in db.session.scalars(query).all():
            reassign(actor, item)


def ask_anew(actor: Actor, meeting: Meeting) -> int:
    """Ask whoever was not asked yet, and pass on what went to somebody who must not know; how many are new."""
    items = [item for item in items_of(actor, meeting) if item.state in OPEN]
    made = 0
    for item in items:
        made += len(ask_all(actor, item)) + len(reassign(actor, item))
    return made


def add_findings(research: Research) -> None:
    """A finding for everybody in the case, those too who came to it since. A guest is asked about some alone."""
    if research.guest_name:
        return
    held = {finding.person_id for finding in research.findings}
    for person_id in people_of(research.item.case):
        if person_id not in held:
            research.findings.append(
                Finding(case_id=research.case_id, research_id=research.id, person_id=person_id)
            )


def people_of(case: Case) -> list[uuid.UUID]:
    """Those in the case whose part has not ended, each once."""
    parts = [part for part in case.involvements if part.ended_on is None]
    return list(dict.fromkeys(part.person_id for part in parts))


def due_day(meeting: Meeting, days: int) -> date:
    """The day by which research is wanted: the meeting's, or so many working days before it; never a day past."""
    if meeting.research_due_on:
        return max(meeting.research_due_on, today())
    day = meeting.starts_at_utc.astimezone(LONDON).date()
    while days:
        day = date.fromordinal(day.toordinal() - 1)
        days -= is_working_day(day)
    return max(day, today())


def _ask(actor: Actor, item: AgendaItem, seat: Seat, reader: User | None) -> Research:
    research = Research(
        case_id=item.case_id,
        programme=item.programme,
        item_id=item.id,
        agency_id=seat.agency_id,
        assigned_to_id=reader.id if reader else None,
        due_on=due_day(item.meeting, seats.rules_of(item.programme).research_days),
    )
    db.session.add(research)
    db.session.flush()
    db.session.add_all(
        Finding(case_id=item.case_id, research_id=research.id, person_id=person)
        for person in people_of(item.case)
    )
    db.session.flush()
    trail.record(actor, Event.RESEARCH_ASKED, research, agency=str(seat.agency_id))
    return research


def _asked(item: AgendaItem) -> Sequence[Research]:
    query = select(Research).where(Research.item_id == item.id, Research.guest_name == "")
    return db.session.scalars(query.order_by(Research.id)).all()


def _reader(seat: Seat, barred: set[uuid.UUID]) -> User | None:
    """As `seats.reader`, where it was looked up once from whom the case is hidden."""
    return next((user for user in seats.people(seat) if user.id not in barred), None)


# -- who has answered -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """Where one agency stands with one item: returned, nil, asked, overdue, missed (heard without it), alternate
    (nobody may read it) or none.
    """

    state: str
    research: Research | None = None


@dataclass(frozen=True)
class Line:
    """One agency's row of the matrix, its cells in the order of the items."""

    agency: Agency
    cells: Sequence[Cell]

    @property
    def out(self) -> list[Research]:
        """What it was asked and has not answered."""
        return [cell.research for cell in self.cells if cell.research and cell.state in ("asked", "overdue")]

    @property
    def chases(self) -> int:
        return max((each.chases for each in self.out), default=0)

    @property
    def chased_today(self) -> bool:
        return bool(self.out) and all(_chased_today(each) for each in self.out)


@dataclass(frozen=True)
class Progress:
    """Who has returned what for a meeting, as far as the actor may know of its items."""

    items: Sequence[AgendaItem]
    lines: Sequence[Line]
    guests: Sequence[Research]

    @property
    def asked(self) -> int:
        return sum(cell.state != "none" for line in self.lines for cell in line.cells)

    @property
    def returned(self) -> int:
        return sum(cell.state in ("returned", "nil") for line in self.lines for cell in line.cells)

    @property
    def rate(self) -> int | None:
        """Returned of asked, in whole per cent; None where nobody was asked."""
        return round(100 * self.returned / self.asked) if self.asked else None

    @property
    def needing_alternates(self) -> list[tuple[Agency, AgendaItem]]:
        return [
            (line.agency, item)
            for line in self.lines
            for item, cell in zip(self.items, line.cells, strict=True)
            if cell.state == "alternate"
        ]


def items_of(actor: Actor, meeting: Meeting) -> list[AgendaItem]:
    """The items of a meeting that the actor may see, in order, with the people their cases are about."""
    query = (
        policy.visible(actor, AgendaItem)
        .where(AgendaItem.meeting_id == meeting.id, AgendaItem.state.in_((*OPEN, "heard", "not_heard")))
        .order_by(AgendaItem.position, AgendaItem.id)
        .options(joinedload(AgendaItem.case).joinedload(Case.subject))
    )
    items = list(db.session.scalars(query))
    vault.warm(item.case.subject_id for item in items if item.case.subject_id)
    return items


def progress(actor: Actor, meeting: Meeting) -> Progress:
    """The matrix of agencies and items, and the guests. For those who run the meeting."""
    items = items_of(actor, meeting)
    ids = [item.id for item in items]
    query = (
        policy.visible(actor, Research, Permission.MEETING_RUN)
        .where(Research.item_id.in_(ids))
        .join(Research.agency)
        .order_by(Agency.name, Research.guest_name, Research.id)
        .options(joinedload(Research.agency), joinedload(Research.assigned_to), joinedload(Research.item))
    )
    found = db.session.scalars(query).all()
    barred = _barred(items)
    hidden = _hidden(items)
    shown = [each for each in found if (each.case_id, each.agency_id) not in hidden]
    own = [each for each in shown if not each.guest_name]
    agencies = {each.agency_id: each.agency for each in own}
    by_place = {(each.agency_id, each.item_id): each for each in own}
    return Progress(
        items=items,
        lines=[
            Line(agency, [_cell(by_place.get((agency.id, item.id)), barred) for item in items])
            for agency in agencies.values()
        ],
        guests=[each for each in shown if each.guest_name],
    )


def is_late(research: Research) -> bool:
    return research.state == "asked" and research.due_on < today()


def _cell(research: Research | None, barred: Mapping[uuid.UUID, set[uuid.UUID]]) -> Cell:
    if research is None:
        return Cell("none")
    if research.state != "asked":
        return Cell(research.state, research)
    if research.item.state not in OPEN:
        return Cell("missed", research)
    if research.assigned_to_id is None or research.assigned_to_id in barred[research.case_id]:
        return Cell("alternate", research)
    return Cell("overdue" if is_late(research) else "asked", research)


def _barred(items: Iterable[AgendaItem]) -> Mapping[uuid.UUID, set[uuid.UUID]]:
    """By case, the users from whom it is hidden, themselves or with their agency: as `seats.barred_from`, at once."""
    standing = (
        Exclusion.case_id.in_([item.case_id for item in items]),
        Exclusion.ended_at_utc.is_(None),
    )
    themselves = select(Exclusion.case_id, Exclusion.user_id).where(*standing, Exclusion.user_id.is_not(None))
    with_agency = (
        select(Exclusion.case_id, Membership.user_id)
        .join(Membership, Membership.agency_id == Exclusion.agency_id)
        .where(*standing, *accounts.in_force())
    )
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for case, user in (*db.session.execute(themselves), *db.session.execute(with_agency)):
        if user is not None:
            found[case].add(user)
    return found


def _hidden(items: Iterable[AgendaItem]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """The cases and the agencies from which they are hidden as a whole."""
    query = select(Exclusion.case_id, Exclusion.agency_id).where(
        Exclusion.case_id.in_([item.case_id for item in items]),
        Exclusion.agency_id.is_not(None),
        Exclusion.ended_at_utc.is_(None),
    )
    return {(case, agency) for case, agency in db.session.execute(query) if agency is not None}


# -- chasing ----------------------------------------------------------------------------------------------


def chase(actor: Actor, meeting: Meeting, agency_id: uuid.UUID | None = None) -> int:
    """Remind whoever has not answered, of one agency or all, at most once a day; returns how many were written to.

    One message each, which says how many answers are wanted and about whom nothing.
    """
    if not policy.decide(actor, Permission.MEETING_RUN, meeting):
        raise Refused(permission=str(Permission.MEETING_RUN), subject=meeting)
    for item in items_of(actor, meeting):
        if item.state in OPEN:
            reassign(actor, item)
    by_reader: dict[uuid.UUID, list[Research]] = {}
    for line in progress(actor, meeting).lines:
        for each in line.out:
            if each.assigned_to_id and agency_id in (None, each.agency_id):
                by_reader.setdefault(each.assigned_to_id, []).append(each)
    wanted = {reader: out for reader, out in by_reader.items() if not any(map(_chased_today, out))}
    for reader, out in wanted.items():
        _remind(actor, meeting, reader, out)
    return len(wanted)


def _remind(actor: Actor, meeting: Meeting, reader: uuid.UUID, out: Sequence[Research]) -> None:
    mail.queue(
        actor,
        Template.RESEARCH_CHASED,
        reader,
        about=meeting.id,
        programme=meeting.programme,
        requests=len(out),
        due=min(each.due_on for each in out),
        link=own_list(),
    )
    # No change of the research: whoever is answering it must not meet a conflict.
    chased = update(Research).where(Research.id.in_([each.id for each in out]))
    db.session.execute(chased.values(chased_at_utc=now(), chases=Research.chases + 1))
    for each in out:
        trail.record(actor, Event.RESEARCH_CHASED, each)


def own_list() -> str:
    """The path of a member's list of research, for messages."""
    return current_app.url_map.bind("").build("panels.my_research")


def _chased_today(research: Research) -> bool:
    at = research.chased_at_utc
    return at is not None and at.astimezone(LONDON).date() == today()
