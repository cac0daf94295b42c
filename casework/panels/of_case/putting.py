"""A case is put to the panel of another programme of this instance, and that somebody speaks for the person is counted.

What arrives there is a referral of its own. The sender learns that it was received, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.cases import entries, handovers
from casework.cases.locks import lock
from casework.cases.models import Case, Entry
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import today
from casework.programmes import shelf
from casework.programmes.definition import Programme, PutTo

RECEIVED = "received"  # a code of the list onward_outcome
ADVOCACY = "Put to the panel, where somebody speaks for the person."


@dataclass(frozen=True)
class Offer:
    """A panel to which a case can be put; `rule` says how that is coded, where the case's programme names it."""

    programme: Programme
    rule: PutTo | None

    @property
    def name(self) -> str:
        return self.programme.panel.name if self.programme.panel else self.programme.name


def offers(actor: Actor, case: Case) -> list[Offer]:
    """The panels that the case's programme names, and those of other programmes to which the actor may refer."""
    rules = {rule.programme: rule for rule in shelf.programme(case.programme).put_to}
    return [
        Offer(each, rules.get(each.id))
        for each in shelf.every().values()
        if each.panel is not None
        and each.id != case.programme
        and (each.id in rules or actor.has(Permission.REFERRAL_LOG, each.id))
        and accounts.host_agency(each.id) is not None
    ]


def put(
    actor: Actor,
    case: Case,
    *,
    to: str,
    destination: str | None,
    text: str,
    basis: str,
    why: str,
) -> None:
    """Refer the case there. Raises Invalid with the gate's reasons, and when that was done today already."""
    lock(case)
    offer = next((each for each in offers(actor, case) if each.programme.id == to), None)
    if offer is None:
        raise Invalid(errors={"to": ["Select the panel to which the case is put"]})
    code = offer.rule.destination if offer.rule else destination
    if not code:
        raise Invalid(errors={"destination": ["Select what kind of service it is referred to"]})
    if _put_today(case, offer.name):
        raise Invalid(f"This case was put to the {offer.name} today already.")
    values = {
        "dated": today(),
        "code": code,
        "whom": offer.name,
        "text": text,
        "basis": basis,
        "why": why,
        "status": RECEIVED,
        "outcome": f"Received. What the {offer.name} does with it is not told here.",
    }
    try:
        entries.add(actor, case, "onward", values)
    except Invalid as fault:
        reasons = [reason for some in fault.errors.values() for reason in some]
        raise Invalid(fault.message, errors={"text": reasons or [fault.message]}) from None
    handovers.hand_over(actor, case, to, text)
    if offer.rule is not None:
        _count(actor, case, offer.rule)


def _put_today(case: Case, name: str) -> bool:
    query = select(Entry).where(
        Entry.case_id == case.id,
        Entry.kind == "onward",
        Entry.status == RECEIVED,
        Entry.dated == today(),
        Entry.ended_at_utc.is_(None),
    )
    return any(entry.whom == name for entry in db.session.scalars(query))


def _count(actor: Actor, case: Case, rule: PutTo) -> None:
    """The advocacy counts once for each case, however often it is put there."""
    counted = select(Entry.id).where(
        Entry.case_id == case.id,
        Entry.kind == "activity",
        Entry.code == rule.activity,
        Entry.ended_at_utc.is_(None),
    )
    if db.session.scalar(counted.limit(1)) is None:
        entries.add(actor, case, "activity", {"dated": today(), "code": rule.activity, "text": ADVOCACY})
