"""Every error becomes a page, or JSON, here and once. What we did not word ourselves is never shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from casework.access import doors
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
from casework.web.logs import request_id
from casework.web.page import here

STATUS: Mapping[type[CaseworkError], int] = {
    NotFound: 404,
    Refused: 403,
    Invalid: 422,
    Conflict: 409,
    KeyringMissing: 503,
    SealBroken: 500,
    KeyDestroyed: 410,
}


@dataclass(frozen=True)
class Words:
    """What an error page says: its heading, then one paragraph after another."""

    title: str
    body: tuple[str, ...] = ()


BACK = "Go back and try again. If it keeps happening, tell your administrator."
PAGES: Mapping[int, Words] = {
    400: Words("There is a problem with what was sent", (BACK,)),
    401: Words("Sign in to see this page"),
    403: Words(
        "You cannot do this",
        ("If your work needs it, ask the coordinator or your administrator for the role that allows it.",),
    ),
    404: Words(
        "Page not found",
        (
            "If you typed the address, check that it is whole.",
            "If you followed a link, the page may have moved, or be one that you have no access to.",
        ),
    ),
    405: Words("This page cannot be used that way", (BACK,)),
    409: Words("Somebody else changed this while you were working on it"),
    410: Words("This record no longer exists"),
    413: Words(
        "That is too large",
        ("What you sent is larger than casework takes. Send a smaller file, or less text at a time.",),
    ),
    415: Words("That kind of content is not taken here", (BACK,)),
    422: Words("There is a problem with what was entered", (BACK,)),
    429: Words("Too many attempts", ("Wait a minute, then try again.",)),
    500: Words(
        "Sorry, there is a problem",
        ("What you were doing was not saved.", "Try again in a few minutes. The fault has been noted."),
    ),
    503: Words("The records cannot be opened just now"),
}
SIGN_IN = "accounts.sign_in"
WITHOUT_SESSION = (500, 503)  # pages for when things are broken need neither session, keyring nor database

NOT_SHOWN_AGAIN = ("password", "secret", "token", "code", "version")


def init(app: Flask) -> None:
    app.register_error_handler(CaseworkError, show_error)
    app.register_error_handler(doors.SignInNeeded, _ask_to_sign_in)
    app.register_error_handler(CSRFError, _show_expired_form)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(InternalServerError, _show_failure)


def show_error(error: CaseworkError) -> Response:
    """The page for an error of our own; its message is meant for people."""
    if isinstance(error, Conflict):
        return _show_conflict(error)
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
    errors = error.errors if isinstance(error, Invalid) else {}
    return render_error(status, error.message, errors=errors)


def render_error(
    status: int,
    message: str = "",
    *,
    title: str = "",
    errors: Mapping[str, Sequence[str]] | None = None,
    template: str = "errors/page.html",
    **more: Any,
) -> Response:
    """An error page, or JSON for a program. `message` goes before the page's own words."""
    words = PAGES.get(status, PAGES[500 if status >= 500 else 400])
    if wants_json():
        return _json(status, message or title or words.title, errors or {})
    body = render_template(
        template,
        status=status,
        heading=title or words.title,
        paragraphs=[message, *words.body] if message else words.body,
        reasons=[reason for several in (errors or {}).values() for reason in several],
        reference=request_id(),
        bare=status in WITHOUT_SESSION,
        **more,
    )
    return make_response(body, status)


def wants_json() -> bool:
    """Whether a program asks: of the API, or with an Accept header that puts JSON before HTML."""
    kinds = request.accept_mimetypes
    return request.path.startswith("/api/") or kinds["application/json"] > kinds["text/html"]


def _json(status: int, message: str, errors: Mapping[str, Sequence[str]]) -> Response:
    body = {
        "code": status,
        "status": HTTPStatus(status).phrase,
        "message": message,
        "errors": {name: list(reasons) for name, reasons in errors.items()},
        "request": request_id(),
    }
    response = jsonify(body)
    response.status_code = status
    return response


def _show_conflict(error: Conflict) -> Response:
    names = [*error.stored, *(name for name in error.submitted if name not in error.stored)]
    versions = [(name, error.stored.get(name, ""), error.submitted.get(name, "")) for name in names]
    message = "" if error.message == Conflict.message else error.message
    rule = request.url_rule
    back = here() if rule and "GET" in (rule.methods or ()) else ""
    return render_error(409, message, template="errors/conflict.html", versions=versions, record=back)


def _show_expired_form(_error: CSRFError | doors.SignInNeeded) -> Response:
    """The session ended while a form was open. What was typed is shown, so that nobody loses it."""
    return render_error(
        400,
        title="Your session ended before you sent this form",
        template="errors/expired.html",
        kept=bool(g.get("form_kept")),
        typed=[] if wants_json() else _typed(),
    )


def _ask_to_sign_in(needed: doors.SignInNeeded) -> Response:
    """To the sign-in page, and from there to what was asked for. The way back is kept in the session."""
    if wants_json() or SIGN_IN not in current_app.view_functions:
        return render_error(401)
    if request.url_rule and "GET" in (request.url_rule.methods or ()):
        session["next"] = request.full_path.removesuffix("?")
    if request.method == "POST":
        return _show_expired_form(needed)
    return make_response(redirect(url_for(SIGN_IN)))


def _typed() -> list[tuple[str, str]]:
    """What was typed into the form that came too late, but for secrets; only its author sees this page."""
    return [
        (name.replace("_", " ").replace("-", " ").capitalize(), value)
        for name, value in request.form.items(multi=True)
        if value.strip() and not any(secret in name for secret in NOT_SHOWN_AGAIN)
    ]


def _show_http_error(error: HTTPException) -> Response | HTTPException:
    """A refusal of the framework: its status and headers stand, its words are ours."""
    if error.code is None or error.response is not None:
        return error
    response = render_error(error.code)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _show_failure(error: InternalServerError) -> Response:
    """Something that nobody foresaw, or an error of ours from where no page could be made of it."""
    cause = getattr(error, "original_exception", None)
    return show_error(cause) if isinstance(cause, CaseworkError) else render_error(500)
