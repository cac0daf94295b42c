"""Closing a case: why, with what outcome, and whether each need was met, after one look at everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from casework.access import policy
from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import entries, kinds, moments, stages
from casework.cases.history import note_event
from casework.cases.models import Case, Entry, Involvement
from casework.cases.service import put_in_stage
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import FormSchema, code, date_, long_text, text, today, version
from casework.programmes.definition import CHECKS, Programme

NEED = "need_"


def form(programme: Programme, needs: Sequence[Entry]) -> FormSchema:
    """Why and with what outcome, and one question for each need that is not settled."""
    met = [each for each in programme.codes_on("need_met", today()) if each.id != kinds.OPEN_NEED]
    fields: dict[str, Any] = {
        "closed_on": date_("Date closed", required=True),
        "closure_reason": code(
            "Reason for closing", programme.codes_on("closure_reason", today()), required=True
        ),
        "closure_words": long_text(
            "Outcome",
            required="Enter the outcome",
            hint="What changed for the person, and what others now do.",
        ),
    }
    for need in needs:
        words = programme.list("needs_identified").label(need.code or "")
        fields[NEED + need.id.hex] = code(
            f"{words}: was this need met?",
            met,
            group="Needs identified",
            required=f"Select whether “{words}” was met",
        )
    fields["reason"] = text("Anything that should be known if the person comes back", max_length=1000)
    fields["version"] = version()
    made: Any = FormSchema.from_dict(fields, name="ClosureForm")
    return made()


def unsettled_needs(case: Case) -> Sequence[Entry]:
    query = (
        select(Entry)
        .where(
            Entry.case_id == case.id,
            Entry.kind == "need_identified",
            Entry.ended_at_utc.is_(None),
            func.coalesce(Entry.status, kinds.OPEN_NEED) == kinds.OPEN_NEED,
        )
        .order_by(Entry.dated, Entry.id)
    )
    return db.session.scalars(query).all()


def close(actor: Actor, case: Case, to: str, values: Mapping[str, Any]) -> None:
    """Close the case by a move of its programme. Raises Refused, Invalid or Conflict."""
    stages.hold(case, values["version"])
    chosen = stages.way(actor, case, to)
    if not chosen.is_closure:
        raise Invalid("This move does not close the case.")
    if values["closed_on"] < case.opened_on:
        raise Invalid(errors={"closed_on": ["The case cannot be closed before it was opened"]})
    stages.refuse_unless_open(
        chosen, case, reason=values["closure_words"], filled=frozenset((CHECKS["needs_answered"],))
    )
    _settle_needs(actor, case, values)
    case.closed_on, case.closure_reason = values["closed_on"], values["closure_reason"]
    case.closure_words = values["closure_words"]
    note_event(
        actor,
        case,
        "closure",
        dated=values["closed_on"],
        code=values["closure_reason"],
        outcome=values["closure_words"],
        text=values.get("reason"),
    )
    put_in_stage(actor, case, chosen.to, dated=values["closed_on"])
    db.session.flush()
    trail.record(actor, Event.CASE_CLOSED, case, reason=values["closure_reason"])
    moments.happened(actor, case, "closed", on=values["closed_on"])


def _settle_needs(actor: Actor, case: Case, values: Mapping[str, Any]) -> None:
    for need in unsettled_needs(case):
        answer = values.get(NEED + need.id.hex)
        if not answer:
            raise Invalid(errors={NEED + need.id.hex: ["Select whether this need was met"]})
        entries.amend(
            actor,
            need,
            {"status": answer, "done_on": values["closed_on"]},
            reason="Said at the closure",
            version=need.version,
            choices={},
        )


@dataclass(frozen=True)
class Before:
    """What went before, seen at once when a case is about to be closed."""

    entries: Mapping[str, int]
    last_incident_on: date | None
    other_cases: int


def looking_back(actor: Actor, case: Case) -> Before:
    """How much there was of everything, and how many other cases of the person the actor may see.

    Two statements.
    """
    rows = db.session.execute(
        select(Entry.kind, func.count(), func.max(Entry.dated))
        .where(Entry.case_id == case.id, Entry.ended_at_utc.is_(None))
        .group_by(Entry.kind)
    ).all()
    return Before(
        entries={kind: count for kind, count, _ in rows},
        last_incident_on=next((last for kind, _, last in rows if kind == "incident"), None),
        other_cases=_other_cases(actor, case),
    )


def _other_cases(actor: Actor, case: Case) -> int:
    if case.subject_id is None:
        return 0
    query = select(func.count(func.distinct(Involvement.case_id))).where(
        Involvement.person_id == case.subject_id,
        Involvement.case_id != case.id,
        policy.condition(actor, Involvement),
    )
    return db.session.scalar(query) or 0
