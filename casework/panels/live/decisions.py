"""What the panel decides on an item, and what follows: by the programme's rules, never by its name.

A decision stands whatever else is missing: where the case cannot move on yet, a task says what it waits for.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access.vocabulary import Actor, Grant, Permission, Role
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import closure, entries, handovers, kind, kinds, moments, stages, tasks
from casework.cases.models import Case, Entry
from casework.errors import Conflict, Invalid, NotFound, Refused
from casework.extensions import db
from casework.forms import today
from casework.panels.live import reconsidering, recording
from casework.panels.models import AgendaItem, Decision
from casework.panels.queue import service as queue
from casework.programmes import shelf
from casework.programmes.definition import PanelDecision, Programme

FOLLOW_UP = "panel_decision"  # the kind of the task that says what a decision still waits for
LABELS: Mapping[str, str] = {
    "outcome": "Decision",
    "options": "Options considered",
    "rationale": "Rationale",
    "dissent": "Dissent",
}
REQUIRED_ONWARD: Mapping[str, str] = {
    "destination": "Select what kind of service it is referred to",
    "whom": "Enter who receives it",
    "text": "Enter what is shared",
    "basis": "Select on what basis it is shared",
    "why": "Enter why sharing it is necessary and proportionate",
}


@dataclass(frozen=True)
class Onward:
    """An onward referral that a decision makes. `programme` is another programme of this instance, or None."""

    destination: str | None = None
    whom: str | None = None
    text: str | None = None
    basis: str | None = None
    why: str | None = None
    chase_on: date | None = None
    programme: str | None = None


@dataclass(frozen=True)
class Words:
    """A decision as it was written down."""

    outcome: str
    rationale: str
    options: str | None = None
    dissent: str | None = None


def of_item(item: AgendaItem) -> Decision | None:
    query = (
        select(Decision)
        .where(Decision.item_id == item.id)
        .options(joinedload(Decision.by), joinedload(Decision.onward))
    )
    return db.session.scalar(query)


def decide(
    actor: Actor,
    item: AgendaItem,
    words: Words,
    *,
    version: int = 0,
    onward: Onward | None = None,
    reason: str | None = None,
) -> Decision:
    """Write down what was decided, or correct it with a `reason`; `version` is that of the decision seen (0: none).

    Raises Invalid (errors by field; those of the onward referral begin with onward_), and Conflict when somebody
    else wrote it down in between.
    """
    recording.hold(item)
    programme = shelf.programme(item.programme)
    held = of_item(item)
    _refuse_clash(programme, held, words, version)
    rule = _rule(programme, words.outcome)
    _refuse_faults(actor, item, rule, words, held, reason)
    is_new = held is None or held.outcome != words.outcome
    sent = None if is_new or held is None else held.onward
    if is_new and rule.onward:
        sent = _refer_onward(actor, item.case, onward or Onward())
    decision = _write(actor, item, rule, words, held, reason, sent)
    if is_new:
        _follow(actor, item, rule, words)
    return decision


def outcomes(programme: Programme) -> list[tuple[str, str, PanelDecision]]:
    """What the panel may decide today: code, words, and what follows."""
    rules = programme.panel
    if rules is None or not rules.outcomes:
        return []
    return [
        (code.id, code.label, rules.decision(code.id)) for code in programme.codes_on(rules.outcomes, today())
    ]


def onward_in_words(programme: Programme, decision: Decision) -> list[tuple[str, str]]:
    """To whom a decision referred the case, what was shared, and on what basis; empty where it did not."""
    sent = decision.onward
    if sent is None:
        return []
    bases = {basis.id: basis.label for basis in programme.lawful_bases}
    basis = bases.get(sent.basis or "") or kind.label(programme, "sharing_basis", sent.basis)
    told = (("Referred to", sent.whom), ("What is shared", sent.text), ("Basis", basis))
    return [(words, said) for words, said in told if said]


def label(programme: Programme, outcome: str) -> str:
    rules = programme.panel
    return programme.list(rules.outcomes).label(outcome) if rules and rules.outcomes else outcome


def _rule(programme: Programme, outcome: str) -> PanelDecision:
    for code, _, rule in outcomes(programme):
        if code == outcome:
            return rule
    raise Invalid(errors={"outcome": ["Select the decision"]})


# -- before it is written down ----------------------------------------------------------------------------


def _refuse_clash(programme: Programme, held: Decision | None, words: Words, version: int) -> None:
    if (held.version if held else 0) != version:
        raise Conflict(
            "Somebody else wrote this decision down meanwhile.",
            stored=_labelled(programme, _held(held)) if held else {},
            submitted=_labelled(programme, words),
        )


def _refuse_faults(
    actor: Actor,
    item: AgendaItem,
    rule: PanelDecision,
    words: Words,
    held: Decision | None,
    reason: str | None,
) -> None:
    faults = {}
    if not words.rationale.strip():
        faults["rationale"] = ["Enter why this was decided"]
    if held is not None and not (reason or "").strip():
        faults["reason"] = ["Enter why the decision is corrected"]
    if held is None and rule.heard:
        left = reconsidering.unanswered(reconsidering.rows(actor, item))
        if left:
            those = "1 action" if left == 1 else f"{left} actions"
            faults["outcome"] = [
                f"Say first of the last plan what is kept, changed or dropped: {those} not answered yet"
            ]
    if faults:
        raise Invalid(errors=faults)


def _refer_onward(actor: Actor, case: Case, onward: Onward) -> Entry:
    """Record what is shared, with whom and on what basis, through the gate; hand it over where it stays in house."""
    if onward.programme:
        to = shelf.every().get(onward.programme)
        if to is None or to.id == case.programme:
            raise Invalid(errors={"onward_programme": ["Choose another programme"]})
        onward = replace(onward, whom=to.panel.name if to.panel else to.name)
    missing = {f"onward_{name}": [say] for name, say in REQUIRED_ONWARD.items() if not getattr(onward, name)}
    if missing:
        raise Invalid(errors=missing)
    try:
        sent = entries.add(
            actor,
            case,
            "onward",
            {
                "dated": today(),
                "code": onward.destination,
                "whom": onward.whom,
                "text": onward.text,
                "basis": onward.basis,
                "why": onward.why,
                "status": kinds.SENT,
                "due_on": onward.chase_on,
            },
        )
    except Invalid as fault:
        said = {f"onward_{name}": reasons for name, reasons in fault.errors.items()}
        raise Invalid(fault.message, errors=said or {"onward_whom": [fault.message]}) from None
    if onward.programme:
        handovers.hand_over(actor, case, onward.programme, onward.text or "")
    return sent


# -- writing it down --------------------------------------------------------------------------------------


def _write(
    actor: Actor,
    item: AgendaItem,
    rule: PanelDecision,
    words: Words,
    held: Decision | None,
    reason: str | None,
    sent: Entry | None,
) -> Decision:
    decision = held or Decision(
        case_id=item.case_id, programme=item.programme, item_id=item.id, decided_on=today()
    )
    if held is not None:
        _keep_what_was(actor, item, held, words, reason or "")
    decision.outcome, decision.heard, decision.by_id = words.outcome, rule.heard, actor.id
    decision.onward = sent
    decision.seal(options=words.options, rationale=words.rationale, dissent=words.dissent)
    db.session.add(decision)
    item.state = "heard" if rule.heard else "not_heard"
    db.session.flush()
    trail.record(actor, Event.DECISION_MADE, item, outcome=words.outcome)
    return decision


def _keep_what_was(actor: Actor, item: AgendaItem, held: Decision, words: Words, reason: str) -> None:
    programme = shelf.programme(item.programme)
    old, new = _labelled(programme, _held(held)), _labelled(programme, words)
    changed = [name for name, label in LABELS.items() if old.get(label) != new.get(label)]
    entries.keep_change(
        actor,
        item.case_id,
        held,
        changed,
        before={LABELS[name]: old.get(LABELS[name], "") for name in changed},
        after={LABELS[name]: new.get(LABELS[name], "") for name in changed},
        reason=reason,
    )


def _held(decision: Decision) -> Words:
    return Words(decision.outcome, decision.rationale or "", decision.options, decision.dissent)


def _labelled(programme: Programme, words: Words) -> dict[str, str]:
    said = {name: getattr(words, name) or "" for name in LABELS}
    said["outcome"] = label(programme, words.outcome)
    return {LABELS[name]: value for name, value in said.items() if value}


# -- what follows -----------------------------------------------------------------------------------------


def _follow(actor: Actor, item: AgendaItem, rule: PanelDecision, words: Words) -> None:
    case = item.case
    if rule.heard:
        case.heard_on = case.heard_on or today()
        db.session.flush()
        moments.happened(actor, case, "heard")
    _requeue(actor, item, rule, words)
    if rule.to and rule.to != case.stage:
        _move_on(actor, case, rule, words)


def _requeue(actor: Actor, item: AgendaItem, rule: PanelDecision, words: Words) -> None:
    case = item.case
    if rule.then == "defer":
        entry = queue.open_entry(case) or queue.enter(actor, case, item.kind, reason=words.rationale)
        queue.defer(actor, entry, reason=words.rationale, version=entry.version)
        return
    queue.leave(actor, case, "heard" if rule.heard else "withdrawn")
    if rule.then in ("relist", "wait"):
        queue.enter(actor, case, "relisted")


def _move_on(actor: Actor, case: Case, rule: PanelDecision, words: Words) -> None:
    """Move the case on, or set a task that says what it waits for. The decision stands either way."""
    try:
        with db.session.begin_nested():
            _go(_for_the_panel(actor, case.programme), case, rule, words)
    except (Invalid, NotFound, Refused) as fault:
        db.session.refresh(case)
        programme = shelf.programme(case.programme)
        tasks.set_task(
            actor,
            case,
            FOLLOW_UP,
            due_on=today(),
            text=f"The panel decided “{label(programme, words.outcome)}”, and the case should go to "
            f"“{programme.stage(rule.to or '').label}”. {_why_not(fault)}",
        )


def _go(actor: Actor, case: Case, rule: PanelDecision, words: Words) -> None:
    to = rule.to or ""
    if shelf.programme(case.programme).stage(to).kind != "closed":
        stages.move(actor, case, to, reason=words.rationale, version=case.version)
        return
    closure.close(
        actor,
        case,
        to,
        {
            "closed_on": today(),
            "closure_reason": rule.closure_reason,
            "closure_words": words.rationale,
            "version": case.version,
        },
    )


def _for_the_panel(actor: Actor, programme: str) -> Actor:
    """Whoever writes the decision down acts with the authority of the panel: its chair's and its coordinator's."""
    held = actor.grants_for(Permission.MEETING_RUN, programme)
    agency: uuid.UUID | None = held[0].agency_id if held else None
    if agency is None:
        return actor
    both = tuple(Grant(role, agency, programme) for role in (Role.CHAIR, Role.COORDINATOR))
    return replace(actor, grants=(*actor.grants, *both))


def _why_not(fault: Invalid | NotFound | Refused) -> str:
    if isinstance(fault, Invalid) and fault.message == Invalid.message:
        return ". ".join(reason for several in fault.errors.values() for reason in several)
    return fault.message
