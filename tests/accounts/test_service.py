"""Who is what: memberships in force, teams, cover, and rules that keep an administrator from helping themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR, Grant, Role
from casework.accounts import agencies, service, users
from casework.accounts.models import Agency, Membership, User
from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.errors import Invalid, NotFound, Refused
from casework.extensions import db, now
from tests.support.people import PROGRAMME, give, make_agency, make_user

DAY = timedelta(days=1)


def today() -> date:
    return now().date()


def roles(user: User) -> list[Role]:
    return [grant.role for grant in service.actor_of(user).grants]


def test_user_is_what_their_memberships_say(app: Flask) -> None:
    agency = make_agency()
    user = make_user(Role.CASEWORKER, agency=agency)

    actor = service.actor_of(user)

    assert (actor.id, actor.name, actor.kind) == (user.id, user.name, "user")
    assert actor.grants == (Grant(Role.CASEWORKER, agency.id, PROGRAMME),)


def test_membership_holds_from_its_first_day_to_its_last(app: Flask) -> None:
    agency, user = make_agency(), make_user(None)
    for role, first, end in (
        (Role.CASEWORKER, today() - DAY, None),
        (Role.CHAIR, today(), today() + DAY),
        (Role.MANAGER, today() + DAY, None),
        (Role.ANALYST, today() - 2 * DAY, today()),
    ):
        service.give_membership(OPERATOR, user, role, agency, PROGRAMME, from_day=first, ended_on=end)

    assert set(roles(user)) == {Role.CASEWORKER, Role.CHAIR}


def test_membership_of_an_agency_that_left_gives_nothing(app: Flask) -> None:
    agency = make_agency()
    user = make_user(Role.CASEWORKER, agency=agency)
    make_user(Role.ADMINISTRATOR)

    agencies.deactivate_agency(OPERATOR, agency)
    assert roles(user) == []
    assert service.workers(PROGRAMME) == []

    agencies.reactivate_agency(OPERATOR, agency)
    assert roles(user) == [Role.CASEWORKER]


def test_deactivated_user_is_nothing(app: Flask) -> None:
    user = make_user(Role.CASEWORKER)

    users.deactivate(OPERATOR, user)

    assert service.actor_of(user).grants == ()
    assert service.workers(PROGRAMME) == []


def test_cover_holds_between_its_days_in_its_programme(app: Flask) -> None:
    agency = make_agency()
    manager = make_user(Role.MANAGER, agency=agency)
    away, stands_in = make_user(Role.CASEWORKER, agency=agency), make_user(Role.CASEWORKER, agency=agency)
    actor = service.actor_of(manager)

    service.arrange_cover(actor, away, stands_in, PROGRAMME, today() + DAY, today() + 3 * DAY)
    assert service.actor_of(stands_in).covers == frozenset()

    cover = service.arrange_cover(actor, away, stands_in, PROGRAMME, today(), today())
    assert service.actor_of(stands_in).covers_in(PROGRAMME) == {away.id}
    assert service.actor_of(stands_in).covers_in("dva_marac") == frozenset()

    service.end_cover(actor, cover.id)
    assert service.actor_of(stands_in).covers == frozenset()


def test_cover_is_arranged_within_the_managers_own_team(app: Flask) -> None:
    agency, other = make_agency(), make_agency()
    manager = service.actor_of(make_user(Role.MANAGER, agency=agency))
    ours, theirs = make_user(Role.CASEWORKER, agency=agency), make_user(Role.CASEWORKER, agency=other)

    for away, stands_in in ((ours, theirs), (theirs, ours)):
        with pytest.raises(Refused):
            service.arrange_cover(manager, away, stands_in, PROGRAMME, today(), today())
    with pytest.raises(Refused):
        service.arrange_cover(service.actor_of(ours), ours, ours, PROGRAMME, today(), today())
    with pytest.raises(Refused):
        service.arrange_cover(manager, ours, ours, "dva_marac", today(), today())


@pytest.mark.parametrize(
    ("first", "last", "field"), [(0, -1, "last_day"), (-3, -1, "last_day"), (3, 2, "last_day")]
)
def test_cover_needs_days_that_make_sense(app: Flask, first: int, last: int, field: str) -> None:
    agency = make_agency()
    manager = service.actor_of(make_user(Role.MANAGER, agency=agency))
    one, other = make_user(Role.CASEWORKER, agency=agency), make_user(Role.CASEWORKER, agency=agency)

    with pytest.raises(Invalid) as refusal:
        service.arrange_cover(manager, one, other, PROGRAMME, today() + first * DAY, today() + last * DAY)

    assert field in refusal.value.errors


def test_nobody_covers_for_themselves(app: Flask) -> None:
    agency = make_agency()
    manager = service.actor_of(make_user(Role.MANAGER, agency=agency))
    one = make_user(Role.CASEWORKER, agency=agency)

    with pytest.raises(Invalid):
        service.arrange_cover(manager, one, one, PROGRAMME, today(), today())


def test_manager_of_another_team_cannot_end_a_cover(app: Flask) -> None:
    agency = make_agency()
    manager = service.actor_of(make_user(Role.MANAGER, agency=agency))
    one, other = make_user(Role.CASEWORKER, agency=agency), make_user(Role.CASEWORKER, agency=agency)
    cover = service.arrange_cover(manager, one, other, PROGRAMME, today(), today())

    with pytest.raises(NotFound):
        service.end_cover(service.actor_of(make_user(Role.MANAGER)), cover.id)
    assert not cover.ended


def test_workers_are_those_who_work_cases(app: Flask) -> None:
    agency, other = make_agency(), make_agency()
    made = {role: make_user(role, agency=agency) for role in Role}
    elsewhere = make_user(Role.CASEWORKER, agency=other)
    make_user(Role.CASEWORKER, programme="dva_marac")

    working = {made[role].id for role in (Role.CASEWORKER, Role.COORDINATOR, Role.MANAGER)}
    assert {user.id for user in service.workers(PROGRAMME)} == working | {elsewhere.id}
    assert {user.id for user in service.workers(PROGRAMME, agency.id)} == working


def test_colleagues_are_shown_to_colleagues_only(app: Flask) -> None:
    chair, analyst = make_user(Role.CHAIR), make_user(Role.ANALYST)
    stranger = make_user(Role.COORDINATOR, programme="dva_marac")

    actor = service.actor_of(chair)
    assert {user.id for user in service.colleagues(actor, PROGRAMME)} == {chair.id, analyst.id}
    assert service.colleagues(actor, PROGRAMME, Role.ANALYST) == [analyst]
    assert service.colleagues(service.actor_of(stranger), PROGRAMME) == []
    assert service.colleagues(actor, "dva_marac") == []


def test_host_agency_is_that_of_the_first_coordinator(app: Flask) -> None:
    assert service.host_agency(PROGRAMME) is None
    first = make_agency()
    make_user(Role.COORDINATOR, agency=first)
    make_user(Role.COORDINATOR)

    assert service.host_agency(PROGRAMME) == first.id


def test_nobody_changes_what_they_themselves_may_do(app: Flask) -> None:
    agency = make_agency()
    admin = make_user(Role.ADMINISTRATOR, agency=agency)
    make_user(Role.ADMINISTRATOR)
    actor = service.actor_of(admin)

    with pytest.raises(Refused):
        service.give_membership(actor, admin, Role.COORDINATOR, agency, PROGRAMME)
    with pytest.raises(Refused):
        service.end_membership(
            actor, db.session.scalars(select(Membership).where(Membership.user_id == admin.id)).one()
        )
    with pytest.raises(Refused):
        users.deactivate(actor, admin)
    assert roles(admin) == [Role.ADMINISTRATOR]


def test_last_administrator_stays(app: Flask) -> None:
    agency = make_agency()
    admin = make_user(Role.ADMINISTRATOR, agency=agency)
    make_user(Role.ADMINISTRATOR, agency=agency, password=None)  # invited, and cannot sign in yet
    membership = db.session.scalars(select(Membership).where(Membership.user_id == admin.id)).one()

    with pytest.raises(Invalid):
        users.deactivate(OPERATOR, admin)
    with pytest.raises(Invalid):
        service.end_membership(OPERATOR, membership)
    with pytest.raises(Invalid):
        service.end_membership(OPERATOR, membership, today() + 30 * DAY)
    with pytest.raises(Invalid):
        agencies.deactivate_agency(OPERATOR, agency)

    make_user(Role.ADMINISTRATOR)
    users.deactivate(OPERATOR, admin)


@pytest.mark.parametrize(
    ("role", "programme"),
    [
        (Role.CASEWORKER, None),
        (Role.CASEWORKER, "no_such_programme"),
        (Role.ADMINISTRATOR, PROGRAMME),
        (Role.AUDITOR, PROGRAMME),
    ],
)
def test_role_and_programme_must_fit(app: Flask, role: Role, programme: str | None) -> None:
    with pytest.raises(Invalid) as refusal:
        service.give_membership(OPERATOR, make_user(None), role, make_agency(), programme)

    assert "programme" in refusal.value.errors


def test_role_is_given_once(app: Flask) -> None:
    agency = make_agency()
    user = make_user(Role.CASEWORKER, agency=agency)

    with pytest.raises(Invalid):
        give(user, Role.CASEWORKER, agency)
    give(user, Role.CASEWORKER, agency, "dva_marac")
    give(user, Role.CASEWORKER, make_agency())


def test_role_ended_can_be_given_again(app: Flask) -> None:
    agency = make_agency()
    user = make_user(Role.CASEWORKER, agency=agency)

    service.end_membership(OPERATOR, user.memberships[0])
    assert roles(user) == []
    give(user, Role.CASEWORKER, agency)

    assert roles(user) == [Role.CASEWORKER]


def test_unknown_role_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="not a valid Role"):
        service.give_membership(OPERATOR, make_user(None), "emperor", make_agency(), PROGRAMME)


def test_email_is_one_users(app: Flask) -> None:
    make_user(email="ana@example.org")

    with pytest.raises(Invalid) as refusal:
        service.add_user(OPERATOR, "ANA@example.org ", "Another Ana")

    assert "email" in refusal.value.errors


def test_agencies_go_by_one_name_each(app: Flask) -> None:
    hill = make_agency("Hill Homes")

    assert service.agency_named(" hill homes ") is hill
    with pytest.raises(Invalid):
        service.add_agency(OPERATOR, "HILL HOMES", "police")
    with pytest.raises(Invalid):
        agencies.change_agency(OPERATOR, make_agency("Dale Homes"), name="Hill homes", kind="police")
    agencies.change_agency(OPERATOR, hill, name="Hill Homes Ltd", kind="police")

    assert (hill.name, hill.kind) == ("Hill Homes Ltd", "police")


def test_agencies_that_left_are_listed_only_when_asked_for(app: Flask) -> None:
    make_user(Role.ADMINISTRATOR)
    gone = make_agency("Gone Homes")
    agencies.deactivate_agency(OPERATOR, gone)

    assert gone not in service.agencies()
    assert gone in service.agencies(active=False)


def test_reactivated_user_needs_a_new_password(app: Flask) -> None:
    user = make_user(Role.CASEWORKER)
    users.deactivate(OPERATOR, user)

    users.reactivate(OPERATOR, user)

    assert user.password_hash is None
    assert users.state_of(user) == "invited"
    assert roles(user) == [Role.CASEWORKER]


def test_every_act_has_its_entry_and_no_entry_holds_a_name(app: Flask) -> None:
    make_user(Role.ADMINISTRATOR)
    agency = make_agency("Zebra Homes")
    user = make_user(Role.CASEWORKER, agency=agency, name="Zenobia Quill", email="zenobia@example.org")
    users.change_user(OPERATOR, user, {"name": "Zenobia Quilt", "job": "Zookeeper", "email": user.email})
    users.unlock(OPERATOR, user)
    users.end_sessions(OPERATOR, user)
    service.end_membership(OPERATOR, user.memberships[0])
    users.deactivate(OPERATOR, user)
    users.reactivate(OPERATOR, user)
    agencies.change_agency(OPERATOR, agency, name="Zebra Houses", kind=agency.kind)
    agencies.deactivate_agency(OPERATOR, agency)
    db.session.commit()

    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id.in_((user.id, agency.id)))
    ).all()

    assert {entry.event for entry in entries} == {
        Event.AGENCY_ADDED,
        Event.AGENCY_CHANGED,
        Event.USER_ADDED,
        Event.MEMBERSHIP_GIVEN,
        Event.MEMBERSHIP_ENDED,
        Event.PASSWORD_SET,
        Event.USER_CHANGED,
        Event.USER_UNLOCKED,
        Event.SESSIONS_ENDED,
        Event.USER_DEACTIVATED,
        Event.USER_REACTIVATED,
    }
    words = " ".join(str(entry.details) for entry in entries).lower()
    assert not [each for each in ("zenobia", "zebra", "zookeeper") if each in words]
    assert sorted(
        next(entry.details["fields"] for entry in entries if entry.event == Event.USER_CHANGED)
    ) == ["job", "name"]


def test_nothing_changed_is_no_event(app: Flask) -> None:
    user = make_user(None, password=None, name="Ana Banks")
    db.session.commit()
    before = db.session.scalars(select(AuditEntry.sequence)).all()

    users.change_user(OPERATOR, user, {"name": "Ana Banks"})
    db.session.commit()

    assert db.session.scalars(select(AuditEntry.sequence)).all() == before


def test_type_of_agency_has_words(app: Flask) -> None:
    assert service.agency_kinds()["police"] == "Police"
    assert all(kind and words for kind, words in service.agency_kinds().items())
    assert isinstance(make_agency(), Agency)
