"""What narrows the audit trail. It stands in the address, so it never asks for a name of a person in a case."""

from __future__ import annotations

from casework import forms
from casework.forms import Choice, FormSchema

OUT_OF_HOURS, NOT_ALLOCATED = "out_of_hours", "not_allocated"
REVIEWS = (
    Choice(OUT_OF_HOURS, "Looked at out of hours", "Before 7am, after 8pm or at a weekend"),
    Choice(NOT_ALLOCATED, "Cases opened by somebody to whom they are not allocated"),
)


class TrailFilter(FormSchema):
    """Every question may stay blank."""

    review = forms.code("Review", REVIEWS, widget="select")
    user = forms.code("User", widget="select")
    event = forms.code("What happened", widget="select")
    subject = forms.text("Reference or id", max_length=60, hint="Of a case, a referral or any record")
    programme = forms.code("Programme", widget="select")
    first_day = forms.date_("From", widget="picker")
    last_day = forms.date_("To", widget="picker")
