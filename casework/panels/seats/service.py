"""Who sits on a panel: each agency's member, deputy and alternate, and the senior to whom its delays go."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission, Role
from casework.accounts import service as accounts
from casework.accounts.models import Agency, Membership, User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.locks import lock
from casework.cases.models import Case, Exclusion
from casework.errors import Conflict, Invalid, NotFound, Refused
from casework.extensions import db
from casework.forms import today, write_date
from casework.panels.models import Seat
from casework.programmes import shelf
from casework.programmes.definition import PanelRules, Programme

FIELDS = ("member_id", "deputy_id", "alternate_id", "senior_name", "senior_email", "from_day")
LABELS = {
    "member": "Member",
    "deputy": "Deputy",
    "alternate": "Alternate",
    "senior_name": "Senior",
    "senior_email": "Senior's email address",
    "from_day": "From",
}


def panel_of(actor: Actor, programme_id: str, permission: Permission) -> Programme:
    """The programme, if it has a panel of which the actor may know (else NotFound) and do this (else Refused)."""
    programme = shelf.every().get(programme_id)
    if programme is None or programme.panel is None or not actor.has(Permission.MEETING_VIEW, programme_id):
        raise NotFound
    if not actor.has(permission, programme_id):
        raise Refused(permission=str(permission))
    return programme


def rules_of(programme_id: str) -> PanelRules:
    """How the panel of a programme meets. Raises NotFound for a programme without a panel."""
    rules = shelf.programme(programme_id).panel
    if rules is None:
        raise NotFound
    return rules


# -- who sits ---------------------------------------------------------------------------------------------


def of_panel(programme_id: str, on: date | None = None) -> list[Seat]:
    """The seats that stand on a day (today), by the name of their agency."""
    day = on or today()
    query = (
        select(Seat)
        .join(Seat.agency)
        .where(Seat.programme == programme_id, Seat.from_day <= day, _not_ended(day))
        .options(joinedload(Seat.agency), joinedload(Seat.member), joinedload(Seat.deputy))
        .options(joinedload(Seat.alternate))
        .order_by(Agency.name, Seat.id)
    )
    return list(db.session.scalars(query))


def of_agency(programme_id: str, agency_id: uuid.UUID, on: date | None = None) -> Seat | None:
    """The seat that an agency has on a panel."""
    return next((seat for seat in of_panel(programme_id, on) if seat.agency_id == agency_id), None)


def to_come_or_ended(actor: Actor, programme_id: str) -> Sequence[Seat]:
    """The seats that do not stand today, the latest first."""
    day = today()
    query = (
        policy.visible(actor, Seat)
        .where(Seat.programme == programme_id, or_(Seat.from_day > day, ~_not_ended(day)))
        .options(joinedload(Seat.agency), joinedload(Seat.member))
        .order_by(Seat.from_day.desc(), Seat.id)
    )
    return db.session.scalars(query).all()


def people(seat: Seat) -> list[User]:
    """Those named on a seat who still use casework: member, deputy, alternate."""
    named = (seat.member, seat.deputy, seat.alternate)
    return [user for user in named if user is not None and user.deactivated_at_utc is None]


def reader(seat: Seat, case: Case) -> User | None:
    """Who reads of a case for a seat: its member, else the deputy, else the alternate: the first who may know."""
    barred = barred_from(case.id)
    return next((user for user in people(seat) if user.id not in barred), None)


def barred_from(case_id: uuid.UUID) -> set[uuid.UUID]:
    """The users from whom a case is hidden, themselves or with their agency."""
    return barred([case_id]).get(case_id, set())


def barred(cases: Iterable[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Of each case the users from whom it is hidden; nothing of a case that is hidden from nobody."""
    standing = (Exclusion.case_id.in_(list(cases)), Exclusion.ended_at_utc.is_(None))
    themselves = select(Exclusion.case_id, Exclusion.user_id).where(*standing, Exclusion.user_id.is_not(None))
    with_agency = (
        select(Exclusion.case_id, Membership.user_id)
        .join(Membership, Membership.agency_id == Exclusion.agency_id)
        .where(*standing, *accounts.in_force())
    )
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for query in (themselves, with_agency):
        for case_id, user_id in db.session.execute(query):
            if user_id is not None:
                found.setdefault(case_id, set()).add(user_id)
    return found


def offered(actor: Actor, programme_id: str, agency_id: uuid.UUID) -> list[User]:
    """Those who may sit for an agency: its panel members in the programme."""
    return accounts.colleagues(actor, programme_id, Role.PANEL_MEMBER, agency_id=agency_id)


def agencies_without(programme_id: str) -> list[Agency]:
    """The agencies that have no seat today nor one to come."""
    taken = select(Seat.agency_id).where(Seat.programme == programme_id, _not_ended(today()))
    query = select(Agency).where(Agency.deactivated_at_utc.is_(None), Agency.id.not_in(taken))
    return list(db.session.scalars(query.order_by(Agency.name)))


def _not_ended(day: date) -> Any:
    return or_(Seat.ended_on.is_(None), Seat.ended_on > day)


# -- whether it is enough ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """One group of the quorum: kinds of agencies, of which one must be there, and those agencies that are."""

    kinds: tuple[str, ...]
    agencies: tuple[str, ...]

    @property
    def met(self) -> bool:
        return bool(self.agencies)


def quorum(rules: PanelRules, agencies: Iterable[Agency]) -> list[Group]:
    """Each group of the rules with those of `agencies` that meet it."""
    there = list(agencies)
    return [
        Group(tuple(kinds), tuple(agency.name for agency in there if agency.kind in kinds))
        for kinds in rules.quorum
    ]


def missing_core(rules: PanelRules, agencies: Iterable[Agency]) -> list[str]:
    """The kinds of agencies that the rules name as core and that none of `agencies` is of."""
    there = {agency.kind for agency in agencies}
    return [kind for kind in rules.core if kind not in there]


# -- keeping it -------------------------------------------------------------------------------------------


def give(actor: Actor, programme_id: str, agency_id: uuid.UUID, values: Mapping[str, Any]) -> Seat:
    """Give an agency a seat. Raises Invalid when it has one, or for somebody who may not sit for it."""
    panel_of(actor, programme_id, Permission.MEETING_RUN)
    if agency_id not in {agency.id for agency in agencies_without(programme_id)}:
        raise Invalid(errors={"agency": ["This agency has a seat on this panel"]})
    kept = _checked(actor, programme_id, agency_id, values)
    seat = Seat(programme=programme_id, agency_id=agency_id, **kept)
    db.session.add(seat)
    db.session.flush()
    trail.record(actor, Event.SEAT_CHANGED, seat, fields=list(FIELDS))
    return seat


def change(actor: Actor, seat: Seat, values: Mapping[str, Any], *, version: int) -> None:
    """Put others on a seat. Raises Conflict when somebody changed it after `version`."""
    _hold(seat, version, values)
    kept = _checked(actor, seat.programme, seat.agency_id, values)
    fields = [name for name, value in kept.items() if getattr(seat, name) != value]
    for name in fields:
        setattr(seat, name, kept[name])
    db.session.flush()
    db.session.expire(seat, ["member", "deputy", "alternate"])
    trail.record(actor, Event.SEAT_CHANGED, seat, fields=fields)


def end(actor: Actor, seat: Seat, *, ended_on: date, version: int) -> None:
    """End a seat: from that day on the agency has none. Raises Conflict as `change` does."""
    _hold(seat, version, {})
    if ended_on < seat.from_day:
        words = f"The day must be the same as or after {write_date(seat.from_day)}, when the seat was given"
        raise Invalid(errors={"ended_on": [words]})
    seat.ended_on = ended_on
    db.session.flush()
    trail.record(actor, Event.SEAT_CHANGED, seat, fields=["ended_on"])


def seat_for(actor: Actor, seat_id: uuid.UUID, permission: Permission = Permission.MEETING_RUN) -> Seat:
    """The seat, if the actor may see it (else NotFound) and holds `permission` on it (else Refused)."""
    seat = db.session.scalar(policy.visible(actor, Seat).where(Seat.id == seat_id))
    if seat is None:
        raise NotFound
    if not policy.decide(actor, permission, seat):
        raise Refused(permission=str(permission), subject=seat)
    return seat


def words_of(seat: Seat) -> dict[str, str]:
    """A seat in words, by the labels of its form."""
    return {
        LABELS["member"]: seat.member.name if seat.member else "Nobody",
        LABELS["deputy"]: seat.deputy.name if seat.deputy else "Nobody",
        LABELS["alternate"]: seat.alternate.name if seat.alternate else "Nobody",
        LABELS["senior_name"]: seat.senior_name or "",
        LABELS["senior_email"]: seat.senior_email or "",
        LABELS["from_day"]: write_date(seat.from_day),
    }


def _checked(
    actor: Actor, programme_id: str, agency_id: uuid.UUID, values: Mapping[str, Any]
) -> dict[str, Any]:
    """The values as they are kept. The same person twice would leave nobody to stand in."""
    known = {user.id for user in offered(actor, programme_id, agency_id)}
    chosen: list[uuid.UUID] = []
    for name in ("member_id", "deputy_id", "alternate_id"):
        user_id, field = values.get(name), name.removesuffix("_id")
        if user_id is None:
            continue
        if user_id not in known:
            raise Invalid(errors={field: ["Choose somebody who is a panel member of this agency"]})
        if user_id in chosen:
            raise Invalid(errors={field: ["Choose somebody else: this person is named above"]})
        chosen.append(user_id)
    return {name: values.get(name) for name in FIELDS}


def _hold(seat: Seat, version: int, values: Mapping[str, Any]) -> None:
    lock(seat)
    if seat.version != version:
        raise Conflict(stored=words_of(seat), submitted=_submitted(values))


def _submitted(values: Mapping[str, Any]) -> dict[str, str]:
    names = {
        user.id: user.name
        for user in db.session.scalars(
            select(User).where(
                User.id.in_([value for value in values.values() if isinstance(value, uuid.UUID)])
            )
        )
    }
    words = {}
    for name, value in values.items():
        label = LABELS[name.removesuffix("_id")]
        if isinstance(value, uuid.UUID):
            words[label] = names.get(value, "Nobody")
        elif isinstance(value, date):
            words[label] = write_date(value)
        else:
            words[label] = value or ("Nobody" if name.endswith("_id") else "")
    return words
