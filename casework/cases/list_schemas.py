"""What narrows the list of cases. It stands in the address, so it never asks for a name."""

from __future__ import annotations

from casework.forms import FormSchema, code, date_, yes_no


class CaseFilter(FormSchema):
    """Every question may stay blank."""

    programme = code("Programme", widget="select")
    state = code("State", widget="select")
    worker = code("Worker", widget="select")
    risk_band = code("Risk", widget="select")
    urgent = yes_no("Urgent only")
    opened_from = date_("Opened from", widget="picker")
    opened_to = date_("Opened to", widget="picker")
