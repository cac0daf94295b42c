"""One rule for list and item: a row is in the list if and only if its door opens.

Every kind of actor is tried on every kind of case, against the rule written down a second time, in plain Python.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.access import doors, policy
from casework.access.vocabulary import GRANTS, OPERATOR, SCOPES, Actor, Grant, Permission, Role, Scope
from casework.accounts.models import Agency, User
from casework.audit.models import AuditEntry
from casework.cases.models import Case, CaseAgency, Entry, Exclusion, Involvement, Task
from casework.crypto.vault import DataKey
from casework.errors import NotFound, Refused
from casework.extensions import Base, db, new_id, now
from casework.people.models import Person
from casework.referrals.models import Draft, Enquiry, Referral, ReferralLink

ASB, DVA = "asb_support", "dva_marac"
DAY = date(2026, 3, 2)
RECORDED: tuple[tuple[Any, Callable[..., object]], ...] = (
    (Entry, doors.entry_for),
    (Task, doors.task_for),
    (Involvement, doors.involvement_for),
)
SHARES = ("", "now", "ended")
EXCLUSIONS = ("", "user", "agency", "ended")


@dataclass
class Borough:
    """Two agencies, a worker of each, and a case of every kind there can be."""

    agencies: list[Agency]
    workers: list[User]
    cases: list[Case]
    shared: set[tuple[uuid.UUID, uuid.UUID]]  # case, agency
    shut_out: set[tuple[uuid.UUID, uuid.UUID]]  # case, user or agency

    def is_shut_out(self, actor: Actor, case: uuid.UUID) -> bool:
        return any((case, one) in self.shut_out for one in (actor.id, *actor.agencies))

    def reaches(self, actor: Actor, case: Case, permission: Permission) -> bool:
        """The rule, once more: what `policy` says in SQL, said in Python."""
        if self.is_shut_out(actor, case.id):
            return False
        for grant in actor.grants:
            if permission not in GRANTS[grant.role] or grant.programme != case.programme:
                continue
            scope = SCOPES.get(grant.role)
            held = case.agency_id == grant.agency_id
            theirs = case.worker_id in {actor.id, *actor.covers_in(case.programme)}
            if (
                scope is Scope.PROGRAMME
                or (scope is Scope.AGENCY and (held or theirs))
                or (scope is Scope.SHARED and (case.id, grant.agency_id) in self.shared)
            ):
                return True
        return False


@pytest.fixture
def borough(app: Flask) -> Borough:
    agencies = [Agency(name=name, kind="police") for name in ("North", "South")]
    workers = [User(email=f"{name}@example.org", name=name) for name in ("ana", "bo")]
    db.session.add_all([*agencies, *workers])
    db.session.flush()
    made = Borough(agencies, workers, [], set(), set())
    kinds = product((ASB, DVA), (None, *agencies), (None, *workers), SHARES, EXCLUSIONS)
    for number, (programme, agency, worker, share, exclusion) in enumerate(kinds):
        case = Case(
            programme=programme,
            reference=f"{number}",
            stage="open",
            stage_kind="open",
            opened_on=DAY,
            agency_id=agency and agency.id,
            worker_id=worker and worker.id,
        )
        db.session.add(case)
        db.session.flush()
        made.cases.append(case)
        add_share(made, case, share)
        add_exclusion(made, case, exclusion)
    db.session.commit()
    return made


def add_share(borough: Borough, case: Case, share: str) -> None:
    agency = borough.agencies[0]
    if share:
        ended = None if share == "now" else DAY
        db.session.add(CaseAgency(case_id=case.id, agency_id=agency.id, from_day=DAY, ended_on=ended))
    if share == "now":
        borough.shared.add((case.id, agency.id))


def add_exclusion(borough: Borough, case: Case, kind: str) -> None:
    if not kind:
        return
    user, agency = borough.workers[0], borough.agencies[0]
    named: dict[str, Any] = {"agency_id": agency.id} if kind == "agency" else {"user_id": user.id}
    db.session.add(Exclusion(case_id=case.id, ended_at_utc=now() if kind == "ended" else None, **named))
    if kind != "ended":
        borough.shut_out.add((case.id, next(iter(named.values()))))


def actors(borough: Borough) -> list[Actor]:
    """Every role for every agency, the workers themselves, cover, several roles at once, and nobody."""
    north, south = (agency.id for agency in borough.agencies)
    ana, bo = (user.id for user in borough.workers)

    def actor(*grants: tuple[Role, uuid.UUID, str], user: uuid.UUID | None = None, covers: Any = ()) -> Actor:
        held = tuple(
            Grant(role, agency, None if role.of_no_programme else programme)
            for role, agency, programme in grants
        )
        return Actor(id=user or new_id(), name="", grants=held, standing_in=frozenset(covers))

    return [
        *(actor((role, agency, ASB)) for role in Role for agency in (north, south)),
        *(actor((role, south, ASB), user=user) for role in Role for user in (ana, bo)),
        actor((Role.CASEWORKER, south, ASB), covers={(ASB, ana)}),
        actor((Role.CASEWORKER, south, ASB), (Role.CASEWORKER, south, DVA), covers={(ASB, ana)}),
        actor((Role.CASEWORKER, south, ASB), covers={(DVA, ana)}),
        actor((Role.ANALYST, north, ASB), covers={(ASB, ana)}),
        actor((Role.COORDINATOR, south, ASB), (Role.PANEL_MEMBER, north, DVA), user=bo),
        actor((Role.CASEWORKER, south, ASB), (Role.AUDITOR, north, ASB)),  # shut out with either agency
        actor((Role.ADMINISTRATOR, south, ASB), (Role.AUDITOR, south, ASB)),
        actor(),
        doors.ANONYMOUS,
        Actor(id=None, name="", kind="guest"),
    ]


def listed(actor: Actor, model: type[Any], permission: Permission | None = None) -> set[uuid.UUID]:
    return {row.id for row in db.session.scalars(policy.visible(actor, model, permission))}


def opens(door: Callable[[], object]) -> bool:
    try:
        door()
    except NotFound:
        return False
    return True


def test_list_of_cases_is_what_the_rule_says(borough: Borough) -> None:
    for actor in actors(borough):
        for permission in (Permission.CASE_VIEW, Permission.CASE_WORK, Permission.CASE_EXCLUDE):
            expected = {case.id for case in borough.cases if borough.reaches(actor, case, permission)}
            assert listed(actor, Case, permission) == expected, (actor, permission)


def test_every_case_is_seen_by_the_operator(borough: Borough) -> None:
    assert listed(OPERATOR, Case) == {case.id for case in borough.cases}


def test_case_is_in_the_list_if_and_only_if_its_door_opens(borough: Borough) -> None:
    chance = Random(7)
    for actor in actors(borough):
        in_list = listed(actor, Case)
        for case in chance.sample(borough.cases, 12):
            assert opens(lambda: doors.case_for(actor, case.id)) is (case.id in in_list)  # noqa: B023
            assert policy.may_open(actor, Case, case.id) is (case.id in in_list)


def test_door_refuses_what_is_seen_and_may_not_be_done(borough: Borough) -> None:
    chance = Random(8)
    for actor in actors(borough):
        for case in chance.sample(borough.cases, 6):
            for permission in (Permission.CASE_WORK, Permission.CASE_ALLOCATE, Permission.REFERRAL_SCREEN):
                if not borough.reaches(actor, case, Permission.CASE_VIEW):
                    expected: type[Exception] | None = NotFound
                else:
                    expected = None if borough.reaches(actor, case, permission) else Refused
                assert outcome(lambda: doors.case_for(actor, case.id, permission)) is expected  # noqa: B023


def outcome(door: Callable[[], object]) -> type[Exception] | None:
    try:
        door()
    except (NotFound, Refused) as error:
        return type(error)
    return None


def test_what_is_recorded_on_a_case_is_seen_with_the_case(borough: Borough) -> None:
    person = Person(programme=ASB)
    db.session.add(person)
    db.session.flush()
    some = Random(9).sample(borough.cases, 40)
    for case in some:
        db.session.add_all(
            [
                Entry(case_id=case.id, programme=case.programme, kind="note", dated=DAY),
                Task(case_id=case.id, programme=case.programme, kind="other", due_on=DAY),
                Involvement(case_id=case.id, person_id=person.id, role="subject"),
            ]
        )
    db.session.commit()

    for actor in actors(borough):
        cases = listed(actor, Case)
        for model, door in RECORDED:
            rows = db.session.scalars(select(model)).all()
            assert listed(actor, model) == {row.id for row in rows if row.case_id in cases}
            for row in rows[:2]:
                view = outcome(lambda: door(actor, row.id, Permission.CASE_VIEW))  # noqa: B023
                assert (view is None) is (row.case_id in cases)
        shares = db.session.scalars(select(CaseAgency)).all()
        assert listed(actor, CaseAgency) == {row.id for row in shares if row.case_id in cases}
        shut = db.session.scalars(select(Exclusion)).all()
        assert listed(actor, Exclusion) == {row.id for row in shut if row.case_id in cases}


def test_list_may_have_joined_cases_itself(borough: Borough) -> None:
    case = next(case for case in borough.cases if case.programme == ASB)
    db.session.add(Task(case_id=case.id, programme=ASB, kind="other", due_on=DAY))
    db.session.commit()
    coordinator = Actor(id=new_id(), name="", grants=(Grant(Role.COORDINATOR, new_id(), ASB),))

    models: tuple[Any, ...] = (Task, Entry, Involvement, Exclusion, CaseAgency, Referral)
    for model in models:
        joined = select(model.id).join(Case, Case.id == model.case_id)
        alone = listed(coordinator, model)
        assert set(db.session.scalars(joined.where(policy.condition(coordinator, model)))) == alone


def test_referral_is_seen_with_its_case_and_by_the_agency_that_made_it(borough: Borough) -> None:
    north, south = borough.agencies
    for number, case in enumerate(Random(10).sample(borough.cases, 60)):
        db.session.add(
            Referral(
                case_id=case.id,
                programme=case.programme,
                reference=f"R{number}",
                received_on=DAY,
                referring_agency_id=(None, north.id, south.id)[number % 3],
            )
        )
    db.session.commit()
    referrals = db.session.scalars(select(Referral)).all()
    cases = {case.id: case for case in borough.cases}

    for actor in actors(borough):
        refers_for = {
            (grant.programme, grant.agency_id) for grant in actor.grants if grant.role is Role.REFERRER
        }
        expected = {
            each.id
            for each in referrals
            if borough.reaches(actor, cases[each.case_id], Permission.REFERRAL_VIEW)
            or (
                (each.programme, each.referring_agency_id) in refers_for
                and not borough.is_shut_out(actor, each.case_id)
            )
        }
        assert listed(actor, Referral) == expected
        for each in referrals[:8]:
            assert opens(lambda: doors.referral_for(actor, each.id)) is (each.id in expected)  # noqa: B023


def test_person_is_seen_through_any_case_that_is_seen(borough: Borough) -> None:
    chance = Random(11)
    involved: dict[uuid.UUID, set[uuid.UUID]] = {}
    for number in range(30):
        person = Person(programme=ASB)
        db.session.add(person)
        db.session.flush()
        involved[person.id] = {case.id for case in chance.sample(borough.cases, number % 4)}
        db.session.add_all(
            Involvement(case_id=case, person_id=person.id, role="subject") for case in involved[person.id]
        )
    db.session.commit()

    for actor in actors(borough):
        cases = listed(actor, Case)
        expected = {one for one, within in involved.items() if within & cases}
        assert listed(actor, Person) == expected
        for one in list(involved)[:8]:
            assert opens(lambda: doors.person_for(actor, one)) is (one in expected)  # noqa: B023


def test_exclusion_beats_every_role(borough: Borough) -> None:
    ana, north = borough.workers[0], borough.agencies[0]
    everything = tuple(
        Grant(role, north.id, None if role.of_no_programme else programme)
        for role in Role
        for programme in (ASB, DVA)
    )
    for actor in (
        Actor(id=ana.id, name="", grants=everything),
        Actor(id=new_id(), name="", grants=everything),
    ):
        hidden = {case.id for case in borough.cases if borough.is_shut_out(actor, case.id)}
        assert hidden
        assert not hidden & listed(actor, Case)
        assert listed(actor, Case) == {case.id for case in borough.cases} - hidden


def test_draft_is_its_authors_alone(borough: Borough) -> None:
    ana, bo = borough.workers
    draft = Draft(programme=ASB, author_id=ana.id, step="people", expires_at_utc=now())
    db.session.add(draft)
    db.session.commit()
    roles = tuple(Grant(role, borough.agencies[0].id, ASB) for role in (Role.COORDINATOR, Role.MANAGER))

    assert listed(Actor(id=ana.id, name="", grants=roles), Draft) == {draft.id}
    assert listed(Actor(id=bo.id, name="", grants=roles), Draft) == set()
    assert listed(OPERATOR, Draft) == set()
    assert listed(doors.ANONYMOUS, Draft) == set()


def test_what_names_nobody_is_seen_in_its_programme(borough: Borough) -> None:
    enquiry = Enquiry(programme=ASB, received_on=DAY, topics=[])
    link = ReferralLink(programme=DVA, token_digest="x", expires_at_utc=now())
    db.session.add_all([enquiry, link])
    db.session.commit()

    def coordinator(programme: str) -> Actor:
        return Actor(id=new_id(), name="", grants=(Grant(Role.COORDINATOR, new_id(), programme),))

    assert listed(coordinator(ASB), Enquiry) == {enquiry.id}
    assert listed(coordinator(DVA), Enquiry) == set()
    assert listed(coordinator(ASB), ReferralLink) == set()
    assert listed(coordinator(DVA), ReferralLink) == {link.id}


@pytest.mark.parametrize("model", [User, Agency, AuditEntry, DataKey])
def test_model_without_a_rule_is_an_error(app: Flask, model: type[Base]) -> None:
    for actor in (doors.ANONYMOUS, OPERATOR):
        with pytest.raises(LookupError):
            policy.visible(actor, model)


def test_case_that_does_not_exist_looks_like_one_that_is_hidden(borough: Borough) -> None:
    analyst = Actor(id=new_id(), name="", grants=(Grant(Role.ANALYST, borough.agencies[0].id, ASB),))

    with pytest.raises(NotFound) as missing:
        doors.case_for(analyst, new_id())
    with pytest.raises(NotFound) as hidden:
        doors.case_for(analyst, borough.cases[0].id)

    assert str(missing.value) == str(hidden.value)
