"""The pages of accounts and audit in a real browser: wide, on a phone, and without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from casework.access.vocabulary import Role
from casework.extensions import db
from tests.support.browsers import axe, leave
from tests.support.people import PASSWORD, make_agency, make_user

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 700}


@dataclass(frozen=True)
class Someone:
    """A user by what a page needs: the test's own session must not hold the database while pages are asked for."""

    id: uuid.UUID
    email: str


def sign_in(page: Page, user: Someone) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    leave(page.get_by_role("button", name="Sign in"))


def is_sound(page: Page) -> bool:
    """No finding of axe, and nothing that has to be scrolled sideways to be read."""
    assert axe(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    return True


@pytest.fixture
def people(live_server: object) -> dict[str, Someone]:
    hill = make_agency("Hill Homes Housing Association")
    made = {
        "admin": make_user(Role.ADMINISTRATOR, agency=hill, name="Ada Admin"),
        "auditor": make_user(Role.AUDITOR, agency=hill, name="Otis Auditor"),
        "worker": make_user(Role.CASEWORKER, agency=hill, name="Wanda Worker", job="Senior caseworker"),
    }
    found = {who: Someone(user.id, user.email) for who, user in made.items()}
    db.session.commit()
    return found


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_pages_of_administration_are_sound(
    new_page: Callable[..., Page], people: dict[str, Someone], viewport: dict[str, int]
) -> None:
    page = new_page(viewport=viewport)
    worker = f"/administration/users/{people['worker'].id}"
    page.goto("/sign-in")
    assert is_sound(page)
    leave(page.get_by_role("button", name="Sign in"))
    assert is_sound(page)
    sign_in(page, people["admin"])
    for address in (
        "/administration",
        "/administration?state=deactivated",
        "/administration/users/new",
        worker,
        f"{worker}/change",
        f"{worker}/memberships/new",
        f"{worker}/deactivate",
        f"/administration/users/{people['admin'].id}",
        "/administration/agencies",
        "/administration/agencies/new",
    ):
        page.goto(address)
        assert is_sound(page)
    page.goto("/administration/agencies")
    leave(page.get_by_role("link", name="Hill Homes Housing Association", exact=True))
    assert is_sound(page)
    page.goto("/administration/users/new")
    leave(page.get_by_role("button", name="Add and make a link"))
    page.get_by_text("There is a problem").wait_for()
    assert is_sound(page)
    page.goto(worker)
    leave(page.get_by_role("button", name="Make a link"))
    assert is_sound(page)
    link = page.locator(".app-one-time-link").inner_text()
    page.goto(worker)
    leave(page.get_by_role("button", name="Sign out", exact=True))
    page.get_by_role("heading", name="You have signed out").wait_for()
    assert is_sound(page)
    page.goto(link)
    assert is_sound(page)


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_pages_of_the_audit_trail_are_sound(
    new_page: Callable[..., Page], people: dict[str, Someone], viewport: dict[str, int]
) -> None:
    page = new_page(viewport=viewport)
    sign_in(page, people["auditor"])
    for address in ("/audit", "/audit?review=out_of_hours", "/audit?event=case.viewed", "/audit/check"):
        page.goto(address)
        assert is_sound(page)


def test_user_is_added_and_chooses_a_password_without_javascript(
    new_page: Callable[..., Page], people: dict[str, Someone]
) -> None:
    page = new_page(java_script_enabled=False)
    sign_in(page, people["admin"])
    page.goto("/administration/users/new")
    page.get_by_label("Full name").fill("Cass Quill")
    page.get_by_label("Work email address").fill("cass@example.org")
    page.get_by_label("Agency").select_option(label="Hill Homes Housing Association")
    page.get_by_label("Caseworker").check()
    page.get_by_role("group", name="Programmes").get_by_role("checkbox").first.check()
    leave(page.get_by_role("button", name="Add and make a link"))
    link = page.locator(".app-one-time-link").inner_text()

    theirs = new_page(java_script_enabled=False)
    theirs.goto(link)
    theirs.get_by_label("Password", exact=True).fill("copper lantern seven owl")
    theirs.get_by_label("The same password again").fill("copper lantern seven owl")
    leave(theirs.get_by_role("button", name="Set password"))
    theirs.get_by_text("Your password is set").wait_for()
    theirs.get_by_label("Email address").fill("cass@example.org")
    theirs.get_by_label("Password", exact=True).fill("copper lantern seven owl")
    leave(theirs.get_by_role("button", name="Sign in"))

    theirs.get_by_text("Cass Quill").first.wait_for()


def test_choice_of_administrator_asks_for_ones_own_password(
    new_page: Callable[..., Page], people: dict[str, Someone]
) -> None:
    page = new_page()
    sign_in(page, people["admin"])
    page.goto(f"/administration/users/{people['worker'].id}/memberships/new")
    own = page.get_by_label("Your own password")
    assert not own.is_visible()

    page.get_by_label("Administrator").check()

    assert own.is_visible()
