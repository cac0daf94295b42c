"""The forms of actions, and what narrows their list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from casework.forms import Choice, FormSchema, code, date_, long_text, text, version

SHOWN: Mapping[str, str] = {
    "outstanding": "Open",
    "overdue": "Overdue",
    "awaited": "Acceptance awaited or refused",
    "unverified": "Waiting to be verified",
    "ended": "Ended",
}
# What somebody may say became of an action. Whether it was done late follows from the day.
OUTCOMES: Mapping[str, str] = {
    "done": "Done",
    "not_done": "Not done",
    "no_longer_possible": "No longer possible, because circumstances changed",
    "superseded": "Superseded by another action",
}
ANSWERS = (Choice("accepted", "The agency takes it on"), Choice("refused", "The agency refuses it"))
VERDICTS = (
    Choice("holds", "It holds"),
    Choice("back", "It does not hold: send it back"),
)
WITHOUT_ACCOUNT = "If they have no account here."


class ActionFilter(FormSchema):
    """Every question may stay blank. It stands in the address, so it never asks for a name."""

    shown = code("State", [Choice(each, words) for each, words in SHOWN.items()], widget="select")
    programme = code("Programme", widget="select")
    agency = code("Agency", widget="select")
    due_from = date_("Due from", future=True, widget="picker")
    due_to = date_("Due to", future=True, widget="picker")

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        first, last = data.get("due_from"), data.get("due_to")
        if first and last and last < first:
            raise ValidationError({"due_to": ["Due to must be the same as or after Due from"]})


class Say(FormSchema):
    words = long_text("How does it stand?", rows=3, max_length=4000, required="Enter how it stands")


class Answer(FormSchema):
    answer = code(
        "Does the agency take this action on?", ANSWERS, required="Select whether the agency takes it on"
    )
    words = long_text("Reason, if it is refused", rows=3, max_length=2000)
    version = version()


class AnswerFor(Answer):
    """By whoever runs the panel, for an agency that told them."""

    words = long_text(
        "Who said so, and why if it is refused",
        rows=3,
        max_length=2000,
        required="Enter who said so, and how",
    )


class End(FormSchema):
    outcome = code(
        "What became of it?",
        [Choice(each, words) for each, words in OUTCOMES.items()],
        required="Select what became of the action",
        widget="radios",
    )
    done_on = date_(
        "When was it done?",
        required="Enter when it was done",
        hint="Whether it was late follows from the day.",
        show_when=("outcome", ["done"]),
    )
    superseded_by = code(
        "Which action takes its place?",
        required="Select the action that takes its place",
        show_when=("outcome", ["superseded"]),
        widget="select",
    )
    words = long_text(
        "Evidence or reason",
        rows=4,
        max_length=4000,
        required="Enter the evidence that it was done, or the reason",
        hint="What was done and what came of it; or why it was not done, or what changed.",
    )
    version = version()


class HandOver(FormSchema):
    owner = code("Who does it now?", widget="select")
    owner_name = text("Or their name", max_length=120, hint=WITHOUT_ACCOUNT)
    reason = text("Reason", max_length=500, required="Enter the reason")
    version = version()


class Give(FormSchema):
    owner = code("Who does it now?", required="Select the agency and who does it", widget="select")
    owner_name = text("Their name", max_length=120, hint=WITHOUT_ACCOUNT)
    reason = text("Reason", max_length=500, required="Enter the reason")
    version = version()


class Move(FormSchema):
    due_on = date_("New due date", required="Enter the new due date", future=True)
    reason = long_text("Reason", rows=3, max_length=2000, required="Enter why the day is changed")
    version = version()


class Verify(FormSchema):
    verdict = code(
        "Does what was reported hold?", VERDICTS, required="Select whether it holds", widget="radios"
    )
    effect = code(
        "What did it do for the risk?",
        required="Select what it did for the risk",
        show_when=("verdict", ["holds"]),
        widget="radios",
    )
    words = long_text("What you saw or asked, or what is missing", rows=3, max_length=2000)
    version = version()


class Rate(FormSchema):
    effect = code("What did it do for the risk?", required="Select what it did for the risk", widget="radios")
    words = long_text("How this is known", rows=3, max_length=2000)
    version = version()
