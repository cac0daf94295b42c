"""My work, and the team page of a manager."""

from __future__ import annotations

from flask import render_template

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.home import service, team_routes
from casework.home.blueprint import bp
from casework.programmes import shelf
from casework.referrals import listing

__all__ = ["bp", "team_routes"]


@bp.get("/")
@doors.requires(Permission.HOME)
def my_work() -> str:
    actor = doors.current_actor()
    works = actor.has(Permission.CASE_WORK)
    return render_template(
        "home/my_work.html",
        programmes=shelf.every(),
        tasks=service.my_tasks(actor) if works else None,
        coming=service.coming_up(actor) if works else None,
        load=service.my_load(actor) if works else None,
        questions=service.questions(actor) if actor.has(Permission.REFERRAL_ANSWER) else None,
        waiting=listing.waiting(actor) if actor.has(Permission.REFERRAL_SCREEN) else 0,
        drafts=(),
        expiring=(),
    )
