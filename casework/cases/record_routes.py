"""One pair of pages serves every kind of entry: recording or amending one, and reading it with what was
changed.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.cases import entries, kinds, page, risk
from casework.cases.blueprint import bp
from casework.cases.kind import Kind
from casework.cases.page import Frame
from casework.cases.risk_reading import band_of
from casework.cases.schemas import Strike
from casework.cases.web import Answer, done, form, show, take
from casework.errors import NotFound
from casework.forms import describe, read, today

if TYPE_CHECKING:
    from casework.cases.models import Case, Entry

SCORE = "score"  # the button that works the score out and saves nothing


@bp.route("/cases/<uuid:case_id>/record/<kind_id>", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def record(case_id: uuid.UUID, kind_id: str) -> Answer:
    """Record an entry of a kind."""
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_WORK)
    kind = kinds.kind_of(kind_id)
    if not kind.add:
        raise NotFound
    if kind.id == "document":
        return redirect(url_for("cases.add_document", case_id=case.id))
    return _form(actor, case, kind, None)


@bp.route("/cases/<uuid:case_id>/entries/<uuid:entry_id>/amend", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def amend_entry(case_id: uuid.UUID, entry_id: uuid.UUID) -> Answer:
    """Change an entry, with a reason."""
    actor = doors.current_actor()
    entry = _entry(actor, case_id, entry_id, Permission.CASE_WORK)
    kind = kinds.kind_of(entry.kind)
    if not kind.amendable or entry.ended_at_utc is not None:
        raise NotFound("This entry cannot be amended.")
    return _form(actor, entry.case, kind, entry)


def _form(actor: Actor, case: Case, kind: Kind, entry: Entry | None) -> Answer:
    """The one page that adds and amends, whatever the kind."""
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)
    schema = kind.form(frame.programme, frame.choices, entry=entry, code=request.values.get("code"))

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        if conflict is not None and entry is not None:
            raw = {**raw, "version": entry.version}
        more = _risk(frame, entry, raw) if kind.id == "risk" else {}
        return form("cases/record.html", frame, schema, raw, errors, conflict, kind=kind, entry=entry, **more)

    if reading:
        return draw(_first(frame, kind, entry), {})
    if request.form.get("act") == SCORE:
        return draw(read(schema, request.form).raw, {})
    return take(schema, lambda values: _keep(actor, frame, kind, entry, values), draw)


def _keep(actor: Actor, frame: Frame, kind: Kind, entry: Entry | None, values: dict[str, Any]) -> Response:
    if entry is None:
        entries.add(actor, frame.case, kind.id, values)
        return done(f"{kind.title}: recorded.", f"cases.{kind.tab}", case_id=frame.case.id)
    reason, version = values.pop("reason"), values.pop("version")
    changed = entries.amend(actor, entry, values, reason=reason, version=version, choices=frame.choices)
    words = f"{kind.title}: amended." if changed else "Nothing was changed."
    return done(words, "cases.show_entry", case_id=frame.case.id, entry_id=entry.id)


def _first(frame: Frame, kind: Kind, entry: Entry | None) -> dict[str, Any]:
    """What stands on the form at first: what is held, or today and whatever the link that led here chose."""
    if entry is not None:
        return {**kind.read(entry), "version": entry.version}
    chosen = {name: request.args[name] for name in ("code", "status") if name in request.args}
    if kind.id == "risk":
        return {"code": risk.current_tool(frame.programme, chosen.get("code")).id, "dated": today()}
    usual: dict[str, Any] = {} if kind.id == "key_date" else {"dated": today()}
    if kind.id == "contact" and frame.case.subject_id:
        usual["person_id"] = frame.case.subject_id
    return {**usual, **chosen}


def _risk(frame: Frame, entry: Entry | None, raw: Any) -> dict[str, Any]:
    """The tool and what the answers so far add up to."""
    programme = frame.programme
    tool = risk.tool_of(programme, entry) if entry else risk.current_tool(programme, raw.get("code"))
    result = risk.result(tool, raw)
    band = band_of(programme, result.band)
    return {
        "tool": tool,
        "result": result,
        "band": band.label if band else "",
        "answered": risk.answers_in(raw),
    }


@bp.get("/cases/<uuid:case_id>/entries/<uuid:entry_id>")
@doors.requires(Permission.CASE_VIEW)
def show_entry(case_id: uuid.UUID, entry_id: uuid.UUID) -> str:
    """An entry, all that was changed on it, and how to amend it or strike it out."""
    actor = doors.current_actor()
    entry = _entry(actor, case_id, entry_id)
    return _show(page.frame(actor, entry.case), entry, {}, {})


@bp.post("/cases/<uuid:case_id>/entries/<uuid:entry_id>/strike")
@doors.requires(Permission.CASE_WORK)
def strike_entry(case_id: uuid.UUID, entry_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    entry = _entry(actor, case_id, entry_id, Permission.CASE_WORK)

    def act(values: dict[str, Any]) -> Response:
        entries.strike(actor, entry, **values)
        return done("The entry is struck out. It stays in the record.", "cases.timeline", case_id=case_id)

    return take(
        Strike(),
        act,
        lambda raw, errors, conflict: _show(page.frame_of_form(entry.case), entry, raw, errors, conflict),
    )


def _show(frame: Frame, entry: Entry, raw: Any, errors: Any, conflict: Any = None) -> str:
    actor = doors.current_actor()
    item = frame.item(entry)
    # A struck-out form comes back with the version that stands now, so that it can be sent again.
    return show(
        "cases/entry.html",
        frame,
        item.kind.tab,
        item=item,
        lines=item.kind.words(frame.programme, item.kind.read(entry), frame.choices)
        if item.kind.asks
        else {},
        reading=frame.reading(entry) if entry.kind == "risk" else None,
        amendments=entries.amendments(actor, entry),
        fields=describe(Strike(), {**raw, "version": entry.version}, errors),
        errors=errors,
        conflict=conflict,
    )


def _entry(
    actor: Actor, case_id: uuid.UUID, entry_id: uuid.UUID, permission: Permission = Permission.CASE_VIEW
) -> Entry:
    """The entry, if it is one of this case."""
    entry = doors.entry_for(actor, entry_id, permission)
    if entry.case_id != case_id:
        raise NotFound
    return entry
