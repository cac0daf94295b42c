"""Who may do what, as one table. Whoever changes it changes what people can see: change both on purpose."""

from __future__ import annotations

import uuid

import pytest

from casework.access.vocabulary import GRANTS, OPERATOR, SCOPES, Actor, Grant, Permission, Role, Scope

# Columns: referrer, caseworker, coordinator, chair, panel member, manager, analyst, administrator, auditor.
TABLE = """
home:view         x x x x x x x x x
referral:log      x x x . . x . . .
referral:view     x x x x . x . . .
referral:answer   x x x . . x . . .
referral:screen   . x x . . . . . .
referral:invite   . . x . . . . . .
referral:import   . . x . . . . . .
enquiry:log       . x x . . x . . .
person:search     . x x x . x . . .
case:view         . x x x x x . . .
case:work         . x x . . x . . .
case:close        . x x . . x . . .
case:allocate     . . x . . x . . .
case:exclude      . . x x . . . . .
meeting:view      . . x x x . . . .
meeting:run       . . x x . . . . .
minutes:approve   . . . x . . . . .
research:return   . . . . x . . . .
action:work       . x x x x x . . .
team:view         . . . . . x . . .
report:view       . . x x . x x . .
report:drill      . . x . . x . . .
account:manage    . . . . . . . x .
audit:view        . . . . . . . . x
"""
AGENCY = uuid.UUID(int=1)


def grant(role: Role, programme: str | None = "asb_support") -> Grant:
    return Grant(role, AGENCY, None if role.of_no_programme else programme)


def test_table_is_what_the_roles_are_granted() -> None:
    written = {
        (role, Permission(line.split()[0]))
        for line in TABLE.strip().splitlines()
        for role, mark in zip(Role, line.split()[1:], strict=True)
        if mark == "x"
    }

    assert written == {(role, permission) for role, held in GRANTS.items() for permission in held}
    assert len(TABLE.strip().splitlines()) == len(Permission)


@pytest.mark.parametrize("role", list(Role))
def test_actor_holds_what_the_role_is_granted_and_no_more(role: Role) -> None:
    actor = Actor(id=uuid.UUID(int=2), name="", grants=(grant(role),))

    assert {permission for permission in Permission if actor.has(permission)} == GRANTS[role]


def test_actor_without_a_role_holds_nothing() -> None:
    actor = Actor(id=uuid.UUID(int=2), name="")

    assert not any(actor.has(permission) for permission in Permission)
    assert actor.agencies == frozenset()


def test_permission_is_held_in_its_own_programme() -> None:
    actor = Actor(
        id=uuid.UUID(int=2), name="", grants=(grant(Role.CASEWORKER), grant(Role.ANALYST, "dva_marac"))
    )

    assert actor.has(Permission.CASE_WORK, "asb_support")
    assert not actor.has(Permission.CASE_WORK, "dva_marac")
    assert actor.programmes(Permission.CASE_WORK) == ("asb_support",)
    assert actor.programmes(Permission.HOME) == ("asb_support", "dva_marac")
    assert actor.programmes(Permission.ACCOUNT_MANAGE) == ()


def test_unknown_permission_is_an_error() -> None:
    with pytest.raises(ValueError, match="valid Permission"):
        Permission("case:burn")


def test_operator_holds_everything() -> None:
    assert all(OPERATOR.has(permission) for permission in Permission)


def test_roles_that_see_no_case_have_no_reach() -> None:
    assert set(Role) - set(SCOPES) == {Role.ANALYST, Role.ADMINISTRATOR, Role.AUDITOR}
    assert {role for role, scope in SCOPES.items() if scope is Scope.OWN} == {Role.REFERRER}


def test_permissions_are_written_thing_and_act() -> None:
    for permission in Permission:
        thing, _, act = permission.value.partition(":")
        assert thing.isalpha()
        assert act.isalpha()


def test_cover_counts_in_its_programme() -> None:
    away = uuid.UUID(int=3)
    actor = Actor(id=uuid.UUID(int=2), name="", standing_in=frozenset({("asb_support", away)}))

    assert actor.covers == actor.covers_in("asb_support") == {away}
    assert actor.covers_in("dva_marac") == actor.covers_in(None) == frozenset()
