"""Who sits on a panel for which agency."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.accounts import agencies
from casework.cases.web import Answer, done, take
from casework.errors import NotFound
from casework.forms import Choice, FormSchema, describe, read, today
from casework.panels.blueprint import bp
from casework.panels.seats import service as seats
from casework.panels.seats.schemas import EndSeat, NewSeat, SeatDetails
from casework.programmes.definition import Programme

if TYPE_CHECKING:
    from casework.panels.models import Seat

PEOPLE = ("member", "deputy", "alternate")


@bp.get("/panel-seats/<programme>", endpoint="seats")  # by name: "seats" is the service here
@doors.requires(Permission.MEETING_VIEW)
def seats_page(programme: str) -> str:
    actor = doors.current_actor()
    panel = seats.panel_of(actor, programme, Permission.MEETING_VIEW)
    rules = seats.rules_of(programme)
    standing = seats.of_panel(programme)
    there = [seat.agency for seat in standing]
    return render_template(
        "panels/seats.html",
        panel=panel,
        standing=standing,
        others=seats.to_come_or_ended(actor, programme),
        missing=[_kind(panel, kind) for kind in seats.missing_core(rules, there)],
        quorum=[
            ([_kind(panel, kind) for kind in group.kinds], group.agencies)
            for group in seats.quorum(rules, there)
        ],
        may_run=actor.has(Permission.MEETING_RUN, programme),
        today=today(),
    )


@bp.route("/panel-seats/<programme>/new", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def new_seat(programme: str) -> Answer:
    actor = doors.current_actor()
    panel = seats.panel_of(actor, programme, Permission.MEETING_RUN)
    without = seats.agencies_without(programme)
    schema = NewSeat(choices={"agency": [Choice(str(each.id), each.name) for each in without]})
    if request.method == "GET":
        return _page(panel, "Give an agency a seat", schema, {}, {}, submit="Continue")
    result = read(schema, request.form)
    if result.values is None:
        again = _page(panel, "Give an agency a seat", schema, result.raw, result.errors, submit="Continue")
        return again, 422
    return redirect(
        url_for("panels.new_seat_of", programme=programme, agency_id=uuid.UUID(result.values["agency"]))
    )


@bp.route("/panel-seats/<programme>/new/<uuid:agency_id>", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def new_seat_of(programme: str, agency_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    panel = seats.panel_of(actor, programme, Permission.MEETING_RUN)
    if agency_id not in {each.id for each in seats.agencies_without(programme)}:
        raise NotFound
    schema = _details(actor, programme, agency_id)
    title = f"Seat of {agencies.agency_by_id(agency_id).name}"

    def act(values: dict[str, Any]) -> Response:
        seats.give(actor, programme, agency_id, _kept(values))
        return done("The seat is given.", "panels.seats", programme=programme)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        nobody = len(schema.fields["member"].metadata["choices"]) == 0
        return _page(panel, title, schema, raw, errors, conflict, nobody=nobody)

    if request.method == "GET":
        return draw({"from_day": today(), "version": 0}, {})
    return take(schema, act, draw)


@bp.route("/panel-seats/seats/<uuid:seat_id>", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def change_seat(seat_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    seat = seats.seat_for(actor, seat_id)
    panel = seats.panel_of(actor, seat.programme, Permission.MEETING_RUN)
    schema = _details(actor, seat.programme, seat.agency_id)

    def act(values: dict[str, Any]) -> Response:
        version = values.pop("version")
        seats.change(actor, seat, _kept(values), version=version)
        return done("The seat is changed.", "panels.seats", programme=seat.programme)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "version": seat.version}
        return _page(panel, f"Seat of {seat.agency.name}", schema, raw, errors, conflict, seat=seat)

    return draw(_stored(seat), {}) if request.method == "GET" else take(schema, act, draw)


@bp.route("/panel-seats/seats/<uuid:seat_id>/end", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def end_seat(seat_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    seat = seats.seat_for(actor, seat_id)
    panel = seats.panel_of(actor, seat.programme, Permission.MEETING_RUN)
    title = f"End the seat of {seat.agency.name}"

    def act(values: dict[str, Any]) -> Response:
        seats.end(actor, seat, **values)
        return done("The seat is ended.", "panels.seats", programme=seat.programme)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "version": seat.version}
        return _page(panel, title, EndSeat(), raw, errors, conflict, submit="End the seat")

    if request.method == "GET":
        return draw({"ended_on": today(), "version": seat.version}, {})
    return take(EndSeat(), act, draw)


def _page(
    panel: Programme,
    title: str,
    schema: FormSchema,
    raw: Mapping[str, Any],
    errors: Mapping[str, Any],
    conflict: Any = None,
    **more: Any,
) -> str:
    fields = describe(schema, raw, errors)
    return render_template(
        "panels/seat.html", panel=panel, title=title, fields=fields, errors=errors, conflict=conflict, **more
    )


def _details(actor: Actor, programme: str, agency_id: uuid.UUID) -> SeatDetails:
    offered = [Choice(str(user.id), user.name) for user in seats.offered(actor, programme, agency_id)]
    return SeatDetails(choices=dict.fromkeys(PEOPLE, offered))


def _stored(seat: Seat) -> dict[str, Any]:
    people = {name: str(getattr(seat, f"{name}_id") or "") for name in PEOPLE}
    return {
        **people,
        "senior_name": seat.senior_name,
        "senior_email": seat.senior_email,
        "from_day": seat.from_day,
        "version": seat.version,
    }


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers by the names of the columns."""
    people = {f"{name}_id": uuid.UUID(values[name]) if values[name] else None for name in PEOPLE}
    return {
        **people,
        "senior_name": values["senior_name"],
        "senior_email": values["senior_email"],
        "from_day": values["from_day"],
    }


def _kind(panel: Programme, kind: str) -> str:
    return panel.list("agency_type").label(kind)
