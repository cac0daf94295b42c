"""A small borough with one of everything, so that every page has something to show. All of it is invented."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.accounts import invitations
from casework.accounts import service as accounts
from casework.accounts.models import User
from casework.cases import documents, entries, sharing, stages, tasks
from casework.cases import service as cases
from casework.cases.clocks import after_working_days
from casework.cases.kinds import KINDS
from casework.extensions import db
from casework.forms import today
from casework.panels.actions import progress
from casework.panels.actions import service as actions
from casework.panels.flags import service as flags
from casework.panels.guests import service as guests
from casework.panels.live import decisions, notes, reconsidering, telling
from casework.panels.live import service as live
from casework.panels.meetings import series
from casework.panels.meetings.service import Plan
from casework.panels.minutes import service as minutes
from casework.panels.models import FlagNotice, Review
from casework.panels.papers import service as papers
from casework.panels.plans import service as plans
from casework.panels.queue import service as queue
from casework.panels.research import service as research
from casework.panels.transfers import service as transfers
from casework.programmes import shelf
from casework.referrals import enquiries, links, screening
from casework.referrals.models import Draft, Referral
from tests.cases import makers as cases_of
from tests.cases.makers import World
from tests.referrals import filling
from tests.support import makers, panels
from tests.support.makers import ASB

# Who looks at a page: the first of these who may.
ROLES = (
    "coordinator",
    "worker",
    "manager",
    "analyst",
    "administrator",
    "auditor",
    "referrer",
    "panel_member",
    "chair",
)


@dataclass(frozen=True)
class Borough:
    """Who is there, by role, and what fills the addresses of pages: for all of them, and of some more exactly."""

    emails: Mapping[str, str]
    actors: Mapping[str, Actor]
    values: Mapping[str, Any]
    of_endpoint: Mapping[str, Mapping[str, Any]]

    def values_for(self, endpoint: str) -> dict[str, Any]:
        return {**self.values, **self.of_endpoint.get(endpoint, {})}


def make_borough(app: Flask) -> Borough:
    world = cases_of.make_world(
        forename="Catherine", surname="Featherstone", answers={"mediation": True}, narrative="Noise at night"
    )
    users = {role: world.users.get(role) or makers.make_user(role) for role in ROLES}
    makers.give_role(users["coordinator"], "coordinator", "channel")
    panel = panels.make_panel()
    for role in ("coordinator", "chair", "panel_member"):
        makers.give_role(
            users[role],
            role,
            panel.programme,
            agency=panel.agencies["police"] if role == "panel_member" else None,
        )
    actors = {role: makers.actor_of(user) for role, user in users.items()}
    values = {
        **_of_the_case(world),
        **_of_accounts(users, actors),
        **_of_the_panel(panel, actors["coordinator"]),
        **_of_meetings(panel, actors["coordinator"], users["panel_member"]),
        **_of_the_live_meeting(panel, actors["coordinator"]),
        **_of_the_queue(panel),
        **_of_actions(panel),
        **_of_minutes(panel),
        **_of_flags_and_transfers(panel),
        **_of_support(actors["coordinator"]),
        "programme": ASB,
        "programme_id": ASB,
        "report": "year_end",
        "form": "csv",
    }
    referrals, questions = _referrals(actors)
    guest = _guests(app, actors["coordinator"], questions)
    client = app.test_client()
    makers.sign_in(client, users["coordinator"])
    draft = filling.begin(client, ASB, surname="Quill")
    enquiries.log(
        actors["coordinator"], ASB, received_on=today(), topics=_topics(), advice="How to report noise"
    )
    values |= {
        "referral_id": referrals["waiting"],
        "request_id": questions["asked"],
        "draft_id": draft,
        "page_id": "narrative",
        "key": "1",
        "token": guest["begun"],
        "batch_id": _refused_import(client),
    }
    year = {"from": f"{today().year - 1}-04-01", "to": f"{today().year}-12-31"}
    place = {"table": "referral_source", "row": "housing", "column": "year"}
    of_endpoint = {
        "accounts.accept_invitation": {"token": values["invitation"]},
        "accounts.change_agency": {"agency_id": values["partner"]},
        "accounts.deactivate_agency": {"agency_id": values["partner"]},
        "cases.correct_address": {"part_id": values["harmer"]},
        "cases.file": {"entry_id": values["document"]},
        "cases.move": {"to": "closing"},
        **{
            f"panels.{name}": {"meeting_id": values["planned"]}
            for name in ("change_meeting", "cancel_meeting", "circulate", "coming")
        },
        **{
            f"panels.{name}": {"programme": panel.programme}
            for name in ("new_meeting", "new_series", "seats", "new_seat")
        },
        **{
            f"panels.{name}": {"meeting_id": values["open"], "item_id": values["discussed"]}
            for name in ("live", "live_item", "attendance", "room")
        },
        "panels.new_seat_of": {"programme": panel.programme, "agency_id": values["partner"]},
        "panels.answer_action": {"action_id": values["to_accept"]},
        "panels.verify_action": {"action_id": values["reported"]},
        "panels.rate_action": {"action_id": values["verified"]},
        "panels.guest": {"token": values["invited"]},
        "panels.minutes": {"meeting_id": values["held"]},
        "panels.papers": {"meeting_id": values["held"]},
        "panels.draft_minutes": {"meeting_id": values["held"]},
        "panels.issue_papers": {"meeting_id": values["held"]},
        **{
            f"panels.{name}": {"part_id": values["minutes_part"]}
            for name in ("minutes_part", "redraft_part", "forget_set_aside")
        },
        "panels.queue": {"programme": panel.programme},
        "panels.queue_entry": {"entry_id": values["waiting"]},
        "panels.list_entry": {"entry_id": values["waiting"]},
        "panels.change_entry": {"entry_id": values["waiting"], "act": "hold"},
        "panels.enter_queue": {"case_id": values["withdrawn"]},
        **{f"panels.{name}": {"case_id": values["flagged"]} for name in ("transfer_out", "transfer_in")},
        **{f"panels.{name}": {"case_id": values["supported"]} for name in ("support_plan", "new_plan")},
        "referrals.amend": {"part_id": "source"},
        "referrals.reconsider": {"referral_id": referrals["declined"]},
        "referrals.guest_begin": {"token": guest["new"]},
        "referrals.guest_standing": {"token": guest["used"]},
        "referrals.guest_answer": {"token": guest["used"], "request_id": questions["guest"]},
        "statistics.behind": {**year, **place},
        "statistics.download": year,
    }
    emails = {role: user.email for role, user in users.items()}
    makers.commit()
    return Borough(emails, actors, values, of_endpoint)


def _of_the_case(world: World) -> dict[str, Any]:
    """A case in the middle of the work, with an entry of every kind."""
    case, worker = world.case, world.worker
    child = cases_of.add_person(world, "child", "Pip", "Featherstone", school="Hendon Primary")
    harmer = cases_of.add_person(
        world, "perpetrator", address={"lines": "2 Larch Court", "postcode": "NW4 4BG"}
    )
    recorded = {kind.id: cases_of.add(world, kind.id) for kind in KINDS if kind.add and kind.id != "document"}
    told = {"code": "must_not_be_told", "person_id": harmer.person_id, "why": "Threats", "due_on": today()}
    cases_of.add(world, "warning", **told, text=None)
    note = recorded["note"]
    entries.amend(worker, note, {"text": "Said otherwise"}, reason="A slip", version=note.version, choices={})
    struck = cases_of.add(world, "support")
    entries.strike(worker, struck, reason="Another case", version=struck.version)
    kept = documents.take_in("diary.txt", io.BytesIO(b"Monday: music until three."))
    document = documents.add(worker, case, kept, cases_of.answers("document"))
    stages.move(worker, case, "supporting", reason=None, version=case.version)
    overdue = today() - timedelta(days=3)
    task = tasks.set_task(worker, case, "other", due_on=overdue, text="Ring the landlord")
    partner = makers.make_agency("Hendon Surgery")
    sharing.share(worker, case, partner.id)
    cases.exclude(world.coordinator, case, user_id=world.users["outsider"].id, reason="A cousin")
    return {
        "case_id": case.id,
        "entry_id": recorded["risk"].id,
        "document": document.id,
        "kind_id": "contact",
        "task_id": task.id,
        "part_id": child.id,
        "address_id": harmer.person.addresses[0].id,
        "harmer": harmer.id,
        "letter_id": "closing",
        "to": "closed",
        "partner": partner.id,
    }


def _of_the_panel(panel: panels.Panel, coordinator: Actor) -> dict[str, Any]:
    """A meeting whose agenda is circulated: one case on it, agencies that are asked, and a guest."""
    meeting = panels.make_meeting(panel, state="circulated")
    item = panels.make_item(panel, meeting, panels.make_accepted(panel, surname="Halloran"), asked=())
    asked = {each.agency.kind: each for each in research.ask_all(coordinator, item)}
    guest = guests.invite(
        coordinator,
        item,
        agency_id=makers.make_agency("Hendon Surgery").id,
        name="Dr Amara Bello",
        people=research.people_of(item.case)[:1],
        question="When was she last seen at the surgery?",
    )
    return {
        "meeting_id": meeting.id,
        "item_id": item.id,
        "research_id": asked["police"].id,
        "invited": guest.token,
    }


def _of_the_live_meeting(panel: panels.Panel, coordinator: Actor) -> dict[str, Any]:
    """A meeting in session: a case that comes again, with something on every part of its screen."""
    before = panels.make_meeting(panel, state="ended")
    case = panels.make_accepted(panel, surname="Abernathy")
    earlier = panels.make_item(panel, before, case, asked=())
    meeting = panels.make_meeting(panel, state="circulated")
    item = panels.make_item(panel, meeting, case, kind="repeat")
    item.earlier_id = earlier.id
    live.open_meeting(coordinator, meeting, meeting.version)
    live.begin(coordinator, item)
    police, member = panel.agencies["police"].id, panel.members["police"].id
    both = [
        actions.set_action(
            coordinator,
            each,
            text="Fit a lock",
            risk="He comes at night",
            agency_id=police,
            owner_id=member,
            due_on=today(),
        )
        for each in (earlier, item)
    ]
    reconsidering.answer(coordinator, item, {both[0].id: reconsidering.Answer("keep", "Not fitted yet")})
    notes.write(coordinator, item, "discussion", "Police: two calls", version=0)
    said = decisions.Words("actions_set", "The risk is shared", dissent="None")
    decided = decisions.decide(coordinator, item, said)
    decisions.decide(
        coordinator,
        item,
        decisions.Words("actions_set", "The risk is high"),
        version=decided.version,
        reason="A slip",
    )
    told = telling.agree(
        coordinator,
        item,
        person_id=case.involvements[0].person_id,
        agency_id=police,
        user_id=member,
        what="The plan",
        how="By phone at work",
        due_on=today(),
    )
    return {"open": meeting.id, "discussed": item.id, "telling_id": told.id, "part": "discussion"}


def _of_the_queue(panel: panels.Panel) -> dict[str, Any]:
    """The place of a case that was brought forward, and a case that was withdrawn."""
    actor = panel.coordinating
    first, second = (panels.make_accepted(panel, surname=name) for name in ("Marchetti", "Lindqvist"))
    waiting = queue.enter(actor, first, "new")
    queue.bring_forward(actor, waiting, reason="He is released on Friday", version=waiting.version)
    other = queue.enter(actor, second, "new")
    queue.withdraw(actor, other, reason="Heard by another panel", version=other.version)
    return {"waiting": waiting.id, "withdrawn": second.id}


def _of_actions(panel: panels.Panel) -> dict[str, Any]:
    """An action that is overdue, one to be accepted, one reported and one verified; and a review that is overdue."""
    item = panels.make_item(
        panel, panels.make_meeting(panel, state="ended"), panels.make_accepted(panel, surname="Achterberg")
    )
    made = [
        actions.set_action(
            panel.coordinating,
            item,
            text=text,
            risk="He returns at night",
            agency_id=panel.agencies["police"].id,
            owner_id=panel.members["police"].id,
            due_on=today(),
        )
        for text in ("Visit the address", "Mark the address", "Serve the order", "Speak to the neighbour")
    ]
    overdue, _to_accept, reported, verified = made
    overdue.due_on, overdue.acceptance = today() - timedelta(days=3), "accepted"
    for action in (reported, verified):
        progress.end(
            panel.member("police"),
            action,
            outcome="done",
            words="Done on the night",
            done_on=today(),
            version=action.version,
        )
    progress.verify(panel.chairing, verified, effect="helped", words=None, version=verified.version)
    review = db.session.scalars(select(Review).where(Review.case_id == item.case_id)).one()
    review.due_on = today() - timedelta(days=2)
    db.session.flush()
    named = dict(
        zip(("action_id", "to_accept", "reported", "verified"), (each.id for each in made), strict=True)
    )
    return {**named, "review_id": review.id}


def _of_minutes(panel: panels.Panel) -> dict[str, Any]:
    """Minutes that were approved, issued and read, and that are being corrected."""
    meeting = panels.make_meeting(panel, state="ended")
    item = panels.make_item(panel, meeting, panels.make_accepted(panel, surname="Brannigan"))
    approved = minutes.draft(panel.coordinating, meeting)
    minutes.approve(panel.chairing, approved, seen=minutes.read(panel.chairing, approved).seen)
    issued = papers.issue_minutes(panel.coordinating, approved)
    paper = next(each for each in issued if each.agency_id == panel.agencies["police"].id)
    papers.open_(panel.member("police"), paper)
    redaction = papers.redact(
        panel.coordinating, item, words="Brannigan", reason="For those who were there", agency_id=None
    )
    corrected = minutes.correct(panel.coordinating, approved, reason="A wrong date")
    db.session.flush()
    return {
        "held": meeting.id,
        "minutes_id": corrected.id,
        "minutes_part": corrected.parts[0].id,
        "paper_id": paper.id,
        "redaction_id": redaction.id,
    }


def _of_flags_and_transfers(panel: panels.Panel) -> dict[str, Any]:
    """A case whose flag is to be acknowledged, and that is on its way to another area."""
    case = panels.make_accepted(panel, surname="Tremayne")
    flag = flags.standing(case)
    assert flag is not None
    police = panel.agencies["police"].id
    notice = select(FlagNotice).where(FlagNotice.flag_id == flag.id, FlagNotice.agency_id == police)
    transfer = transfers.send(
        panel.coordinating,
        case,
        area="Camden",
        contact="R. Sand, MARAC office",
        why="She moves there on Friday",
        papers=["referral"],
        basis="consent",
        sent_on=today(),
    )
    told = db.session.scalars(notice).one()
    return {"flagged": case.id, "notice_id": told.id, "transfer_id": transfer.id}


def _of_support(coordinator: Actor) -> dict[str, Any]:
    """A support plan that stands still, and a panel of another programme that takes cases."""
    panel = panels.make_panel("channel", kinds=("police",))
    case = panels.make_accepted(panel, surname="Vasquez")
    agreed = {"dated": today(), "code": "agreed", "whom": "The person"}
    entries.add(coordinator, case, "agreement", agreed)
    began = today() - timedelta(days=40)
    plan = plans.begin(coordinator, case, began_on=began, aims="A way out", lead="M. Duarte")
    sessions = plans.add_sessions(
        coordinator, plan, kind="mentoring", first=began, times=7, provider="Youth Works"
    )
    makers.make_user("coordinator", "community_marac")
    return {"supported": case.id, "plan_id": plan.id, "session_id": sessions[0].id}


def _of_meetings(panel: panels.Panel, coordinator: Actor, alternate: User) -> dict[str, Any]:
    """A series with its meetings, all of them planned, and a seat with an alternate."""
    details = Plan(time="09:30", minutes=150, minutes_per_case=10, chair_id=panel.chair.id)
    first = after_working_days(today(), 10)
    made, planned, _ = series.plan(coordinator, panel.programme, first, "fortnightly", details)
    panel.seats["police"].alternate_id = alternate.id
    return {"series_id": made.id, "planned": planned[0].id, "seat_id": panel.seats["police"].id}


def _of_accounts(users: Mapping[str, User], actors: Mapping[str, Actor]) -> dict[str, Any]:
    token = invitations.invite(actors["administrator"], users["analyst"])
    accounts.arrange_cover(
        actors["manager"], users["worker"], users["manager"], ASB, today(), today() + timedelta(days=3)
    )
    worker = users["worker"]
    return {"invitation": token, "user_id": worker.id, "membership_id": worker.memberships[0].id}


def _referrals(actors: Mapping[str, Actor]) -> tuple[dict[str, uuid.UUID], dict[str, uuid.UUID]]:
    """One referral of each outcome, and one of a programme whose pages are marked."""
    coordinator, referrer = actors["coordinator"], actors["referrer"]
    surgery = makers.make_agency("Hendon Surgery")
    waiting = makers.make_referral(coordinator, narrative="Noise every night", source="housing")
    declined = makers.make_referral(coordinator, forename="Bola", surname="Adeyemi")
    screening.decline(
        coordinator, declined, version=declined.version, reason="duplicate", words="We have it already"
    )
    asked = makers.make_referral(referrer, forename="Ines", surname="Duarte", referring_agency_id=surgery.id)
    question = screening.return_for_information(
        coordinator, asked, version=asked.version, question="Where does she live now?"
    )
    marked = makers.make_referral(coordinator, "channel", forename="Toby", surname="Marsh")
    found = {"waiting": waiting.id, "declined": declined.id, "asked": asked.id, "marked": marked.id}
    return found, {"asked": question.id}


def _guests(app: Flask, coordinator: Actor, questions: dict[str, uuid.UUID]) -> dict[str, str]:
    """The tokens of a link that is new, one by which a form was begun, and one whose referral was asked about."""
    tokens = {name: links.make(coordinator, ASB, days=14)[1] for name in ("new", "begun", "used")}
    for name in ("begun", "used"):
        client = app.test_client()
        assert client.post(f"/refer/{tokens[name]}/begin", data=filling.ADA).status_code == 302
    at = f"/refer/{tokens['used']}"
    draft_id = db.session.scalars(
        select(Draft.id).where(Draft.link_id == links.living(tokens["used"]).id)
    ).one()
    filling.fill_rest(client, links.GUEST, draft_id, at=at)
    assert client.post(f"{at}/check").status_code == 302
    sent = db.session.get_one(Referral, draft_id)
    question = screening.return_for_information(
        coordinator, sent, version=sent.version, question="Since when?"
    )
    questions["guest"] = question.id
    return tokens


def _refused_import(client: FlaskClient) -> str:
    """The id of an upload that was refused: its page lists what is wrong."""
    files = {"referrals.csv": (io.BytesIO(b"reference\nA1\n"), "referrals.csv")}
    response = client.post(f"/import/{ASB}", data=files, content_type="multipart/form-data")
    assert response.status_code == 302, response.get_data(as_text=True)
    for worker in threading.enumerate():
        if worker.name.startswith("import-"):
            worker.join()
    return response.location.rpartition("/")[2]


def _topics() -> list[str]:
    return [shelf.programme(ASB).list("enquiry_topic").codes[0].id]
