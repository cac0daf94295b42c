"""Pages on which a referral is decided on."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.errors import Invalid
from casework.forms import FormSchema, describe, read
from casework.referrals import earlier, record, screening, screening_forms
from casework.referrals.blueprint import bp
from casework.referrals.guided_routes import Answer


def _referral(referral_id: uuid.UUID) -> Any:
    return doors.referral_for(doors.current_actor(), referral_id, Permission.REFERRAL_SCREEN)


@bp.get("/referrals/<uuid:referral_id>/screen")
@doors.requires(Permission.REFERRAL_SCREEN)
def screen(referral_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    referral = _referral(referral_id)
    past = earlier.past_of(actor, referral)
    return render_template(
        "referrals/screen.html",
        seen=record.whole(actor, referral),
        outcomes=record.OUTCOMES,
        past=past,
        days=earlier.days_of(past),
        ways=screening_forms.ways(actor, referral),
    )


@bp.route("/referrals/<uuid:referral_id>/screen/accept", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_SCREEN)
def accept(referral_id: uuid.UUID) -> Answer:
    actor, referral = doors.current_actor(), _referral(referral_id)

    def act(values: dict[str, Any]) -> str:
        screening.accept(
            actor,
            referral,
            version=values["version"],
            agency_id=uuid.UUID(values["agency"]),
            worker_id=uuid.UUID(values["worker"]) if values.get("worker") else None,
            words=values["words"],
            checklist=screening_forms.checklist_in(values),
            screened=screening_forms.screened_in(referral, values),
        )
        flash(f"Referral {referral.reference} has been accepted.", "success")
        return url_for("cases.show", case_id=referral.case_id)

    form = screening_forms.accepting(actor, referral)
    return _decide(referral, form, act, "Accept this referral", "Accept")


@bp.route("/referrals/<uuid:referral_id>/screen/return", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_SCREEN)
def return_referral(referral_id: uuid.UUID) -> Answer:
    actor, referral = doors.current_actor(), _referral(referral_id)

    def act(values: dict[str, Any]) -> str:
        screening.return_for_information(
            actor, referral, version=values["version"], question=values["question"], due_on=values["due_on"]
        )
        flash("The question has been put to the referrer.", "success")
        return url_for("referrals.show", referral_id=referral.id)

    form = screening_forms.asking(referral)
    return _decide(referral, form, act, "Return for information", "Ask the referrer")


@bp.route("/referrals/<uuid:referral_id>/screen/decline", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_SCREEN)
def decline(referral_id: uuid.UUID) -> Answer:
    actor, referral = doors.current_actor(), _referral(referral_id)

    def act(values: dict[str, Any]) -> str:
        screening.decline(
            actor,
            referral,
            version=values["version"],
            reason=values["reason"],
            words=values["words"],
            checklist=screening_forms.checklist_in(values),
            screened=screening_forms.screened_in(referral, values),
        )
        flash(f"Referral {referral.reference} has been declined.", "success")
        return url_for("referrals.show", referral_id=referral.id)

    form = screening_forms.declining(referral)
    return _decide(referral, form, act, "Decline this referral", "Decline")


@bp.route("/referrals/<uuid:referral_id>/screen/reconsider", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_SCREEN)
def reconsider(referral_id: uuid.UUID) -> Answer:
    actor, referral = doors.current_actor(), _referral(referral_id)

    def act(values: dict[str, Any]) -> str:
        screening.reconsider(actor, referral, version=values["version"], reason=values["reason"])
        flash("The referral waits to be screened again.", "success")
        return url_for("referrals.show", referral_id=referral.id)

    form = screening_forms.reconsidering(referral)
    return _decide(referral, form, act, "Consider this referral again", "Consider again")


@bp.route("/referrals/<uuid:referral_id>/screen/join", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_SCREEN)
def choose_case(referral_id: uuid.UUID) -> Answer:
    actor, referral = doors.current_actor(), _referral(referral_id)

    def act(values: dict[str, Any]) -> str:
        case_id = screening_forms.chosen_case(actor, referral, values)
        return url_for("referrals.join", referral_id=referral.id, case_id=case_id)

    form = screening_forms.choosing(actor, referral)
    return _decide(referral, form, act, "Which case does it join?", "Continue")


@bp.route("/referrals/<uuid:referral_id>/screen/join/<uuid:case_id>", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_SCREEN)
def join(referral_id: uuid.UUID, case_id: uuid.UUID) -> Answer:
    actor, referral = doors.current_actor(), _referral(referral_id)
    into = doors.case_for(actor, case_id, Permission.CASE_WORK)

    def act(values: dict[str, Any]) -> str:
        screening.join(
            actor,
            referral,
            into.id,
            version=values["version"],
            same=screening_forms.same_in(values),
            why=values.get("why"),
            words=values["words"],
            checklist=screening_forms.checklist_in(values),
        )
        flash(f"Referral {referral.reference} has joined case {into.reference}.", "success")
        return url_for("cases.show", case_id=into.id)

    form = screening_forms.joining(referral, into)
    return _decide(referral, form, act, f"Join case {into.reference}", "Join")


def _decide(
    referral: Any,
    form: tuple[FormSchema, Mapping[str, Any]],
    act: Callable[[dict[str, Any]], str],
    title: str,
    submit: str,
) -> Answer:
    """Show a decision's form; posted, decide and go where `act` says."""
    schema, typed = form
    errors: Mapping[str, Sequence[str]] = {}
    if request.method == "POST":
        result = read(schema, request.form)
        typed, errors = result.raw, result.errors
        if result.values is not None:
            try:
                return redirect(act(result.values))
            except Invalid as fault:
                errors = fault.errors or {"": [fault.message]}
    page = render_template(
        "referrals/form.html",
        title=title,
        caption=referral.reference,
        fields=describe(schema, typed, errors),
        errors=errors,
        back=url_for("referrals.screen", referral_id=referral.id),
        submit=submit,
        marking=screening_forms.handling_of(referral),
    )
    return (page, 422) if errors else page
