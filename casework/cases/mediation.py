"""Whether people may be asked to sit down together: never where abuse is known, and only if both sides are
willing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from sqlalchemy import select

from casework.cases import warnings
from casework.cases.models import Case, Entry
from casework.errors import Invalid
from casework.extensions import db
from casework.programmes import shelf
from casework.programmes.definition import Programme

Answers = Mapping[tuple[str, str], frozenset[str]]

# Called with a case; gives its counted answers by (about, field). Whoever holds answers joins this list,
# because cases come before referrals and know nothing of them.
answers_known: list[Callable[[Case], Answers]] = []


def is_offered(programme: Programme) -> bool:
    """Whether the programme has to do with mediation at all."""
    return any(block.act == "mediation" for block in programme.blocks)


def blocked(case: Case) -> str | None:
    """Why mediation may not be offered on a case, or None."""
    return shelf.programme(case.programme).blocked(
        "mediation", answers=_answers(case), flags=warnings.flags(case)
    )


def refuse_offer(case: Case) -> None:
    reason = blocked(case)
    if reason:
        raise Invalid(reason)


def refuse_session(case: Case) -> None:
    """Raise Invalid unless mediation is allowed and the latest offer found both sides willing."""
    refuse_offer(case)
    offer = latest_offer(case)
    if offer is None:
        raise Invalid("Offer mediation first, and record whether both sides are willing.")
    if {offer.status, (offer.details or {}).get("other_party")} != {"willing"}:
        raise Invalid("A session cannot be recorded: both sides must be recorded as willing.")


def latest_offer(case: Case) -> Entry | None:
    query = (
        select(Entry)
        .where(Entry.case_id == case.id, Entry.kind == "mediation", Entry.ended_at_utc.is_(None))
        .order_by(Entry.dated.desc(), Entry.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def _answers(case: Case) -> Answers:
    found: dict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)
    for known in answers_known:
        for about, codes in known(case).items():
            found[about] |= codes
    return found
