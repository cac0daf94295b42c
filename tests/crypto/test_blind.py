"""The blind index: what counts as the same name, and that its tokens tell no more than that."""

from __future__ import annotations

import hmac
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.crypto import blind
from casework.crypto.blind import Token

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("O’Neill", "oneill"),
        ("O'Neill", "oneill"),
        ("O`NEILL", "oneill"),
        ("ONEILL", "oneill"),
        ("Şahin", "sahin"),
        ("S\u0327ahin", "sahin"),
        ("İpek", "ipek"),
        ("IPEK", "ipek"),
        ("Işıl", "isil"),
        ("Łukasz", "lukasz"),
        ("Łódź", "lodz"),
        ("Søren", "soren"),
        ("Đorđe", "dorde"),
        ("Þór", "thor"),
        ("Æthelred", "aethelred"),
        ("Cœur", "coeur"),
        ("Weiß", "weiss"),
        ("José María", "jose maria"),
        ("Smith-Jones", "smith jones"),
        ("Smith\u2010Jones", "smith jones"),
        ("Smith – Jones", "smith jones"),
        ("  Ana   Maria  ", "ana maria"),
        ("J. R.", "j r"),
        ("ＡＮＡ", "ana"),
        ("ﬁona", "fiona"),
        ("王小明", "王小明"),
        ("Иван", "иван"),
        ("", ""),
        ("’", ""),
        ("---", ""),
    ],
)
def test_names_are_normalised(written: str, same: str) -> None:
    assert blind.normalise(written) == same


@given(st.text())
def test_normalising_twice_changes_nothing(written: str) -> None:
    once = blind.normalise(written)

    assert blind.normalise(once) == once


def texts(kind: str, *names: str) -> set[str]:
    return {token.text for token in blind.name_tokens(*names) if token.kind == kind and token.text}


def test_family_name_may_stand_first() -> None:
    assert set(blind.name_tokens("Oduya", "Ana")) == set(blind.name_tokens("Ana", "Oduya"))
    assert texts("word", "Oduya Ana") >= texts("word", "Ana", "Oduya")


def test_double_name_is_found_whole_and_by_its_parts() -> None:
    found = texts("word", "Smith-Jones")

    assert found == {"smith", "jones", "smithjones"}
    assert texts("word", "Smith Jones") == found
    assert texts("word", "SmithJones") <= found


def test_initial_has_no_sound() -> None:
    assert texts("word", "J") == {"j"}
    assert texts("sound", "J") == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Catherine", "Katherine"),
        ("Smith", "Smyth"),
        ("Stephen", "Stefen"),
        ("Philip", "Filip"),
        ("Şahin", "Sahin"),
    ],
)
def test_names_that_sound_alike_share_a_sound(one: str, other: str) -> None:
    assert texts("sound", one) & texts("sound", other)


@pytest.mark.parametrize(("one", "other"), [("Brian", "Brain"), ("Neil", "Niel"), ("Marta", "Matra")])
def test_swapped_letters_share_a_skeleton(one: str, other: str) -> None:
    assert texts("skeleton", one) & texts("skeleton", other)


def test_name_without_latin_letters_is_found_as_written() -> None:
    assert texts("word", "王小明") == {"王小明"}
    assert texts("sound", "王小明") == set()


def test_birth_is_found_with_day_and_month_swapped() -> None:
    one, other = (set(blind.birth_tokens(day)) for day in (date(1990, 3, 4), date(1990, 4, 3)))

    assert {token.kind for token in one & other} == {"born_either"}


def test_postcode_is_found_however_it_is_written() -> None:
    written = ("NW4 4BG", "nw44bg", " Nw4  4bG ", "NW4-4BG")

    assert {token.text for each in written for token in blind.postcode_tokens(each)} == {"NW44BG"}
    assert list(blind.postcode_tokens("")) == list(blind.postcode_tokens(None)) == []


def test_person_with_nothing_known_has_no_token() -> None:
    assert blind.person_tokens([None, ""], None, [None]) == set()


@given(st.lists(st.text()), st.none() | st.dates(), st.lists(st.text()))
def test_no_token_is_empty(names: list[str], born: date | None, postcodes: list[str]) -> None:
    assert all(token.text for token in blind.person_tokens(names, born, postcodes))


def test_compound_token_joins_sound_and_year() -> None:
    one = set(blind.compound_tokens(["Smith"], date(1990, 1, 1)))

    assert one == set(blind.compound_tokens(["Smyth"], date(1990, 12, 31)))
    assert one != set(blind.compound_tokens(["Smith"], date(1991, 1, 1)))
    assert list(blind.compound_tokens(["Smith"], None)) == []


def test_digest_is_the_keyed_one_written_down_cut_to_six_bytes() -> None:
    token = Token("word", "şahin", 6)

    whole = hmac.new(KEY, "asb_support\x1fword\x1fşahin".encode(), "sha256").digest()

    assert blind.digest(KEY, "asb_support", token) == whole[:6]


def test_digest_depends_on_key_programme_kind_and_text_and_not_on_weight() -> None:
    plain = blind.digest(KEY, "asb_support", Token("word", "smith", 6))

    assert blind.digest(bytes(32), "asb_support", Token("word", "smith", 6)) != plain
    assert blind.digest(KEY, "dva_marac", Token("word", "smith", 6)) != plain
    assert blind.digest(KEY, "asb_support", Token("sound", "smith", 6)) != plain
    assert blind.digest(KEY, "asb_support", Token("word", "smyth", 6)) != plain
    assert blind.digest(KEY, "asb_support", Token("word", "smith", 1)) == plain


def test_long_and_short_words_have_tokens_of_one_length() -> None:
    assert {len(blind.digest(KEY, "p", Token("word", "x" * length, 6))) for length in (1, 10, 500)} == {6}
