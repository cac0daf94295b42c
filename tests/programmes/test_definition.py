from __future__ import annotations

from datetime import date

import pytest

from casework.programmes.definition import (
    CHECKS,
    ENTRY_LISTS,
    PLACEHOLDERS,
    Condition,
)

EVERY = ["asb_support", "community_marac", "dva_marac", "channel"]


def test_the_four_programmes_stand(programmes):
    assert sorted(programmes) == sorted(EVERY)


# -- reports -------------------------------------------------------------------------------------


def rows(programmes, table_id):
    asb = programmes["asb_support"]
    return asb.rows_of(asb.report("year_end").table(table_id))


def test_the_year_end_report_has_its_tables_in_order(programmes):
    assert [table.id for table in programmes["asb_support"].report("year_end").tables] == [
        "referral_source",
        "onward_referral",
        "support_given",
        "additional_need",
        "gender",
        "ethnicity",
        "age_band",
    ]


def test_the_quarterly_report_has_the_same_tables_and_one_column(programmes):
    asb = programmes["asb_support"]

    assert asb.report("quarterly").tables == asb.report("year_end").tables
    assert asb.report("quarterly").headlines == asb.report("year_end").headlines
    assert [column.id for column in asb.report("quarterly").columns] == ["period"]
    assert [column.id for column in asb.report("year_end").columns] == ["q3_q4", "year"]


def test_headlines_are_in_their_order(programmes):
    assert [headline.id for headline in programmes["asb_support"].report("year_end").headlines] == [
        "referrals_received",
        "carried_over",
        "supported",
        "mediation",
        "community_marac_supported",
    ]


def test_each_table_says_what_it_counts(programmes):
    report = programmes["asb_support"].report("year_end")

    assert {table.id: table.counts for table in report.tables} == {
        "referral_source": "referrals",
        "onward_referral": "onward referrals",
        "support_given": "support given",
        "additional_need": "needs",
        "gender": "referrals",
        "ethnicity": "referrals",
        "age_band": "referrals",
    }
    assert all(table.additive for table in report.tables)


@pytest.mark.parametrize(
    ("table_id", "labels"),
    [
        ("gender", ["Male", "Female"]),
        ("ethnicity", ["Asian", "Black British", "White British", "White Other", "Not Given"]),
        ("age_band", ["18-25", "26-35", "36-45", "46-55", "56-65", "66+", "Not given"]),
    ],
)
def test_the_rows_always_shown_are_those_of_the_published_report(programmes, table_id, labels):
    assert [row.label for row in rows(programmes, table_id) if row.always] == labels


@pytest.mark.parametrize(
    "table_id", ["referral_source", "onward_referral", "support_given", "additional_need"]
)
def test_every_code_is_a_row_at_zero_too(programmes, table_id):
    asb = programmes["asb_support"]
    table = asb.report("year_end").table(table_id)

    assert [row.id for row in asb.rows_of(table) if row.always] == list(asb.list(table.list).ids)


@pytest.mark.parametrize("table_id", ["referral_source", "gender", "ethnicity"])
def test_every_code_falls_in_exactly_one_row(programmes, table_id):
    asb = programmes["asb_support"]
    fine = asb.list(asb.report("year_end").table(table_id).list)

    fallen = sorted(code for row in rows(programmes, table_id) for code in row.codes)

    assert fallen == sorted(fine.ids)


@pytest.mark.parametrize(
    "table_id", ["referral_source", "onward_referral", "gender", "ethnicity", "age_band"]
)
def test_one_row_takes_what_was_not_recorded(programmes, table_id):
    assert [row.blank for row in rows(programmes, table_id)].count(True) == 1


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "under_18"),
        (17, "under_18"),
        (18, "18_25"),
        (25, "18_25"),
        (26, "26_35"),
        (65, "56_65"),
        (66, "66_plus"),
        (104, "66_plus"),
    ],
)
def test_an_age_falls_in_one_band(programmes, age, band):
    found = [
        row.id
        for row in rows(programmes, "age_band")
        if row.least is not None and row.least <= age and (row.most is None or age <= row.most)
    ]

    assert found == [band]


def test_the_census_stands_beside_ethnicity(programmes):
    (census,) = programmes["asb_support"].report("year_end").table("ethnicity").comparators

    assert dict(census.shares) == {"White": 64, "Asian": 18, "Black": 8, "Mixed ethnicity": 5, "Other": 5}


# -- lists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("programme_id", EVERY)
def test_intake_asks_the_nineteen_census_groups_and_three_ways_of_no_answer(programmes, programme_id):
    offered = programmes[programme_id].list("ethnicity").current(date(2026, 1, 1))

    assert len([code for code in offered if not code.missing]) == 19
    assert [code.id for code in offered if code.missing] == ["not_asked", "declined", "not_known"]


@pytest.mark.parametrize(
    ("fine", "local", "five"),
    [
        ("asian_chinese", "asian", "asian"),
        ("black_african", "black_british", "black"),
        ("white_english_welsh_scottish_ni_british", "white_british", "white"),
        ("white_irish", "white_other", "white"),
        ("mixed_white_and_asian", "mixed_or_other", "mixed"),
        ("other_arab", "mixed_or_other", "other"),
        ("declined", "not_given", "not_stated"),
        ("white_british", "white_british", "white"),
        ("not_given", "not_given", "not_stated"),
    ],
)
def test_ethnicity_rolls_up_to_the_local_rows_and_to_five_groups(programmes, fine, local, five):
    ethnicity = programmes["asb_support"].list("ethnicity")

    assert ethnicity.roll_up(fine, "ethnicity_local") == local
    assert ethnicity.roll_up(fine, "ethnicity_5") == five


@pytest.mark.parametrize("programme_id", EVERY)
def test_the_equality_questions_keep_no_answer_apart(programmes, programme_id):
    programme = programmes[programme_id]

    for field_id in ("ethnicity", "sexual_orientation", "gender_same_as_birth", "disability"):
        field = programme.field(field_id, "subject")
        assert field.counted
        assert {"not_asked", "declined", "not_known"} <= set(programme.list(field.list).ids)


@pytest.mark.parametrize("programme_id", EVERY)
def test_the_number_of_children_is_counted_unborn_included(programmes, programme_id):
    field = programmes[programme_id].field("children_count")

    assert field.kind == "number"
    assert field.counted
    assert "unborn" in field.hint


def test_every_dva_agency_maps_to_the_board_and_to_safelives(programmes):
    source = programmes["dva_marac"].list("source")

    assert all({"referring_agency_local", "safelives_agency"} <= set(code.maps) for code in source.codes)
    assert source.roll_up("mash", "safelives_agency") == "mash"
    assert source.roll_up("mash", "referring_agency_local") == "children_s_social_care"


@pytest.mark.parametrize(
    ("day", "offered", "gone"),
    [
        (date(2020, 3, 31), "mixed_unstable_unclear", "extreme_right_wing"),
        (date(2020, 4, 1), "extreme_right_wing", "mixed_unstable_unclear"),
        (date(2024, 3, 31), "islamist", "islamist_extremism"),
        (date(2024, 4, 1), "islamist_extremism", "islamist"),
    ],
)
def test_channel_concerns_follow_the_home_office_breaks(programmes, day, offered, gone):
    ids = [code.id for code in programmes["channel"].list("concern").current(day)]

    assert offered in ids
    assert gone not in ids


def test_every_channel_source_has_a_sector(programmes):
    source = programmes["channel"].list("source")

    assert {source.roll_up(code, "prevent_sector") for code in source.ids} == set(
        programmes["channel"].list("prevent_sector").ids
    )


# -- people, questions, stages -------------------------------------------------------------------


def test_channel_is_marked_and_holds_the_gateway(programmes):
    channel = programmes["channel"]

    assert channel.handling == "OFFICIAL-SENSITIVE"
    assert channel.subject.never_tell
    assert [field.id for field in channel.fields_of("gateway") if field.counted] == [
        "gateway_sent_date",
        "gateway_outcome",
        "gateway_decided_date",
        "section_36_date",
    ]
    assert not channel.field("national_case_reference").counted
    assert channel.section("gateway").step == "screening"


def test_only_channel_is_marked(programmes):
    assert [programme.id for programme in programmes.values() if programme.handling] == ["channel"]


@pytest.mark.parametrize("programme_id", EVERY)
def test_nobody_who_harms_gets_a_letter(programmes, programme_id):
    assert all(role.never_tell for role in programmes[programme_id].roles if role.side == "harming")


@pytest.mark.parametrize("programme_id", EVERY)
def test_letters_go_to_nobody_who_must_not_be_told(programmes, programme_id):
    programme = programmes[programme_id]
    untold = {role.id for role in programme.roles if role.never_tell}

    assert untold.isdisjoint(letter.recipient for letter in programme.letters)


@pytest.mark.parametrize("programme_id", EVERY)
def test_letters_fill_in(programmes, programme_id):
    values = dict.fromkeys(PLACEHOLDERS, "x")

    assert all("{" not in letter.body.format(**values) for letter in programmes[programme_id].letters)


@pytest.mark.parametrize("programme_id", EVERY)
def test_a_field_is_asked_once_about_each_role(programmes, programme_id):
    programme = programmes[programme_id]
    asked = [(field.about, field.id) for field in programme.fields]

    assert len(set(asked)) == len(asked)
    for role in programme.roles:
        assert [field.id for field in programme.fields_about(role.id)] == list(role.fields)


def test_answers_about_roles_that_are_not_counted_are_sealed(programmes):
    channel = programmes["channel"]

    assert not channel.role("perpetrator").counted
    assert not channel.field("relationship", "perpetrator").counted


@pytest.mark.parametrize("programme_id", EVERY)
def test_a_referral_can_be_screened_worked_and_closed(programmes, programme_id):
    programme = programmes[programme_id]

    assert programme.first_stage.move(programme.accepted_stage.id)
    assert programme.first_stage.move(programme.declined_stage.id).reason_required
    assert programme.first_stage.move(programme.returned_stage.id).reason_required
    assert programme.closed_stage.kind == "closed"


@pytest.mark.parametrize("programme_id", EVERY)
def test_every_kind_of_entry_has_its_list(programmes, programme_id):
    assert set(ENTRY_LISTS.values()) <= set(programmes[programme_id].lists)
    assert programmes[programme_id].list("enquiry_topic").codes


def test_channel_support_waits_for_consent(programmes):
    move = programmes["channel"].stage("consent").move("support")

    assert move.checks == ("agreement_given", "guardian_agreed")
    assert "agreement_given" in CHECKS


# -- figures, each as the sources give it ----------------------------------------------------------


def test_repeats_follow_the_domain(programmes):
    dva = programmes["dva_marac"].repeat

    assert (dva.window_months, dva.anchor, dva.on) == (12, "referral", "pair")
    assert programmes["asb_support"].repeat.on == "subject"


def test_channel_is_reviewed_6_and_12_months_after_exit(programmes):
    after_exit = [review.months for review in programmes["channel"].reviews if review.after == "exit"]

    assert after_exit == [6, 12]


def test_panels_follow_the_domain(programmes):
    dva, cmarac = programmes["dva_marac"].panel, programmes["community_marac"].panel

    assert (dva.minutes_per_case, dva.minutes_cap, dva.cases_cap, dva.minutes_days) == (10, 15, 15, 3)
    assert dva.flag_months == 12
    assert dva.referrer_must_attend
    assert not dva.relisted_until_closed
    assert cmarac.relisted_until_closed
    assert programmes["asb_support"].panel is None


@pytest.mark.parametrize("programme_id", EVERY)
def test_every_figure_has_a_source_or_a_doubt(programmes, programme_id):
    programme = programmes[programme_id]
    figures = [
        *programme.clocks.values(),
        *programme.reviews,
        *programme.risk_tools,
        programme.repeat,
        programme.retention,
        *([programme.panel] if programme.panel else []),
    ]

    assert all(figure.source or figure.doubt for figure in figures)


@pytest.mark.parametrize(
    ("answers", "flags", "blocked"),
    [
        ({}, [], False),
        ({("referral", "abuse_markers"): ["none_known"]}, [], False),
        ({("referral", "abuse_markers"): ["none_known", "stalking"]}, [], True),
        ({("perpetrator", "relationship"): ["neighbour"]}, [], False),
        ({("perpetrator", "relationship"): ["neighbour", "ex_partner"]}, [], True),
        ({}, ["staff_safety"], False),
        ({}, ["domestic_abuse"], True),
    ],
)
def test_mediation_is_blocked_where_abuse_is_known(programmes, answers, flags, blocked):
    reason = programmes["asb_support"].blocked("mediation", answers=answers, flags=flags)

    assert bool(reason) is blocked


def test_mediation_is_never_offered_at_a_domestic_abuse_marac(programmes):
    assert programmes["dva_marac"].blocked("mediation", answers={})


@pytest.mark.parametrize(
    ("answer", "met"), [("a", True), ("c", False), (["c", "b"], True), ([], False), (None, False)]
)
def test_a_condition_reads_one_code_or_several(answer, met):
    assert Condition("referral", "f", ("a", "b")).met_by(answer) is met


def test_a_reference_is_made_by_the_pattern(programmes):
    assert programmes["asb_support"].reference(2018, 7) == "ASB-2018-0007"


@pytest.mark.parametrize("ask", ["role", "field", "section", "list", "stage", "letter", "report"])
def test_asking_for_what_is_not_there_names_it(programmes, ask):
    with pytest.raises(KeyError, match="nowhere"):
        getattr(programmes["asb_support"], ask)("nowhere")
