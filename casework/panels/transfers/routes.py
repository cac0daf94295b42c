"""Transfers to and from the panels of other areas."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.cases import page
from casework.cases.kind import listed
from casework.cases.web import Answer, done, form, take
from casework.errors import NotFound
from casework.forms import FormSchema, today
from casework.paging import page_number
from casework.panels.blueprint import bp
from casework.panels.transfers import schemas as transfer_schemas
from casework.panels.transfers import service as transfers
from casework.programmes import shelf

if TYPE_CHECKING:
    from casework.cases.models import Case

VIEWS = {transfers.UNDER_WAY: "Under way", transfers.ALL: "All"}


@bp.get("/transfers", endpoint="transfers")  # by name: "transfers" is the service here
@doors.requires(Permission.MEETING_RUN)
def transfers_page() -> str:
    actor = doors.current_actor()
    view = request.args.get("show", transfers.UNDER_WAY)
    if view not in VIEWS:
        raise NotFound
    return render_template(
        "panels/transfers.html",
        page=transfers.page_of(actor, view, page_number(request.args.get("page"))),
        views=[
            (words, url_for("panels.transfers", show=each), each == view) for each, words in VIEWS.items()
        ],
        programmes=shelf.every(),
        directions=transfers.DIRECTIONS,
        reached=transfers.reached,
        is_late=transfers.is_late,
        steps=transfers.steps,
    )


@bp.route("/cases/<uuid:case_id>/transfer-out", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def transfer_out(case_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    case = _case(actor, case_id)
    way = transfers.route(case)
    bases = listed(shelf.programme(case.programme), "sharing_basis")
    schema = transfer_schemas.Send(choices={"basis": bases})

    def act(values: dict[str, Any]) -> None:
        transfers.send(actor, case, **values)

    first = {"sent_on": today(), "papers": list(way.papers)}
    title = "Transfer to another area"
    said = "The transfer is recorded. You are reminded if it is not acknowledged."
    return _form(actor, case, schema, act, title, said, first, before=way.words)


@bp.route("/cases/<uuid:case_id>/transfer-in", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def transfer_in(case_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    case = _case(actor, case_id)

    def act(values: dict[str, Any]) -> None:
        transfers.receive(actor, case, **values)

    words = (
        "The panel hears it as a transfer. Its risk is assessed anew, because the person lives elsewhere now."
    )
    title, said = "Transferred from another area", "It is recorded where the case came from."
    return _form(
        actor, case, transfer_schemas.Receive(), act, title, said, {"sent_on": today()}, before=words
    )


@bp.route("/transfers/<uuid:transfer_id>", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def transfer_step(transfer_id: uuid.UUID) -> Answer:
    """Record how far it has got."""
    actor = doors.current_actor()
    transfer = doors.transfer_for(actor, transfer_id)
    schema = transfer_schemas.Step(choices={"step": transfers.steps(transfer)})

    def act(values: dict[str, Any]) -> None:
        transfers.record_step(actor, transfer, **values)

    first = {"on": today(), "version": transfer.version}
    title = f"{transfers.DIRECTIONS[transfer.direction]}: {transfer.area}"
    return _form(actor, transfer.case, schema, act, title, "It is recorded.", first, row=transfer)


def _case(actor: Actor, case_id: uuid.UUID) -> Case:
    case = doors.case_for(actor, case_id, Permission.MEETING_RUN)
    if shelf.programme(case.programme).panel is None:
        raise NotFound("This programme has no panel.")
    return case


def _form(
    actor: Actor,
    case: Case,
    schema: FormSchema,
    act: Callable[[dict[str, Any]], None],
    title: str,
    said: str,
    first: Mapping[str, Any],
    *,
    row: Any = None,
    before: str = "",
) -> Answer:
    """A form in the frame of the case, and back to its panel page."""
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)
    back = url_for("panels.of_case", case_id=case.id)

    def taken(values: dict[str, Any]) -> Response:
        act(values)
        return done(said, "panels.of_case", case_id=case.id)

    def draw(raw: Mapping[str, Any], errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None or row is None else {**raw, "version": row.version}
        more = {"title": title, "back": back, "before_form": before}
        return form("panels/case_form.html", frame, schema, raw, errors, conflict, **more)

    return draw(first, {}) if reading else take(schema, taken, draw)
