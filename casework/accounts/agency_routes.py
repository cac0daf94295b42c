"""The administration of agencies."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.accounts import agencies, service
from casework.accounts.blueprint import Page, bp, form_page
from casework.accounts.schemas import AgencyDetails, OwnPassword
from casework.accounts.user_routes import confirm
from casework.forms import Choice


@bp.get("/administration/agencies", endpoint="agencies")
@doors.requires(Permission.ACCOUNT_MANAGE)
def list_agencies() -> str:
    return render_template(
        "accounts/agencies.html",
        agencies=service.agencies(active=False),
        members=agencies.members_by_agency(),
        kinds=service.agency_kinds(),
    )


@bp.route("/administration/agencies/new", methods=["GET", "POST"])
@doors.requires(Permission.ACCOUNT_MANAGE)
def add_agency() -> Page:
    def add(values: dict[str, Any]) -> Page:
        agency = service.add_agency(doors.current_actor(), values["name"], values["kind"])
        return _to_agencies(f"{agency.name} is added.")

    return _agency_form(_details(), add, "Add an agency")


@bp.route("/administration/agencies/<uuid:agency_id>", methods=["GET", "POST"])
@doors.requires(Permission.ACCOUNT_MANAGE)
def change_agency(agency_id: uuid.UUID) -> Page:
    agency = agencies.agency_by_id(agency_id)

    def change(values: dict[str, Any]) -> Page:
        agencies.change_agency(doors.current_actor(), agency, name=values["name"], kind=values["kind"])
        return _to_agencies(f"{agency.name} is changed.")

    stored = {"name": agency.name, "kind": agency.kind}
    return _agency_form(_details(), change, "Change an agency", stored=stored, agency=agency)


@bp.route("/administration/agencies/<uuid:agency_id>/deactivate", methods=["GET", "POST"])
@doors.requires(Permission.ACCOUNT_MANAGE)
def deactivate_agency(agency_id: uuid.UUID) -> Page:
    actor, agency = doors.current_actor(), agencies.agency_by_id(agency_id)

    def act(values: dict[str, Any]) -> Page:
        confirm(actor, values["own_password"])
        agencies.deactivate_agency(actor, agency)
        return _to_agencies(f"{agency.name} no longer takes part.")

    title = f"End the part of {agency.name}"
    return _agency_form(OwnPassword(), act, title, kind="deactivate_agency")


@bp.post("/administration/agencies/<uuid:agency_id>/reactivate")
@doors.requires(Permission.ACCOUNT_MANAGE)
def reactivate_agency(agency_id: uuid.UUID) -> Page:
    agency = agencies.agency_by_id(agency_id)
    agencies.reactivate_agency(doors.current_actor(), agency)
    return _to_agencies(f"{agency.name} takes part again.")


def _details() -> AgencyDetails:
    kinds = service.agency_kinds()
    return AgencyDetails(choices={"kind": [Choice(kind, words) for kind, words in kinds.items()]})


def _agency_form(schema: Any, act: Any, title: str, **more: Any) -> Page:
    back = url_for("accounts.agencies")
    return form_page(schema, act, "accounts/form.html", title=title, back=back, **more)


def _to_agencies(words: str) -> Page:
    flash(words, "success")
    return redirect(url_for("accounts.agencies"))
