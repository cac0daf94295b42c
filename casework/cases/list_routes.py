"""The page of the list of cases."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.accounts import service as accounts
from casework.cases import listing
from casework.cases.blueprint import bp
from casework.cases.list_schemas import CaseFilter
from casework.forms import Choice, describe, read
from casework.paging import page_number
from casework.programmes import shelf

STATES = (
    Choice("open", "Open"),
    Choice("screening", "Waiting to be screened"),
    Choice("closed", "Closed"),
    Choice("declined", "Declined"),
    Choice("all", "All"),
)


@bp.get("/cases")
@doors.requires(Permission.CASE_VIEW)
def list_cases() -> str:
    actor = doors.current_actor()
    programmes = [shelf.programme(each) for each in actor.programmes(Permission.CASE_VIEW)]
    schema = _schema(programmes, request.args.get("programme"))
    answers = {name: request.args[name] for name in request.args if name in schema.fields or "-" in name}
    result = read(schema, answers)
    wanted = listing.Filter(
        **{name: value for name, value in (result.values or {}).items() if value is not None},
        sort=request.args.get("sort", "opened"),
        descending=request.args.get("direction", "descending" if "sort" not in request.args else "")
        == "descending",
    )
    page = listing.page_of_cases(actor, wanted, page_number(request.args.get("page")))
    return render_template(
        "cases/list.html",
        page=page,
        fields=describe(schema, result.raw, result.errors),
        errors=result.errors,
        chosen=_chosen(schema, wanted),
        programmes={each.id: each for each in programmes},
        clear=url_for("cases.list_cases"),
    )


def _schema(programmes: list[Any], chosen: str | None) -> CaseFilter:
    """The filter's questions, with the codes of the chosen programme, or of all that the actor works in."""
    these = [each for each in programmes if chosen in (None, "", each.id)] or programmes
    bands = {band.id: band for each in these for tool in each.current_tools for band in tool.bands}
    workers = {worker.id: worker for each in these for worker in accounts.workers(each.id)}
    return CaseFilter(
        choices={
            "programme": [Choice(each.id, each.name) for each in programmes],
            "state": STATES,
            "worker": [
                Choice(listing.MINE, "Me, or somebody I cover"),
                Choice(listing.UNALLOCATED, "Nobody yet"),
                *(Choice(str(worker.id), worker.name) for worker in workers.values()),
            ],
            "risk_band": [Choice(band.id, band.label) for band in bands.values()],
        }
    )


def _chosen(schema: CaseFilter, wanted: listing.Filter) -> list[tuple[str, str]]:
    """What the list is narrowed to, each with the address without it."""
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if value and name != "page"}
    tags = []
    for name in ("programme", "state", "worker", "risk_band"):
        labels = {choice.id: choice.label for choice in schema.fields[name].metadata["choices"]}
        if kept.get(name) in labels:
            rest = {other: value for other, value in kept.items() if other != name}
            tags.append((labels[kept[name]], url_for("cases.list_cases", **rest)))
    return tags
