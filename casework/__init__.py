"""casework: case management for panels of agencies that decide together how to protect someone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm.exc import StaleDataError

from casework import extensions, web
from casework.access import doors
from casework.accounts import routes as accounts_routes
from casework.accounts import service as accounts
from casework.audit import routes as audit_routes
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import routes as cases_routes
from casework.config import ROOT, Settings
from casework.crypto.keyring import KeyringFile
from casework.errors import Conflict, Refused
from casework.extensions import csrf, db, limiter, login_manager, migrate
from casework.home import routes as home_routes
from casework.jobs import registry
from casework.mail import jobs as mail_jobs
from casework.panels import jobs as panels_jobs
from casework.panels import routes as panels_routes
from casework.panels.meetings import calendar
from casework.programmes.loader import BUILT_IN, load_all
from casework.referrals import jobs as referrals_jobs
from casework.referrals import routes as referrals_routes
from casework.statistics import routes as statistics_routes

BLUEPRINTS = (
    accounts_routes.bp,
    audit_routes.bp,
    cases_routes.bp,
    home_routes.bp,
    panels_routes.bp,
    referrals_routes.bp,
    statistics_routes.bp,
)
JOBS = (*referrals_jobs.JOBS, *panels_jobs.JOBS, *mail_jobs.JOBS)


class Casework(Flask):
    """The application. Its cookie's secret comes from the keyring when it is first needed, not at start."""

    @property
    def secret_key(self) -> bytes | None:
        if "keyring" not in self.extensions:  # extensions ask while the application is being made
            return None
        return self.extensions["keyring"].get().session

    @secret_key.setter
    def secret_key(self, value: object) -> None:
        raise AttributeError("the secret key comes from the keyring")


def create_app(settings: Settings | None = None) -> Casework:
    """The application with `settings` (left out: from the environment)."""
    settings = settings or Settings.from_env()
    app = Casework("casework", root_path=str(ROOT / "casework"), template_folder=str(ROOT / "templates"))
    _configure(app, settings)
    _prepare_database(app)
    web.init_web(app)
    _watch_requests(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    registry.register(app, JOBS)
    calendar.attach(app)
    _limit_rates(app, settings)
    return app


def _configure(app: Casework, settings: Settings) -> None:
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SESSION_COOKIE_NAME="casework",
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=settings.absolute_limit,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as its session
        RATELIMIT_ENABLED=settings.rate_limits,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),  # addresses of assets carry their version
        **settings.flask,
    )
    app.extensions["settings"] = settings
    app.extensions["keyring"] = KeyringFile(settings.keyring)
    app.extensions["programmes"] = load_all((BUILT_IN, settings.borough_programmes))


def _prepare_database(app: Casework) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        extensions.prepare_engine(db.engine)
    csrf.init_app(app)
    limiter.init_app(app)
    login_manager.init_app(app)


def _limit_rates(app: Casework, settings: Settings) -> None:
    """Limits stand here, not beside the views, because routes do not know the limiter."""
    views: dict[str, Any] = app.view_functions
    for endpoint, view in views.items():
        if endpoint in ("accounts.sign_in", "accounts.accept_invitation", "panels.guest_code"):
            views[endpoint] = limiter.limit(settings.sign_in_rate, methods=["POST"])(view)
        elif endpoint.startswith(("referrals.guest_", "panels.guest")):
            views[endpoint] = limiter.limit("60 per minute")(view)


def _watch_requests(app: Casework) -> None:
    app.before_request(_begin)
    app.before_request(doors.guard)
    app.after_request(_finish)
    app.teardown_request(_leave)
    app.register_error_handler(Refused, _note_refusal)
    app.register_error_handler(StaleDataError, _show_overtaken)


def _begin() -> None:
    """Say whether the request only reads, and who sends it."""
    if request.method == "HEAD":
        request.method = "GET"  # to views, which take what is no GET for something to be done
    extensions.set_reading(request.method in ("GET", "OPTIONS"))
    if request.endpoint != "static":
        g.actor = accounts.actor_of_session(doors.ANONYMOUS)


def _finish(response: Response) -> Response:
    """Commit once, on success only; a view that reads commits its trail alone, before the response is sent."""
    if extensions.is_reading():
        _commit_trail(response.status_code < 400)
    elif response.status_code < 400 or g.get("keep_on_error"):
        db.session.commit()
    else:
        db.session.rollback()
    return response


def _commit_trail(succeeded: bool) -> None:
    """End the reading transaction and write its entries in a short one of their own."""
    entries = trail.take_pending()
    db.session.rollback()
    if entries and succeeded:
        extensions.set_reading(False)
        trail.give_back(entries)
        db.session.commit()


def _leave(_error: BaseException | None) -> None:
    extensions.set_reading(False)


def _note_refusal(refused: Refused) -> ResponseReturnValue:
    """What was refused is rolled back; that it was refused stays in the trail."""
    trail.take_pending()
    db.session.rollback()
    extensions.set_reading(False)
    trail.record(doors.current_actor(), Event.REFUSED, refused.subject, permission=refused.permission)
    db.session.commit()
    return web.show_error(refused)


def _show_overtaken(_error: StaleDataError) -> ResponseReturnValue:
    """A row was changed between being read and being written, where nobody had locked it: a conflict like any other."""
    trail.take_pending()
    db.session.rollback()
    return web.show_error(Conflict())


trail.watch(db.session)
