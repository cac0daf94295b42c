"""What must be true before an entry of a kind is kept, and what follows once it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import func, select, update

from casework.access.vocabulary import Actor
from casework.cases import clocks, gaps, gate, kinds, mediation, moments, risk, tasks
from casework.cases.history import note_event
from casework.cases.kind import Kind, Values
from casework.cases.models import Case, Entry
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today

# An onward referral that is sent or accepted has not come to its end: it is chased on the day that was set.
UNENDED = frozenset(("sent", "accepted"))


def before(case: Case, kind: Kind, values: Values, *, entry: Entry | None = None) -> None:
    """Raise Invalid, with the reason, when this may not be recorded on this case."""
    if kind.id in CHECKS:
        CHECKS[kind.id](case, values, entry)


def after(actor: Actor, case: Case, entry: Entry, *, new: bool = False) -> None:
    """Keep the case, its tasks and its clocks in step with an entry that was added, amended or struck out."""
    if entry.kind in FOLLOW:
        FOLLOW[entry.kind](actor, case, entry)
    if new and entry.kind == "onward" and entry.basis:
        _note_sharing(actor, case, entry)
    db.session.flush()


def _check_activity(case: Case, values: Values, entry: Entry | None) -> None:
    new_session = entry is None or entry.code != kinds.MEDIATION_SESSION
    if values.get("code") == kinds.MEDIATION_SESSION and new_session:
        mediation.refuse_session(case)


def _check_mediation(case: Case, _values: Values, entry: Entry | None) -> None:
    if entry is None:  # what came of an offer is recorded even where abuse came to light since
        mediation.refuse_offer(case)


def _check_leaving(case: Case, values: Values, entry: Entry | None) -> None:
    """What is shared passes the gate: nobody is referred or told who must not know."""
    if entry is not None and all(values.get(name) == getattr(entry, name) for name in ("whom", "text")):
        return
    if values.get("shared") is False:
        return
    blocks = gate.check(case, gate.Recipient(values.get("whom") or ""), values.get("text") or "")
    if blocks:
        raise Invalid(
            "This cannot be shared as it stands.", errors={"whom": [block.reason for block in blocks]}
        )


def _follow_contact(actor: Actor, case: Case, entry: Entry) -> None:
    """The latest contact that reached the person; the first one stops its clock.

    A new try ends older reminders.
    """
    reached = (Entry.case_id == case.id, Entry.kind == "contact", Entry.ended_at_utc.is_(None))
    case.last_contact_on = db.session.scalar(
        select(func.max(Entry.dated)).where(*reached, Entry.status.in_(kinds.REACHED))
    )
    if entry.ended_at_utc is None and entry.status in kinds.REACHED:
        clocks.stop(actor, case, "first_contact")
    db.session.flush()
    earlier = update(Entry).where(
        *reached,
        Entry.id != entry.id,
        Entry.dated <= entry.dated,
        Entry.due_on.is_not(None),
        Entry.done_on.is_(None),
    )
    db.session.execute(
        earlier.values(done_on=entry.dated),
        execution_options={"synchronize_session": "fetch"},
    )


def _follow_onward(actor: Actor, case: Case, entry: Entry) -> None:
    """A chase while there is no outcome."""
    open_ = entry.ended_at_utc is None and entry.status in UNENDED
    if open_ and entry.done_on is not None:
        entry.done_on = None
    elif not open_ and entry.done_on is None:
        entry.done_on = max(entry.dated, today())
    tasks.follow(
        actor, case, "chase", entry.id, entry.due_on if open_ else None, f"Chase the referral to {entry.whom}"
    )


def _note_sharing(actor: Actor, case: Case, entry: Entry) -> None:
    """Whoever refers onward has decided to share with that recipient, on that basis."""
    note_event(
        actor,
        case,
        "sharing",
        dated=entry.dated,
        basis=entry.basis,
        whom=entry.whom,
        text=entry.text,
        why=entry.why,
        details={"shared": True, "onward": str(entry.id)},
    )
    db.session.flush()
    gaps.review(actor, case)


def _follow_fact(actor: Actor, case: Case, _entry: Entry) -> None:
    db.session.flush()
    gaps.review(actor, case)


def _follow_agreement(actor: Actor, case: Case, entry: Entry) -> None:
    _follow_fact(actor, case, entry)
    moments.happened(actor, case, "agreement")


def _follow_risk(actor: Actor, case: Case, _entry: Entry) -> None:
    db.session.flush()
    risk.carry_to_case(case)
    moments.happened(actor, case, "assessed")


def _follow_need(_actor: Actor, _case: Case, entry: Entry) -> None:
    """A need that is no longer open has the day on which that was said."""
    if entry.status == kinds.OPEN_NEED:
        entry.done_on = None
    elif entry.done_on is None:
        entry.done_on = max(entry.dated, today())


CHECKS: Mapping[str, Callable[[Case, Values, Entry | None], None]] = {
    "activity": _check_activity,
    "mediation": _check_mediation,
    "onward": _check_leaving,
    "sharing": _check_leaving,
}
FOLLOW: Mapping[str, Callable[[Actor, Case, Entry], None]] = {
    "contact": _follow_contact,
    "onward": _follow_onward,
    "agreement": _follow_agreement,
    "awareness": _follow_fact,
    "sharing": _follow_fact,
    "risk": _follow_risk,
    "need_identified": _follow_need,
}
