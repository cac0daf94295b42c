"""Minutes: written, approved, corrected."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.web import Answer, done, take
from casework.errors import NotFound
from casework.forms import FormSchema, describe
from casework.panels.blueprint import bp
from casework.panels.meetings import web as meeting_web
from casework.panels.minutes import service as minutes
from casework.panels.papers import files as paper_files
from casework.panels.papers import redaction, slices
from casework.panels.papers.schemas import Approve, Correct, OfVersion, WriteMeeting, WritePart

if TYPE_CHECKING:
    from casework.panels.models import Meeting, Minutes


@bp.get("/meetings/<uuid:meeting_id>/minutes", endpoint="minutes")
@doors.requires(Permission.MEETING_RUN)
def show_minutes(meeting_id: uuid.UUID) -> str:
    """The version in hand; an older one by its number in the address."""
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    versions = minutes.versions(actor, meeting)
    wanted = request.args.get("version", "")
    chosen = next(
        (each for each in versions if str(each.number) == wanted), versions[0] if versions else None
    )
    return _draw(meeting, chosen, {}, {})


def _draw(meeting: Meeting, chosen: Minutes | None, raw: Any, errors: Any, conflict: Any = None) -> str:
    actor = doors.current_actor()
    reading = minutes.read(actor, chosen) if chosen else None
    first = {"seen": reading.seen} if reading else {}
    return meeting_web.show(
        "panels/minutes.html",
        meeting,
        "minutes",
        reading=reading,
        versions=minutes.versions(actor, meeting),
        due_on=minutes.due_on(meeting),
        late=minutes.is_late(meeting, reading),
        lines=redaction.plain,
        fields=describe(Approve(), {**raw, **first}, errors),
        errors=errors,
        conflict=conflict,
    )


@bp.post("/meetings/<uuid:meeting_id>/minutes/draft")
@doors.requires(Permission.MEETING_RUN)
def draft_minutes(meeting_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    minutes.draft(actor, meeting)
    return done("The minutes are drafted from the record.", "panels.minutes", meeting_id=meeting.id)


@bp.route("/minutes/<uuid:minutes_id>/meeting", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def minutes_meeting(minutes_id: uuid.UUID) -> Answer:
    """What is said of the meeting as a whole."""
    actor = doors.current_actor()
    written = doors.minutes_for(actor, minutes_id)
    if written.state != "draft":
        raise NotFound(minutes.LOCKED)

    def act(values: dict[str, Any]) -> AnyResponse:
        minutes.write_meeting(actor, written, **values)
        return _back(written, "Opening and closing are saved.", "meeting")

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        return _form(written, WriteMeeting(), raw, errors, conflict, heading="Opening and closing")

    if request.method == "GET":
        return draw({"opening": written.opening, "closing": written.closing, "version": written.version}, {})
    return take(
        WriteMeeting(),
        act,
        lambda raw, errors, conflict: draw(_now(raw, conflict, written), errors, conflict),
    )


@bp.route("/minutes/parts/<uuid:part_id>", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def minutes_part(part_id: uuid.UUID) -> Answer:
    """What is said of one item."""
    actor = doors.current_actor()
    part = doors.minutes_part_for(actor, part_id)
    if part.minutes.state != "draft":
        raise NotFound(minutes.LOCKED)

    def act(values: dict[str, Any]) -> AnyResponse:
        minutes.write_part(actor, part, **values)
        return _back(part.minutes, "The part is saved.", f"part-{part.id}")

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        return _form(
            part.minutes,
            WritePart(),
            raw,
            errors,
            conflict,
            heading=minutes.title(part),
            part=part,
            wide=True,
        )

    if request.method == "GET":
        return draw({"text": part.text, "restricted": part.restricted, "version": part.version}, {})
    return take(
        WritePart(), act, lambda raw, errors, conflict: draw(_now(raw, conflict, part), errors, conflict)
    )


def _now(raw: Any, conflict: Any, row: Any) -> Any:
    """After a conflict the form carries the version that stands, so that it can be sent again."""
    return {**raw, "version": row.version} if conflict else raw


@bp.post("/minutes/parts/<uuid:part_id>/draft")
@doors.requires(Permission.MEETING_RUN)
def redraft_part(part_id: uuid.UUID) -> Answer:
    """Draft one part again from the record; what was written is kept beside it."""
    actor = doors.current_actor()
    part = doors.minutes_part_for(actor, part_id)

    def act(values: dict[str, Any]) -> AnyResponse:
        minutes.draft_again(actor, part, version=values["version"])
        return done("The part is drafted from the record.", "panels.minutes_part", part_id=part.id)

    return _taken(part.id, act)


@bp.post("/minutes/parts/<uuid:part_id>/forget")
@doors.requires(Permission.MEETING_RUN)
def forget_set_aside(part_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    part = doors.minutes_part_for(actor, part_id)

    def act(values: dict[str, Any]) -> AnyResponse:
        minutes.forget_set_aside(actor, part, version=values["version"])
        return done("The earlier text is thrown away.", "panels.minutes_part", part_id=part.id)

    return _taken(part.id, act)


def _taken(part_id: uuid.UUID, act: Any) -> Answer:
    """A button on the page of a part; what stopped it is said there."""

    def again(_raw: Any, errors: Any, conflict: Any) -> str:
        faults = [words for each in errors.values() for words in each]
        flash(conflict.message if conflict else " ".join(faults))
        return ""

    answer = take(OfVersion(), act, again)
    return redirect(url_for("panels.minutes_part", part_id=part_id)) if isinstance(answer, tuple) else answer


@bp.post("/minutes/<uuid:minutes_id>/ask")
@doors.requires(Permission.MEETING_RUN)
def ask_approval(minutes_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    written = doors.minutes_for(actor, minutes_id)
    asked = minutes.ask_approval(actor, written)
    words = (
        "The minutes stand on the home page of whoever approves them, who is told by e-mail where it is set up."
        if asked
        else "Nobody is named as chair of this meeting: name one first."
    )
    return _back(written, words)


@bp.post("/minutes/<uuid:minutes_id>/approve")
@doors.requires(Permission.MINUTES_APPROVE)
def approve_minutes(minutes_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    written = doors.minutes_for(actor, minutes_id)

    def act(values: dict[str, Any]) -> AnyResponse:
        minutes.approve(actor, written, seen=values["seen"])
        return _back(written, "You approved these minutes.")

    return take(
        Approve(), act, lambda raw, errors, conflict: _draw(written.meeting, written, raw, errors, conflict)
    )


@bp.route("/minutes/<uuid:minutes_id>/correct", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def correct_minutes(minutes_id: uuid.UUID) -> Answer:
    """Begin a new version; what was approved stays as it is."""
    actor = doors.current_actor()
    written = doors.minutes_for(actor, minutes_id)

    def act(values: dict[str, Any]) -> AnyResponse:
        minutes.correct(actor, written, reason=values["reason"])
        return _back(written, "A new version is begun. Correct it, and have it approved.")

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        return _form(written, Correct(), raw, errors, conflict, heading="Correct the minutes")

    return draw({}, {}) if request.method == "GET" else take(Correct(), act, draw)


@bp.get("/minutes/<uuid:minutes_id>/file")
@doors.requires(Permission.MEETING_RUN)
def minutes_file(minutes_id: uuid.UUID) -> Response:
    """The whole as its reader may have it on paper: it goes through the gate like every paper."""
    actor = doors.current_actor()
    written = doors.minutes_for(actor, minutes_id)
    return paper_files.answer(slices.compose_whole(actor, written), actor.name, "minutes.pdf")


def _back(written: Minutes, words: str, anchor: str | None = None) -> AnyResponse:
    flash(words, "success")
    return redirect(url_for("panels.minutes", meeting_id=written.meeting_id, _anchor=anchor))


def _form(
    written: Minutes, schema: FormSchema, raw: Any, errors: Any, conflict: Any, *, heading: str, **more: Any
) -> str:
    return meeting_web.show(
        "panels/minutes_form.html",
        written.meeting,
        "minutes",
        minutes=written,
        heading=heading,
        fields=describe(schema, raw, errors),
        errors=errors,
        conflict=conflict,
        **{"part": None, "wide": False, **more},
    )
