"""Pages of research: one item as its reader may see it, what my agency is asked, and who has not returned."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.errors import Conflict, Invalid
from casework.forms import Choice, describe, read
from casework.paging import page_number
from casework.panels.blueprint import bp
from casework.panels.meetings import web as meeting_web
from casework.panels.research import alerts, reading, returns
from casework.panels.research import listing as research_list
from casework.panels.research import service as research
from casework.panels.research.schemas import HandOver
from casework.panels.research.web import Sheet

Answer = Response | str | tuple[str, int]


@bp.get("/items/<uuid:item_id>", endpoint="item")
@doors.requires(Permission.MEETING_VIEW)
def show_item(item_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    item = doors.item_for(actor, item_id)
    return render_template(
        "panels/item.html",
        reading=reading.of_item(actor, item),
        meeting_title=meeting_web.title(item.meeting),
        may_run=doors.may(actor, Permission.MEETING_RUN, item),
        may_open_case=doors.may(actor, Permission.CASE_VIEW, item.case),
    )


# -- a member's own ---------------------------------------------------------------------------------------


@bp.get("/research")
@doors.requires(Permission.RESEARCH_RETURN)
def my_research() -> str:
    actor = doors.current_actor()
    asked = request.args.get("state", "due")
    state = asked if asked in research_list.STATES else "due"
    return render_template(
        "panels/my_research.html",
        page=research_list.page_of_mine(actor, state, page_number(request.args.get("page"))),
        counts=research_list.counts(actor),
        state=state,
        alerts=alerts.for_reader(actor),
        me=actor.id,
    )


@bp.route("/research/<uuid:research_id>", methods=["GET", "POST"], endpoint="research")
@doors.requires(Permission.MEETING_VIEW)
def fill_in(research_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    asked = doors.research_for(actor, research_id)

    def draw(**form: Any) -> str:
        return _draw(actor, asked, **form)

    def done(given: bool) -> Response:
        flash(
            "The research is returned." if given else "What you entered is kept. It is not returned yet.",
            "success",
        )
        return redirect(_after(asked) if given else url_for("panels.research", research_id=asked.id))

    sheet = Sheet(actor, asked, draw)
    answer: Answer = sheet.show() if request.method == "GET" else sheet.take(done)
    return answer


@bp.post("/research/<uuid:research_id>/typing")
@doors.requires(Permission.MEETING_VIEW)
def keep_research_typing(research_id: uuid.UUID) -> Response:
    actor = doors.current_actor()
    asked = doors.research_for(actor, research_id)
    Sheet(actor, asked, lambda **_form: "").keep_typing()
    return jsonify(kept=True)


@bp.post("/research/<uuid:research_id>/nil")
@doors.requires(Permission.RESEARCH_RETURN)
def return_nil(research_id: uuid.UUID) -> Answer:
    """Nobody is known: one click, from the list."""
    actor = doors.current_actor()
    asked = doors.research_for(actor, research_id)
    return _click(returns.give_nil, actor, asked, "Returned: nothing is known to your agency.")


@bp.post("/research/<uuid:research_id>/take-back")
@doors.requires(Permission.RESEARCH_RETURN)
def take_back(research_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    asked = doors.research_for(actor, research_id)
    return _click(returns.take_back, actor, asked, "The return is taken back.")


@bp.route("/research/<uuid:research_id>/hand-over", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_VIEW)
def hand_over_research(research_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    asked = doors.research_for(actor, research_id)
    colleagues = [Choice(str(user.id), user.name) for user in returns.colleagues(actor, asked)]
    schema = HandOver(choices={"user": colleagues})

    def draw(raw: Any, errors: Any) -> str:
        fields = describe(schema, {**raw, "version": asked.version}, errors)
        return render_template(
            "panels/research_hand_over.html",
            research=asked,
            colleagues=colleagues,
            fields=fields,
            errors=errors,
            back=_after(asked),
        )

    if request.method == "GET":
        return draw({}, {})
    result = read(schema, request.form)
    if result.values is None:
        return draw(result.raw, result.errors), 422
    try:
        returns.hand_over(actor, asked, uuid.UUID(result.values["user"]), version=result.values["version"])
    except Invalid as fault:
        return draw(result.raw, fault.errors or {"": [fault.message]}), 422
    except Conflict as fault:
        return draw(result.raw, {"": [fault.message]}), 409
    flash("It is handed over, and they have been told.", "success")
    return redirect(_after(asked))


def _draw(actor: Any, asked: Any, **form: Any) -> str:
    own = research_list.is_own(actor, asked)
    return render_template(
        "panels/research.html",
        research=asked,
        reading=reading.of_item(actor, asked.item, noted=request.method == "GET"),
        history=returns.history(asked),
        back=_after(asked),
        own=own,
        begun=returns.is_begun(asked),
        can_hand_over=not asked.guest_name and bool(returns.colleagues(actor, asked)),
        **form,
    )


def _click(act: Any, actor: Any, asked: Any, words: str) -> Answer:
    """An act of one button: what goes wrong is said on the list, where the button was."""
    version = request.form.get("version", "")
    try:
        act(actor, asked, version=int(version) if version.isdecimal() else -1)
    except (Invalid, Conflict) as fault:
        flash(fault.message, "problem")
        return redirect(url_for("panels.research", research_id=asked.id))
    flash(words, "success")
    return redirect(url_for("panels.my_research", state=request.form.get("state") or None))


def _after(asked: Any) -> str:
    """The list that the reader came from: a member's own, or the coordinator's of all agencies."""
    if research_list.is_own(doors.current_actor(), asked):
        return url_for("panels.my_research")
    return url_for("panels.research_progress", meeting_id=asked.item.meeting_id)


# -- the coordinator's ------------------------------------------------------------------------------------


@bp.get("/meetings/<uuid:meeting_id>/research")
@doors.requires(Permission.MEETING_RUN)
def research_progress(meeting_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    return meeting_web.show(
        "panels/research_progress.html",
        meeting,
        "research_progress",
        progress=research.progress(actor, meeting),
    )


@bp.post("/meetings/<uuid:meeting_id>/research/chase")
@doors.requires(Permission.MEETING_RUN)
def chase_research(meeting_id: uuid.UUID) -> Response:
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    written = research.chase(actor, meeting, _agency())
    people = "1 person" if written == 1 else f"{written} people"
    flash(f"{people} will be reminded." if written else "Nobody is left to remind today.", "success")
    return redirect(url_for("panels.research_progress", meeting_id=meeting.id))


@bp.post("/meetings/<uuid:meeting_id>/research/ask")
@doors.requires(Permission.MEETING_RUN)
def ask_research_anew(meeting_id: uuid.UUID) -> Response:
    """Ask agencies that came to the panel since, and pass on what went to somebody who must not know."""
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    made = research.ask_anew(actor, meeting)
    requests = "1 request is" if made == 1 else f"{made} requests are"
    flash(f"{requests} new or passed on." if made else "Everybody who can be asked has been.", "success")
    return redirect(url_for("panels.research_progress", meeting_id=meeting.id))


def _agency() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.form.get("agency", ""))
    except ValueError:
        return None
