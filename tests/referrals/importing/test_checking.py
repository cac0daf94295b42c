"""Reading and checking an import folder, without a database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from casework.errors import Invalid
from casework.programmes.definition import Programme
from casework.programmes.loader import BUILT_IN, load_all
from casework.referrals.importing import checking
from casework.referrals.importing.checking import Batch, ReadEntry
from casework.referrals.importing.faults import Fault, ImportRefused
from casework.referrals.importing.sources import Folder
from tests.referrals.importing.folders import DVA, SMALL, YEAR, Change, copy, put, replace, reshape, rows
from tests.referrals.importing.refusals import REFUSALS, Expected

TODAY = date(2026, 1, 15)


@pytest.fixture(scope="module")
def asb() -> Programme:
    return load_all((BUILT_IN,))["asb_support"]


@pytest.fixture(scope="module")
def dva() -> Programme:
    return load_all((BUILT_IN,))["dva_marac"]


def read(programme: Programme, folder: Path, today: date = TODAY) -> Batch:
    return checking.read(programme, Folder(folder), today=today)


def faults_of(programme: Programme, folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(ImportRefused) as caught:
        read(programme, folder)
    return caught.value.faults


def add_columns(**values: str) -> Change:
    """Add columns to the referrals: these values in the first row, blanks in the others."""

    def change(content: list[list[str]]) -> list[list[str]]:
        blanks = ["" for _ in values]
        return [
            [*content[0], *values],
            [*content[1], *values.values()],
            *([*row, *blanks] for row in content[2:]),
        ]

    return reshape("referrals.csv", change)


@pytest.mark.parametrize(("change", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_fault_names_file_line_column_and_reason(
    asb: Programme, tmp_path: Path, change: Change, expected: Expected
) -> None:
    faults = faults_of(asb, copy(SMALL, tmp_path / "folder", change))

    file, line, column, reason = expected
    assert [fault[:3] for fault in faults] == [(file, line, column)]
    assert reason in faults[0].reason


def test_every_fault_of_every_file_is_told_at_once(asb: Programme, tmp_path: Path) -> None:
    folder = copy(SMALL, tmp_path / "folder")
    for change in (
        put("referrals.csv", 1, "gender", "F"),
        put("referrals.csv", 1, "date_received", "never"),
        put("carried_over.csv", 1, "ward", "Atlantis"),
        put("support.csv", 2, "reference", "nobody"),
    ):
        change(folder)

    assert [fault[:3] for fault in faults_of(asb, folder)] == [
        ("referrals.csv", 2, "date_received"),
        ("referrals.csv", 2, "gender"),
        ("carried_over.csv", 2, "ward"),
        ("support.csv", 3, "reference"),
    ]


def test_fault_in_a_referral_does_not_make_orphans_of_its_entries(asb: Programme, tmp_path: Path) -> None:
    folder = copy(SMALL, tmp_path / "folder", put("referrals.csv", 1, "gender", "F"))

    assert len(faults_of(asb, folder)) == 1


def test_file_that_could_not_be_read_to_its_end_makes_no_orphans(asb: Programme, tmp_path: Path) -> None:
    folder = copy(SMALL, tmp_path / "folder", replace("referrals.csv", b'"7 Tamarind', b'"7" Tamarind'))

    assert [fault[:3] for fault in faults_of(asb, folder)] == [("referrals.csv", 2, "address")]


def test_every_line_that_is_not_utf_8_is_told(asb: Programme, tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        for name, letter in ((b"Emotional", b"Emotion\xe1l"), (b"Home", b"H\xf3me")):
            replace("support.csv", name, letter)(folder)

    folder = copy(SMALL, tmp_path / "folder", change)

    assert [fault[:3] for fault in faults_of(asb, folder)] == [
        ("support.csv", 2, "support_type"),
        ("support.csv", 4, "support_type"),
    ]


def test_byte_named_is_the_byte_of_the_file(asb: Programme, tmp_path: Path) -> None:
    folder = copy(SMALL, tmp_path / "folder", replace("support.csv", b"Advocacy", b"Advoc\xe1cy"))
    place = (folder / "support.csv").read_bytes().index(b"\xe1")

    assert f"(byte {place} of the file)" in faults_of(asb, folder)[0].reason


@pytest.mark.parametrize("target", ["missing", "file", "loop"])
def test_what_is_no_folder_is_said_to_be_none(asb: Programme, tmp_path: Path, target: str) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    with pytest.raises(Invalid, match="cannot be read as a folder"):
        Folder(tmp_path / target)


def test_file_that_nobody_asked_for_is_named(asb: Programme, tmp_path: Path) -> None:
    folder = copy(SMALL, tmp_path / "folder", lambda folder: (folder / "suport.csv").write_text("x"))

    assert read(asb, folder).not_read == ["suport.csv"]


def test_only_the_required_file_need_be_there(asb: Programme, tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        for path in folder.iterdir():
            if path.name != "referrals.csv":
                path.unlink()

    batch = read(asb, copy(SMALL, tmp_path / "folder", change))

    assert batch.rows == {"referrals.csv": 3}


def test_values_are_read_as_they_stand(asb: Programme) -> None:
    batch = read(asb, SMALL)

    first, second, third = (batch.referrals[f"ASB-T-00{n}"].values for n in (1, 2, 3))
    assert first["referral.narrative"] == "Shouting at night.\nEggs thrown at the window twice."
    assert first["address.subject.line"] == "7 Tamarind Row, Flat 2"
    assert first["person.subject.date_of_birth"] == date(1980, 2, 29)
    assert (second["person.subject.forename"], second["person.subject.surname"]) == ("Nan", "Null")
    assert second["referral.narrative"].startswith("=1+1")
    assert third == {
        "referral.reference": "ASB-T-003",
        "referral.date_received": date(2018, 3, 31),
        "referral.source": "housing",
        "referral.route": "telephone",
        "person.subject.forename": "Thandeka",
    }


def test_codes_are_those_of_the_labels(asb: Programme) -> None:
    values = read(asb, SMALL).referrals["ASB-T-001"].values

    assert values["answer.subject.ethnicity"] == "white_other"
    assert values["answer.referral.mediation"] == "yes"
    assert values["answer.referral.cs_marac_supported"] == "no"


def test_entries_go_to_their_referral(asb: Programme) -> None:
    assert read(asb, SMALL).referrals["ASB-T-003"].entries == [
        ReadEntry("support", "SU-3", date(2018, 3, 31), "home_security")
    ]


def test_columns_may_stand_in_any_order(asb: Programme, tmp_path: Path) -> None:
    turned = copy(
        SMALL, tmp_path / "folder", reshape("referrals.csv", lambda content: [row[::-1] for row in content])
    )

    assert {r: v.values for r, v in read(asb, turned).referrals.items()} == {
        r: v.values for r, v in read(asb, SMALL).referrals.items()
    }


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_line_endings_and_a_byte_order_mark_make_no_difference(
    asb: Programme, tmp_path: Path, ending: bytes
) -> None:
    def change(folder: Path) -> None:
        for path in folder.iterdir():
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", ending) + ending)

    batch = read(asb, copy(SMALL, tmp_path / "folder", change))

    assert {r: v.values for r, v in batch.referrals.items()} == {
        r: v.values for r, v in read(asb, SMALL).referrals.items()
    }


def test_today_is_not_in_the_future(asb: Programme) -> None:
    assert len(read(asb, SMALL, today=date(2018, 3, 31)).referrals) == 4


def test_somebody_may_be_born_on_the_day_of_the_referral(asb: Programme, tmp_path: Path) -> None:
    change = put("referrals.csv", 2, "date_of_birth", "2017-05-11")

    assert len(read(asb, copy(SMALL, tmp_path / "folder", change)).referrals) == 4


def test_field_of_the_longest_length_is_taken(asb: Programme, tmp_path: Path) -> None:
    words = "ñ" * 100_000
    change = put("referrals.csv", 1, "narrative", words)

    values = read(asb, copy(SMALL, tmp_path / "folder", change)).referrals["ASB-T-001"].values

    assert values["referral.narrative"] == words


def test_optional_columns_are_taken_when_they_are_there(asb: Programme, tmp_path: Path) -> None:
    change = add_columns(date_closed="2017-09-01", cs_marac_date="")

    values = read(asb, copy(SMALL, tmp_path / "folder", change)).referrals["ASB-T-001"].values

    assert values["referral.date_closed"] == date(2017, 9, 1)


def test_date_of_what_is_said_not_to_have_happened_is_refused(asb: Programme, tmp_path: Path) -> None:
    folder = copy(SMALL, tmp_path / "folder", add_columns(cs_marac_date="2017-05-02"))

    faults = faults_of(asb, folder)

    assert [fault[:3] for fault in faults] == [("referrals.csv", 2, "cs_marac_date")]
    assert "does not go with the answer in cs_marac_supported" in faults[0].reason


def test_score_above_the_highest_is_refused(dva: Programme, tmp_path: Path) -> None:
    faults = faults_of(dva, copy(DVA, tmp_path / "folder", put("referrals.csv", 1, "dash_score", "999")))

    assert faults == (Fault("referrals.csv", 2, "dash_score", "is more than the highest score"),)


def test_yes_columns_add_their_codes_to_one_answer(dva: Programme) -> None:
    batch = read(dva, DVA)

    assert batch.referrals["DVA-T-101"].values["answer.subject.disability"] == ["physical"]
    assert batch.referrals["DVA-T-102"].values["answer.subject.disability"] == ["physical", "learning"]
    assert "answer.subject.disability" not in batch.referrals["DVA-T-001"].values


def test_demonstration_year_is_read_without_a_fault(asb: Programme) -> None:
    batch = read(asb, YEAR)

    assert batch.rows == {path.name: len(rows(path)) - 1 for path in YEAR.glob("*.csv")}
