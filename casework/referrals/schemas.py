"""What comes in about referrals: the forms that are the same in every programme."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from casework.forms import (
    Choice,
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
    today,
    version,
    yes_no,
)

SAFE = (Choice("yes", "Yes"), Choice("no", "No"), Choice("not_known", "Not known"))
# What the page of address and safe contact asks of a person as such.
CONTACT = (
    "phone", "email", "safe_to_call", "safe_to_leave_message", "safe_times", "safe_alternative", "language",
    "interpreter", "access_needs",
)  # fmt: skip
NEW, SAME = (
    "new",
    "same:",
)  # choices of a match: nobody on record; somebody already on this form (their key follows)


class ChooseProgramme(FormSchema):
    programme = code("Which programme is this referral for?", required=True)


class PersonSearch(FormSchema):
    """Who somebody is, as far as it is known: searched for before anything else is asked."""

    forename = text("First name", max_length=100)
    surname = text("Last name", max_length=100)
    date_of_birth = date_("Date of birth", hint="For example, 27 3 1986")
    postcode = postcode("Postcode where they live")
    description = text(
        "Who they are, if you do not know their name", hint="For example, the woman in the flat above"
    )
    approximate_age = number(
        "Approximate age, if you do not know their date of birth", hint="In years", most=120
    )

    @validates_schema(skip_on_field_errors=False)
    def _somebody(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not (data.get("forename") or data.get("surname") or data.get("description")):
            raise ValidationError({"forename": ["Enter a name, or describe the person if it is not known"]})


class ChooseMatch(FormSchema):
    """Whether somebody on record is the person meant. `seen` stands for the list that the page showed."""

    choice = code("Is this one of these people?", required="Select the person, or that it is none of these")
    seen = hidden("List of people")


class AddPerson(FormSchema):
    role = code(
        "What is their part in this?", required="Select their part in this, or continue without adding"
    )


class Contact(FormSchema):
    """Where somebody lives and how they may safely be reached; blank leaves what is on record."""

    known_as = text("Other names or spellings", hint="Separate them with commas", max_length=300)
    relationship_words = text(
        "Who they are to the others in this referral",
        hint="For example, neighbour above, ex-partner",
        max_length=300,
    )
    address_lines = long_text("Address", rows=3, max_length=500, group="Address")
    address_postcode = postcode("Postcode", group="Address")
    address_confidential = yes_no("Must this address be kept from anybody?", group="Address")
    phone = phone("Telephone number", group="Safe contact")
    email = email("Email address", group="Safe contact")
    safe_to_call = code("Is it safe to call?", SAFE, group="Safe contact")
    safe_to_leave_message = code("Is it safe to leave a message?", SAFE, group="Safe contact")
    safe_times = text("Safe times to call", group="Safe contact")
    safe_alternative = text(
        "Somebody else through whom they can safely be reached", hint="Their name, and how to reach them",
        max_length=300, group="Safe contact",
    )  # fmt: skip
    language = text("Language", group="Interpreter and access needs")
    interpreter = text("Interpreter needed", group="Interpreter and access needs")
    access_needs = text("Access needs", max_length=500, group="Interpreter and access needs")


class Warnings(FormSchema):
    """Who must not be told, and what keeps staff safe."""

    not_told_1 = text("Who must not be told of this referral?", group="Must not be told")
    not_told_why_1 = text("Why must they not be told?", max_length=500, group="Must not be told")
    not_told_2 = text("Somebody else who must not be told", group="Must not be told")
    not_told_why_2 = text("Why must they not be told?", max_length=500, group="Must not be told")
    not_told_3 = text("Somebody else who must not be told", group="Must not be told")
    not_told_why_3 = text("Why must they not be told?", max_length=500, group="Must not be told")
    staff_safety = long_text(
        "What must staff know to stay safe?", rows=3, max_length=2000, group="Staff safety",
        hint="For example: a dangerous dog, weapons, do not visit alone",
    )  # fmt: skip
    conflict = text(
        "Is there anybody in a partner agency who must not see this?",
        max_length=500,
        group="Conflict of interest",
        hint="For example, a relative who works there. The coordinator decides.",
    )

    @validates_schema(skip_on_field_errors=False)
    def _whom_and_why(self, data: dict[str, Any], **_kwargs: Any) -> None:
        faults = {}
        for place in ("1", "2", "3"):
            who, why = data.get(f"not_told_{place}"), data.get(f"not_told_why_{place}")
            if who and not why:
                faults[f"not_told_why_{place}"] = [f"Enter why {who} must not be told"]
            if why and not who:
                faults[f"not_told_{place}"] = ["Enter who must not be told"]
        if faults:
            raise ValidationError(faults)


class Source(FormSchema):
    """Who refers, when and how."""

    received_on = date_("Date received", required=True)
    source = code("Referral source", required=True, widget="select")
    route = code("How the referral came", widget="select")
    agency = code("Referring agency", widget="select")
    referrer_name = text("Name of the person who refers", group="Who refers")
    referrer_job = text("Their job", group="Who refers")
    referrer_contact = text(
        "How to reach them", hint="A telephone number or email address", group="Who refers"
    )


class OwnSource(FormSchema):
    """The same, asked of the one who refers."""

    source = code(
        "Which of these describes you best?", required="Select what describes you best", widget="select"
    )
    referrer_name = text("Your name", required=True)
    referrer_job = text("Your job", required=True)
    referrer_contact = text(
        "How we can reach you",
        hint="A telephone number or email address",
        required="Enter how we can reach you",
    )


class WhatHappened(FormSchema):
    narrative = long_text(
        "What has happened, and what are you worried about?", required="Enter what has happened", rows=10
    )


class Agreement(FormSchema):
    """Two facts that are not one: agreement to support, and awareness of the referral."""

    agreement = code("Does the person agree to support?", group="Agreement to support")
    agreement_whom = text(
        "Who gave it?", hint="For a child, the parent or guardian", group="Agreement to support"
    )
    agreement_text = text("How was it given?", max_length=500, group="Agreement to support")
    awareness = code("Does the person know of this referral?", group="Awareness of the referral")
    awareness_why = text("If they were not told, why not?", max_length=500, group="Awareness of the referral")

    @validates_schema(skip_on_field_errors=False)
    def _why_not(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data.get("awareness") in ("unsafe_to_tell", "would_prejudice") and not data.get("awareness_why"):
            raise ValidationError({"awareness_why": ["Enter why they were not told"]})


class Exclude(FormSchema):
    user_1 = code("Person who must not see this", widget="select", group="First")
    agency_1 = code("Or a whole agency", widget="select", group="First")
    reason_1 = text("Why?", max_length=500, group="First")
    user_2 = code("Person who must not see this", widget="select", group="Second")
    agency_2 = code("Or a whole agency", widget="select", group="Second")
    reason_2 = text("Why?", max_length=500, group="Second")

    @validates_schema(skip_on_field_errors=False)
    def _one_and_why(self, data: dict[str, Any], **_kwargs: Any) -> None:
        faults: dict[str, list[str]] = {}
        for place in ("1", "2"):
            user, agency = data.get(f"user_{place}"), data.get(f"agency_{place}")
            if user and agency:
                faults[f"user_{place}"] = ["Choose a person or an agency, not both"]
            elif (user or agency) and not data.get(f"reason_{place}"):
                faults[f"reason_{place}"] = ["Enter why they must not see this"]
        if faults:
            raise ValidationError(faults)


class Accept(FormSchema):
    agency = code("Which agency holds the case?", required=True, widget="select")
    worker = code("Who works it?", widget="select", hint="Leave blank to allocate it later.")
    words = long_text(
        "What the referrer is told", rows=3, max_length=2000,
        hint="They see these words and that the referral was accepted, and nothing of the case.",
    )  # fmt: skip
    version = version()


class ChooseCase(FormSchema):
    case = code("Open cases of the same people", widget="radios")
    reference = text("Or the reference of another case", max_length=40, width="20")

    @validates_schema(skip_on_field_errors=False)
    def _one(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if bool(data.get("case")) == bool(data.get("reference")):
            raise ValidationError({"reference": ["Select a case or enter the reference of one"]})


class Join(FormSchema):
    words = long_text(
        "What the referrer is told",
        rows=3,
        max_length=2000,
        hint="They are told that the referral was accepted and these words; not that there was a case.",
    )
    version = version()


class AskInformation(FormSchema):
    question = long_text("What do you need to know?", required="Enter what you need to know", max_length=5000)
    due_on = date_("Answer wanted by", future=True)
    version = version()

    @validates_schema(skip_on_field_errors=False)
    def _ahead(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data.get("due_on") and data["due_on"] < today():
            raise ValidationError({"due_on": ["The day by which an answer is wanted must be today or later"]})


class Decline(FormSchema):
    reason = code("Reason", required=True)
    words = long_text(
        "What the referrer is told", required="Enter what the referrer is told", rows=4, max_length=2000
    )
    version = version()


class AnswerQuestion(FormSchema):
    answer = long_text("Your answer", required="Enter your answer", max_length=10_000)


class MakeLink(FormSchema):
    programme = code("Programme", required=True)
    agency = code("Agency that will use it", widget="select", hint="Leave blank for somebody of no agency.")
    days = number("Days until it expires", required=True, least=1, most=60)


class LogEnquiry(FormSchema):
    """Advice about nobody who is named."""

    programme = code("Programme", required=True)
    received_on = date_("Date of the enquiry", required=True)
    source = code("Who asked?", widget="select")
    topics = codes("What was it about?", required="Select what it was about")
    advice = long_text("Advice given", hint="Name nobody.", rows=4, max_length=5000)


class Reason(FormSchema):
    """What every amendment adds to the questions it amends."""

    reason = long_text(
        "Why is it changed?", required="Enter why it is changed", rows=2, max_length=1000,
        hint="The old and the new words are both kept, with your reason, name and the time.",
    )  # fmt: skip
    version = version()
