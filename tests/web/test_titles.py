"""A page's title stays in the browser's history and on its tabs, so it names a case by its reference alone."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
TITLE = re.compile(r"{% block title %}(.*?){% endblock %}", re.DOTALL)
HEADING = re.compile(r"{% block heading %}(.*?){% endblock %}", re.DOTALL)
NAMES_A_PERSON = re.compile(r"frame\.name|person\.name|forename|surname|row\.name|subject")


def test_no_title_names_a_person_of_a_case():
    titles = {
        path: title
        for folder in ("cases", "referrals", "people", "home")
        for path in (TEMPLATES / folder).rglob("*.html")
        for title in TITLE.findall(path.read_text("utf-8"))
    }
    assert len(titles) > 20
    assert [path.name for path, title in titles.items() if NAMES_A_PERSON.search(title)] == []


def test_a_heading_that_names_a_person_is_not_the_title_too():
    named = [
        path
        for path in (TEMPLATES / "cases").rglob("*.html")
        if NAMES_A_PERSON.search("".join(HEADING.findall(path.read_text("utf-8"))))
    ]
    assert named
    assert [path.name for path in named if not TITLE.search(path.read_text("utf-8"))] == []
