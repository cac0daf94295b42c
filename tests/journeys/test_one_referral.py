"""One referral from its first word to the closed case, in a real browser, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from casework.accounts import sessions
from casework.forms import today
from tests.journeys.visitor import DESKTOP, PHONE, Visitor
from tests.support import makers
from tests.support.runs import LONG
from tests.support.serving import LiveServer

NARRATIVE = "The neighbour above plays music all night and has threatened her twice on the stairs."
TOMORROW, IN_A_WEEK = today() + timedelta(days=1), today() + timedelta(days=7)
A_LOT = "A great deal, or daily"
LETTER = "We would like to talk with you about support. Please call when it is safe."


@dataclass(frozen=True)
class Team:
    """Who takes part, and who is on record already under a name that is easily misspelt."""

    coordinator: str
    worker: str
    known: str


@pytest.fixture
def team(app: Flask) -> Team:
    coordinator = makers.make_user("coordinator", name="Cora Blake")
    worker = makers.make_user("caseworker", name="Wendy Iqbal")
    makers.make_user("caseworker", name="Colm Reid")
    makers.make_referral(
        makers.actor_of(coordinator),
        forename="Catherine",
        surname="Featherstone",
        date_of_birth=date(1971, 8, 2),
        received_on=today() - timedelta(days=200),
    )
    team = Team(coordinator.email, worker.email, "Catherine Featherstone")
    makers.commit()
    return team


@pytest.mark.parametrize(
    ("database_url", "scripts", "viewports"),
    [
        # Every page is judged at both widths by test_every_page; here it is the same pages with a fault in them.
        ("sqlite", True, (PHONE, DESKTOP) if LONG else (PHONE,)),
        ("sqlite", False, (PHONE,) if LONG else ()),
        ("postgresql", True, ()),
    ],
    indirect=["database_url"],
    ids=["sqlite", "sqlite-without-scripts", "postgresql"],
)
def test_referral_is_logged_screened_worked_and_closed(
    new_page: Callable[..., Page],
    live_server: LiveServer,
    team: Team,
    tmp_path: Path,
    scripts: bool,
    viewports: Sequence[Mapping[str, int]],
) -> None:
    visitor = Visitor(new_page(java_script_enabled=scripts), viewports)

    sign_in(visitor, team.coordinator)
    log_the_people(visitor, team)
    log_the_rest(visitor, live_server, team)
    screen(visitor)
    allocate(visitor)
    sign_out(visitor)

    sign_in(visitor, team.worker)
    work(visitor)
    keep_documents(visitor, tmp_path)
    refer_onward(visitor)
    close(visitor)
    open_again(visitor)


def sign_in(visitor: Visitor, email: str) -> None:
    visitor.go("/sign-in")
    visitor.is_refused("Sign in", {"email": email}, "Enter your password")
    visitor.fill({"email": email, "password": makers.PASSWORD})
    visitor.press("Sign in")
    assert visitor.heading == "My work"


def sign_out(visitor: Visitor) -> None:
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Sign out").click()
    visitor.arrive()
    assert visitor.heading == "You have signed out"


NEXT = "Save and continue"


def log_the_people(visitor: Visitor, team: Team) -> None:
    """Search under a wrong spelling, find the person on record; add somebody without a name."""
    visitor.press("Log a referral")
    visitor.is_refused("Search", {"postcode": "nowhere"}, "Enter a name", "postcode")
    visitor.fill(
        {"forename": "Katherine", "surname": "Fetherston", "date_of_birth": date(1971, 8, 2), "postcode": ""}
    )
    visitor.press("Search")
    assert team.known in visitor.words
    visitor.is_refused("Continue", {}, "Select the person")
    visitor.fill({"choice": f"Yes: {team.known}"})
    visitor.press("Continue")

    contact = {"address_lines": "14 Larch Court", "phone": "twelve", "safe_times": "Weekday mornings"}
    visitor.is_refused(NEXT, contact, "telephone number")
    visitor.fill({"phone": "020 7946 0018", "safe_to_call": "Yes", "safe_to_leave_message": "No"})
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"landlord": "L" * 201}, "200 characters")  # Home
    visitor.fill({"landlord": "Barnet Homes"})
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"gender": "Female"}, "ethnic")  # About the person
    visitor.fill({"ethnicity": "Declined to say"})
    visitor.press(NEXT)
    access = {"access_needs": ["Interpreter"], "language": "L" * 201}
    visitor.is_refused(NEXT, access, "200 characters")  # Interpreter and access needs
    visitor.fill({"language": "British Sign Language"})
    visitor.press(NEXT)

    assert visitor.heading == "People in this referral"
    visitor.is_refused("Add this person", {}, "Select their part in this")
    visitor.fill({"role": "Alleged perpetrator"})
    visitor.press("Add this person")
    visitor.fill({"description": "Man in the flat above", "approximate_age": "40"})
    visitor.press("Search")
    visitor.press(NEXT)
    visitor.fill({"gender": "Male"})
    visitor.press(NEXT)
    assert "Man in the flat above" in visitor.words
    visitor.press("Continue without adding")


def log_the_rest(visitor: Visitor, server: LiveServer, team: Team) -> None:
    """Fill in the other pages, be signed out in the middle of them, come back to what was kept, and send."""
    visitor.is_refused(NEXT, {"not_told_1": "The man above"}, "Enter why The man above must not be told")
    visitor.fill({"not_told_why_1": "He has threatened her", "staff_safety": "Do not visit alone"})
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"referrer_name": "PC Anya Webb"}, "referral source")
    visitor.fill({"source": "Metropolitan Police"})
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"narrative": ""}, "Enter what")
    be_away_and_come_back(visitor, server, team)
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"incident_date": TOMORROW, "police_reference": "CAD 4102"}, "in the past")
    visitor.fill({"incident_date": today(), "incident": "Threats on the stairs"})
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"children_count": "several", "mediation": "No"}, "umber of children")
    visitor.fill({"children_count": "1", "abuse_markers": ["None known"]})
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"awareness": "Not told: unsafe to tell"}, "Enter why they were not told")
    visitor.fill({"awareness": "Knows of the referral", "agreement": "Agrees to support"})
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"recipient_1": "Barnet Homes", "why_1": "W" * 1001}, "1,000 characters")
    visitor.fill({"shared_1": "Yes", "basis_1": "Consent", "why_1": "They can move her"})
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"dated": TOMORROW}, "in the past")
    visitor.fill({"dated": today(), "item_frequency": A_LOT, "item_violence": A_LOT})
    visitor.press(NEXT)
    visitor.is_refused(NEXT, {"user_1": "Colm Reid"}, "Enter why they must not see this")
    visitor.fill({"reason_1": "He is the neighbour's cousin"})
    visitor.press(NEXT)

    assert visitor.heading == "Check your answers before you send the referral"
    for words in (NARRATIVE, "Katherine", "14 Larch Court", "Man in the flat above", "He has threatened her"):
        assert words in visitor.words
    visitor.press("Send the referral")
    assert "ASB-" in visitor.words


def be_away_and_come_back(visitor: Visitor, server: LiveServer, team: Team) -> None:
    """Type, be away for too long, press the button; sign in again and find everything that was kept."""
    page = visitor.page
    visitor.fill({"narrative": NARRATIVE})
    scripts = not page.evaluate("matchMedia('(scripting: none)').matches")
    if scripts:
        expect(page.locator("[data-autosave-status]")).to_contain_text("Draft kept")
    let_the_session_end(page, server)
    visitor.press(NEXT)
    assert visitor.heading == "Your session ended before you sent this form"
    assert NARRATIVE in visitor.words  # whoever has no scripts can copy it from here
    visitor.press("Sign in")
    assert "You were signed out because you were away" in visitor.words
    visitor.fill({"email": team.coordinator, "password": makers.PASSWORD})
    visitor.press("Sign in")
    assert page.url.endswith("/narrative")  # where they were

    visitor.go("/")
    visitor.follow("ASB victim support")
    assert page.url.endswith("/narrative")
    if scripts:
        assert visitor.answered("narrative") == NARRATIVE
    visitor.go(page.url.replace("narrative", "warnings"))
    assert visitor.answered("staff_safety") == "Do not visit alone"
    visitor.go(page.url.replace("warnings", "narrative"))
    visitor.fill({"narrative": NARRATIVE})


def let_the_session_end(page: Page, server: LiveServer) -> None:
    """Put the last request of this browser's session an hour back, as if its owner had been away since."""
    interface: Any = server.app.session_interface
    serializer = interface.get_signing_serializer(server.app)
    cookie = next(each for each in page.context.cookies() if each["name"] == "casework")
    held = serializer.loads(cookie["value"])
    held[sessions.SEEN] -= 3600
    page.context.add_cookies([{**cookie, "value": serializer.dumps(held)}])


def screen(visitor: Visitor) -> None:
    visitor.follow("Screen it now")
    assert "The man above" in visitor.words  # who must not be told stands above everything
    visitor.press("Accept as a new case")
    visitor.is_refused("Accept", {"agency": "Select one", "words": "We will be in touch."}, "agency")
    visitor.fill({"agency": "Host Agency"})
    visitor.press("Accept")
    assert "has been accepted" in visitor.words


def allocate(visitor: Visitor) -> None:
    visitor.follow("Change")
    visitor.is_refused("Save", {"reason": "She knows the estate"}, "Select a worker")
    visitor.fill({"worker": "Wendy Iqbal"})
    visitor.press("Save")
    assert "The worker is set." in visitor.words


# What is recorded on the case, by the link that leads there: with a fault, what is said of it, what puts it right.
RECORDED: Mapping[str, tuple[Mapping[str, Any], str, Mapping[str, Any]]] = {
    "A contact": (
        {"text": "She is anxious"},
        "outcome",
        {"code": "Telephone call", "status": "Spoke with the person"},
    ),
    "A note": ({"dated": TOMORROW, "text": "Rang the landlord"}, "in the past", {"dated": today()}),
    "An incident": ({"place": "The stairs"}, "what happened", {"text": "Shouting", "code": "Police"}),
    "Support given": ({"number": "lots"}, "inutes", {"code": "Emotional", "number": "30"}),
    "A key date": ({"dated": IN_A_WEEK}, "what happens then", {"code": "Court hearing", "place": "Hendon"}),
    "A task": ({"text": "Ring the council"}, "the day it is due", {"due_on": TOMORROW}),
    "Add a need": ({"text": "A quiet flat"}, "need", {"code": "Housing", "status": "Not yet"}),
    "Add a type of crime": ({"text": "Loud music"}, "type", {"code": "Noise"}),
}


def record(visitor: Visitor, wrong: Mapping[str, Any], says: str, right: Mapping[str, Any]) -> None:
    """Fill in the form of a case: first with a fault, then without."""
    visitor.is_refused("Save", wrong, says)
    visitor.fill(right)
    visitor.press("Save")
    assert "Success" in visitor.words, visitor.words


def work(visitor: Visitor) -> None:
    visitor.go("/cases")
    visitor.follow("Catherine Featherstone")
    assert "The man above: He has threatened her" in visitor.words
    case = visitor.page.url
    for way, (wrong, says, right) in RECORDED.items():
        visitor.go(case)
        if way.startswith("Add a"):
            visitor.follow("Contacts and support")
        visitor.follow(way)
        record(visitor, wrong, says, right)
    visitor.go(case)
    visitor.follow("A risk assessment")
    visitor.is_refused("Save", {"dated": TOMORROW}, "in the past")
    visitor.fill({"dated": today(), "item_fear": A_LOT, "item_targeted": A_LOT})
    visitor.press("Work out the score")
    assert "So far: score" in visitor.words
    visitor.press("Save")
    visitor.go(case)
    visitor.follow("Begin support")
    visitor.press("Begin support")
    visitor.follow("See the whole timeline")
    for words in ("Rang the landlord", "Noise", "Court hearing"):
        assert words in visitor.words


def keep_documents(visitor: Visitor, folder: Path) -> None:
    """A file goes in sealed and comes out as it was; a letter is written from the programme's words."""
    diary = folder / "diary.txt"
    diary.write_text("Monday: music until three.\n")
    visitor.follow("Documents")
    visitor.press("Add a document")
    visitor.is_refused("Seal and keep it", {"whom": "Diary of April", "code": "Diary sheet"}, "file")
    visitor.page.set_input_files("input[type=file]", diary)
    visitor.press("Seal and keep it")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Download Diary of April").click()
    assert download.value.path().read_bytes() == diary.read_bytes()
    assert download.value.suggested_filename == "diary.txt"

    visitor.follow("Letter on closing")
    visitor.is_refused("Save as a sealed document", {"body": ""}, "Enter the words of the letter")
    visitor.fill({"body": LETTER})
    visitor.press("Preview")
    assert "As it would be sent to Catherine Featherstone" in visitor.words
    visitor.press("Save as a sealed document")
    assert "Letter on closing" in visitor.words


def refer_onward(visitor: Visitor) -> None:
    visitor.follow("Sharing and referrals")
    sent = {
        "text": "Her address and the noise",
        "why": "To move her",
        "basis": "Consent",
        "status": "Sent, no answer yet",
    }
    to = {"code": "Housing support", "whom": "Barnet Homes desk", "due_on": IN_A_WEEK}
    visitor.follow("Refer onward")
    record(visitor, sent, "Enter who received it", to)
    visitor.follow("Housing support")
    visitor.press("Amend")
    visitor.is_refused("Save the change", {"status": "Completed", "outcome": "She has moved"}, "Enter why")
    visitor.fill({"reason": "They rang"})
    visitor.press("Save the change")
    assert "They rang" in visitor.words


def close(visitor: Visitor) -> None:
    """Close, once what was to be done is done."""
    visitor.follow("Tasks")
    while visitor.page.get_by_role("link", name="Done").count():
        visitor.follow("Done")
        visitor.fill({"outcome": "Done as agreed"})
        visitor.press("Mark as done")
    visitor.follow("Summary")
    visitor.follow("Prepare to close")
    visitor.press("Prepare to close")
    visitor.follow("Close")
    visitor.is_refused(
        "Close", {"closure_words": "She has moved and is safe"}, "reason for closing", "was met"
    )
    visitor.fill({"closure_reason": "Needs met"})
    visitor.page.get_by_role("group", name="was this need met?").get_by_label("Met", exact=True).check()
    visitor.press("Close")
    assert "Needs met" in visitor.words
    assert "She has moved and is safe" in visitor.words


def open_again(visitor: Visitor) -> None:
    visitor.follow("Re-open")
    visitor.is_refused("Re-open", {}, "reason")
    visitor.fill({"reason": "The music has begun again"})
    visitor.press("Re-open")
    assert "Being supported" in visitor.words
