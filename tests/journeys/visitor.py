"""Somebody at a browser, who reads, fills in and presses as people do; every page they come to is judged.

Questions are found by their field's name, choices, links and buttons by their words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

from tests.support import browsers

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 740}

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def judge(page: Page, viewports: Sequence[Mapping[str, int]] = (PHONE, DESKTOP)) -> list[str]:
    """What is wrong with the page as it stands: what axe finds at these widths, headings, what sticks out."""
    faults = []
    for viewport in viewports:
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        faults += [f"{viewport['width']} px: {fault}" for fault in browsers.axe(page)]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > viewport["width"]:
            faults.append(f"{page.url} is {width} px wide on a screen of {viewport['width']}")
    if page.locator("h1").count() != 1:
        faults.append(f"{page.url} has {page.locator('h1').count()} first headings")
    if page.title().startswith(("Error:  ", "–", " ")):
        faults.append(f"{page.url} has no title of its own: {page.title()}")
    return faults


@dataclass
class Visitor:
    """One person at one browser. `judged` holds the pages already judged, so that each is judged once.

    `viewports` are the widths at which pages are judged; none: they are not judged.
    """

    page: Page
    viewports: Sequence[Mapping[str, int]] = (PHONE, DESKTOP)
    judged: set[tuple[str, ...]] = field(default_factory=set)

    def go(self, path: str) -> None:
        self.page.goto(path)
        self.arrive()

    def follow(self, words: str, within: str = "main") -> None:
        """Follow the link of these words."""
        self._leave(self.page.locator(within).get_by_role("link", name=words).first)

    def press(self, words: str) -> None:
        """Press the button of these words; links that look like buttons count as buttons, as they are announced."""
        self._leave(self._button(words))

    def press_first(self, words: str) -> None:
        """Press the first of the buttons that begin with these words."""
        self._leave(self.page.locator("main").get_by_role("button", name=words).first)

    def offers(self, words: str) -> bool:
        return self._button(words).count() > 0

    def _button(self, words: str) -> Locator:
        return self.page.locator("main").get_by_role("button", name=words, exact=True)

    def _leave(self, way: Locator) -> None:
        assert way.count(), f"{self.page.url} has no {way}:\n{self.words}"
        with self.page.expect_navigation():
            way.click()
        self.arrive()

    def arrive(self) -> None:
        """Judge the page, if it is the first of its kind on this way."""
        if not self.viewports:
            return
        kind = (ID.sub("ID", urlsplit(self.page.url).path), self.heading, str(self.is_wrong))
        if kind not in self.judged:
            self.judged.add(kind)
            faults = judge(self.page, self.viewports)
            assert not faults, "\n".join(faults)

    @property
    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()

    @property
    def words(self) -> str:
        return self.page.locator("main").inner_text()

    @property
    def is_wrong(self) -> bool:
        return self.page.title().startswith("Error: ")

    def fill(self, answers: Mapping[str, Any]) -> None:
        """Answer questions by the names of their fields: words, a date, or the words of a choice (or several)."""
        for name, answer in answers.items():
            if isinstance(answer, date):
                for part in ("day", "month", "year"):
                    self._box(f"{name}-{part}").fill(str(getattr(answer, part)))
            elif self._is_choice(name):
                for words in [answer] if isinstance(answer, str) else answer:
                    self._choose(name, words)
            else:
                self._box(name).fill(answer)

    def _box(self, name: str) -> Locator:
        return self.page.locator(f'main [name="{name}"]')

    def _is_choice(self, name: str) -> bool:
        return self._box(name).first.evaluate(
            "box => box.tagName === 'SELECT' || ['radio', 'checkbox'].includes(box.type)"
        )

    def _choose(self, name: str, words: str) -> None:
        if self._box(name).first.evaluate("box => box.tagName") == "SELECT":
            self._box(name).select_option(label=words)
        else:
            option = self._options(name).get_by_label(words, exact=True)
            assert option.count(), f"{name} has no choice {words}:\n{self._options(name).inner_text()}"
            option.check()

    def _options(self, name: str) -> Locator:
        """The innermost set of fields that asks this."""
        return self.page.locator("fieldset", has=self.page.locator(f'[name="{name}"]')).last

    def answered(self, name: str) -> Any:
        """What stands in the answer to a question now, in the words that `fill` takes."""
        if self.page.locator(f'main [name="{name}-day"]').count():
            parts = [self._box(f"{name}-{part}").input_value() for part in ("year", "month", "day")]
            return date(*map(int, parts)) if all(parts) else None
        if not self._is_choice(name):
            return self._box(name).input_value()
        if self._box(name).first.evaluate("box => box.tagName") == "SELECT":
            return self._box(name).evaluate("box => box.selectedOptions[0].label")
        chosen = self._options(name).locator(f'[name="{name}"]:checked')
        return chosen.first.evaluate("box => box.labels[0].innerText") if chosen.count() else ""

    def is_refused(self, button: str, answers: Mapping[str, Any], *says: str) -> None:
        """Send something wrong: the page comes back, says so in its title and summary, and has what was typed."""
        self.fill(answers)
        self.press(button)
        assert self.is_wrong, f"{self.page.url} took {answers}"
        summary = self.page.locator(".govuk-error-summary")
        for words in says:
            assert words in summary.inner_text(), summary.inner_text()
        for link in summary.get_by_role("link").all():
            target = self.page.locator(f'[id="{(link.get_attribute("href") or "").removeprefix("#")}"]')
            assert target.count() == 1, f"{self.page.url}: {link.inner_text()} leads nowhere"
        for name, answer in answers.items():
            if isinstance(answer, str | date):
                assert self.answered(name) == answer
