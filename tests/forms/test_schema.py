from __future__ import annotations

from datetime import date

import pytest
from marshmallow import ValidationError, validates_schema
from werkzeug.datastructures import MultiDict

from casework.forms import (
    Choice,
    FormSchema,
    code,
    codes,
    date_,
    long_text,
    number,
    password,
    read,
    schema_from_fields,
    text,
    yes_no,
)

SOURCES = (Choice("police", "Police"), Choice("other", "Somebody else"))
NEEDS = (Choice("housing", "Housing"), Choice("debt", "Debt"))


class Referral(FormSchema):
    received_on = date_("Date received", required=True)
    source = code("Source", SOURCES, required=True)
    source_other = text("Who referred them", required=True, show_when=("source", ["other"]))
    needs = codes("Needs", NEEDS)
    owed = number("Amount owed", show_when=("needs", ["debt"]))
    agrees = yes_no("Agrees to support")
    why_not = long_text("Why not", required=True, show_when=("agrees", ["no"]))
    pin = password("Your password")

    harmless = FormSchema.harmless | {"save"}


def posted(**changes):
    """A whole answer to `Referral`, changed; None takes a key away."""
    answers = {
        "csrf_token": "abc",
        "save": "draft",
        "received_on-day": "27",
        "received_on-month": "3",
        "received_on-year": "2020",
        "source": "police",
        **changes,
    }
    form: MultiDict[str, str] = MultiDict()
    for name, value in answers.items():
        if value is not None:
            form.setlist(name, value if isinstance(value, list) else [value])
    return form


def test_a_whole_form_becomes_values():
    result = read(Referral(), posted(needs=["debt", "housing"], owed="1,200", agrees="yes"))

    assert result.errors == {}
    assert result.values == {
        "received_on": date(2020, 3, 27),
        "source": "police",
        "source_other": None,
        "needs": ["housing", "debt"],
        "owed": 1200,
        "agrees": True,
        "why_not": None,
        "pin": None,
    }


def test_a_date_may_come_in_one_piece():
    whole = posted(
        **{f"received_on-{box}": None for box in ("day", "month", "year")}, received_on="27 March 2020"
    )

    result = read(Referral(), whole)

    assert result.values is not None
    assert result.values["received_on"] == date(2020, 3, 27)


def test_every_error_is_told_at_once_in_the_order_of_the_page():
    result = read(Referral(), MultiDict({"agrees": "no", "owed": "x", "needs": "debt"}))

    assert result.values is None
    assert list(result.errors.items()) == [
        ("received_on", ["Enter the date received"]),
        ("source", ["Select the source"]),
        ("owed", ["Amount owed must be a whole number, like 3"]),
        ("why_not", ["Enter why not"]),
    ]


def test_what_was_typed_comes_back_as_it_was_typed():
    form = posted(
        **{"received_on-day": " 31", "received_on-month": "4"},
        source="other",
        source_other="  ",
        needs=["debt"],
    )

    result = read(Referral(), form)

    assert result.raw == {
        "received_on": {"day": " 31", "month": "4", "year": "2020"},
        "source": "other",
        "source_other": "  ",
        "needs": ["debt"],
    }


def test_a_password_never_comes_back():
    assert "pin" not in read(Referral(), posted(pin="secret", source=None)).raw


def test_an_answer_to_a_question_that_was_not_asked_is_dropped():
    result = read(Referral(), posted(source_other="An old answer", agrees="yes", why_not="An older one"))

    assert result.values is not None
    assert result.values["source_other"] is None
    assert result.values["why_not"] is None


def test_a_question_is_required_once_the_answers_lead_to_it():
    assert read(Referral(), posted(source="other")).errors == {"source_other": ["Enter who referred them"]}
    assert read(Referral(), posted(agrees="no")).errors == {"why_not": ["Enter why not"]}


def test_json_may_not_answer_what_was_not_asked():
    with pytest.raises(ValidationError) as caught:
        Referral().load({"received_on": "2020-03-27", "source": "police", "source_other": "Somebody"})

    assert caught.value.messages == {"source_other": ["Who referred them is not asked with these answers"]}


def test_a_fault_in_one_answer_is_not_blamed_on_those_that_hang_on_it():
    result = read(Referral(), posted(needs=["debt", "nonsense"], owed="12"))

    assert result.errors == {"needs": ["Needs must be chosen from the list"]}


def test_a_chain_of_questions_ends_with_the_first_that_is_not_asked():
    class Chain(FormSchema):
        first = yes_no("First")
        second = yes_no("Second", show_when=("first", ["yes"]))
        third = text("Third", show_when=("second", ["yes"]))

    result = read(Chain(), {"first": "no", "second": "yes", "third": "left over"})

    assert result.values == {"first": False, "second": None, "third": None}


@pytest.mark.parametrize(
    ("earlier", "errors"), [({"harm": ["yes"]}, {"who": ["Enter who"]}), ({"harm": "no"}, {}), ({}, {})]
)
def test_a_question_may_hang_on_an_answer_of_an_earlier_page(earlier, errors):
    class Later(FormSchema):
        who = text("Who", required=True, show_when=("harm", ["yes"]))

    assert read(Later(earlier=earlier), {}).errors == errors


def test_an_unknown_key_is_refused_and_a_named_harmless_one_is_not():
    result = read(Referral(), posted(is_admin="1"))

    assert result.errors == {"is_admin": ["An answer was sent to a question that is not on this page"]}


@pytest.mark.parametrize("sent", [None, [], "text", 7])
def test_json_that_is_no_object_is_refused_in_words(sent):
    with pytest.raises(ValidationError) as caught:
        Referral().load(sent)

    assert caught.value.messages == {"_schema": ["Send the answers as one object"]}


def test_a_rule_over_several_answers_can_name_the_one_to_blame():
    class Period(FormSchema):
        start = date_("From", required=True)
        end = date_("To", required=True)

        @validates_schema
        def in_order(self, data, **_kwargs):
            if data["end"] < data["start"]:
                raise ValidationError("To must be the same as or after From", "end")

    result = read(Period(), {"start": "2/1/2020", "end": "1/1/2020"})

    assert result.errors == {"end": ["To must be the same as or after From"]}


def test_choices_may_be_given_when_the_page_is_made():
    class Allocate(FormSchema):
        worker = code("Worker", required=True)

    one, other = Choice("a", "Ann"), Choice("b", "Ben")

    assert read(Allocate(choices={"worker": [one]}), {"worker": "a"}).values == {"worker": "a"}
    assert read(Allocate(choices={"worker": [other]}), {"worker": "a"}).errors == {
        "worker": ["Worker must be chosen from the list"]
    }


def test_reading_never_changes_what_it_is_given():
    form = posted()
    before = form.to_dict(flat=False)

    read(Referral(), form)

    assert form.to_dict(flat=False) == before


class Question:
    """A field of a programme's definition, as this module sees it."""

    def __init__(self, id, kind, **more):
        self.id, self.kind = id, kind
        self.label = more.get("label", id.replace("_", " ").capitalize())
        self.hint = more.get("hint", "")
        self.list = more.get("list")
        self.required = more.get("required", False)
        self.max_length = more.get("max_length")
        self.show_when = more.get("show_when")


def test_a_programme_defines_a_form():
    questions = [
        Question("source", "code", list="sources", required=True),
        Question("source_other", "text", required=True, show_when=("source", ("other",)), max_length=4),
        Question("needs", "codes", list="needs"),
        Question("children", "number"),
        Question("started_on", "date"),
        Question("aware", "yes_no"),
        Question("story", "long_text", hint="In their own words"),
        Question("mail", "email"),
        Question("call", "phone"),
        Question("home", "postcode"),
    ]

    schema = schema_from_fields(questions, {"sources": SOURCES, "needs": NEEDS})()

    assert list(schema.fields) == [question.id for question in questions]
    assert schema.fields["story"].metadata["hint"] == "In their own words"
    assert read(schema, {"source": "other", "source_other": "Five!"}).errors == {
        "source_other": ["Source other must be 4 characters or less"]
    }
    assert read(schema, {"source": "police", "home": "nw44bg"}).values is not None


@pytest.mark.parametrize("name", ["fields", "load", "validate", "dump", "context", "earlier", "opts", "get"])
def test_a_field_of_a_programme_may_have_any_name(name):
    schema = schema_from_fields([Question(name, "text", required=True)], {})()

    assert read(schema, {name: "kept"}).values == {name: "kept"}
    assert list(read(schema, {}).errors) == [name]
