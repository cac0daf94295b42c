"""The meeting while it is held, for the chair and the minute-taker: opening it, who is there, the order, ending it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Response as FlaskResponse
from flask import flash, g, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.accounts import service as accounts
from casework.cases.web import Answer, done, take
from casework.errors import Conflict
from casework.forms import Choice, FormSchema, describe
from casework.panels.actions import service as actions
from casework.panels.agenda import service as agenda
from casework.panels.blueprint import bp
from casework.panels.live import attendance, interests
from casework.panels.live import schemas as live_schemas
from casework.panels.live import service as live
from casework.panels.live.attendance import Said
from casework.panels.live.schemas import After, InterestOf, MeetingVersion, Somebody
from casework.panels.meetings import web as meeting_web

if TYPE_CHECKING:
    from casework.panels.models import AgendaItem, Attendance, Meeting

Raw = Mapping[str, Any]
Errors = Mapping[str, Sequence[str]]


def meeting_to_run(meeting_id: uuid.UUID) -> Meeting:
    return doors.meeting_for(doors.current_actor(), meeting_id, Permission.MEETING_RUN)


# -- the order of the meeting -----------------------------------------------------------------------------


@bp.get("/meetings/<uuid:meeting_id>/live", endpoint="live")
@doors.requires(Permission.MEETING_RUN)
def live_page(meeting_id: uuid.UUID) -> str:
    """The meeting at a glance: what is left to do before the first case, and the cases in their order."""
    return _live(meeting_to_run(meeting_id))


def _live(meeting: Meeting, errors: Errors | None = None, conflict: Conflict | None = None) -> str:
    actor = doors.current_actor()
    lines = live.run_order(actor, meeting)
    rows = attendance.of_meeting(actor, meeting)
    return meeting_web.show(
        "panels/live.html",
        meeting,
        "live",
        lines=lines,
        standing=attendance.standing(meeting, rows),
        outstanding=actions.outstanding(actor, meeting),
        acceptance=actions.ACCEPTANCE,
        unled=interests.unled(actor, meeting),
        current=live.current(actor, meeting),
        next=live.following([line.item for line in lines], meeting.current_item_id),
        expected=[row for row in rows if row.state == attendance.EXPECTED],
        stamp=live.stamp(actor, meeting),
        kinds=agenda.repeat_words(actor, [line.item for line in lines]),
        errors=errors or {},
        conflict=conflict,
    )


@bp.get("/meetings/<uuid:meeting_id>/live/now")
@doors.requires(Permission.MEETING_RUN)
def live_now(meeting_id: uuid.UUID) -> FlaskResponse:
    """Whether anything on the page of the order has changed; a word that says nothing by itself."""
    return jsonify(stamp=live.stamp(doors.current_actor(), meeting_to_run(meeting_id)))


@bp.post("/meetings/<uuid:meeting_id>/live/open")
@doors.requires(Permission.MEETING_RUN)
def open_meeting(meeting_id: uuid.UUID) -> Answer:
    actor, meeting = doors.current_actor(), meeting_to_run(meeting_id)

    def act(values: dict[str, Any]) -> Response:
        live.open_meeting(actor, meeting, values["version"])
        return done("The meeting is open.", "panels.attendance", meeting_id=meeting.id)

    return take(MeetingVersion(), act, lambda _raw, errors, conflict: _live(meeting, errors, conflict))


@bp.post("/meetings/<uuid:meeting_id>/live/end")
@doors.requires(Permission.MEETING_RUN)
def end_meeting(meeting_id: uuid.UUID) -> Answer:
    actor, meeting = doors.current_actor(), meeting_to_run(meeting_id)

    def act(values: dict[str, Any]) -> Response:
        live.end_meeting(actor, meeting, values["version"])
        return done(
            "The meeting has ended. Draft its minutes from the record.",
            "panels.minutes",
            meeting_id=meeting.id,
        )

    return take(MeetingVersion(), act, lambda _raw, errors, conflict: _live(meeting, errors, conflict))


@bp.post("/meetings/<uuid:meeting_id>/live/next")
@doors.requires(Permission.MEETING_RUN)
def next_item(meeting_id: uuid.UUID) -> Answer:
    """Begin the next case without a decision, from the one that was on the screen."""
    meeting = meeting_to_run(meeting_id)

    def act(values: dict[str, Any]) -> Response:
        return go_on(meeting, uuid.UUID(values["after"]) if values["after"] else None)

    return take(After(), act, lambda _raw, errors, conflict: _live(meeting, errors, conflict))


def go_on(meeting: Meeting, after: uuid.UUID | None) -> Response:
    """Begin the next case and go to it; when none is left, back to the order of the meeting."""
    actor = doors.current_actor()
    found = live.following(agenda.items_of(actor, meeting), after)
    if found is None:
        live.pause(actor, meeting)
        return done("Every case that you see has its decision.", "panels.live", meeting_id=meeting.id)
    live.begin(actor, found)
    return redirect(url_for("panels.live_item", meeting_id=meeting.id, item_id=found.id))


@bp.post("/meetings/<uuid:meeting_id>/live/pause")
@doors.requires(Permission.MEETING_RUN)
def pause_meeting(meeting_id: uuid.UUID) -> Response:
    """A break: no case is discussed, and no clock runs."""
    meeting = meeting_to_run(meeting_id)
    live.pause(doors.current_actor(), meeting)
    return redirect(url_for("panels.live", meeting_id=meeting.id))


# -- who is there -----------------------------------------------------------------------------------------


@bp.route("/meetings/<uuid:meeting_id>/attendance", methods=["GET", "POST"], endpoint="attendance")
@doors.requires(Permission.MEETING_RUN)
def attendance_page(meeting_id: uuid.UUID) -> Answer:
    """Who is there, what they have accepted, and whether they have an interest: one line each, saved at once."""
    actor, meeting = doors.current_actor(), meeting_to_run(meeting_id)
    rows = attendance.of_meeting(actor, meeting)
    schema = live_schemas.attendance_form([row.id for row in rows], attendance.STATES)
    if request.method == "GET":
        return _attendance(meeting, rows)

    def act(values: dict[str, Any]) -> Response:
        changed = attendance.record(actor, meeting, {row.id: _said(values, row) for row in rows})
        words = "Saved." if changed else "Nothing was changed."
        return done(words, "panels.attendance", meeting_id=meeting.id)

    def again(raw: Raw, errors: Errors, conflict: Conflict | None) -> str:
        g.keep_on_error = conflict is not None  # what did not clash is kept
        fresh = attendance.of_meeting(actor, meeting)
        return _attendance(meeting, fresh, raw=_with_versions(raw, fresh), errors=errors, conflict=conflict)

    return take(schema, act, again)


def _said(values: Raw, row: Attendance) -> Said:
    return Said(
        state=values[f"state-{row.id}"],
        who=values.get(f"who-{row.id}"),
        accepts=bool(values.get(f"accepts-{row.id}")),
        declares_nothing=bool(values.get(f"nothing-{row.id}")),
        version=values[f"version-{row.id}"],
    )


def _with_versions(raw: Raw, rows: Sequence[Attendance]) -> dict[str, Any]:
    """What was typed, ready to be sent again."""
    return {**raw, **{f"version-{row.id}": row.version for row in rows}}


@bp.post("/meetings/<uuid:meeting_id>/attendance/everybody")
@doors.requires(Permission.MEETING_RUN)
def everybody_came(meeting_id: uuid.UUID) -> Response:
    actor, meeting = doors.current_actor(), meeting_to_run(meeting_id)
    attendance.everybody_came(actor, meeting)
    flash("Everybody who was expected is marked as present. Change those who are not here.", "success")
    return redirect(url_for("panels.attendance", meeting_id=meeting.id))


@bp.post("/meetings/<uuid:meeting_id>/attendance/accepted")
@doors.requires(Permission.MEETING_RUN)
def everybody_accepts(meeting_id: uuid.UUID) -> Response:
    """The statement was read out, and everybody in the room accepts it."""
    actor, meeting = doors.current_actor(), meeting_to_run(meeting_id)
    attendance.everybody_accepts(actor, meeting)
    flash("Everybody who is here has accepted the statement.", "success")
    return redirect(url_for("panels.attendance", meeting_id=meeting.id))


@bp.post("/meetings/<uuid:meeting_id>/attendance/somebody")
@doors.requires(Permission.MEETING_RUN)
def add_somebody(meeting_id: uuid.UUID) -> Answer:
    """An observer or a guest, who signs for confidentiality like everybody else."""
    actor, meeting = doors.current_actor(), meeting_to_run(meeting_id)

    def act(values: dict[str, Any]) -> Response:
        attendance.add(actor, meeting, agency_id=uuid.UUID(values["agency"]), name=values["name"])
        return done("Added.", "panels.attendance", meeting_id=meeting.id)

    def again(raw: Raw, errors: Errors, conflict: Conflict | None) -> str:
        return _attendance(meeting, somebody=raw, errors=errors, conflict=conflict)

    return take(_somebody(), act, again)


@bp.post("/meetings/<uuid:meeting_id>/attendance/interest")
@doors.requires(Permission.MEETING_RUN)
def record_interest(meeting_id: uuid.UUID) -> Answer:
    """Somebody in the room declares an interest in a case: from now on they see nothing of it."""
    actor, meeting = doors.current_actor(), meeting_to_run(meeting_id)

    def act(values: dict[str, Any]) -> Response:
        interests.declare(
            actor,
            doors.item_for(actor, uuid.UUID(values["item"]), Permission.MEETING_RUN),
            nature=values["nature"],
            user_id=uuid.UUID(values["user"]),
            whole_agency=bool(values["whole"]),
        )
        return done(
            "The interest is recorded. They see nothing of that case from now on.",
            "panels.after_interest",
            meeting_id=meeting.id,
        )

    def again(raw: Raw, errors: Errors, conflict: Conflict | None) -> str:
        return _attendance(meeting, interest=raw, errors=errors, conflict=conflict)

    return take(_interest(meeting), act, again)


def _somebody() -> FormSchema:
    return Somebody(choices={"agency": [Choice(str(each.id), each.name) for each in accounts.agencies()]})


def _interest(meeting: Meeting) -> FormSchema:
    """For whom an interest may be recorded: whoever has a place at the meeting and can sign in."""
    actor = doors.current_actor()
    people = {
        str(row.user_id): f"{attendance.name_of(row)} ({row.agency.name})"
        for row in attendance.of_meeting(actor, meeting)
        if row.user_id
    }
    return InterestOf(
        choices={
            "item": item_choices(agenda.items_of(actor, meeting)),
            "user": [Choice(*each) for each in people.items()],
        }
    )


def item_choices(items: Sequence[AgendaItem]) -> list[Choice]:
    return [Choice(str(item.id), f"{item.case.reference}, {live.name_of(item)}") for item in items]


def _attendance(
    meeting: Meeting,
    rows: Sequence[Attendance] | None = None,
    *,
    raw: Raw | None = None,
    somebody: Raw | None = None,
    interest: Raw | None = None,
    errors: Errors | None = None,
    conflict: Conflict | None = None,
) -> str:
    actor = doors.current_actor()
    rows = rows if rows is not None else attendance.of_meeting(actor, meeting)
    found = errors or {}
    somebody_fields = describe(_somebody(), somebody or {}, found if somebody is not None else {})
    interest_fields = describe(_interest(meeting), interest or {}, found if interest is not None else {})
    return meeting_web.show(
        "panels/attendance.html",
        meeting,
        "attendance",
        rows=rows,
        raw=raw or {},
        states=attendance.STATES,
        deputies=attendance.deputies(meeting),
        standing=attendance.standing(meeting, rows),
        somebody_fields=somebody_fields,
        interest_fields=interest_fields,
        fields=(*somebody_fields, *interest_fields),
        declared=interests.of_meeting(actor, meeting),
        stamp=live.stamp(actor, meeting),
        errors=found,
        conflict=conflict,
    )
