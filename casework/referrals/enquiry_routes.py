"""Pages of advice given about nobody who is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.errors import Invalid
from casework.forms import Choice, describe, read, today
from casework.paging import page_number
from casework.programmes import shelf
from casework.programmes.definition import Programme
from casework.referrals import enquiries
from casework.referrals.blueprint import bp
from casework.referrals.guided_routes import Answer
from casework.referrals.schemas import LogEnquiry


@bp.get("/referrals/enquiries", endpoint="enquiries")
@doors.requires(Permission.ENQUIRY_LOG)
def list_enquiries() -> str:
    actor = doors.current_actor()
    chosen = request.args.get("programme")
    page = enquiries.page_of_enquiries(actor, chosen, page_number(request.args.get("page")))
    return render_template(
        "referrals/enquiries.html",
        page=page,
        counts=enquiries.counts(actor),
        programmes=shelf.every(),
        chosen=chosen,
    )


@bp.route("/referrals/enquiries/new", methods=["GET", "POST"])
@doors.requires(Permission.ENQUIRY_LOG)
def log_enquiry() -> Answer:
    actor = doors.current_actor()
    programmes = [shelf.programme(each) for each in actor.programmes(Permission.ENQUIRY_LOG)]
    schema = _schema(programmes)
    typed: Mapping[str, Any] = {
        "received_on": today(),
        "programme": programmes[0].id if len(programmes) == 1 else None,
    }
    errors: Mapping[str, Sequence[str]] = {}
    if request.method == "POST":
        result = read(schema, request.form)
        typed, errors = result.raw, result.errors
        if result.values is not None:
            values = dict(result.values)
            try:
                enquiries.log(actor, values.pop("programme"), **values)
            except Invalid as fault:
                errors = fault.errors
            else:
                flash("The enquiry has been logged.", "success")
                return redirect(url_for("referrals.enquiries"))
    page = render_template(
        "referrals/form.html",
        title="Log an enquiry",
        fields=describe(schema, typed, errors),
        errors=errors,
        back=url_for("referrals.enquiries"),
        submit="Log the enquiry",
        hint="Advice about nobody who is named. If somebody is named, log a referral instead.",
    )
    return (page, 422) if errors else page


def _schema(programmes: list[Programme]) -> LogEnquiry:
    """The topics and sources of every programme the actor may log for; the service holds each to its own."""
    day = today()
    sources = {code.id: code for each in programmes for code in each.codes_on("source", day)}
    topics = {code.id: code for each in programmes for code in each.codes_on("enquiry_topic", day)}
    return LogEnquiry(
        choices={
            "programme": [Choice(each.id, each.name) for each in programmes],
            "source": list(sources.values()),
            "topics": list(topics.values()),
        }
    )
