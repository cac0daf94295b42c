"""The page of a referral, putting it right, and answering what is asked about it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.errors import Invalid
from casework.forms import describe, read
from casework.referrals import amending, guided_routes, information, record
from casework.referrals.blueprint import bp
from casework.referrals.guided_routes import Answer


@bp.get("/referrals/<uuid:referral_id>")
@doors.requires(Permission.REFERRAL_VIEW)
def show(referral_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    seen = record.view(actor, doors.referral_for(actor, referral_id))
    if isinstance(seen, record.Acknowledgement):
        return render_template("referrals/acknowledgement.html", seen=seen, answer_at=_answer_at)
    return render_template("referrals/show.html", seen=seen, outcomes=record.OUTCOMES, answer_at=_answer_at)


def _answer_at(request_id: uuid.UUID) -> str:
    return url_for("referrals.answer", request_id=request_id)


@bp.route("/referrals/questions/<uuid:request_id>", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_ANSWER)
def answer(request_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    asked = information.request_for(actor, request_id)
    back = url_for("referrals.show", referral_id=asked.referral_id)
    return guided_routes.answer(asked, lambda words: information.answer(actor, asked, words), back)


@bp.route("/referrals/<uuid:referral_id>/change/<part_id>", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def amend(referral_id: uuid.UUID, part_id: str) -> Answer:
    actor = doors.current_actor()
    referral = doors.referral_for(actor, referral_id, Permission.CASE_WORK)
    part = amending.part_of(referral, part_id)
    schema = amending.schema_of(referral, part)
    back = url_for("referrals.show", referral_id=referral.id)
    typed: Mapping[str, Any] = {**amending.held(referral, part), "version": referral.version}
    errors: Mapping[str, Sequence[str]] = {}
    if request.method == "POST":
        result = read(schema, request.form)
        typed, errors = result.raw, result.errors
        if result.values is not None:
            try:
                version, reason = result.values["version"], result.values["reason"]
                changed = amending.amend(actor, referral, part, result.values, reason=reason, version=version)
            except Invalid as fault:
                errors = fault.errors
            else:
                flash(
                    "The change has been kept."
                    if changed
                    else "Nothing was different, so nothing was changed."
                )
                return redirect(back)
    page = render_template(
        "referrals/form.html",
        title=f"Change: {part.title}",
        fields=describe(schema, typed, errors),
        errors=errors,
        back=back,
        submit="Save the change",
        marking=amending.handling_of(referral),
    )
    return (page, 422) if errors else page
