"""The support plan of a case: its sessions, planned against delivered."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.cases import page
from casework.cases.web import Answer, done, form, show, take
from casework.errors import NotFound
from casework.forms import FormSchema, today
from casework.panels.blueprint import bp
from casework.panels.plans import schemas as plan_schemas
from casework.panels.plans import service as plans
from casework.programmes import shelf

if TYPE_CHECKING:
    from casework.cases.models import Case


@bp.get("/cases/<uuid:case_id>/support-plan")
@doors.requires(Permission.CASE_VIEW)
def support_plan(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = _case(actor, case_id, Permission.CASE_VIEW)
    found = plans.of_case(case)
    return show(
        "panels/support_plan.html",
        page.frame(actor, case),
        "of_case",
        running=next((plan for plan in found if plan.ended_on is None), None),
        ended=[plan for plan in found if plan.ended_on is not None],
        count_of=lambda plan: plans.count(plan.sessions, today()),
        stalled=plans.stalled_words,
        consent_missing=plans.consent_missing(case),
        kinds=shelf.programme(case.programme).list(plans.KINDS),
        states=plan_schemas.STATES,
        today=today(),
    )


@bp.route("/cases/<uuid:case_id>/support-plan/new", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def new_plan(case_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    case = _case(actor, case_id, Permission.CASE_WORK)

    def act(values: dict[str, Any]) -> None:
        values.pop("version")
        plans.begin(actor, case, **values)

    first = {"began_on": today(), "version": 0}
    return _form(actor, case, plan_schemas.Plan(), act, "Begin a support plan", "The plan has begun.", first)


@bp.route("/support-plans/<uuid:plan_id>/change", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def change_plan(plan_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    plan = doors.plan_for(actor, plan_id, Permission.CASE_WORK)
    held = {"began_on": plan.began_on, "aims": plan.aims, "lead": plan.lead, "version": plan.version}

    def act(values: dict[str, Any]) -> None:
        plans.change(actor, plan, **values)

    return _form(
        actor, plan.case, plan_schemas.Plan(), act, "Change the plan", "The plan is changed.", held, plan
    )


@bp.route("/support-plans/<uuid:plan_id>/end", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def end_plan(plan_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    plan = doors.plan_for(actor, plan_id, Permission.CASE_WORK)

    def act(values: dict[str, Any]) -> None:
        plans.end(actor, plan, **values)

    first = {"ended_on": today(), "version": plan.version}
    return _form(
        actor, plan.case, plan_schemas.EndPlan(), act, "End the plan", "The plan is ended.", first, plan
    )


@bp.route("/support-plans/<uuid:plan_id>/sessions", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def add_sessions(plan_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    plan = doors.plan_for(actor, plan_id, Permission.CASE_WORK)
    kinds = shelf.programme(plan.programme).codes_on(plans.KINDS, today())
    schema = plan_schemas.Sessions(choices={"kind": kinds})

    def act(values: dict[str, Any]) -> None:
        values["every"] = int(values["every"] or 7)
        plans.add_sessions(actor, plan, **values)

    first = {"times": 1, "every": "7"}
    return _form(actor, plan.case, schema, act, "Plan sessions", "The sessions are planned.", first)


@bp.route("/support-plans/sessions/<uuid:session_id>", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def mark_session(session_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    session = doors.plan_session_for(actor, session_id)
    label = shelf.programme(session.plan.programme).list(plans.KINDS).label(session.kind)
    held = {
        "state": "delivered" if session.state == "planned" else session.state,
        "delivered_on": session.delivered_on or min(session.planned_on, today()),
        "words": session.words,
        "version": session.version,
    }

    def act(values: dict[str, Any]) -> None:
        plans.mark(actor, session, **values)

    return _form(
        actor, session.plan.case, plan_schemas.Mark(), act, label, "The session is recorded.", held, session
    )


def _case(actor: Actor, case_id: uuid.UUID, permission: Permission) -> Case:
    case = doors.case_for(actor, case_id, permission)
    if not plans.has_plans(shelf.programme(case.programme)):
        raise NotFound("This programme has no support plans.")
    return case


def _form(
    actor: Actor,
    case: Case,
    schema: FormSchema,
    act: Callable[[dict[str, Any]], None],
    title: str,
    said: str,
    first: Mapping[str, Any],
    row: Any = None,
) -> Answer:
    """A form about the plan in the frame of its case, and back to the plan."""
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)
    back = url_for("panels.support_plan", case_id=case.id)

    def taken(values: dict[str, Any]) -> Response:
        act(values)
        return done(said, "panels.support_plan", case_id=case.id)

    def draw(raw: Mapping[str, Any], errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None or row is None else {**raw, "version": row.version}
        return form("panels/case_form.html", frame, schema, raw, errors, conflict, title=title, back=back)

    return draw(first, {}) if reading else take(schema, taken, draw)
