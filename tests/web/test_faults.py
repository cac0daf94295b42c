from __future__ import annotations

import pytest
from flask import Flask, abort
from werkzeug.exceptions import MethodNotAllowed

from casework.access.doors import SignInNeeded
from casework.errors import (
    CaseworkError,
    Conflict,
    Invalid,
    KeyDestroyed,
    KeyringMissing,
    NotFound,
    Refused,
    SealBroken,
)
from casework.web.faults import PAGES, STATUS
from tests.macros.kitchen import make_app, text_of

SECRET = "Maud Abernathy of 12 Acacia Avenue"


class Failure(Exception):
    """An error that nobody foresaw, with a name in its message, as a database's has the row it refused."""


ERRORS: dict[str, Exception] = {
    "not-found": NotFound(),
    "refused": Refused(),
    "invalid": Invalid(errors={"surname": ["Enter the surname"], "source": ["Select <the> source"]}),
    "conflict": Conflict(
        stored={"Note": "<i>Theirs</i>", "Next": "Monday"}, submitted={"Note": "Mine", "Next": "Monday"}
    ),
    "keyring": KeyringMissing(),
    "seal": SealBroken(),
    "destroyed": KeyDestroyed(),
    "failure": Failure(SECRET),
    "lookup": KeyError(SECRET),
    "sign-in": SignInNeeded(),
}


@pytest.fixture
def app(tmp_path):
    app = make_app(tmp_path)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.route("/fail/<name>", methods=["GET", "POST"])
    def fail(name):
        raise ERRORS[name]

    @app.route("/api/fail/<name>")
    def api_fail(name):
        raise ERRORS[name]

    @app.route("/abort/<int:code>")
    def stop(code):
        abort(code, description=SECRET)

    return app


@pytest.fixture
def client(app: Flask):
    return app.test_client()


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("not-found", 404, "Page not found"),
        ("refused", 403, "You do not have permission to do that."),
        ("invalid", 422, "Enter the surname"),
        ("conflict", 409, "Somebody else changed this"),
        ("keyring", 503, "put keyring.json back in the instance folder"),
        ("seal", 500, "has been changed outside casework"),
        ("destroyed", 410, "destroyed when its retention period ended"),
        ("failure", 500, "Sorry, there is a problem"),
        ("lookup", 500, "Sorry, there is a problem"),
    ],
)
def test_each_error_has_its_page(client, name, status, words):
    response = client.get(f"/fail/{name}")

    assert response.status_code == status
    assert words in text_of(response)
    assert response.content_type == "text/html; charset=utf-8"


def test_every_error_of_ours_has_a_status_and_every_status_has_words():
    ours = {kind for kind in CaseworkError.__subclasses__() if kind.__module__ == "casework.errors"}
    assert set(STATUS) == ours  # those of the command line have no page
    assert set(STATUS.values()) <= set(PAGES)


@pytest.mark.parametrize(
    "path", ["/fail/failure", "/fail/lookup", "/api/fail/failure", *(f"/abort/{c}" for c in PAGES)]
)
def test_a_foreign_message_is_shown_to_nobody(client, path):
    response = client.get(path)

    assert SECRET not in text_of(response)
    assert "Abernathy" not in str(response.headers)


def test_a_foreign_message_is_not_logged_either(client, capfd):
    client.get("/fail/failure")

    logged = capfd.readouterr().err
    assert "Failure" in logged
    assert "endpoint=fail" in logged
    assert SECRET not in logged
    assert "/fail/failure" not in logged


@pytest.mark.parametrize("code", sorted(PAGES))
def test_refusals_of_the_framework_read_as_ours(client, code):
    response = client.get(f"/abort/{code}")

    assert response.status_code == code
    assert PAGES[code].title in text_of(response)


def test_a_wrong_method_keeps_its_allow_header(client):
    response = client.delete("/fail/refused")

    assert response.status_code == MethodNotAllowed.code
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_redirect_of_the_framework_is_left_alone(client):
    response = client.get("/cases")

    assert response.status_code == 308
    assert response.headers["Location"].endswith("/cases/")


def test_the_reasons_of_an_invalid_answer_are_listed_and_escaped(client):
    page = text_of(client.get("/fail/invalid"))

    assert "<li>Enter the surname</li>" in page
    assert "Select &lt;the&gt; source" in page


def test_both_versions_of_a_conflict_are_shown(client):
    page = text_of(client.get("/fail/conflict"))

    assert "&lt;i&gt;Theirs&lt;/i&gt;" in page
    assert "Mine" in page
    assert page.count("Different") == 1
    assert 'href="/fail/conflict"' in page


@pytest.mark.parametrize("name", ["seal", "keyring", "failure"])
def test_a_page_for_broken_things_asks_nothing_of_the_session(client, name):
    page = text_of(client.get(f"/fail/{name}"))

    assert "Casework" in page
    assert "csrf_token" not in page
    assert "Priya Nair" not in page


class Keyless(Flask):
    """An application whose secret lies in a keyring that is gone."""

    @property
    def secret_key(self):  # type: ignore[override]
        raise KeyringMissing


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/cases/", "/cases/form", "/nowhere"])
def test_without_a_keyring_every_page_says_so_in_one_sentence(app, capfd, path, method):
    app.__class__ = Keyless

    response = app.test_client().open(path, method=method)

    assert response.status_code == 503
    assert text_of(response).count("The keyring is missing") == 1
    assert "ERROR" not in capfd.readouterr().err


def test_without_a_keyring_a_page_still_has_its_assets(app):
    app.__class__ = Keyless

    with app.test_client().get("/static/casework.css") as response:
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/fail/refused", {}),
        ("/fail/refused", {"Accept": "application/json"}),
        ("/fail/refused", {"Accept": "application/json, text/html;q=0.5"}),
    ],
)
def test_a_program_gets_json(client, path, headers):
    response = client.get(path, headers=headers)

    assert response.status_code == 403
    assert response.json == {
        "code": 403,
        "status": "Forbidden",
        "message": "You do not have permission to do that.",
        "errors": {},
        "request": response.headers["X-Request-Id"],
    }


def test_json_names_the_fields_at_fault(client):
    response = client.get("/api/fail/invalid")

    assert response.json["errors"] == {"surname": ["Enter the surname"], "source": ["Select <the> source"]}


def test_a_browser_gets_a_page(client):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    assert client.get("/fail/refused", headers={"Accept": accept}).mimetype == "text/html"
    assert client.get("/fail/refused").mimetype == "text/html"


def test_somebody_not_signed_in_is_asked_to_sign_in_and_brought_back(app):
    client = app.test_client()

    response = client.get("/fail/sign-in?stage=open")

    assert response.headers["Location"] == "/accounts/sign-in"
    with client.session_transaction() as session:
        assert session["next"] == "/fail/sign-in?stage=open"


def test_a_program_that_is_not_signed_in_is_told_so(client):
    assert client.get("/api/fail/sign-in").status_code == 401


def test_a_form_that_came_too_late_shows_what_was_typed_but_no_secret(client):
    typed = {
        "what_happened": "<b>Shouting</b>",
        "empty": " ",
        "new_password": "hunter2",
        "csrf_token": "stale",
    }

    response = client.post("/fail/refused", data=typed)

    page = text_of(response)
    assert response.status_code == 400
    assert "Your session ended before you sent this form" in page
    assert "What happened" in page
    assert "&lt;b&gt;Shouting&lt;/b&gt;" in page
    assert "hunter2" not in page
    assert "stale" not in page
    assert "Empty" not in page


def test_a_failure_can_be_found_in_the_log_by_its_reference(client, capfd):
    response = client.get("/fail/failure")

    reference = response.headers["X-Request-Id"]
    assert reference in text_of(response)
    assert reference in capfd.readouterr().err
