"""The forms of a decision on a referral: the checklist, the programme's questions at screening, and the decision's."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.cases.models import Case
from casework.errors import Invalid
from casework.extensions import db
from casework.forms import Choice, FormSchema, code, long_text, today
from casework.people.matching import LEAST_SCORE, compare
from casework.people.service import likeness_of
from casework.programmes import shelf
from casework.programmes.definition import REFERRAL, Field
from casework.referrals import answers, earlier, information, schemas, screening
from casework.referrals.amending import handling_of
from casework.referrals.models import Referral
from casework.referrals.questions import fields_schema

POINT, PERSON, NOBODY = "point_", "person_", "nobody"
ANSWERS = (Choice("yes", "Yes"), Choice("no", "No"), Choice("not_known", "Not known"))

Filled = tuple[FormSchema, Mapping[str, Any]]

__all__ = ["handling_of"]


@dataclass(frozen=True)
class Ways:
    """Which decisions the programme lets somebody make now."""

    accept: bool
    decline: bool
    ask: bool
    reconsider: bool


def ways(actor: Actor, referral: Referral) -> Ways:
    programme = shelf.programme(referral.programme)
    undecided = referral.outcome in screening.UNDECIDED
    returned = programme.returned_stage
    asks = undecided and (
        returned is None
        or referral.case.stage == returned.id
        or screening.may_move(actor, referral, returned)
    )
    return Ways(
        accept=undecided and screening.may_move(actor, referral, programme.accepted_stage),
        decline=undecided and screening.may_move(actor, referral, programme.declined_stage),
        ask=asks,
        reconsider=referral.outcome == "declined"
        and screening.may_move(actor, referral, programme.first_stage),
    )


def accepting(actor: Actor, referral: Referral) -> Filled:
    holders = screening.agencies_for(actor, referral)
    workers = screening.workers_for(actor, referral)
    schema = _made(referral, schemas.Accept, _screened(referral), without=() if workers else ("worker",))
    _offer(schema, "agency", [Choice(str(agency.id), agency.name) for agency in holders])
    if workers:
        _offer(schema, "worker", [Choice(str(user.id), user.name) for user in workers])
    held = referral.case.agency_id
    return schema, {**_begin(referral), "agency": str(held) if held else None}


def declining(referral: Referral) -> Filled:
    programme = shelf.programme(referral.programme)
    optional = [replace(field, required=False) for field in _screened(referral)]
    schema = _made(referral, schemas.Decline, optional)
    _offer(schema, "reason", programme.codes_on("decline_reason", today()))
    return schema, _begin(referral)


def asking(referral: Referral) -> Filled:
    return schemas.AskInformation(), {"version": referral.version, "due_on": information.due(referral)}


def reconsidering(referral: Referral) -> Filled:
    return schemas.Reason(), {"version": referral.version}


def choosing(actor: Actor, referral: Referral) -> Filled:
    """The open cases of the same people, and a box for the reference of another."""
    found = {
        case.id: case
        for each in earlier.past_of(actor, referral)
        for candidate in each.candidates
        for case in candidate.cases
    }
    return schemas.ChooseCase(choices={"case": [_case_choice(case) for case in found.values()]}), {}


def _case_choice(case: Case) -> Choice:
    stage = shelf.programme(case.programme).stage(case.stage).label
    name = case.subject.name if case.subject else "Nobody named"
    return Choice(
        str(case.id), f"{case.reference}: {name}", f"{stage}{', heard already' if case.heard_on else ''}"
    )


def chosen_case(actor: Actor, referral: Referral, values: Mapping[str, Any]) -> uuid.UUID:
    """The case that was chosen, or whose reference was entered."""
    if values.get("case"):
        return uuid.UUID(values["case"])
    query = policy.visible(actor, Case, Permission.CASE_WORK).where(
        Case.programme == referral.programme, Case.reference == values["reference"]
    )
    case = db.session.scalar(query)
    if case is None or case.id == referral.case_id:
        raise Invalid(errors={"reference": ["Enter the reference of another case that you may see"]})
    return case.id


def joining(referral: Referral, into: Case) -> Filled:
    """Who of the case each person of the referral is, and why it joins."""
    known = {part.person_id: part for part in into.involvements}
    programme = shelf.programme(referral.programme)
    made: dict[str, Any] = {}
    filled: dict[str, Any] = {}
    offered = [
        *(
            Choice(str(i), f"{part.person.name}, {programme.role(part.role).label.lower()}")
            for i, part in known.items()
        ),
        Choice(NOBODY, "Nobody in that case: add them"),
    ]
    for part in referral.case.involvements:
        if part.person_id not in known:
            name = f"{PERSON}{part.person_id.hex}"
            asked = f"Who in that case is {part.person.name}, {programme.role(part.role).label.lower()}?"
            made[name] = code(asked, offered, required=f"Select who {part.person.name} is", widget="radios")
            filled[name] = _likeliest(part.person, [each.person for each in known.values()])
    heard = into.heard_on is not None
    made["why"] = long_text(
        "Why does it join this case?",
        rows=3,
        max_length=2000,
        required="Enter why it joins a case that has been heard already" if heard else False,
    )
    base = type("JoinCase", (schemas.Join,), made)
    return _made(referral, base, ()), {**_begin(referral), **filled}


def _likeliest(person: Any, known: list[Any]) -> str:
    scores = [(compare(likeness_of(person), likeness_of(each))[0], str(each.id)) for each in known]
    best = max(scores, default=(0.0, NOBODY))
    return best[1] if best[0] >= LEAST_SCORE else NOBODY


def same_in(values: Mapping[str, Any]) -> dict[uuid.UUID, uuid.UUID]:
    """Which people of the referral are which of the case."""
    return {
        uuid.UUID(hex=name.removeprefix(PERSON)): uuid.UUID(value)
        for name, value in values.items()
        if name.startswith(PERSON) and value != NOBODY
    }


def checklist_in(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.removeprefix(POINT): value for name, value in values.items() if name.startswith(POINT) and value
    }


def screened_in(referral: Referral, values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to the programme's own questions at screening."""
    return {field.id: values.get(field.id) for field in _screened(referral)}


def _screened(referral: Referral) -> list[Field]:
    programme = shelf.programme(referral.programme)
    sections = (section for section in programme.sections_at("screening") if section.about == REFERRAL)
    return [field for section in sections for field in programme.fields_of(section)]


def _made(
    referral: Referral, base: type[FormSchema], screened: Iterable[Field], *, without: Collection[str] = ()
) -> FormSchema:
    """The checklist, the programme's questions at screening, then the decision's own."""
    programme = shelf.programme(referral.programme)
    asked = fields_schema(programme, screened)
    points: dict[str, Any] = {
        POINT + point.id: code(point.label, ANSWERS, group="Checklist", inline=True)
        for point in programme.screening
    }
    checklist = FormSchema.from_dict(points, name="Checklist")
    made: type[FormSchema] = type("Decision", (base, asked, checklist), {})
    return made(exclude=without)


def _begin(referral: Referral) -> dict[str, Any]:
    return {**answers.read(referral, REFERRAL), "version": referral.version}


def _offer(schema: FormSchema, name: str, choices: Any) -> None:
    field = schema.fields[name]
    field.metadata = {**field.metadata, "choices": tuple(choices)}
