"""Pages on which a coordinator invites a guest to one item, and those that the guest sees by the link and the code."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.errors import Invalid, NotFound
from casework.forms import Choice, FormResult, describe, read
from casework.panels.blueprint import bp
from casework.panels.guests import service as guests
from casework.panels.research import returns
from casework.panels.research.schemas import GuestAccepts, GuestCode, InviteGuest
from casework.panels.research.web import Sheet

Answer = Response | str | tuple[str, int]
ADMITTED = "guest"  # in the session: what `guests.admission` gave


# -- inviting ---------------------------------------------------------------------------------------------


@bp.route("/items/<uuid:item_id>/guests", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def item_guests(item_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    item = doors.item_for(actor, item_id, Permission.MEETING_RUN)
    schema = InviteGuest(
        choices={
            "agency": [Choice(str(agency.id), agency.name) for agency in guests.agencies(item)],
            "people": [
                Choice(str(each.person.id), f"{each.person.name} ({each.role.lower()})")
                for each in returns.of_case(item)
            ],
        }
    )
    if request.method == "GET":
        return _list(item, schema, FormResult(None, {}, {}))
    result = read(schema, request.form)
    if result.values is None:
        return _list(item, schema, result), 422
    try:
        made = guests.invite(
            actor,
            item,
            agency_id=uuid.UUID(result.values["agency"]),
            name=result.values["name"],
            people=[uuid.UUID(each) for each in result.values["people"]],
            question=result.values["question"],
        )
    except Invalid as fault:
        errors = {name: list(words) for name, words in fault.errors.items()} or {"": [fault.message]}
        return _list(item, schema, FormResult(None, errors, result.raw)), 422
    return _show_once(made)


@bp.post("/research/<uuid:research_id>/guest/renew")
@doors.requires(Permission.MEETING_RUN)
def renew_guest(research_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    asked = doors.research_for(actor, research_id, Permission.MEETING_RUN)
    return _show_once(guests.renew(actor, asked))


@bp.post("/research/<uuid:research_id>/guest/withdraw")
@doors.requires(Permission.MEETING_RUN)
def withdraw_guest(research_id: uuid.UUID) -> Response:
    actor = doors.current_actor()
    asked = doors.research_for(actor, research_id, Permission.MEETING_RUN)
    guests.withdraw(actor, asked)
    flash("The link has been withdrawn.", "success")
    return redirect(url_for("panels.item_guests", item_id=asked.item_id))


def _list(item: Any, schema: InviteGuest, result: FormResult) -> str:
    return render_template(
        "panels/guests.html",
        item=item,
        guests=[(each, guests.is_living(each)) for each in guests.of_item(item)],
        may_invite=returns.item_is_open(item),
        fields=describe(schema, result.raw, result.errors),
        errors=result.errors,
    )


def _show_once(made: guests.Invitation) -> str:
    """Link and code are on this one page and nowhere else."""
    address = url_for("panels.guest", token=made.token, _external=True)
    return render_template("panels/guest_link.html", research=made.research, address=address, code=made.code)


# -- the guest's own --------------------------------------------------------------------------------------


@bp.get("/invited/<token>")
@doors.public
def guest(token: str) -> Answer:
    """The code first, then the confidentiality statement, then what they are asked."""
    asked = guests.living(token)
    if session.get(ADMITTED) != guests.admission(asked):
        return _form("panels/guest_code.html", token, GuestCode(), {})
    if asked.confidentiality_at_utc is None:
        return _form("panels/guest_statement.html", token, GuestAccepts(), {}, statement=guests.STATEMENT)
    return _sheet(token, asked).show()


@bp.post("/invited/<token>/code")
@doors.public
def guest_code(token: str) -> Answer:
    asked = guests.living(token)
    result = read(GuestCode(), request.form)
    if result.values is None:
        return _form("panels/guest_code.html", token, GuestCode(), result.errors), 422
    try:
        session[ADMITTED] = guests.enter(asked, token, result.values["code"])
    except Invalid as fault:
        g.keep_on_error = True  # the wrong code counts
        return _form("panels/guest_code.html", token, GuestCode(), fault.errors), 422
    return redirect(url_for("panels.guest", token=token))


@bp.post("/invited/<token>/accept")
@doors.public
def guest_accept(token: str) -> Answer:
    asked = _admitted(token)
    result = read(GuestAccepts(), request.form)
    if result.values is None:
        page = _form(
            "panels/guest_statement.html", token, GuestAccepts(), result.errors, statement=guests.STATEMENT
        )
        return page, 422
    guests.accept(asked)
    return redirect(url_for("panels.guest", token=token))


@bp.post("/invited/<token>/return")
@doors.public
def guest_return(token: str) -> Answer:
    asked = _accepted(token)

    def done(given: bool) -> Response:
        words = (
            "Thank you. Your answer has been returned."
            if given
            else "What you entered is kept, and not sent yet."
        )
        flash(words, "success")
        return redirect(url_for("panels.guest", token=token))

    answer: Answer = _sheet(token, asked).take(done)
    return answer


@bp.post("/invited/<token>/typing")
@doors.public
def guest_typing(token: str) -> Response:
    _sheet(token, _accepted(token)).keep_typing()
    return jsonify(kept=True)


def _admitted(token: str) -> Any:
    """The request of a guest who entered the code. Whoever did not is told what is told of a dead link."""
    asked = guests.living(token)
    if session.get(ADMITTED) != guests.admission(asked):
        raise NotFound(guests.DEAD)
    return asked


def _accepted(token: str) -> Any:
    asked = _admitted(token)
    if asked.confidentiality_at_utc is None:
        raise NotFound(guests.DEAD)
    return asked


def _sheet(token: str, asked: Any) -> Sheet:
    def draw(**form: Any) -> str:
        seen = guests.read(asked, noted=request.method == "GET")
        return render_template("panels/guest.html", seen=seen, research=asked, token=token, **form)

    return Sheet(guests.GUEST, asked, draw)


def _form(template: str, token: str, schema: Any, errors: Any, **more: Any) -> str:
    fields = describe(schema, {}, errors)
    return render_template(template, token=token, fields=fields, errors=errors, **more)
