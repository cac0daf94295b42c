"""What narrows the list of referrals. It stands in the address, so it never asks for a name."""

from __future__ import annotations

from casework.forms import FormSchema, code, date_


class ReferralFilter(FormSchema):
    """Every question may stay blank."""

    programme = code("Programme", widget="select")
    outcome = code("Outcome", widget="select")
    source = code("Source", widget="select")
    received_from = date_("Received from", widget="picker")
    received_to = date_("Received to", widget="picker")
