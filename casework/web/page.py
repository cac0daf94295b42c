"""What templates may ask: who is there, where they may go, where an asset is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.config import Settings
from casework.forms import problems
from casework.programmes import shelf

HOME = "home.my_work"
SIGN_OUT = "accounts.sign_out"
STAY = "accounts.stay"

# Each is shown to those who may open it, and marked on every page of its blueprint.
NAVIGATION = (
    (HOME, "Home"),
    ("referrals.list_referrals", "Referrals"),
    ("cases.list_cases", "Cases"),
    ("panels.list_meetings", "Meetings"),
    ("panels.list_actions", "Actions"),
    ("statistics.reports", "Statistics"),
    ("accounts.users", "Administration"),
    ("audit.trail", "Audit trail"),
)


@dataclass(frozen=True)
class Visitor:
    """Who is signed in, as the frame of the page shows it."""

    name: str
    idle_minutes: int
    sign_out_url: str
    stay_url: str
    at: datetime


@dataclass(frozen=True)
class Place:
    """An item of the main navigation."""

    label: str
    href: str
    current: bool


def init(app: Flask) -> None:
    app.jinja_env.globals.update(
        asset=asset,
        can=can,
        here=here,
        home_url=home_url,
        navigation=navigation,
        form_problems=problems,
        programme=shelf.programme,
        visitor=visitor,
    )


def visitor() -> Visitor | None:
    """Whoever is signed in; nobody on a page that needs nobody."""
    actor = doors.current_actor()
    if actor.kind != "user":
        return None
    settings: Settings = current_app.extensions["settings"]
    minutes = int(settings.idle_limit.total_seconds() // 60)
    stay = _address(STAY) or _address(HOME)
    return Visitor(actor.name, minutes, _address(SIGN_OUT), stay, datetime.now(UTC))


def navigation() -> list[Place]:
    """The parts of the product that this visitor may open."""
    shown = [(url_for(endpoint), endpoint, label) for endpoint, label in NAVIGATION if _may_open(endpoint)]
    return [Place(label, href, href == _place_of_page(shown)) for href, _, label in shown]


def _place_of_page(shown: list[tuple[str, str, str]]) -> str | None:
    """The address of the part that this page belongs to: of its blueprint, and of two of them the one above it.

    A page that a feature puts below another's address (that of a case's panel) belongs there.
    """
    blueprint = (request.endpoint or "").partition(".")[0]
    own = [href for href, endpoint, _ in shown if endpoint.partition(".")[0] == blueprint]
    above = [href for href in own if request.path.startswith(href)]
    above = above or [
        href for href, _, _ in shown if href != "/" and request.path.startswith(f"{href.rstrip('/')}/")
    ]
    return max(above or own[:1], key=len, default=None)


def can(permission: str, thing: Any = None) -> bool:
    """Whether the visitor holds a permission, on a record if one is given. An unknown one is an error."""
    return doors.may(doors.current_actor(), Permission(permission), thing)


def here(**changes: Any) -> str:
    """The address of this page with some arguments changed; None takes one away."""
    arguments = {**request.args.to_dict(flat=False), **changes}
    kept = {name: value for name, value in arguments.items() if value is not None}
    path = url_for(request.endpoint, **(request.view_args or {})) if request.endpoint else "/"
    # Not by url_for: an argument named _external or _scheme would be an order to it.
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


def home_url() -> str:
    return _address(HOME) or "/"


def asset(path: str) -> str:
    """The address of a static file, with a version, so that it can be kept for a year."""
    file = Path(current_app.static_folder or "") / path
    version = _version(file, file.stat().st_mtime_ns) if file.is_file() else None
    return url_for("static", filename=path, v=version)


@lru_cache(maxsize=64)
def _version(file: Path, _changed_at: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]


def _address(endpoint: str) -> str:
    return url_for(endpoint) if endpoint in current_app.view_functions else ""


def _may_open(endpoint: str) -> bool:
    permission = getattr(current_app.view_functions.get(endpoint), "required_permission", None)
    return permission is not None and doors.current_actor().has(permission)
