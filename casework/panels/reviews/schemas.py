"""The form of a review, and what narrows their list."""

from __future__ import annotations

from collections.abc import Mapping

from casework.forms import Choice, FormSchema, code, long_text, version, yes_no

SHOWN: Mapping[str, str] = {
    "due": "Due now",
    "soon": "Due within 30 days",
    "open": "All that are to do",
    "done": "Done",
    "ended": "Ended without being done",
}


class ReviewFilter(FormSchema):
    """Every question may stay blank. It stands in the address, so it never asks for a name."""

    shown = code("State", [Choice(each, words) for each, words in SHOWN.items()], widget="select")
    programme = code("Programme", widget="select")


class FinishReview(FormSchema):
    outcome = long_text(
        "What came of the review?",
        rows=5,
        max_length=4000,
        required="Enter what came of the review",
        hint="What was looked at, with whom, what has changed, and what follows.",
    )
    back = yes_no("Does the panel have to look at the case again?", required=True)
    version = version()
