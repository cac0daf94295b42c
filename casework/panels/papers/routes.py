"""Papers of each agency, and who read them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.web import Answer, done, take
from casework.errors import NotFound
from casework.forms import Choice, describe, today
from casework.panels.blueprint import bp
from casework.panels.meetings import web as meeting_web
from casework.panels.minutes import service as minutes
from casework.panels.papers import files as paper_files
from casework.panels.papers import service as papers
from casework.panels.papers import slices
from casework.panels.papers.schemas import Issue, Redact

if TYPE_CHECKING:
    from casework.access.vocabulary import Actor
    from casework.panels.models import Meeting, Paper


# -- the readers' side -------------------------------------------------------------------------------------


@bp.get("/papers")
@doors.requires(Permission.MEETING_VIEW)
def my_papers() -> str:
    """The papers of the reader's agency, unread first."""
    return render_template("panels/my_papers.html", listed=papers.own(doors.current_actor()), today=today())


@bp.get("/papers/<uuid:paper_id>")
@doors.requires(Permission.MEETING_VIEW)
def paper(paper_id: uuid.UUID) -> str:
    """The paper; before it is opened for the first time, how it is to be handled."""
    actor = doors.current_actor()
    one = doors.paper_for(actor, paper_id)
    sheet = papers.read(actor, one)
    about = _about(actor, one)
    if sheet is None:
        return render_template("panels/paper_cover.html", **about)
    return render_template("panels/paper.html", sheet=sheet, **{**about, "marking": sheet.marking})


@bp.post("/papers/<uuid:paper_id>/open")
@doors.requires(Permission.MEETING_VIEW)
def open_paper(paper_id: uuid.UUID) -> Answer:
    """The read receipt: the reader says that they read it."""
    actor = doors.current_actor()
    one = doors.paper_for(actor, paper_id)
    papers.open_(actor, one)
    return redirect(url_for("panels.paper", paper_id=one.id))


@bp.get("/papers/<uuid:paper_id>/file")
@doors.requires(Permission.MEETING_VIEW)
def paper_file(paper_id: uuid.UUID) -> Response:
    actor = doors.current_actor()
    one = doors.paper_for(actor, paper_id)
    sheet = papers.read(actor, one)
    if sheet is None:
        raise NotFound("Open the paper first: it says how it is to be handled.")
    return paper_files.answer(sheet, slices.reader_words(actor, one), f"{one.kind}.pdf")


def _about(actor: Actor, one: Paper) -> dict[str, Any]:
    return {
        "paper": one,
        "title": f"{slices.KINDS[one.kind]}: {slices.meeting_words(one.meeting)}",
        "reader": slices.reader_words(actor, one),
        "is_reader": slices.may_read(actor, one),
        "how": slices.HANDLING,
        "marking": slices.marking_of(one.meeting),
        "nothing": paper_files.NOTHING,
    }


# -- the issuer's side -------------------------------------------------------------------------------------


@bp.get("/meetings/<uuid:meeting_id>/papers", endpoint="papers")
@doors.requires(Permission.MEETING_VIEW)
def show_papers(meeting_id: uuid.UUID) -> str:
    """What each agency gets, what is left out and why, who has read it; to a member, their own papers of the meeting."""
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id)
    if not doors.may(actor, Permission.MEETING_RUN, meeting):
        own = [each for each in papers.own(actor) if each.paper.meeting_id == meeting.id]
        return meeting_web.show("panels/meeting_papers.html", meeting, "papers", listed=own)
    return _overview(actor, meeting, {})


def _overview(actor: Actor, meeting: Meeting, errors: Any) -> str:
    offered = papers.offered(actor, meeting)
    chosen = offered.get(request.args.get("kind", ""), next(reversed(offered.values()), None))
    previews = papers.preview(actor, meeting, chosen) if chosen else []
    items = {foreseen.item.id: foreseen.title for each in previews for foreseen in each.items}
    return meeting_web.show(
        "panels/papers.html",
        meeting,
        "papers",
        offered=offered,
        chosen=chosen,
        previews=previews,
        items=items,
        redactions=papers.redactions(actor, items),
        receipts=papers.receipts(actor, meeting),
        kinds=slices.KINDS,
        due_on=minutes.due_on(meeting) if meeting.state == "ended" else None,
        errors=errors,
    )


@bp.post("/meetings/<uuid:meeting_id>/papers")
@doors.requires(Permission.MEETING_RUN)
def issue_papers(meeting_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    meeting = doors.meeting_for(actor, meeting_id, Permission.MEETING_RUN)
    offered = papers.offered(actor, meeting)
    schema = Issue(choices={"kind": [Choice(each.id, each.label) for each in offered.values()]})

    def act(values: dict[str, Any]) -> AnyResponse:
        papers.issue_offer(actor, meeting, offered[values["kind"]])
        return done("The papers are issued.", "panels.papers", meeting_id=meeting.id, kind=values["kind"])

    return take(schema, act, lambda _raw, errors, _conflict: _overview(actor, meeting, errors))


@bp.route("/items/<uuid:item_id>/redact", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def redact(item_id: uuid.UUID) -> Answer:
    """Take words about an item out of the papers."""
    actor = doors.current_actor()
    item = doors.item_for(actor, item_id, Permission.MEETING_RUN)
    agencies = [Choice(str(each.id), each.name) for each in papers.agencies_of(item)]
    schema = Redact(choices={"agency": agencies})
    back = url_for("panels.papers", meeting_id=item.meeting_id)

    def act(values: dict[str, Any]) -> AnyResponse:
        agency = values.pop("agency")
        papers.redact(actor, item, **values, agency_id=uuid.UUID(agency) if agency else None)
        flash("The words are left out of the papers.", "success")
        return redirect(back)

    def draw(raw: Any, errors: Any, _conflict: Any = None) -> str:
        return meeting_web.show(
            "panels/redact.html",
            item.meeting,
            "papers",
            item=item,
            title=slices.title_of(item),
            back=back,
            fields=describe(schema, raw, errors),
            errors=errors,
        )

    return draw({}, {}) if request.method == "GET" else take(schema, act, draw)


@bp.post("/redactions/<uuid:redaction_id>/end")
@doors.requires(Permission.MEETING_RUN)
def end_redaction(redaction_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    redaction = doors.redaction_for(actor, redaction_id)
    papers.end_redaction(actor, redaction)
    return done("The words may leave again.", "panels.papers", meeting_id=redaction.item.meeting_id)


@bp.post("/papers/<uuid:paper_id>/recall")
@doors.requires(Permission.MEETING_RUN)
def recall_paper(paper_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    one = doors.paper_for(actor, paper_id)
    if not doors.may(actor, Permission.MEETING_RUN, one.meeting):
        raise NotFound
    papers.recall(actor, one)
    return done(
        "The paper is recalled: nobody opens it any more.", "panels.papers", meeting_id=one.meeting_id
    )
