"""Series of meetings: listed, begun, ended. One meeting of a series is changed on its own page."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.web import Answer, done, take
from casework.errors import Invalid
from casework.forms import describe, today, write_date
from casework.panels.blueprint import bp
from casework.panels.meetings import planning
from casework.panels.meetings import series as repeating
from casework.panels.meetings import web as meeting_web
from casework.panels.meetings.routes import (
    choose_panel,
    chosen_panel,
    panels_of,
    people_choices,
    plan_in,
    typed,
)
from casework.panels.meetings.schemas import EndSeries, NewSeries
from casework.programmes import shelf


@bp.get("/meetings/series")
@doors.requires(Permission.MEETING_VIEW)
def series() -> str:
    actor = doors.current_actor()
    return render_template(
        "panels/series.html",
        standing=repeating.standing(actor),
        runs={each.id for each in panels_of(actor, Permission.MEETING_RUN)},
        programme_of=shelf.programme,
        parts=list(meeting_web.places("panels.series")),
    )


@bp.route("/meetings/series/new", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def new_series() -> Answer:
    actor = doors.current_actor()
    panel = chosen_panel(actor)
    if panel is None:
        return choose_panel(actor, "Plan a series of meetings", "panels.new_series")
    schema = NewSeries(choices=people_choices(actor, panel.id))

    def act(values: dict[str, Any]) -> Response:
        first_day, pattern = values.pop("first_day"), values.pop("pattern")
        _, made, left_out = repeating.plan(actor, panel.id, first_day, pattern, plan_in(values))
        words = f"{len(made)} {'meeting is' if len(made) == 1 else 'meetings are'} planned."
        if left_out:
            words += f" Left out as bank holidays: {', '.join(write_date(day) for day in left_out)}."
        return done(words, "panels.series")

    def draw(raw: Any, errors: Any, _conflict: Any = None) -> str:
        return render_template(
            "panels/plan.html",
            title="Plan a series of meetings",
            panel=panel,
            fields=describe(schema, raw, errors),
            errors=errors,
            submit="Plan the meetings",
            series=True,
        )

    return (
        take(schema, act, draw)
        if request.method == "POST"
        else draw(typed(planning.usual(actor, panel.id)), {})
    )


@bp.route("/meetings/series/<uuid:series_id>/end", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def end_series(series_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    found = repeating.series_for(actor, series_id)
    if found.ended_on is not None:
        raise Invalid("This series has ended.")
    panel = shelf.programme(found.programme)

    def act(values: dict[str, Any]) -> Response:
        count = repeating.end(actor, found, **values)
        words = f"The series has ended. {count} {'meeting is' if count == 1 else 'meetings are'} cancelled."
        return done(words, "panels.series")

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "version": found.version}
        return render_template(
            "panels/end_series.html",
            panel=panel,
            about=repeating.about(found),
            fields=describe(EndSeries(), raw, errors),
            errors=errors,
            conflict=conflict,
        )

    if request.method == "POST":
        return take(EndSeries(), act, draw)
    return draw({"from_day": today(), "version": found.version}, {})
