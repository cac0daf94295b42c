"""Looking for people, adding them, putting them right, and making one of two."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, text

from casework.access.vocabulary import OPERATOR
from casework.audit.models import AuditEntry
from casework.crypto.vault import DataKey
from casework.errors import Conflict, Invalid
from casework.people import service as people
from casework.people.models import Person, blind_token
from tests.support.makers import ASB, make_actor, make_person, make_referral, subject_of

RECALL_FLOOR = 0.95

# How one name is misheard and mistyped at a counter, on a telephone, on a form. All invented.
MISSPELT = {
    ("Ada", "Okonjo"): ["Adah Okonjo", "Ada Okonjoh", "Ada Oconjo", "Ada Okongo", "Okonjo Ada", "A Okonjo"],
    ("Siobhan", "O’Shaughnessy"): ["Siobhan OShaughnessy", "Siobhan O'Shaughnessy", "Siobhan Oshaughnesy"],
    ("Catherine", "MacAllister"): ["Katherine MacAllister", "Catherine McAllister", "Kathryn MacAlister"],
    ("Mohammed", "Rahimi"): ["Mohamed Rahimi", "Muhammad Rahimi", "Mohammad Raheemi", "Mohammed Rahmi"],
    ("Agnieszka", "Wójcik"): ["Agnieszka Wojcik", "Agnieska Wojcik", "Agnieszka Wojick"],
    ("Zoë", "Şahin-Björk"): ["Zoe Sahin Bjork", "Zoe Sahin", "Zoe Bjork", "Zoey Sahin-Bjork"],
    ("Geoffrey", "Thwaite"): ["Jeffrey Thwaite", "Geoffery Thwaite", "Geoffrey Thwait", "Geofrey Thwaites"],
    ("Philippa", "Cholmondeley"): ["Phillipa Cholmondeley", "Philippa Cholmondley", "Pippa Cholmondeley"],
    ("Nguyen", "Thi Lan"): ["Nguyen Lan", "Nguyen Thi Lan", "Lan Nguyen"],
    ("Stephen", "Brough"): ["Steven Brough", "Stephen Bruff", "Stephan Brough", "Stephen Brouhg"],
    ("Rhys", "Llewellyn"): ["Reece Llewellyn", "Rhys Llewelyn", "Rhys Lewellyn", "Rhys Llewellin"],
    ("Xiomara", "Fernández"): ["Xiomara Fernandez", "Xiomara Fernandes", "Ziomara Fernandez"],
}  # fmt: skip


@pytest.fixture
def actor(app):
    return make_actor("coordinator")


def test_misspelt_names_are_found(actor):
    """Every person is among decoys of like names; the recall floor is over the whole table."""
    known = {
        name: make_referral(actor, forename=name[0], surname=name[1], date_of_birth=None).case.subject_id
        for name in MISSPELT
    }
    for forename, surname in (
        ("Adam", "Oakley"),
        ("Stella", "Brown"),
        ("Zara", "Bird"),
        ("Jane", "Thwaites"),
    ):
        make_referral(actor, forename=forename, surname=surname, date_of_birth=None)
    asked = [(name, typed) for name, many in MISSPELT.items() for typed in many]
    missed = []
    for name, typed in asked:
        found = [match.person.id for match in people.search(actor, ASB, names=typed.split(" "))]
        if known[name] not in found:
            missed.append((name, typed))
    assert 1 - len(missed) / len(asked) >= RECALL_FLOOR, missed


@pytest.mark.parametrize("typed", ["Okonjo, Ada", "ADA  OKONJO", "ada okonjo", "Okonjo-Ada"])
def test_case_order_and_punctuation_do_not_matter(actor, typed):
    make_referral(actor, forename="Ada", surname="Okonjo")
    assert people.search(actor, ASB, names=[typed])[0].score >= 0.9


def test_day_and_month_in_the_wrong_order_agree_as_transposed(actor):
    make_referral(actor, forename="Ada", surname="Okonjo", date_of_birth=date(1986, 3, 7))
    match = people.search(actor, ASB, names=["Ada", "Okonjo"], born=date(1986, 7, 3))[0]
    assert {(each.field, each.agreement) for each in match.agreements} == {
        ("name", "exact"),
        ("date of birth", "transposed"),
    }


def test_birth_alone_finds(actor):
    referral = make_referral(actor, date_of_birth=date(1986, 3, 27))
    found = people.search(actor, ASB, born=date(1986, 3, 27))
    assert [match.person.id for match in found] == [referral.case.subject_id]


def test_nobody_of_another_programme_or_hidden_case_is_found(actor):
    make_referral(make_actor("coordinator", "channel"), "channel")
    make_referral(actor, exclusions=[(make_actor("caseworker").id, None, "A relative")])
    hidden = make_referral(OPERATOR, exclusions=[(actor.id, None, "A relative")])
    found = {match.person.id for match in people.search(actor, ASB, names=["Ada", "Okonjo"])}
    assert len(found) == 1
    assert hidden.case.subject_id not in found


def test_search_is_in_the_trail_without_the_name(actor, session):
    people.search(actor, ASB, names=["Zebrawood"], born=date(1986, 3, 27))
    session.commit()
    entry = session.scalar(select(AuditEntry).where(AuditEntry.event == "people.searched"))
    assert entry.details == {"fields": ["name", "date_of_birth"], "found": 0}


def test_ticket_is_the_actors_own(actor):
    look = people.look_first(actor, ASB, forename="Ada")
    with pytest.raises(Invalid):
        people.add(make_actor(), ASB, ticket=look.ticket, forename="Ada")
    with pytest.raises(Invalid):
        people.add(actor, "channel", ticket=look.ticket, forename="Ada")
    assert people.add(actor, ASB, ticket=look.ticket, forename="Ada").name == "Ada"


@pytest.mark.parametrize("shown", [None, "", "x", "é"])
def test_what_is_no_ticket_is_refused_in_words(actor, shown):
    with pytest.raises(Invalid, match="Look for the person"):
        people.add(actor, ASB, ticket=shown, forename="Ada")


def test_ticket_tells_nothing(actor):
    ticket = people.look_first(actor, ASB, forename="Ada", surname="Okonjo").ticket
    assert len(ticket) == 64
    assert "Ada" not in ticket


def test_amended_name_is_found_and_the_old_one_no_more(actor):
    person = subject_of(make_referral(actor, forename="Ada", surname="Okonjo", date_of_birth=None))
    changed = people.amend(actor, person, forename="Wilhelmina", surname="Thrupp")
    assert changed == {"forename": ("Ada", "Wilhelmina"), "surname": ("Okonjo", "Thrupp")}
    assert people.search(actor, ASB, names=["Ada", "Okonjo"]) == []
    assert people.search(actor, ASB, names=["Wilhelmina", "Thrupp"])[0].person.id == person.id


def test_amending_an_old_version_is_a_conflict_with_both(actor):
    person = make_person(actor)
    with pytest.raises(Conflict) as conflict:
        people.amend(actor, person, version=person.version + 1, phone="01632 960 001")
    assert conflict.value.submitted == {"phone": "01632 960 001"}


def test_amending_nothing_writes_nothing(actor, session):
    person = make_person(actor)
    version = person.version
    assert people.amend(actor, person, forename="Ada") == {}
    assert person.version == version


def test_moving_home_keeps_the_old_address_and_finds_by_both(actor, session):
    person = subject_of(make_referral(actor, date_of_birth=None))
    people.move_home(actor, person, lines="1 Mill Lane", postcode="NW4 4BG", confidential=False)
    people.move_home(actor, person, lines="2 Hill Road", postcode="N12 0QS", confidential=True)
    assert [(each.postcode, each.current, each.confidential) for each in person.addresses] == [
        ("N12 0QS", True, True),
        ("NW4 4BG", False, False),
    ]
    assert people.move_home(actor, person, lines="2 Hill Road", postcode="N12 0QS", confidential=True) is None
    for postcode in ("NW4 4BG", "N12 0QS"):
        assert people.search(actor, ASB, postcode=postcode)


def test_two_records_of_one_person_become_one(actor, session):
    kept = make_person(
        actor, forename="Ada", surname="Okonjo", address={"lines": "1 Mill Lane", "postcode": "NW4 4BG"}
    )
    other = make_person(
        actor,
        forename="Adah",
        surname="Okonjoh",
        date_of_birth=date(1986, 3, 27),
        phone="01632 960 001",
        address={"lines": "2 Hill Road", "postcode": "N12 0QS"},
        other={"landlord": "Hendon Homes"},
    )
    other_id = other.id
    people.adopt(actor, kept, other)
    people.forget(other)
    session.expire_all()
    kept = session.scalar(select(Person))
    assert (kept.name, kept.known_as, kept.phone) == ("Ada Okonjo", ["Adah Okonjoh"], "01632 960 001")
    assert kept.date_of_birth == date(1986, 3, 27)
    assert kept.other == {"landlord": "Hendon Homes"}
    assert {(each.lines, each.current) for each in kept.addresses} == {
        ("1 Mill Lane", False),
        ("2 Hill Road", True),
    }
    assert session.get(DataKey, other_id).wrapped is None
    tokens = select(func.count()).select_from(blind_token).where(blind_token.c.person_id == other_id)
    assert session.scalar(tokens) == 0


def test_what_is_known_already_stands_when_records_become_one(actor):
    kept = make_person(actor, forename="Ada", date_of_birth=date(1986, 3, 27), phone="01632 960 001")
    other = make_person(actor, forename="Ada", date_of_birth=date(1986, 3, 28), phone="01632 960 002")
    people.adopt(actor, kept, other)
    assert (kept.date_of_birth, kept.phone, kept.known_as) == (date(1986, 3, 27), "01632 960 001", None)


def test_records_of_two_programmes_stay_two(actor):
    with pytest.raises(Invalid):
        people.adopt(actor, make_person(actor), make_person(OPERATOR, "channel"))


def test_names_lie_sealed(actor, session):
    make_person(actor, forename="Zebrawood", address={"lines": "1 Zebrawood Lane", "postcode": "NW4 4BG"})
    for table in ("person", "address"):
        stored = session.execute(text(f"SELECT sealed FROM {table}")).scalar_one()
        assert b"Zebrawood" not in bytes(stored)
