"""Meetings: listed, planned, changed, called off, circulated, and put into calendars."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.cases.web import Answer, done, take
from casework.errors import Conflict, Invalid, NotFound
from casework.forms import Choice, FormSchema, describe, read, today
from casework.panels.blueprint import bp
from casework.panels.meetings import (
    apologies,
    calendar,
    cancelling,
    circulation,
    overview,
    planning,
    recurrence,
)
from casework.panels.meetings import series as repeating
from casework.panels.meetings import service as meetings
from casework.panels.meetings import web as meeting_web
from casework.panels.meetings.schemas import (
    CancelMeeting,
    ChangeMeeting,
    ChosenPanel,
    Circulate,
    Coming,
    MeetingFilter,
    NewMeeting,
)
from casework.panels.meetings.service import OFFICERS, Plan
from casework.panels.seats import service as seats
from casework.programmes import shelf
from casework.programmes.definition import Programme
from casework.web import lists

if TYPE_CHECKING:
    from casework.panels.models import Meeting

AN_HOUR = 60  # what an emergency meeting is first put down for
COUNTED = {
    "coming": ("coming meeting", "coming meetings"),
    "past": ("past meeting", "past meetings"),
    "cancelled": ("cancelled meeting", "cancelled meetings"),
    None: ("meeting", "meetings"),
}


# -- lists ------------------------------------------------------------------------------------------------


@bp.get("/meetings")
@doors.requires(Permission.MEETING_VIEW)
def list_meetings() -> str:
    actor = doors.current_actor()
    panels = panels_of(actor, Permission.MEETING_VIEW)
    unasked = {"programme"} if len(panels) < 2 else set()
    choices = {} if unasked else {"programme": [Choice(each.id, each.name) for each in panels]}
    schema = MeetingFilter(choices=choices, exclude=unasked)
    asked = lists.asked(schema, sorts=(), usual={"when": "coming"}, sort="")
    wanted = meetings.Filter(**asked.values)
    return render_template(
        "panels/meetings.html",
        page=meetings.page_of_meetings(actor, wanted, asked.page),
        fields=asked.fields,
        errors=asked.errors,
        chosen=asked.chosen,
        counted=COUNTED[wanted.when],
        when=wanted.when,
        panels={each.id: each for each in panels},
        runs=panels_of(actor, Permission.MEETING_RUN),
        title_of=meeting_web.title,
        states=meeting_web.STATES,
        reasons=meetings.CANCEL_REASONS,
        is_late=circulation.is_late,
        parts=list(meeting_web.places("panels.list_meetings")),
    )


def panels_of(actor: Actor, permission: Permission) -> list[Programme]:
    """The programmes with a panel in which the actor holds a permission."""
    found = [shelf.programme(each) for each in actor.programmes(permission)]
    return [each for each in found if each.panel is not None]


def chosen_panel(actor: Actor) -> Programme | None:
    """The panel that the address names, or the only one that the actor runs; None: it is to be chosen."""
    programme = request.args.get("programme")
    if programme:
        return seats.panel_of(actor, programme, Permission.MEETING_RUN)
    mine = panels_of(actor, Permission.MEETING_RUN)
    return mine[0] if len(mine) == 1 else None


def choose_panel(actor: Actor, title: str, endpoint: str) -> Answer:
    """The page that asks which panel meets."""
    schema = ChosenPanel(
        choices={
            "programme": [Choice(each.id, each.name) for each in panels_of(actor, Permission.MEETING_RUN)]
        }
    )
    if request.method == "POST":
        result = read(schema, request.form)
        if result.values is not None:
            emergency = request.args.get("emergency")
            return redirect(url_for(endpoint, programme=result.values["programme"], emergency=emergency))
        return _plain(title, schema, result.raw, result.errors), 422
    return _plain(title, schema, {}, {})


def _plain(title: str, schema: FormSchema, raw: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    fields = describe(schema, raw, errors)
    return render_template(
        "panels/plan.html", title=title, fields=fields, errors=errors, panel=None, submit="Continue"
    )


# -- planning ---------------------------------------------------------------------------------------------


@bp.route("/meetings/new", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def new_meeting() -> Answer:
    """`entry` in the address is the case that an emergency meeting is called for; `emergency` lets one be chosen."""
    actor = doors.current_actor()
    emergency = "entry" in request.args or "emergency" in request.args
    panel = chosen_panel(actor)
    title = "Call an emergency meeting" if emergency else "Plan a meeting"
    if panel is None:
        return choose_panel(actor, title, "panels.new_meeting")
    waiting = planning.cases_waiting(actor, panel.id) if emergency else ()
    schema = NewMeeting(
        choices={
            **people_choices(actor, panel.id),
            **({"entry": [Choice(str(each.id), f"{each.reference}, {each.name}") for each in waiting]}
               if emergency else {}),
        },
        exclude=() if emergency else {"entry"},
    )  # fmt: skip

    def act(values: dict[str, Any]) -> AnyResponse:
        day, entry, details = values.pop("day"), values.pop("entry", None), plan_in(values)
        if entry is None:
            meeting = planning.plan(actor, panel.id, day, details)
            return done("The meeting is planned.", "panels.meeting", meeting_id=meeting.id)
        meeting = planning.call(actor, panel.id, day, details, entry_id=uuid.UUID(entry))
        words = "The emergency meeting is planned. Send its agenda out to ask people to it."
        return done(words, "panels.meeting", meeting_id=meeting.id)

    def draw(raw: Any, errors: Any, _conflict: Any = None) -> str:
        return render_template(
            "panels/plan.html",
            title=title,
            panel=panel,
            fields=describe(schema, raw, errors),
            errors=errors,
            submit="Call the meeting" if emergency else "Plan the meeting",
            emergency=emergency,
            nothing_waits=emergency and not waiting,
        )

    if request.method == "POST":
        return take(schema, act, draw)
    usual = typed(planning.usual(actor, panel.id))
    if emergency:
        usual |= {"day": today(), "minutes": AN_HOUR, "entry": request.args.get("entry", "")}
    return draw(usual, {})


def people_choices(actor: Actor, programme: str) -> dict[str, list[Choice]]:
    """Who may take each part in running a meeting."""
    people = [Choice(str(user.id), user.name) for user in meetings.who_may_run(actor, programme)]
    return dict.fromkeys(OFFICERS, people)


def plan_in(values: Mapping[str, Any]) -> Plan:
    """The answers about a meeting, as services take them."""
    people: dict[str, Any] = {
        f"{each}_id": uuid.UUID(values[each]) if values[each] else None for each in OFFICERS
    }
    return Plan(**{name: value for name, value in values.items() if name not in OFFICERS}, **people)


def typed(details: Plan) -> dict[str, Any]:
    """What stands in the form for what is stored."""
    people = {each: str(getattr(details, f"{each}_id") or "") for each in OFFICERS}
    plain = ("time", "minutes", "minutes_per_case", "venue", "link")
    return {**{name: getattr(details, name) for name in plain}, **people}


# -- one meeting ------------------------------------------------------------------------------------------


@bp.get("/meetings/<uuid:meeting_id>")
@doors.requires(Permission.MEETING_VIEW)
def meeting(meeting_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    found = doors.meeting_for(actor, meeting_id)
    kinds = shelf.programme(found.programme).list("agency_type")
    return meeting_web.show(
        "panels/meeting.html",
        found,
        "meeting",
        about=overview.of_meeting(actor, found),
        kind_words=kinds.label,
        ends_at=meetings.ends_at(found),
        weekday=recurrence.weekday(found.starts_at_utc),
        says=apologies.SAYS,
        to_come=found.state in meetings.TO_COME,
        reasons=meetings.CANCEL_REASONS,
    )


@bp.route("/meetings/<uuid:meeting_id>/change", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def change_meeting(meeting_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    found = _to_come(actor, meeting_id)
    schema = ChangeMeeting(
        choices=people_choices(actor, found.programme), exclude=() if found.series_id else {"scope"}
    )

    def act(values: dict[str, Any]) -> AnyResponse:
        day, version, scope = values.pop("day"), values.pop("version"), values.pop("scope", "one")
        if scope == "following":
            count = repeating.change_following(actor, found, day, plan_in(values), version=version)
            words = f"{count} {'meeting is' if count == 1 else 'meetings are'} changed."
        else:
            planning.change(actor, found, day, plan_in(values), version=version)
            words = "The meeting is changed."
        return done(words, "panels.meeting", meeting_id=found.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "version": found.version}
        return _form("panels/change_meeting.html", found, schema, raw, errors, conflict)

    if request.method == "POST":
        return take(schema, act, draw)
    stored = {**typed(meetings.details_of(found)), "day": meetings.day_of(found)}
    return draw({**stored, "scope": "one", "version": found.version}, {})


@bp.route("/meetings/<uuid:meeting_id>/cancel", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def cancel_meeting(meeting_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    found = _to_come(actor, meeting_id)
    offered = {code: words for code, words in meetings.CANCEL_REASONS.items() if code != "series_ended"}
    schema = CancelMeeting(choices={"reason": [Choice(*each) for each in offered.items()]})

    def act(values: dict[str, Any]) -> AnyResponse:
        cancelling.cancel(actor, found, **values)
        return done("The meeting is cancelled.", "panels.meeting", meeting_id=found.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "version": found.version}
        return _form("panels/cancel_meeting.html", found, schema, raw, errors, conflict)

    return draw({"version": found.version}, {}) if request.method == "GET" else take(schema, act, draw)


@bp.route("/meetings/<uuid:meeting_id>/circulate", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def circulate(meeting_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    found = _to_come(actor, meeting_id)
    if found.state != "planned":
        return done("The agenda of this meeting has been sent out.", "panels.meeting", meeting_id=found.id)
    schema = Circulate()

    def act(values: dict[str, Any]) -> AnyResponse:
        circulation.circulate(actor, found, values["version"])
        return done("The agenda is sent out.", "panels.meeting", meeting_id=found.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "version": found.version}
        return _form(
            "panels/circulate.html",
            found,
            schema,
            raw,
            errors,
            conflict,
            checks=circulation.checks(actor, found),
            research_day=circulation.research_day(found),
        )

    return draw({"version": found.version}, {}) if request.method == "GET" else take(schema, act, draw)


@bp.get("/meetings/<uuid:meeting_id>/calendar.ics")
@doors.requires(Permission.MEETING_VIEW)
def calendar_file(meeting_id: uuid.UUID) -> Response:
    actor = doors.current_actor()
    found = doors.meeting_for(actor, meeting_id)
    answer = Response(calendar.download(actor, found), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    return answer


@bp.route("/meetings/<uuid:meeting_id>/coming", methods=["GET", "POST"])
@doors.requires(Permission.RESEARCH_RETURN)
def coming(meeting_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    found = doors.meeting_for(actor, meeting_id)
    seat = apologies.seat_of(actor, found)
    if seat is None or found.state not in meetings.TO_COME:
        raise NotFound
    offered = [
        Choice(code, words) for code, words in apologies.SAYS.items() if code != "deputy" or seat.deputy
    ]
    schema = Coming(choices={"answer": offered})

    def act(values: dict[str, Any]) -> AnyResponse:
        apologies.say(actor, found, values["answer"])
        return done("Your answer is recorded.", "panels.meeting", meeting_id=found.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        return _form("panels/coming.html", found, schema, raw, errors, conflict, seat=seat)

    if request.method == "POST":
        return take(schema, act, draw)
    return draw({"answer": apologies.said_by_agency(found).get(seat.agency_id, "")}, {})


def _to_come(actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    """A meeting that the actor runs and that has not begun. Of any other there is nothing here to do."""
    found = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    if found.state not in meetings.TO_COME:
        raise Invalid("This meeting has begun, is over or was cancelled.")
    return found


def _form(
    template: str,
    of: Meeting,
    schema: FormSchema,
    raw: Mapping[str, Any],
    errors: Mapping[str, Sequence[str]],
    conflict: Conflict | None,
    **more: Any,
) -> str:
    """A page of a meeting with a form."""
    fields = describe(schema, raw, errors)
    return meeting_web.show(template, of, fields=fields, errors=errors, conflict=conflict, **more)
