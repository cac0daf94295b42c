"""My work, and the team page of a manager."""

from __future__ import annotations

from flask import render_template

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.home import panel_work, service, team_routes
from casework.home.blueprint import bp
from casework.programmes import shelf

__all__ = ["bp", "team_routes"]


@bp.get("/")
@doors.requires(Permission.HOME)
def my_work() -> str:
    actor = doors.current_actor()
    return render_template(
        "home/my_work.html",
        work=service.my_work(actor),
        panel=panel_work.panel_work(actor),
        programmes=shelf.every(),
    )
