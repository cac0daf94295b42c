"""All that the live screen shows of one case, in a number of statements that does not grow with the meeting."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import entries
from casework.errors import Conflict
from casework.extensions import now
from casework.forms import Choice, FormSchema, today
from casework.panels.actions import service as actions
from casework.panels.agenda import service as agenda
from casework.panels.live import attendance, decisions, notes, reconsidering, recording, telling
from casework.panels.live import schemas as live_schemas
from casework.panels.live import service as live
from casework.panels.live.decisions import Onward, Words
from casework.panels.live.reconsidering import Row
from casework.panels.models import Action, AgendaItem, Decision, Meeting, Telling
from casework.panels.research import reading
from casework.programmes import shelf
from casework.programmes.definition import Programme

if TYPE_CHECKING:
    from casework.cases.models import Amendment, Involvement


@dataclass(frozen=True)
class OwnerGroup:
    """The people of one agency who may own an action. `away`: nobody of it is at the meeting."""

    label: str
    away: bool
    options: Sequence[Choice]


@dataclass(frozen=True)
class Screen:
    """What `panels/live_item.html` draws."""

    meeting: Meeting
    item: AgendaItem
    programme: Programme
    place: live.Place
    clock: live.Clock
    ends_at: datetime
    reading: reading.ItemReading
    parts: dict[str, notes.Part]
    decision: Decision | None
    amendments: Sequence[Amendment]
    last_plan: Sequence[Row]
    plan: Sequence[Action]
    tellings: Sequence[Telling]
    owners: Sequence[OwnerGroup]
    tellable: Sequence[Involvement]
    locked: bool

    @property
    def name(self) -> str:
        return self.reading.name

    @property
    def unanswered(self) -> int:
        return reconsidering.unanswered(self.last_plan)

    @property
    def risks(self) -> list[str]:
        """The risks that actions of this plan, and of the last one, answer already: offered while one is typed."""
        said = [each.risk for each in (*self.plan, *(row.action for row in self.last_plan)) if each.risk]
        return list(dict.fromkeys(said))

    @property
    def others(self) -> list[str]:
        """The choices of an owner who is named, because they cannot sign in."""
        return [str(each.id) for group in self.owners for each in group.options if str(each.id).endswith(":")]

    @property
    def outcome(self) -> str:
        return decisions.label(self.programme, self.decision.outcome) if self.decision else ""

    @property
    def onward(self) -> list[tuple[str, str]]:
        """What the decision referred onward, in words."""
        return decisions.onward_in_words(self.programme, self.decision) if self.decision else []

    def part_label(self, part: str) -> str:
        return part_label(self.programme, part)

    # -- its forms ---------------------------------------------------------------------------------------

    @property
    def action_form(self) -> FormSchema:
        return live_schemas.action_form([each for group in self.owners for each in group.options])

    @property
    def telling_form(self) -> FormSchema:
        people = [Choice(part.person_id, part.person.name) for part in self.tellable]
        return live_schemas.telling_form(people, [each for group in self.owners for each in group.options])

    @property
    def notes_form(self) -> FormSchema:
        labels = {part: self.part_label(part) for part in notes.PARTS}
        return live_schemas.notes_form(labels, notes.LONGEST)

    @property
    def last_plan_form(self) -> FormSchema:
        return live_schemas.last_plan_form([row.action.id for row in self.last_plan], reconsidering.ANSWERS)

    @property
    def decision_form(self) -> FormSchema:
        known = decisions.outcomes(self.programme)
        others = [each for each in shelf.every().values() if each.id != self.programme.id]
        return live_schemas.decision_form(
            [Choice(code, words) for code, words, _ in known],
            [code for code, _, rule in known if rule.onward],
            destinations=self.programme.codes_on("destination", today()),
            bases=self.programme.codes_on("sharing_basis", today()),
            programmes=[Choice(each.id, each.panel.name if each.panel else each.name) for each in others],
            corrects=self.decision is not None,
        )


def part_label(programme: Programme, part: str) -> str:
    return notes.PARTS[part].format(subject=programme.word("subject"))


def of_item(actor: Actor, item: AgendaItem, *, noted: bool = True) -> Screen:
    """Read everything about one case for those who run the meeting."""
    meeting, at = item.meeting, now()
    plan = actions.of_item(actor, item)
    decision = decisions.of_item(item)
    return Screen(
        meeting=meeting,
        item=item,
        programme=shelf.programme(item.programme),
        place=live.place(agenda.items_of(actor, meeting), item),
        clock=live.clock(meeting, item, at),
        ends_at=live.planned_end(item, at),
        reading=reading.of_item(actor, item, noted=noted),
        parts=notes.read(item),
        decision=decision,
        amendments=entries.amendments(actor, decision) if decision else (),
        last_plan=reconsidering.rows(actor, item),
        plan=plan,
        tellings=telling.of_item(actor, item),
        owners=owner_groups(item),
        tellable=telling.tellable(item.case),
        locked=meeting.opened_at_utc is None or recording.is_approved(meeting),
    )


def owner_groups(item: AgendaItem) -> list[OwnerGroup]:
    """Who may own an action: the agencies that are here first, then those that have to accept it later."""
    here = attendance.here(item.meeting)
    groups = [
        OwnerGroup(
            each.agency.name,
            each.agency.id not in here,
            [
                *(Choice(owner_id(each.agency.id, user.id), user.name) for user in each.people),
                Choice(owner_id(each.agency.id, None), f"Somebody else at {each.agency.name}"),
            ],
        )
        for each in actions.may_own(item)
    ]
    return sorted(groups, key=lambda group: group.away)


def owner_id(agency_id: uuid.UUID, user_id: uuid.UUID | None) -> str:
    return f"{agency_id}:{user_id or ''}"


def owner_of(chosen: str) -> tuple[uuid.UUID, uuid.UUID | None]:
    agency, _, user = chosen.partition(":")
    return uuid.UUID(agency), uuid.UUID(user) if user else None


# -- what its forms do -----------------------------------------------------------------------------------


def keep_notes(actor: Actor, item: AgendaItem, values: dict[str, object]) -> None:
    """Write every part of the notes that differs; those that clash are told together, and the others are kept."""
    clashes: list[Conflict] = []
    for part in notes.PARTS:
        try:
            notes.write(
                actor, item, part, str(values.get(part) or ""), version=int(str(values[f"version-{part}"]))
            )
        except Conflict as clash:
            clashes.append(clash)
    if clashes:
        programme = shelf.programme(item.programme)
        raise Conflict(
            clashes[0].message,
            stored={
                part_label(programme, part): words for each in clashes for part, words in each.stored.items()
            },
            submitted={
                part_label(programme, part): words
                for each in clashes
                for part, words in each.submitted.items()
            },
        )


def decide(actor: Actor, item: AgendaItem, values: dict[str, object]) -> Decision:
    given: dict[str, Any] = {
        name.removeprefix("onward_"): value for name, value in values.items() if name.startswith("onward_")
    }
    return decisions.decide(
        actor,
        item,
        Words(
            outcome=str(values["outcome"]),
            rationale=str(values["rationale"]),
            options=_text(values, "options"),
            dissent=_text(values, "dissent"),
        ),
        version=int(str(values["version"])),
        onward=Onward(**given),
        reason=_text(values, "reason"),
    )


def _text(values: dict[str, object], name: str) -> str | None:
    value = values.get(name)
    return str(value) if value else None


def note_viewed(actor: Actor, item: AgendaItem) -> None:
    """Somebody reads what another has written meanwhile."""
    trail.record(actor, Event.ITEM_VIEWED, item)
