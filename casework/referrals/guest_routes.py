"""Pages for somebody outside who holds a one-time link. They show the form, and later what became of it; no more."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, redirect, render_template, url_for

from casework.access import doors
from casework.errors import NotFound
from casework.forms import FormResult
from casework.programmes import shelf
from casework.referrals import drafts, guided_routes, information, links, record
from casework.referrals.blueprint import bp
from casework.referrals.guided_routes import Answer, Desk


def _desk(token: str) -> Desk:
    """The desk of a link whose form was begun and not yet sent."""
    link = links.living(token, unused=True)
    draft = drafts.of_link(link)
    if draft is None:
        raise NotFound(links.DEAD)
    return _desk_of(token, link, draft)


def _desk_of(token: str, link: object, draft: object) -> Desk:
    def address(name: str, **values: Any) -> str:
        return url_for(f"referrals.guest_{name}", token=token, **values)

    return Desk(links.GUEST, draft, address, link)


@bp.get("/refer/<token>")
@doors.public
def guest_start(token: str) -> Answer:
    link = links.living(token)
    if link.used_at_utc is not None:
        return redirect(url_for("referrals.guest_standing", token=token))
    draft = drafts.of_link(link)
    return render_template(
        "referrals/guest_start.html",
        programme=shelf.programme(link.programme),
        link=link,
        token=token,
        draft=draft,
    )


@bp.route("/refer/<token>/begin", methods=["GET", "POST"])
@doors.public
def guest_begin(token: str) -> Answer:
    link = links.living(token, unused=True)
    if drafts.of_link(link) is not None:
        return redirect(url_for("referrals.guest_resume", token=token))

    def begun(result: FormResult) -> Answer:
        draft = drafts.start(links.GUEST, link.programme, link=link)
        return guided_routes.begin_with(_desk_of(token, link, draft), result)

    return guided_routes.search_first(shelf.programme(link.programme), begun)


@bp.get("/refer/<token>/resume")
@doors.public
def guest_resume(token: str) -> Answer:
    return redirect(guided_routes.where_left(_desk(token)))


@bp.route("/refer/<token>/pages/<page_id>", methods=["GET", "POST"])
@doors.public
def guest_page(token: str, page_id: str) -> Answer:
    return guided_routes.fill(_desk(token), page_id)


@bp.post("/refer/<token>/pages/<page_id>/typing")
@doors.public
def guest_autosave(token: str, page_id: str) -> Response:
    return guided_routes.autosave(_desk(token), page_id)


@bp.route("/refer/<token>/match/<key>", methods=["GET", "POST"])
@doors.public
def guest_match(token: str, key: str) -> Answer:
    return guided_routes.match(_desk(token), key)


@bp.route("/refer/<token>/people", methods=["GET", "POST"])
@doors.public
def guest_people(token: str) -> Answer:
    return guided_routes.people(_desk(token))


@bp.post("/refer/<token>/people/<key>/remove")
@doors.public
def guest_remove(token: str, key: str) -> Answer:
    return guided_routes.remove(_desk(token), key)


@bp.route("/refer/<token>/check", methods=["GET", "POST"])
@doors.public
def guest_check(token: str) -> Answer:
    link = links.living(token)
    standing = url_for("referrals.guest_standing", token=token)
    if link.used_at_utc is not None:
        return redirect(standing)  # sent already: a second click leads where the first did

    def sent(_referral: object) -> str:
        links.note_use(link)
        return standing

    return guided_routes.check(_desk(token), sent)


@bp.get("/refer/<token>/standing")
@doors.public
def guest_standing(token: str) -> str:
    """What became of the referral, as long as the link lives."""
    seen = record.acknowledgement(links.GUEST, links.referral_of(links.living(token)))
    return render_template(
        "referrals/acknowledgement.html",
        seen=seen,
        guest=True,
        answer_at=lambda request_id: url_for("referrals.guest_answer", token=token, request_id=request_id),
    )


@bp.route("/refer/<token>/questions/<uuid:request_id>", methods=["GET", "POST"])
@doors.public
def guest_answer(token: str, request_id: uuid.UUID) -> Answer:
    referral = links.referral_of(links.living(token))
    asked = next((each for each in information.of_referral(referral) if each.id == request_id), None)
    if asked is None:
        raise NotFound(links.DEAD)
    back = url_for("referrals.guest_standing", token=token)
    return guided_routes.answer(asked, lambda words: information.answer(links.GUEST, asked, words), back)
