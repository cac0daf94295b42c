"""One item as a panel reads it: what must be known first, who is involved, why, how high the risk is, what became of
the last plan, and what each agency knows.

It holds no more of the case than a panel needs, and asks as many statements for a large case as for a small one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts.models import Agency
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import (
    involved,
    kinds,
    people_words,
    referred,
    risk,
    risk_reading,
    safeguards,
    sharing,
    warnings,
)
from casework.cases.kind import label
from casework.cases.models import Case, Entry, Involvement
from casework.cases.page import Item
from casework.cases.referred import Referred
from casework.cases.warnings import Alarm
from casework.extensions import db
from casework.forms import today, write_date
from casework.forms.dates import LONDON
from casework.panels.actions import service as actions
from casework.panels.models import Action, AgendaItem, Decision, Finding, Meeting, Research
from casework.panels.plans import service as plans
from casework.panels.transfers import service as transfers
from casework.people.models import Person
from casework.programmes import shelf
from casework.programmes.definition import PersonRole, Programme

LATEST = 4  # entries of one kind at the head
EARLIER = 12  # earlier assessments in the trend
BOTH_ACCUSED = "Left out: each side accuses the other, so neither is given the other's contacts."
Rows = list[tuple[str, str | list[str]]]


@dataclass(frozen=True)
class Party:
    """Somebody involved, in the roles they play, and what a panel may read of them."""

    person: Person
    roles: Sequence[PersonRole]
    rows: Rows

    @property
    def role_words(self) -> str:
        return ", ".join(role.label for role in self.roles)


@dataclass(frozen=True)
class Point:
    """One assessment in the course of the risk. `height` is the score in hundredths of the highest."""

    dated: date
    tool: str
    score: int
    highest: int
    band: str
    level: str

    @property
    def height(self) -> int:
        return round(100 * self.score / self.highest) if self.highest else 0


@dataclass(frozen=True)
class Heard:
    """An earlier time that a panel had the case before it."""

    on: date
    outcome: str


@dataclass(frozen=True)
class Known:
    """What an agency returned about one person."""

    name: str
    known: bool
    last_contact_on: date | None
    rows: Rows


@dataclass(frozen=True)
class ItemReading:
    """What `panels/_item.html` draws.

    `told` are the answers that stand at the head, `entries` what was recorded of the kinds that do (contact
    attempts, whether the person knows). `plan` is the last one, where the case came before. `research` is what the
    reader may see of what was returned, by agency; `awaited` the agencies that have not, for those who run the meeting.
    """

    item: AgendaItem
    case: Case
    programme: Programme
    alarm: Alarm
    told: Sequence[tuple[str, str]]
    entries: Sequence[Item]
    head_kinds: Sequence[str]
    parties: Sequence[Party]
    referrals: Sequence[Referred]
    risk: risk_reading.Reading | None
    trend: Sequence[Point]
    heard: Sequence[Heard]
    plan: Sequence[Action]
    research: Sequence[Research]
    awaited: Sequence[Research]
    own: Research | None
    opened: bool
    came_from: str  # the area whose panel transferred the case, if one did
    sessions: plans.Count | None  # of the support plan that is under way
    stalled: str  # why that plan stands still, if it does

    @property
    def plan_words(self) -> list[tuple[Action, str, str]]:
        """Each action of the last plan, with what became of it and the colour of that."""
        return [(each, *actions.STATES[each.state]) for each in self.plan]

    @property
    def name(self) -> str:
        return self.case.subject.name if self.case.subject else "Name not known"

    def kind_words(self, kind: str) -> str:
        """The kind of what stands at the head, where nothing of it was recorded."""
        return kinds.kind_of(kind).many

    def findings(self, research: Research) -> list[Known]:
        """What an agency returned, person by person in the order of the parties."""
        return findings_in_order(research, [party.person for party in self.parties])


def of_item(actor: Actor, item: AgendaItem, *, noted: bool = True) -> ItemReading:
    """Read an item that the actor was let in to. The trail notes it, unless the caller has (`noted=False`)."""
    if noted:
        trail.record(actor, Event.ITEM_VIEWED, item)
    case, programme = item.case, shelf.programme(item.programme)
    parts = [part for part in involved.parts_of(case) if part.ended_on is None]
    people = {part.person_id: part.person for part in parts}
    standing = warnings.in_force(case)
    accused = accuse_each_other(standing)
    referrals = referred.of_case(case)
    latest, trend = _risk(programme, case)
    returned, awaited = _research(actor, item)
    plan = plans.running(case) if plans.has_plans(programme) else None
    return ItemReading(
        item=item,
        case=case,
        programme=programme,
        alarm=_alarm(warnings.alarm(case, programme, standing, people), accused),
        told=_told(programme, referrals),
        entries=_head_entries(programme, case, people),
        head_kinds=programme.panel.head_entries if programme.panel else (),
        parties=parties_of(programme, parts, accused=accused),
        referrals=referrals,
        risk=latest,
        trend=trend,
        heard=_heard(actor, programme, item),
        plan=actions.last_plan(actor, item),
        research=returned,
        awaited=awaited,
        own=own_research(actor, item),
        opened=bool(returned) or bool(awaited) or item.meeting.opened_at_utc is not None,
        came_from=transfers.origins([case.id]).get(case.id, ""),
        sessions=plans.count(plan.sessions, today()) if plan else None,
        stalled=plans.stalled_words(plan),
    )


def findings_in_order(research: Research, people: Sequence[Person]) -> list[Known]:
    """What was returned of each of these people."""
    held = {finding.person_id: finding for finding in research.findings}
    return [_known(person, held[person.id]) for person in people if person.id in held]


def _known(person: Person, finding: Finding) -> Known:
    rows: Rows = [
        ("Facts that bear on risk", finding.facts or ""),
        ("May be told", finding.disclosable or ""),
        ("Worker there", finding.worker or ""),
        ("Corrections", finding.corrections or ""),
    ]
    told = [(name, words) for name, words in rows if words]
    return Known(person.name, bool(finding.known), finding.last_contact_on, told)


def accuse_each_other(standing: Sequence[Entry]) -> bool:
    """Whether a warning in force says that somebody in the case is both protected and accused."""
    return any(entry.code == safeguards.BOTH_SIDES for entry in standing)


def own_research(actor: Actor, item: AgendaItem) -> Research | None:
    """What the actor's own agency is asked about the item."""
    agencies = {grant.agency_id for grant in actor.grants_for(Permission.RESEARCH_RETURN, item.programme)}
    query = (
        policy.visible(actor, Research, Permission.RESEARCH_RETURN)
        .where(Research.item_id == item.id, Research.agency_id.in_(agencies), Research.guest_name == "")
        .limit(1)
    )
    return db.session.scalar(query) if agencies else None


def _alarm(alarm: Alarm, accused: bool) -> Alarm:
    return replace(alarm, safe_contact=(("Contacts", BOTH_ACCUSED),)) if accused else alarm


def _told(programme: Programme, referrals: Sequence[Referred]) -> list[tuple[str, str]]:
    """The answers at the head, each from the latest referral that gave one."""
    wanted = programme.panel.head_fields if programme.panel else ()
    found = (
        next((each.answers[name] for each in referrals if name in each.answers), None) for name in wanted
    )
    return [answer for answer in found if answer is not None]


def _head_entries(programme: Programme, case: Case, people: Mapping[uuid.UUID, Person]) -> list[Item]:
    """The latest few of each kind that stands at the head, in the order of the kinds."""
    wanted = programme.panel.head_entries if programme.panel else ()
    place = func.row_number().over(partition_by=Entry.kind, order_by=(Entry.dated.desc(), Entry.id.desc()))
    ranked = (
        select(Entry.id, place.label("place"))
        .where(Entry.case_id == case.id, Entry.kind.in_(wanted), Entry.ended_at_utc.is_(None))
        .subquery()
    )
    row = aliased(Entry)
    found = db.session.scalars(
        select(row)
        .join(ranked, ranked.c.id == row.id)
        .where(ranked.c.place <= LATEST)
        .order_by(row.dated.desc(), row.id.desc())
        .options(joinedload(row.recorded_by))
    ).all()
    items = [Item(entry, kinds.kind_of(entry.kind), programme, people) for entry in found]
    return sorted(items, key=lambda each: wanted.index(each.kind.id))


def parties_of(programme: Programme, parts: Sequence[Involvement], *, accused: bool) -> list[Party]:
    """Everybody involved, once, those of the programme's first roles first."""
    order = {role.id: place for place, role in enumerate(programme.roles)}
    by_person: dict[uuid.UUID, list[Involvement]] = {}
    for part in sorted(parts, key=lambda part: order[part.role]):
        by_person.setdefault(part.person_id, []).append(part)
    return [
        Party(own[0].person, [programme.role(part.role) for part in own], _rows(programme, own, accused))
        for own in by_person.values()
    ]


def _rows(programme: Programme, parts: Sequence[Involvement], accused: bool) -> Rows:
    person = parts[0].person
    rows: Rows = [
        ("Age", _age(person)),
        ("Also known as", list(person.known_as or ())),
        ("Relationship", [part.relationship_words for part in parts if part.relationship_words]),
        ("Address", _addresses(person, accused)),
        ("School", person.school or ""),
        ("Interpreter", ", ".join(word for word in (person.language, person.interpreter) if word)),
        ("Access needs", person.access_needs or ""),
        (
            "Safeguarding decision",
            [
                label(programme, "safeguarding_decision", part.safeguarding_decision)
                for part in parts
                if part.safeguarding_decision
            ],
        ),
    ]
    return [(name, words) for name, words in rows if words]


def _age(person: Person) -> str:
    born = f"born {write_date(person.date_of_birth)}" if person.date_of_birth else ""
    words = people_words.age(person)
    return f"{words} ({born})" if words and born else words or born


def _addresses(person: Person, accused: bool) -> list[str]:
    current = [address for address in person.addresses if address.current]
    if accused and current:
        return [BOTH_ACCUSED]
    return ["Confidential: not shown" if each.confidential else each.one_line for each in current]


def _risk(programme: Programme, case: Case) -> tuple[risk_reading.Reading | None, list[Point]]:
    """The latest assessment beside the one before it, and the course of them all, the earliest first."""
    found = risk.assessments(case, most=EARLIER)
    if not found:
        return None, []
    before = next((each for each in found[1:] if each.code == found[0].code), None)
    return risk_reading.read(programme, found[0], before), [
        _point(programme, each) for each in reversed(found)
    ]


def _point(programme: Programme, entry: Entry) -> Point:
    tool, band = risk.tool_of(programme, entry), risk_reading.band_of(programme, entry.status)
    return Point(
        dated=entry.dated,
        tool=tool.label,
        score=entry.number or 0,
        highest=tool.highest,
        band=band.label if band else "No band",
        level=risk_reading.level(programme, entry.status),
    )


def _heard(actor: Actor, programme: Programme, item: AgendaItem) -> list[Heard]:
    """When a panel heard this case before, and the case that it repeats; the latest first."""
    earlier = and_(AgendaItem.id == item.earlier_id, AgendaItem.case_id.not_in(policy.excluded_cases(actor)))
    query = (
        select(Meeting.starts_at_utc, Decision.outcome)
        .select_from(AgendaItem)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .outerjoin(Decision, Decision.item_id == AgendaItem.id)
        .where(AgendaItem.state == "heard", AgendaItem.id != item.id)
        .where(or_(AgendaItem.case_id == item.case_id, earlier))
        .order_by(Meeting.starts_at_utc.desc())
    )
    outcomes = programme.panel.outcomes if programme.panel else ""
    return [
        Heard(at.astimezone(LONDON).date(), label(programme, outcomes, outcome))
        for at, outcome in db.session.execute(query)
    ]


def _research(actor: Actor, item: AgendaItem) -> tuple[list[Research], list[Research]]:
    """What was returned, as far as the rule opens it; and to those who run the meeting, what is still awaited."""
    query = (
        policy.visible(actor, Research)
        .where(Research.item_id == item.id)
        .join(Agency, Agency.id == Research.agency_id)
        .order_by(Agency.name, Research.guest_name)
        .options(
            joinedload(Research.agency), joinedload(Research.returned_by), selectinload(Research.findings)
        )
    )
    found = db.session.scalars(query).all()
    returned = [each for each in found if each.state != "asked"]
    if not policy.decide(actor, Permission.MEETING_RUN, item):
        return returned, []
    hidden = sharing.hidden_agencies(item.case)
    return returned, [each for each in found if each.state == "asked" and each.agency_id not in hidden]
