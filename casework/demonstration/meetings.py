"""The panels of the demonstration borough: one meeting behind them, one today, one ahead. Everybody is invented.

A meeting that was held is made by the same services as a real one, and then moved back by two weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from casework.cases import closure, entries, stages
from casework.cases.models import Case
from casework.demonstration.records import (
    CHANNEL,
    COMMUNITY,
    DOMESTIC,
    Borough,
    accept,
    ago,
    refer,
    somebody,
)
from casework.extensions import db
from casework.forms import today
from casework.panels.actions import service as actions
from casework.panels.agenda import service as agenda
from casework.panels.live import attendance, decisions, notes, telling
from casework.panels.live import service as live
from casework.panels.meetings import circulation, series
from casework.panels.meetings import service as meetings
from casework.panels.minutes import service as minutes
from casework.panels.models import Action, AgendaItem, Decision, Meeting, QueueEntry, Research
from casework.panels.papers import service as papers
from casework.panels.queue import service as queue
from casework.panels.research import returns
from casework.panels.seats import service as seats
from casework.programmes import shelf

# Who sits for which agency: the member, and the deputy where there is one.
SEATS = {
    "Metropolitan Police": ("panel.member", "police2"),
    "Barnet IDVA Service": ("idva", None),
    "Barnet Children's Social Care": ("children", None),
    "Barnet Homes": ("housing", None),
    "Barnet Mental Health Service": ("health", None),
    "Barnet Adult Social Care": ("adults", None),
}
SITTING = {
    DOMESTIC: tuple(SEATS),
    COMMUNITY: (
        "Metropolitan Police",
        "Barnet Homes",
        "Barnet Mental Health Service",
        "Barnet Adult Social Care",
    ),
    CHANNEL: (
        "Metropolitan Police",
        "Barnet Children's Social Care",
        "Barnet Mental Health Service",
        "Barnet Adult Social Care",
    ),
}
AWAY = "Barnet Adult Social Care"  # sent its apologies to the meeting that was held
FORTNIGHT = timedelta(days=14)
MAY_BE_TOLD = "The agencies that were asked may be told this; the family may not."


def sit(borough: Borough) -> None:
    """Who sits on each panel: before its first referral, which some of them are told of."""
    for programme in SITTING:
        _seat(borough, programme)


def hold(borough: Borough) -> None:
    _domestic(borough)
    _community(borough)
    _channel(borough)


def _seat(borough: Borough, programme: str) -> None:
    coordinator = borough.actor("coordinator")
    for agency in SITTING[programme]:
        member, deputy = SEATS[agency]
        seats.give(
            coordinator,
            programme,
            borough.agencies[agency].id,
            {
                "member_id": borough.users[f"{member}@example.org"].id,
                "deputy_id": borough.users[f"{deputy}@example.org"].id if deputy else None,
                "senior_name": f"Head of service, {agency}",
                "senior_email": f"senior.{member.replace('.', '-')}@example.org",
                "from_day": today(),
            },
        )


def _plan(borough: Borough, programme: str, *, venue: str) -> meetings.Plan:
    rules = shelf.programme(programme).panel
    return meetings.Plan(
        time="10:00",
        minutes=180,
        minutes_per_case=rules.minutes_per_case if rules else 10,
        venue=venue,
        chair_id=borough.users["chair@example.org"].id,
        deputy_chair_id=borough.users["deputy.chair@example.org"].id,
        coordinator_id=borough.users["coordinator@example.org"].id,
    )


# -- the domestic abuse panel: one meeting held, one circulated, and a queue ------------------------------


def _domestic(borough: Borough) -> None:
    coordinator = borough.actor("coordinator")
    heard = [
        _pair(
            borough, 40, ("Rosalind", "Teague"), ("Gareth", "Teague"), "Strangled her twice since the spring."
        ),
        _pair(borough, 36, ("Amina", "Warsame"), ("Idris", "Haji-Noor"), "Follows her to the school gate."),
    ]
    first = meetings.plan(
        coordinator,
        DOMESTIC,
        _working_day(7),
        _plan(borough, DOMESTIC, venue="Committee Room 2, Hendon Town Hall"),
    )
    _hold_meeting(borough, first, heard)
    waiting = [
        _pair(borough, 9, ("Philippa", "Ormsby-Dale"), ("Craig", "Dale"), "Threatened her with a knife."),
        _pair(borough, 7, ("Chidinma", "Eze"), ("Obinna", "Eze"), "Has taken her passport and her card."),
        _pair(
            borough, 3, ("Lorna", "McAusland"), ("Tyrone", "Beckwith"), "Broke in at night; a child saw it."
        ),
    ]
    _, ahead, _ = series.plan(
        coordinator,
        DOMESTIC,
        _working_day(8),
        "fortnightly",
        _plan(borough, DOMESTIC, venue="Committee Room 2, Hendon Town Hall"),
    )
    for case in waiting[:2]:
        _list(borough, ahead[0], case)
    circulation.circulate(coordinator, ahead[0], ahead[0].version)
    police = borough.actor("panel.member")
    for research in _asked(ahead[0], borough.agencies["Metropolitan Police"].id)[:1]:
        _return(police, research, "Two call-outs in the last three months; he has a caution for assault.")


def _pair(borough: Borough, days: int, victim: tuple[str, str], accused: tuple[str, str], words: str) -> Case:
    coordinator = borough.actor("coordinator")
    referral = refer(
        coordinator,
        DOMESTIC,
        ago(days),
        somebody(coordinator, DOMESTIC, "subject", *victim, date(1989, 5, 17), ward="hendon"),
        somebody(coordinator, DOMESTIC, "perpetrator", *accused, date(1985, 10, 3)),
        source="police",
        route="secure_email",
        narrative=words,
        answers={"referral_criteria": ["visible_high_risk"]},
    )
    case = accept(borough, coordinator, referral, "caseworker")
    worker = borough.actor("caseworker")
    tool = shelf.programme(DOMESTIC).risk_tool("dash")
    said = {
        f"item_{item.id}": "yes" if place < 14 + days % 4 else "no" for place, item in enumerate(tool.items)
    }
    entries.add(worker, case, "risk", {"dated": ago(days), "code": tool.id, **said})
    entries.add(
        worker,
        case,
        "contact",
        {
            "dated": ago(days - 1),
            "person_id": case.subject_id,
            "code": "telephone",
            "status": "spoke",
            "text": "She wants to stay in her home and to have the locks changed.",
        },
    )
    entries.add(worker, case, "awareness", {"dated": ago(days - 1), "code": "aware"})
    return case


def _list(borough: Borough, meeting: Meeting, case: Case) -> AgendaItem:
    entry = queue.open_entry(case)
    assert entry is not None  # noqa: S101 (an accepted case stands in its panel's queue)
    return agenda.list_entry(borough.actor("coordinator"), meeting, entry)


def _asked(meeting: Meeting, agency_id: object) -> Sequence[Research]:
    query = (
        db.select(Research)
        .join(AgendaItem, AgendaItem.id == Research.item_id)
        .where(AgendaItem.meeting_id == meeting.id, Research.agency_id == agency_id)
        .order_by(AgendaItem.position)
    )
    return db.session.scalars(query).all()


def _return(actor: object, research: Research, facts: str) -> None:
    known = {
        asked.person.id: returns.Knows(
            known=True, facts=facts if place == 0 else None, disclosable=MAY_BE_TOLD if place == 0 else None
        )
        for place, asked in enumerate(returns.people(research))
    }
    returns.give(actor, research, returns.Answers(known), version=research.version)  # type: ignore[arg-type]


def _hold_meeting(borough: Borough, meeting: Meeting, cases: Sequence[Case]) -> None:
    """A whole meeting, from its agenda to its approved minutes, and then two weeks ago."""
    coordinator, chair = borough.actor("coordinator"), borough.actor("chair")
    items = [_list(borough, meeting, case) for case in cases]
    circulation.circulate(coordinator, meeting, meeting.version)
    for name, (member, _) in SEATS.items():
        for research in _asked(meeting, borough.agencies[name].id):
            if name == "Metropolitan Police":
                _return(borough.actor(member), research, "Known to us: three reports since January.")
            else:
                returns.give_nil(borough.actor(member), research, version=research.version)
    live.open_meeting(chair, meeting, meeting.version)
    came = {
        row.id: attendance.Said("apologies" if row.agency.name == AWAY else "present", version=row.version)
        for row in attendance.of_meeting(chair, meeting)
    }
    attendance.record(chair, meeting, came)
    attendance.everybody_accepts(chair, meeting)
    for item in items:
        _hear(borough, item)
    live.end_meeting(chair, meeting, meeting.version)
    _move_back(meeting, items)
    written = minutes.draft(coordinator, meeting)
    minutes.approve(chair, written, seen=minutes.read(chair, written).seen)
    papers.issue_minutes(coordinator, written)


def _hear(borough: Borough, item: AgendaItem) -> None:
    chair = borough.actor("chair")
    live.begin(chair, item)
    notes.write(
        chair, item, "summary", "High risk of serious harm: escalating, with strangulation.", version=0
    )
    police, idva = (borough.agencies[name] for name in ("Metropolitan Police", "Barnet IDVA Service"))
    actions.set_action(
        chair,
        item,
        text="Put a marker on the address and visit within two days",
        risk="That he comes to the home",
        agency_id=police.id,
        owner_id=borough.users["panel.member@example.org"].id,
        due_on=today() + timedelta(days=9),
    )
    actions.set_action(
        chair,
        item,
        text="Arrange new locks through the sanctuary scheme",
        risk="That he still has a key",
        agency_id=borough.agencies["Barnet Homes"].id,
        owner_id=borough.users["housing@example.org"].id,
        due_on=today() + timedelta(days=28),
    )
    telling.agree(
        chair,
        item,
        person_id=item.case.subject_id,  # type: ignore[arg-type]
        agency_id=idva.id,
        user_id=borough.users["idva@example.org"].id,
        what="That the police will visit, and when the locks will be changed",
        how="By telephone on a weekday morning, when she is alone",
        due_on=today() + timedelta(days=1),
    )
    decisions.decide(
        chair,
        item,
        decisions.Words(
            "actions_set",
            "The risk is high and can be lowered by these actions.",
            options="To list again without actions: refused, as the risk is now.",
        ),
    )


def _move_back(meeting: Meeting, items: Sequence[AgendaItem]) -> None:
    """Two weeks before today, with all that was decided there."""
    back = meeting.starts_at_utc.date() - today() + FORTNIGHT
    meeting.starts_at_utc -= back
    for item in items:
        item.case.heard_on = today() - FORTNIGHT
        for decision in db.session.scalars(db.select(Decision).where(Decision.item_id == item.id)):
            decision.decided_on -= FORTNIGHT
        for action in db.session.scalars(db.select(Action).where(Action.item_id == item.id)):
            action.set_on -= FORTNIGHT
            action.due_on -= FORTNIGHT
    db.session.flush()


def _working_day(ahead: int) -> date:
    day = today() + timedelta(days=ahead)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


# -- the Community MARAC: a meeting that can be opened now ------------------------------------------------


def _community(borough: Borough) -> None:
    coordinator = borough.actor("coordinator")
    for days, name, words in (
        (20, ("Winifred", "Sarpong"), "Her windows were broken three times; she no longer opens the door."),
        (15, ("Anthony", "Kessler"), "Neighbours are afraid of him since he stopped his treatment."),
    ):
        referral = refer(
            coordinator,
            COMMUNITY,
            ago(days),
            somebody(coordinator, COMMUNITY, "subject", *name, date(1951, 9, 4), ward="burnt_oak"),
            source="housing_council",
            narrative=words,
        )
        accept(borough, coordinator, referral, "caseworker")
    meeting = meetings.plan(
        coordinator,
        COMMUNITY,
        today() + timedelta(days=1),
        _plan(borough, COMMUNITY, venue="Barnet Homes, Colindale"),
    )
    waiting = db.select(QueueEntry).where(QueueEntry.programme == COMMUNITY, QueueEntry.state == "waiting")
    for entry in db.session.scalars(waiting).all():
        agenda.list_entry(coordinator, meeting, entry)
    circulation.circulate(coordinator, meeting, meeting.version)
    for research in _asked(meeting, borough.agencies["Barnet Homes"].id)[:2]:
        _return(borough.actor("housing"), research, "Tenant since 2009; two transfers asked for and refused.")


# -- Channel: somebody before the panel, and somebody who has left it -------------------------------------


def _channel(borough: Borough) -> None:
    coordinator, chair = borough.actor("coordinator"), borough.actor("chair")
    adopted = _individual(
        borough, 30, ("Connor", "Aldridge-Shah"), "Shares films of attacks with younger boys."
    )
    stages.move(coordinator, adopted, "panel", reason="Information gathered", version=adopted.version)
    left = _individual(borough, 50, ("Jasper", "Nightingale"), "Drew symbols on desks; says it was a dare.")
    closure.close(
        chair,
        left,
        "closed",
        {
            "closed_on": ago(5),
            "closure_reason": "no_further_concerns",
            "closure_words": "A dare, and nothing behind it. School and family will watch over him.",
            "version": left.version,
        },
    )
    meetings.plan(coordinator, CHANNEL, _working_day(12), _plan(borough, CHANNEL, venue="By video"))


def _individual(borough: Borough, days: int, name: tuple[str, str], words: str) -> Case:
    coordinator = borough.actor("coordinator")
    referral = refer(
        coordinator,
        CHANNEL,
        ago(days),
        somebody(coordinator, CHANNEL, "subject", *name, date(today().year - 17, 3, 11)),
        source="school",
        narrative=words,
    )
    return accept(borough, coordinator, referral, "caseworker")
