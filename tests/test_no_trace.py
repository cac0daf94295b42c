"""The same quarter of a panel's work twice: once with cases that some must not know of, and once without them.

Whatever those who must not know can reach is the same both times: names and numbers, counts and order, calendar
files, papers, messages and the audit trail. That is stronger than looking for words, because a count or a gap tells
too.
"""

from __future__ import annotations

import html
import itertools
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR, Actor
from casework.accounts.models import User
from casework.cases import tasks
from casework.cases.models import Case
from casework.extensions import db
from casework.forms import today
from casework.jobs import runner
from casework.mail.models import MailMessage
from casework.panels.actions import service as actions
from casework.panels.agenda import service as agenda
from casework.panels.guests import service as guests
from casework.panels.live import attendance, decisions, interests, notes, telling
from casework.panels.live import service as live
from casework.panels.meetings import circulation, planning
from casework.panels.meetings.service import Plan
from casework.panels.minutes import service as minutes
from casework.panels.models import AgendaItem, Meeting, Paper, QueueEntry, Research
from casework.panels.papers import service as papers
from casework.panels.queue import service as queue
from casework.panels.research import returns
from casework.panels.research import service as research
from casework.panels.research.returns import Answers, Knows
from casework.panels.seats import service as seats
from casework.panels.transfers import service as transfers
from casework.referrals import screening
from tests.conftest import Client, Prepared, close, make_app, settings_for, sqlite_url
from tests.support import makers, panels, walking
from tests.support.panels import DVA, Panel

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
STARTS = (
    *("/", "/cases", "/cases?state=", "/referrals", "/referrals?outcome=", "/queue", "/meetings"),
    *("/meetings?when=past", "/meetings?when=cancelled", "/actions", "/reviews", "/research", "/papers"),
    *(
        "/flags",
        "/flags?show=awaited",
        "/transfers",
        "/audit",
        "/administration",
        "/team",
        "/meetings/series",
    ),
)
# Different every time, whatever there is: ids, moments, what was made to stand for them, and how often a row changed.
FLEETING = re.compile(
    "|".join(
        (
            walking.ID.pattern,
            r"\b[0-9a-f]{12}\b|\b[0-9a-f]{16}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{64}\b",
            r'name="csrf_token" value="[^"]*"',
            r"\d{1,2}(?::\d\d)+(?:\.\d+)?(?:am|pm)?(?:\+00:00)?|\b\d{1,2}(?:am|pm)\b|midday|\d{8}T\d{6}Z?",
            r'name="version"[^>]*|SEQUENCE:\d+',
            r'(?<=[a-z])-\d+(?=[-" ])',  # what is of the same moment may stand in either order
        )
    )
)
CONFLICT = "member with a conflict"
EVERY = 60  # pages of one kind: more than there are, because which ones come first is left to chance
# Figures are of everybody, so that they are closed to whoever must not know of somebody; see test_side_doors, which
# looks at the audit trail too: whoever does more leaves more entries there, though none of what is hidden.
OTHERWISE = ("/statistics", "/audit")
DEEP = re.compile(r"/cases/[^/]+/[^/]+/|/people/")
Seen = Mapping[str, Counter[str]]


@dataclass(frozen=True)
class Team:
    """A panel; those who must not know of some cases, by what they are; and those who stand in for them."""

    panel: Panel
    ignorant: Mapping[str, User]
    deputy_chair: User
    deputy_coordinator: User

    @property
    def running(self) -> Actor:
        """Runs the panel as the coordinator does, and knows of everything."""
        return makers.actor_of(self.deputy_coordinator)

    def member(self, kind: str) -> Actor:
        return self.panel.member(kind)


def make_team() -> Team:
    panel = panels.make_panel()
    auditor = makers.make_user("auditor")
    team = Team(
        panel,
        {
            "coordinator": panel.coordinator,
            "chair": panel.chair,
            "member": panel.members["police"],
            CONFLICT: panel.members["childrens_social_care"],
            "member of the agency": panel.members["housing_council"],
            "deputy of the agency": panel.deputies["housing_council"],
            "auditor": auditor,
            "administrator": makers.make_user("administrator"),
        },
        makers.make_user("chair", DVA, name="Dinah Cole"),
        makers.make_user("coordinator", DVA, name="Derek Vane"),
    )
    makers.make_agency("Hendon Surgery", "primary_care")
    return team


def accepted(team: Team, surname: str, *, barred: Iterable[str] = ()) -> Case:
    """A case; with `barred` hidden from these, and from a whole agency, before anybody could have seen it."""
    others = [
        makers.make_party(team.running, DVA, "perpetrator", forename="Reuben", surname=f"{surname}-Vale")
    ]
    agency_id = team.panel.agencies["housing_council"].id
    exclusions = [(team.ignorant[name].id, None, "A cousin") for name in barred]
    referral = makers.make_referral(
        team.running,
        DVA,
        surname=surname,
        others=others,
        exclusions=[*exclusions, (None, agency_id, "Her landlord")] if exclusions else [],
    )
    agency = screening.agencies_for(team.running, referral)[0]
    screening.accept(team.running, referral, version=referral.version, agency_id=agency.id)
    return referral.case


def waiting(case: Case) -> QueueEntry:
    entry = queue.open_entry(case)
    assert entry is not None
    return entry


def a_month(team: Team, *, secret: bool) -> None:
    """A meeting from its plan to its papers; with `secret` cases that some must not know of are in all of it."""
    running, chair = team.panel.coordinating, team.panel.chairing
    meeting = planning.plan(running, DVA, today() + timedelta(days=7), plan_of(team))
    cases = [accepted(team, name) for name in ("Okonjo", "Iyer", "Rahman")]
    hidden = hide_some(team, meeting) if secret else None
    items = [agenda.list_entry(running, meeting, waiting(case)) for case in cases[:2]]
    queue.hold(running, waiting(cases[2]), reason="She is abroad", version=waiting(cases[2]).version)
    circulation.circulate(running, meeting, meeting.version)
    if hidden is not None:
        open_to_others(team, hidden)
    for item in (*items, *([hidden] if hidden else [])):
        answer(team, item)
    live.open_meeting(chair, meeting, meeting.version)
    attendance.everybody_came(chair, meeting)
    attendance.everybody_accepts(chair, meeting)
    if hidden is not None:
        discuss(team, team.running, hidden)
    for item in items:
        discuss(team, chair, item)
    live.end_meeting(chair, meeting, meeting.version)
    drafted = minutes.draft(running, meeting)
    for actor in (chair, makers.actor_of(team.deputy_chair))[: 2 if secret else 1]:
        minutes.approve(actor, drafted, seen=minutes.read(actor, drafted).seen)
    papers.issue_minutes(running, drafted)
    for paper in db.session.scalars(select(Paper)):
        for user in papers.readers_of(paper):
            papers.open_(makers.actor_of(user), paper)


def plan_of(team: Team) -> Plan:
    return Plan(
        time="09:30",
        minutes=150,
        minutes_per_case=10,
        venue="Town Hall",
        chair_id=team.panel.chair.id,
        deputy_chair_id=team.deputy_chair.id,
        coordinator_id=team.panel.coordinator.id,
        deputy_coordinator_id=team.deputy_coordinator.id,
    )


def hide_some(team: Team, meeting: Meeting) -> AgendaItem:
    """A case on the agenda, in the middle of a transfer; one that has an emergency meeting; one that waits first."""
    knows = team.running
    barred = [name for name in team.ignorant if "agency" not in name]
    heard = accepted(team, "Quillfeather", barred=[name for name in barred if name != CONFLICT])
    urgent, first = (accepted(team, f"Quillfeather{word}", barred=barred) for word in ("-Two", "-Three"))
    item = agenda.list_entry(knows, meeting, waiting(heard))
    emergency = planning.call(
        knows, DVA, today() + timedelta(days=2), plan_of(team), entry_id=waiting(urgent).id
    )
    circulation.circulate(knows, emergency, emergency.version)
    queue.bring_forward(knows, waiting(first), reason="He is released", version=waiting(first).version)
    for case in (heard, urgent, first):
        tasks.set_task(knows, case, "other", due_on=today(), text="Ring her at Quill Lane")
    return item


def open_to_others(team: Team, item: AgendaItem) -> None:
    """Somebody is asked about it from outside; one of the members finds that they are related, and says so."""
    guests.invite(
        team.running,
        item,
        agency_id=makers.make_agency("Hendon Surgery").id,
        name="Dr Quillson",
        people=research.people_of(item.case)[:1],
        question="When was she last seen?",
    )
    interests.declare(makers.actor_of(team.ignorant[CONFLICT]), item, nature="My brother's wife")
    transfers.send(
        team.running,
        item.case,
        area="Quillham",
        contact="R. Sand",
        why="She moves",
        papers=["referral"],
        basis="consent",
        sent_on=today(),
    )


def answer(team: Team, item: AgendaItem) -> None:
    """The service that supports victims knows her."""
    asked = db.session.scalars(
        select(Research).where(
            Research.item_id == item.id,
            Research.agency_id == team.panel.agencies["domestic_abuse_service"].id,
        )
    ).one()
    facts = {
        each.person.id: Knows(True, facts="He was seen in Quill Street") for each in returns.people(asked)
    }
    returns.give(team.member("domestic_abuse_service"), asked, Answers(facts), version=asked.version)


def discuss(team: Team, actor: Actor, item: AgendaItem) -> None:
    """Notes, an action of the police that is overdue when it is looked at, the decision, who tells her, a redaction."""
    live.begin(actor, item)
    notes.write(actor, item, "discussion", "Heard by the Quill family", version=0)
    seat = seats.of_agency(DVA, team.panel.agencies["police"].id)
    reader = seats.reader(seat, item.case) if seat else None
    assert reader is not None
    for text in ("Mark the address", "Patrol at night"):
        actions.set_action(
            actor,
            item,
            text=text,
            risk="He waits outside",
            agency_id=reader.memberships[0].agency_id,
            owner_id=reader.id,
            due_on=today(),
        )
    telling.agree(
        actor,
        item,
        person_id=item.case.subject_id,  # type: ignore[arg-type]  # every case of the programme has one
        agency_id=reader.memberships[0].agency_id,
        user_id=reader.id,
        what="The plan",
        how="At work",
        due_on=today(),
    )
    papers.redact(actor, item, words="Quill", reason="For those who were there", agency_id=None)
    decisions.decide(actor, item, decisions.Words("actions_set", "The risk is high"))


# -- what they see -----------------------------------------------------------------------------------------


def seen_by_each(app: Flask, *, secret: bool) -> dict[str, Seen]:
    """Live through a month and the days after it, and walk as everybody who must not know."""
    makers._numbers = itertools.count(1)  # the same names both times
    with time_machine.travel(START) as clock:
        team = make_team()
        makers.commit()
        a_month(team, secret=secret)
        makers.commit()
        for days in (1, 8, 7):
            clock.shift(timedelta(days=days))
            list(runner.run_due(OPERATOR))
        return {name: dict(_seen(app, user)) for name, user in team.ignorant.items()}


def _seen(app: Flask, user: User) -> Iterator[tuple[str, Counter[str]]]:
    client, found = app.test_client(), dict[str, Counter[str]]()
    messages = [
        f"{each.template} {each.state} {each.values}"
        for each in db.session.scalars(select(MailMessage).where(MailMessage.user_id == user.id))
    ]
    yield "messages", Counter(FLEETING.sub("", each) for each in messages)
    makers.sign_in(client, user)
    for path, text in walking.reached(client, STARTS, EVERY, follow=_tells_more):
        found.setdefault(walking.kind_of(path), Counter()).update(
            line.strip() for line in FLEETING.sub("", html.unescape(text)).splitlines() if line.strip()
        )
    yield from found.items()


def _tells_more(path: str) -> bool:
    """Not the same list otherwise, nor a form about one thing in a case that they know."""
    return "?" not in path and not DEEP.match(path)


@pytest.fixture
def worlds(prepared_sqlite: Prepared, tmp_path: Path) -> Mapping[bool, Mapping[str, Seen]]:
    """What each of them sees with the hidden cases, and without."""
    seen = {}
    for secret in (False, True):
        instance = tmp_path / str(secret)
        shutil.copytree(prepared_sqlite.instance, instance)
        app = make_app(settings_for(Prepared(instance, sqlite_url(instance))))
        app.test_client_class = Client
        with app.app_context():
            seen[secret] = seen_by_each(app, secret=secret)
            close(app)
    return seen


def test_those_who_must_not_know_see_the_same_as_if_there_were_nothing_to_know(
    worlds: Mapping[bool, Mapping[str, Seen]],
) -> None:
    faults = []
    for name, without in worlds[False].items():
        hidden = worlds[True][name]
        for page in sorted(without.keys() | hidden.keys()):
            if page.startswith(OTHERWISE):
                continue
            more = hidden.get(page, Counter()) - without.get(page, Counter())
            less = without.get(page, Counter()) - hidden.get(page, Counter())
            faults += [f"{name}: {page} + {line}" for line in more]
            faults += [f"{name}: {page} - {line}" for line in less]
    assert not faults, "\n".join(faults)
