"""The forms of transfers between areas."""

from __future__ import annotations

from collections.abc import Mapping

from casework.forms import Choice, FormSchema, code, codes, date_, long_text, text, version

PAPERS: Mapping[str, str] = {
    "referral": "Referral",
    "risk": "Risk assessment",
    "minutes": "Minutes",
    "action_plan": "Action plan",
}

CHOICES = [Choice(each, words) for each, words in PAPERS.items()]
AREA = "Panel of which area?"
CONTACT = "Who there?"
CONTACT_HINT = "Name, office, and a secure address. They are told, so the gate is asked."


class Send(FormSchema):
    area = text(AREA, max_length=120, required="Enter to which area's panel it goes")
    contact = text(CONTACT, required="Enter who receives it", hint=CONTACT_HINT)
    sent_on = date_("Sent on", required="Enter when it was sent")
    papers = codes("Which papers went?", CHOICES, required="Select which papers went")
    basis = code("On what basis is it shared?", widget="select", required="Select on what basis it is shared")
    why = long_text(
        "Why it goes, and what that panel must know at once", required="Enter why it goes", rows=4
    )


class Receive(FormSchema):
    area = text(AREA, max_length=120, required="Enter from which area's panel it came")
    contact = text(CONTACT, required="Enter who sent it", hint="Name, office, and a secure address.")
    sent_on = date_("Sent on", required="Enter when it was sent")
    papers = codes("Which papers came?", CHOICES)
    missing = codes("Which are missing?", CHOICES, hint="They are asked for, and a task reminds of them.")
    why = long_text("What that panel says", rows=4)


class Step(FormSchema):
    step = code("What has happened?", required="Select what has happened", widget="radios")
    on = date_("On which day?", required="Enter on which day")
    said = long_text("What they said", rows=3, max_length=2000)
    version = version()
