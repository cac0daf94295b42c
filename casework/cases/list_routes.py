"""The page of the list of cases."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

from flask import render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.cases import listing, risk_reading
from casework.cases.blueprint import bp
from casework.cases.list_schemas import CaseFilter
from casework.forms import Choice, Option
from casework.programmes import shelf
from casework.programmes.definition import Programme
from casework.web import lists

# How the list calls what it counts, by the state it is narrowed to.
COUNTED: Mapping[str | None, tuple[str, str]] = {
    "open": ("open case", "open cases"),
    "screening": ("case waiting to be screened", "cases waiting to be screened"),
    "closed": ("closed case", "closed cases"),
    "declined": ("declined case", "declined cases"),
    None: ("case", "cases"),
}


@bp.get("/cases")
@doors.requires(Permission.CASE_VIEW)
def list_cases() -> str:
    actor = doors.current_actor()
    programmes = [shelf.programme(each) for each in actor.programmes(Permission.CASE_VIEW)]
    schema = _schema(actor, programmes)
    asked = lists.asked(schema, sorts=listing.SORTS, usual={"state": "open"}, sort="opened")
    wanted = listing.Filter(**asked.values, sort=asked.sort, descending=asked.descending)
    return render_template(
        "cases/list.html",
        page=listing.page_of_cases(actor, wanted, asked.page),
        fields=asked.fields,
        errors=asked.errors,
        chosen=asked.chosen,
        counted=COUNTED[wanted.state],
        state=wanted.state,
        programmes={each.id: each for each in programmes},
        bands={each.id: _bands(each) for each in programmes},
        clear=url_for("cases.list_cases"),
    )


def _schema(actor: Actor, programmes: Sequence[Programme]) -> CaseFilter:
    """The filter's questions, with the codes of the chosen programme, or of all in which the actor sees cases."""
    chosen = request.args.get("programme")
    these = [each for each in programmes if chosen in (None, "", each.id)] or programmes
    choices: dict[str, Iterable[Option]] = {
        "worker": _workers(actor, these),
        "risk_band": _bands_of(these),
        "programme": [Choice(each.id, each.name) for each in programmes],
        # The same word may be another stage in another programme.
        "stage": these[0].stages if len(these) == 1 else (),
    }
    unasked = {"programme"} if len(programmes) == 1 else {"stage"} if len(these) > 1 else set()
    return CaseFilter(
        choices={name: some for name, some in choices.items() if name not in unasked}, exclude=unasked
    )


def _workers(actor: Actor, programmes: Sequence[Programme]) -> list[Choice]:
    named = {str(worker.id): worker.name for each in programmes for worker in accounts.workers(each.id)}
    return [
        Choice(listing.MINE, "Me, or somebody I cover"),
        Choice(listing.UNALLOCATED, "Nobody yet"),
        *(Choice(worker, name) for worker, name in named.items()),
        *_worker_gone(actor, named),
    ]


def _worker_gone(actor: Actor, known: Mapping[str, str]) -> list[Choice]:
    """Somebody named in the address who no longer works here and still holds cases."""
    asked = request.args.get("worker", "")
    if asked in known:
        return []
    try:
        name = listing.holder(actor, uuid.UUID(asked))
    except ValueError:
        return []
    return [Choice(asked, name)] if name else []


def _bands_of(programmes: Sequence[Programme]) -> list[Choice]:
    labels = {name: words for each in programmes for name, (words, _) in _bands(each).items()}
    return [Choice(name, words) for name, words in labels.items()]


def _bands(programme: Programme) -> dict[str, tuple[str, str]]:
    """Each risk band's words and how grave it is, those of retired tools too."""
    return {
        band.id: (band.label, risk_reading.level(programme, band.id))
        for tool in programme.risk_tools
        for band in tool.bands
    }
