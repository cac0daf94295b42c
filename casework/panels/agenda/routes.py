"""The agenda of a meeting: built from the queue, ordered, timed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import abort, request
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.web import Answer, done, take
from casework.errors import Conflict, Invalid, NotFound
from casework.forms import Choice, describe, read
from casework.panels.agenda import service as agenda
from casework.panels.blueprint import bp
from casework.panels.meetings import web as meeting_web
from casework.panels.queue import waiting
from casework.panels.queue.schemas import AddItems, ChangeItem, Opening, RemoveItem

if TYPE_CHECKING:
    from casework.access.vocabulary import Actor
    from casework.panels.models import AgendaItem, Meeting

MORE = 10  # cases of the queue offered beyond those that fit
MOST = 60
UP, DOWN = "up", "down"


@bp.get("/meetings/<uuid:meeting_id>/agenda", endpoint="agenda")
@doors.requires(Permission.MEETING_VIEW)
def agenda_page(meeting_id: uuid.UUID) -> str:
    """The agenda: to those who run the meeting with its times and the queue, to members in order alone."""
    actor = doors.current_actor()
    return _page(actor, doors.meeting_for(actor, meeting_id))


@bp.post("/meetings/<uuid:meeting_id>/agenda/add")
@doors.requires(Permission.MEETING_RUN)
def add_items(meeting_id: uuid.UUID) -> Answer:
    """Put the ticked cases of the queue on the agenda, in the queue's order."""
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    offered = [str(row.id) for row in _offered(actor, meeting, MOST)]
    schema = AddItems(choices={"entries": [Choice(each, "A case") for each in offered]})

    def make(values: dict[str, Any]) -> Response:
        for each in sorted(values["entries"], key=offered.index):
            entry = doors.queue_entry_for(actor, uuid.UUID(each))
            agenda.list_entry(actor, meeting, entry, late=values["late"])
        count = len(values["entries"])
        words = "1 case is" if count == 1 else f"{count} cases are"
        return done(f"{words} added to the agenda.", "panels.agenda", meeting_id=meeting.id)

    def again(raw: Mapping[str, Any], errors: Any, conflict: Conflict | None = None) -> str:
        return _page(actor, meeting, raw=raw, errors=errors, conflict=conflict)

    if any(each not in offered for each in request.form.getlist("entries")):
        gone = Conflict("Somebody else has changed the queue meanwhile: choose again.")
        return again(read(schema, request.form).raw, {}, gone), 409
    return take(schema, make, again)


@bp.post("/meetings/<uuid:meeting_id>/agenda/order")
@doors.requires(Permission.MEETING_RUN)
def order_items(meeting_id: uuid.UUID) -> Answer:
    """Move one item up or down, or (by dragging) put all in the order sent."""
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    seen, wanted = _ids("seen"), _ids("order")
    for way, by in ((UP, -1), (DOWN, 1)):
        for row in _ids(way):
            wanted = agenda.shifted(seen, row, by)
    try:
        agenda.reorder(actor, meeting, seen=seen, wanted=wanted)
    except Conflict as fault:
        return _page(actor, meeting, conflict=fault), 409
    except Invalid as fault:
        return _page(actor, meeting, errors={"": [fault.message]}), 422
    return done("The order is changed.", "panels.agenda", meeting_id=meeting.id)


@bp.route("/meetings/<uuid:meeting_id>/agenda/opening", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def opening(meeting_id: uuid.UUID) -> Answer:
    """How long outstanding actions are given at the start."""
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    schema = Opening()

    def make(values: dict[str, Any]) -> Response:
        agenda.change_opening(actor, meeting, **values)
        return done("The start of the meeting is changed.", "panels.agenda", meeting_id=meeting.id)

    def draw(raw: Mapping[str, Any], errors: Any, conflict: Conflict | None = None) -> str:
        fields = describe(schema, {**raw, "version": meeting.version}, errors)
        return meeting_web.show(
            "panels/agenda_opening.html", meeting, "agenda", fields=fields, errors=errors, conflict=conflict
        )

    first = {"minutes": agenda.opening_minutes(meeting)}
    return draw(first, {}) if request.method == "GET" else take(schema, make, draw)


@bp.route("/meetings/<uuid:meeting_id>/agenda/<uuid:item_id>", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def change_item(meeting_id: uuid.UUID, item_id: uuid.UUID) -> Answer:
    """How long a case is given, and who presents it."""
    actor = doors.current_actor()
    item = _item(actor, meeting_id, item_id)
    people = [Choice(str(user.id), user.name) for user in agenda.presenters(actor, item)]
    schema = ChangeItem(choices={"presenter": people})

    def make(values: dict[str, Any]) -> Response:
        chosen = values.pop("presenter")
        agenda.change_item(actor, item, presenter_id=uuid.UUID(chosen) if chosen else None, **values)
        return done("The agenda is changed.", "panels.agenda", meeting_id=meeting_id)

    def draw(raw: Mapping[str, Any], errors: Any, conflict: Conflict | None = None) -> str:
        fields = describe(schema, {**raw, "version": item.version}, errors)
        return _form("panels/agenda_item.html", item, fields, errors, conflict)

    first = {"minutes": item.minutes, "presenter": str(item.presenter_id or "")}
    return draw(first, {}) if request.method == "GET" else take(schema, make, draw)


@bp.route("/meetings/<uuid:meeting_id>/agenda/<uuid:item_id>/remove", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def remove_item(meeting_id: uuid.UUID, item_id: uuid.UUID) -> Answer:
    """Take a case off the agenda, back into the queue."""
    actor = doors.current_actor()
    item = _item(actor, meeting_id, item_id)
    schema = RemoveItem()

    def make(values: dict[str, Any]) -> Response:
        agenda.remove(actor, item, **values)
        return done("The case waits in the queue again.", "panels.agenda", meeting_id=meeting_id)

    def draw(raw: Mapping[str, Any], errors: Any, conflict: Conflict | None = None) -> str:
        fields = describe(schema, {**raw, "version": item.version}, errors)
        return _form("panels/agenda_remove.html", item, fields, errors, conflict)

    return draw({}, {}) if request.method == "GET" else take(schema, make, draw)


def _page(
    actor: Actor,
    meeting: Meeting,
    *,
    raw: Mapping[str, Any] | None = None,
    errors: Any = None,
    conflict: Conflict | None = None,
) -> str:
    items = agenda.items_of(actor, meeting)
    shown: dict[str, Any] = {"items": items, "kinds": agenda.repeat_words(actor, items)}
    if doors.may(actor, Permission.MEETING_RUN, meeting):
        shown |= _of_running(actor, meeting, items, raw)
    return meeting_web.show(
        "panels/agenda.html", meeting, "agenda", errors=errors or {}, conflict=conflict, **shown
    )


def _of_running(
    actor: Actor, meeting: Meeting, items: list[AgendaItem], raw: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What only those who run the meeting see: times, how full it is, and what waits."""
    load = agenda.load(meeting, items)
    over = meeting.state in agenda.OVER
    offered = [] if over else _offered(actor, meeting, min(MOST, load.room + MORE))
    frozen = meeting.state in agenda.FROZEN
    suggested = set() if frozen else {row.id for row in offered[: load.room]}
    if raw is not None:
        suggested = {row.id for row in offered if str(row.id) in raw.get("entries", ())}
    return {
        "load": load,
        "starts": agenda.starts(meeting, items),
        "outstanding": agenda.outstanding(actor, meeting),
        "taken_off": agenda.taken_off(actor, meeting),
        "offered": offered,
        "suggested": suggested,
        "frozen": frozen,
        "over": over,
        "late": (raw or {}).get("late") or "",
        "fields": describe(AddItems(), raw or {}),  # where the lines of the error summary lead
    }


def _offered(actor: Actor, meeting: Meeting, most: int) -> list[waiting.Row]:
    return waiting.ready(actor, meeting.programme, waiting.day_of(meeting), most)


def _form(template: str, item: AgendaItem, fields: Any, errors: Any, conflict: Conflict | None) -> str:
    return meeting_web.show(
        template,
        item.meeting,
        "agenda",
        item=item,
        fields=fields,
        errors=errors,
        conflict=conflict,
        frozen=item.meeting.state in agenda.FROZEN,
    )


def _item(actor: Actor, meeting_id: uuid.UUID, item_id: uuid.UUID) -> AgendaItem:
    item = doors.item_for(actor, item_id, Permission.MEETING_RUN)
    if item.meeting_id != meeting_id:
        raise NotFound
    return item


def _ids(name: str) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(each) for words in request.form.getlist(name) for each in words.split()]
    except ValueError:
        abort(400)
