"""What a manager enters on the team page."""

from __future__ import annotations

from casework.forms import FormSchema, code, date_, text


class ArrangeCover(FormSchema):
    """Somebody stands in for somebody else between two days, both included."""

    user = code("Who is away", required="Select who is away", widget="select")
    by = code("Who stands in", required="Select who stands in", widget="select")
    first_day = date_("First day", required=True, future=True, widget="picker")
    last_day = date_("Last day", required=True, future=True, widget="picker")


class Reassign(FormSchema):
    """All open cases of one worker go to another."""

    worker = code("From", required="Select whose cases are handed over", widget="select")
    to = code("To", required="Select who takes them over", widget="select")
    reason = text("Reason", required="Enter the reason", max_length=500)
