"""Actions across meetings: the list, one action with its history, and each step that it takes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.cases import allocation
from casework.cases.web import Answer, done, take
from casework.forms import Choice, FormSchema, describe, today
from casework.panels.actions import listing as action_list
from casework.panels.actions import progress
from casework.panels.actions import schemas as action_schemas
from casework.panels.actions import service as actions
from casework.panels.blueprint import bp
from casework.panels.research import above
from casework.programmes import shelf
from casework.web import lists

if TYPE_CHECKING:
    from casework.panels.models import Action
    from casework.programmes.definition import Programme

Act = Callable[[dict[str, Any]], None]


@bp.get("/actions")
@doors.requires(Permission.ACTION_WORK)
def list_actions() -> str:
    actor = doors.current_actor()
    programmes = [shelf.programme(each) for each in actor.programmes(Permission.ACTION_WORK)]
    whose = action_list.whose(actor)
    named = request.args.get("whose", "")
    asked = lists.asked(
        _filter(actor, programmes), sorts=action_list.SORTS, usual={"shown": "outstanding"}, sort="due"
    )
    wanted = action_list.Filter(
        **asked.values,
        whose=named if named in {each.id for each in whose} else whose[-1].id,
        sort=asked.sort,
        descending=asked.descending and "sort" in request.args,
    )
    return render_template(
        "panels/actions.html",
        page=action_list.page_of(actor, wanted, asked.page),
        wanted=wanted,
        fields=asked.fields,
        errors=asked.errors,
        chosen=asked.chosen,
        views=[(each.label, each.id, each.id == wanted.whose) for each in whose],
        programmes={each.id: each for each in programmes},
        states=actions.STATES,
        acceptance=actions.ACCEPTANCE,
        today=today(),
        clear=url_for("panels.list_actions", whose=wanted.whose),
    )


def _filter(actor: Actor, programmes: Sequence[Programme]) -> FormSchema:
    """What cannot narrow anything is not asked."""
    choices = {
        "programme": [Choice(each.id, each.name) for each in programmes],
        "agency": action_list.agencies(actor),
    }
    unasked = {name for name, some in choices.items() if len(some) < 2}
    return action_schemas.ActionFilter(
        choices={name: some for name, some in choices.items() if name not in unasked}, exclude=unasked
    )


@bp.route("/actions/<uuid:action_id>", methods=["GET", "POST"])
@doors.requires(Permission.ACTION_WORK)
def action(action_id: uuid.UUID) -> Answer:
    """The action with its history; posting says how it stands."""
    actor = doors.current_actor()
    permission = Permission.CASE_VIEW if request.method == "GET" else Permission.ACTION_WORK
    one = doors.action_for(actor, action_id, permission)

    def act(values: dict[str, Any]) -> Response:
        progress.say(actor, one, values["words"])
        return done("Your update is added.", "panels.action", action_id=one.id)

    def draw(raw: Any, errors: Any, _conflict: Any = None) -> str:
        progress.open_page(actor, one)
        runs = progress.runs(actor, one)
        return render_template(
            "panels/action.html",
            **_around(actor, one),
            **_words(one),
            history=progress.history(actor, one),
            may_work=progress.may_work(actor, one),
            may_verify=runs and progress.may_verify(actor, one),
            runs=runs,
            fields=describe(action_schemas.Say(), raw, errors),
            errors=errors,
        )

    return draw({}, {}) if request.method == "GET" else take(action_schemas.Say(), act, draw)


def _words(one: Action) -> dict[str, Any]:
    item = one.item
    return {
        "what": progress.WHAT,
        "effect": progress.effect_words(one),
        "meeting_on": item.meeting.starts_at_utc,
        "may_open_successor": one.superseded_by is not None
        and doors.may(doors.current_actor(), Permission.CASE_VIEW, one.superseded_by),
        "may_open_item": doors.may(doors.current_actor(), Permission.MEETING_VIEW, item),
    }


@bp.route("/actions/<uuid:action_id>/answer", methods=["GET", "POST"])
@doors.requires(Permission.ACTION_WORK)
def answer_action(action_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    one = doors.action_for(actor, action_id)
    own = one.agency_id in actor.agencies
    schema = action_schemas.Answer() if own else action_schemas.AnswerFor()

    def act(values: dict[str, Any]) -> None:
        progress.answer(
            actor,
            one,
            accepted=values["answer"] == "accepted",
            words=values["words"],
            version=values["version"],
        )

    return _step(actor, one, schema, act, "Answer for the agency", "The answer is recorded.")


@bp.route("/actions/<uuid:action_id>/outcome", methods=["GET", "POST"])
@doors.requires(Permission.ACTION_WORK)
def end_action(action_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    one = doors.action_for(actor, action_id)
    others = [Choice(str(each.id), each.text or "") for each in progress.others_of_case(actor, one)]
    schema = action_schemas.End(choices={"superseded_by": others})

    def act(values: dict[str, Any]) -> None:
        values["superseded_by"] = uuid.UUID(values["superseded_by"]) if values["superseded_by"] else None
        progress.end(actor, one, **values)

    return _step(
        actor, one, schema, act, "What became of it", "The outcome is recorded.", first={"done_on": today()}
    )


@bp.route("/actions/<uuid:action_id>/hand-over", methods=["GET", "POST"])
@doors.requires(Permission.ACTION_WORK)
def hand_over_action(action_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    one = doors.action_for(actor, action_id)
    schema = action_schemas.HandOver(choices={"owner": _colleagues(actor, one)})

    def act(values: dict[str, Any]) -> None:
        owner = values.pop("owner")
        progress.hand_over(actor, one, owner_id=uuid.UUID(owner) if owner else None, **values)

    return _step(actor, one, schema, act, "Hand over within the agency", "The action is handed over.")


def _colleagues(actor: Actor, one: Action) -> list[Choice]:
    hidden = allocation.hidden_from(one.item.case)
    people = accounts.colleagues(actor, one.programme, agency_id=one.agency_id)
    return [
        Choice(str(user.id), user.name)
        for user in people
        if user.id not in hidden and user.id != one.owner_id
    ]


@bp.route("/actions/<uuid:action_id>/give", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def give_action(action_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    one = _running(actor, action_id)
    schema = action_schemas.Give(choices={"owner": actions.owner_choices(one.item)})

    def act(values: dict[str, Any]) -> None:
        agency_id, owner_id = actions.read_owner(values.pop("owner"))
        progress.give(actor, one, agency_id=agency_id, owner_id=owner_id, **values)

    return _step(
        actor, one, schema, act, "Give to another agency", "The action is given to another agency to accept."
    )


@bp.route("/actions/<uuid:action_id>/due-date", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def move_action(action_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    one = _running(actor, action_id)

    def act(values: dict[str, Any]) -> None:
        progress.move(actor, one, **values)

    return _step(actor, one, action_schemas.Move(), act, "Change the due date", "The due date is changed.")


@bp.route("/actions/<uuid:action_id>/verify", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def verify_action(action_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    one = _running(actor, action_id)
    was_done = one.state in progress.DONE
    schema = action_schemas.Verify(
        choices={"effect": progress.effects(one)} if was_done else {},
        exclude=() if was_done else ("effect",),
    )

    def act(values: dict[str, Any]) -> None:
        words, version = values["words"], values["version"]
        if values["verdict"] == "back":
            progress.send_back(actor, one, words=words or "", version=version)
        else:
            progress.verify(actor, one, effect=values.get("effect"), words=words, version=version)

    return _step(actor, one, schema, act, "Verify the outcome", "Your answer is recorded.")


@bp.route("/actions/<uuid:action_id>/effect", methods=["GET", "POST"])
@doors.requires(Permission.MEETING_RUN)
def rate_action(action_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    one = _running(actor, action_id)
    schema = action_schemas.Rate(choices={"effect": progress.effects(one)})

    def act(values: dict[str, Any]) -> None:
        progress.rate(actor, one, **values)

    return _step(
        actor,
        one,
        schema,
        act,
        "Rate the effect again",
        "The effect is recorded.",
        first={"effect": one.effect},
    )


def _running(actor: Actor, action_id: uuid.UUID) -> Action:
    """An action of a panel that the actor runs: that of another panel is theirs to see, not to decide on."""
    one = doors.action_for(actor, action_id)
    doors.item_for(actor, one.item_id, Permission.MEETING_RUN)
    return one


def _step(
    actor: Actor,
    one: Action,
    schema: FormSchema,
    act: Act,
    title: str,
    said: str,
    *,
    first: Mapping[str, Any] | None = None,
) -> Answer:
    """The page of one step: its form beside the action, and back to the action when it is taken."""

    def taken(values: dict[str, Any]) -> Response:
        act(values)
        return done(said, "panels.action", action_id=one.id)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "version": one.version}
        return render_template(
            "panels/action_step.html",
            **_around(actor, one),
            title=title,
            fields=describe(schema, raw, errors),
            errors=errors,
            conflict=conflict,
        )

    if request.method == "GET":
        return draw({**(first or {}), "version": one.version}, {})
    return take(schema, taken, draw)


def _around(actor: Actor, one: Action) -> dict[str, Any]:
    """What stands on every page of an action."""
    surroundings = above.above(actor, one.item.case, one.programme)
    return {
        "action": one,
        "above": surroundings,
        "marking": surroundings.programme.handling or "",
        "owner": progress.owner_of(one),
        "states": actions.STATES,
        "acceptance": actions.ACCEPTANCE,
        "today": today(),
    }
