from __future__ import annotations

import uuid
from datetime import date
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    password,
    phone,
    postcode,
    read,
    text,
    version,
    yes_no,
)

NEEDS = (Choice("housing", "Housing"), Choice("debt", "Debt"), Choice("safety", "Safety at home"))


def ask(question, typed, **context):
    """The value, or the list of errors, of a form of one question."""
    form = cast(FormSchema, FormSchema.from_dict({"answer": question})())
    result = read(form, {} if typed is None else {"answer": typed}, context=context)
    return result.errors["answer"] if result.values is None else result.values["answer"]


TODAY = {"today": date(2026, 3, 27)}


@pytest.mark.parametrize("blank", [None, "", "  ", "\t\r\n", "\u00a0", "\u200b", "\ufeff \u2060"])
@pytest.mark.parametrize(
    ("maker", "nothing"),
    [
        (text, None),
        (long_text, None),
        (date_, None),
        (code, None),
        (codes, []),
        (yes_no, None),
        (number, None),
        (email, None),
        (phone, None),
        (postcode, None),
    ],
)
def test_a_blank_is_no_answer(maker, nothing, blank):
    assert ask(maker("Answer"), blank) == nothing


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (text("Surname", required=True), "Enter the surname"),
        (text("GP surgery", required=True), "Enter the GP surgery"),
        (text("Their address", required=True), "Enter their address"),
        (text("Who referred them?", required=True), "Enter an answer to “Who referred them?”"),
        (long_text("What happened", required=True), "Enter what happened"),
        (long_text("Notes", required="Write what was said"), "Write what was said"),
        (date_("Date received", required=True), "Enter the date received"),
        (date_("When?", says="the date of the incident", required=True), "Enter the date of the incident"),
        (code("Source", NEEDS, required=True), "Select the source"),
        (codes("Needs", NEEDS, required=True), "Select the needs"),
        (yes_no("Agrees to support", required=True), "Select yes or no for “Agrees to support”"),
        (number("Number of children", required=True), "Enter the number of children"),
        (email(required=True), "Enter the email address"),
        (phone(required=True), "Enter the telephone number"),
        (postcode(required=True), "Enter the postcode"),
    ],
)
@pytest.mark.parametrize("blank", [None, "", "\u200b"])
def test_a_missing_answer_is_asked_for_by_its_label(question, words, blank):
    assert ask(question, blank) == [words]


# Names that spreadsheets and careless code turn into something else stay what they are.
@pytest.mark.parametrize(
    "name",
    [
        "Null",
        "None",
        "True",
        "False",
        "No",
        "NaN",
        "1e5",
        "007",
        "undefined",
        "O'Brien",
        "Ní Ṁurchú",
        "李",
        "Ω",
    ],
)
def test_a_name_stays_as_it_is(name):
    assert ask(text("Surname"), name) == name


def test_text_is_composed_and_trimmed():
    assert ask(text("Surname"), " \u200bZoe\u0308 ") == "Zoë"


def test_one_line_of_text_stays_one_line():
    assert ask(text("Surname"), "Lee\r\nJones") == "Lee Jones"


def test_long_text_keeps_its_lines():
    assert ask(long_text("What happened"), "One\r\ntwo\rthree\n\n") == "One\ntwo\nthree"


def test_the_length_of_text_is_limited():
    assert ask(text("Surname", max_length=5), "Naïve") == "Naïve"
    assert ask(text("Surname", max_length=5), "Naïves") == ["Surname must be 5 characters or less"]
    assert ask(long_text("What happened"), "x" * 20_001) == [
        "What happened must be 20,000 characters or less"
    ]


# PostgreSQL cannot keep a NUL, and UTF-8 has no half of a surrogate pair.
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\ud800"])
def test_a_character_that_cannot_be_kept_is_refused(character):
    assert ask(text("Surname"), f"a{character}b") == [
        "Surname has a character in it that cannot be kept: type it rather than pasting it"
    ]


@pytest.mark.parametrize("typed", [7, 1.5, True, ["Smith"], {"a": "b"}])
def test_text_is_text_in_json_too(typed):
    assert ask(text("Surname"), typed) == ["Surname must be text"]


@given(st.text(max_size=200))
def test_any_text_is_kept_or_refused_in_words(typed):
    kept = ask(long_text("What happened"), typed)
    assert kept is None or isinstance(kept, list) or kept.encode()


def test_a_missing_password_is_asked_for():
    assert ask(password("Your password", required=True), "") == ["Enter your password"]


def test_a_password_is_kept_as_typed():
    assert ask(password("Password"), "  two  spaces \u00e9 ") == "  two  spaces \u00e9 "


def test_a_date_may_not_be_in_the_future_unless_the_question_says_so():
    assert ask(date_("Date received"), "27 3 2026", **TODAY) == date(2026, 3, 27)
    assert ask(date_("Date received"), "28 3 2026", **TODAY) == ["Date received must be today or in the past"]
    assert ask(date_("Next try", future=True), "28 3 2026", **TODAY) == date(2026, 3, 28)


def test_a_date_has_limits_that_catch_slips():
    assert ask(date_("Date of birth"), "31/12/1899") == ["Date of birth must be on or after 1 January 1900"]
    assert ask(date_("Order expires", future=True), "1/1/2101") == ["Order expires must be before 2101"]
    assert ask(date_("Seen", earliest=date(2020, 1, 1)), "31/12/2019") == [
        "Seen must be on or after 1 January 2020"
    ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("31/4/2020", "Date received must be a real date, like 27 3 2026"),
        ("27/3/20", "Date received must have a year of 4 numbers, like 2026"),
    ],
)
def test_a_wrong_date_is_named_by_its_label(typed, words):
    assert ask(date_("Date received"), typed) == [words]


def test_a_question_that_is_a_sentence_is_quoted():
    assert ask(date_("When did it happen?"), "x") == [
        "“When did it happen?” must be a real date, like 27 3 2026"
    ]


@pytest.mark.parametrize(
    ("typed", "value"), [("yes", True), ("no", False), ("No", False), (True, True), (False, False)]
)
def test_yes_is_yes_and_no_is_no(typed, value):
    assert ask(yes_no("Aware"), typed) is value


@pytest.mark.parametrize("typed", ["true", "1", "on", "maybe", 1, 0])
def test_nothing_else_is_yes_or_no(typed):
    assert ask(yes_no("Aware"), typed) == ["Select yes or no for “Aware”"]


@pytest.mark.parametrize(("typed", "value"), [("3", 3), (" 0 ", 0), ("1,200", 1200), (4, 4)])
def test_a_whole_number_is_taken(typed, value):
    assert ask(number("Children"), typed) == value


@pytest.mark.parametrize("typed", ["three", "1.5", "1e3", "٣", "9" * 5000, True, 1.0, "--1"])
def test_anything_else_is_no_whole_number(typed):
    assert ask(number("Children"), typed) == ["Children must be a whole number, like 3"]


def test_a_number_has_limits():
    assert ask(number("Children", most=30), "31") == ["Children must be 30 or less"]
    assert ask(number("Children"), "-1") == ["Children must be 0 or more"]
    assert ask(number("Balance", least=None), "-5") == -5


def test_a_code_must_be_among_the_choices():
    assert ask(code("Need", NEEDS), "debt") == "debt"
    assert ask(code("Need", NEEDS), "Debt") == ["Need must be chosen from the list"]


def test_a_choice_is_given_back_as_it_was_offered():
    worker = uuid.uuid4()
    assert ask(code("Worker", [Choice(worker, "Sam Reed")]), str(worker)) == worker


def test_several_codes_come_once_each_in_the_order_of_the_list():
    assert ask(codes("Needs", NEEDS), ["safety", "housing", "safety", ""]) == ["housing", "safety"]
    assert ask(codes("Needs", NEEDS), ["housing", "nonsense"]) == ["Needs must be chosen from the list"]
    assert ask(codes("Needs", NEEDS), "debt") == ["debt"]


@pytest.mark.parametrize("typed", ["sam@example.com", "o'neil+asb@barnet.gov.uk", "ÿ@exämple.org"])
def test_an_email_address_is_taken(typed):
    assert ask(email(), typed) == typed


@pytest.mark.parametrize(
    "typed",
    ["sam", "sam@", "@example.com", "sam@example", "a b@example.com", "sam@example..com", "x@y.z,w@y.z"],
)
def test_what_is_no_email_address_is_refused(typed):
    assert ask(email(), typed) == ["Enter an email address in the correct format, like name@example.com"]


@pytest.mark.parametrize(
    "typed", ["020 7946 0000", "07700 900982", "+44 (0)808 157 0192", "020 7946 0000 ext 12"]
)
def test_a_telephone_number_is_kept_as_typed(typed):
    assert ask(phone(), typed) == typed


@pytest.mark.parametrize("typed", ["123", "call Ann", "07700 900982 after six", "0" * 30])
def test_what_is_no_telephone_number_is_refused(typed):
    assert ask(phone(), typed) == [
        "Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192"
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("nw44bg", "NW4 4BG"),
        (" SW1A 2AA ", "SW1A 2AA"),
        ("m1 1ae", "M1 1AE"),
        ("EC1A1BB", "EC1A 1BB"),
        ("gir0aa", "GIR 0AA"),
    ],
)
def test_a_postcode_is_written_in_one_way(typed, kept):
    assert ask(postcode(), typed) == kept


@pytest.mark.parametrize("typed", ["NW4", "NW4 4B", "12345", "NW4 4BGG", "4NW 4BG"])
def test_what_is_no_postcode_is_refused(typed):
    assert ask(postcode(), typed) == ["Enter a full UK postcode, like NW4 4BG"]


def test_a_page_without_its_version_says_what_to_do():
    assert ask(version(), None) == ["This page has lost its place. Open it again from the case"]
    assert ask(version(), "3") == 3


def test_a_hidden_value_is_text():
    assert ask(hidden("Token"), "abc") == "abc"
