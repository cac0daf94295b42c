"""Sessions in a signed cookie, whose secret lies in the keyring."""

from __future__ import annotations

from flask import Flask, Request, current_app, request, session
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface

from casework.errors import KeyringMissing


class Sessions(SecureCookieSessionInterface):
    """Flask opens the session before it knows what is asked for, and an error then has no page.

    So a missing keyring gives an empty session, and `_need_session` says what is missing a moment later, where
    it is handled like any other error. An asset needs no session: it is served with or without a keyring.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if _is_asset(app, request):
            return self.make_null_session(app)
        try:
            return super().open_session(app, request)
        except KeyringMissing:
            return self.make_null_session(app)


def init(app: Flask) -> None:
    app.session_interface = Sessions()
    # Before everything else, the check of forged forms too, which asks for the session.
    app.before_request_funcs.setdefault(None, []).insert(0, _need_session)


def _need_session() -> None:
    if isinstance(session, NullSession) and not _is_asset(current_app, request):
        raise KeyringMissing


def _is_asset(app: Flask, asked: Request) -> bool:
    """By its path: what is asked for in a wrong way has no endpoint."""
    return asked.path.startswith(f"{app.static_url_path}/")
