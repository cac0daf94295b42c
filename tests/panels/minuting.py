"""A meeting that was held, as the record has it: for tests of minutes and papers. Every person is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from casework.extensions import db, now
from casework.forms import today
from casework.panels.minutes import service as minutes
from casework.panels.models import (
    Action,
    AgendaItem,
    Attendance,
    Decision,
    Finding,
    Interest,
    ItemNote,
    Meeting,
    Minutes,
    Research,
    Telling,
)
from casework.programmes import shelf
from tests.support import panels
from tests.support.panels import Panel

FACTS = "He was seen outside her work on Tuesday with a knife."
TOLD = "He has been seen near her work."


@dataclass(frozen=True)
class Held:
    """A panel and a meeting that has ended, with its items by the surname of whom they are about."""

    panel: Panel
    meeting: Meeting
    items: dict[str, AgendaItem]


def make_held(*surnames: str, programme: str = panels.DVA, asked: tuple[str, ...] | None = None) -> Held:
    """A meeting at which cases were heard, with somebody there from every agency."""
    panel = panels.make_panel(programme)
    meeting = panels.make_meeting(panel, state="ended", starts_at=now() - timedelta(hours=3))
    for kind, agency in panel.agencies.items():
        db.session.add(
            Attendance(
                meeting_id=meeting.id,
                agency_id=agency.id,
                user_id=panel.members[kind].id,
                state="present",
                confidentiality_at_utc=now(),
            )
        )
    items = {
        surname: panels.make_item(panel, meeting, panels.make_accepted(panel, surname=surname), asked=asked)
        for surname in surnames or ("Okonjo",)
    }
    for item in items.values():
        item.state = "heard"
    db.session.flush()
    return Held(panel, meeting, items)


def note(item: AgendaItem, part: str, text: str) -> None:
    db.session.add(ItemNote(case_id=item.case_id, item_id=item.id, part=part, text=text))
    db.session.flush()


def decide(item: AgendaItem, **words: str) -> Decision:
    """The first outcome of the programme's list that was heard."""
    programme = shelf.programme(item.programme)
    assert programme.panel is not None
    outcome = programme.list(programme.panel.outcomes).codes[0].id
    decision = Decision(
        case_id=item.case_id,
        programme=item.programme,
        item_id=item.id,
        outcome=outcome,
        heard=True,
        decided_on=today(),
        **words,
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def act(held: Held, item: AgendaItem, kind: str, text: str, **more: object) -> Action:
    action = Action(
        case_id=item.case_id,
        programme=item.programme,
        item_id=item.id,
        agency_id=held.panel.agencies[kind].id,
        owner_id=held.panel.members[kind].id,
        set_on=today(),
        due_on=today() + timedelta(days=7),
        text=text,
        **more,
    )
    db.session.add(action)
    db.session.flush()
    return action


def tell(held: Held, item: AgendaItem, kind: str, what: str, how: str) -> None:
    db.session.add(
        Telling(
            case_id=item.case_id,
            item_id=item.id,
            person_id=item.case.subject_id,
            agency_id=held.panel.agencies[kind].id,
            due_on=today() + timedelta(days=1),
            what=what,
            how=how,
        )
    )
    db.session.flush()


def declare(item: AgendaItem, kind: str, held: Held, nature: str) -> None:
    user = held.panel.members[kind]
    db.session.add(Interest(case_id=item.case_id, item_id=item.id, user_id=user.id, nature=nature))
    db.session.flush()


def answer(item: AgendaItem, held: Held, kind: str, *, facts: str = FACTS, told: str | None = TOLD) -> None:
    """What the agency of that kind returned about the first person of the item."""
    research = (
        db.session.query(Research).filter_by(item_id=item.id, agency_id=held.panel.agencies[kind].id).one()
    )
    research.state, research.returned_at_utc = "returned", now()
    finding = db.session.query(Finding).filter_by(research_id=research.id).order_by(Finding.id).first()
    assert finding is not None
    finding.known = True
    finding.seal(facts=facts, disclosable=told)
    db.session.flush()


def make_approved(held: Held, **texts: str) -> Minutes:
    """Minutes that the chair has approved; `texts` replace parts by the surname of whom they are about."""
    drafted = minutes.draft(held.panel.coordinating, held.meeting)
    for surname, text in texts.items():
        (part,) = (each for each in drafted.parts if each.item_id == held.items[surname].id)
        minutes.write_part(
            held.panel.coordinating, part, text=text, restricted=part.restricted, version=part.version
        )
    approve(held, drafted)
    return drafted


def approve(held: Held, drafted: Minutes) -> bool:
    chair = held.panel.chairing
    return minutes.approve(chair, drafted, seen=minutes.read(chair, drafted).seen)
