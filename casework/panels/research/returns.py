"""What an agency answers: kept half done as a draft, returned, changed until the item is heard, passed to a colleague.

Findings have no version of their own: whoever saves them seals the research again, whose version they share, so that
two colleagues at once lose nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from casework.access.vocabulary import Actor, Permission, Role
from casework.accounts import service as accounts
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.entries import keep_change
from casework.cases.locks import lock
from casework.cases.models import Amendment, Involvement
from casework.crypto import vault
from casework.crypto.sealed import seal_document
from casework.errors import Conflict, Invalid
from casework.extensions import db, now
from casework.forms import write_date
from casework.panels.models import AgendaItem, Finding, Research
from casework.panels.research import service as asking
from casework.panels.seats import service as seats
from casework.people.models import Person
from casework.programmes import shelf

SEALED = ("worker", "corrections", "facts", "disclosable")
OWN = ("proposed", "comment", "told_by")
LABELS = {
    "known": "Known",
    "last_contact_on": "Last contact",
    "worker": "Worker there",
    "corrections": "Corrections",
    "facts": "Facts that bear on risk",
    "disclosable": "What may be told, and to whom",
    "proposed": "Proposed actions",
    "comment": "Comment",
    "told_by": "Given by",
}
CLOSED = "The panel has heard this, so what was returned is not changed any more."


@dataclass(frozen=True)
class Knows:
    """What an agency says of one person. `known` is None while it was not said."""

    known: bool | None = None
    last_contact_on: date | None = None
    worker: str | None = None
    corrections: str | None = None
    facts: str | None = None
    disclosable: str | None = None


@dataclass(frozen=True)
class Answers:
    """All that an agency says, of each person and besides."""

    people: Mapping[uuid.UUID, Knows] = field(default_factory=dict)
    proposed: str | None = None
    comment: str | None = None
    told_by: str | None = None

    @property
    def is_nil(self) -> bool:
        """Nobody is known, and there is nothing to say."""
        return not any((self.proposed, self.comment)) and not any(each.known for each in self.people.values())


@dataclass(frozen=True)
class Asked:
    """One of the people whom the research is about."""

    person: Person
    role: str


def people(research: Research) -> list[Asked]:
    """Whom it is about: everybody in the case, or a guest's own few."""
    everybody = of_case(research.item)
    if not research.guest_name:
        return everybody
    few = {finding.person_id for finding in research.findings}
    return [each for each in everybody if each.person.id in few]


def of_case(item: AgendaItem) -> list[Asked]:
    """Everybody in the case of an item whose part has not ended, in the order of the programme's roles."""
    programme = shelf.programme(item.programme)
    order = {role.id: place for place, role in enumerate(programme.roles)}
    query = (
        select(Involvement)
        .where(Involvement.case_id == item.case_id, Involvement.ended_on.is_(None))
        .options(joinedload(Involvement.person))
    )
    parts = sorted(db.session.scalars(query), key=lambda part: (order[part.role], part.id))
    vault.warm((item.case_id, *(part.person_id for part in parts)))
    found: dict[uuid.UUID, Asked] = {}
    for part in parts:
        found.setdefault(part.person_id, Asked(part.person, programme.role(part.role).label))
    return list(found.values())


def held(research: Research) -> Answers:
    """What was saved last."""
    return Answers(
        {
            each.person_id: Knows(each.known, each.last_contact_on, *(getattr(each, name) for name in SEALED))
            for each in research.findings
        },
        *(getattr(research, name) for name in OWN),
    )


def is_open(research: Research) -> bool:
    """Whether it may still be answered or changed."""
    return item_is_open(research.item)


def item_is_open(item: AgendaItem) -> bool:
    return item.state in asking.OPEN and item.meeting.state not in ("ended", "cancelled")


def is_begun(research: Research) -> bool:
    """Whether something was entered that is not returned yet."""
    kept = (research.comment, research.proposed, research.typing)
    known = (finding.known is not None or bool(finding.document()) for finding in research.findings)
    return research.state == "asked" and (any(kept) or any(known))


def may_undo(research: Research) -> bool:
    """Whether a return may be taken back: until the meeting opens."""
    return research.state != "asked" and is_open(research) and research.item.meeting.opened_at_utc is None


def words(answers: Answers, asked: Sequence[Asked]) -> dict[str, str]:
    """Answers as labels and words; blank ones left out."""
    found: dict[str, str] = {}
    for each in asked:
        knows = answers.people.get(each.person.id, Knows())
        said: dict[str, Any] = {name: getattr(knows, name) for name in LABELS if hasattr(knows, name)}
        said["known"] = {True: "Yes", False: "No", None: None}[knows.known]
        said["last_contact_on"] = write_date(knows.last_contact_on) if knows.last_contact_on else None
        found |= {f"{each.person.name}: {LABELS[name]}": value for name, value in said.items() if value}
    return found | {LABELS[name]: getattr(answers, name) for name in OWN if getattr(answers, name)}


# -- saving -----------------------------------------------------------------------------------------------


def save(
    actor: Actor, research: Research, answers: Answers, *, version: int, reason: str | None = None
) -> None:
    """Keep what was filled in so far. What was returned already stays returned, with its history."""
    _write(actor, research, answers, version=version, reason=reason, state=None)


def give(
    actor: Actor, research: Research, answers: Answers, *, version: int, reason: str | None = None
) -> None:
    """Return the research. Raises Invalid while it is not said of everybody whether they are known."""
    asked = people(research)
    unsaid = [each for each in asked if answers.people.get(each.person.id, Knows()).known is None]
    if unsaid:
        raise Invalid(
            errors={
                f"known_{each.person.id.hex}": [f"Select whether {each.person.name} is known"]
                for each in unsaid
            }
        )
    state = "nil" if answers.is_nil else "returned"
    _write(actor, research, answers, version=version, reason=reason, state=state)


def give_nil(actor: Actor, research: Research, *, version: int) -> None:
    """Say in one act that nobody is known. Raises Invalid where something was filled in: it would be lost."""
    blank = {each.person.id: Knows(False) for each in people(research)}
    _hold(research, version, Answers(blank))
    if research.state != "asked":
        raise Invalid("This has been returned already. Open it to change it.")
    if is_begun(research):
        raise Invalid("Something has been entered already. Open the research to return it.")
    _write(actor, research, Answers(blank), version=version, state="nil")


def take_back(actor: Actor, research: Research, *, version: int) -> None:
    """Undo a return, until the meeting opens: what was said stays as a draft, but that nobody is known."""
    _hold(research, version, held(research))
    if not may_undo(research):
        raise Invalid("It is too late to take this back. Open it to change it.")
    before = research.state
    if before == "nil":
        for finding in research.findings:
            finding.known = None
    research.state, research.returned_at_utc, research.returned_by_id = "asked", None, None
    research.seal()
    keep_change(
        actor,
        research.case_id,
        research,
        ["state"],
        before={"Returned": "Yes"},
        after={"Returned": "No"},
        reason="Taken back before the meeting",
    )
    db.session.flush()
    trail.record(actor, Event.RESEARCH_RETURNED, research, state="asked")


def _write(
    actor: Actor,
    research: Research,
    answers: Answers,
    *,
    version: int,
    state: str | None,
    reason: str | None = None,
) -> None:
    _hold(research, version, answers)
    asked = people(research)
    old, new = words(held(research), asked), words(answers, asked)
    if research.state != "asked":
        if old == new and state in (None, research.state):
            return
        changed = {name for name in old | new if old.get(name) != new.get(name)}
        keep_change(
            actor,
            research.case_id,
            research,
            ["answers"],
            before={name: said for name, said in old.items() if name in changed},
            after={name: said for name, said in new.items() if name in changed},
            reason=reason or "No reason given",
        )
        state = "nil" if answers.is_nil else "returned"
    _keep_answers(actor, research, answers, asked)
    if state is not None:
        research.state = state
        research.returned_at_utc = research.returned_at_utc or now()
        research.returned_by_id = actor.id
    db.session.flush()
    if state is None:
        trail.record(actor, Event.RESEARCH_SAVED, research)
    else:
        trail.record(actor, Event.RESEARCH_RETURNED, research, state=state)


def _keep_answers(actor: Actor, research: Research, answers: Answers, asked: Sequence[Asked]) -> None:
    asking.add_findings(research)
    known = {each.person.id for each in asked}
    for finding in research.findings:
        if finding.person_id in known and finding.person_id in answers.people:
            _keep_finding(finding, answers.people[finding.person_id])
    # What a colleague types and has not saved stays theirs, to be compared with this.
    others = {who: typed for who, typed in (research.typing or {}).items() if who != str(actor.id)}
    # Sealed again although nothing of its own may have changed: that counts its version up.
    research.seal(**{name: getattr(answers, name) for name in OWN}, typing=others or None)


def _keep_finding(finding: Finding, knows: Knows) -> None:
    finding.known, finding.last_contact_on = knows.known, knows.last_contact_on
    finding.seal(**{name: getattr(knows, name) for name in SEALED})


def _hold(research: Research, version: int, submitted: Answers) -> None:
    """Lock the research; raise Conflict with both versions unless it is as the actor saw it, Invalid once it is heard."""
    lock(research)
    if not is_open(research):
        raise Invalid(CLOSED)
    if research.version != version:
        db.session.expire(research, ["findings"])
        asked = people(research)
        raise Conflict(stored=words(held(research), asked), submitted=words(submitted, asked))


# -- what is being typed ----------------------------------------------------------------------------------


def keep_typing(actor: Actor, research: Research, typed: Mapping[str, Any], *, version: int) -> None:
    """Keep what is being typed and not saved: a closed window loses nothing. It makes no new version.

    What is typed on top of an older version is not kept, so that it does not hide the newer.
    """
    lock(research)
    if not is_open(research) or research.version != version:
        raise Conflict("Somebody else saved this meanwhile.")
    typing = {**(research.typing or {}), str(actor.id): dict(typed)}
    sealed = seal_document(
        Research, research.id, vault.key_of(research.case_id), {**research.document(), "typing": typing}
    )
    # Past the mapper, which would count the version up under the page that types.
    row = update(Research).where(Research.id == research.id).values(sealed=sealed, version=version)
    db.session.execute(row.execution_options(synchronize_session=False))
    db.session.expire(research)
    trail.record(actor, Event.RESEARCH_SAVED, research)


def typing(actor: Actor, research: Research) -> Mapping[str, Any] | None:
    """What this actor typed and did not save."""
    return (research.typing or {}).get(str(actor.id))


# -- who does it ------------------------------------------------------------------------------------------


def colleagues(actor: Actor, research: Research) -> list[User]:
    """To whom of the same agency it may be handed: its panel members who may know of the case, but who has it."""
    barred = seats.barred_from(research.case_id)
    found = accounts.colleagues(actor, research.programme, Role.PANEL_MEMBER, agency_id=research.agency_id)
    return [user for user in found if user.id not in barred and user.id != research.assigned_to_id]


def hand_over(actor: Actor, research: Research, user_id: uuid.UUID, *, version: int) -> None:
    """Pass a request to a colleague, and tell them that there is one."""
    chosen = next((user for user in colleagues(actor, research) if user.id == user_id), None)
    if chosen is None:
        raise Invalid(errors={"user": ["Choose somebody from the list"]})
    _hold(research, version, held(research))
    asking.hand_to(actor, research, chosen)


def on_behalf(actor: Actor, research: Research) -> bool:
    """Whether the actor records for an agency that is not theirs: a coordinator who was told by telephone."""
    own = actor.grants_for(Permission.RESEARCH_RETURN, research.programme)
    return actor.kind == "user" and research.agency_id not in {grant.agency_id for grant in own}


def history(research: Research) -> Sequence[Amendment]:
    """What was changed since it was returned, the latest first, for those whom its door let in."""
    query = (
        select(Amendment)
        .where(Amendment.subject_kind == Research.__tablename__, Amendment.subject_id == research.id)
        .order_by(Amendment.at_utc.desc(), Amendment.id.desc())
        .options(joinedload(Amendment.by))
    )
    return db.session.scalars(query).all()
