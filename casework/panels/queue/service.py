"""The queue of a panel: how cases come into it and leave it, and what a coordinator does with one that waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import moments
from casework.cases.locks import lock
from casework.cases.models import Case, Task
from casework.errors import Conflict, Invalid, Refused
from casework.extensions import db
from casework.forms import today, write_date
from casework.panels.models import QueueEntry
from casework.panels.queue import order, repeats, taking_off
from casework.panels.queue.order import STATES, Facts
from casework.panels.queue.repeats import Repeat
from casework.programmes import shelf
from casework.programmes.definition import PanelRules, Programme

OPEN = ("waiting", "held", "listed")
REPEATING = ("repeat", "other_perpetrator")
TOLD = 20  # what was done with an entry is kept for so many times

# Each act in the words of the page and of the entry's story.
ACTS: Mapping[str, str] = {
    "enter": "Put in the queue",
    "hold": "Put on hold",
    "release": "Released",
    "defer": "Deferred",
    "withdraw": "Withdrawn",
    "forward": "Brought forward",
    "list": "Put on an agenda",
    "take_off": "Taken off an agenda",
}


# -- coming in, and leaving -------------------------------------------------------------------------------


def enter(
    actor: Actor,
    case: Case,
    kind: str,
    *,
    urgent: bool = False,
    due_on: date | None = None,
    reason: str | None = None,
    not_before: date | None = None,
    repeat_of: Case | None = None,
) -> QueueEntry:
    """Put a case into its panel's queue, or give the entry that is open already what is more pressing here."""
    lock(case)
    entry = open_entry(case)
    if entry is not None:
        press(actor, entry, urgent=urgent, due_on=due_on)
        return entry
    programme = shelf.programme(case.programme)
    if kind in REPEATING and repeat_of is None:
        repeat_of = repeats.kind_of(case).case
    entry = QueueEntry(
        case_id=case.id,
        programme=case.programme,
        kind=kind,
        entered_on=today(),
        urgent=urgent or case.urgent,
        due_on=due_on or order.due_on(programme, kind, today(), _running(case, programme)),
        not_before=not_before,
        repeat_of_id=repeat_of.id if repeat_of else None,
        reason=reason,
        place="",
    )
    put_in_place(entry, case)
    db.session.add(entry)
    _told(actor, entry, "enter", reason)
    _changed(actor, entry)
    return entry


def enter_by_hand(actor: Actor, case: Case, *, reason: str, urgent: bool) -> QueueEntry:
    """Put a case into the queue that did not come there by itself."""
    if words := why_not(case):
        raise Invalid(words)
    if open_entry(case) is not None:
        raise Conflict("This case waits in the queue already.")
    found = kind_here(case)
    return enter(actor, case, found.kind, urgent=urgent, reason=reason, repeat_of=found.case)


def why_not(case: Case) -> str:
    """Why a case cannot be put into the queue, in words; nothing where it can."""
    rules = shelf.programme(case.programme).panel
    if rules is None:
        return "This programme has no panel."
    if case.stage_kind == "screening" and not rules.hear_unscreened:
        return "This panel hears a referral once it has been accepted."
    if case.stage_kind == "declined":
        return "This referral was declined: consider it again first."
    if case.stage_kind == "closed":
        return "This case is closed: re-open it first."
    return ""


def open_entry(case: Case) -> QueueEntry | None:
    """The case's entry that is neither heard nor withdrawn."""
    return db.session.scalar(
        select(QueueEntry).where(QueueEntry.case_id == case.id, QueueEntry.state.in_(OPEN)).limit(1)
    )


def leave(actor: Actor, case: Case, state: str) -> None:
    """The case waits no longer: it was heard, or withdrawn. From an agenda not sent out it is taken off."""
    entry = open_entry(case)
    if entry is None:
        return
    lock(entry)
    if state == "withdrawn" and (item := taking_off.item_of(entry)) is not None:
        if item.meeting.state == "planned":
            taking_off.take_off(actor, item, None)
        elif item.state in ("discussing", "heard"):
            state = "heard"
    entry.state = state
    _changed(actor, entry)


def kind_here(case: Case) -> Repeat:
    """As what a case comes into the queue now: one that the panel has heard comes again, any other by the rule."""
    rules = shelf.programme(case.programme).panel
    if case.heard_on is None:
        return repeats.kind_of(case)
    return Repeat("relisted" if rules and rules.relisted_until_closed else "returned")


# -- what a coordinator does ------------------------------------------------------------------------------


def hold(actor: Actor, entry: QueueEntry, *, reason: str, version: int) -> None:
    """It stays in the queue and is put on no agenda until it is released."""
    _take(actor, entry, version, reason, ("waiting",))
    entry.state, entry.reason = "held", reason
    _told(actor, entry, "hold", reason)
    _changed(actor, entry)


def release(actor: Actor, entry: QueueEntry, *, version: int, reason: str | None = None) -> None:
    """It waits again: no longer on hold, nor for a later day."""
    _take(actor, entry, version, reason, ("waiting", "held"))
    entry.state, entry.not_before, entry.reason = "waiting", None, None
    _told(actor, entry, "release", reason)
    _changed(actor, entry)


def defer(actor: Actor, entry: QueueEntry, *, reason: str, version: int, until: date | None = None) -> None:
    """Let it wait for a later day (None: the next meeting). The clock that it waits against goes on."""
    _take(actor, entry, version, reason, OPEN)
    if until is not None and until <= today():
        raise Invalid(errors={"until": ["The day must be in the future"]})
    _take_off(actor, entry, reason)
    entry.state, entry.not_before, entry.reason = "waiting", until, reason
    entry.brought_forward, entry.why_forward = False, None
    entry.deferrals += 1
    _told(actor, entry, "defer", reason)
    put_in_place(entry)
    _changed(actor, entry)


def withdraw(actor: Actor, entry: QueueEntry, *, reason: str, version: int) -> None:
    """The panel will not hear it, for now."""
    _take(actor, entry, version, reason, OPEN)
    _take_off(actor, entry, reason)
    entry.state, entry.reason = "withdrawn", reason
    _told(actor, entry, "withdraw", reason)
    _changed(actor, entry)


def bring_forward(actor: Actor, entry: QueueEntry, *, reason: str, version: int) -> None:
    """Let it stand before everything that is not urgent, from now on."""
    _take(actor, entry, version, reason, ("waiting", "held"))
    entry.state, entry.not_before, entry.reason = "waiting", None, None
    entry.brought_forward, entry.why_forward = True, reason
    _told(actor, entry, "forward", reason)
    put_in_place(entry)
    _changed(actor, entry)


def listed(actor: Actor, entry: QueueEntry, words: str | None = None) -> None:
    """It stands on an agenda now. Called by whoever put it there, who holds the entry."""
    entry.state, entry.not_before, entry.reason = "listed", None, None
    _told(actor, entry, "list", words)
    _changed(actor, entry)


def unlisted(actor: Actor, entry: QueueEntry, reason: str | None) -> None:
    """It was taken off an agenda and waits again."""
    entry.state = "waiting"
    _told(actor, entry, "take_off", reason)
    put_in_place(entry)
    _changed(actor, entry)


def put_in_place(entry: QueueEntry, case: Case | None = None) -> None:
    """Work out where it stands from what the case and the entry are now."""
    case = case or entry.case
    facts = Facts(
        kind=entry.kind,
        entered_on=entry.entered_on,
        urgent=entry.urgent,
        brought_forward=bool(entry.brought_forward),
        due_on=entry.due_on,
        risk_band=case.risk_band,
        risk_score=case.risk_score,
    )
    entry.place = order.place(shelf.programme(entry.programme), facts)


# -- what happens to cases --------------------------------------------------------------------------------


@moments.listen
def follow(actor: Actor, case: Case, event: str, _day: date) -> None:
    """Cases come into the queue, and leave it, with the stages that their programme names."""
    rules = shelf.programme(case.programme).panel
    if rules is None:
        return
    if event == "moved":
        _follow_stage(actor, case, rules)
    elif event in ("accepted", "assessed") and (entry := open_entry(case)) is not None:
        lock(entry)
        running = _running(case, shelf.programme(case.programme))
        press(actor, entry, urgent=case.urgent, due_on=running if event == "accepted" else None)


def _follow_stage(actor: Actor, case: Case, rules: PanelRules) -> None:
    if case.stage_kind in ("closed", "declined"):
        leave(actor, case, "withdrawn")
    elif case.stage in rules.queue_stages:
        found = kind_here(case)
        enter(actor, case, found.kind, repeat_of=found.case)


def end(actor: Actor, entry: QueueEntry, reason: str) -> None:
    """It waits no longer, for a reason of the system's own."""
    entry.state, entry.reason = "withdrawn", reason
    _told(actor, entry, "withdraw", reason)
    _changed(actor, entry)


def become(actor: Actor, entry: QueueEntry, kind: str, reason: str) -> None:
    """What waits already waits for another reason from now on, and for no later day."""
    lock(entry)
    entry.kind, entry.reason, entry.not_before = kind, reason, None
    entry.state = "waiting" if entry.state == "held" else entry.state
    _told(actor, entry, "enter", reason)
    put_in_place(entry)
    _changed(actor, entry)


def press(actor: Actor, entry: QueueEntry, *, urgent: bool, due_on: date | None) -> None:
    """Let an entry be as urgent, and due as early, as it has now become."""
    before = (entry.urgent, entry.due_on, entry.place)
    entry.urgent = entry.urgent or urgent
    entry.due_on = min(filter(None, (entry.due_on, due_on)), default=None)
    put_in_place(entry)
    if (entry.urgent, entry.due_on, entry.place) != before:
        _changed(actor, entry)


def _running(case: Case, programme: Programme) -> date | None:
    """The day on which the case's own clock towards its hearing runs out."""
    clock = order.hearing_clock(programme)
    if clock is None:
        return None
    return db.session.scalar(
        select(Task.due_on)
        .where(Task.case_id == case.id, Task.kind == clock.id, Task.done_at_utc.is_(None))
        .order_by(Task.due_on)
        .limit(1)
    )


# -- what was done ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """Something that was done with a place in the queue."""

    words: str
    day: date
    by: str
    reason: str


def story(entry: QueueEntry) -> list[Told]:
    """What was done with an entry, the latest first."""
    told = [
        Told(ACTS.get(each["act"], each["act"]), date.fromisoformat(each["day"]), each["by"], each["reason"])
        for each in entry.story or ()
    ]
    return told[::-1]


# -- holding, telling, writing ----------------------------------------------------------------------------


def _take(actor: Actor, entry: QueueEntry, version: int, reason: str | None, states: tuple[str, ...]) -> None:
    """Lock the entry. Raises Conflict unless it is as the actor saw it, Refused without the permission."""
    if not policy.decide(actor, Permission.MEETING_RUN, entry):
        raise Refused(permission=str(Permission.MEETING_RUN), subject=entry)
    lock(entry)
    if entry.version != version or entry.state not in states:
        raise Conflict(
            "Somebody else changed this place in the queue meanwhile.",
            stored=in_words(entry),
            submitted={"Reason": reason or ""},
        )


def in_words(entry: QueueEntry) -> dict[str, str]:
    """What an entry is now, for somebody who meant to change it."""
    words = {"State": STATES[entry.state], "Reason": entry.reason or ""}
    if entry.not_before:
        words["Not before"] = write_date(entry.not_before)
    if entry.brought_forward:
        words["Brought forward"] = entry.why_forward or "Yes"
    if last := next(reversed(entry.story or []), None):
        words["Last changed"] = f"{ACTS.get(last['act'], last['act'])} by {last['by']}"
    return words


def _take_off(actor: Actor, entry: QueueEntry, reason: str) -> None:
    item = taking_off.item_of(entry) if entry.state == "listed" else None
    if item is not None and item.state == "listed":
        taking_off.take_off(actor, item, reason)


def _told(actor: Actor, entry: QueueEntry, act: str, reason: str | None) -> None:
    said = {"act": act, "day": today().isoformat(), "by": actor.name, "reason": reason or ""}
    entry.story = [*(entry.story or []), said][-TOLD:]


def _changed(actor: Actor, entry: QueueEntry) -> None:
    db.session.flush()
    trail.record(actor, Event.QUEUE_CHANGED, entry, state=entry.state)
