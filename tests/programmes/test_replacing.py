"""What a replacement of a programme's file may not drop."""

from __future__ import annotations

from dataclasses import replace

from casework.programmes.replacing import Held, dropped


def differences(new, **held):
    return [(fault.key_path, fault.reason) for fault in dropped(new, Held(**held))]


def test_a_replacement_that_keeps_what_is_held_is_faultless(programmes):
    asb = programmes["asb_support"]

    held = {
        "codes": {"source": ["housing"]},
        "stages": {"open": ["open"], "closed": ["closed"]},
        "tools": [("asb_matrix", "1")],
        "roles": ["subject"],
    }

    assert differences(asb, **held) == []


def test_a_replacement_may_not_drop_a_code_that_is_held(programmes):
    asb = programmes["asb_support"]
    sources = asb.list("source")
    shorter = replace(sources, codes=sources.codes[:-1])
    new = replace(asb, lists={**asb.lists, "source": shorter})

    (fault,) = differences(new, codes={"source": [sources.codes[0].id, sources.codes[-1].id]})

    assert fault[0] == "list.source.codes"
    assert repr(sources.codes[-1].id) in fault[1]


def test_a_replacement_may_not_drop_a_list_that_is_held(programmes):
    asb = programmes["asb_support"]
    lists = {list_id: codes for list_id, codes in asb.lists.items() if list_id != "satisfaction"}

    (fault,) = differences(replace(asb, lists=lists), codes={"satisfaction": ["neither"]})

    assert fault[0] == "list.satisfaction.codes"


def test_a_replacement_may_not_drop_or_repurpose_a_stage_where_cases_stand(programmes):
    asb = programmes["asb_support"]
    without = replace(asb, stages=tuple(stage for stage in asb.stages if stage.id != "closing"))
    turned = replace(
        asb, stages=tuple(replace(s, kind="closed") if s.id == "closing" else s for s in asb.stages)
    )

    assert differences(without, stages={"open": ["open"]}) == []
    for new in (without, turned):
        (fault,) = differences(new, stages={"closing": ["open"]})
        assert "'closing'" in fault[1]


def test_a_replacement_may_not_drop_a_version_of_a_tool_that_assessments_used(programmes):
    dva = programmes["dva_marac"]
    new = replace(dva, risk_tools=tuple(replace(tool, version="2") for tool in dva.risk_tools))

    (fault,) = differences(new, tools=[("dash", "1")])

    assert fault[0] == "risk_tool"
    assert "version '1' of 'dash'" in fault[1]


def test_a_replacement_may_not_drop_a_role_that_people_have(programmes):
    dva = programmes["dva_marac"]
    new = replace(dva, person_roles=tuple(role for role in dva.roles if role.id != "child"))

    (fault,) = differences(new, roles=["subject", "child"])

    assert fault[0] == "person_role"
    assert "'child'" in fault[1]
