"""Every page of the application, found by its routes: shown to somebody who may see it, judged, its links followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.routing import Rule

from tests.journeys.borough import ROLES, Borough, make_borough
from tests.journeys.visitor import Visitor, judge
from tests.support import makers
from tests.support.serving import LiveServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# What answers with no page of its own.
NO_PAGES = frozenset(
    (
        *("panels.live_now", "panels.item_now", "panels.read_notes", "panels.room_now"),
        *(
            "static",
            "accounts.stay",
            "cases.file",
            "referrals.import_faults",
            "statistics.download",
            "statistics.download_panels",
            "panels.paper_file",
            "panels.minutes_file",
            "panels.download_flags",
            "panels.calendar_file",
        ),
    )
)


@pytest.fixture
def borough(app: Flask) -> Borough:
    return make_borough(app)


def routes(app: Flask) -> Iterator[Rule]:
    """Every route that is asked for, and does not only take what is sent."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES:
            yield rule


def address(app: Flask, borough: Borough, rule: Rule) -> str:
    """The route's address for the borough's own case, referral and so on."""
    values = borough.values_for(rule.endpoint)
    missing = rule.arguments - values.keys()
    assert not missing, f"{rule.endpoint}: the borough has nothing for {missing}; give it something to show"
    more = borough.of_endpoint.get(rule.endpoint, {})
    wanted = {name: values[name] for name in rule.arguments} | dict(more)
    return app.url_map.bind("localhost").build(rule.endpoint, wanted)


def visitor_of(app: Flask, borough: Borough, rule: Rule) -> str:
    """The role of somebody who may see the page; "" for a page that needs nobody signed in."""
    view: Any = app.view_functions[rule.endpoint]
    if getattr(view, "is_public", False):
        return ""
    return next(role for role in ROLES if borough.actors[role].has(view.required_permission))


SHARES = 2  # so that no worker of the test run is still busy with it when the others have nothing left to do


@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_is_sound_and_its_links_lead_somewhere(
    app: Flask, borough: Borough, new_page: Callable[..., Page], live_server: LiveServer, share: int
) -> None:
    todo = [(visitor_of(app, borough, rule), address(app, borough, rule)) for rule in routes(app)]
    todo += [(role, "/") for role in ROLES]
    todo = todo[share::SHARES]
    faults: list[str] = []
    for role in sorted({role for role, _ in todo}):
        page = new_page()
        if role:
            sign_in(page, borough.emails[role])
        followed: set[str] = set()
        for path in sorted({path for each, path in todo if each == role}):
            answer = page.goto(path)
            if answer is None or answer.status != 200:
                faults.append(f"{role} asked for {path} and got {answer and answer.status}")
                continue
            faults += judge(page)
            faults += broken_links(page, live_server.url, followed)
    assert not faults, "\n".join(faults)


def sign_in(page: Page, email: str) -> None:
    visitor = Visitor(page, viewports=())
    visitor.go("/sign-in")
    visitor.fill({"email": email, "password": makers.PASSWORD})
    visitor.press("Sign in")
    assert visitor.heading == "My work"


def broken_links(page: Page, site: str, followed: set[str]) -> list[str]:
    """Links to pages of ours that answer their reader with an error, and links into the page that lead nowhere."""
    faults = []
    hrefs: list[str] = page.evaluate("[...document.links].map(link => link.getAttribute('href'))")
    for href in hrefs:
        target, fragment = urldefrag(urljoin(page.url, href))
        if target == urldefrag(page.url)[0]:
            if fragment and not page.locator(f'[id="{fragment}"]').count():
                faults.append(f"{page.url}: nothing is called {fragment}")
        elif target.startswith(site) and alike(target) not in followed:
            followed.add(alike(target))
            status = page.context.request.get(target, max_redirects=5).status
            if status >= 400:
                faults.append(f"{page.url} links to {target}, which answers {status}")
    return faults


def alike(address: str) -> str:
    """The same for addresses that differ in the values of their query alone, as every figure of a report has."""
    parts = urlsplit(address)
    return " ".join([parts.path, *sorted(parse_qs(parts.query, keep_blank_values=True))])
