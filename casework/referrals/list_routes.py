"""The page of the list of referrals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flask import render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.forms import Choice, Option
from casework.programmes import shelf
from casework.programmes.definition import Programme
from casework.referrals import listing
from casework.referrals.blueprint import bp
from casework.referrals.list_schemas import ReferralFilter
from casework.referrals.record import OUTCOMES
from casework.web import lists

UNDECIDED = Choice(listing.UNDECIDED, "Waiting for a decision")

# How the list calls what it counts, by the outcome it is narrowed to.
COUNTED: Mapping[str | None, tuple[str, str]] = {
    listing.UNDECIDED: ("referral waiting for a decision", "referrals waiting for a decision"),
    "waiting": ("referral waiting to be screened", "referrals waiting to be screened"),
    "returned": ("referral returned for information", "referrals returned for information"),
    "accepted": ("accepted referral", "accepted referrals"),
    "joined": ("referral joined to a case", "referrals joined to a case"),
    "declined": ("declined referral", "declined referrals"),
    None: ("referral", "referrals"),
}


@bp.get("/referrals")
@doors.requires(Permission.REFERRAL_VIEW)
def list_referrals() -> str:
    actor = doors.current_actor()
    programmes = [shelf.programme(each) for each in actor.programmes(Permission.REFERRAL_VIEW)]
    schema = _schema(actor, programmes)
    usual = {"outcome": listing.UNDECIDED}
    asked = lists.asked(schema, sorts=listing.SORTS, usual=usual, sort="received")
    wanted = listing.Filter(**asked.values, sort=asked.sort, descending=asked.descending)
    return render_template(
        "referrals/list.html",
        page=listing.page_of_referrals(actor, wanted, asked.page),
        fields=asked.fields,
        errors=asked.errors,
        chosen=asked.chosen,
        counted=COUNTED[wanted.outcome],
        outcome=wanted.outcome,
        outcomes=OUTCOMES,
        programmes={each.id: each for each in programmes},
        clear=url_for("referrals.list_referrals"),
        every=url_for("referrals.list_referrals", outcome=lists.ALL),
    )


def _schema(actor: Actor, programmes: Sequence[Programme]) -> ReferralFilter:
    """The filter's questions, with the sources of the chosen programme, or of all that the actor sees."""
    chosen = request.args.get("programme")
    these = [each for each in programmes if chosen in (None, "", each.id)] or programmes
    sources = {code.id: code for each in these for code in each.list("source").codes}
    choices: dict[str, Iterable[Option]] = {
        "programme": [Choice(each.id, each.name) for each in programmes],
        "outcome": [UNDECIDED, *_outcomes(actor)],
        "source": list(sources.values()),
    }
    unasked = {"programme"} if len(programmes) == 1 else set()
    return ReferralFilter(
        choices={name: some for name, some in choices.items() if name not in unasked}, exclude=unasked
    )


def _outcomes(actor: Actor) -> list[Choice]:
    """Whether a case was there already is told only to those who see cases."""
    told = actor.has(Permission.CASE_VIEW)
    return [Choice(name, words) for name, words in OUTCOMES.items() if told or name != "joined"]
