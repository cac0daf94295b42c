"""Putting a referral right: what was said before, what is said now and why are all kept with its case."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import gaps
from casework.cases.entries import keep_change
from casework.cases.kind import said
from casework.cases.models import Involvement
from casework.errors import Conflict, Invalid, NotFound
from casework.extensions import db
from casework.forms import Choice, FormSchema, Option, today
from casework.programmes import shelf
from casework.programmes.definition import REFERRAL, Programme, Section
from casework.referrals import answers, intake, schemas
from casework.referrals.models import Referral
from casework.referrals.questions import section_schema

Values = Mapping[str, Any]
CORE = ("source", "narrative")


@dataclass(frozen=True)
class Part:
    """One part of a referral that is amended together: a page of its form, or a section about one of its people."""

    id: str
    title: str
    section: Section | None = None
    involvement: Involvement | None = None


def parts_of(referral: Referral) -> list[Part]:
    """Everything about a referral that can be amended, in the order of the form."""
    programme = shelf.programme(referral.programme)
    found = [Part("source", "Where the referral comes from"), Part("narrative", "Why this referral is made")]
    asked = [
        section
        for section in programme.sections
        if section.step in ("intake", "screening", "closure", "case")
    ]
    found += [Part(f"section-{each.id}", each.title, each) for each in asked if each.about == REFERRAL]
    for involved in _involved(referral):
        for section in asked:
            if section.about == involved.role:
                title = f"{section.title}: {involved.person.name}"
                found.append(Part(f"{involved.id}-{section.id}", title, section, involved))
    return found


def part_of(referral: Referral, part_id: str) -> Part:
    for part in parts_of(referral):
        if part.id == part_id:
            return part
    raise NotFound


def schema_of(referral: Referral, part: Part) -> FormSchema:
    """The questions of a part, and why it is changed. What the referral holds is offered, though it be retired."""
    programme = shelf.programme(referral.programme)
    if part.section is not None:
        made = section_schema(programme, part.section)
        schema = _with_reason(made)()
    elif part.id == "source":
        offered: dict[str, Iterable[Option]] = {
            "source": programme.codes_on("source", today()),
            "route": programme.codes_on("route", today()),
            "agency": intake.agencies(),
        }
        schema = _with_reason(schemas.Source)(choices=offered)
    else:
        schema = _with_reason(schemas.WhatHappened)()
    _keep_offering(programme, schema, held(referral, part))
    return schema


def held(referral: Referral, part: Part) -> dict[str, Any]:
    """What the referral holds now, in the form's own kinds of value."""
    if part.section is not None:
        person = part.involvement.person if part.involvement else None
        found = answers.read(referral, part.section.about, person)
        return {name: found.get(name) for name in part.section.fields}
    if part.id == "narrative":
        return {"narrative": referral.narrative}
    agency = referral.referring_agency_id
    kept = ("received_on", "source", "route", "referrer_name", "referrer_job", "referrer_contact")
    return {**{name: getattr(referral, name) for name in kept}, "agency": str(agency) if agency else None}


def amend(actor: Actor, referral: Referral, part: Part, values: Values, *, reason: str, version: int) -> bool:
    """Change what a referral says; returns whether anything was changed.

    Raises Conflict with both versions when somebody changed it after `version` was read.
    """
    db.session.refresh(referral, with_for_update=True)
    schema, before = schema_of(referral, part), held(referral, part)
    changed = [name for name in before if (values.get(name) or None) != (before[name] or None)]
    old, new = _words(schema, before, changed), _words(schema, values, changed)
    if referral.version != version:
        raise Conflict(stored=old, submitted=new)
    if not changed:
        return False
    _write(actor, referral, part, {name: values.get(name) for name in changed})
    keep_change(actor, referral.case_id, referral, changed, before=old, after=new, reason=reason)
    # Answers lie beside the referral; sealing it again counts its version up for them too.
    referral.seal(narrative=referral.narrative)
    db.session.flush()
    trail.record(actor, Event.REFERRAL_AMENDED, referral, fields=sorted(changed))
    return True


def _write(actor: Actor, referral: Referral, part: Part, changed: Values) -> None:
    if part.section is not None:
        person = part.involvement.person if part.involvement else None
        answers.record(referral, part.section.about, person, changed)
        if part.involvement is not None and "safeguarding_decision" in changed:
            part.involvement.safeguarding_decision = changed["safeguarding_decision"]
            db.session.flush()
            gaps.review(actor, referral.case)
        return
    plain = {name: value for name, value in changed.items() if name in ("source", "route")}
    sealed = {
        name: value for name, value in changed.items() if name.startswith("referrer_") or name == "narrative"
    }
    for name, value in plain.items():
        setattr(referral, name, value)
    if "agency" in changed:
        referral.referring_agency_id = uuid.UUID(changed["agency"]) if changed["agency"] else None
    if sealed:
        referral.seal(**sealed)
    if "received_on" in changed:
        _change_day(referral, changed)


def _change_day(referral: Referral, changed: Values) -> None:
    """The case was opened on the day its first referral was received; ages are those of that day."""
    day = changed["received_on"]
    for involved in _involved(referral):
        born = involved.person.date_of_birth
        if born and born > day:
            raise Invalid(
                errors={"received_on": [f"Date received must be after {involved.person.name} was born"]}
            )
    answers.change_day(referral, day)
    first = select(Referral.received_on).where(
        Referral.case_id == referral.case_id, Referral.id != referral.id
    )
    referral.case.opened_on = min([day, *db.session.scalars(first)])


def _involved(referral: Referral) -> list[Involvement]:
    """The people whom this referral counts: those of its case about whom it holds answers, or all of them."""
    query = select(Involvement).where(Involvement.case_id == referral.case_id).order_by(Involvement.id)
    return list(db.session.scalars(query))


def _with_reason(schema: type[FormSchema]) -> type[FormSchema]:
    return type("Amended", (schema, schemas.Reason), {})


def _keep_offering(programme: Programme, schema: FormSchema, values: Values) -> None:
    """Offer the codes that are held too, though they may have been retired or only come from imports."""
    for name, value in values.items():
        field = schema.fields[name]
        offered = field.metadata.get("choices") or ()
        codes = value if isinstance(value, list) else [value]
        missing = [each for each in codes if each and each not in {str(option.id) for option in offered}]
        if offered and missing:
            list_id = name if name in ("source", "route") else _list_of(programme, name)
            known = programme.lists.get(list_id)
            kept = [Choice(each, known.label(each) if known and each in known else each) for each in missing]
            field.metadata = {**field.metadata, "choices": (*offered, *kept)}


def _list_of(programme: Programme, field_id: str) -> str:
    try:
        return programme.field(field_id).list or ""
    except KeyError:
        return ""


def _words(schema: FormSchema, values: Values, names: list[str]) -> dict[str, str]:
    found = {}
    for name in names:
        about = schema.fields[name].metadata
        value = values.get(name)
        found[about["label"]] = said(value, about.get("choices") or ()) if value not in (None, "", []) else ""
    return found


def may_amend(actor: Actor, referral: Referral) -> bool:
    """Whoever works the case keeps its referrals right."""
    return policy.decide(actor, Permission.CASE_WORK, referral.case)


def handling_of(referral: Referral) -> str:
    """The marking that every page of the referral carries."""
    return shelf.programme(referral.programme).handling or ""
