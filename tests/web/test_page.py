from __future__ import annotations

import re
import shutil

import pytest
from flask import g
from markupsafe import Markup

from casework import web
from casework.access.doors import ANONYMOUS
from casework.errors import CaseworkError
from casework.web.page import asset, can, here, navigation, visitor
from tests.macros.kitchen import _sign_in, make_app, text_of


@pytest.fixture
def app(tmp_path):
    return make_app(tmp_path)


def test_the_menu_holds_what_the_visitor_may_open_and_marks_where_they_are(app):
    with app.test_request_context("/cases/one"):
        _sign_in()
        places = navigation()

    assert [place.label for place in places if place.current] == ["Cases"]
    assert {"Home", "Referrals", "Statistics"} < {place.label for place in places}
    assert "Administration" not in {place.label for place in places}  # a coordinator does not administer


def test_of_two_parts_of_a_feature_the_one_above_the_page_is_marked(app):
    with app.test_request_context("/panels/list_actions"):
        _sign_in()
        assert [place.label for place in navigation() if place.current] == ["Actions"]


def test_a_page_that_another_feature_puts_below_a_case_belongs_to_cases(app):
    with app.test_request_context("/cases/one/two/panel"):
        _sign_in()
        assert [place.label for place in navigation() if place.current] == ["Cases"]


def test_nobody_is_offered_nothing(app):
    with app.test_request_context("/cases/"):
        g.actor = ANONYMOUS
        assert visitor() is None
        assert navigation() == []


def test_a_template_may_ask_only_for_permissions_that_exist(app):
    with app.test_request_context("/cases/"):
        _sign_in()
        assert can("case:work")
        assert not can("account:manage")
        with pytest.raises(ValueError, match="case:wrok"):
            can("case:wrok")


@pytest.mark.parametrize(
    ("asked", "changes", "address"),
    [
        ("/cases/", {}, "/cases/"),
        ("/cases/?stage=open", {"sort": "name"}, "/cases/?stage=open&sort=name"),
        ("/cases/?stage=open&page=2", {"page": None}, "/cases/?stage=open"),
        ("/cases/?ward=a&ward=b", {"stage": "é&="}, "/cases/?ward=a&ward=b&stage=%C3%A9%26%3D"),
        (
            "/cases/?_external=1&_scheme=javascript&endpoint=x",
            {},
            "/cases/?_external=1&_scheme=javascript&endpoint=x",
        ),
    ],
)
def test_the_address_of_this_page_can_be_changed_a_little(app, asked, changes, address):
    with app.test_request_context(asked):
        assert here(**changes) == address


def test_an_asset_is_named_by_what_it_holds(app):
    with app.test_request_context("/"):
        assert re.fullmatch(r"/static/casework\.css\?v=[0-9a-f]{10}", asset("casework.css"))
        assert asset("nothing.css") == "/static/nothing.css"


def test_a_signed_in_page_shows_who_is_there_and_warns_before_the_session_ends(app):
    page = text_of(app.test_client().get("/cases/"))

    assert "Priya Nair" in page
    assert 'data-idle-minutes="30"' in page
    assert 'action="/accounts/sign-out"' in page


def test_no_page_has_a_script_or_a_style_within(app):
    client = app.test_client()
    for path in ("/cases/", "/cases/one", "/cases/form", "/nowhere"):
        page = text_of(client.get(path))
        assert not re.findall(r"<script(?![^>]* src=)", page)
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=", page)


def test_the_title_tells_of_errors(app):
    app.config["WTF_CSRF_ENABLED"] = False

    page = text_of(app.test_client().post("/cases/form", data={}))

    assert "<title>Error: A referral – Casework</title>" in page
    assert "There is a problem" in page


def test_flashed_words_are_escaped(app):
    app.add_url_rule("/say", "say", lambda: app.jinja_env.from_string("{% extends 'layout.html' %}").render())
    client = app.test_client()
    with client.session_transaction() as session:
        session["_flashes"] = [("success", "<b>Saved</b>")]

    assert Markup.escape("<b>Saved</b>") in text_of(client.get("/say"))


def test_missing_assets_are_told_in_one_sentence(app, tmp_path):
    static = tmp_path / "static"
    shutil.copytree(app.static_folder, static, ignore=shutil.ignore_patterns("vendor"))
    app.static_folder = str(static)

    with pytest.raises(CaseworkError, match=r"files are missing .*: run `make install`"):
        web.assets_present(app)


def test_built_assets_are_found(app):
    web.assets_present(app)
