"""The forms of support plans and their sessions."""

from __future__ import annotations

from collections.abc import Mapping

from casework.forms import Choice, FormSchema, code, date_, long_text, number, text, version

MOST = 52  # sessions in one series
STATES: Mapping[str, tuple[str, str]] = {
    "planned": ("Planned", "blue"),
    "delivered": ("Delivered", "green"),
    "missed": ("Missed", "red"),
    "cancelled": ("Cancelled", "grey"),
}

EVERY = (
    Choice("7", "Every week"),
    Choice("14", "Every two weeks"),
    Choice("28", "Every four weeks"),
    Choice("1", "Every day"),
)


class Plan(FormSchema):
    began_on = date_("Support begins on", required="Enter when support begins", future=True)
    aims = long_text(
        "What support is to achieve", required="Enter what support is to achieve", max_length=5000
    )
    lead = text("Who leads", required="Enter who leads the plan", hint="Name and service.")
    version = version()


class EndPlan(FormSchema):
    ended_on = date_("The plan ended on", required="Enter when the plan ended")
    outcome = long_text("What came of it", required="Enter what came of the plan", max_length=5000)
    version = version()


class Sessions(FormSchema):
    kind = code("Kind of session", required="Select what kind of session it is", widget="select")
    provider = text("Who provides it", hint="Name and service.")
    first = date_("First session", required="Enter the day of the first session", future=True)
    times = number(
        "How many sessions?", least=1, most=MOST, required="Enter how many sessions are planned", width="3"
    )
    every = code("How often?", EVERY, widget="select", hint="Where there is more than one.")


class Mark(FormSchema):
    state = code(
        "What became of it?",
        [Choice(each, words) for each, (words, _) in STATES.items()],
        required="Select what became of the session",
        widget="radios",
    )
    delivered_on = date_(
        "When was it delivered?",
        required="Enter the day on which it was delivered",
        show_when=("state", ["delivered"]),
    )
    words = long_text(
        "What was done, or why it did not take place",
        rows=3,
        max_length=4000,
        hint="A reason is needed where it did not.",
    )
    version = version()
