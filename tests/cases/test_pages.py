"""The case in a real browser: nothing for axe to find, nothing wider than a phone, and all of it without scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from casework.cases import kinds
from casework.forms import today
from tests.cases.makers import WORDS, add, add_person, make_world
from tests.support import browsers, makers

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PATHS = (
    *(
        "",
        "/people",
        "/timeline?kind=note",
        "/support",
        "/risk",
        "/onward",
        "/documents",
        "/tasks",
        "/access",
    ),
    *("/print", "/people/add", "/tasks/new", "/documents/add", "/letters/welcome", "/allocate"),
    *("/stage/supporting", "/close/closed", "/record/risk", "/record/onward", "/record/warning"),
)


@dataclass(frozen=True)
class Place:
    """Where the case is and who signs in. The test itself leaves the database alone: it would lock the server out."""

    path: str
    emails: dict[str, str]


@pytest.fixture
def place(live_server) -> Place:
    world = make_world(received_on=today() - timedelta(days=9))
    add_person(
        world, "perpetrator", address={"lines": "14 Long Lane", "postcode": "N3 2PX", "confidential": True}
    )
    add_person(world, "child", "Kit", "Okonjo")
    for kind in kinds.KINDS:
        if kind.add and kind.id != "document":
            add(world, kind.id)
    add(world, "warning", code="must_not_be_told", whom="Dan Price", why="Threats", due_on=today())
    place = Place(f"/cases/{world.case.id}", {who: user.email for who, user in world.users.items()})
    makers.commit()
    return place


def sign_in(page: Page, place: Place, who: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(place.emails[who])
    page.get_by_label("Password", exact=True).fill(makers.PASSWORD)
    browsers.leave(page.get_by_role("button", name="Sign in"))


@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(new_page, place: Place, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    sign_in(page, place, "coordinator")

    for path in PATHS:
        page.goto(place.path + path)
        assert browsers.axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_contact_is_recorded_and_amended_without_scripts(new_page, place: Place) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, place, "worker")
    page.goto(place.path)
    browsers.leave(page.get_by_role("link", name="A contact", exact=True))
    page.get_by_label("Method of contact").select_option("Telephone call")
    browsers.leave(page.get_by_role("button", name="Save"))
    expect(page).to_have_title(re.compile("^Error: Record a contact – "))

    page.get_by_label("Spoke with the person").check()
    page.get_by_label("What was said").fill("She will come on Monday")
    browsers.leave(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("She will come on Monday")).to_be_visible()

    page.get_by_role("link", name="Contact: Telephone call").first.click()
    browsers.leave(page.get_by_role("button", name="Amend"))
    page.get_by_label("What was said").fill("She will come on Tuesday")
    page.get_by_label("Why is it changed?").fill("Misheard")
    browsers.leave(page.get_by_role("button", name="Save the change"))

    expect(page.get_by_text("Reason: Misheard")).to_be_visible()
    expect(page.get_by_role("cell", name="She will come on Monday")).to_be_visible()


def test_warnings_and_record_stand_on_paper(new_page, place: Place) -> None:
    page = new_page()
    sign_in(page, place, "worker")
    page.goto(place.path + "/print")
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", name="Must not be told", exact=True)).to_be_visible()
    expect(page.get_by_text("Dan Price: Threats")).to_be_visible()
    expect(page.get_by_text(WORDS).first).to_be_visible()
    expect(page.get_by_role("navigation", name="This case")).to_be_hidden()
