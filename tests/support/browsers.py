"""A real browser for the tests, and axe to judge a page in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    Response,
    expect,
    sync_playwright,
)

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]

ARGUMENTS = [
    "--no-sandbox",  # its sandbox cannot be had by root, and the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers have little of it
    # Nothing but our server may be asked for anything.
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def launched() -> Iterator[Browser]:
    """A running browser; skips the test where there is none, unless CASEWORK_REQUIRE_BROWSER is set."""
    with sync_playwright() as playwright:
        program = _program(playwright)
        if not program:
            missing = "no Chromium on this machine: .ci/run installs one"
            if os.environ.get("CASEWORK_REQUIRE_BROWSER"):
                pytest.fail(missing)
            pytest.skip(missing)
        expect.set_options(timeout=20_000)  # a busy machine is slow, and not wrong
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def _program(playwright: Playwright) -> str | None:
    """The system's own Chromium, else one that `playwright install chromium` fetched."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        # Started, not only found: Ubuntu's chromium-browser may be a note that a snap is wanted.
        if found and subprocess.run([found, "--version"], capture_output=True).returncode == 0:
            return found
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@contextmanager
def pages(browser: Browser, base_url: str) -> Iterator[Callable[..., Page]]:
    """A maker of pages, each in a context (cookies, settings) of its own; see the fixture `new_page`."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def new_page(**options: Any) -> Page:
        british = {"locale": "en-GB", "timezone_id": "Europe/London"}
        context = browser.new_context(base_url=base_url, **{**british, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        _watch(page, faults)
        return page

    try:
        yield new_page
    finally:
        for context in contexts:
            context.close()
    assert not faults, "\n".join(faults)


def _watch(page: Page, faults: list[str]) -> None:
    def console(message: ConsoleMessage) -> None:
        # A page that is refused on purpose says so on the console too; `answered` sees to the files.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(f"{page.url}: {message.text}")

    def answered(response: Response) -> None:
        # A page may be refused on purpose, with 403 or 404; it may not fail, and what it needs must be there.
        wrong = 500 if response.request.resource_type == "document" else 400
        if response.status >= wrong:
            faults.append(f"{page.url} asked for {response.url} and got {response.status}")

    page.on("console", console)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("response", answered)


def leave(way: Locator) -> None:
    """Click on what leads to another page, and wait until that page is there: a click alone returns before."""
    with way.page.expect_navigation():
        way.click()


def axe(page: Page) -> list[str]:
    """What axe finds wrong with the page, one line each: rule, what to do, where. An empty list is a pass."""
    # A click returns when the next page's address stands, which may be before there is anything on it.
    page.wait_for_load_state()
    with _scripted(page) as judged:
        if not judged.evaluate("'axe' in window"):
            judged.evaluate(AXE.read_text(encoding="utf-8"))
        options = {"runOnly": {"type": "tag", "values": STANDARDS}, "resultTypes": ["violations"]}
        # Not all that is found: to carry what passed out of the browser took as long as to find it.
        found = judged.evaluate("async options => (await axe.run(document, options)).violations", options)
    return [
        f"{page.url}: {fault['id']}: {fault['help']}: {node['target']}"
        for fault in found
        for node in fault["nodes"]
    ]


@contextmanager
def _scripted(page: Page) -> Iterator[Page]:
    """The page itself; or, where scripts may not run and axe neither, a copy of it without its scripts."""
    if not page.evaluate("matchMedia('(scripting: none)').matches"):
        yield page
        return
    browser = page.context.browser
    assert browser is not None
    seen = page.content()
    with browser.new_context() as context:
        twin = context.new_page()
        twin.route("**/*.js*", lambda route: route.abort())
        twin.route(page.url, lambda route: route.fulfill(body=seen, content_type="text/html"))
        twin.goto(page.url)
        yield twin
