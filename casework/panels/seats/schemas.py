"""What is asked of a seat on a panel."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from casework.forms import FormSchema, code, date_, email, text, version


class NewSeat(FormSchema):
    """Which agency takes a seat; who sits is asked on the next page, from its own people."""

    agency = code("Agency", widget="select", required="Select the agency that takes a seat")


class SeatDetails(FormSchema):
    """Who sits, and to whom delays go."""

    member = code("Member", widget="select", hint="Gets the agenda, what is asked, and the papers.")
    deputy = code("Deputy", widget="select", hint="Comes when the member cannot.")
    alternate = code(
        "Alternate",
        widget="select",
        hint="Takes a case that neither the member nor the deputy may deal with.",
    )
    senior_name = text(
        "Name of the senior", max_length=120, group="Senior to whom overdue actions are escalated"
    )
    senior_email = email("Email address of the senior", group="Senior to whom overdue actions are escalated")
    from_day = date_("Sits from", required=True, future=True, group="Since when")
    version = version()

    @validates_schema
    def _somebody(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data.get("member") is None and (data.get("deputy") or data.get("alternate")):
            raise ValidationError({"member": ["Select the member before a deputy or an alternate"]})


class EndSeat(FormSchema):
    """From when an agency has no seat."""

    ended_on = date_("The agency has no seat from", required=True, future=True)
    version = version()
