"""The team page of a manager: caseloads, what nobody holds, cover and handing over."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.errors import Invalid, Refused
from casework.forms import Choice, FormSchema, describe, read
from casework.home import team as teams
from casework.home.blueprint import bp
from casework.home.schemas import ArrangeCover, Reassign
from casework.programmes import shelf
from casework.web.words import plural


@bp.get("/team")
@doors.requires(Permission.TEAM_VIEW)
def team() -> str:
    actor = doors.current_actor()
    return _page(actor, _programme(actor))


@bp.post("/team/<programme>/cover")
@doors.requires(Permission.TEAM_VIEW)
def arrange_cover(programme: str) -> Response | tuple[str, int]:
    actor = doors.current_actor()
    schema = _cover_form(actor, _allowed(actor, programme))
    result = read(schema, request.form)
    if result.values is None:
        return _page(actor, programme, cover=(schema, result.raw, result.errors)), 422
    members = {str(member.id): member for member in accounts.team(actor, programme)}
    try:
        accounts.arrange_cover(
            actor,
            members[result.values["user"]],
            members[result.values["by"]],
            programme,
            result.values["first_day"],
            result.values["last_day"],
        )
    except Invalid as fault:
        return _page(actor, programme, cover=(schema, result.raw, fault.errors)), 422
    flash("The cover is arranged.", "success")
    return redirect(url_for("home.team", programme=programme))


@bp.post("/team/<programme>/cover/<uuid:cover_id>/end")
@doors.requires(Permission.TEAM_VIEW)
def end_cover(programme: str, cover_id: uuid.UUID) -> Response:
    accounts.end_cover(doors.current_actor(), cover_id)
    flash("The cover has ended.", "success")
    return redirect(url_for("home.team", programme=programme))


@bp.post("/team/<programme>/reassign")
@doors.requires(Permission.TEAM_VIEW)
def reassign(programme: str) -> Response | tuple[str, int]:
    actor = doors.current_actor()
    schema = _reassign_form(actor, _allowed(actor, programme))
    result = read(schema, request.form)
    if result.values is None:
        return _page(actor, programme, reassign=(schema, result.raw, result.errors)), 422
    try:
        handed = teams.reassign(
            actor,
            programme,
            uuid.UUID(result.values["worker"]),
            uuid.UUID(result.values["to"]),
            reason=result.values["reason"],
        )
    except Invalid as fault:
        return _page(actor, programme, reassign=(schema, result.raw, fault.errors)), 422
    flash(_handed_words(handed), "success" if handed.moved else "")
    return redirect(url_for("home.team", programme=programme))


def _handed_words(handed: teams.Handed) -> str:
    if not handed.moved and not handed.left:
        return "They hold no open case, so nothing was handed over."
    moved = f"{plural(handed.moved, 'case')} handed over." if handed.moved else "No case was handed over."
    left = f" {plural(handed.left, 'case')} stayed: the new worker may not hold them." if handed.left else ""
    return moved + left


def _page(
    actor: Actor, programme: str, **forms: tuple[FormSchema, Mapping[str, Any], Mapping[str, Any]]
) -> str:
    """The page; a form with faults comes back as it was filled."""
    cover = forms.get("cover") or (_cover_form(actor, programme), {}, {})
    handing = forms.get("reassign") or (_reassign_form(actor, programme), {}, {})
    return render_template(
        "home/team.html",
        programme=shelf.programme(programme),
        programmes=[shelf.programme(each) for each in actor.programmes(Permission.TEAM_VIEW)],
        loads=teams.caseloads(actor, programme),
        unheld=teams.unheld(actor, programme),
        covers=teams.covers(actor, programme),
        cover_fields=describe(*cover),
        reassign_fields=describe(*handing),
        fields=(*describe(*cover), *describe(*handing)),
        errors={**cover[2], **handing[2]},
    )


def _programme(actor: Actor) -> str:
    """The programme in the address, or the actor's first."""
    wanted = request.args.get("programme")
    return _allowed(actor, wanted) if wanted else actor.programmes(Permission.TEAM_VIEW)[0]


def _allowed(actor: Actor, programme: str) -> str:
    shelf.programme(programme)
    if programme not in actor.programmes(Permission.TEAM_VIEW):
        raise Refused(permission=Permission.TEAM_VIEW)
    return programme


def _members(actor: Actor, programme: str) -> list[Choice]:
    return [Choice(str(member.id), member.name) for member in accounts.team(actor, programme)]


def _cover_form(actor: Actor, programme: str) -> ArrangeCover:
    members = _members(actor, programme)
    return ArrangeCover(choices={"user": members, "by": members})


def _reassign_form(actor: Actor, programme: str) -> Reassign:
    members = _members(actor, programme)
    return Reassign(choices={"worker": members, "to": members})
