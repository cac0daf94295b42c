"""What another programme of this instance hands over: a referral of its own, with nothing but what was shared."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from casework.access import policy
from casework.cases import handovers
from casework.cases.models import Case
from casework.errors import Invalid
from casework.extensions import db
from casework.people.models import Person
from casework.referrals.models import Referral
from tests.support import makers


def handed_over(words: str, to: str) -> tuple[Case, Referral]:
    sender = makers.make_actor("coordinator")
    sent = makers.make_referral(
        sender, forename="Catherine", surname="Featherstone", narrative="Her doctor is Dr Bello"
    ).case
    handovers.hand_over(sender, sent, to, words)
    return sent, db.session.scalars(select(Referral).where(Referral.programme == to)).one()


def test_arrival_holds_the_name_and_what_was_shared_and_no_more(app: Flask) -> None:
    makers.make_actor("coordinator", "community_marac")

    sent, arrived = handed_over("Noise and threats on the stairs", "community_marac")

    assert arrived.narrative == "Noise and threats on the stairs"
    assert arrived.case.subject is not None
    assert (arrived.case.subject.name, arrived.case.subject_id != sent.subject_id) == (
        "Catherine Featherstone",
        True,
    )
    assert arrived.case.stage_kind == "screening"
    assert arrived.referring_agency_id is None


def test_whoever_else_the_programme_asks_for_is_left_open(app: Flask) -> None:
    makers.make_actor("coordinator", "dva_marac")

    _, arrived = handed_over("She is afraid of her son", "dva_marac")

    names = {part.role: part.person.name for part in arrived.case.involvements}
    assert names["subject"] == "Catherine Featherstone"
    assert "Not named" in names["perpetrator"]


def test_sender_sees_nothing_of_what_arrived(app: Flask) -> None:
    makers.make_actor("coordinator", "community_marac")
    _, arrived = handed_over("Noise", "community_marac")
    sender = makers.make_actor("coordinator")

    for model, row in ((Referral, arrived.id), (Case, arrived.case_id), (Person, arrived.case.subject_id)):
        assert row not in {each.id for each in db.session.scalars(policy.visible(sender, model))}


@pytest.mark.parametrize("to", ["asb_support", "nowhere", "channel"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_handed_to_oneself_to_nobody_or_where_nobody_takes_it(app: Flask, to: str) -> None:
    sender = makers.make_actor("coordinator")
    case = makers.make_referral(sender).case

    with pytest.raises(Invalid):
        handovers.hand_over(sender, case, to, "Noise")
