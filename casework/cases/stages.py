"""Moving a case through its programme's stages: who may make a move, and what must be on record first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import gaps, kinds, moments
from casework.cases.history import note_event
from casework.cases.locks import lock
from casework.cases.models import Case, Entry, Task
from casework.cases.service import put_in_stage
from casework.errors import Conflict, Invalid, NotFound, Refused
from casework.extensions import db
from casework.forms import today
from casework.programmes import shelf
from casework.programmes.definition import CHECKS, Move, Stage

WORKED = ("open", "closed")  # stages of a case; those of a referral are moved through by its screening
AGREED = frozenset(("agreed", "by_guardian", "lacks_capacity"))
BY_GUARDIAN = "by_guardian"
OF_AGE = 18  # Family Law Reform Act 1969, section 1


@dataclass(frozen=True)
class Way:
    """A way out of a case's stage: whether this actor may go it, and what is still missing, in words."""

    move: Move
    to: Stage
    allowed: bool
    missing: tuple[str, ...]

    @property
    def is_closure(self) -> bool:
        return self.to.kind == "closed"


def ways(actor: Actor, case: Case) -> list[Way]:
    """Every way out of the case's stage, as the programme has them."""
    programme = shelf.programme(case.programme)
    stage = programme.stage(case.stage)
    if stage.kind not in WORKED:
        return []
    moves = [(move, programme.stage(move.to)) for move in stage.moves]
    missing = missing_checks(case) if moves else frozenset()
    return [
        Way(
            move,
            to,
            may_make(actor, case, move),
            tuple(CHECKS[check] for check in move.checks if check in missing),
        )
        for move, to in moves
        if to.kind in WORKED
    ]


def way(actor: Actor, case: Case, to: str) -> Way:
    """The way to a stage. Raises NotFound where the stage has none."""
    found = next((each for each in ways(actor, case) if each.to.id == to), None)
    if found is None:
        raise NotFound("The programme has no such move from this stage.")
    return found


def may_make(actor: Actor, case: Case, move: Move) -> bool:
    """Whether the actor reaches this very case in one of the roles that the move names."""
    if actor.kind == "operator":
        return True
    named = replace(actor, grants=tuple(grant for grant in actor.grants if grant.role in move.roles))
    return bool(named.grants) and policy.decide(named, Permission.CASE_VIEW, case)


def refuse_others(way: Way, case: Case) -> None:
    """Raise Refused unless the actor holds one of the roles that may go this way."""
    if not way.allowed:
        roles = ", ".join(role.replace("_", " ") for role in way.move.roles)
        raise Refused(f"“{way.move.label}” is for: {roles}.", permission="case:move", subject=case)


def refuse_unless_open(
    way: Way, case: Case, *, reason: str | None, filled: frozenset[str] = frozenset()
) -> None:
    """Raise Refused or Invalid unless the way may be gone now. `filled` are missing things that come with
    the move.
    """
    refuse_others(way, case)
    missing = [words for words in way.missing if words not in filled]
    if missing:
        raise Invalid("This cannot be done until " + "; until ".join(missing) + ".", errors={"to": missing})
    if way.move.reason_required and not reason:
        raise Invalid(errors={"reason": ["Enter the reason"]})


def move(actor: Actor, case: Case, to: str, *, reason: str | None, version: int) -> None:
    """Move the case to a stage that is neither its closure nor its re-opening, or re-open it."""
    hold(case, version)
    chosen = way(actor, case, to)
    if chosen.is_closure:
        raise Invalid("A case is closed with its outcome.")
    refuse_unless_open(chosen, case, reason=reason)
    if case.stage_kind == "closed":
        _reopen(actor, case, reason)
    put_in_stage(actor, case, chosen.to, reason=reason)
    db.session.flush()


def _reopen(actor: Actor, case: Case, reason: str | None) -> None:
    """What was said at the closure stays in the timeline; the case itself is open again."""
    case.closed_on, case.closure_reason = None, None
    case.closure_words = None
    note_event(actor, case, "reopening", why=reason)
    trail.record(actor, Event.CASE_REOPENED, case)
    moments.happened(actor, case, "reopened")


def missing_checks(case: Case) -> frozenset[str]:
    """Which of the programme's CHECKS are not met now. Two statements."""
    found = _facts(case)
    open_tasks = db.session.scalar(
        select(func.count()).select_from(Task).where(Task.case_id == case.id, Task.done_at_utc.is_(None))
    )
    agreements = [
        (code, dated)
        for kind, code, _, _, dated in found
        if kind == "agreement" and code not in gaps.NO_ANSWER
    ]
    agreed, agreed_on = agreements[0] if agreements else (None, today())
    met = {
        "allocated": case.worker_id is not None,
        "risk_assessed": any(kind == "risk" for kind, *_ in found),
        "agreement_recorded": bool(agreements),
        "agreement_given": agreed in AGREED,
        "guardian_agreed": agreed == BY_GUARDIAN or not is_child(case, agreed_on),
        "basis_recorded": any(basis for kind, _, _, basis, _ in found if kind in ("sharing", "onward")),
        "needs_answered": not any(
            kind == "need_identified" and status in (None, kinds.OPEN_NEED) for kind, _, status, *_ in found
        ),
        "no_open_tasks": not open_tasks,
        "no_open_onward": not any(kind == "onward" and status == kinds.SENT for kind, _, status, *_ in found),
    }
    return frozenset(check for check in CHECKS if not met.get(check, False))


def is_child(case: Case, day: date) -> bool:
    """Whether the person the case is about was under age on a day, as far as their birth is known."""
    born = case.subject.date_of_birth if case.subject else None
    return born is not None and (day.year - OF_AGE, day.month, day.day) < (born.year, born.month, born.day)


def _facts(case: Case) -> list[tuple[str, str | None, str | None, str | None, date]]:
    """Kind, code, status, basis and day of what the checks ask for, the newest first."""
    rows = db.session.execute(
        select(Entry.kind, Entry.code, Entry.status, Entry.basis, Entry.dated)
        .where(
            Entry.case_id == case.id,
            Entry.kind.in_(("risk", "agreement", "sharing", "onward", "need_identified")),
            Entry.ended_at_utc.is_(None),
        )
        .order_by(Entry.dated.desc(), Entry.id.desc())
    )
    return [(kind, code, status, basis, dated) for kind, code, status, basis, dated in rows]


def hold(case: Case, version: int) -> None:
    """Lock the case; raise Conflict unless it is as the actor saw it."""
    lock(case)
    if case.version != version:
        stage = shelf.programme(case.programme).stage(case.stage).label
        raise Conflict("Somebody else changed this case meanwhile.", stored={"Stage": stage}, submitted={})
