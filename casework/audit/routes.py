"""The audit trail, for auditors."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.audit import service
from casework.audit.schemas import OUT_OF_HOURS, TrailFilter
from casework.forms import Choice, describe, read
from casework.paging import page_number
from casework.programmes import shelf

bp = Blueprint("audit", __name__)


@bp.get("/audit", endpoint="trail")
@doors.requires(Permission.AUDIT_VIEW)
def show_trail() -> str:
    schema = TrailFilter(
        choices={
            "user": [Choice(user.id, user.name) for user in service.users()],
            "event": [Choice(event, words) for event, words in service.event_choices()],
            "programme": [Choice(each.id, each.name) for each in shelf.every().values()],
        }
    )
    given = {name: value for name, value in request.args.items() if name.partition("-")[0] in schema.fields}
    result = read(schema, given)
    wanted = service.Filter(**(result.values or {}))
    page = service.page_of_entries(doors.current_actor(), wanted, page_number(request.args.get("page")))
    return render_template(
        "audit/trail.html",
        page=page,
        reviewed=service.reviewed_days(wanted) if wanted.review == OUT_OF_HOURS else None,
        programmes=shelf.every(),
        fields=describe(schema, result.raw, result.errors),
        errors=result.errors,
        chosen=_chosen(schema),
    )


@bp.get("/audit/check")
@doors.requires(Permission.AUDIT_VIEW)
def check() -> str:
    return render_template("audit/check.html", faults=service.check(doors.current_actor()))


def _chosen(schema: TrailFilter) -> list[tuple[str, str]]:
    """What the trail is narrowed to, each with the address without it."""
    kept = {name: value for name, value in request.args.items() if value and name in schema.fields}
    tags = []
    for name, value in kept.items():
        labels = {str(choice.id): choice.label for choice in schema.fields[name].metadata["choices"]}
        words = labels.get(value) or f"{schema.fields[name].metadata['label']}: {value}"
        rest: dict[str, Any] = {other: each for other, each in kept.items() if other != name}
        tags.append((words, url_for("audit.trail", **rest)))
    return tags
