"""Pages on which staff and referrers fill in a referral, leave it half done and come back to it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.errors import NotFound
from casework.forms import Choice, FormResult, describe, read
from casework.programmes import shelf
from casework.referrals import drafts, guided_routes, schemas
from casework.referrals.blueprint import bp
from casework.referrals.guided_routes import Answer, Desk


def _desk(draft_id: uuid.UUID) -> Desk:
    actor = doors.current_actor()
    return _desk_of(doors.draft_for(actor, draft_id))


def _desk_of(draft: object) -> Desk:
    draft_id = draft.id  # type: ignore[attr-defined]

    def address(name: str, **values: Any) -> str:
        return url_for(f"referrals.draft_{name}", draft_id=draft_id, **values)

    return Desk(doors.current_actor(), draft, address)


@bp.route("/referrals/new", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_LOG)
def start() -> Answer:
    programmes = doors.current_actor().programmes(Permission.REFERRAL_LOG)
    if len(programmes) == 1:
        return redirect(url_for("referrals.begin", programme_id=programmes[0]))
    served = [shelf.programme(each) for each in programmes]
    choices = [Choice(each.id, each.name, each.description) for each in served]
    schema = schemas.ChooseProgramme(choices={"programme": choices})
    result = read(schema, request.form) if request.method == "POST" else FormResult(None, {}, {})
    if result.values is not None:
        return redirect(url_for("referrals.begin", programme_id=result.values["programme"]))
    fields = describe(schema, result.raw, result.errors)
    page = render_template("referrals/start.html", fields=fields, errors=result.errors)
    return (page, 422) if result.errors else page


@bp.route("/referrals/new/<programme_id>", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_LOG)
def begin(programme_id: str) -> Answer:
    actor = doors.current_actor()
    if not actor.has(Permission.REFERRAL_LOG, programme_id):
        raise NotFound

    def begun(result: FormResult) -> Answer:
        return guided_routes.begin_with(_desk_of(drafts.start(actor, programme_id)), result)

    return guided_routes.search_first(shelf.programme(programme_id), begun)


@bp.get("/referrals/drafts", endpoint="drafts")
@doors.requires(Permission.REFERRAL_LOG)
def list_drafts() -> str:
    own = drafts.own(doors.current_actor())
    return render_template("referrals/drafts.html", drafts=own, programmes=shelf.every())


@bp.get("/referrals/drafts/<uuid:draft_id>")
@doors.requires(Permission.REFERRAL_LOG)
def resume(draft_id: uuid.UUID) -> Answer:
    return redirect(guided_routes.where_left(_desk(draft_id)))


@bp.post("/referrals/drafts/<uuid:draft_id>/discard")
@doors.requires(Permission.REFERRAL_LOG)
def discard_draft(draft_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    drafts.discard(actor, doors.draft_for(actor, draft_id))
    flash("The draft has been discarded.", "success")
    return redirect(url_for("referrals.drafts"))


@bp.route("/referrals/drafts/<uuid:draft_id>/pages/<page_id>", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_LOG)
def draft_page(draft_id: uuid.UUID, page_id: str) -> Answer:
    return guided_routes.fill(_desk(draft_id), page_id)


@bp.post("/referrals/drafts/<uuid:draft_id>/pages/<page_id>/typing")
@doors.requires(Permission.REFERRAL_LOG)
def draft_autosave(draft_id: uuid.UUID, page_id: str) -> Response:
    return guided_routes.autosave(_desk(draft_id), page_id)


@bp.route("/referrals/drafts/<uuid:draft_id>/match/<key>", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_LOG)
def draft_match(draft_id: uuid.UUID, key: str) -> Answer:
    return guided_routes.match(_desk(draft_id), key)


@bp.route("/referrals/drafts/<uuid:draft_id>/people", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_LOG)
def draft_people(draft_id: uuid.UUID) -> Answer:
    return guided_routes.people(_desk(draft_id))


@bp.post("/referrals/drafts/<uuid:draft_id>/people/<key>/remove")
@doors.requires(Permission.REFERRAL_LOG)
def draft_remove(draft_id: uuid.UUID, key: str) -> Answer:
    return guided_routes.remove(_desk(draft_id), key)


@bp.route("/referrals/drafts/<uuid:draft_id>/check", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_LOG)
def draft_check(draft_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    try:
        desk = _desk(draft_id)
    except NotFound:
        # Sent already: a second click leads where the first did.
        return redirect(url_for("referrals.sent", referral_id=doors.referral_for(actor, draft_id).id))
    return guided_routes.check(desk, lambda referral: url_for("referrals.sent", referral_id=referral.id))


@bp.get("/referrals/<uuid:referral_id>/sent")
@doors.requires(Permission.REFERRAL_LOG)
def sent(referral_id: uuid.UUID) -> str:
    referral = doors.referral_for(doors.current_actor(), referral_id)
    return render_template(
        "referrals/sent.html", referral=referral, programme=shelf.programme(referral.programme)
    )
