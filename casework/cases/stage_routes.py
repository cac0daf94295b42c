"""Moving a case on: through its stages, into other hands, to its closure and back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases import allocation, closure, page, stages
from casework.cases.blueprint import bp
from casework.cases.schemas import Allocate, Move
from casework.cases.web import Answer, done, form, take
from casework.errors import NotFound
from casework.forms import Choice, today


@bp.route("/cases/<uuid:case_id>/stage/<to>", methods=["GET", "POST"])
@doors.requires(Permission.CASE_VIEW)
def move(case_id: uuid.UUID, to: str) -> Answer:
    """Move the case to a stage.

    Who may is said by the programme's move, so the door asks no more than sight.
    """
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    way = stages.way(actor, case, to)
    if way.is_closure:
        return redirect(url_for("cases.close", case_id=case.id, to=to))
    stages.refuse_others(way, case)
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)

    def act(values: dict[str, Any]) -> Response:
        stages.move(actor, case, to, **values)
        return done(f"The case is now: {way.to.label}.", "cases.show", case_id=case.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = {**raw, "version": case.version}
        return form("cases/move.html", frame, Move(), raw, errors, conflict, way=way)

    return draw({}, {}) if reading else take(Move(), act, draw)


@bp.route("/cases/<uuid:case_id>/close/<to>", methods=["GET", "POST"])
@doors.requires(Permission.CASE_VIEW)
def close(case_id: uuid.UUID, to: str) -> Answer:
    """Close the case, after a look at everything that went before."""
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    way = stages.way(actor, case, to)
    stages.refuse_others(way, case)
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)
    schema = closure.form(frame.programme, closure.unsettled_needs(case))

    def act(values: dict[str, Any]) -> Response:
        closure.close(actor, case, to, values)
        return done("The case is closed.", "cases.show", case_id=case.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = {**raw, "version": case.version}
        before = closure.looking_back(actor, case)
        return form("cases/close.html", frame, schema, raw, errors, conflict, way=way, before=before)

    return draw({"closed_on": today()}, {}) if reading else take(schema, act, draw)


@bp.route("/cases/<uuid:case_id>/allocate", methods=["GET", "POST"])
@doors.requires(Permission.CASE_ALLOCATE)
def allocate(case_id: uuid.UUID) -> Answer:
    """Give the case, or one person's part in it, to a worker."""
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_ALLOCATE)
    part_id = request.values.get("part", type=uuid.UUID)
    part = doors.involvement_for(actor, part_id, Permission.CASE_ALLOCATE) if part_id else None
    if part is not None and part.case_id != case.id:
        raise NotFound
    row = part or case
    choices = [Choice(str(user.id), user.name) for user in allocation.candidates(actor, case)]
    schema = Allocate(choices={"worker": choices})
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)

    def act(values: dict[str, Any]) -> Response:
        worker = uuid.UUID(values["worker"])
        if part is not None:
            allocation.allocate_part(actor, part, worker, version=values["version"])
        else:
            allocation.allocate(actor, case, worker, reason=values["reason"], version=values["version"])
        return done("The worker is set.", "cases.people" if part else "cases.show", case_id=case.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = {**raw, "version": row.version}
        return form("cases/allocate.html", frame, schema, raw, errors, conflict, part=part)

    return draw({"worker": str(row.worker_id or "")}, {}) if reading else take(schema, act, draw)
