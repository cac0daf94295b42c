"""The form that puts a case to the panel of another programme."""

from __future__ import annotations

from casework.forms import FormSchema, code, long_text


class Put(FormSchema):
    """What is shared with another panel, and on what basis."""

    to = code("To which panel?", widget="radios", required="Select the panel to which the case is put")
    destination = code(
        "What kind of service is it?",
        widget="select",
        hint="Asked only where the programme has no rule for that panel.",
    )
    text = long_text(
        "What is shared",
        required="Enter what is shared",
        hint="The name and date of birth go with it; nothing else does but what you write here.",
    )
    basis = code("On what basis is it shared?", widget="select", required="Select on what basis it is shared")
    why = long_text(
        "Why sharing it is necessary and proportionate",
        rows=3,
        required="Enter why sharing it is necessary and proportionate",
    )
