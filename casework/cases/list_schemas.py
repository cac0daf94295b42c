"""What narrows the list of cases. It stands in the address, so it never asks for a name."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from casework.forms import Choice, FormSchema, code, date_

STATES = (
    Choice("open", "Open"),
    Choice("screening", "Waiting to be screened"),
    Choice("closed", "Closed"),
    Choice("declined", "Declined"),
)
URGENCY = (Choice("yes", "Urgent"), Choice("no", "Not urgent"))
CONTACT = (Choice("yes", "None for four weeks"), Choice("no", "Within four weeks"))


class CaseFilter(FormSchema):
    """Every question may stay blank."""

    programme = code("Programme", widget="select")
    state = code("State", STATES, widget="select")
    stage = code("Stage", widget="select")
    worker = code("Worker", widget="select")
    risk_band = code("Risk", widget="select")
    urgent = code("Urgency", URGENCY, widget="select")
    quiet = code("Last contact", CONTACT, widget="select")
    opened_from = date_("Opened from", widget="picker")
    opened_to = date_("Opened to", widget="picker")

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        first, last = data.get("opened_from"), data.get("opened_to")
        if first and last and last < first:
            raise ValidationError({"opened_to": ["Opened to must be the same as or after Opened from"]})
