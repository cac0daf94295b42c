"""The register of flags: what an agency flags or frees in its files, and who has not said so."""

from __future__ import annotations

import uuid

from flask import Response as FlaskResponse
from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.web import done
from casework.errors import NotFound
from casework.forms import today
from casework.paging import page_number
from casework.panels.blueprint import bp
from casework.panels.flags import listing as flag_list
from casework.panels.flags import service as flags
from casework.programmes import shelf


@bp.get("/flags", endpoint="flags")  # by name: "flags" is the service here
@doors.requires(Permission.ACTION_WORK)
def register() -> str:
    actor = doors.current_actor()
    views = flag_list.views(actor)
    view = request.args.get("show", views[0])
    if view not in views:
        raise NotFound
    return render_template(
        "panels/flags.html",
        view=view,
        views=[(flag_list.VIEWS[each], url_for("panels.flags", show=each), each == view) for each in views],
        page=flag_list.page_of(actor, view, page_number(request.args.get("page"))),
        programmes=shelf.every(),
        today=today(),
    )


@bp.post("/flags/notices/<uuid:notice_id>/acknowledge")
@doors.requires(Permission.ACTION_WORK)
def acknowledge_flag(notice_id: uuid.UUID) -> Response:
    """One click: the agency's files are flagged, or are so no longer."""
    actor = doors.current_actor()
    notice = doors.flag_notice_for(actor, notice_id)
    flags.acknowledge(actor, notice)
    if notice.kind == flags.ENDED:
        return done("Thank you. The flag is off your files.", "panels.flags", show=flag_list.TO_FREE)
    return done("Thank you. Your files are flagged.", "panels.flags")


@bp.get("/flags/file")
@doors.requires(Permission.ACTION_WORK)
def flag_file() -> str:
    """What the file would hold, and what is kept back from it."""
    file = flag_list.file_of(doors.current_actor())
    return render_template("panels/flag_file.html", file=file)


@bp.get("/flags/file.csv")
@doors.requires(Permission.ACTION_WORK)
def download_flags() -> FlaskResponse:
    words = flag_list.take_file(doors.current_actor())
    name = f"flags-{today().isoformat()}.csv"
    return FlaskResponse(
        words,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
