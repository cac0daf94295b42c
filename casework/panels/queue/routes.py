"""The queue of a panel: what waits to be heard, in what order, and why."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.web import Answer, done, take
from casework.errors import NotFound
from casework.forms import Choice, FormSchema, describe
from casework.paging import page_number
from casework.panels.agenda import service as agenda
from casework.panels.blueprint import bp
from casework.panels.meetings.web import title
from casework.panels.queue import joining, waiting
from casework.panels.queue import service as queue
from casework.panels.queue.order import STATES
from casework.panels.queue.schemas import Defer, EnterQueue, PutOn, Reason, Release
from casework.panels.seats import service as seats
from casework.programmes import shelf
from casework.web.words import moment_words

if TYPE_CHECKING:
    from casework.access.vocabulary import Actor
    from casework.panels.models import Meeting, QueueEntry

__all__ = ["joining"]  # it listens to what happens to cases


@dataclass(frozen=True)
class Act:
    """Something that is done with a place in the queue: its page, and in which states it is offered."""

    id: str
    heading: str
    hint: str
    button: str
    said: str
    schema: Callable[[], FormSchema]
    states: tuple[str, ...]


ACTS = {
    act.id: act
    for act in (
        Act(
            "hold",
            "Put on hold",
            "It keeps its place and is put on no agenda until you release it.",
            "Put on hold",
            "It is on hold.",
            Reason,
            ("waiting",),
        ),
        Act(
            "release",
            "Release",
            "It is ready to be heard again, in its old place.",
            "Release",
            "It is ready to be heard.",
            Release,
            ("held", "later"),
        ),
        Act(
            "defer",
            "Defer to a later day",
            "Until that day it is suggested for no meeting. The time by which it should be heard stays the same.",
            "Defer",
            "It is deferred.",
            Defer,
            ("waiting", "held", "listed"),
        ),
        Act(
            "forward",
            "Bring forward",
            "It will stand before everything that is not urgent.",
            "Bring forward",
            "It is brought forward.",
            Reason,
            ("waiting", "held", "later"),
        ),
        Act(
            "withdraw",
            "Withdraw from the queue",
            "The panel will not hear it. The case itself stays as it is.",
            "Withdraw",
            "It is withdrawn from the queue.",
            Reason,
            ("waiting", "held", "later", "listed"),
        ),
    )
}


@bp.get("/queue")
@doors.requires(Permission.MEETING_RUN)
def queues() -> Answer:
    """Every queue that the visitor runs; straight to the only one."""
    found = waiting.panels_of(doors.current_actor())
    if len(found) == 1:
        return redirect(url_for("panels.queue", programme=next(iter(found))))
    return render_template(
        "panels/queues.html", panels={shelf.programme(each): counts for each, counts in found.items()}
    )


@bp.get("/queue/<programme>", endpoint="queue")
@doors.requires(Permission.MEETING_RUN)
def queue_page(programme: str) -> str:
    """A page of one panel's queue, in its order."""
    actor = doors.current_actor()
    panel = seats.panel_of(actor, programme, Permission.MEETING_RUN)
    part = request.args.get("show", waiting.READY)
    if part not in waiting.PARTS:
        raise NotFound
    page, counts = waiting.page_of_queue(actor, panel.id, part, page_number(request.args.get("page")))
    return render_template(
        "panels/queue.html",
        programme=panel,
        marking=panel.handling or "",
        page=page,
        part=part,
        parts=waiting.PARTS,
        counts=counts,
        unscreened=waiting.unscreened(actor, panel.id) if part == waiting.READY and page.number == 1 else (),
        meetings=waiting.coming(actor, panel.id)[:1],
        title=title,
    )


@bp.get("/queue/entries/<uuid:entry_id>")
@doors.requires(Permission.MEETING_RUN)
def queue_entry(entry_id: uuid.UUID) -> str:
    """One place in the queue: why it is there, what was done with it, what can be done."""
    actor = doors.current_actor()
    entry = doors.queue_entry_for(actor, entry_id)
    return _show(
        "panels/queue_entry.html",
        actor,
        entry,
        acts=[act for act in ACTS.values() if _state(entry) in act.states],
        may_list=entry.state == "waiting",
        story=queue.story(entry),
        states=STATES,
    )


@bp.route("/queue/entries/<uuid:entry_id>/<act>", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def change_entry(entry_id: uuid.UUID, act: str) -> Answer:
    """Hold, release, defer, bring forward or withdraw."""
    actor = doors.current_actor()
    entry = doors.queue_entry_for(actor, entry_id)
    chosen = ACTS.get(act)
    if chosen is None:
        raise NotFound
    schema = chosen.schema()

    def make(values: dict[str, Any]) -> Response:
        DO[chosen.id](actor, entry, **values)
        return done(chosen.said, "panels.queue_entry", entry_id=entry.id)

    def draw(raw: Mapping[str, Any], errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "version": entry.version}
        fields = describe(schema, raw, errors)
        return _show(
            "panels/queue_act.html",
            actor,
            entry,
            act=chosen,
            fields=fields,
            errors=errors,
            conflict=conflict,
            second=chosen.id == "defer" and entry.deferrals > 0,
        )

    return draw({"version": entry.version}, {}) if request.method == "GET" else take(schema, make, draw)


@bp.route("/queue/entries/<uuid:entry_id>/meeting", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def list_entry(entry_id: uuid.UUID) -> Answer:
    """Put a case on the agenda of a coming meeting."""
    actor = doors.current_actor()
    entry = doors.queue_entry_for(actor, entry_id)
    meetings = {str(meeting.id): meeting for meeting in waiting.coming(actor, entry.programme)}
    schema = PutOn(choices={"meeting": [_choice(actor, each) for each in meetings.values()]})

    def make(values: dict[str, Any]) -> Response:
        meeting = doors.meeting_for(actor, uuid.UUID(values["meeting"]), Permission.MEETING_RUN)
        agenda.list_entry(actor, meeting, entry, late=values["late"])
        return done("The case is on the agenda.", "panels.agenda", meeting_id=meeting.id)

    def draw(raw: Mapping[str, Any], errors: Any, conflict: Any = None) -> str:
        fields = describe(schema, {**raw, "version": entry.version}, errors)
        return _show(
            "panels/queue_list.html",
            actor,
            entry,
            fields=fields,
            errors=errors,
            conflict=conflict,
            meetings=meetings,
        )

    first = {"meeting": next(iter(meetings), "")} if len(meetings) == 1 else {}
    return draw(first, {}) if request.method == "GET" else take(schema, make, draw)


@bp.route("/cases/<uuid:case_id>/queue", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def enter_queue(case_id: uuid.UUID) -> Answer:
    """Put a case into its panel's queue by hand: an urgent referral not decided on yet, or one that comes again."""
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.MEETING_RUN)
    entry = queue.open_entry(case)
    if entry is not None and request.method == "GET":
        return redirect(url_for("panels.queue_entry", entry_id=entry.id))
    schema = EnterQueue()

    def make(values: dict[str, Any]) -> Response:
        made = queue.enter_by_hand(actor, case, **values)
        return done("The case is in the queue.", "panels.queue_entry", entry_id=made.id)

    def draw(raw: Mapping[str, Any], errors: Any, conflict: Any = None) -> str:
        programme = shelf.programme(case.programme)
        return render_template(
            "panels/queue_enter.html",
            case=case,
            programme=programme,
            marking=programme.handling or "",
            why_not=queue.why_not(case),
            fields=describe(schema, raw, errors),
            errors=errors,
            conflict=conflict,
        )

    return draw({"urgent": case.urgent or None}, {}) if request.method == "GET" else take(schema, make, draw)


DO: Mapping[str, Callable[..., None]] = {
    "hold": queue.hold,
    "release": queue.release,
    "defer": queue.defer,
    "forward": queue.bring_forward,
    "withdraw": queue.withdraw,
}


def _show(template: str, actor: Actor, entry: QueueEntry, **more: Any) -> str:
    programme = shelf.programme(entry.programme)
    return render_template(
        template,
        entry=entry,
        row=waiting.row_of(actor, entry),
        programme=programme,
        marking=programme.handling or "",
        **{"conflict": None, "errors": {}, **more},
    )


def _state(entry: QueueEntry) -> str:
    """`later` is a waiting entry whose day has not come."""
    return "later" if waiting.is_later(entry) else entry.state


def _choice(actor: Actor, meeting: Meeting) -> Choice:
    load = agenda.load(meeting, agenda.items_of(actor, meeting))
    room = f"room for {load.room} more" if load.room else "full"
    late = "; its agenda is circulated, so this is a late addition" if meeting.state in agenda.FROZEN else ""
    words = f"{title(meeting)}, {moment_words(meeting.starts_at_utc)}"
    return Choice(str(meeting.id), words, hint=f"{load.cases} on the agenda, {room}{late}")
