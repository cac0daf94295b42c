"""Logging a referral: the case it opens, its people, its answers, and a task for everything nobody knew."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import clocks, entries, gaps, moments
from casework.cases import service as cases
from casework.cases.models import Case, Involvement
from casework.errors import Invalid, Refused
from casework.extensions import db, new_id
from casework.forms import today
from casework.people import service as people
from casework.people.models import Person
from casework.programmes.definition import REFERRAL, Programme
from casework.referrals import answers
from casework.referrals.models import Referral, ReferralLink

CONFLICT_DAYS = 1  # working days until the coordinator has decided on a conflict of interest

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Party:
    """Somebody in a referral: a person on record (`known`), somebody else of the same referral (`same_as`, a
    place in its list), or somebody new, with the ticket of the search that did not find them.

    `person` are sealed attributes of Person; for a person on record those given replace what is there.
    `answers` are those to the programme's questions about the role.
    """

    role: str
    known: uuid.UUID | None = None
    same_as: int | None = None
    ticket: str = ""
    person: Values = field(default_factory=dict)
    address: Values = field(default_factory=dict)
    relationship_words: str | None = None
    answers: Values = field(default_factory=dict)


@dataclass(frozen=True)
class NewReferral:
    """A referral as it comes in. `entries` are (kind of entry, answers to its form), recorded on the case.

    `exclusions` are (user id or None, agency id or None, reason). `id` makes sending twice one referral.
    """

    received_on: date
    parties: Sequence[Party]
    source: str | None = None
    route: str | None = None
    referring_agency_id: uuid.UUID | None = None
    referrer_name: str | None = None
    referrer_job: str | None = None
    referrer_contact: str | None = None
    narrative: str | None = None
    answers: Values = field(default_factory=dict)
    entries: Sequence[tuple[str, Values]] = ()
    exclusions: Sequence[tuple[uuid.UUID | None, uuid.UUID | None, str]] = ()
    conflict: str | None = None
    id: uuid.UUID = field(default_factory=new_id)


def log(
    actor: Actor, programme: Programme, new: NewReferral, *, link: ReferralLink | None = None
) -> Referral:
    """Log a referral: one case in the programme's first stage, with all that was said. No gap stops it.

    Raises Refused without the permission (or a link), Invalid when a person was not looked for or cannot be.
    """
    if link is None and not actor.has(Permission.REFERRAL_LOG, programme.id):
        raise Refused(permission=str(Permission.REFERRAL_LOG))
    _check(programme, new)
    case = cases.open_case(
        actor,
        programme,
        reference=cases.next_reference(programme, new.received_on.year),
        opened_on=new.received_on,
        agency_id=_agency(actor, programme),
    )
    _exclude(actor, case, new)
    referral = _referral(actor, case, new, link)
    _involve_all(actor, case, referral, new.parties)
    answers.record(referral, REFERRAL, None, new.answers)
    for kind, values in new.entries:
        entry = entries.add(actor, case, kind, values, follow=kind not in gaps.FACTS)
        entry.referral_id = referral.id
    moments.happened(actor, case, "received", on=new.received_on)
    _ask_coordinator(actor, case, new)
    db.session.flush()
    gaps.review(actor, case)
    db.session.flush()
    trail.record(actor, Event.REFERRAL_LOGGED, referral, case=str(case.id))
    return referral


def _check(programme: Programme, new: NewReferral) -> None:
    missing = [
        role.label
        for role in programme.person_roles
        if role.required and role.id not in {party.role for party in new.parties}
    ]
    if missing:
        raise Invalid(errors={"people": [f"Add the {label.lower()}" for label in missing]})
    if new.received_on > today():
        raise Invalid(errors={"received_on": ["Date received must be today or in the past"]})
    late = [
        party for party in new.parties if (party.person.get("date_of_birth") or date.min) > new.received_on
    ]
    if late:
        raise Invalid(errors={"people": ["Somebody's date of birth is after the date received"]})


def _agency(actor: Actor, programme: Programme) -> uuid.UUID | None:
    """Who holds the case until it is allocated: the actor's agency if it works cases here, or the host's."""
    working = actor.grants_for(Permission.CASE_WORK, programme.id)
    return working[0].agency_id if working else accounts.host_agency(programme.id)


def _exclude(actor: Actor, case: Case, new: NewReferral) -> None:
    """Before anybody could list the case, it is hidden from those who must not see it."""
    if new.exclusions and not actor.has(Permission.CASE_EXCLUDE, case.programme):
        raise Refused(permission=str(Permission.CASE_EXCLUDE))
    for user_id, agency_id, reason in new.exclusions:
        cases.exclude(actor, case, user_id=user_id, agency_id=agency_id, reason=reason)


def _referral(actor: Actor, case: Case, new: NewReferral, link: ReferralLink | None) -> Referral:
    referral = Referral(
        id=new.id,
        case_id=case.id,
        programme=case.programme,
        reference=case.reference,
        received_on=new.received_on,
        source=new.source,
        route=new.route,
        referring_agency_id=new.referring_agency_id,
        referred_by_id=actor.id,
        link_id=link.id if link else None,
        referrer_name=new.referrer_name,
        referrer_job=new.referrer_job,
        referrer_contact=new.referrer_contact,
        narrative=new.narrative,
        # What the referrer is shown again: the names as they gave them, not as the record has them.
        other={"as_given": [_name_given(party) for party in new.parties if party.same_as is None]},
    )
    db.session.add(referral)
    db.session.flush()
    return referral


def _name_given(party: Party) -> str:
    given = (party.person.get("forename"), party.person.get("surname"))
    return " ".join(word for word in given if word) or party.person.get("description") or "Name not known"


def _involve_all(actor: Actor, case: Case, referral: Referral, parties: Sequence[Party]) -> None:
    placed: list[Person] = []
    for party in parties:
        person = placed[party.same_as] if party.same_as is not None else _person(actor, case, party)
        placed.append(person)
        part = _involve(actor, case, person, party)
        answers.record(referral, party.role, person, party.answers)
        answers.record_age(referral, party.role, person)
        if party.answers.get("safeguarding_decision"):
            part.safeguarding_decision = party.answers["safeguarding_decision"]


def _involve(actor: Actor, case: Case, person: Person, party: Party) -> Involvement:
    """Put a person into the case; twice in one role is once."""
    query = select(Involvement).where(
        Involvement.case_id == case.id, Involvement.person_id == person.id, Involvement.role == party.role
    )
    held = db.session.scalar(query)
    words = party.relationship_words
    return held or cases.involve(actor, case, person, party.role, relationship_words=words)


def _person(actor: Actor, case: Case, party: Party) -> Person:
    if party.known is None:
        return people.add(
            actor, case.programme, ticket=party.ticket, address=_some(party.address), **_some(party.person)
        )
    visible = policy.visible(actor, Person, Permission.PERSON_SEARCH)
    query = visible.where(Person.id == party.known, Person.programme == case.programme)
    person = db.session.scalar(query)
    if person is None:
        raise Invalid(
            errors={"people": ["Somebody chosen from the record can no longer be found: search again"]}
        )
    learnt = _some({name: party.person.get(name) for name in party.person if name not in _SEARCHED})
    people.amend(actor, person, **learnt, **_new_spelling(person, party))
    people.move_home(actor, person, **_some(party.address))
    return person


_SEARCHED = frozenset(("forename", "surname", "date_of_birth", "known_as", "description", "approximate_age"))


def _new_spelling(person: Person, party: Party) -> dict[str, Any]:
    """What somebody on record was called here stays findable; a birth that was not known is learnt."""
    named = _name_given(party) if party.person.get("forename") or party.person.get("surname") else None
    names = {*(person.known_as or ()), *(party.person.get("known_as") or ())}
    if named and named != person.name:
        names.add(named)
    learnt = {name: party.person.get(name) for name in ("date_of_birth",) if getattr(person, name) is None}
    return {**_some(learnt), **({"known_as": sorted(names)} if names else {})}


def _some(values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _ask_coordinator(actor: Actor, case: Case, new: NewReferral) -> None:
    """A conflict of interest that somebody names who may not exclude is put before the coordinator."""
    if new.conflict:
        cases.set_task(
            actor,
            case,
            "conflict",
            due_on=clocks.after_working_days(today(), CONFLICT_DAYS),
            text=f"Decide whether somebody must not see this case. Named at intake: {new.conflict}",
        )
