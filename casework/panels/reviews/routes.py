"""Reviews: the list, and doing one."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.web import Answer, done, take
from casework.forms import Choice, describe, today
from casework.panels.blueprint import bp
from casework.panels.research import above
from casework.panels.reviews import listing as review_list
from casework.panels.reviews import service as reviews
from casework.panels.reviews.schemas import FinishReview, ReviewFilter
from casework.programmes import shelf
from casework.web import lists


@bp.get("/reviews", endpoint="reviews")  # by name: "reviews" is the service here
@doors.requires(Permission.CASE_VIEW)
def list_reviews() -> str:
    actor = doors.current_actor()
    programmes = [shelf.programme(each) for each in actor.programmes(Permission.CASE_VIEW)]
    several = (
        {"programme": [Choice(each.id, each.name) for each in programmes]} if len(programmes) > 1 else {}
    )
    schema = ReviewFilter(choices=several, exclude=() if several else ("programme",))
    asked = lists.asked(schema, sorts=review_list.SORTS, usual={"shown": "soon"}, sort="due")
    wanted = review_list.Filter(
        **asked.values, sort=asked.sort, descending=asked.descending and "sort" in request.args
    )
    return render_template(
        "panels/reviews.html",
        page=review_list.page_of(actor, wanted, asked.page),
        wanted=wanted,
        fields=asked.fields,
        errors=asked.errors,
        chosen=asked.chosen,
        programmes={each.id: each for each in programmes},
        states=reviews.STATES,
        clear=url_for("panels.reviews"),
    )


@bp.route("/reviews/<uuid:review_id>", methods=["GET", "POST"])
@doors.requires(Permission.CASE_VIEW)
def review(review_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    one = doors.review_for(actor, review_id)
    why_not = reviews.may_go_back(one.case)
    schema = FinishReview(exclude=("back",) if why_not else ())

    def act(values: dict[str, Any]) -> Response:
        reviews.finish(
            actor,
            one,
            outcome=values["outcome"],
            back=bool(values.get("back")),
            version=values["version"],
        )
        return done("The review is done.", "panels.review", review_id=one.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        reviews.open_page(actor, one)
        surroundings = above.above(actor, one.case, one.programme)
        return render_template(
            "panels/review.html",
            review=one,
            above=surroundings,
            marking=surroundings.programme.handling or "",
            label=reviews.label_of(one.programme, one.cycle),
            others=[each for each in reviews.of_case(actor, one.case) if each.id != one.id],
            label_of=reviews.label_of,
            states=reviews.STATES,
            why_not=why_not,
            may_do=one.state == "open" and reviews.may_do(actor, one),
            today=today(),
            fields=describe(schema, raw if conflict is None else {**raw, "version": one.version}, errors),
            errors=errors,
            conflict=conflict,
        )

    if request.method == "GET":
        return draw({"version": one.version}, {})
    return take(schema, act, draw)
