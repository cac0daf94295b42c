"""Signing in and out, and accepting an invitation: the pages that need nobody signed in."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.accounts import (
    agency_routes,  # noqa: F401 (its pages hang from the same blueprint)
    invitations,
    sessions,
    user_routes,  # noqa: F401
)
from casework.accounts.blueprint import Page, bp, form_page
from casework.accounts.schemas import ChoosePassword, SignIn
from casework.errors import Invalid

__all__ = ["bp"]

HOME = "home.my_work"
NOT_SIGNED_IN = (
    "We could not sign you in. Check your email address and password. After several wrong passwords an "
    "account is locked for a while. If you have forgotten yours, ask your administrator for a new link."
)


@bp.route("/sign-in", methods=["GET", "POST"])
@doors.public
def sign_in() -> Page:
    if doors.current_actor().kind == "user":
        return redirect(url_for(HOME))
    return form_page(SignIn(), _sign_in, "accounts/sign_in.html", timed_out=sessions.timed_out())


def _sign_in(values: dict[str, Any]) -> Page:
    user = sessions.attempt(doors.ANONYMOUS, values["email"], values["password"])
    if user is None:
        g.keep_on_error = True  # the wrong password was counted, and that stays
        raise Invalid(NOT_SIGNED_IN)
    sessions.begin(user)
    return redirect(sessions.take_way_back() or url_for(HOME))


@bp.post("/sign-out")
@doors.public
def sign_out() -> Page:
    sessions.end(doors.current_actor())
    response = redirect(url_for("accounts.signed_out"))
    # Whatever the browser kept of the records goes with the session.
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@bp.get("/signed-out")
@doors.public
def signed_out() -> str:
    return render_template("accounts/signed_out.html")


@bp.get("/session")
@doors.requires(Permission.HOME)
def stay() -> Response:
    """Asked by a page whose reader wants to stay signed in: any request puts the idle limit off."""
    return make_response("", 204)


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@doors.public
def accept_invitation(token: str) -> Page:
    email = invitations.invited_user(token).email

    def accept(values: dict[str, Any]) -> Page:
        invitations.accept(token, values["password"])
        flash("Your password is set. Sign in with it.", "success")
        return redirect(url_for("accounts.sign_in"))

    return form_page(ChoosePassword(), accept, "accounts/choose_password.html", email=email)
