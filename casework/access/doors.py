"""The doors to records: every view names its permission, and every record is fetched through the one rule."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.cases.models import Case, Entry, Involvement, Task
from casework.errors import NotFound, Refused
from casework.extensions import Base, db
from casework.panels.models import (
    Action,
    AgendaItem,
    FlagNotice,
    Meeting,
    Minutes,
    MinutesPart,
    Paper,
    PaperRedaction,
    PlanSession,
    QueueEntry,
    Research,
    Review,
    SupportPlan,
    Transfer,
)
from casework.people.models import Person
from casework.referrals.models import Draft, Referral

View = TypeVar("View", bound=Callable[..., Any])
Row = TypeVar("Row", bound=Base)

ANONYMOUS = Actor(id=None, name="", kind="anonymous")


class SignInNeeded(Exception):
    """Nobody is signed in and the page needs somebody."""


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view with the permission that its visitor must hold in at least one programme."""

    def mark(view: View) -> View:
        view.required_permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view that needs nobody signed in. A test pins the short list of them."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def guard() -> None:
    """Before each request: refuse any view without a mark, and any actor without the permission it names."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, "is_public", False):
        return
    actor = current_actor()
    if actor.kind == "anonymous":
        raise SignInNeeded
    permission = getattr(view, "required_permission", None)
    if permission is None or not actor.has(permission):
        raise Refused(permission=str(permission or "none"))


def current_actor() -> Actor:
    """Who sends this request. Only edges call it: services are given the actor."""
    actor: Actor = g.get("actor", ANONYMOUS)
    return actor


def may(actor: Actor, permission: Permission, thing: Base | None = None) -> bool:
    """What templates ask as `can(permission, thing)`."""
    return actor.has(permission) if thing is None else policy.decide(actor, permission, thing)


def open_door(
    actor: Actor, model: type[Row], row_id: uuid.UUID, permission: Permission, *, view: Permission
) -> Row:
    """The row, if the actor may see it (else NotFound) and holds `permission` on it (else Refused)."""
    row: Row | None = db.session.scalar(policy.visible(actor, model, view).where(model.id == row_id))
    if row is None:
        raise NotFound
    if permission is not view and not policy.decide(actor, permission, row):
        raise Refused(permission=str(permission), subject=row)
    return row


def case_for(actor: Actor, case_id: uuid.UUID, permission: Permission = Permission.CASE_VIEW) -> Case:
    return open_door(actor, Case, case_id, permission, view=Permission.CASE_VIEW)


def referral_for(
    actor: Actor, referral_id: uuid.UUID, permission: Permission = Permission.REFERRAL_VIEW
) -> Referral:
    return open_door(actor, Referral, referral_id, permission, view=Permission.REFERRAL_VIEW)


def entry_for(actor: Actor, entry_id: uuid.UUID, permission: Permission = Permission.CASE_VIEW) -> Entry:
    return open_door(actor, Entry, entry_id, permission, view=Permission.CASE_VIEW)


def task_for(actor: Actor, task_id: uuid.UUID, permission: Permission = Permission.CASE_WORK) -> Task:
    return open_door(actor, Task, task_id, permission, view=Permission.CASE_VIEW)


def involvement_for(
    actor: Actor, involvement_id: uuid.UUID, permission: Permission = Permission.CASE_VIEW
) -> Involvement:
    return open_door(actor, Involvement, involvement_id, permission, view=Permission.CASE_VIEW)


def person_for(actor: Actor, person_id: uuid.UUID, permission: Permission = Permission.CASE_VIEW) -> Person:
    return open_door(actor, Person, person_id, permission, view=Permission.CASE_VIEW)


def meeting_for(
    actor: Actor, meeting_id: uuid.UUID, permission: Permission = Permission.MEETING_VIEW
) -> Meeting:
    return open_door(actor, Meeting, meeting_id, permission, view=Permission.MEETING_VIEW)


def item_for(
    actor: Actor, item_id: uuid.UUID, permission: Permission = Permission.MEETING_VIEW
) -> AgendaItem:
    return open_door(actor, AgendaItem, item_id, permission, view=Permission.MEETING_VIEW)


def queue_entry_for(actor: Actor, entry_id: uuid.UUID) -> QueueEntry:
    """A place in a queue is for those who run the panel."""
    return open_door(actor, QueueEntry, entry_id, Permission.MEETING_RUN, view=Permission.MEETING_RUN)


def research_for(
    actor: Actor, research_id: uuid.UUID, permission: Permission = Permission.RESEARCH_RETURN
) -> Research:
    return open_door(actor, Research, research_id, permission, view=Permission.MEETING_VIEW)


def action_for(actor: Actor, action_id: uuid.UUID, permission: Permission = Permission.ACTION_WORK) -> Action:
    return open_door(actor, Action, action_id, permission, view=Permission.CASE_VIEW)


def minutes_for(
    actor: Actor, minutes_id: uuid.UUID, permission: Permission = Permission.MEETING_RUN
) -> Minutes:
    """Whole minutes are for those who run the meeting; everybody else reads papers."""
    return open_door(actor, Minutes, minutes_id, permission, view=Permission.MEETING_RUN)


def minutes_part_for(actor: Actor, part_id: uuid.UUID) -> MinutesPart:
    return open_door(actor, MinutesPart, part_id, Permission.MEETING_RUN, view=Permission.MEETING_RUN)


def paper_for(actor: Actor, paper_id: uuid.UUID, permission: Permission = Permission.MEETING_VIEW) -> Paper:
    return open_door(actor, Paper, paper_id, permission, view=Permission.MEETING_VIEW)


def redaction_for(actor: Actor, redaction_id: uuid.UUID) -> PaperRedaction:
    return open_door(actor, PaperRedaction, redaction_id, Permission.MEETING_RUN, view=Permission.MEETING_RUN)


def review_for(actor: Actor, review_id: uuid.UUID, permission: Permission = Permission.CASE_VIEW) -> Review:
    return open_door(actor, Review, review_id, permission, view=Permission.CASE_VIEW)


def flag_notice_for(actor: Actor, notice_id: uuid.UUID) -> FlagNotice:
    return open_door(actor, FlagNotice, notice_id, Permission.ACTION_WORK, view=Permission.ACTION_WORK)


def transfer_for(
    actor: Actor, transfer_id: uuid.UUID, permission: Permission = Permission.MEETING_RUN
) -> Transfer:
    return open_door(actor, Transfer, transfer_id, permission, view=Permission.CASE_VIEW)


def plan_for(actor: Actor, plan_id: uuid.UUID, permission: Permission = Permission.CASE_VIEW) -> SupportPlan:
    return open_door(actor, SupportPlan, plan_id, permission, view=Permission.CASE_VIEW)


def plan_session_for(
    actor: Actor, session_id: uuid.UUID, permission: Permission = Permission.CASE_WORK
) -> PlanSession:
    return open_door(actor, PlanSession, session_id, permission, view=Permission.CASE_VIEW)


def draft_for(actor: Actor, draft_id: uuid.UUID) -> Draft:
    """A draft is its author's alone."""
    return open_door(actor, Draft, draft_id, Permission.REFERRAL_LOG, view=Permission.REFERRAL_LOG)
