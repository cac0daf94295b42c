"""Pages on which a coordinator makes one-time links and withdraws them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.forms import Choice, describe, read
from casework.programmes import shelf
from casework.referrals import intake, links
from casework.referrals.blueprint import bp
from casework.referrals.guided_routes import Answer
from casework.referrals.schemas import MakeLink

DAYS = 14


@bp.route("/referrals/links", methods=["GET", "POST"], endpoint="links")
@doors.requires(Permission.REFERRAL_INVITE)
def list_links() -> Answer:
    actor = doors.current_actor()
    programmes = [shelf.programme(each) for each in actor.programmes(Permission.REFERRAL_INVITE)]
    schema = MakeLink(
        choices={
            "programme": [Choice(each.id, each.name) for each in programmes],
            "agency": intake.agencies(),
        }
    )
    typed: Mapping[str, Any] = {"days": DAYS, "programme": programmes[0].id if len(programmes) == 1 else None}
    errors: Mapping[str, Sequence[str]] = {}
    if request.method == "POST":
        result = read(schema, request.form)
        typed, errors = result.raw, result.errors
        if result.values is not None:
            return _show_once(result.values)
    page = render_template(
        "referrals/links.html",
        links=[(link, links.state_of(link)) for link in links.of_programmes(actor)],
        programmes=shelf.every(),
        fields=describe(schema, typed, errors),
        errors=errors,
    )
    return (page, 422) if errors else page


def _show_once(values: dict[str, str]) -> Answer:
    """The link is on this one page and nowhere else: not in the database, the session, or an address of ours."""
    agency = uuid.UUID(values["agency"]) if values["agency"] else None
    actor = doors.current_actor()
    link, token = links.make(actor, values["programme"], days=int(values["days"]), agency_id=agency)
    address = url_for("referrals.guest_start", token=token, _external=True)
    return render_template(
        "referrals/link.html", link=link, address=address, programme=shelf.programme(link.programme)
    )


@bp.post("/referrals/links/<uuid:link_id>/withdraw")
@doors.requires(Permission.REFERRAL_INVITE)
def withdraw_link(link_id: uuid.UUID) -> Answer:
    links.withdraw(doors.current_actor(), link_id)
    flash("The link has been withdrawn.", "success")
    return redirect(url_for("referrals.links"))
