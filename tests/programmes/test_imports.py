"""Every word of the ASB record set, listed by hand from its description, resolves to a code."""

from __future__ import annotations

import pytest

from casework.programmes.imports import ImportColumn, slug

ASB_LABELS = {
    "source": [
        "Metropolitan Police",
        "Barnet ASB team",
        "Community Safety MARAC and Community Safety Team",
        "Victim support multi-crime service",
        "Self-referrals",
        "Environmental Health",
        "Housing",
    ],
    "route": [
        "secure email",
        "agency referral form",
        "telephone",
        "MARAC meeting",
        "internal transfer",
        "web form",
        "in person",
    ],
    "gender": ["Male", "Female"],
    "ethnicity": ["Asian", "Black British", "White British", "White Other", "Not Given"],
    "destination": [
        "MARAC",
        "Mental health support",
        "Housing support",
        "Community Safety",
        "Emergency services",
        "Social Care",
        "IPCC",
        "Highways",
        "Legal services",
    ],
    "support_type": [
        "Emotional",
        "Practical Support",
        "Advocacy",
        "Mediation",
        "Personal safety",
        "Home security",
        "Housing",
        "Referral to special support",
        "ASB powers advice",
    ],
    "need": [
        "Assault",
        "Hate Crime",
        "Criminal damage",
        "Noise",
        "Harassment",
        "Drugs related",
        "Parking",
        "Youth related",
        "Burglary",
    ],
    "ward": [
        "Brunswick Park",
        "Burnt Oak",
        "Childs Hill",
        "Colindale",
        "Coppetts",
        "East Barnet",
        "East Finchley",
        "Edgware",
        "Finchley Church End",
        "Garden Suburb",
        "Golders Green",
        "Hale",
        "Hendon",
        "High Barnet",
        "Mill Hill",
        "Oakleigh",
        "Totteridge",
        "Underhill",
        "West Finchley",
        "West Hendon",
        "Woodhouse",
    ],
}

DVA_LABELS = {
    "source": [
        "DV specialist services",
        "Police",
        "Children's Social Care",
        "Health (A&E, GP, midwifery)",
        "Housing",
        "Mental Health Trust",
        "Adult Social Care",
        "Probation / CRC",
        "Substance misuse service",
        "Education",
        "Voluntary sector (other)",
        "Other MARAC (transfer in)",
    ],
    "criteria": ["visible high risk", "professional judgement", "potential escalation"],
    "relationship": ["spouse or partner", "ex-partner", "family member"],
    "ethnicity": ["Asian", "Black British", "White British", "White Other", "Not Given", "Other"],
    "gender": ["Male", "Female"],
}

ASB_COLUMNS = [
    "reference",
    "date_received",
    "source",
    "route",
    "forename",
    "surname",
    "date_of_birth",
    "gender",
    "ethnicity",
    "ward",
    "address",
    "postcode",
    "narrative",
    "mediation",
    "cs_marac_supported",
]

DVA_COLUMNS = [
    "reference",
    "date_referred",
    "meeting_date",
    "referring_agency",
    "referral_criteria",
    "dash_score",
    "victim_forename",
    "victim_surname",
    "victim_date_of_birth",
    "victim_gender",
    "victim_ethnicity",
    "victim_physical_disability",
    "victim_learning_disability",
    "ward",
    "address",
    "postcode",
    "children_in_household",
    "perpetrator_forename",
    "perpetrator_surname",
    "perpetrator_date_of_birth",
    "perpetrator_gender",
    "perpetrator_mental_health",
    "perpetrator_substance_misuse",
    "relationship",
    "narrative",
]


def column_of(programme, list_id):
    return next(column for file in programme.imports for column in file.columns if column.list == list_id)


@pytest.mark.parametrize(
    ("programme_id", "list_id", "label"),
    [("asb_support", list_id, label) for list_id, labels in ASB_LABELS.items() for label in labels]
    + [("dva_marac", list_id, label) for list_id, labels in DVA_LABELS.items() for label in labels],
)
def test_a_word_of_the_files_is_the_code_of_its_slug(programmes, programme_id, list_id, label):
    programme = programmes[programme_id]

    assert column_of(programme, list_id).code_id(programme.list(list_id), label) == slug(label)


def test_a_word_the_list_does_not_have_is_no_code(programmes):
    asb = programmes["asb_support"]

    assert column_of(asb, "ethnicity").code_id(asb.list("ethnicity"), "Other") is None


def test_a_column_of_ids_takes_no_labels(programmes):
    column = ImportColumn("gender", "code", "answer.subject.gender", list="gender", by="id")
    genders = programmes["asb_support"].list("gender")

    assert column.code_id(genders, "male") == "male"
    assert column.code_id(genders, "Male") is None


@pytest.mark.parametrize(
    ("label", "code_id"),
    [
        ("66+", "66_plus"),
        ("18-25", "18_25"),
        ("Metropolitan Police", "metropolitan_police"),
        ("Health (A&E, GP, midwifery)", "health_a_e_gp_midwifery"),
    ],
)
def test_a_slug_is_small_letters_and_underscores(label, code_id):
    assert slug(label) == code_id


def test_asb_files_and_columns_are_those_of_the_record_set(programmes):
    columns = {
        file.name: [column.name for column in file.columns if not column.optional_column]
        for file in programmes["asb_support"].imports
    }

    assert columns == {
        "referrals.csv": ASB_COLUMNS,
        "carried_over.csv": [*ASB_COLUMNS, "date_closed"],
        "onward_referrals.csv": ["id", "reference", "date", "destination"],
        "support.csv": ["id", "reference", "date", "support_type"],
        "additional_needs.csv": ["id", "reference", "date", "need"],
    }
    assert [file.name for file in programmes["asb_support"].imports if file.required] == ["referrals.csv"]


def test_asb_referrals_may_have_two_columns_more(programmes):
    file = programmes["asb_support"].import_file("referrals.csv")

    assert [column.name for column in file.columns if column.optional_column] == [
        "date_closed",
        "cs_marac_date",
    ]


def test_dva_files_have_the_same_columns(programmes):
    referrals, prior = programmes["dva_marac"].imports

    assert (referrals.name, prior.name) == ("referrals.csv", "prior_referrals.csv")
    assert referrals.columns == prior.columns
    assert [column.name for column in referrals.columns] == DVA_COLUMNS
