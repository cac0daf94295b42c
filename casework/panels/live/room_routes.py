"""The meeting as its members follow it: what they accept and declare, and the case discussed, if they may see it.

Nothing here differs for somebody from whom a case is hidden: it is as if the panel were on other business.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.web import Answer, done, take
from casework.errors import Conflict, Invalid
from casework.forms import describe, today
from casework.panels.actions import service as actions
from casework.panels.agenda import service as agenda
from casework.panels.blueprint import bp
from casework.panels.live import attendance, interests, telling
from casework.panels.live import service as live
from casework.panels.live.routes import item_choices
from casework.panels.live.schemas import OwnInterest, Told
from casework.panels.meetings import web as meeting_web
from casework.panels.research import reading

if TYPE_CHECKING:
    from casework.panels.models import Meeting

Raw = Mapping[str, Any]
Errors = Mapping[str, Sequence[str]]


@bp.get("/meetings/<uuid:meeting_id>/room")
@doors.requires(Permission.MEETING_VIEW)
def room(meeting_id: uuid.UUID) -> str:
    return _room(doors.meeting_for(doors.current_actor(), meeting_id))


def _room(
    meeting: Meeting, raw: Raw | None = None, errors: Errors | None = None, conflict: Conflict | None = None
) -> str:
    actor = doors.current_actor()
    own = attendance.own(actor, meeting)
    accepted = own is not None and own.confidentiality_at_utc is not None
    items = agenda.items_of(actor, meeting)
    # Nothing of a case is shown to whoever has not accepted that it stays in the room.
    item = live.current(actor, meeting) if accepted else None
    return meeting_web.show(
        "panels/room.html",
        meeting,
        "room",
        own=own,
        accepted=accepted,
        may_come_in=attendance.may_come_in(meeting),
        items=items,
        reading=reading.of_item(actor, item) if item else None,
        plan=actions.of_item(actor, item) if item else (),
        place=live.place(items, item) if item and item in items else None,
        action_states=actions.STATES,
        stamp=live.stamp(actor, meeting),
        fields=describe(_form(meeting), raw or {}, errors or {}),
        errors=errors or {},
        conflict=conflict,
    )


@bp.get("/meetings/<uuid:meeting_id>/room/now")
@doors.requires(Permission.MEETING_VIEW)
def room_now(meeting_id: uuid.UUID) -> FlaskResponse:
    """A word that changes when the member's page would: it says nothing by itself."""
    actor = doors.current_actor()
    return jsonify(stamp=live.stamp(actor, doors.meeting_for(actor, meeting_id)))


@bp.post("/meetings/<uuid:meeting_id>/room/confidentiality")
@doors.requires(Permission.MEETING_VIEW)
def accept_confidentiality(meeting_id: uuid.UUID) -> Response:
    actor = doors.current_actor()
    meeting = _open(doors.meeting_for(actor, meeting_id))
    attendance.accept_confidentiality(actor, meeting)
    return _back(meeting, "You have accepted the confidentiality statement.")


@bp.post("/meetings/<uuid:meeting_id>/room/nothing")
@doors.requires(Permission.MEETING_VIEW)
def declare_nothing(meeting_id: uuid.UUID) -> Response:
    actor = doors.current_actor()
    meeting = _open(doors.meeting_for(actor, meeting_id))
    attendance.declare_nothing(actor, meeting)
    return _back(meeting, "You have said that you have nothing to declare.")


@bp.post("/meetings/<uuid:meeting_id>/room/interest")
@doors.requires(Permission.MEETING_VIEW)
def declare_interest(meeting_id: uuid.UUID) -> Answer:
    """The member declares an interest in one of the cases they see, and sees it no more."""
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id)

    def act(values: dict[str, Any]) -> Response:
        interests.declare(
            actor,
            doors.item_for(actor, uuid.UUID(values["item"])),
            nature=values["nature"],
            whole_agency=bool(values["whole"]),
        )
        return done("Your interest is recorded.", "panels.after_interest", meeting_id=meeting_id)

    return take(_form(meeting), act, lambda raw, errors, conflict: _room(meeting, raw, errors, conflict))


@bp.get("/meetings/<uuid:meeting_id>/after-interest")
@doors.requires(Permission.MEETING_VIEW)
def after_interest(meeting_id: uuid.UUID) -> Response:
    """Back to the meeting; or, where it told of no other case and is hidden too, to the list of meetings."""
    actor = doors.current_actor()
    if not live.may_see(actor, meeting_id):
        return redirect(url_for("panels.list_meetings"))
    meeting = doors.meeting_for(actor, meeting_id)
    runs = doors.may(actor, Permission.MEETING_RUN, meeting)
    return redirect(url_for("panels.attendance" if runs else "panels.room", meeting_id=meeting_id))


def _form(meeting: Meeting) -> OwnInterest:
    return OwnInterest(choices={"item": item_choices(agenda.items_of(doors.current_actor(), meeting))})


def _open(meeting: Meeting) -> Meeting:
    if not attendance.may_come_in(meeting):
        raise Invalid("This meeting is not being held.")
    return meeting


def _back(meeting: Meeting, words: str) -> Response:
    flash(words, "success")
    return redirect(url_for("panels.room", meeting_id=meeting.id))


# -- that somebody was told -------------------------------------------------------------------------------


@bp.route("/tellings/<uuid:telling_id>", methods=["GET", "POST"], endpoint="telling")
@doors.requires(Permission.MEETING_VIEW)
def telling_page(telling_id: uuid.UUID) -> Answer:
    """Whoever was to tell a person what was decided says that it was done."""
    actor = doors.current_actor()
    held = telling.telling_for(actor, telling_id)

    def draw(raw: Raw, errors: Errors, conflict: Conflict | None = None) -> str:
        return meeting_web.show(
            "panels/telling.html",
            held.item.meeting,
            telling=held,
            item=held.item,
            may_say=telling.may_say(actor, held),
            fields=describe(Told(), {**raw, "version": held.version}, errors),
            errors=errors,
            conflict=conflict,
        )

    if request.method == "GET":
        return draw({"done_on": held.done_on or today(), "outcome": held.outcome}, {})

    def act(values: dict[str, Any]) -> Response:
        telling.done(actor, held, on=values["done_on"], outcome=values["outcome"], version=values["version"])
        return done("Recorded.", "panels.telling", telling_id=held.id)

    return take(Told(), act, draw)
