"""A panel's meeting from twelve referrals to locked minutes, in the browsers of everybody who is at work on it.

One journey for each programme; in one of them the server is killed in the middle of the meeting.
"""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR
from casework.accounts.models import User
from casework.audit import trail
from casework.cases.models import Case, Entry, Task
from casework.cases.service import put_in_stage
from casework.config import Settings
from casework.extensions import db, now
from casework.forms import today
from casework.jobs import runner
from casework.panels.actions import service as actions
from casework.panels.live import decisions
from casework.panels.live import service as live
from casework.panels.models import AgendaItem, Meeting, Minutes, Review
from casework.panels.queue import service as queue
from casework.programmes import shelf
from casework.referrals import screening
from casework.referrals.log import Party
from tests.journeys.visitor import Visitor
from tests.support import browsers, makers, panels
from tests.support.panels import Panel
from tests.support.runs import LONG
from tests.support.serving import STARTED_SECONDS, Killable, LiveServer, killable

SURNAMES = (
    *("Okonjo", "Iyer", "Rahman", "Kowalczyk", "Boateng", "Diallo", "Marsh", "Tremayne"),
    *("Halloran", "Lindqvist", "Vasquez", "Abernathy"),
)
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SOON = 20_000  # by then a page has heard what another has written


@dataclass(frozen=True)
class Story:
    """What a programme's journey has of its own: how cases are decided, and which of the twelve is special."""

    programme: str
    kinds: tuple[str, ...]
    usual: str
    special: str
    spare: str = "The risk is shared by everybody here"


DVA = Story(
    "dva_marac",
    ("police", "domestic_abuse_service", "childrens_social_care", "housing_council"),
    "actions_set",
    "actions_set",
)
COMMUNITY = Story(
    "community_marac", ("police", "community_safety", "housing_council", "mental_health"), "plan_set", "close"
)
CHANNEL = Story("channel", ("police", "childrens_social_care", "education"), "adopt", "exit")


@dataclass
class Journey:
    """The panel, its meeting, and the browsers of those at work. Rows are read anew by their ids."""

    story: Story
    panel: Panel
    meeting_id: uuid.UUID
    special: uuid.UUID
    new_page: Callable[..., Page]

    def __post_init__(self) -> None:
        first, second, *_ = self.story.kinds
        self.emails = {
            "coordinator": self.panel.coordinator.email,
            "chair": self.panel.chair.email,
            "member": self.panel.members[first].email,
            "other": self.panel.members[second].email,
        }
        self.second = self.panel.agencies[second].id
        makers.commit()
        self.at = f"/meetings/{self.meeting_id}"
        self.page = {name: signed_in(self.new_page(), email) for name, email in self.emails.items()}

    def visitor(self, name: str) -> Visitor:
        return Visitor(self.page[name], viewports=())  # the walk over every page judges them

    def items(self) -> list[AgendaItem]:
        query = select(AgendaItem).where(AgendaItem.meeting_id == self.meeting_id)
        return list(db.session.scalars(query.order_by(AgendaItem.position)))

    def named(self) -> list[tuple[uuid.UUID, str]]:
        """The items in order, with the name of whom each is about."""
        with between_requests():
            return [(item.id, live.name_of(item)) for item in self.items()]


@contextmanager
def between_requests() -> Iterator[None]:
    """What the test reads or does itself beside a running server: it holds no lock afterwards."""
    db.session.rollback()
    yield
    db.session.commit()


def signed_in(page: Page, email: str) -> Page:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(makers.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_have_text("My work")
    return page


# -- what there is before the meeting ----------------------------------------------------------------------


def begin(story: Story, new_page: Callable[..., Page]) -> Journey:
    """Twelve referrals, accepted: one is of a case heard before, or of one that has been supported."""
    panel = panels.make_panel(story.programme, story.kinds)
    meeting = panels.make_meeting(panel, starts_at=now() + timedelta(days=14))
    meeting.minutes = 240
    before = last_plan(panel) if story is DVA else None
    cases = [panels.make_accepted(panel, surname=surname) for surname in SURNAMES[1:]]
    special = refer_again(panel, before) if before else panels.make_accepted(panel, surname=SURNAMES[0])
    if story is CHANNEL:
        supported(special)
    for case in (*cases, special):
        if queue.open_entry(case) is None:
            queue.enter(panel.coordinating, case, "new")
    db.session.flush()
    return Journey(story, panel, meeting.id, special.id, new_page)


def last_plan(panel: Panel) -> Case:
    """A case that was heard three months ago, with one action that was never done."""
    case = panels.make_accepted(panel, surname=SURNAMES[0], received_on=today() - timedelta(days=90))
    meeting = panels.make_meeting(panel, state="ended", starts_at=now() - timedelta(days=80))
    item = panels.make_item(panel, meeting, case, asked=())
    item.state = "heard"
    actions.set_action(
        panel.coordinating,
        item,
        text="Fit a lock",
        risk="He comes at night",
        agency_id=panel.agencies["police"].id,
        owner_id=panel.members["police"].id,
        due_on=today(),
    )
    queue.leave(OPERATOR, case, "heard")
    return case


def refer_again(panel: Panel, before: Case) -> Case:
    parties = [Party(role=part.role, known=part.person_id) for part in before.involvements]
    referral = makers.make_referral(panel.coordinating, panel.programme, parties=parties)
    agency = screening.agencies_for(panel.coordinating, referral)[0]
    screening.accept(panel.coordinating, referral, version=referral.version, agency_id=agency.id)
    return referral.case


def supported(case: Case) -> None:
    """In support, with nothing left that would stop its exit."""
    put_in_stage(OPERATOR, case, shelf.programme(case.programme).stage("support"))
    for task in db.session.scalars(select(Task).where(Task.case_id == case.id)):
        task.done_at_utc = now()
    db.session.add(Entry(case_id=case.id, programme=case.programme, kind="risk", dated=today(), code="paf"))
    db.session.flush()


# -- before the meeting, in the browser --------------------------------------------------------------------


def build_agenda(journey: Journey) -> None:
    """The coordinator sees why the cases stand as they do, puts all twelve on the agenda and sends it out."""
    visitor = journey.visitor("coordinator")
    visitor.go(f"/queue/{journey.story.programme}")
    assert "of 12 cases" in visitor.words
    visitor.press_first("Agenda of")
    visitor.page.locator("[name=entries]:not(:checked)").evaluate_all(
        "boxes => boxes.forEach(each => each.click())"
    )
    visitor.press("Add to the agenda")
    expect(visitor.page.locator("[data-item]")).to_have_count(12)
    visitor.go(journey.at)
    visitor.press("Send the agenda out")
    visitor.press("Send the agenda out")
    assert "Sent out on" in visitor.words


def return_research(journey: Journey) -> None:
    """One agency knows nobody of the first case, in one click; another says what bears on the risk."""
    visitor = journey.visitor("member")
    visitor.go("/research")
    visitor.page.get_by_role("button", name="Nothing known").first.click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("Returned: no")
    visitor = journey.visitor("other")
    visitor.go("/research")
    visitor.follow(f"Ada {SURNAMES[1]}", within="table")
    for box in visitor.page.locator("[name^=known_][value=no]").all():
        box.check()
    visitor.page.locator("[name^=known_][value=yes]").first.check()
    visitor.page.locator("[name^=facts_]").first.fill("He was seen at her work")
    visitor.press("Return the research")
    expect(visitor.page.get_by_text("The research is returned.")).to_be_visible()


def open_meeting(journey: Journey) -> None:
    """The day has come. The chair opens it; a member accepts on a screen of their own; the rest say so in the room."""
    with between_requests():
        db.session.get_one(Meeting, journey.meeting_id).starts_at_utc = now()
    chair = journey.visitor("chair")
    chair.go(f"{journey.at}/live")
    chair.press("Open the meeting")
    member = journey.visitor("member")
    member.go(f"{journey.at}/room")
    member.press("I accept, and I am here")
    member.press("I have nothing (more) to declare")
    chair.go(f"{journey.at}/attendance")
    chair.press("Everybody expected is here")
    chair.press("Everybody here accepts the statement")
    expect(chair.page.locator(".app-live-bar__name")).to_have_text("There is a quorum.")


# -- a case ------------------------------------------------------------------------------------------------


def tab(page: Page, words: str) -> None:
    page.locator(".govuk-tabs__tab", has_text=words).click()


def write_together(journey: Journey, item: uuid.UUID) -> None:
    """The chair and the minute-taker write at the same time, and each sees what the other has written."""
    chair, writer = journey.page["chair"], journey.page["coordinator"]
    writer.goto(f"{journey.at}/live/{item}")
    chair.locator("#note-summary").fill("High, and rising")
    writer.locator("#note-discussion").fill("Police: two calls in May")
    expect(writer.locator("#note-summary")).to_have_value("High, and rising", timeout=SOON)
    expect(chair.locator("#note-discussion")).to_have_value("Police: two calls in May", timeout=SOON)


def set_action(page: Page) -> None:
    tab(page, "Actions")
    page.locator("#actions-text").fill("Patrol at night")
    page.locator("#actions-risk").fill("He comes at night")
    page.locator("#actions-owner").select_option(index=1)
    page.get_by_role("button", name="Add the action").click()
    expect(page.locator("#actions .app-said")).to_contain_text("Recorded")


def decide(page: Page, story: Story, outcome: str) -> None:
    tab(page, "Decision")
    programme = shelf.programme(story.programme)
    page.locator("#decision").get_by_label(decisions.label(programme, outcome), exact=True).check()
    page.locator("#decision-rationale").fill(story.spare)
    page.get_by_role("button", name="Record the decision").click()
    expect(page.locator(".app-live-bar")).to_contain_text("Decided")


def say_who_tells(page: Page) -> None:
    tab(page, "Telling")
    page.locator("#telling-person").select_option(index=1)
    page.locator("#telling-owner").select_option(index=1)
    page.locator("#telling-what").fill("What was agreed for you")
    page.locator("#telling-how").fill("At work, never at home")
    page.get_by_role("button", name="Agree it").click()
    expect(page.locator("#telling .app-said")).to_contain_text("Recorded")


def answer_last_plan(page: Page) -> None:
    """A repeat: the last plan stands there by itself, and nothing is decided before the chair has answered it."""
    tab(page, "Decision")
    expect(page.locator("#decision")).to_contain_text("1 action to answer")
    tab(page, "Last plan")
    expect(page.locator("#last-plan")).to_contain_text("Fit a lock")
    page.locator("#last-plan").get_by_label("Keep").check()
    page.locator("#last-plan [name^=why-]").fill("It was never fitted")
    page.get_by_role("button", name="Save the answers").click()
    expect(page.locator("#last-plan .app-said")).to_contain_text("Saved")


def hear(journey: Journey, *, meanwhile: Callable[[Journey, uuid.UUID], None] | None = None) -> None:
    """Some cases at the screen, one of them the special one, and the rest as quickly as it goes."""
    story, chair, order = journey.story, journey.page["chair"], journey.named()
    chair.goto(f"{journey.at}/live")
    chair.get_by_role("button", name="First case").click()
    expect(chair.locator("h1")).to_have_text(order[0][1])
    member = journey.page["member"]
    member.goto(f"{journey.at}/room")
    expect(member.locator(".app-live-bar__name")).to_contain_text(order[0][1], timeout=SOON)

    for place, (item, name) in enumerate(chosen(journey, order)):
        if chair.locator("h1").inner_text() != name:
            chair.goto(f"{journey.at}/live/{item}")
            chair.get_by_role("button", name="Discuss now").click()
            expect(chair.locator(".app-live-bar__left")).to_be_visible()
        is_special = case_of(item) == journey.special
        if place == 0:
            write_together(journey, item)
        if place == 1 and meanwhile is not None:
            meanwhile(journey, item)
        set_action(chair)
        if is_special and story is DVA:
            answer_last_plan(chair)
        decide(chair, story, story.special if is_special else story.usual)
        if place == 0 and chair.locator("#telling-person").count():
            say_who_tells(chair)
        chair.get_by_role("button", name="Next case").click()
        expect(chair.locator("h1")).not_to_have_text(name)
    decide_the_rest(journey)


def chosen(journey: Journey, order: Sequence[tuple[uuid.UUID, str]]) -> list[tuple[uuid.UUID, str]]:
    """The cases that are heard at the screen: the first two (in a short run one, but where the server is killed), and
    the special one, or else the next.
    """
    first = 2 if LONG or journey.story is DVA else 1
    special = [each for each in order[first:] if case_of(each[0]) == journey.special]
    return [*order[:first], *(special or order[first : first + 1])]


def case_of(item: uuid.UUID) -> uuid.UUID:
    with between_requests():
        return db.session.get_one(AgendaItem, item).case_id


def decide_the_rest(journey: Journey) -> None:
    with between_requests():
        actor = journey.panel.chairing
        for item in journey.items():
            if decisions.of_item(item) is None:
                live.begin(actor, item)
                decisions.decide(actor, item, decisions.Words(journey.story.usual, journey.story.spare))
                db.session.commit()
        live.pause(actor, db.session.get_one(Meeting, journey.meeting_id))


def end(journey: Journey) -> None:
    chair = journey.page["chair"]
    chair.goto(f"{journey.at}/live")
    expect(chair.locator(".app-order__state", has_text="Decided")).to_have_count(12)
    chair.locator("summary", has_text="End the meeting").click()
    with chair.expect_navigation():
        chair.get_by_role("button", name="End the meeting").click()
    expect(chair.get_by_text("The meeting has ended.")).to_be_visible()


# -- after it ----------------------------------------------------------------------------------------------


def write_minutes(journey: Journey) -> None:
    """Drafted from the record and edited by the coordinator, approved by the chair, and locked from then on."""
    writer, chair = journey.visitor("coordinator"), journey.visitor("chair")
    writer.go(f"{journey.at}/minutes")
    writer.press("Draft from the record")
    for words in ("Police: two calls in May", "Patrol at night", journey.story.spare):
        assert words in writer.words
    if journey.story is DVA:
        assert "The chair: kept, because: It was never fitted" in writer.words
    writer.page.get_by_role("link", name=re.compile("^Edit .*[0-9]")).first.click()
    text = writer.page.locator("main [name=text]")
    address, written = writer.page.url, text.input_value()
    text.fill(f"{written}\n\nThe panel thanked the school.")
    writer.press("Save")
    assert "The panel thanked the school." in writer.words
    chair.go(f"{journey.at}/minutes")
    chair.page.get_by_label("I have read them, and they are a true record").check()
    chair.press("Approve the minutes")
    assert "Approved" in chair.words
    expect(chair.page.get_by_role("link", name=re.compile("^Edit"))).to_have_count(0)
    for page in (chair.page, writer.page):
        answer = page.request.get(address)
        assert answer.status == 404
    with between_requests():
        locked = db.session.scalars(select(Minutes).where(Minutes.meeting_id == journey.meeting_id)).one()
        assert locked.state == "approved"
        assert trail.verify().faults == ()


def read_papers(journey: Journey) -> None:
    """Issued by the coordinator, read by the member on the screen and on paper."""
    writer = journey.visitor("coordinator")
    writer.go(f"{journey.at}/papers?kind=minutes")
    writer.press_first("Issue")
    reader = journey.visitor("member")
    reader.go("/papers")
    reader.follow("Minutes")
    reader.press("Open the paper")
    assert journey.story.spare in reader.words
    answer = reader.page.request.get(f"{reader.page.url}/file")
    assert answer.headers["content-type"] == "application/pdf"
    on_paper = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.body())).pages)
    assert "Patrol at night" in on_paper
    writer.go(f"{journey.at}/papers?kind=minutes")
    assert reader_name(journey) in writer.words


def reader_name(journey: Journey) -> str:
    with between_requests():
        return journey.panel.members[journey.story.kinds[0]].name


def travel(journey: Journey, *, meanwhile: Callable[[Journey, uuid.UUID], None] | None = None) -> None:
    """From the queue to the papers; `meanwhile` happens while the second case is heard."""
    build_agenda(journey)
    return_research(journey)
    open_meeting(journey)
    hear(journey, meanwhile=meanwhile)
    end(journey)
    write_minutes(journey)
    read_papers(journey)


@pytest.mark.parametrize("database_url", ["sqlite", *(["postgresql"] if LONG else [])], indirect=True)
def test_community_marac_meets_and_closes_a_case(
    app: Flask, live_server: LiveServer, new_page: Callable[..., Page]
) -> None:
    journey = begin(COMMUNITY, new_page)
    travel(journey)
    with between_requests():
        assert db.session.get_one(Case, journey.special).stage_kind == "closed"


@SQLITE
def test_dva_marac_hears_a_repeat_and_outlives_its_server(
    app: Flask, settings: Settings, browser: Browser
) -> None:
    with killable(settings) as server, browsers.pages(browser, server.url) as new_page:
        server.start()
        server.wait_until_it_listens()
        journey = begin(DVA, new_page)
        for page in journey.page.values():
            page.context.set_default_timeout(STARTED_SECONDS * 1000)
        travel(journey, meanwhile=partial(kill_while_they_write, server))


def kill_while_they_write(server: Killable, journey: Journey, item: uuid.UUID) -> None:
    """The server is killed while two people write; they write on, and all of it is there when it is back."""
    chair, writer = journey.page["chair"], journey.page["coordinator"]
    writer.goto(f"{journey.at}/live/{item}")
    chair.locator("#note-summary").fill("High")
    expect(chair.locator("[data-live-status]")).to_contain_text("Saved")
    server.kill()
    chair.locator("#note-summary").press_sequentially(", and rising since May")
    writer.locator("#note-views").fill("She wants to stay")
    for page in (chair, writer):
        expect(page.locator("[data-live-status]")).to_have_text("Not saved: trying again")
    server.start()
    for page in (chair, writer):
        expect(page.locator("[data-live-status]")).to_contain_text("Saved", timeout=STARTED_SECONDS * 1000)
    chair.reload()
    expect(chair.locator("#note-summary")).to_have_value("High, and rising since May")
    expect(chair.locator("#note-views")).to_have_value("She wants to stay")


@SQLITE
def test_channel_exits_a_case_and_its_reviews_alarm_until_they_are_done(
    app: Flask, live_server: LiveServer, new_page: Callable[..., Page], client: FlaskClient
) -> None:
    journey = begin(CHANNEL, new_page)
    coordinator = journey.panel.coordinator
    travel(journey)
    with between_requests():
        assert db.session.get_one(Case, journey.special).stage_kind == "closed"
        due = {each.cycle: each.due_on for each in open_reviews(journey.special)}
        for other in db.session.scalars(select(Review).where(Review.case_id != journey.special)):
            other.state = "ended"  # when the other eleven are assessed again is not this test's matter
    assert list(due) == ["post_exit_6", "post_exit_12"]
    for cycle, months in (("post_exit_6", 6), ("post_exit_12", 12)):
        assert due[cycle] == today() + relativedelta(months=months)
        with time_machine.travel(datetime.combine(due[cycle], time(12), UTC)):
            alarms_until_it_is_done(client, coordinator, journey.special, cycle)


def open_reviews(case: uuid.UUID) -> Sequence[Review]:
    query = select(Review).where(Review.case_id == case, Review.state == "open").order_by(Review.due_on)
    return db.session.scalars(query).all()


def alarms_until_it_is_done(client: FlaskClient, coordinator: User, case: uuid.UUID, cycle: str) -> None:
    """On its day the review stands on the home page and in the list, day after day; it is told of; then it is done."""
    (review,) = [each for each in open_reviews(case) if each.cycle == cycle]
    at, link = f"/reviews/{review.id}", f'href="/reviews/{review.id}"'
    db.session.commit()
    told = list(runner.run_due(OPERATOR))
    assert any(each.job.id == "reviews.alarm" and each.count for each in told)
    makers.sign_in(client, coordinator)
    for page in ("/", "/reviews?shown=due"):
        assert link in client.get(page).get_data(as_text=True)
    assert client.post(at, data={"outcome": "", "version": "1"}).status_code == 422
    assert link in client.get("/").get_data(as_text=True)
    version = open_reviews(case)[0].version
    done = client.post(at, data={"outcome": "He is at college", "version": version})
    assert done.status_code == 302
    for page in ("/", "/reviews?shown=due"):
        assert link not in client.get(page).get_data(as_text=True)
    client.post("/sign-out")
