"""The pages of a case that are only read."""

from __future__ import annotations

import uuid

from flask import request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases import (
    access_routes,
    contacts,
    document_routes,
    entries,
    kinds,
    letters,
    list_routes,
    mediation,
    page,
    people_routes,
    people_words,
    record_routes,
    risk,
    risk_reading,
    stage_routes,
    stages,
    task_routes,
)
from casework.cases.blueprint import bp
from casework.cases.schemas import TimelineFilter
from casework.cases.web import show as draw
from casework.forms import Choice, describe, read
from casework.paging import page_number

__all__ = [
    "access_routes",
    "bp",
    "document_routes",
    "list_routes",
    "people_routes",
    "record_routes",
    "stage_routes",
    "task_routes",
]


@bp.get("/cases/<uuid:case_id>")
@doors.requires(Permission.CASE_VIEW)
def show(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    frame = page.frame(actor, case)
    return draw(
        "cases/show.html", frame, "show", summary=page.summary(actor, case), ways=stages.ways(actor, case)
    )


@bp.get("/cases/<uuid:case_id>/timeline")
@doors.requires(Permission.CASE_VIEW)
def timeline(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    frame = page.frame(actor, case)
    schema = TimelineFilter(choices={"kind": [Choice(kind.id, kind.many) for kind in kinds.KINDS]})
    chosen = [each for each in request.args.getlist("kind") if each in kinds.BY_ID]
    result = read(schema, {"kind": chosen})
    return draw(
        "cases/timeline.html",
        frame,
        "timeline",
        page=entries.timeline(actor, case, chosen, page_number(request.args.get("page"))),
        filter_fields=describe(schema, result.raw),
        chosen_tags=[
            (
                kinds.kind_of(each).many,
                url_for(".timeline", case_id=case.id, kind=[k for k in chosen if k != each]),
            )
            for each in chosen
        ],
    )


@bp.get("/cases/<uuid:case_id>/support")
@doors.requires(Permission.CASE_VIEW)
def support(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    frame = page.frame(actor, case)
    offered = mediation.is_offered(frame.programme)
    wanted = [kind for kind in kinds.of_tab("support") if offered or kind.id != "mediation"]
    return draw(
        "cases/support.html",
        frame,
        "support",
        sections=entries.newest(actor, case, wanted).values(),
        clock=contacts.first_contact(case),
        blocked=mediation.blocked(case) if offered else None,
    )


@bp.get("/cases/<uuid:case_id>/risk")
@doors.requires(Permission.CASE_VIEW)
def risk_page(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    frame = page.frame(actor, case)
    found = risk.assessments(case)
    readings = [
        risk_reading.read(
            frame.programme, entry, next((e for e in found[place:] if e.code == entry.code), None)
        )
        for place, entry in enumerate(found, start=1)
    ]
    return draw("cases/risk.html", frame, "risk_page", readings=readings, tools=frame.programme.current_tools)


@bp.get("/cases/<uuid:case_id>/onward")
@doors.requires(Permission.CASE_VIEW)
def onward(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    frame = page.frame(actor, case)
    sections = entries.newest(actor, case, kinds.of_tab("onward"), most=50)
    return draw("cases/onward.html", frame, "onward", sections=sections)


@bp.get("/cases/<uuid:case_id>/documents")
@doors.requires(Permission.CASE_VIEW)
def documents(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    frame = page.frame(actor, case)
    found = entries.timeline(actor, case, ["document"], page_number(request.args.get("page")))
    return draw(
        "cases/documents.html", frame, "documents", page=found, letters=letters.offered(frame.programme)
    )


@bp.get("/cases/<uuid:case_id>/print")
@doors.requires(Permission.CASE_VIEW)
def print_case(case_id: uuid.UUID) -> str:
    """The whole record on paper, oldest first, under its warnings and its marking."""
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    frame = page.frame(actor, case, printed=True)
    record = frame.items(entries.whole(actor, case))
    return draw("cases/print.html", frame, entries=record, known=people_words.known)
