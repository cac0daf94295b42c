"""`casework users add`: one user with what they are, or one message and nothing changed."""

from __future__ import annotations

import os
import re

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select

from casework import cli
from casework.access.vocabulary import Role
from casework.accounts import service
from casework.accounts.models import Agency, User
from casework.audit import trail
from casework.config import Settings
from casework.extensions import db
from tests.support.people import PROGRAMME, make_agency, make_user, sign_in


@pytest.fixture
def add(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> object:
    """Runs `casework users add` on this test's installation."""
    monkeypatch.setitem(os.environ, "CASEWORK_INSTANCE", str(settings.instance))
    monkeypatch.setitem(os.environ, "CASEWORK_DATABASE_URL", settings.database_url)

    def run(*arguments: str, input: str | bytes | None = None) -> Result:
        db.session.commit()
        db.session.remove()
        return CliRunner().invoke(cli.main, ["users", "add", *arguments], input=input)

    return run


def test_link_is_printed_and_works(app: Flask, add) -> None:
    result = add("ana.banks@example.org", "--role", "caseworker", "--programme", PROGRAMME)

    assert result.exit_code == 0, result.output
    link = re.search(r"^/invitation/\S+$", result.output, re.M)
    assert link
    assert app.test_client().get(link[0]).status_code == 200
    user = service.user_by_email("ana.banks@example.org")
    assert user is not None
    assert user.name == "Ana Banks"
    assert [grant.role for grant in service.actor_of(user).grants] == [Role.CASEWORKER]
    assert trail.verify().faults == ()


def test_password_is_read_from_standard_input(app: Flask, add) -> None:
    arguments = ("ana@example.org", "--role", "administrator", "--password-stdin")

    result = add(*arguments, input="copper lantern seven owl\n")

    assert (result.exit_code, "/invitation/" in result.output) == (0, False)
    user = service.user_by_email("ana@example.org")
    assert user is not None
    sign_in(app.test_client(), user, "copper lantern seven owl")


def test_user_may_work_in_several_programmes_for_a_named_agency(app: Flask, add) -> None:
    agency = make_agency("Hill Homes").id
    programmes = ("--programme", PROGRAMME, "--programme", "dva_marac", "--programme", PROGRAMME)

    result = add("ana@example.org", "--role", "coordinator", *programmes, "--agency", "hill homes")

    assert result.exit_code == 0, result.output
    user = service.user_by_email("ana@example.org")
    assert user is not None
    grants = service.actor_of(user).grants
    assert {(grant.programme, grant.agency_id) for grant in grants} == {
        (PROGRAMME, agency),
        ("dva_marac", agency),
    }


def test_agency_that_is_not_there_yet_is_added(app: Flask, add) -> None:
    make_agency("Hill Homes")

    result = add("ana@example.org", "--role", "auditor", "--agency", "Dale Homes")

    assert result.exit_code == 0, result.output
    assert "Dale Homes" in result.output
    user = service.user_by_email("ana@example.org")
    assert user is not None
    assert [agency.name for agency in service.agencies()] == ["Dale Homes", "Hill Homes"]
    assert user.memberships[0].agency.name == "Dale Homes"


def test_agency_left_out_is_the_one_that_hosts_the_programme(app: Flask, add) -> None:
    make_agency("Another")
    host = make_agency("The host").id
    make_user(Role.COORDINATOR, agency=db.session.get(Agency, host))

    add("ana@example.org", "--role", "caseworker", "--programme", PROGRAMME)

    user = service.user_by_email("ana@example.org")
    assert user is not None
    assert service.actor_of(user).agencies == {host}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("not an address", "--role", "auditor"), "email address"),
        (("", "--role", "auditor"), "email address"),
        (("ana@example.org", "--role", "emperor"), "emperor"),
        (("ana@example.org",), "--role"),
        (("ana@example.org", "--role", "caseworker"), "needs a programme"),
        (("ana@example.org", "--role", "caseworker", "--programme", "gardening"), "gardening"),
        (("ana@example.org", "--role", "auditor", "--programme", PROGRAMME), "all of casework"),
        (("ana@example.org", "--role", "auditor", "--agency", " "), "name of an agency"),
        (("ana@example.org", "--role", "auditor", "--agency", "x" * 121), "name of an agency"),
        (("known@example.org", "--role", "auditor"), "already"),
        (("KNOWN@example.org", "--role", "auditor"), "already"),
        (("ana@example.org", "--role", "auditor", "--password-stdin"), "14 characters"),
    ],
)
def test_bad_use_is_one_message_and_changes_nothing(app: Flask, add, arguments, words) -> None:
    make_user(email="known@example.org")
    db.session.commit()
    before = trail.verify().entries

    result = add(*arguments, input="short\n")

    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert db.session.scalar(select(func.count()).select_from(User)) == 1
    assert db.session.scalar(select(func.count()).select_from(Agency)) == 0
    assert trail.verify().entries == before


def test_password_that_is_not_utf8_is_bad_input(app: Flask, add) -> None:
    result = add(
        "ana@example.org", "--role", "auditor", "--password-stdin", input=b"caf\xe9 lantern seven owl\n"
    )

    assert result.exit_code == 2
    assert "UTF-8" in result.stderr
