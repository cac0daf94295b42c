"""The page “Panel” of a case, and putting a case to the panel of another programme."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases import page
from casework.cases.kind import listed
from casework.cases.web import Answer, add_tab, done, form, show, take
from casework.errors import NotFound
from casework.forms import Choice, today, write_date
from casework.panels.actions import service as actions
from casework.panels.blueprint import bp
from casework.panels.flags import service as flags
from casework.panels.of_case import putting
from casework.panels.of_case import service as of_case
from casework.panels.of_case.schemas import Put
from casework.panels.plans import service as plans
from casework.panels.reviews import service as reviews
from casework.panels.transfers import service as transfers
from casework.programmes import shelf
from casework.programmes.definition import Programme


def _has_page(programme: Programme) -> bool:
    return programme.panel is not None or bool(programme.put_to)


add_tab("panels.of_case", "Panel", before="documents", shown=_has_page)


@bp.get("/cases/<uuid:case_id>/panel", endpoint="of_case")  # by name: "of_case" is the service here
@doors.requires(Permission.CASE_VIEW)
def panel_of_case(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    programme = shelf.programme(case.programme)
    if not _has_page(programme):
        raise NotFound
    whole = of_case.read(actor, case)
    return show(
        "panels/of_case.html",
        page.frame(actor, case),
        "of_case",
        whole=whole,
        count=plans.count(whole.plan.sessions, today()) if whole.plan else None,
        stalled=plans.stalled_words(whole.plan),
        with_plans=plans.has_plans(programme),
        agreements=programme.lists.get("agreement"),
        action_states=actions.STATES,
        acceptance=actions.ACCEPTANCE,
        review_states=reviews.STATES,
        review_label=reviews.label_of,
        flag_reasons=flags.REASONS,
        directions=transfers.DIRECTIONS,
        reached_words=lambda transfer: [
            f"{words} {write_date(day)}" for words, day in transfers.reached(transfer)
        ],
        steps=transfers.steps,
        papers_words=transfers.papers_words,
        is_late=transfers.is_late,
    )


@bp.route("/cases/<uuid:case_id>/panel/put", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def put_to_panel(case_id: uuid.UUID) -> Answer:
    """Put the case to the panel of another programme."""
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_WORK)
    offers = putting.offers(actor, case)
    if not offers:
        raise NotFound("There is no panel to which this case can be put.")
    programme = shelf.programme(case.programme)
    unasked = () if any(offer.rule is None for offer in offers) else ("destination",)
    choices = {
        "to": [Choice(offer.programme.id, offer.name) for offer in offers],
        "destination": listed(programme, "destination"),
        "basis": listed(programme, "sharing_basis"),
    }
    schema = Put(
        choices={name: some for name, some in choices.items() if name not in unasked}, exclude=unasked
    )
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)
    back = url_for("panels.of_case", case_id=case.id)

    def act(values: dict[str, Any]) -> Response:
        putting.put(actor, case, **{"destination": None, **values})
        return done("The case is put to the panel, which has received it.", "panels.of_case", case_id=case.id)

    def draw(raw: Mapping[str, Any], errors: Any, conflict: Any = None) -> str:
        words = "They get a referral of their own. You see that it was received; what becomes of it is not told here."
        more = {
            "title": "Put to another panel",
            "back": back,
            "before_form": words,
            "submit": "Put to the panel",
        }
        return form("panels/case_form.html", frame, schema, raw, errors, conflict, **more)

    return (
        draw({"to": offers[0].programme.id if len(offers) == 1 else ""}, {})
        if reading
        else take(schema, act, draw)
    )
