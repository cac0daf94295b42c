from __future__ import annotations

from datetime import date

import pytest

from casework.forms import (
    Choice,
    FormSchema,
    code,
    codes,
    date_,
    describe,
    long_text,
    password,
    problems,
    read,
    text,
    walk,
    yes_no,
)

SOURCES = (Choice("police", "Police", "The borough's own"), Choice("other", "Somebody else"))
WARDS = tuple(Choice(f"w{n}", f"Ward {n}") for n in range(9))


class Referral(FormSchema):
    received_on = date_("Date received", required=True)
    next_try = date_("Next try", widget="picker", future=True)
    source = code("Source", SOURCES)
    source_other = text("Who", show_when=("source", ["other"]))
    ward = code("Ward", WARDS)
    ward_note = text("Note on the ward", show_when=("ward", ["w1", "w2"]))
    agrees = yes_no("Agrees to support")
    why_not = long_text("Why not", show_when=("agrees", ["no"]))
    aware = yes_no("Knows of the referral")
    needs = codes("Needs", WARDS[:3])
    pin = password("Your password")


def by_name(*args, **kwargs):
    return {field.name: field for field in walk(describe(*args, **kwargs))}


def test_each_question_has_the_widget_that_suits_it():
    found = by_name(Referral())

    assert {name: field.widget for name, field in found.items()} == {
        "received_on": "date",
        "next_try": "picker",
        "source": "radios",
        "source_other": "text",
        "ward": "select",
        "ward_note": "text",
        "agrees": "radios",
        "why_not": "textarea",
        "aware": "radios",
        "needs": "checkboxes",
        "pin": "password",
    }


def test_a_question_stands_under_the_one_choice_that_leads_to_it():
    found = describe(Referral())
    source = next(field for field in found if field.name == "source")

    assert [[each.name for each in choice.reveals] for choice in source.choices] == [[], ["source_other"]]
    assert "source_other" not in {field.name for field in found}


def test_yes_and_no_stand_side_by_side_unless_one_of_them_reveals_something():
    found = by_name(Referral())

    assert found["aware"].inline
    assert not found["agrees"].inline


@pytest.mark.parametrize(("ward", "asked"), [("w2", True), ("w3", False), (None, False)])
def test_a_question_with_several_ways_to_it_says_what_it_depends_on(ward, asked):
    note = by_name(Referral(), {"ward": ward})["ward_note"]

    assert (note.depends, note.asked) == ("ward=w1,w2", asked)


@pytest.mark.parametrize(("earlier", "shown"), [({"ward": "w1"}, True), ({"ward": "w3"}, False), ({}, False)])
def test_a_question_that_an_earlier_page_did_not_lead_to_is_left_out(earlier, shown):
    class Later(FormSchema):
        note = text("Note", show_when=("ward", ["w1"]))

    assert bool(describe(Later(earlier=earlier))) is shown


def test_a_form_is_filled_with_what_was_typed():
    schema = Referral()
    typed = {
        "received_on-day": " 31", "received_on-month": "apr", "received_on-year": "2020",
        "next_try": "tomorrow", "source": "other", "source_other": " <b> ", "agrees": "maybe", "needs": "w1",
    }  # fmt: skip
    result = read(schema, typed)
    found = by_name(schema, result.raw, result.errors)

    assert [box.value for box in found["received_on"].boxes] == [" 31", "apr", "2020"]
    assert found["next_try"].value == "tomorrow"
    assert [choice.chosen for choice in found["source"].choices] == [False, True]
    assert found["source_other"].value == " <b> "
    assert not any(choice.chosen for choice in found["agrees"].choices)
    assert [choice.chosen for choice in found["needs"].choices] == [False, True, False]


def test_a_form_is_filled_with_what_is_stored():
    stored = {
        "received_on": date(2020, 4, 3), "next_try": date(2020, 4, 3), "source": "police", "agrees": False,
        "needs": ["w0", "w2"], "why_not": "Frightened", "source_other": None,
    }  # fmt: skip
    found = by_name(Referral(), stored)

    assert [box.value for box in found["received_on"].boxes] == ["3", "4", "2020"]
    assert found["next_try"].value == "3/4/2020"
    assert [choice.chosen for choice in found["agrees"].choices] == [False, True]
    assert [choice.chosen for choice in found["needs"].choices] == [True, False, True]
    assert found["why_not"].value == "Frightened"
    assert found["source_other"].value == ""


def test_a_password_is_never_filled_in():
    assert by_name(Referral(), {"pin": "secret"})["pin"].value == ""


def test_only_the_wrong_boxes_of_a_date_are_marked():
    schema = Referral()
    result = read(schema, {"received_on-day": "31", "received_on-month": "4", "received_on-year": "2020"})
    field = by_name(schema, result.raw, result.errors)["received_on"]

    assert [box.wrong for box in field.boxes] == [True, False, False]


def test_all_boxes_are_marked_when_the_date_itself_is_wrong():
    schema = Referral()
    result = read(schema, {"received_on": "1 January 2999"})
    field = by_name(schema, result.raw, result.errors)["received_on"]

    assert [box.wrong for box in field.boxes] == [True, True, True]


def test_the_summary_leads_to_the_first_wrong_box():
    schema = Referral()
    result = read(
        schema, {"received_on-day": "1", "received_on-month": "13", "received_on-year": "2020", "x": "y"}
    )
    found = problems(describe(schema, result.raw, result.errors), result.errors)

    assert [(each.words, each.anchor) for each in found] == [
        ("Date received must be a real date, like 27 3 2026", "received_on-month"),
        ("An answer was sent to a question that is not on this page", None),
    ]


def test_the_summary_finds_a_question_under_a_choice():
    class Form(FormSchema):
        source = code("Source", SOURCES)
        other = text("Who", required=True, show_when=("source", ["other"]))

    result = read(Form(), {"source": "other"})
    found = problems(describe(Form(), result.raw, result.errors), result.errors)

    assert [each.anchor for each in found] == ["other"]


def test_two_forms_on_a_page_have_ids_of_their_own():
    field = by_name(Referral(), prefix="second-")["received_on"]

    assert (field.id, field.boxes[0].id, field.boxes[0].name) == (
        "second-received_on", "second-received_on-day", "received_on-day"
    )  # fmt: skip


def test_browsers_are_told_to_remember_nothing_about_other_people():
    assert {field.autocomplete for field in by_name(Referral()).values()} == {"off", "current-password"}
