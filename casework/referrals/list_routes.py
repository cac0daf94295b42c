"""The page of the list of referrals."""

from __future__ import annotations

from flask import render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.forms import Choice, describe, read
from casework.paging import page_number
from casework.programmes import shelf
from casework.programmes.definition import Programme
from casework.referrals import listing
from casework.referrals.list_schemas import ReferralFilter
from casework.referrals.blueprint import bp

OUTCOMES = (
    Choice(listing.UNDECIDED, "Waiting for a decision"),
    Choice("waiting", "Waiting to be screened"),
    Choice("returned", "Returned for information"),
    Choice("accepted", "Accepted"),
    Choice("joined", "Joined to a case"),
    Choice("declined", "Declined"),
    Choice("all", "All"),
)


@bp.get("/referrals")
@doors.requires(Permission.REFERRAL_VIEW)
def list_referrals() -> str:
    actor = doors.current_actor()
    programmes = [shelf.programme(each) for each in actor.programmes(Permission.REFERRAL_VIEW)]
    schema = _schema(programmes, request.args.get("programme"))
    answers = {name: request.args[name] for name in request.args if name in schema.fields or "-" in name}
    result = read(schema, answers)
    wanted = listing.Filter(
        **{name: value for name, value in (result.values or {}).items() if value is not None},
        sort=request.args.get("sort", "received"),
        descending=request.args.get("direction", "descending" if "sort" not in request.args else "")
        == "descending",
    )
    page = listing.page_of_referrals(actor, wanted, page_number(request.args.get("page")))
    return render_template(
        "referrals/list.html",
        page=page,
        fields=describe(schema, result.raw, result.errors),
        errors=result.errors,
        programmes={each.id: each for each in programmes},
        outcomes={choice.id: choice.label for choice in OUTCOMES},
        clear=url_for("referrals.list_referrals"),
        narrowed=bool(result.values and any(result.values.values())),
    )


def _schema(programmes: list[Programme], chosen: str | None) -> ReferralFilter:
    """The filter's questions, with the sources of the chosen programme, or of all that the actor sees."""
    these = [each for each in programmes if chosen in (None, "", each.id)] or programmes
    sources = {code.id: code for each in these for code in each.list("source").codes}
    return ReferralFilter(
        choices={
            "programme": [Choice(each.id, each.name) for each in programmes],
            "outcome": OUTCOMES,
            "source": list(sources.values()),
        }
    )
