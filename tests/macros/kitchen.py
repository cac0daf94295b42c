"""A small application of its own: frame, macros and scripts, with neither database nor keyring."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from flask import Blueprint, Flask, flash, g, render_template, request
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.test import TestResponse

from casework import web
from casework.access.doors import requires
from casework.access.vocabulary import Actor, Grant, Permission, Role
from casework.config import ROOT, Settings
from casework.forms import (
    Choice,
    FormSchema,
    code,
    codes,
    date_,
    describe,
    email,
    long_text,
    number,
    password,
    phone,
    postcode,
    read,
    text,
    today,
    version,
    yes_no,
)
from casework.web.page import NAVIGATION

WARDS = tuple(Choice(f"ward_{n}", f"Ward {n}") for n in range(1, 21))
SOURCES = (
    Choice("police", "Metropolitan Police"),
    Choice("housing", "Barnet Homes", "Council tenants and leaseholders"),
    Choice("other", "Somebody else"),
)
NEEDS = tuple(Choice(f"need_{n}", words) for n, words in enumerate(
    ("Housing", "Mental health", "Physical health", "Debt", "Legal advice", "Safety at home", "Isolation",
     "Immigration", "Employment", "Children and family"), 1))  # fmt: skip


class Everything(FormSchema):
    """A form with a question of each kind."""

    harmless = FormSchema.harmless | {"papers", "save"}

    received_on = date_("Date received", required=True, hint="For example, 27 3 2026", group="The referral")
    source = code("Source", SOURCES, required=True, group="The referral")
    source_other = text("Who referred them?", required=True, show_when=("source", ("other",)))
    ward = code("Ward", WARDS, group="The referral")
    surname = text("Surname", required=True, width="20", group="The person")
    postcode = postcode(group="The person")
    phone = phone(group="The person")
    email = email(group="The person")
    children = number("Number of children", most=30, group="The person")
    agrees = yes_no("Do they agree to support?", required=True)
    why_not = long_text("Why not", required=True, show_when=("agrees", ("no",)))
    aware = yes_no("Do they know of the referral?")
    needs = codes("Needs", NEEDS, hint="Select all that apply")
    debt_owed = text("What is owed", show_when=("needs", ("need_4", "need_5")))
    happened = long_text("What happened", required=True, max_length=2000)
    next_try = date_("Next try", widget="picker", future=True)
    password = password("Your password")
    version = version()


class Narrow(FormSchema):
    """The filter of a list."""

    stage = code("Stage", (Choice("open", "Open"), Choice("closed", "Closed")), widget="select")
    due_by = date_("Due by", widget="picker", future=True)
    mine = codes("Show", (Choice("mine", "Only my cases"),))


def make_app(instance: Path) -> Flask:
    app = Flask("casework", root_path=str(ROOT / "casework"), template_folder=str(ROOT / "templates"))
    own = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_loader = ChoiceLoader([own, FileSystemLoader(ROOT / "templates")])
    app.config.update(SECRET_KEY="only for tests", SESSION_COOKIE_SECURE=False)
    app.extensions["settings"] = Settings(instance=instance, database_url="sqlite://")
    app.extensions["programmes"] = {}
    CSRFProtect(app)
    web.init_web(app)
    app.before_request(_sign_in)
    lists: dict[str, list[str]] = {}
    for endpoint, _label in NAVIGATION:
        name, _, view = endpoint.partition(".")
        lists.setdefault(name, []).append(view)
    for name, views in lists.items():
        app.register_blueprint(_part(name, views))
    return app


def _sign_in() -> None:
    grant = Grant(role=Role.COORDINATOR, agency_id=uuid.uuid4(), programme="asb_support")
    g.actor = Actor(id=uuid.uuid4(), name="Priya Nair", grants=(grant,))


def _part(name: str, lists: list[str]) -> Blueprint:
    """A feature with a list as its first page and as each further one; about accounts not for a coordinator."""
    part = Blueprint(name, __name__, url_prefix=f"/{name}")
    permission = Permission.ACCOUNT_MANAGE if name == "accounts" else Permission.HOME

    @requires(permission)
    def index() -> str:
        return render_template("kitchen_list.html", fields=describe(Narrow(), request.args), cases=cases())

    for place, view in enumerate(lists):
        part.get(f"/{view}" if place else "/", endpoint=view)(index)
    if name == "accounts":
        part.get("/stay", endpoint="stay")(lambda: ("", 204))
        part.get("/sign-in", endpoint="sign_in")(lambda: "Sign in here")
        part.post("/sign-out", endpoint="sign_out")(lambda: "signed out")
    if name == "cases":
        part.get("/one", endpoint="one")(_case)
        part.post("/draft", endpoint="draft")(_keep)
        part.route("/form", methods=["GET", "POST"], endpoint="form")(_form)
    return part


def _case() -> str:
    flash("The case was accepted.", "success")
    flash("Mr Okafor has not been called for 14 days.")
    at = datetime(2018, 4, 3, 13, 5, tzinfo=UTC)
    return render_template("kitchen_case.html", at=at, today=today(), soon=today() + timedelta(days=3))


DRAFTS: list[str] = []


def _keep() -> tuple[str, int]:
    DRAFTS.append(request.form["surname"])
    return "", 204


def _form() -> tuple[str, int]:
    schema = Everything()
    if request.method == "GET":
        return render_template("kitchen_form.html", fields=describe(schema, {"version": 3})), 200
    result = read(schema, request.form)
    page = render_template(
        "kitchen_form.html", fields=describe(schema, result.raw, result.errors), errors=result.errors
    )
    return page, 200 if result.values else 422


def cases() -> list[tuple[object, ...]]:
    """Rows as a list page makes them."""
    return [
        (
            (f"ASB-2018-{n:04}", f"/cases/one?n={n}"),
            f"Person {n}",
            "Open",
            date(2018, 1, 1) + timedelta(days=n),
            n % 7,
        )
        for n in range(1, 26)
    ]


@contextmanager
def rendering(app: Flask) -> Iterator[None]:
    """Inside a request of nobody's, so that macros can be drawn alone."""
    with app.test_request_context("/cases/?stage=open&sort=received&direction=ascending"):
        yield


def draw(app: Flask, source: str, **values: object) -> str:
    """A piece of template, drawn."""
    with rendering(app):
        return app.jinja_env.from_string(source).render(**values)


def text_of(response: TestResponse) -> str:
    return response.get_data(as_text=True)
