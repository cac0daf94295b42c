"""What narrows the list of referrals. It stands in the address, so it never asks for a name."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from casework.forms import FormSchema, code, date_


class ReferralFilter(FormSchema):
    """Every question may stay blank."""

    programme = code("Programme", widget="select")
    outcome = code("Outcome", widget="select")
    source = code("Source", widget="select")
    received_from = date_("Received from", widget="picker")
    received_to = date_("Received to", widget="picker")

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        first, last = data.get("received_from"), data.get("received_to")
        if first and last and last < first:
            raise ValidationError({"received_to": ["Received to must be the same as or after Received from"]})
