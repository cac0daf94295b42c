"""Documents and letters of a case."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases import documents, gate, kinds, letters, page
from casework.cases.blueprint import bp
from casework.cases.schemas import WriteLetter, without
from casework.cases.web import Answer, done, form, take
from casework.errors import Invalid, NotFound
from casework.forms import read, today

PREVIEW = "preview"


@bp.route("/cases/<uuid:case_id>/documents/add", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def add_document(case_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_WORK)
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)
    schema = kinds.kind_of("document").form(frame.programme, frame.choices)

    def act(values: dict[str, Any]) -> Response:
        sent = request.files.get("file")
        file = documents.take_in(sent.filename if sent else None, sent.stream if sent else None)
        documents.add(actor, case, file, values)
        return done("The document is sealed and kept.", "cases.documents", case_id=case.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        most = documents.LARGEST_BYTES // 1024 // 1024
        return form(
            "cases/add_document.html",
            frame,
            schema,
            raw,
            errors,
            conflict,
            accept=documents.ACCEPTED,
            most=most,
        )

    return draw({"dated": today()}, {}) if reading else take(schema, act, draw)


@bp.get("/cases/<uuid:case_id>/entries/<uuid:entry_id>/file")
@doors.requires(Permission.CASE_VIEW)
def file(case_id: uuid.UUID, entry_id: uuid.UUID) -> FlaskResponse:
    """The document as a file to be saved; a browser never shows it as a page of ours, nor keeps it (see
    web.headers).
    """
    actor = doors.current_actor()
    entry = doors.entry_for(actor, entry_id)
    if entry.case_id != case_id or entry.kind != "document":
        raise NotFound
    given = documents.hand_out(actor, entry)
    response = FlaskResponse(given.content, content_type=given.type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(given.name, safe='')}"
    return response


@bp.route("/cases/<uuid:case_id>/letters/<letter_id>", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def letter(case_id: uuid.UUID, letter_id: str) -> Answer:
    """Write a letter: filled from the template, edited, looked at, and kept as it is to be sent."""
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_WORK)
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)
    chosen = letters.letter_of(frame.programme, letter_id)
    people = letters.recipients(frame.programme, chosen, frame.parts)
    schema = without(WriteLetter(choices={"part": people}), "name" if people else "part")

    def draft(values: Any) -> letters.Draft:
        to = letters.recipient(frame.parts, values.get("part"), values.get("name"))
        return letters.Draft(chosen, to, values["body"])

    def act(values: dict[str, Any]) -> Response:
        letters.save(actor, case, draft(values))
        return done("The letter is sealed and kept with the documents.", "cases.documents", case_id=case.id)

    def draw(raw: Any, errors: Any, conflict: Any = None, preview: Any = None, blocks: Any = ()) -> str:
        return form(
            "cases/letter.html",
            frame,
            schema,
            raw,
            errors,
            conflict,
            letter=chosen,
            preview=preview,
            blocks=blocks,
        )

    if reading:
        first = people[0].id if people else None
        to = letters.recipient(frame.parts, first, "") if first else None
        blocks = gate.check(case, to, "") if to else []
        return draw({"part": first, "body": letters.fill(case, chosen, to)}, {}, blocks=blocks)
    if request.form.get("act") == PREVIEW:
        result = read(schema, request.form)
        try:
            shown = draft(result.values) if result.values else None
        except Invalid as fault:
            return draw(result.raw, fault.errors), 422
        blocks = gate.check(case, shown.recipient, shown.body) if shown else []
        return draw(result.raw, result.errors, preview=shown, blocks=blocks)
    return take(schema, act, draw)
