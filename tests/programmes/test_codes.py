from __future__ import annotations

from datetime import date

import pytest

from casework.programmes.codes import Code, CodeList

COLOURS = CodeList(
    id="colour",
    title="Colour",
    codes=(
        Code("red", "Red", valid_from=date(2020, 4, 1), valid_to=date(2024, 3, 31), maps={"warmth": "warm"}),
        Code("blue", "Blue", maps={"warmth": "cold"}),
        Code("bluish", "Bluish", maps={"warmth": "cold"}, asked=False),
        Code("not_known", "Not known", missing=True),
    ),
)


@pytest.mark.parametrize(
    ("day", "offered"),
    [
        (date(2020, 3, 31), ["blue", "not_known"]),
        (date(2020, 4, 1), ["red", "blue", "not_known"]),
        (date(2024, 3, 31), ["red", "blue", "not_known"]),
        (date(2024, 4, 1), ["blue", "not_known"]),
    ],
)
def test_a_code_is_offered_from_its_first_to_its_last_day(day, offered):
    assert [code.id for code in COLOURS.current(day)] == offered


def test_an_old_answer_keeps_its_words():
    assert COLOURS.label("red") == "Red"


def test_a_code_that_is_only_imported_is_known_but_never_offered():
    assert "bluish" in COLOURS
    assert "bluish" not in [code.id for code in COLOURS.current(date(2022, 1, 1))]


def test_a_code_rolls_up_to_the_coarser_list_and_to_itself():
    assert COLOURS.roll_up("bluish", "warmth") == "cold"
    assert COLOURS.roll_up("bluish", "colour") == "bluish"


def test_a_code_the_list_never_had_is_an_error():
    with pytest.raises(KeyError, match="green"):
        COLOURS.get("green")
