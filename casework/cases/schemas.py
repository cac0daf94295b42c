"""The forms of a case that are not entries: people, tasks, allocation, access, stages, letters."""

from __future__ import annotations

from typing import Any, ClassVar

from casework.forms import (
    FormSchema,
    code,
    codes,
    date_,
    email,
    hidden,
    long_text,
    number,
    phone,
    postcode,
    text,
    version,
    yes_no,
)

WHY: dict[str, Any] = {"rows": 2, "max_length": 1000, "required": "Enter why it is changed"}


class TimelineFilter(FormSchema):
    """Which kinds of entry the timeline shows."""

    kind = codes("Show only")


class Strike(FormSchema):
    reason = long_text(
        "Why was it recorded in error?", rows=2, max_length=1000, required="Enter why it is wrong"
    )
    version = version()


class NewTask(FormSchema):
    text = long_text("What is to be done", rows=3, max_length=2000, required="Enter what is to be done")
    due_on = date_("Due", future=True, required=True, says="the day it is due")
    assigned_to = code("Who does it?", says="who does it")


class ChangeTask(NewTask):
    revision = number("Version")


class FinishTask(FormSchema):
    outcome = long_text("Outcome", rows=3, max_length=2000, required="Enter what came of it")
    revision = number("Version")


class Allocate(FormSchema):
    worker = code("Worker", required="Select a worker", widget="select")
    reason = text("Why it is handed over", max_length=500)
    version = version()


class Move(FormSchema):
    reason = long_text("Reason", rows=3, max_length=2000)
    version = version()


class ShareWith(FormSchema):
    agency = code("Agency", required="Select an agency", widget="select")


class Exclude(FormSchema):
    user = code("A person", widget="select", hint="Choose a person or an agency, not both.")
    agency = code("An agency", widget="select")
    reason = long_text(
        "Why the case is hidden from them", rows=3, required="Enter why the case is hidden from them"
    )


class WriteLetter(FormSchema):
    harmless: ClassVar[frozenset[str]] = FormSchema.harmless | {"act"}

    part = code("Who is it for?", widget="select", required="Select who it is for")
    name = text("Recipient", hint="The service or person it goes to.", required="Enter who the letter is for")
    body = long_text("Letter", rows=22, required="Enter the words of the letter")


class FindPerson(FormSchema):
    """Who is looked for before anybody is added."""

    role = code("Role in the case", required="Select their role in the case")
    forename = text("First name", max_length=100)
    surname = text("Last name", max_length=100)
    date_of_birth = date_("Date of birth", hint="For example, 27 3 1986. Leave blank if it is not known.")
    postcode = postcode()
    description = text(
        "Who they are, if their name is not known",
        hint="For example: woman in the flat above.",
        max_length=200,
    )


class AddPerson(FormSchema):
    """The outcome of having looked, with what was looked for."""

    outcome = code(
        "Is it one of these people?", required="Select whether it is one of these people", widget="radios"
    )
    relationship_words = text("Relationship to the others in the case", max_length=200)
    role = hidden()
    ticket = hidden()
    forename = hidden()
    surname = hidden()
    born = hidden()
    postcode = hidden()
    description = hidden()


class PersonDetails(FormSchema):
    """What is known of a person."""

    forename = text("First name", max_length=100, group="Name")
    surname = text("Last name", max_length=100, group="Name")
    known_as = long_text(
        "Also known as", rows=2, hint="Other names and spellings, one on each line.", group="Name"
    )
    description = text("Who they are, if their name is not known", group="Name")
    date_of_birth = date_("Date of birth", group="Age")
    approximate_age = number(
        "Approximate age", most=120, hint="If the date of birth is not known.", group="Age"
    )
    phone = phone(group="Safe contact")
    email = email(group="Safe contact")
    safe_to_call = code("Is it safe to call?", group="Safe contact")
    safe_to_leave_message = code("Is it safe to leave a message?", group="Safe contact")
    safe_times = text("Safe times", group="Safe contact")
    safe_alternative = text("Somebody else through whom to reach them, and how", group="Safe contact")
    language = text("Language", group="Interpreter and access")
    interpreter = text("Interpreter", group="Interpreter and access")
    access_needs = text("Access needs", group="Interpreter and access")
    school = text("School, nursery or college", group="School")


class PersonChange(PersonDetails):
    reason = long_text("Why is it changed?", **WHY)
    version = version()


class AddressDetails(FormSchema):
    lines = long_text("Address", rows=3, max_length=500, required="Enter the address")
    postcode = postcode()
    confidential = yes_no(
        "Is this address confidential?",
        hint="A confidential address is never put into a letter or given to anybody.",
        required=True,
    )


class AddressChange(AddressDetails):
    reason = long_text("Why is it changed?", **WHY)
    version = version()


class PartDetails(FormSchema):
    """Somebody's part in the case."""

    relationship_words = text("Relationship to the others in the case", max_length=200)
    safeguarding_decision = code("Safeguarding decision", widget="radios")
    safeguarding_reason = long_text("Why, and who decided", rows=3)
    ended_on = date_("Date their part in the case ended", hint="Leave blank while it lasts.")


class PartChange(PartDetails):
    reason = long_text("Why is it changed?", **WHY)
    version = version()


def without(schema: FormSchema, *names: str) -> Any:
    """A form without some of its questions."""
    for name in names:
        schema.fields.pop(name, None)
        schema.load_fields.pop(name, None)
    return schema
