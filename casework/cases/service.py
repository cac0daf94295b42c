"""What happens to a case as a whole: opening, joining, moving through its stages, who holds it, who must
not know.
"""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import moments, safeguards
from casework.cases.history import note_event
from casework.cases.models import (
    MOVED_WITH_CASE,
    Attachment,
    Case,
    CaseAgency,
    CaseRow,
    Exclusion,
    Involvement,
    ReferenceCounter,
)
from casework.cases.tasks import finish_task, set_task
from casework.crypto import vault
from casework.errors import Invalid
from casework.extensions import db, new_id
from casework.people.models import Person
from casework.programmes import shelf
from casework.programmes.definition import Programme, Stage

__all__ = [
    "exclude",
    "finish_task",
    "involve",
    "join",
    "move_row",
    "next_reference",
    "note_event",
    "open_case",
    "put_in_stage",
    "set_task",
]


def next_reference(programme: Programme, year: int) -> str:
    """The next reference of the programme in that year.

    References that an import brought are stepped over.
    """
    counter = db.session.scalar(
        select(ReferenceCounter)
        .where(ReferenceCounter.programme == programme.id, ReferenceCounter.year == year)
        .with_for_update()
    )
    if counter is None:
        counter = ReferenceCounter(programme=programme.id, year=year, last=0)
        db.session.add(counter)
    while True:
        counter.last += 1
        reference = programme.reference(year, counter.last)
        taken = select(Case.id).where(Case.programme == programme.id, Case.reference == reference)
        if db.session.scalar(taken) is None:
            db.session.flush()
            return reference


def open_case(
    actor: Actor,
    programme: Programme,
    *,
    reference: str,
    opened_on: date,
    agency_id: uuid.UUID | None,
    urgent: bool = False,
) -> Case:
    """Open the case of a referral that has just come in: it waits in the programme's first stage to be
    screened.
    """
    row = new_id()
    vault.make_key(row)
    stage = programme.first_stage
    case = Case(
        id=row,
        programme=programme.id,
        reference=reference,
        stage=stage.id,
        stage_kind=stage.kind,
        opened_on=opened_on,
        agency_id=agency_id,
        urgent=urgent,
    )
    db.session.add(case)
    db.session.flush()
    trail.record(actor, Event.CASE_OPENED, case)
    return case


def involve(
    actor: Actor, case: Case, person: Person, role: str, *, relationship_words: str | None = None
) -> Involvement:
    """Put a person into a case in a role. The first of the programme's main role gives the case its name."""
    if person.programme != case.programme:
        raise Invalid(
            "A person belongs to one programme.", errors={"person": ["Choose somebody of this programme."]}
        )
    shelf.programme(case.programme).role(role)
    part = Involvement(case_id=case.id, person_id=person.id, role=role, relationship_words=relationship_words)
    db.session.add(part)
    if case.subject_id is None and role == shelf.programme(case.programme).subject.id:
        case.subject_id = person.id
    db.session.flush()
    trail.record(actor, Event.PERSON_INVOLVED, case, person=str(person.id), role=role)
    safeguards.look_at(actor, part)
    return part


def put_in_stage(
    actor: Actor, case: Case, stage: Stage, *, reason: str | None = None, dated: date | None = None
) -> None:
    """Move a case to a stage; whether it may go there was asked before."""
    before = case.stage
    case.stage, case.stage_kind = stage.id, stage.kind
    note_event(actor, case, "stage", code=stage.id, status=before, why=reason, dated=dated)
    trail.record(actor, Event.STAGE_CHANGED, case, before=before, after=stage.id)
    moments.happened(actor, case, "moved", on=dated)


def join(actor: Actor, case: Case, into: Case) -> None:
    """Join an unscreened case to another of its programme: all that was recorded on it moves there.

    The emptied case is deleted; the trail keeps that it was. Referrals are moved by the caller, who knows
    them.
    """
    if case.programme != into.programme or case.stage_kind != "screening" or case.id == into.id:
        raise Invalid("Only a referral that has not been screened can join another case of its programme.")
    held = {(part.person_id, part.role) for part in into.involvements}
    moments.joining(actor, case, into)
    for model in MOVED_WITH_CASE:
        for row in db.session.scalars(select(model).where(model.case_id == case.id)):
            if (isinstance(row, Involvement) and (row.person_id, row.role) in held) or (
                isinstance(row, Exclusion) and _already_excluded(into, row)
            ):
                db.session.delete(row)
            else:
                move_row(row, into)
    _move_attachments(case, into)
    for share in db.session.scalars(select(CaseAgency).where(CaseAgency.case_id == case.id)):
        db.session.delete(share)
    into.urgent = into.urgent or case.urgent
    db.session.flush()
    trail.record(actor, Event.CASE_JOINED, case, into=str(into.id))
    db.session.expire(case, ["involvements"])
    vault.destroy_key(case.id)
    db.session.delete(case)
    db.session.flush()
    db.session.expire(into, ["involvements"])


def move_row(row: CaseRow, into: Case) -> None:
    """Move one row to another case: opened under the old key, sealed under the new."""
    row.move_to(into.id)


def _move_attachments(case: Case, into: Case) -> None:
    for attachment in db.session.scalars(select(Attachment).where(Attachment.case_id == case.id)):
        content = attachment.open_content()
        attachment.case_id = into.id
        attachment.seal_content(content)


def _already_excluded(case: Case, exclusion: Exclusion) -> bool:
    query = select(Exclusion.id).where(
        Exclusion.case_id == case.id,
        Exclusion.ended_at_utc.is_(None),
        Exclusion.user_id.is_not_distinct_from(exclusion.user_id),
        Exclusion.agency_id.is_not_distinct_from(exclusion.agency_id),
    )
    return db.session.scalar(query) is not None


def exclude(
    actor: Actor,
    case: Case,
    *,
    user_id: uuid.UUID | None = None,
    agency_id: uuid.UUID | None = None,
    reason: str,
    declared: bool = False,
) -> Exclusion:
    """Hide a case from a user or a whole agency, from now on and everywhere. They are told nothing.

    Nobody hides a case from themselves, unless they have `declared` a conflict of interest.
    """
    if (user_id is None) == (agency_id is None):
        raise Invalid(errors={"user": ["Choose a person or an agency to exclude, not both."]})
    if user_id == actor.id and user_id is not None and not declared:
        raise Invalid(
            errors={"user": ["You cannot exclude yourself: ask another coordinator or the chair to do it."]}
        )
    if agency_id in actor.agencies and not declared:
        words = "You cannot exclude your own agency, and yourself with it: ask somebody of another to do it."
        raise Invalid(errors={"agency": [words]})
    exclusion = Exclusion(
        case_id=case.id, user_id=user_id, agency_id=agency_id, reason=reason, set_by_id=actor.id
    )
    db.session.add(exclusion)
    db.session.flush()
    trail.record(
        actor,
        Event.EXCLUSION_SET,
        case,
        user=str(user_id) if user_id else None,
        agency=str(agency_id) if agency_id else None,
    )
    moments.happened(actor, case, "excluded")
    return exclusion
