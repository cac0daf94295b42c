"""One case while it is discussed, on one screen: its reading beside what is written about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Response as FlaskResponse
from flask import g, jsonify, redirect, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.web import Answer, take
from casework.errors import Conflict, Invalid, NotFound
from casework.forms import FormSchema, describe, read, walk
from casework.panels.actions import service as actions
from casework.panels.blueprint import bp
from casework.panels.live import notes, reconsidering, recording, screen, telling
from casework.panels.live import routes as live_routes
from casework.panels.live import schemas as live_schemas
from casework.panels.live import service as live
from casework.panels.live.reconsidering import Answer as Reconsider
from casework.panels.live.screen import Screen
from casework.panels.meetings import web as meeting_web
from casework.panels.queue import taking_off

if TYPE_CHECKING:
    from casework.panels.models import AgendaItem

Raw = Mapping[str, Any]
Errors = Mapping[str, Sequence[str]]
NEXT = "next"  # the button that saves the notes and goes on


def item_to_run(meeting_id: uuid.UUID, item_id: uuid.UUID) -> AgendaItem:
    """The item, if it stands on the agenda of this meeting and the actor runs it."""
    item = doors.item_for(doors.current_actor(), item_id, Permission.MEETING_RUN)
    if item.meeting_id != meeting_id or item.state in taking_off.GONE:
        raise NotFound
    return item


@bp.get("/meetings/<uuid:meeting_id>/live/<uuid:item_id>")
@doors.requires(Permission.MEETING_RUN)
def live_item(meeting_id: uuid.UUID, item_id: uuid.UUID) -> str:
    return _show(item_to_run(meeting_id, item_id), noted=True)


@bp.post("/meetings/<uuid:meeting_id>/live/<uuid:item_id>/begin")
@doors.requires(Permission.MEETING_RUN)
def begin_item(meeting_id: uuid.UUID, item_id: uuid.UUID) -> Response:
    item = item_to_run(meeting_id, item_id)
    live.begin(doors.current_actor(), item)
    return redirect(_here(item))


# -- notes ------------------------------------------------------------------------------------------------


@bp.post("/meetings/<uuid:meeting_id>/live/<uuid:item_id>/notes")
@doors.requires(Permission.MEETING_RUN)
def write_notes(meeting_id: uuid.UUID, item_id: uuid.UUID) -> Answer:
    """Save every part as it was typed, and go on where the button says so."""
    actor, item = doors.current_actor(), item_to_run(meeting_id, item_id)
    labels = {part: notes.PARTS[part] for part in notes.PARTS}

    def act(values: dict[str, Any]) -> Response:
        if not (request.form.get("act") == NEXT and recording.is_approved(item.meeting)):
            screen.keep_notes(actor, item, values)
        if request.form.get("act") == NEXT:
            return live_routes.go_on(item.meeting, item.id)
        return _done(item, "notes")

    def again(raw: Raw, errors: Errors, conflict: Conflict | None) -> str:
        g.keep_on_error = conflict is not None  # the parts that did not clash are kept
        return _show(item, "notes", raw, errors, conflict)

    return take(live_schemas.notes_form(labels, notes.LONGEST), act, again)


@bp.post("/meetings/<uuid:meeting_id>/live/<uuid:item_id>/notes/<part>")
@doors.requires(Permission.MEETING_RUN)
def write_note(meeting_id: uuid.UUID, item_id: uuid.UUID, part: str) -> FlaskResponse:
    """Save one part while it is typed. A clash is answered with what stands there, for the page to show both."""
    actor, item = doors.current_actor(), item_to_run(meeting_id, item_id)
    if part not in notes.PARTS:
        raise NotFound
    result = read(live_schemas.NotePart(), request.form)
    if result.values is None:
        raise Invalid(errors=result.errors)
    try:
        kept = notes.write(actor, item, part, result.values["text"] or "", version=result.values["version"])
    except Conflict as clash:
        theirs = notes.read(item)[part]
        return jsonify(saved=False, words=clash.message, **_part(theirs))
    return jsonify(saved=True, **_part(kept))


@bp.get("/meetings/<uuid:meeting_id>/live/<uuid:item_id>/notes")
@doors.requires(Permission.MEETING_RUN)
def read_notes(meeting_id: uuid.UUID, item_id: uuid.UUID) -> FlaskResponse:
    """Every part as it stands, for a page that heard that another has written."""
    actor, item = doors.current_actor(), item_to_run(meeting_id, item_id)
    screen.note_viewed(actor, item)
    return jsonify({part: _part(each) for part, each in notes.read(item).items()})


def _part(part: notes.Part) -> dict[str, Any]:
    return {"text": part.text, "version": part.version, "by": part.by}


@bp.get("/meetings/<uuid:meeting_id>/live/<uuid:item_id>/now")
@doors.requires(Permission.MEETING_RUN)
def item_now(meeting_id: uuid.UUID, item_id: uuid.UUID) -> FlaskResponse:
    """The clock, which parts have been written, and whether the rest of the page is still as it was."""
    actor, item = doors.current_actor(), item_to_run(meeting_id, item_id)
    seen = live.now_of(actor, item)
    return jsonify(
        csrf=generate_csrf(),  # a page outlives its session, and sends what was typed under the next
        used=seen.clock.used,
        running=seen.clock.running,
        parts=notes.versions(item),
        stamp=seen.stamp,
    )


# -- the last plan, actions, telling, the decision --------------------------------------------------------


@bp.post("/meetings/<uuid:meeting_id>/live/<uuid:item_id>/last-plan")
@doors.requires(Permission.MEETING_RUN)
def reconsider(meeting_id: uuid.UUID, item_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()

    def act(item: AgendaItem, values: dict[str, Any]) -> None:
        given = {
            uuid.UUID(name.removeprefix("answer-")): Reconsider(
                answer,
                values.get(name.replace("answer-", "why-")),
                values[name.replace("answer-", "version-")],
            )
            for name, answer in values.items()
            if name.startswith("answer-")
        }
        reconsidering.answer(actor, item, given)

    return _take(meeting_id, item_id, "last-plan", lambda seen: seen.last_plan_form, act)


@bp.post("/meetings/<uuid:meeting_id>/live/<uuid:item_id>/actions")
@doors.requires(Permission.MEETING_RUN)
def capture_action(meeting_id: uuid.UUID, item_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()

    def act(item: AgendaItem, values: dict[str, Any]) -> None:
        recording.hold(item)
        agency_id, owner_id = screen.owner_of(values["owner"])
        try:
            actions.set_action(
                actor,
                item,
                text=values["text"],
                risk=values["risk"],
                agency_id=agency_id,
                owner_id=owner_id,
                owner_name=values["owner_name"],
                due_on=_due(values),
            )
        except Invalid as fault:
            said = {
                {"agency": "owner", "owner": "owner" if owner_id else "owner_name"}.get(name, name): reasons
                for name, reasons in fault.errors.items()
            }
            raise Invalid(fault.message, errors=said) from None

    return _take(meeting_id, item_id, "actions", lambda seen: seen.action_form, act)


@bp.post("/meetings/<uuid:meeting_id>/live/<uuid:item_id>/telling")
@doors.requires(Permission.MEETING_RUN)
def agree_telling(meeting_id: uuid.UUID, item_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()

    def act(item: AgendaItem, values: dict[str, Any]) -> None:
        agency_id, user_id = screen.owner_of(values["owner"])
        telling.agree(
            actor,
            item,
            person_id=values["person"],
            agency_id=agency_id,
            user_id=user_id,
            what=values["what"],
            how=values["how"],
            due_on=_due(values),
        )

    return _take(meeting_id, item_id, "telling", lambda seen: seen.telling_form, act)


@bp.post("/meetings/<uuid:meeting_id>/live/<uuid:item_id>/decision")
@doors.requires(Permission.MEETING_RUN)
def decide(meeting_id: uuid.UUID, item_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()

    def act(item: AgendaItem, values: dict[str, Any]) -> None:
        screen.decide(actor, item, values)

    return _take(meeting_id, item_id, "decision", lambda seen: seen.decision_form, act)


def _take(
    meeting_id: uuid.UUID,
    item_id: uuid.UUID,
    tab: str,
    schema_of: Callable[[Screen], FormSchema],
    act: Callable[[AgendaItem, dict[str, Any]], None],
) -> Answer:
    """Take one of the forms of the screen, and come back to where it stands."""
    item = item_to_run(meeting_id, item_id)
    seen = screen.of_item(doors.current_actor(), item, noted=False)

    def go(values: dict[str, Any]) -> Response:
        act(item, values)
        return _done(item, tab)

    return take(
        schema_of(seen),
        go,
        lambda raw, errors, conflict: _show(item, tab, raw, errors, conflict, noted=False),
    )


def _due(values: Raw) -> Any:
    return live_schemas.due_day(values["due"], values.get("due_on"))


# -- drawing it -------------------------------------------------------------------------------------------


def _here(item: AgendaItem, **more: Any) -> str:
    return url_for("panels.live_item", meeting_id=item.meeting_id, item_id=item.id, **more)


def _done(item: AgendaItem, tab: str) -> Response:
    return redirect(_here(item, done=tab, _anchor=tab))


def _show(
    item: AgendaItem,
    tab: str = "",
    raw: Raw | None = None,
    errors: Errors | None = None,
    conflict: Conflict | None = None,
    *,
    noted: bool = False,
) -> str:
    """The screen; the form of `tab` as it was sent, and what is wrong with it."""
    seen = screen.of_item(doors.current_actor(), item, noted=noted)
    sent = {tab: (raw or {}, errors or {})}
    forms = {
        name: describe(schema, *_filled(seen, name, sent), prefix=f"{name}-")
        for name, schema in (
            ("actions", seen.action_form),
            ("telling", seen.telling_form),
            ("decision", seen.decision_form),
            ("last-plan", seen.last_plan_form),
        )
    }
    return meeting_web.show(
        "panels/live_item.html",
        item.meeting,
        "live",
        screen=seen,
        reading=seen.reading,
        item=item,
        forms=forms,
        named={name: {each.name: each for each in walk(found)} for name, found in forms.items()},
        fields=forms.get(tab, ()),
        notes_raw=raw if tab == "notes" else {},
        action_states=actions.STATES,
        acceptance=actions.ACCEPTANCE,
        answers=reconsidering.ANSWERS,
        now=live.now_of(doors.current_actor(), item),
        errors=errors or {},
        conflict=conflict,
        said=request.args.get("done", ""),
    )


def _filled(seen: Screen, name: str, sent: Mapping[str, tuple[Raw, Errors]]) -> tuple[Raw, Errors]:
    """What stands in a form: what was sent, else what is held. Versions are those of now, so it can be sent again."""
    first = _first(seen, name)
    if name not in sent:
        return first, {}
    raw, errors = sent[name]
    fresh = {key: value for key, value in first.items() if key.startswith("version")}
    return {**raw, **fresh}, errors


def _first(seen: Screen, name: str) -> dict[str, Any]:
    if name == "decision":
        held = seen.decision
        kept = (
            {each: getattr(held, each) for each in ("outcome", "options", "rationale", "dissent")}
            if held
            else {}
        )
        return {**kept, "version": held.version if held else 0}
    if name == "last-plan":
        return {
            key: value
            for row in seen.last_plan
            for key, value in (
                (f"answer-{row.action.id}", row.answer.answer if row.answer else None),
                (f"why-{row.action.id}", row.answer.why if row.answer else None),
                (f"version-{row.action.id}", row.version),
            )
        }
    return {"due": next(iter(live_schemas.SOON))}
