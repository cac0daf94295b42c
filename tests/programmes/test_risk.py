from __future__ import annotations

import pytest

from casework.programmes.risk import Answer, Band, RiskItem, RiskTool


def dash(programmes):
    return programmes["dva_marac"].risk_tool("dash")


def matrix(programmes):
    return programmes["asb_support"].risk_tool("asb_matrix")


def yes_to(tool, count):
    """Answers with `count` yes and the rest no."""
    return {item.id: "yes" if index < count else "no" for index, item in enumerate(tool.items)}


@pytest.mark.parametrize(
    ("count", "band"),
    [(0, "standard"), (9, "standard"), (10, "medium"), (13, "medium"), (14, "high"), (24, "high")],
)
def test_dash_is_medium_from_ten_and_high_from_fourteen(programmes, count, band):
    result = dash(programmes).score(yes_to(dash(programmes), count))

    assert (result.score, result.band, result.unknowns) == (count, band, 0)


def test_dash_has_24_items_and_credits_its_makers(programmes):
    assert len(dash(programmes).items) == 24
    assert "SafeLives" in dash(programmes).credit


def test_dont_know_scores_nothing_and_is_counted_with_what_was_not_answered(programmes):
    result = dash(programmes).score({"q01_injury": "not_known", "q02_frightened": "yes"})

    assert (result.score, result.unknowns) == (1, 23)


@pytest.mark.parametrize("item", ["q08_stalking", "q14_threat_to_kill", "q15_strangled", "q17_others_feared"])
def test_a_critical_item_alerts_whatever_the_total(programmes, item):
    result = dash(programmes).score({item: "yes"})

    assert (result.band, result.critical) == ("standard", (item,))


def test_separation_control_and_violence_are_critical_only_together(programmes):
    tool = dash(programmes)
    two = {"q06_separated": "yes", "q12_controlling": "yes", "q01_injury": "no"}

    assert tool.score(two).critical == ()
    assert tool.score(two | {"q01_injury": "yes"}).critical == ("separation_control_violence",)


def test_dash_is_urgent_only_when_high(programmes):
    assert [band.id for band in dash(programmes).bands if band.urgent] == ["high"]


@pytest.mark.parametrize(
    ("threes", "last", "score", "band"),
    [(5, "none", 15, "low"), (5, "low", 16, "medium"), (10, "low", 31, "medium"), (10, "medium", 32, "high")],
)
def test_asb_matrix_is_high_above_31(programmes, threes, last, score, band):
    tool = matrix(programmes)
    answers = {item.id: "high" for item in tool.items[:threes]}
    answers[tool.items[threes].id] = last

    result = tool.score(answers)

    assert (result.score, result.band) == (score, band)


def test_a_weight_multiplies_the_score():
    tool = RiskTool(
        id="t",
        label="T",
        version="1",
        about="subject",
        credit="Ours",
        answers=(Answer("yes", "Yes", 2), Answer("no", "No", 0)),
        items=(RiskItem("one", "One"), RiskItem("three", "Three", weight=3)),
        bands=(Band("low", "Low", 0), Band("high", "High", 7)),
    )

    assert tool.highest == 8
    assert tool.score({"one": "yes", "three": "yes"}).band == "high"
    assert tool.score({"three": "yes"}).band == "low"


def test_a_structured_judgement_has_no_band(programmes):
    assert programmes["channel"].risk_tool("paf").score({"concern": "significant"}).band is None


def test_the_legacy_framework_has_13_6_and_3_factors_and_takes_no_new_assessments(programmes):
    channel = programmes["channel"]
    items = [item.id[0] for item in channel.risk_tool("vaf", "1").items]

    assert (items.count("e"), items.count("i"), items.count("c")) == (13, 6, 3)
    assert [tool.id for tool in channel.current_tools] == ["paf"]
    with pytest.raises(KeyError):
        channel.risk_tool("vaf")


@pytest.mark.parametrize("answers", [{"q99": "yes"}, {"q01_injury": "maybe"}])
def test_an_answer_the_tool_does_not_have_is_an_error(programmes, answers):
    with pytest.raises(KeyError):
        dash(programmes).score(answers)


def test_every_tool_can_be_overridden_with_a_reason(programmes):
    assert all(tool.override_reason_required for p in programmes.values() for tool in p.risk_tools)
