"""The people of a case."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Actor, Permission
from casework.cases import entries, gaps, involved, page, people_words
from casework.cases.blueprint import bp
from casework.cases.page import Frame
from casework.cases.schemas import (
    AddPerson,
    AddressChange,
    AddressDetails,
    FindPerson,
    PartChange,
    PartDetails,
    PersonChange,
    PersonDetails,
    without,
)
from casework.cases.web import Answer, done, form, show, take
from casework.errors import Invalid, NotFound
from casework.forms import Choice, FormSchema, today
from casework.people import service as people
from casework.programmes import shelf
from casework.programmes.definition import Programme

if TYPE_CHECKING:
    from casework.cases.models import Involvement

NEW = "new"  # the outcome of looking: it is none of the people found


@bp.get("/cases/<uuid:case_id>/people", endpoint="people")
@doors.requires(Permission.CASE_VIEW)
def people_page(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    frame = page.frame(actor, case)
    return show("cases/people.html", frame, "people", gaps=gaps, known=people_words.known)


@bp.get("/cases/<uuid:case_id>/people/<uuid:part_id>")
@doors.requires(Permission.CASE_VIEW)
def person(case_id: uuid.UUID, part_id: uuid.UUID) -> str:
    """Everything known of a person of the case, and all that was changed."""
    actor = doors.current_actor()
    part = _part(actor, case_id, part_id, Permission.CASE_VIEW)
    changes = (*entries.amendments(actor, part.person), *entries.amendments(actor, part))
    return show(
        "cases/person.html",
        page.frame(actor, part.case),
        "people",
        part=part,
        about=people_words.about,
        part_in=people_words.part_in,
        amendments=sorted(changes, key=lambda change: change.at_utc, reverse=True),
    )


@bp.route("/cases/<uuid:case_id>/people/add", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def find_person(case_id: uuid.UUID) -> Answer:
    """Look for somebody before they are added; who was found is shown, and what it means must be said."""
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_WORK)
    reading = request.method == "GET"
    frame = page.frame(actor, case) if reading else page.frame_of_form(case)
    schema = FindPerson(choices={"role": frame.programme.roles})
    if reading:
        return form("cases/find_person.html", frame, schema, {}, {})

    def act(values: dict[str, Any]) -> Any:
        said = {name: values[name] for name in ("forename", "surname", "postcode")}
        look = people.look_first(actor, case.programme, born=values["date_of_birth"], **said)
        born = values["date_of_birth"]
        carried = {
            **said,
            "description": values["description"],
            "role": values["role"],
            "born": born.isoformat() if born else None,
            "ticket": look.ticket,
        }
        return _found(frame, look.matches, carried, {})

    return take(
        schema, act, lambda raw, errors, _: form("cases/find_person.html", frame, schema, raw, errors)
    )


@bp.post("/cases/<uuid:case_id>/people/outcome")
@doors.requires(Permission.CASE_WORK)
def add_person(case_id: uuid.UUID) -> Answer:
    """Say who it is: one of those found, or somebody new."""
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_WORK)
    frame = page.frame_of_form(case)
    born = _born(request.form.get("born"))
    look = people.look_first(
        actor,
        case.programme,
        forename=request.form.get("forename") or None,
        surname=request.form.get("surname") or None,
        born=born,
        postcode=request.form.get("postcode") or None,
    )

    def act(values: dict[str, Any]) -> Response:
        if values["role"] not in {role.id for role in frame.programme.roles}:
            raise Invalid(errors={"outcome": ["Look for them again: their role in the case is lost"]})
        words = values["relationship_words"]
        if values["outcome"] == NEW:
            part = involved.add_new(
                actor,
                case,
                values["role"],
                ticket=values["ticket"],
                relationship_words=words,
                forename=values["forename"],
                surname=values["surname"],
                date_of_birth=born,
                description=values["description"],
            )
        else:
            person_id = uuid.UUID(values["outcome"])
            part = involved.add_known(actor, case, person_id, values["role"], relationship_words=words)
        return done("They are in the case.", "cases.person", case_id=case.id, part_id=part.id)

    return take(
        _outcome_form(look.matches), act, lambda raw, errors, _: _found(frame, look.matches, raw, errors)
    )


def _found(frame: Frame, matches: Any, raw: Any, errors: Any) -> str:
    return form("cases/found_person.html", frame, _outcome_form(matches), raw, errors, matches=matches)


def _outcome_form(matches: Any) -> FormSchema:
    found = [Choice(str(match.person.id), match.person.name, _hint(match)) for match in matches]
    return AddPerson(choices={"outcome": [*found, Choice(NEW, "No, somebody new")]})


def _hint(match: Any) -> str:
    """Why somebody was found, in words."""
    born = match.person.date_of_birth
    why = "; ".join(f"{each.field} {each.agreement}" for each in match.agreements)
    return f"{f'Born {born.day}/{born.month}/{born.year}. ' if born else ''}{why}"


@bp.route("/cases/<uuid:case_id>/people/<uuid:part_id>/details", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def amend_person(case_id: uuid.UUID, part_id: uuid.UUID) -> Answer:
    """Change what is known of a person."""
    actor = doors.current_actor()
    part = _part(actor, case_id, part_id)
    safe = _programme(part).codes_on("yes_no_not_known", today())
    choices = {"safe_to_call": safe, "safe_to_leave_message": safe}
    plain = PersonDetails(choices=choices)

    def act(values: dict[str, Any]) -> Response:
        reason, version = values.pop("reason"), values.pop("version")
        values["known_as"] = _lines(values["known_as"])
        involved.amend_person(actor, part, plain, values, reason=reason, version=version)
        return _back(part)

    held = {name: getattr(part.person, name) for name in plain.fields}
    held |= {"known_as": "\n".join(part.person.known_as or ()), "version": part.person.version}
    return _edit(
        actor, part, PersonChange(choices=choices), held, act, "What is known", lambda: part.person.version
    )


@bp.route("/cases/<uuid:case_id>/people/<uuid:part_id>/address", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def give_address(case_id: uuid.UUID, part_id: uuid.UUID) -> Answer:
    """Give a person a new address; those before stay on record."""
    actor = doors.current_actor()
    part = _part(actor, case_id, part_id)

    def act(values: dict[str, Any]) -> Response:
        reason = values.pop("reason")
        values.pop("version")
        involved.give_address(actor, part, AddressDetails(), values, reason=reason)
        return _back(part)

    held = {"version": part.person.version}
    return _edit(actor, part, AddressChange(), held, act, "New address", lambda: part.person.version)


@bp.route("/cases/<uuid:case_id>/people/<uuid:part_id>/address/<uuid:address_id>", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def correct_address(case_id: uuid.UUID, part_id: uuid.UUID, address_id: uuid.UUID) -> Answer:
    """Put an address right, or mark it confidential."""
    actor = doors.current_actor()
    part = _part(actor, case_id, part_id)
    address = involved.address_of(part, address_id)

    def act(values: dict[str, Any]) -> Response:
        reason, version = values.pop("reason"), values.pop("version")
        involved.correct_address(
            actor, part, address_id, AddressDetails(), values, reason=reason, version=version
        )
        return _back(part)

    held = {name: getattr(address, name) for name in AddressDetails().fields}
    held["version"] = part.person.version
    return _edit(actor, part, AddressChange(), held, act, "Correct the address", lambda: part.person.version)


@bp.route("/cases/<uuid:case_id>/people/<uuid:part_id>/part", methods=["GET", "POST"])
@doors.requires(Permission.CASE_WORK)
def amend_part(case_id: uuid.UUID, part_id: uuid.UUID) -> Answer:
    """Change a person's part in the case; for a child, record the safeguarding decision."""
    actor = doors.current_actor()
    part = _part(actor, case_id, part_id)
    programme = _programme(part)
    asked = gaps.asks_safeguarding(programme, part.role)
    left_out = () if asked else ("safeguarding_decision", "safeguarding_reason")
    choices = {"safeguarding_decision": programme.codes_on("safeguarding_decision", today())}
    plain = without(PartDetails(choices=choices), *left_out)

    def act(values: dict[str, Any]) -> Response:
        reason, version = values.pop("reason"), values.pop("version")
        involved.amend_part(actor, part, plain, values, reason=reason, version=version)
        return _back(part)

    held = {**{name: getattr(part, name) for name in plain.fields}, "version": part.version}
    schema = without(PartChange(choices=choices), *left_out)
    return _edit(actor, part, schema, held, act, "Part in the case", lambda: part.version)


def _edit(
    actor: Actor, part: Involvement, schema: FormSchema, held: Any, act: Any, title: str, version: Any
) -> Answer:
    """The one page on which anything about a person is changed."""
    reading = request.method == "GET"
    frame = page.frame(actor, part.case) if reading else page.frame_of_form(part.case)

    def draw(raw: Any, errors: Any, conflict: Any = None) -> str:
        raw = raw if conflict is None else {**raw, "version": version()}
        return form("cases/edit_person.html", frame, schema, raw, errors, conflict, part=part, title=title)

    return draw(held, {}) if reading else take(schema, act, draw)


def _back(part: Involvement) -> Response:
    return done("The change is kept.", "cases.person", case_id=part.case_id, part_id=part.id)


def _born(words: str | None) -> date | None:
    try:
        return date.fromisoformat(words or "")
    except ValueError:
        return None


def _lines(words: str | None) -> list[str] | None:
    return [line.strip() for line in (words or "").splitlines() if line.strip()] or None


def _programme(part: Involvement) -> Programme:
    return shelf.programme(part.case.programme)


def _part(
    actor: Actor, case_id: uuid.UUID, part_id: uuid.UUID, permission: Permission = Permission.CASE_WORK
) -> Involvement:
    part = doors.involvement_for(actor, part_id, permission)
    if part.case_id != case_id:
        raise NotFound
    return part
