"""The built design system: ours to use off gov.uk, and whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[2] / "casework/static/vendor"

# Crown property, and only in a footer that we do not use.
LEFT_OUT = {"images/govuk-crest.svg"}


@pytest.fixture(scope="module")
def stylesheet() -> str:
    return (VENDOR / "design-system.css").read_text(encoding="utf-8")


def test_stylesheet_asks_for_no_font(stylesheet: str) -> None:
    assert "@font-face" not in stylesheet
    assert "GDS Transport" not in stylesheet


def test_stylesheet_holds_both_kinds_of_component(stylesheet: str) -> None:
    assert ".govuk-error-summary" in stylesheet
    assert ".moj-timeline" in stylesheet
    # The Ministry's components come last, because they overrule.
    assert stylesheet.index(".govuk-error-summary") < stylesheet.index(".moj-timeline")


def test_every_picture_of_the_stylesheet_is_there(stylesheet: str) -> None:
    pictures = set(re.findall(r"url\(\"?(?!data:)([^\")]+)", stylesheet))

    assert {name for name in pictures if not (VENDOR / name).is_file()} == LEFT_OUT


@pytest.mark.parametrize("name", ["govuk-frontend.min.js", "moj-frontend.min.js"])
def test_script_needs_no_other_file(name: str) -> None:
    script = (VENDOR / name).read_text(encoding="utf-8")

    assert not re.search(r"\b(from|import)\s*\(?[\"']", script)
