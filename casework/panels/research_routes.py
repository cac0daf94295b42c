"""Pages of research: one item as its reader may see it, what my agency is asked, and who has not returned."""

from __future__ import annotations

import uuid

from flask import render_template

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.panels import meeting_web, reading
from casework.panels.blueprint import bp


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
