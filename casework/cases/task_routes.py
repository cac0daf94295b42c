"""The tasks of a case."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.cases import allocation, page, tasks
from casework.cases.blueprint import bp
from casework.cases.page import Frame
from casework.cases.schemas import ChangeTask, FinishTask, NewTask
from casework.cases.web import Answer, done, form, show, take
from casework.errors import NotFound
from casework.forms import Choice

if TYPE_CHECKING:
    from casework.cases.models import Task


@bp.get("/cases/<uuid:case_id>/tasks")
@doors.requires(Permission.CASE_VIEW)
def tasks_page(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    return show(
        "cases/tasks.html",
        page.frame(actor, case),
        "tasks_page",
        open=tasks.of_case(actor, case),
        done=tasks.of_case(actor, case, done=True, most=50),
        words_of=tasks.words_of,
    )


@bp.route("/cases/<uuid:case_id>/tasks/new", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def new_task(case_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_WORK)
    schema = NewTask(choices={"assigned_to": _people(case)})

    def act(values: dict[str, Any]) -> Response:
        tasks.set_task(
            actor,
            case,
            "other",
            due_on=values["due_on"],
            text=values["text"],
            assigned_to_id=_chosen(values["assigned_to"]),
        )
        return done("The task is set.", "cases.tasks_page", case_id=case.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        return _draw(_frame(actor, case), schema, raw, errors, conflict)

    if request.method == "GET":
        return draw({"assigned_to": str(case.worker_id or "")}, {})
    return take(schema, act, draw)


@bp.route("/cases/<uuid:case_id>/tasks/<uuid:task_id>", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def change_task(case_id: uuid.UUID, task_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    task = _task(actor, case_id, task_id)
    schema = ChangeTask(choices={"assigned_to": _people(task.case)})

    def act(values: dict[str, Any]) -> Response:
        values["assigned_to_id"] = _chosen(values.pop("assigned_to"))
        tasks.change(actor, task, **values)
        return done("The task is changed.", "cases.tasks_page", case_id=case_id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "revision": task.revision}
        return _draw(_frame(actor, task.case), schema, raw, errors, conflict, task=task)

    if request.method == "GET":
        return draw(
            {
                "text": task.text or tasks.words_of(task.kind),
                "due_on": task.due_on,
                "assigned_to": str(task.assigned_to_id or ""),
                "revision": task.revision,
            },
            {},
        )
    return take(schema, act, draw)


@bp.route("/cases/<uuid:case_id>/tasks/<uuid:task_id>/done", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def finish_task(case_id: uuid.UUID, task_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    task = _task(actor, case_id, task_id)
    schema = FinishTask()

    def act(values: dict[str, Any]) -> Response:
        tasks.finish(actor, task, **values)
        return done("The task is done.", "cases.tasks_page", case_id=case_id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "revision": task.revision}
        return _draw(_frame(actor, task.case), schema, raw, errors, conflict, task=task, finishing=True)

    return draw({"revision": task.revision}, {}) if request.method == "GET" else take(schema, act, draw)


def _draw(frame: Frame, schema: Any, raw: Any, errors: Any, conflict: Any, **more: Any) -> str:
    return form("cases/task.html", frame, schema, raw, errors, conflict, words_of=tasks.words_of, **more)


def _frame(actor: Actor, case: Any) -> Frame:
    return page.frame(actor, case) if request.method == "GET" else page.frame_of_form(case)


def _people(case: Any) -> list[Choice]:
    return [Choice(str(user.id), user.name) for user in allocation.workers(case)]


def _chosen(user_id: str | None) -> uuid.UUID | None:
    return uuid.UUID(user_id) if user_id else None


def _task(actor: Actor, case_id: uuid.UUID, task_id: uuid.UUID) -> Task:
    task = doors.task_for(actor, task_id)
    if task.case_id != case_id:
        raise NotFound
    return task
