"""That the browser fixtures see what they are there to see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.support import browsers
from tests.support.serving import LiveServer, serving

GOOD = "<!doctype html><html lang=en><title>Good</title><main><h1>Good</h1></main>"
PAGES = {
    "good": GOOD,
    "unlabelled": "<!doctype html><html lang=en><title>Bad</title><main><h1>Bad</h1><input></main>",
    "scripted": GOOD.replace("</h1>", "</h1><input>") + "<script src=/remove.js></script>",
    "remove.js": "document.querySelector('input').remove()",
    "failing": f"{GOOD}<script>throw new Error('a slip')</script>",
    "broken": f"{GOOD}<img src=/absent.png alt=''>",
}


@pytest.fixture
def server() -> Iterator[LiveServer]:
    app = Flask("pages")
    app.add_url_rule("/<name>", "page", lambda name: PAGES.get(name) or ("absent", 404))
    app.add_url_rule("/down", "down", lambda: ("down", 503))
    with serving(app) as server:
        yield server


def test_axe_names_the_rule_that_a_page_breaks(browser: Browser, server: LiveServer) -> None:
    with browsers.pages(browser, server.url) as new_page:
        page = new_page()
        page.goto("/good")
        assert browsers.axe(page) == []
        page.goto("/unlabelled")
        assert [line.split(": ")[1] for line in browsers.axe(page)] == ["label"]


def test_axe_judges_what_somebody_without_scripts_gets(browser: Browser, server: LiveServer) -> None:
    with browsers.pages(browser, server.url) as new_page:
        scripted, plain = new_page(), new_page(java_script_enabled=False)
        scripted.goto("/scripted")
        plain.goto("/scripted")
        assert browsers.axe(scripted) == []
        assert [line.split(": ")[1] for line in browsers.axe(plain)] == ["label"]


@pytest.mark.parametrize(("name", "told"), [("failing", "a slip"), ("broken", "absent.png"), ("down", "503")])
def test_fault_of_a_page_fails_the_test(browser: Browser, server: LiveServer, name: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told), browsers.pages(browser, server.url) as new_page:
        new_page().goto(f"/{name}")


def test_page_that_is_not_found_is_no_fault(browser: Browser, server: LiveServer) -> None:
    with browsers.pages(browser, server.url) as new_page:
        answer = new_page().goto("/nowhere")

    assert answer is not None
    assert answer.status == 404
