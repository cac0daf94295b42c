"""The agenda of a meeting: which cases, in what order, for how long, and whether they fit.

Once it was sent out it is frozen: an addition is marked late and needs a reason, so does a removal; the order may
change. Whoever may not see a case sees the others as if it were not there.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.locks import lock
from casework.cases.models import Case
from casework.crypto import vault
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.forms import today
from casework.panels.meetings import invitations
from casework.panels.models import Action, AgendaItem, Meeting, QueueEntry
from casework.panels.queue import order, repeats, taking_off
from casework.panels.queue import service as queue
from casework.panels.research import service as research
from casework.panels.seats import service as seats
from casework.panels.transfers import service as transfers
from casework.programmes import shelf
from casework.programmes.definition import PanelRules

FROZEN = ("circulated", "open")
OVER = ("ended", "cancelled")
UNHEARD = "listed"


# -- what stands on it ------------------------------------------------------------------------------------


def items_of(actor: Actor, meeting: Meeting) -> list[AgendaItem]:
    """The items that the actor may see, in order, without those taken off."""
    query = (
        policy.visible(actor, AgendaItem)
        .where(AgendaItem.meeting_id == meeting.id, AgendaItem.state.not_in(taking_off.GONE))
        .order_by(AgendaItem.position, AgendaItem.id)
        .options(
            joinedload(AgendaItem.case).joinedload(Case.subject),
            joinedload(AgendaItem.presenter),
        )
    )
    items = list(db.session.scalars(query))
    vault.warm([item.case.subject_id for item in items if item.case.subject_id])
    return items


def taken_off(actor: Actor, meeting: Meeting) -> Sequence[AgendaItem]:
    """What was taken off after the agenda went out; for those who run the meeting."""
    query = (
        policy.visible(actor, AgendaItem, Permission.MEETING_RUN)
        .where(AgendaItem.meeting_id == meeting.id, AgendaItem.state.in_(taking_off.GONE))
        .order_by(AgendaItem.position, AgendaItem.id)
        .options(joinedload(AgendaItem.case).joinedload(Case.subject))
    )
    return db.session.scalars(query).all()


def outstanding(actor: Actor, meeting: Meeting) -> tuple[int, int]:
    """How many actions of the panel that the actor may see are open, and how many of those overdue."""
    late = func.count().filter(Action.due_on < today())
    row = db.session.execute(
        select(func.count(), late).where(
            policy.condition(actor, Action, Permission.ACTION_WORK),
            Action.programme == meeting.programme,
            Action.state == "open",
        )
    ).one()
    return row[0], row[1]


def repeat_words(actor: Actor, items: Sequence[AgendaItem]) -> dict[uuid.UUID, str]:
    """Of each item that is more than a new case, what it is, as far as the actor may see the case before it."""
    entries = {item.queue_entry_id for item in items if item.queue_entry_id}
    seen: dict[uuid.UUID | None, str] = dict(_repeated(actor, entries))
    came = transfers.origins({item.case_id for item in items if item.kind == "transfer"})
    return {
        item.id: f"Transfer from {came[item.case_id]}"
        if item.case_id in came
        else order.kind_words(shelf.programme(item.programme), item.kind, seen.get(item.queue_entry_id, ""))
        for item in items
        if item.kind != "new" and (item.kind not in queue.REPEATING or item.queue_entry_id in seen)
    }


def _repeated(actor: Actor, entries: set[uuid.UUID]) -> Sequence[Any]:
    """The reference of the case that each entry repeats, where the actor may see it."""
    query = (
        select(QueueEntry.id, Case.reference)
        .join(Case, Case.id == QueueEntry.repeat_of_id)
        .where(QueueEntry.id.in_(entries), policy.condition(actor, Case, Permission.CASE_VIEW))
    )
    return db.session.execute(query).all() if entries else []


# -- whether it fits --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Load:
    """How full a meeting is, of what its reader may see. `warnings` are said, and stop nothing."""

    cases: int
    minutes: int  # of the cases
    opening: int  # before the first of them
    length: int
    cases_cap: int | None
    room: int  # how many more cases fit
    warnings: tuple[str, ...]

    @property
    def total(self) -> int:
        return self.minutes + self.opening

    @property
    def over(self) -> bool:
        return bool(self.warnings)


def load(meeting: Meeting, items: Sequence[AgendaItem]) -> Load:
    """Minutes and cases against the length of the meeting and the caps of the panel."""
    rules = _rules(meeting)
    minutes, opening = sum(item.minutes for item in items), opening_minutes(meeting)
    return Load(
        cases=len(items),
        minutes=minutes,
        opening=opening,
        length=meeting.minutes,
        cases_cap=rules.cases_cap,
        room=order.room(
            rules,
            minutes=meeting.minutes,
            opening=opening,
            planned=minutes,
            items=len(items),
            each=meeting.minutes_per_case,
        ),
        warnings=tuple(_warnings(meeting, rules, items, minutes + opening)),
    )


def _warnings(meeting: Meeting, rules: PanelRules, items: Sequence[AgendaItem], total: int) -> Iterator[str]:
    if total > meeting.minutes:
        more = total - meeting.minutes
        yield f"The agenda is {more} {'minute' if more == 1 else 'minutes'} longer than the meeting."
    if rules.cases_cap is not None and len(items) > rules.cases_cap:
        yield f"The panel takes at most {rules.cases_cap} cases in a meeting; there are {len(items)}."
    if rules.minutes_cap is not None:
        long = sum(item.minutes > rules.minutes_cap for item in items)
        if long:
            cases = "1 case has" if long == 1 else f"{long} cases have"
            yield f"{cases} more than the {rules.minutes_cap} minutes that the panel gives a case."


def opening_minutes(meeting: Meeting) -> int:
    """How long the meeting spends on outstanding actions before its first case."""
    return _rules(meeting).opening_minutes if meeting.opening_minutes is None else meeting.opening_minutes


def starts(meeting: Meeting, items: Sequence[AgendaItem]) -> dict[uuid.UUID, datetime]:
    """When each item begins, one after the other. Only for those who run the meeting."""
    at = meeting.starts_at_utc + timedelta(minutes=opening_minutes(meeting))
    begins: dict[uuid.UUID, datetime] = {}
    for item in items:
        begins[item.id] = at
        at += timedelta(minutes=item.minutes)
    return begins


# -- putting on, and taking off ---------------------------------------------------------------------------


def list_entry(actor: Actor, meeting: Meeting, entry: QueueEntry, *, late: str | None = None) -> AgendaItem:
    """Put a case that waits on the agenda. `late` says why it comes after the agenda was sent out.

    Raises Invalid where the meeting or the entry cannot take it, Conflict where somebody was quicker.
    """
    lock(meeting)
    lock(entry)
    _refuse_listing(meeting, entry, late)
    frozen = meeting.state in FROZEN
    item = _again(meeting, entry) or _new_item(meeting, entry)
    item.state, item.late, item.reason = UNHEARD, frozen, late if frozen else None
    item.kind, item.queue_entry_id = entry.kind, entry.id
    item.position = _last_position(meeting) + 1
    db.session.flush()
    queue.listed(actor, entry, late)
    trail.record(actor, Event.ITEM_LISTED, item, meeting=str(meeting.id))
    if frozen:
        research.ask_all(actor, item)
        invitations.tell_of_late(actor, item)
    return item


def _refuse_listing(meeting: Meeting, entry: QueueEntry, late: str | None) -> None:
    if meeting.state in OVER:
        raise Invalid("This meeting is over: choose a coming one.")
    if entry.programme != meeting.programme:
        raise Invalid("This case waits for another panel.")
    if entry.state == "listed":
        raise Conflict("This case is on an agenda already.", stored=queue.in_words(entry))
    if entry.state != "waiting":
        raise Conflict("This case does not wait in the queue any more.", stored=queue.in_words(entry))
    if meeting.state in FROZEN and not late:
        raise Invalid(errors={"late": ["Enter why the case is added after the agenda was circulated"]})


def _again(meeting: Meeting, entry: QueueEntry) -> AgendaItem | None:
    """The item of a case that was taken off this very agenda: what agencies returned for it is kept."""
    return db.session.scalar(
        select(AgendaItem)
        .where(
            AgendaItem.meeting_id == meeting.id,
            AgendaItem.case_id == entry.case_id,
            AgendaItem.state.in_(taking_off.GONE),
        )
        .limit(1)
    )


def _new_item(meeting: Meeting, entry: QueueEntry) -> AgendaItem:
    earlier = repeats.last_heard(entry.case_id)
    if earlier is None and entry.kind == "repeat" and entry.repeat_of_id:
        earlier = repeats.last_heard(entry.repeat_of_id)
    item = AgendaItem(
        case_id=entry.case_id,
        programme=entry.programme,
        meeting_id=meeting.id,
        kind=entry.kind,
        earlier_id=earlier.id if earlier else None,
        minutes=meeting.minutes_per_case,
        position=0,
    )
    db.session.add(item)
    return item


def remove(actor: Actor, item: AgendaItem, *, version: int, reason: str | None = None) -> None:
    """Take a case off the agenda: it waits in the queue again. After circulation that needs a reason."""
    lock(item.meeting)
    _hold(item, version, {"Reason": reason or ""})
    if item.state != UNHEARD:
        raise Conflict("This case is being heard, or was heard, so it stays on the agenda.")
    if item.meeting.state in OVER:
        raise Invalid("This meeting is over.")
    if item.meeting.state in FROZEN and not reason:
        raise Invalid(errors={"reason": ["Enter why the case is taken off after the agenda was circulated"]})
    entry = db.session.get(QueueEntry, item.queue_entry_id) if item.queue_entry_id else None
    taking_off.take_off(actor, item, reason)
    if entry is not None and entry.state == "listed":
        lock(entry)
        queue.unlisted(actor, entry, reason)


# -- order and times --------------------------------------------------------------------------------------


def reorder(
    actor: Actor, meeting: Meeting, *, seen: Sequence[uuid.UUID], wanted: Sequence[uuid.UUID]
) -> None:
    """Put the items that the actor sees in the order `wanted`; those hidden from them keep their places.

    Raises Conflict unless the order is still the one `seen`.
    """
    lock(meeting)
    if meeting.state in OVER:
        raise Invalid("This meeting is over.")
    items = {item.id: item for item in items_of(actor, meeting)}
    if list(items) != list(seen):
        raise Conflict(
            "Somebody else changed the agenda meanwhile.",
            stored={"Order": _order_words(items, items)},
            submitted={"Order": _order_words(items, wanted)},
        )
    if sorted(items) != sorted(wanted):
        raise Invalid("The order names other cases than those on the agenda.")
    positions = [item.position for item in items.values()]
    for position, row in zip(positions, wanted, strict=True):
        if items[row].position != position:
            items[row].position = position
    db.session.flush()
    trail.record(actor, Event.MEETING_CHANGED, meeting, fields=["order"])


def shifted(seen: Sequence[uuid.UUID], row: uuid.UUID, by: int) -> list[uuid.UUID]:
    """The order with one item moved up (-1) or down (1); at either end it stays."""
    wanted = list(seen)
    if row not in wanted:
        return wanted
    place = wanted.index(row)
    to = min(max(place + by, 0), len(wanted) - 1)
    wanted.insert(to, wanted.pop(place))
    return wanted


def change_item(
    actor: Actor, item: AgendaItem, *, minutes: int, presenter_id: uuid.UUID | None, version: int
) -> None:
    """Say how long a case is given, and who presents it."""
    chosen = next((user for user in presenters(actor, item) if user.id == presenter_id), None)
    _hold(item, version, {"Minutes": str(minutes), "Presenter": chosen.name if chosen else "Nobody yet"})
    if presenter_id is not None and chosen is None:
        raise Invalid(errors={"presenter": ["Select somebody from the list"]})
    before = {"minutes": item.minutes, "presenter": item.presenter_id}
    item.minutes, item.presenter_id = minutes, presenter_id
    after = {"minutes": minutes, "presenter": presenter_id}
    db.session.flush()
    trail.record(
        actor, Event.ITEM_CHANGED, item, fields=[name for name in before if before[name] != after[name]]
    )


def change_opening(actor: Actor, meeting: Meeting, *, minutes: int, version: int) -> None:
    """Say how long outstanding actions are given at the start."""
    lock(meeting)
    if meeting.version != version:
        raise Conflict(stored={"Minutes": str(opening_minutes(meeting))}, submitted={"Minutes": str(minutes)})
    meeting.opening_minutes = minutes
    db.session.flush()
    trail.record(actor, Event.MEETING_CHANGED, meeting, fields=["opening_minutes"])


def presenters(actor: Actor, item: AgendaItem) -> list[User]:
    """Who may present a case: everybody of the panel's programme from whom it is not hidden."""
    barred = seats.barred_from(item.case_id)
    return [user for user in accounts.colleagues(actor, item.programme) if user.id not in barred]


# -- what they share --------------------------------------------------------------------------------------


def _hold(item: AgendaItem, version: int, submitted: Mapping[str, str]) -> None:
    lock(item)
    if item.version != version:
        presenter = item.presenter.name if item.presenter else "Nobody yet"
        stored = {"Minutes": str(item.minutes), "Presenter": presenter}
        raise Conflict(stored=stored, submitted=submitted)


def _rules(meeting: Meeting) -> PanelRules:
    rules = shelf.programme(meeting.programme).panel
    if rules is None:
        raise Invalid("This programme has no panel.")
    return rules


def _last_position(meeting: Meeting) -> int:
    last = select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting.id)
    return db.session.scalar(last) or 0


def _order_words(
    items: Mapping[uuid.UUID, AgendaItem], rows: Sequence[uuid.UUID] | Mapping[uuid.UUID, object]
) -> str:
    known = [items[row] for row in rows if row in items]
    return "\n".join(f"{place}. {item.case.reference}" for place, item in enumerate(known, start=1))
