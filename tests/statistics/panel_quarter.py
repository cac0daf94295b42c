"""Months of a panel's work, made by the services and then moved to days of their own; every person is invented.

The days are drawn by chance, always the same, so that first and last days, late and early, all come up.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from itertools import cycle
from typing import Any

from sqlalchemy import select

from casework.cases.models import Case, Entry
from casework.extensions import db
from casework.forms import today
from casework.forms.dates import LONDON
from casework.panels.actions import progress
from casework.panels.actions import service as actions
from casework.panels.agenda import service as agenda
from casework.panels.live import attendance, decisions, reconsidering
from casework.panels.live import service as live
from casework.panels.live.attendance import Said
from casework.panels.live.decisions import Words
from casework.panels.live.reconsidering import Answer
from casework.panels.models import (
    Action,
    AgendaItem,
    Attendance,
    Decision,
    Meeting,
    Paper,
    QueueEntry,
    Research,
    Review,
    Transfer,
)
from casework.panels.queue import service as queue
from casework.panels.research import returns
from casework.panels.research.returns import Answers, Knows
from casework.referrals import screening
from casework.referrals.models import Referral
from tests.support import makers, panels
from tests.support.panels import DVA, Panel

FIRST, LAST = date(2025, 1, 6), date(2025, 4, 30)
MEETINGS = (date(2024, 12, 30), FIRST, date(2025, 2, 10), date(2025, 3, 26), LAST, date(2025, 5, 1))
CASES = 2  # a meeting
OUTCOMES = ("actions_set", "no_action", "actions_set", "deferred", "no_action", "actions_set", "withdrawn")
AGAIN = "returned"
STATES = ("present", "present", "deputy", "apologies_information", "apologies", "absent")
WHY = "The risk is high and shared"


def make_quarter(programme: str = DVA) -> Panel:
    """A panel that has met six times: once before the quarter, on its first day, in it, on its last, once after."""
    chance = random.Random(20250106)
    panel = panels.make_panel(programme)
    outcomes, states = cycle(OUTCOMES), cycle(STATES)
    for day in MEETINGS:
        meeting = panels.make_meeting(panel)
        items = [_listed(panel, meeting, chance) for _ in range(CASES)]
        if day == MEETINGS[3]:
            items.append(_again(panel, meeting))
        live.open_meeting(panel.chairing, meeting, meeting.version)
        _attended(panel, meeting, states)
        for item in items:
            _heard(panel, item, next(outcomes), chance)
        live.end_meeting(panel.chairing, meeting, meeting.version)
        _moved(meeting, day, chance)
    for reason in ("criteria_not_met", "outside_area"):
        _declined(panel, reason, chance)
    panels.make_meeting(panel, starts_at=_at(date(2025, 4, 2), 10))  # planned, and never held
    cancelled = panels.make_meeting(panel, starts_at=_at(date(2025, 4, 9), 10))
    cancelled.state = "cancelled"
    _reviews_and_transfers(panel, chance)
    db.session.commit()
    return panel


def _listed(panel: Panel, meeting: Meeting, chance: random.Random) -> AgendaItem:
    case = panels.make_accepted(panel, source=chance.choice(("police", "education", None)))
    for score in chance.choices(range(5, 25), k=chance.choice((0, 1, 2, 3))):
        db.session.add(
            Entry(
                case_id=case.id,
                programme=panel.programme,
                kind="risk",
                code="dash",
                number=score,
                status="high",
                dated=FIRST + timedelta(days=chance.randint(-90, 100)),
            )
        )
    entry = queue.open_entry(case) or queue.enter(panel.coordinating, case, "new")
    entry.kind = chance.choice(("new", "new", "repeat", "other_perpetrator"))
    db.session.flush()
    for _ in range(chance.choice((0, 0, 1, 2))):
        queue.defer(panel.coordinating, entry, reason="Nobody can present it", version=entry.version)
    item = agenda.list_entry(panel.coordinating, meeting, entry)
    for kind in panel.agencies:
        _asked(panel, item, kind, chance)
    return item


def _again(panel: Panel, meeting: Meeting) -> AgendaItem:
    """A case heard at an earlier meeting comes back."""
    query = select(Decision.case_id).where(Decision.heard).order_by(Decision.id.desc()).limit(1)
    case = db.session.get_one(Case, db.session.scalars(query).one())
    entry = queue.enter(panel.coordinating, case, AGAIN)
    return agenda.list_entry(panel.coordinating, meeting, entry)


def _asked(panel: Panel, item: AgendaItem, kind: str, chance: random.Random) -> None:
    research = panels.make_research(panel, item, kind)
    match chance.choice(("nil", "known", "known", "asked")):
        case "nil":
            returns.give_nil(panel.member(kind), research, version=research.version)
        case "known":
            known = {each.person.id: Knows(True, facts="Seen last week") for each in returns.people(research)}
            returns.give(panel.member(kind), research, Answers(known), version=research.version)


def _attended(panel: Panel, meeting: Meeting, states: Any) -> None:
    rows = [row for row in attendance.of_meeting(panel.chairing, meeting) if row.agency_id in _seated(panel)]
    attendance.record(
        panel.coordinating,
        meeting,
        {row.id: Said(next(states), version=row.version) for row in rows},
    )
    attendance.add(panel.coordinating, meeting, agency_id=rows[0].agency_id, name="A Guest")
    attendance.add(panel.coordinating, meeting, agency_id=rows[1].agency_id, name="A Second", state="present")


def _seated(panel: Panel) -> set[Any]:
    return {agency.id for agency in panel.agencies.values()}


def _heard(panel: Panel, item: AgendaItem, outcome: str, chance: random.Random) -> None:
    live.begin(panel.chairing, item)
    for kind in chance.sample(sorted(panel.agencies), k=2):
        action = actions.set_action(
            panel.coordinating,
            item,
            text="Fit new locks",
            risk="He has a key",
            agency_id=panel.agencies[kind].id,
            owner_id=panel.members[kind].id,
            due_on=today() + timedelta(days=chance.randint(0, 20)),
        )
        _followed(panel, action, chance)
    left = {row.action.id: Answer("keep", WHY) for row in reconsidering.rows(panel.coordinating, item)}
    reconsidering.answer(panel.coordinating, item, left)
    decisions.decide(panel.coordinating, item, Words(outcome, WHY))


def _followed(panel: Panel, action: Action, chance: random.Random) -> None:
    outcome = chance.choice(("done", "done", "not_done", "no_longer_possible", None))
    if action.acceptance == "awaited":
        progress.answer(
            makers.actor_of(db.session.get_one(type(panel.coordinator), action.owner_id)),
            action,
            accepted=True,
            words=None,
            version=action.version,
        )
    if outcome is None:
        actions.note(panel.coordinating, action, "escalated")
        return
    progress.end(
        panel.coordinating,
        action,
        outcome=outcome,
        words="As agreed",
        done_on=today() if outcome == "done" else None,
        version=action.version,
    )
    if chance.random() < 0.5:
        effect = chance.choice(("helped", "partly", "no_effect")) if outcome == "done" else None
        progress.verify(panel.chairing, action, effect=effect, words=None, version=action.version)


def _moved(meeting: Meeting, day: date, chance: random.Random) -> None:
    """Everything about a meeting, to the days on which it might have happened."""
    meeting.starts_at_utc = meeting.opened_at_utc = _at(
        day, 0
    )  # midnight in London: the day before, in summer
    meeting.ended_at_utc = _at(day, 12)
    for late in (1, 8):
        if chance.random() < 0.6:
            agency = db.session.scalars(select(Attendance.agency_id).limit(1)).one()
            db.session.add(
                Paper(
                    meeting_id=meeting.id,
                    agency_id=agency,
                    kind="minutes",
                    issued_at_utc=_at(day + timedelta(days=late), 9),
                )
            )
            break
    items = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.id)
    for item in db.session.scalars(items).all():
        item.seconds = chance.choice((0, 300, 660, 905))
        if item.kind != AGAIN:
            _move_referral(item, day - timedelta(days=chance.randint(0, 45)), chance)
        for decision in db.session.scalars(select(Decision).where(Decision.item_id == item.id)):
            decision.decided_on = day
        for research in db.session.scalars(
            select(Research).where(Research.item_id == item.id).order_by(Research.id)
        ):
            research.due_on = day - timedelta(days=2)
            if research.returned_at_utc is not None:
                research.returned_at_utc = _at(research.due_on, chance.choice((-20, 9, 23, 24, 26)))
        for action in db.session.scalars(select(Action).where(Action.item_id == item.id).order_by(Action.id)):
            _move_action(action, day, chance)
    db.session.flush()


def _move_referral(item: AgendaItem, day: date, chance: random.Random) -> None:
    """The case's referral, and its place in the queue."""
    for referral in db.session.scalars(select(Referral).where(Referral.case_id == item.case_id)):
        referral.received_on = day
        referral.decided_on = day + timedelta(days=chance.randint(0, 4))
    db.session.get_one(Case, item.case_id).opened_on = day
    for entry in db.session.scalars(select(QueueEntry).where(QueueEntry.case_id == item.case_id)):
        entry.entered_on = day


def _move_action(action: Action, day: date, chance: random.Random) -> None:
    action.set_on, action.due_on = day, day + timedelta(days=chance.randint(1, 20))
    if action.ended_on is not None:
        action.ended_on = day + timedelta(days=chance.randint(0, 30))
        if action.state in ("done", "done_late"):
            action.state = "done_late" if action.ended_on > action.due_on else "done"
    if action.verified_on is not None and action.ended_on is not None:
        action.verified_on = action.ended_on + timedelta(days=2)
    for update in action.updates:
        update.at_utc = _at(day + timedelta(days=10), 9)


def _declined(panel: Panel, reason: str, chance: random.Random) -> None:
    others = [makers.make_party(panel.coordinating, panel.programme, "perpetrator", surname="Vale")]
    referral = makers.make_referral(panel.coordinating, panel.programme, others=others)
    screening.decline(
        panel.coordinating,
        referral,
        version=referral.version,
        reason=reason,
        words="Another service helps better",
    )
    referral.received_on = FIRST - timedelta(days=chance.randint(0, 3))
    referral.decided_on = FIRST + timedelta(days=1)


def _reviews_and_transfers(panel: Panel, chance: random.Random) -> None:
    cases = list(db.session.scalars(select(Case).where(Case.programme == panel.programme).order_by(Case.id)))
    for case in cases:
        due = FIRST + timedelta(days=chance.randint(-10, 130))
        state = chance.choice(("open", "done", "done", "ended"))
        done = None if state == "open" else due + timedelta(days=chance.randint(-10, 30))
        db.session.add(
            Review(
                case_id=case.id,
                programme=case.programme,
                cycle="twelve_months",
                state=state,
                due_on=due,
                done_on=done,
            )
        )
        if chance.random() < 0.5:
            sent = FIRST + timedelta(days=chance.randint(-10, 130))
            received = chance.choice((None, sent + timedelta(days=1), sent + timedelta(days=9)))
            db.session.add(
                Transfer(
                    case_id=case.id,
                    programme=case.programme,
                    direction=chance.choice(("in", "out")),
                    area="Another borough",
                    sent_on=sent,
                    due_on=sent + timedelta(days=5),
                    received_on=received,
                    accepted_on=received,
                    heard_on=received + timedelta(days=14) if received else None,
                )
            )


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON) + timedelta(hours=hour)
