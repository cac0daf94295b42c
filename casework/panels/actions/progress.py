"""What becomes of an action: accepted or refused, worked on, ended, verified, and what it did for the risk.

Every step is a line of the action's history, and each but a remark is made on the version that its author saw.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.locks import lock
from casework.errors import Conflict, Invalid, Refused
from casework.extensions import db
from casework.forms import today, write_date
from casework.panels.actions import service as actions
from casework.panels.actions.schemas import OUTCOMES
from casework.panels.models import Action, ActionUpdate
from casework.programmes import shelf
from casework.programmes.definition import Code

DONE = frozenset(("done", "done_late"))
# What each line of the history says happened.
WHAT: Mapping[str, str] = {
    "set": "Set",
    "said": "Update",
    "ended": "Outcome given",
    "verified": "Verified",
    "sent_back": "Sent back",
    "moved": "Due date changed",
    "handed_over": "Handed over",
    "given": "Given to another agency",
    "accepted": "Accepted by the agency",
    "refused": "Refused by the agency",
    "alarmed": "No answer in time: the coordinator was told",
    "escalated": "Escalated",
    "rated": "Effect rated",
}


def runs(actor: Actor, action: Action) -> bool:
    """Whether the actor runs the panel that set the action."""
    return policy.decide(actor, Permission.MEETING_RUN, action.item)


def may_work(actor: Actor, action: Action) -> bool:
    return policy.decide(actor, Permission.ACTION_WORK, action)


def may_verify(actor: Actor, action: Action) -> bool:
    """Whoever runs the panel says whether it holds, but not of what they did themselves."""
    return runs(actor, action) and (action.owner_id is None or action.owner_id != actor.id)


def history(actor: Actor, action: Action) -> Sequence[ActionUpdate]:
    """Everything that was said of the action, the latest first."""
    query = policy.visible(actor, ActionUpdate).where(ActionUpdate.action_id == action.id)
    return db.session.scalars(
        query.options(joinedload(ActionUpdate.by)).order_by(ActionUpdate.id.desc())
    ).all()


def others_of_case(actor: Actor, action: Action) -> Sequence[Action]:
    """The other actions of the case, one of which may take this one's place."""
    query = policy.visible(actor, Action).where(Action.case_id == action.case_id, Action.id != action.id)
    found = db.session.scalars(query.order_by(Action.id.desc())).all()
    return [each for each in found if each.superseded_by_id != action.id]


def effects(action: Action) -> Sequence[Code]:
    return shelf.programme(action.programme).codes_on("action_effect", today())


def effect_words(action: Action) -> str:
    listed = shelf.programme(action.programme).list("action_effect")
    return listed.label(action.effect) if action.effect else ""


def open_page(actor: Actor, action: Action) -> None:
    """That the action was read is noted in the trail."""
    trail.record(actor, Event.ACTION_VIEWED, action)


# -- the owning agency ------------------------------------------------------------------------------------


def answer(actor: Actor, action: Action, *, accepted: bool, words: str | None, version: int) -> None:
    """Say whether the agency takes on what was set in its absence. A refusal needs its reason, and so does an
    answer that whoever runs the panel was given on the agency's behalf.
    """
    _hold(action, version, {"Answer": "Accepted" if accepted else "Refused", "Reason": words or ""})
    if action.acceptance == "not_needed":
        raise Invalid("This action needs no acceptance.")
    if not words and (not accepted or action.agency_id not in actor.agencies):
        say = "Enter who said so, and how" if accepted else "Enter why it is refused"
        raise Invalid(errors={"words": [say]})
    action.acceptance = "accepted" if accepted else "refused"
    _changed(actor, action, action.acceptance, words)


def say(actor: Actor, action: Action, words: str) -> None:
    """Add how it stands. Two people may say something at once."""
    actions.note(actor, action, "said", words)
    trail.record(actor, Event.ACTION_CHANGED, action, state=action.state)


def end(
    actor: Actor,
    action: Action,
    *,
    outcome: str,
    words: str,
    version: int,
    done_on: date | None = None,
    superseded_by: uuid.UUID | None = None,
) -> None:
    """Say what became of it, with the evidence or the reason. Done late follows from the day it was done."""
    _hold(action, version, {"Outcome": OUTCOMES.get(outcome, outcome), "Words": words})
    if action.acceptance == "refused":
        _refuse_unless_runs(actor, action)
    _check_end(actor, action, outcome, words, done_on, superseded_by)
    ended_on = done_on if outcome == "done" and done_on else today()
    late = outcome == "done" and ended_on > action.due_on
    action.state = "done_late" if late else outcome
    action.ended_on, action.result = ended_on, words
    action.superseded_by_id = superseded_by if outcome == "superseded" else None
    if action.acceptance == "awaited":
        action.acceptance = "accepted" if outcome == "done" else action.acceptance
    _changed(actor, action, "ended", words)


def _check_end(
    actor: Actor,
    action: Action,
    outcome: str,
    words: str,
    done_on: date | None,
    superseded_by: uuid.UUID | None,
) -> None:
    if outcome not in OUTCOMES:
        raise Invalid(errors={"outcome": ["Select what became of the action"]})
    errors: dict[str, list[str]] = {}
    if not words.strip():
        errors["words"] = ["Enter the evidence that it was done, or the reason"]
    if outcome == "done":
        if done_on is None or done_on > today():
            errors["done_on"] = ["The day it was done must be today or in the past"]
        elif done_on < action.set_on:
            errors["done_on"] = [f"The action was set on {write_date(action.set_on)}"]
    if outcome == "superseded" and superseded_by not in {each.id for each in others_of_case(actor, action)}:
        errors["superseded_by"] = ["Select the action that takes its place"]
    if errors:
        raise Invalid(errors=errors)


def hand_over(
    actor: Actor,
    action: Action,
    *,
    owner_id: uuid.UUID | None,
    owner_name: str | None,
    reason: str,
    version: int,
) -> None:
    """Another person of the same agency does it."""
    _hold(action, version, {"Who does it": owner_name or name_of(owner_id)})
    actions.check_owner(action.item, action.agency_id, owner_id, owner_name)
    before = owner_of(action)
    _put_into_hands(action, owner_id, owner_name)
    _changed(actor, action, "handed_over", f"From {before} to {owner_of(action)}. {reason}")


# -- those who run the panel ------------------------------------------------------------------------------


def give(
    actor: Actor,
    action: Action,
    *,
    agency_id: uuid.UUID,
    owner_id: uuid.UUID | None,
    owner_name: str | None,
    reason: str,
    version: int,
) -> None:
    """Another agency does it, once it has accepted."""
    _refuse_unless_runs(actor, action)
    _hold(action, version, {"Who does it": owner_name or name_of(owner_id), "Reason": reason})
    if agency_id == action.agency_id:
        raise Invalid(errors={"agency": ["It is this agency's already: hand it over instead"]})
    actions.check_owner(action.item, agency_id, owner_id, owner_name)
    before = f"{action.agency.name} ({owner_of(action)})"
    action.agency_id = agency_id
    _put_into_hands(action, owner_id, owner_name)
    action.acceptance, action.accept_by = "awaited", actions.accept_by(action.programme)
    action.alarmed_at_utc = action.escalated_at_utc = None
    db.session.flush()
    db.session.refresh(action, ["agency"])
    _changed(actor, action, "given", f"From {before} to {action.agency.name}. {reason}")


def move(actor: Actor, action: Action, *, due_on: date, reason: str, version: int) -> None:
    """Change the day it is due, with the reason. The day before stays in the history."""
    _refuse_unless_runs(actor, action)
    _hold(action, version, {"Due": write_date(due_on), "Reason": reason})
    if due_on < today():
        raise Invalid(errors={"due_on": ["The due date must be today or later"]})
    if due_on == action.due_on:
        raise Invalid(errors={"due_on": ["It is due on this day already"]})
    before, action.due_on = action.due_on, due_on
    action.told, action.escalated_at_utc = "set", None
    _changed(actor, action, "moved", reason, due_before=before)


def verify(actor: Actor, action: Action, *, effect: str | None, words: str | None, version: int) -> None:
    """Say that what was reported holds and, of something done, what it did for the risk."""
    _check_verifier(actor, action, version, {"Verified": "Yes", "Words": words or ""})
    if action.state in DONE and not effect:
        raise Invalid(errors={"effect": ["Select what it did for the risk"]})
    action.verified_on, action.verified_by_id = today(), actor.id
    _rate(action, effect)
    _changed(actor, action, "verified", _with_effect(action, words))


def send_back(actor: Actor, action: Action, *, words: str, version: int) -> None:
    """Open it again: what was reported does not hold. It stays in the history."""
    _check_verifier(actor, action, version, {"Sent back": words})
    if not words.strip():
        raise Invalid(errors={"words": ["Enter what is missing"]})
    action.state, action.ended_on, action.result = "open", None, None
    action.superseded_by_id = None
    _changed(actor, action, "sent_back", words)


def rate(actor: Actor, action: Action, *, effect: str, words: str | None, version: int) -> None:
    """Say again what it did for the risk: asked when the case comes back."""
    _refuse_unless_runs(actor, action)
    _expect(action, version, {"Effect": effect, "Words": words or ""})
    if action.state not in DONE:
        raise Invalid("Only what was done can have had an effect.")
    _rate(action, effect)
    _changed(actor, action, "rated", _with_effect(action, words))


def _rate(action: Action, effect: str | None) -> None:
    if effect is None:
        return
    if effect not in {code.id for code in effects(action)}:
        raise Invalid(errors={"effect": ["Select what it did for the risk"]})
    action.effect = effect


def _with_effect(action: Action, words: str | None) -> str | None:
    said = [each for each in (effect_words(action), words) if each]
    return ". ".join(said) or None


def _check_verifier(actor: Actor, action: Action, version: int, submitted: Mapping[str, str]) -> None:
    _refuse_unless_runs(actor, action)
    if not may_verify(actor, action):
        raise Refused("Somebody else has to verify what you did yourself.", subject=action)
    _expect(action, version, submitted)
    if action.state == "open" or action.verified_on is not None:
        raise Conflict(stored=_stored(action), submitted=submitted)


def _refuse_unless_runs(actor: Actor, action: Action) -> None:
    if not runs(actor, action):
        raise Refused(permission=str(Permission.MEETING_RUN), subject=action)


# -- all of them ------------------------------------------------------------------------------------------


def owner_of(action: Action) -> str:
    """Who does it, in words."""
    return action.owner.name if action.owner else action.owner_name or "nobody yet"


def name_of(user_id: uuid.UUID | None) -> str:
    return db.session.scalar(select(User.name).where(User.id == user_id)) or "" if user_id else ""


def _put_into_hands(action: Action, owner_id: uuid.UUID | None, owner_name: str | None) -> None:
    action.owner_id, action.owner_name = owner_id, None if owner_id else owner_name
    action.told = ""
    db.session.flush()
    db.session.refresh(action, ["owner"])


def _hold(action: Action, version: int, submitted: Mapping[str, str]) -> None:
    """Lock an open action; raise Conflict where it has ended, or changed since `version`."""
    _expect(action, version, submitted)
    if action.state != "open":
        raise Conflict(stored=_stored(action), submitted=submitted)


def _expect(action: Action, version: int, submitted: Mapping[str, str]) -> None:
    lock(action)
    if action.version != version:
        raise Conflict(stored=_stored(action), submitted=submitted)


def _stored(action: Action) -> Mapping[str, str]:
    """The action as it is, by the labels that forms use."""
    stored = {
        "Outcome": actions.STATES[action.state][0],
        "Who does it": f"{owner_of(action)}, {action.agency.name}",
        "Due": write_date(action.due_on),
    }
    if action.acceptance in actions.ACCEPTANCE:
        stored["Answer"] = actions.ACCEPTANCE[action.acceptance][0]
    if action.result:
        stored["Words"] = action.result
    if action.verified_on:
        stored["Verified"] = write_date(action.verified_on)
    return stored


def _changed(
    actor: Actor, action: Action, what: str, words: str | None, *, due_before: date | None = None
) -> None:
    db.session.flush()
    trail.record(actor, Event.ACTION_CHANGED, action, state=action.state)
    actions.note(actor, action, what, words, due_before=due_before)
