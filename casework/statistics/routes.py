"""Pages of statistics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.errors import Invalid
from casework.forms import Choice, FormResult, describe, read, today
from casework.paging import page_number
from casework.programmes.definition import Programme
from casework.statistics import charts, exports, periods, schemas, service
from casework.statistics.disclosure import SafeReport
from casework.statistics.periods import Period
from casework.web.words import moment_words

bp = Blueprint("statistics", __name__)

MIME_TYPES = {"json": "application/json", "csv": "text/csv", "html": "text/html"}


@bp.get("/statistics")
@doors.requires(Permission.REPORT_VIEW)
def reports() -> str:
    actor = doors.current_actor()
    years = service.years_on_record(actor, None, today())
    schema = schemas.ChooseYear(choices={"year": _choices(years.offered)})
    result = read(schema, {"year": request.args.get("year", str(years.first_shown))})
    year = (result.values or {}).get("year") or years.first_shown
    return render_template(
        "statistics/reports.html",
        programmes=[programme for programme in service.open_programmes(actor) if programme.reports],
        panels=service.open_panels(actor),
        year=periods.year_label(year),
        enquiries=service.make_enquiries(actor, year),
        fields=describe(schema, result.raw, result.errors),
        errors=result.errors,
    )


@bp.get("/statistics/<programme>/<report>")
@doors.requires(Permission.REPORT_VIEW)
def show(programme: str, report: str) -> str | AnyResponse:
    actor = doors.current_actor()
    definition = service.definition_of(programme, report)[1]
    years = service.years_on_record(actor, programme, today())
    schema = schemas.ChoosePeriod(choices={"year": _choices(years.offered)})
    chosen, period = _chosen(schema)
    if period is not None:
        return redirect(url_for(".show", programme=programme, report=report, **_dates(period)))
    made = None
    if not chosen.errors:
        made = service.make_report(
            actor, programme, report, _asked_period() or periods.part(years.first_shown, "year")
        )
    return render_template(
        "statistics/show.html",
        programme_id=programme,
        definition=definition,
        report=made,
        dates=_dates(made.period) if made else {},
        may_drill=actor.has(Permission.REPORT_DRILL, programme),
        draw=charts.bar_chart,
        forms=exports.WRITERS,
        fields=describe(schema, _answers(made.period) if made else chosen.raw, chosen.errors),
        errors=chosen.errors,
    )


@bp.get("/statistics/<programme>/<report>/download/<form>")
@doors.requires(Permission.REPORT_VIEW)
def download(programme: str, report: str, form: str) -> Response:
    exports.check_form(form)
    return _file(service.make_report(doors.current_actor(), programme, report, _needed_period()), form)


@bp.get("/statistics/<programme>/<report>/cases")
@doors.requires(Permission.REPORT_DRILL)
def behind(programme: str, report: str) -> str:
    place = service.Place(*(request.args.get(name, "") for name in ("table", "row", "column")))
    period = _needed_period()
    figure = service.cases_behind(
        doors.current_actor(), programme, report, period, place, page_number(request.args.get("page"))
    )
    back = url_for(".show", programme=programme, report=report, _anchor=place.table, **_dates(period))
    return render_template("statistics/behind.html", figure=figure, page=figure.page, back=back)


ALL_PANELS = "all"


@bp.get("/statistics/panels/operations")
@doors.requires(Permission.REPORT_VIEW)
def panels() -> str | AnyResponse:
    """How one panel worked, or all of them."""
    actor = doors.current_actor()
    open_ = service.open_panels(actor)
    years = service.years_on_record(actor, None, today())
    choices = {"year": _choices(years.offered), "programme": _panel_choices(open_)}
    schema = schemas.ChoosePanel(choices=choices)
    chosen, period = _chosen(schema)
    if period is not None:
        return redirect(url_for(".panels", programme=chosen.raw["programme"], **_dates(period)))
    wanted = request.args.get("programme") or (open_[0].id if open_ else None)
    made = None
    if not chosen.errors:
        made = _panel_report(_asked_period() or periods.part(years.first_shown, "year"), wanted)
    answers = {**_answers(made.period), "programme": wanted} if made else chosen.raw
    return render_template(
        "statistics/panels.html",
        report=made,
        handling=_handling(open_, wanted),
        dates={**_dates(made.period), "programme": wanted} if made else {},
        forms=exports.WRITERS,
        fields=describe(schema, answers, chosen.errors),
        errors=chosen.errors,
    )


@bp.get("/statistics/panels/operations/download/<form>")
@doors.requires(Permission.REPORT_VIEW)
def download_panels(form: str) -> Response:
    exports.check_form(form)
    return _file(_panel_report(_needed_period(), request.args.get("programme")), form)


def _panel_report(period: Period, wanted: str | None) -> SafeReport:
    programme = None if wanted == ALL_PANELS else wanted
    return service.make_panel_report(doors.current_actor(), period, programme)


def _panel_choices(programmes: Sequence[Programme]) -> list[Choice]:
    panels = [Choice(each.id, f"{each.panel.name} ({each.name})") for each in programmes if each.panel]
    return panels if len(panels) == 1 else [*panels, Choice(ALL_PANELS, "All of these")]


def _handling(programmes: Sequence[Programme], wanted: str | None) -> str:
    """The markings of the programmes whose panels are shown."""
    shown = [each for each in programmes if wanted in (each.id, ALL_PANELS)]
    return ". ".join(dict.fromkeys(each.handling for each in shown if each.handling))


def _file(made: SafeReport, form: str) -> Response:
    stamp = exports.Stamp(doors.current_actor().name, moment_words(datetime.now(UTC)))
    response = Response(exports.write(made, form, stamp), mimetype=MIME_TYPES[form])
    response.headers.set("Content-Disposition", "attachment", filename=exports.file_name(made, form))
    return response


def _choices(years: Iterable[int]) -> list[Choice]:
    return [Choice(year, periods.year_label(year)) for year in years]


def _chosen(schema: schemas.ChoosePeriod) -> tuple[FormResult, Period | None]:
    """What the form was filled in with, and the period that it names: none before it is sent, or with a fault."""
    if "kind" not in request.args:
        return FormResult(None, {}, {}), None
    chosen = read(schema, request.args)
    if not chosen.values:
        return chosen, None
    try:
        return chosen, _chosen_period(chosen.values)
    except Invalid as fault:
        return FormResult(None, {"last": list(fault.errors["to"])}, chosen.raw), None


def _chosen_period(answers: dict[str, Any]) -> Period:
    """The period that the form asks for. Raises Invalid."""
    if answers["kind"] == schemas.PART:
        return periods.part(answers["year"], answers["part"])
    return Period(answers["first"], answers["last"])


def _answers(period: Period) -> dict[str, Any]:
    """The form's answers that lead to the period."""
    year, part = periods.named(period) or (periods.year_of(period.first), None)
    kind = schemas.PART if part else schemas.DATES
    return {"kind": kind, "year": year, "part": part, "first": period.first, "last": period.last}


def _asked_period() -> Period | None:
    """The period in the address, if there is one. Raises Invalid."""
    if "from" not in request.args and "to" not in request.args:
        return None
    return _needed_period()


def _needed_period() -> Period:
    return periods.parse(request.args.get("from", ""), request.args.get("to", ""))


def _dates(period: Period) -> dict[str, Any]:
    """The period as an address carries it."""
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}
