"""The pages of administration: what an administrator can do there, and what they cannot."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from casework.access.vocabulary import OPERATOR, Role
from casework.accounts import service, users
from casework.accounts.models import Membership, User
from casework.extensions import db, now
from tests.support.people import PASSWORD, PROGRAMME, give, make_agency, make_user, sign_in


@pytest.fixture
def admin(client: FlaskClient) -> User:
    """An administrator, signed in; a second one is there, so that neither is the last."""
    admin = make_user(Role.ADMINISTRATOR, name="Ada Admin")
    make_user(Role.ADMINISTRATOR, name="Bea Admin")
    sign_in(client, admin)
    return admin


def new_user(**answers: object) -> dict[str, object]:
    """What the form of a new user sends."""
    return {"name": "Cass Quill", "email": "Cass.Quill@example.org", "job": "", "phone": "", **answers}


def membership_of(user: User) -> Membership:
    return db.session.scalars(select(Membership).where(Membership.user_id == user.id)).one()


def test_new_user_gets_each_role_in_each_programme_and_a_link(client: FlaskClient, admin: User) -> None:
    agency = make_agency()

    answer = client.post(
        "/administration/users/new",
        data=new_user(
            agency=agency.id, roles=["coordinator", "chair", "auditor"], programmes=[PROGRAMME, "dva_marac"]
        ),
    )

    assert answer.status_code == 200
    assert re.search(r"http://localhost/invitation/[\w-]{43}", answer.text)
    user = service.user_by_email("cass.quill@example.org")
    assert user is not None
    assert {(grant.role, grant.programme) for grant in service.actor_of(user).grants} == {
        (Role.COORDINATOR, PROGRAMME),
        (Role.COORDINATOR, "dva_marac"),
        (Role.CHAIR, PROGRAMME),
        (Role.CHAIR, "dva_marac"),
        (Role.AUDITOR, None),
    }
    assert user.password_hash is None


def test_link_is_shown_once(client: FlaskClient, admin: User) -> None:
    user = make_user(Role.CASEWORKER)

    shown = client.post(f"/administration/users/{user.id}/link").text
    token = re.search(r"/invitation/([\w-]+)", shown)
    assert token

    assert token[1] not in client.get(f"/administration/users/{user.id}").text
    cookie = client.get_cookie("casework")
    assert cookie is not None
    with client.session_transaction() as session:
        assert token[1] not in repr(dict(session))


def test_faults_of_the_form_are_named_and_nothing_is_stored(client: FlaskClient, admin: User) -> None:
    answer = client.post(
        "/administration/users/new", data=new_user(name="", email="nonsense", roles=["caseworker"])
    )

    assert answer.status_code == 422
    for words in (
        "Enter their full name",
        "correct format",
        "Select the agency",
        "Select at least one programme",
    ):
        assert words in answer.text
    assert db.session.scalar(select(func.count()).select_from(User)) == 2


def test_known_email_is_named_beside_its_field(client: FlaskClient, admin: User) -> None:
    make_user(email="cass.quill@example.org")

    answer = client.post(
        "/administration/users/new", data=new_user(agency=make_agency().id, roles=["auditor"])
    )

    assert answer.status_code == 422
    assert "is a user already" in answer.text


def test_administrator_is_made_with_ones_own_password_only(client: FlaskClient, admin: User) -> None:
    user, agency = make_user(None), make_agency()
    page = f"/administration/users/{user.id}/memberships/new"
    wanted = {"role": "administrator", "agency": agency.id}

    assert client.post(page, data=wanted).status_code == 422
    assert client.post(page, data={**wanted, "own_password": "not my password"}).status_code == 422
    assert service.actor_of(user).grants == ()
    assert admin.failed_attempts == 1  # that it was wrong stays counted

    assert client.post(page, data={**wanted, "own_password": PASSWORD}).status_code == 302
    assert [grant.role for grant in service.actor_of(user).grants] == [Role.ADMINISTRATOR]


def test_membership_is_given_between_two_days(client: FlaskClient, admin: User) -> None:
    user, agency, today = make_user(None), make_agency(), now().date()
    last = today + timedelta(days=3)
    days = {"last_day-day": last.day, "last_day-month": last.month, "last_day-year": last.year}

    answer = client.post(
        f"/administration/users/{user.id}/memberships/new",
        data={"role": "caseworker", "agency": agency.id, "programme": PROGRAMME, **days},
    )

    assert answer.status_code == 302
    membership = membership_of(user)
    assert (membership.from_day, membership.last_day) == (today, last)


def test_membership_is_ended_now(client: FlaskClient, admin: User) -> None:
    user = make_user(Role.CASEWORKER)

    client.post(f"/administration/memberships/{membership_of(user).id}/end", data={})

    assert service.actor_of(user).grants == ()
    assert "Earlier roles" in client.get(f"/administration/users/{user.id}").text


def test_nobody_promotes_themselves(client: FlaskClient, admin: User) -> None:
    agency = make_agency()
    before = service.actor_of(admin).grants

    given = client.post(
        f"/administration/users/{admin.id}/memberships/new",
        data={"role": "coordinator", "agency": agency.id, "programme": PROGRAMME},
    )
    ended = client.post(f"/administration/memberships/{membership_of(admin).id}/end", data={})
    left = client.post(f"/administration/users/{admin.id}/deactivate", data={"own_password": PASSWORD})

    assert [answer.status_code for answer in (given, ended, left)] == [403, 403, 403]
    assert service.actor_of(admin).grants == before
    page = client.get(f"/administration/users/{admin.id}").text
    assert "Give a role" not in page
    assert "Deactivate" not in page


def test_user_is_deactivated_with_ones_own_password(app: Flask, client: FlaskClient, admin: User) -> None:
    user = make_user(Role.CASEWORKER)
    theirs = sign_in(app.test_client(), user)
    page = f"/administration/users/{user.id}/deactivate"

    assert client.post(page, data={"own_password": "not my password"}).status_code == 422
    assert theirs.get("/session").status_code == 204
    assert client.post(page, data={"own_password": PASSWORD}).status_code == 302

    assert theirs.get("/session").status_code == 302
    client.post(f"/administration/users/{user.id}/reactivate")
    assert users.state_of(user) == "invited"


def test_lock_is_taken_off(client: FlaskClient, admin: User) -> None:
    user = make_user(Role.CASEWORKER)
    user.failed_attempts, user.locked_until_utc = 2, now() + timedelta(minutes=5)
    assert "Unlock" in client.get(f"/administration/users/{user.id}").text

    client.post(f"/administration/users/{user.id}/unlock")

    assert (user.failed_attempts, user.locked_until_utc) == (0, None)


def test_sessions_are_ended_everywhere(app: Flask, client: FlaskClient, admin: User) -> None:
    user = make_user(Role.CASEWORKER)
    theirs = sign_in(app.test_client(), user)

    client.post(f"/administration/users/{user.id}/sessions/end")

    assert theirs.get("/session").status_code == 302


def test_details_are_changed(client: FlaskClient, admin: User) -> None:
    user = make_user(Role.CASEWORKER)
    page = f"/administration/users/{user.id}/change"
    assert user.email in client.get(page).text

    client.post(page, data=new_user(job="Team leader", phone="01632 960 001"))

    assert (user.name, user.email, user.job) == ("Cass Quill", "cass.quill@example.org", "Team leader")


def test_list_is_filtered_and_says_how_many(client: FlaskClient, admin: User) -> None:
    hill = make_agency("Hill Homes")
    worker = make_user(Role.CASEWORKER, agency=hill, name="Wanda Worker")
    make_user(Role.CHAIR, agency=hill, name="Chas Chair", password=None)
    gone = make_user(Role.CASEWORKER, name="Gwen Gone")
    users.deactivate(OPERATOR, gone)
    db.session.commit()

    def shown(filter: str) -> set[str]:
        page = client.get(f"/administration?{filter}").text.partition("<tbody")[2].partition("</tbody>")[0]
        names = ("Ada Admin", "Bea Admin", "Wanda Worker", "Chas Chair", "Gwen Gone")
        return {name for name in names if name in page}

    assert shown("") == {"Ada Admin", "Bea Admin", "Wanda Worker", "Chas Chair", "Gwen Gone"}
    assert shown(f"agency={hill.id}") == {"Wanda Worker", "Chas Chair"}
    assert shown(f"agency={hill.id}&role=caseworker") == {"Wanda Worker"}
    assert shown("role=administrator") == {"Ada Admin", "Bea Admin"}
    assert shown("state=deactivated") == {"Gwen Gone"}
    assert shown("state=invited") == {"Chas Chair"}
    assert shown("programme=dva_marac") == set()
    give(worker, Role.CASEWORKER, hill, "dva_marac")
    assert shown("programme=dva_marac") == {"Wanda Worker"}
    assert "Showing the only user" in client.get("/administration?state=invited").text


def test_list_is_paged(client: FlaskClient, admin: User) -> None:
    for _ in range(55):
        make_user(None, password=None)

    assert "of <strong>57</strong>" in client.get("/administration").text
    assert client.get("/administration?page=2").text.count('<th scope="row"') == 7


def test_list_costs_as_many_statements_for_many_users_as_for_few(
    app: Flask, client: FlaskClient, admin: User
) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    client.get("/administration")
    few = len(statements)
    for _ in range(20):
        make_user(Role.CASEWORKER)
    db.session.commit()
    statements.clear()
    client.get("/administration")

    assert len(statements) == few


def test_user_page_says_in_words_what_they_can_do(client: FlaskClient, admin: User) -> None:
    user = make_user(Role.PANEL_MEMBER)

    page = client.get(f"/administration/users/{user.id}").text

    assert "Reaches the cases in which their agency takes part" in page
    assert "see cases" in page
    assert "work cases" not in page


def test_agency_is_added_changed_and_taken_out(client: FlaskClient, admin: User) -> None:
    assert client.post("/administration/agencies/new", data={"name": "", "kind": ""}).status_code == 422
    client.post("/administration/agencies/new", data={"name": "Hill Homes", "kind": "housing_council"})
    hill = service.agency_named("Hill Homes")
    assert hill is not None

    client.post(f"/administration/agencies/{hill.id}", data={"name": "Hill Housing", "kind": "police"})
    assert (hill.name, hill.kind) == ("Hill Housing", "police")

    ending = f"/administration/agencies/{hill.id}/deactivate"
    assert client.post(ending, data={"own_password": "not my password"}).status_code == 422
    client.post(ending, data={"own_password": PASSWORD})
    assert hill not in service.agencies()
    client.post(f"/administration/agencies/{hill.id}/reactivate")
    assert hill in service.agencies()
    assert "Hill Housing" in client.get("/administration/agencies").text


def test_administrator_sees_no_case_and_no_referral(client: FlaskClient, admin: User) -> None:
    for page in ("/cases", "/referrals", f"/cases/{uuid.uuid4()}", "/statistics", "/audit"):
        assert client.get(page).status_code == 403, page
    menu = client.get("/administration").text
    for link in ('href="/cases"', 'href="/referrals"', 'href="/statistics"', 'href="/audit"'):
        assert link not in menu


def test_what_is_not_there_is_not_found(client: FlaskClient, admin: User) -> None:
    for page in ("users/{}", "users/{}/change", "memberships/{}/end", "agencies/{}"):
        assert client.get(f"/administration/{page.format(uuid.uuid4())}").status_code == 404


def test_email_of_a_new_user_is_written_as_text(client: FlaskClient, admin: User) -> None:
    user = make_user(None, name="<script>alert(1)</script>")

    page = client.get(f"/administration/users/{user.id}").text

    assert "<script>alert(1)" not in page
