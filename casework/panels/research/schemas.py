"""The forms of research: what an agency knows of each person, to whom it is handed, whom the coordinator invites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from casework.forms import Choice, FormSchema, code, codes, date_, long_text, text, version

KNOWN = (Choice("yes", "Known"), Choice("no", "Not known"))
NAMES = ("known", "last_contact_on", "worker", "facts", "disclosable", "corrections")


class ResearchForm(FormSchema):
    """The base of the form of one request; `act` is the button that was pressed."""

    harmless: ClassVar[frozenset[str]] = FormSchema.harmless | {"act"}


def research_form(people: Iterable[tuple[str, str, str]], *, behalf: bool, changing: bool) -> ResearchForm:
    """The questions about each person (key, name, name with role), and besides.

    `behalf` asks who gave it, where somebody records for another agency; `changing` why it is changed.
    """
    fields: dict[str, Any] = {}
    for key, name, title in people:
        fields |= _about(key, name, title)
    fields["proposed"] = long_text(
        "Actions your agency proposes",
        rows=3,
        group="For the panel",
        hint="One to a line: what, by whom, by when.",
    )
    fields["comment"] = long_text("Anything else", rows=3, group="For the panel")
    if behalf:
        fields["told_by"] = text(
            "Who gave this to you, and how",
            required="Enter who gave this to you, and how",
            group="For the panel",
            hint="You record it for another agency.",
        )
    if changing:
        fields["reason"] = text("Why it is changed", max_length=500, group="For the panel")
    fields["version"] = version()
    schema: Any = ResearchForm.from_dict(fields, name="Research")
    made: ResearchForm = schema()
    return made


def _about(key: str, name: str, title: str) -> dict[str, Any]:
    known = (f"known_{key}", ("yes",))
    only: dict[str, Any] = {"show_when": known, "group": title}
    return {
        f"known_{key}": code(
            f"Is {name} known to your agency?",
            KNOWN,
            says=f"whether {name} is known",
            widget="radios",
            group=title,
        ),
        f"last_contact_on_{key}": date_("Last contact", **only),
        f"worker_{key}": text("Worker there, and how to reach them", **only),
        f"facts_{key}": long_text("Facts that bear on risk", rows=4, **only),
        f"disclosable_{key}": long_text(
            "What may be told, and to whom",
            rows=2,
            hint="These words go into the minutes as they stand. Leave blank what must stay with the panel.",
            **only,
        ),
        f"corrections_{key}": text(
            "Corrections of name, birth or address",
            max_length=500,
            hint="Only where what we have is wrong.",
            **only,
        ),
    }


class HandOver(FormSchema):
    user = code("Who takes it over?", widget="radios", required="Select who takes it over")
    version = version()


class InviteGuest(FormSchema):
    """Somebody of a school or surgery who is asked about one item."""

    agency = code("Agency", widget="select", required="Select their agency")
    name = text(
        "Name and job", max_length=120, required="Enter their name and job", says="their name and job"
    )
    people = codes("Whom may they be asked about?", required="Select at least one person")
    question = long_text("What they are asked", rows=4, max_length=4000, required="Enter what they are asked")


class GuestCode(FormSchema):
    code = text("Code", max_length=20, width="10", required="Enter the code you were given", says="the code")


class GuestAccepts(FormSchema):
    accepts = codes(
        "Confidentiality",
        (Choice("yes", "I have read this and accept it"),),
        required="Select that you have read this and accept it",
    )


def split(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The answers about one person, by the names of `returns.Knows`."""
    return {name: values.get(f"{name}_{key}") for name in NAMES}
