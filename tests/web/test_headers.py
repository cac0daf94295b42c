from __future__ import annotations

import pytest

from tests.macros.kitchen import make_app

EXPECTED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.fixture
def app(tmp_path):
    app = make_app(tmp_path)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", "broken", lambda: str(1 / 0))
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def headers_of(client, path, method="GET"):
    with client.open(path, method=method) as response:  # a file is open until its answer is closed
        return response.headers


@pytest.mark.parametrize(
    "path",
    ["/cases/", "/cases", "/cases/one", "/nowhere", "/broken", "/static/casework.css", "/static/nothing.css"],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_every_answer_has_the_strict_headers(client, path, method):
    headers = headers_of(client, path, method)

    assert {name: headers[name] for name in EXPECTED} == EXPECTED
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/cases/", "/nowhere", "/broken", "/static/nothing.css"])
def test_no_page_stays_in_a_cache(client, path):
    assert headers_of(client, path)["Cache-Control"] == "no-store"


def test_an_asset_is_kept_when_its_address_holds_its_version(client):
    kept = headers_of(client, "/static/casework.css?v=abc")["Cache-Control"]
    asked_again = headers_of(client, "/static/casework.css")["Cache-Control"]

    assert kept == "public, max-age=31536000, immutable"
    assert asked_again == "no-cache"


def test_an_asset_sets_no_cookie(client):
    assert "Set-Cookie" not in headers_of(client, "/static/casework.css")


def test_a_secure_connection_stays_secure(app, client):
    assert "Strict-Transport-Security" not in client.get("/cases/").headers
    assert (
        "max-age=31536000" in client.get("/cases/", base_url="https://x").headers["Strict-Transport-Security"]
    )

    app.config["SESSION_COOKIE_SECURE"] = True
    assert "Strict-Transport-Security" in client.get("/nowhere").headers
