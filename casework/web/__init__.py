"""What every answer has in common: error pages, security headers, a line in the log, words for templates."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from casework.errors import CaseworkError
from casework.web import bodies, faults, headers, logs, page, sessions, words
from casework.web.faults import render_error, show_error
from casework.web.logs import request_id

__all__ = ["assets_present", "init_web", "render_error", "request_id", "show_error"]

ASSETS = ("design-system.css", "govuk-frontend.min.js", "moj-frontend.min.js")


def init_web(app: Flask) -> None:
    """Set all of it up. Runs before blueprints are registered and touches neither keyring nor database."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    bodies.init(app)
    logs.init(app)
    headers.init(app)
    sessions.init(app)
    faults.init(app)
    page.init(app)
    words.init(app)


def assets_present(app: Flask) -> None:
    """Raise `CaseworkError` when the design system's files were not built: pages would be bare text."""
    vendor = Path(app.static_folder or "") / "vendor"
    missing = [name for name in ASSETS if not (vendor / name).is_file()]
    if missing:
        raise CaseworkError(
            f"The design system's files are missing ({', '.join(missing)}): run `make install`."
        )
