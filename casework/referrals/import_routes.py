"""Pages of the import: choose the files, see what is wrong with them or what will come in, confirm, watch."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.errors import Invalid
from casework.programmes import shelf
from casework.programmes.definition import Programme
from casework.referrals.blueprint import bp
from casework.referrals.importing import faults, uploads

REFRESH_SECONDS = 3

Page = str | Answer | tuple[str, int]


@dataclass(frozen=True)
class FileBox:
    """One file to choose, as the page's layout and its error summary take a question."""

    name: str
    required: bool
    columns: Sequence[str]
    errors: Sequence[str]
    choices: Sequence[object] = ()

    @property
    def anchor(self) -> str:
        return self.name


@bp.get("/import")
@doors.requires(Permission.REFERRAL_IMPORT)
def import_start() -> Page:
    programmes = uploads.importable(doors.current_actor())
    if len(programmes) == 1:
        return redirect(url_for("referrals.import_files", programme_id=programmes[0].id))
    return render_template("referrals/import_start.html", programmes=programmes)


@bp.route("/import/<programme_id>", methods=["GET", "POST"])
@doors.requires(Permission.REFERRAL_IMPORT)
def import_files(programme_id: str) -> Page:
    actor = doors.current_actor()
    programme = uploads.programme_for(actor, programme_id)
    if request.method == "GET":
        return _choose_files(programme, {})
    try:
        batch = uploads.take(actor, programme, _sent(programme))
    except Invalid as fault:
        return _choose_files(programme, fault.errors), 422
    return redirect(url_for("referrals.import_progress", batch_id=batch.id))


@bp.get("/imports/<uuid:batch_id>")
@doors.requires(Permission.REFERRAL_IMPORT)
def import_progress(batch_id: uuid.UUID) -> Page:
    batch = uploads.batch_for(doors.current_actor(), batch_id)
    silent = uploads.is_silent(batch)
    page = render_template(
        "referrals/import_batch.html",
        batch=batch,
        programme=shelf.programme(batch.programme),
        faults=uploads.shown_faults(batch),
        silent=silent,
    )
    answer = Response(page)
    if batch.state in ("checking", "importing") and not silent:
        # A header and not an element of the page, so that it goes with the state and needs no script.
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@bp.get("/imports/<uuid:batch_id>/faults")
@doors.requires(Permission.REFERRAL_IMPORT)
def import_faults(batch_id: uuid.UUID) -> Answer:
    batch = uploads.batch_for(doors.current_actor(), batch_id)
    report = io.StringIO()
    faults.write_report(uploads.shown_faults(batch, most=None), report)
    answer = Response(report.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="import-faults.csv"'
    return answer


@bp.post("/imports/<uuid:batch_id>/confirm")
@doors.requires(Permission.REFERRAL_IMPORT)
def import_confirm(batch_id: uuid.UUID) -> Answer:
    batch = uploads.batch_for(doors.current_actor(), batch_id)
    try:
        uploads.confirm(batch)
    except Invalid as fault:
        flash(fault.message)
    return redirect(url_for("referrals.import_progress", batch_id=batch.id))


@bp.post("/imports/<uuid:batch_id>/discard")
@doors.requires(Permission.REFERRAL_IMPORT)
def import_discard(batch_id: uuid.UUID) -> Answer:
    batch = uploads.batch_for(doors.current_actor(), batch_id)
    programme = batch.programme
    uploads.discard(batch)
    flash("The files were dropped. Nothing of them was imported.", "success")
    return redirect(url_for("referrals.import_files", programme_id=programme))


def _sent(programme: Programme) -> dict[str, bytes]:
    """The files that were chosen, by the names that the programme gives them, whatever they are called at home."""
    sent = {file.name: request.files.get(file.name) for file in programme.imports}
    return {name: file.read() for name, file in sent.items() if file and file.filename}


def _choose_files(programme: Programme, errors: Mapping[str, Sequence[str]]) -> str:
    boxes = [
        FileBox(
            name=file.name,
            required=file.required,
            columns=[
                f"{column.name} (may be left out)" if column.optional_column else column.name
                for column in file.columns
            ],
            errors=errors.get(file.name, ()),
        )
        for file in programme.imports
    ]
    return render_template("referrals/import_files.html", programme=programme, fields=boxes, errors=errors)
