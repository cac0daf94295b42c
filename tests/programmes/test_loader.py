"""Reading files and folders: what a borough adds and replaces, and what is no programme at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from casework.programmes.loader import BUILT_IN, ProgrammeFault, check, common_lists, load_all, load_file

WARD = (
    '[list.ward]\ntitle = "Ward"\nmissing = true\n'
    'codes = [{ id = "north", label = "North" }, { id = "south", label = "South" }]\n'
)


def test_the_built_in_files_have_no_faults():
    assert check([BUILT_IN]) == []


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.toml")), ids=lambda path: path.stem)
def test_each_built_in_file_has_no_faults_alone(path):
    assert check([path]) == []


def test_a_folder_that_is_not_there_holds_no_programmes(tmp_path):
    assert sorted(load_all([BUILT_IN, tmp_path / "nowhere"])) == sorted(load_all([BUILT_IN]))


# -- a borough's own -----------------------------------------------------------------------------


def test_safer_homes_of_the_documentation_is_faultless(safer_homes, save):
    assert check([save(safer_homes)]) == []


def test_a_borough_adds_safer_homes_without_code(safer_homes, save):
    folder = save(safer_homes).parent

    loaded = load_all([BUILT_IN, folder])

    assert len(loaded) == 5
    programme = loaded["safer_homes"]
    assert programme.word("subject") == "resident"
    assert programme.accepted_stage.id == "survey"
    assert programme.returned_stage is None
    assert programme.field("landlord_agrees").show_when == (
        "tenure",
        ("council_tenant", "housing_association_tenant", "private_tenant"),
    )
    assert programme.risk_tool("home_risk").score({"again": "yes", "known": "yes"}).band == "urgent"
    assert [row.id for row in programme.rows_of(programme.report("year_end").table("reason"))] == [
        "burglary",
        "person",
        "not_recorded",
    ]


def test_a_borough_file_replaces_the_built_in_programme_of_its_id(save):
    text = (BUILT_IN / "asb_support.toml").read_text(encoding="utf-8")
    folder = save(text.replace('version = "1"', 'version = "borough"', 1), "ours.toml").parent

    assert load_all([BUILT_IN, folder])["asb_support"].version == "borough"


def test_a_borough_replaces_a_shared_list_for_every_programme(save):
    folder = save(WARD, "common.toml").parent

    loaded = load_all([BUILT_IN, folder])

    assert all(programme.list("ward").ids[:2] == ("north", "south") for programme in loaded.values())
    assert common_lists([BUILT_IN, folder])["ward"].ids[-3:] == ("not_asked", "declined", "not_known")


def test_loading_raises_with_every_fault_of_every_file(safer_homes, save):
    save(safer_homes.replace('to = "survey"', 'to = "nowhere"', 1), "a.toml")
    folder = save(safer_homes.replace('side = "protected"', 'side = "left"', 1), "b.toml").parent

    with pytest.raises(ProgrammeFault) as caught:
        load_all([BUILT_IN, folder])

    assert {Path(fault.file).name for fault in caught.value.faults} == {"a.toml", "b.toml"}
    assert str(caught.value).count("\n") == len(caught.value.faults) - 1


def test_two_files_of_one_folder_may_not_share_an_id(safer_homes, save):
    save(safer_homes, "a.toml")
    folder = save(safer_homes, "b.toml").parent

    (fault,) = check([BUILT_IN, folder])

    assert (Path(fault.file).name, fault.key_path) == ("b.toml", "id")


# -- faults of form --------------------------------------------------------------------------------


def test_a_slip_of_toml_is_named_by_line_and_column(save):
    path = save('id = "x"\nname = \n')

    (fault,) = check([path])

    assert fault.file == str(path)
    assert fault.key_path == "line 2 column 8"
    assert "not TOML" in fault.reason


def test_a_file_in_latin_1_is_named_by_line(safer_homes, save):
    (fault,) = check([save(safer_homes.replace("Security survey", "Sécurité").encode("latin-1"))])

    assert fault.key_path.startswith("line ")
    assert "UTF-8" in fault.reason


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    (fault,) = check([tmp_path / "nowhere.toml"])

    assert "cannot be read" in fault.reason


def test_every_fault_is_told_and_not_only_the_first(safer_homes, save):
    text = safer_homes.replace('kind = "open"', 'kind = "ajar"').replace("years = 6", 'years = "six"')
    text = text.replace('list = "reason"\ncounted', 'list = "raisin"\ncounted')

    paths = {fault.key_path for fault in check([save(text)])}

    assert {"stage[1].kind", "retention.years", "field[0].list"} <= paths


def test_a_fault_in_a_shared_file_is_named(save):
    path = save(WARD.replace('id = "south"', 'id = "north"'), "common.toml")

    (fault,) = check([path])

    assert (fault.file, fault.key_path) == (str(path), "list.ward.codes[1].id")


def test_a_single_file_is_read_with_the_shared_lists_beside_it(save):
    path = save((BUILT_IN / "asb_support.toml").read_text())
    save(WARD, "common.toml")

    assert [code.id for code in load_file(path).list("ward").codes][:2] == ["north", "south"]


def test_a_single_file_with_a_fault_is_no_programme(save):
    path = save((BUILT_IN / "asb_support.toml").read_text().replace('kind = "open"', 'kind = "ajar"', 1))

    with pytest.raises(ProgrammeFault, match="ajar"):
        load_file(path)
