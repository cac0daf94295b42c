"""A day's work that leaves a row in every table, made by the services themselves."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from casework.access.vocabulary import OPERATOR
from casework.accounts import invitations
from casework.accounts import service as accounts
from casework.cases import documents, entries, sharing
from casework.cases import service as cases
from casework.cases.clocks import after_working_days
from casework.crypto import vault
from casework.extensions import db, new_id
from casework.forms import today
from casework.jobs import runner
from casework.mail import service as mail
from casework.mail.catalogue import Template
from casework.panels.actions import service as actions
from casework.panels.guests import service as guests
from casework.panels.live import decisions, interests, notes, reconsidering, telling
from casework.panels.meetings import apologies, series
from casework.panels.meetings.service import Plan
from casework.panels.minutes import service as minutes
from casework.panels.models import AgendaItem
from casework.panels.papers import service as papers
from casework.panels.plans import service as plans
from casework.panels.research import returns
from casework.panels.research import service as research
from casework.panels.transfers import service as transfers
from casework.programmes import shelf
from casework.referrals import drafts, enquiries, links, screening
from casework.referrals.importing.models import ImportBatch
from tests.cases import makers as case_makers
from tests.support import makers, panels


def fill() -> None:
    """Fill every table and commit."""
    world = case_makers.make_world(narrative="Shouting through the wall at night")
    _people(world)
    _case(world)
    _referrals(world)
    _panel()
    _minutes()
    _programmes()
    db.session.commit()
    list(runner.run_due(OPERATOR))
    mail.queue(
        OPERATOR, Template.MINUTES_READY, "senior@example.org", programme=makers.ASB, on=today(), link="/"
    )
    db.session.commit()


def _people(world: case_makers.World) -> None:
    manager = makers.make_actor("manager")
    worker, colleague = world.users["worker"], world.users["colleague"]
    accounts.arrange_cover(manager, worker, colleague, makers.ASB, today(), today() + timedelta(days=3))
    invitations.invite(OPERATOR, colleague)
    case_makers.add_person(
        world, "perpetrator", address={"lines": "4 Bramble Court", "postcode": "NW9 5XX", "current": True}
    )


def _case(world: case_makers.World) -> None:
    for kind in ("contact", "onward", "risk", "key_date"):
        case_makers.add(world, kind)
    file = documents.take_in("letter.txt", BytesIO(b"A letter of no account"))
    documents.add(world.worker, world.case, file, case_makers.answers("document"))
    note = case_makers.add(world, "note")
    entries.amend(
        world.worker, note, {"text": "Said more softly"}, reason="Misheard", version=note.version, choices={}
    )
    sharing.share(world.coordinator, world.case, makers.make_agency("A partner").id)
    outsider = world.users["outsider"].id
    cases.exclude(world.coordinator, world.case, user_id=outsider, reason="A cousin of the accused")


def _referrals(world: case_makers.World) -> None:
    coordinator = world.coordinator
    returned = makers.make_referral(coordinator, forename="Bola", surname="Iyer")
    screening.return_for_information(
        coordinator, returned, version=returned.version, question="Which flat is it?"
    )
    links.make(coordinator, makers.ASB, days=7)
    drafts.start(coordinator, makers.ASB)
    enquiries.log(coordinator, makers.ASB, received_on=today(), topics=[_topic()], advice="Whom to ring")
    batch = ImportBatch(id=new_id(), programme=makers.ASB, by_id=coordinator.id)
    vault.make_key(batch.id)
    batch.seal_files({"referrals.csv": b"reference\n"})
    db.session.add(batch)


def _panel() -> None:
    """A circulated meeting with a case on it, of which one agency knows nobody, and a guest."""
    panel = panels.make_panel(kinds=("police", "domestic_abuse_service"))
    meeting = panels.make_meeting(panel, state="circulated")
    item = panels.make_item(panel, meeting, panels.make_accepted(panel), asked=())
    asked = research.ask_all(panel.coordinating, item)[0]
    returns.give_nil(panel.coordinating, asked, version=asked.version)
    actions.set_action(
        panel.coordinating,
        item,
        text="Visit the address",
        risk="He returns at night",
        agency_id=panel.agencies["police"].id,
        owner_id=panel.members["police"].id,
        due_on=today(),
    )
    apologies.say(panel.member("police"), meeting, "apologies")
    _live(panel, item)
    first = after_working_days(today(), 10)
    details = Plan(time="09:30", minutes=150, minutes_per_case=10)
    series.plan(panel.coordinating, panel.programme, first, "fortnightly", details)
    guests.invite(
        panel.coordinating,
        item,
        agency_id=makers.make_agency("A surgery").id,
        name="Dr Bello",
        people=research.people_of(item.case)[:1],
        question="When was she last seen?",
    )


def _live(panel: panels.Panel, earlier: AgendaItem) -> None:
    """A meeting in session, at which the case of an earlier item comes again and everything is written down."""
    actor = panel.coordinating
    meeting = panels.make_meeting(panel, state="open")
    item = panels.make_item(panel, meeting, earlier.case, asked=(), kind="repeat")
    item.earlier_id = earlier.id
    plan = actions.last_plan(actor, item)
    reconsidering.answer(
        actor, item, {each.id: reconsidering.Answer("keep", "Not done yet") for each in plan}
    )
    notes.write(actor, item, "discussion", "Police: two calls", version=0)
    decisions.decide(actor, item, decisions.Words("actions_set", "The risk is high"))
    telling.agree(
        actor,
        item,
        person_id=item.case.involvements[0].person_id,
        agency_id=panel.agencies["police"].id,
        user_id=panel.members["police"].id,
        what="The plan",
        how="By phone at work",
        due_on=today(),
    )
    interests.declare(panel.member("domestic_abuse_service"), item, nature="A neighbour")


def _minutes() -> None:
    """Minutes that were approved, with papers: issued, read, with words left out."""
    panel = panels.make_panel(kinds=("police",))
    meeting = panels.make_meeting(panel, state="ended")
    item = panels.make_item(panel, meeting, panels.make_accepted(panel, surname="Brannigan"))
    written = minutes.draft(panel.coordinating, meeting)
    minutes.approve(panel.chairing, written, seen=minutes.read(panel.chairing, written).seen)
    paper = papers.issue_minutes(panel.coordinating, written)[0]
    papers.open_(panel.member("police"), paper)
    papers.redact(panel.coordinating, item, words="Brannigan", reason="Not theirs", agency_id=None)


def _programmes() -> None:
    """A case that came from another area, whose files agencies flag, and one with a support plan."""
    panel = panels.make_panel(kinds=("police",))
    transfers.receive(
        panel.coordinating,
        panels.make_accepted(panel, surname="Tremayne"),
        area="Brent",
        contact="R. Sand",
        sent_on=today(),
        papers=["referral"],
        missing=["minutes"],
    )
    channel = panels.make_panel("channel", kinds=("police",))
    case = panels.make_accepted(channel, surname="Vasquez")
    entries.add(channel.coordinating, case, "agreement", {"dated": today(), "code": "agreed"})
    plan = plans.begin(channel.coordinating, case, began_on=today(), aims="A way out", lead="M. Duarte")
    plans.add_sessions(channel.coordinating, plan, kind="mentoring", first=today(), times=2)


def _topic() -> str:
    return shelf.programme(makers.ASB).list("enquiry_topic").codes[0].id
