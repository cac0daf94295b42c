"""Minutes as the record has them, in plain words: a line that ends with a colon is a heading, one after "- " a point.

A draft is of the whole record, whoever asks for it; who may read which part of it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload, selectinload

from casework.access.vocabulary import OPERATOR
from casework.cases import involved
from casework.cases.kind import label
from casework.cases.models import Exclusion
from casework.crypto import vault
from casework.extensions import db
from casework.forms import write_date
from casework.forms.dates import LONDON, write_time
from casework.panels.actions import service as actions
from casework.panels.live import attendance, decisions, notes, reconsidering, telling
from casework.panels.models import (
    Action,
    AgendaItem,
    Attendance,
    Decision,
    Interest,
    Meeting,
    Reconsidered,
    Research,
    Telling,
)
from casework.panels.queue import order
from casework.programmes import shelf
from casework.programmes.definition import Programme

NOT_POSSIBLE = "no_longer_possible"
ANSWERS: Mapping[str, str] = {"keep": "kept", "change": "changed", "drop": "dropped"}


@dataclass(frozen=True)
class Drafted:
    """The words of one part. `restricted` is for those who run the meeting."""

    text: str
    restricted: str | None = None


def _sections(*sections: tuple[str, Iterable[str]]) -> str:
    """Headed sections; one without lines is left out."""
    written = ((heading, [line for line in lines if line]) for heading, lines in sections)
    return "\n\n".join("\n".join((f"{heading}:", *lines)) for heading, lines in written if lines)


def _points(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _stop(words: str | None) -> str:
    """Words as a sentence of their own; nothing where there are none."""
    words = (words or "").strip()
    return words if not words or words[-1] in ".!?…:;" else f"{words}."


# -- the meeting itself ------------------------------------------------------------------------------------


def opening(meeting: Meeting) -> str:
    """Who was there, whether they made a quorum, and who accepted that it is confidential."""
    rows = attendance.of_meeting(OPERATOR, meeting)
    came = [row for row in rows if row.state in attendance.IN_THE_ROOM]
    return _sections(
        ("Meeting", _points(_about(meeting))),
        ("Present", _points(_came(row) for row in came)),
        ("Apologies and absences", _points(_away(row) for row in rows if row not in came)),
        ("Quorum", [attendance.quorum(meeting, rows).words]),
        ("Confidentiality statement", _points(_accepted(row) for row in came)),
    )


def _about(meeting: Meeting) -> Iterator[str]:
    starts = meeting.starts_at_utc.astimezone(LONDON)
    yield f"{write_date(starts.date())} at {write_time(starts)}"
    if meeting.venue:
        yield meeting.venue
    for words, user in (("Chair", meeting.chair), ("Coordinator", meeting.coordinator)):
        if user is not None:
            yield f"{words}: {user.name}"


def _came(row: Attendance) -> str:
    states = {attendance.PRESENT: "", attendance.DEPUTY: ", deputy"}
    return (
        f"{row.agency.name}: {attendance.name_of(row) or 'nobody named'}{states.get(row.state, ', observer')}"
    )


def _away(row: Attendance) -> str:
    who = f" ({attendance.name_of(row)})" if attendance.name_of(row) else ""
    return f"{row.agency.name}{who}: {attendance.STATES.get(row.state, row.state).lower()}"


def _accepted(row: Attendance) -> str:
    who = attendance.name_of(row) or row.agency.name
    if row.confidentiality_at_utc is None:
        return f"{who}: not recorded"
    at = row.confidentiality_at_utc.astimezone(LONDON)
    return f"{who}: accepted on {write_date(at.date())} at {write_time(at)}"


def closing(meeting: Meeting) -> str:
    if meeting.ended_at_utc is None:
        return ""
    return f"The meeting closed at {write_time(meeting.ended_at_utc.astimezone(LONDON))}."


# -- matters arising ---------------------------------------------------------------------------------------


def arising(meeting: Meeting) -> dict[AgendaItem, Drafted]:
    """What the meeting looked at before its first case, by the earlier item at which it was set."""
    own = set(
        db.session.scalars(
            select(AgendaItem.earlier_id).where(
                AgendaItem.meeting_id == meeting.id, AgendaItem.earlier_id.is_not(None)
            )
        )
    )
    found: dict[AgendaItem, list[Action]] = {}
    for action in actions.outstanding(OPERATOR, meeting):
        if action.item_id not in own:  # the last plan of a case that comes again stands with the case
            found.setdefault(action.item, []).append(action)
    vault.warm(item.case_id for item in found)
    return {item: Drafted(_arising(plan)) for item, plan in found.items()}


def _arising(plan: Sequence[Action]) -> str:
    return _sections(("Actions outstanding", _points(became(action) for action in plan)))


# -- one item ----------------------------------------------------------------------------------------------


def of_item(item: AgendaItem) -> Drafted:
    programme = shelf.programme(item.programme)
    parts = [part for part in involved.parts_of(item.case) if part.ended_on is None]
    written = notes.read(item)
    decision = db.session.scalar(select(Decision).where(Decision.item_id == item.id))
    people = [f"{part.person.name}, {programme.role(part.role).label.lower()}" for part in parts]
    told = telling.of_item(OPERATOR, item)
    plan, apart = _last_plan(item), _is_of_hidden_case(item)
    text = _sections(
        ("Who it is about", _points(dict.fromkeys(people))),
        ("Why it was heard", _heard(programme, item)),
        *([] if apart else plan),
        ("Risk, summed up by the chair", [written["summary"].text]),
        (f"Views of the {programme.word('subject')}", [written["views"].text]),
        ("Research", _points(_research(item))),
        ("Discussion", [written["discussion"].text]),
        ("Decision", list(_decision(programme, decision))),
        ("Actions", _points(was_set(action) for action in actions.of_item(OPERATOR, item))),
        ("Who tells whom", _points(_telling(each) for each in told)),
    )
    restricted = _sections(*(plan if apart else []), ("Declared interests", _interests(item)))
    return Drafted(text, restricted or None)


def _heard(programme: Programme, item: AgendaItem) -> Iterator[str]:
    late = " Added after the agenda was circulated." if item.late else ""
    kind = "A new case" if item.kind == "new" else order.kind_words(programme, item.kind)
    yield f"{_stop(kind)}{late}"
    if item.presenter is not None:
        yield f"Presented by {item.presenter.name}."
    if item.state != "heard":
        yield "It was not heard."


def _last_plan(item: AgendaItem) -> list[tuple[str, list[str]]]:
    """The last plan, with what became of each action and what the chair said of it.

    What could not be done because circumstances changed is no fault of the agency, and stands apart.
    """
    rows = reconsidering.rows(OPERATOR, item)
    lines = {
        row.action.id: became(row.action)
        + (_answered(row.answer) if row.answer else " The chair did not answer.")
        for row in rows
    }

    def where(*states: str, other: bool = False) -> list[str]:
        return _points(lines[row.action.id] for row in rows if (row.action.state in states) is not other)

    return [
        ("The last plan", where("not_done", NOT_POSSIBLE, other=True)),
        ("Of the last plan, not done", where("not_done")),
        ("Of the last plan, not possible because circumstances changed", where(NOT_POSSIBLE)),
    ]


def _is_of_hidden_case(item: AgendaItem) -> bool:
    """Whether the last plan is another case's that is hidden from somebody: they may read of this one."""
    earlier = {row.action.case_id for row in reconsidering.rows(OPERATOR, item)} - {item.case_id}
    hidden = exists().where(Exclusion.case_id.in_(earlier), Exclusion.ended_at_utc.is_(None))
    return bool(earlier) and bool(db.session.scalar(select(hidden)))


def _answered(said: Reconsidered) -> str:
    words = ANSWERS.get(said.answer, said.answer)
    return f" The chair: {words}, because: {_stop(said.why)}" if said.why else f" The chair: {words}."


def became(action: Action) -> str:
    state = actions.STATES.get(action.state, (action.state, ""))[0].lower()
    ended = f" on {write_date(action.ended_on)}" if action.ended_on else ""
    result = f" {_stop(action.result)}" if action.result else ""
    return f"{_stop(action.text)} {_owner(action)}, due {write_date(action.due_on)}: {state}{ended}.{result}"


def was_set(action: Action) -> str:
    risk = f" Answers the risk: {_stop(action.risk)}" if action.risk else ""
    waits = actions.ACCEPTANCE.get(action.acceptance)
    accepted = f" {waits[0]}." if waits else ""
    return f"{_stop(action.text)} {_owner(action)}, by {write_date(action.due_on)}.{risk}{accepted}"


def _owner(action: Action) -> str:
    who = action.owner.name if action.owner else action.owner_name
    return f"{action.agency.name}, {who}" if who else action.agency.name


def _research(item: AgendaItem) -> Iterator[str]:
    """What each agency says may be told; its facts stay with it."""
    query = (
        select(Research)
        .where(Research.item_id == item.id)
        .options(joinedload(Research.agency), selectinload(Research.findings))
    )
    found = sorted(db.session.scalars(query), key=lambda each: (each.agency.name, each.guest_name))
    for research in found:
        who = research.agency.name + (f" ({research.guest_name})" if research.guest_name else "")
        if research.state == "asked":
            yield f"{who}: nothing returned."
            continue
        told = [_stop(finding.disclosable) for finding in research.findings if finding.disclosable]
        known = any(finding.known for finding in research.findings)
        if told:
            yield f"{who}: {' '.join(dict.fromkeys(told))}"
        else:
            yield f"{who}: {'returned; nothing that may be minuted' if known else 'nothing known'}."


def _decision(programme: Programme, decision: Decision | None) -> Iterator[str]:
    if decision is None:
        return
    outcomes = programme.panel.outcomes if programme.panel else ""
    yield _stop(label(programme, outcomes, decision.outcome) if outcomes else decision.outcome)
    for words, said in (
        ("Options considered", decision.options),
        ("Why", decision.rationale),
        ("Dissent", decision.dissent),
    ):
        if said:
            yield f"{words}: {_stop(said)}"
    for words, said in decisions.onward_in_words(programme, decision):
        yield f"{words}: {_stop(said)}"


def _telling(told: Telling) -> str:
    who = f"{told.agency.name}, {told.user.name}," if told.user else told.agency.name
    safely = f" How it is safe: {_stop(told.how)}" if told.how else ""
    whom = told.person.name if told.person else "the person"
    return f"{who} tells {whom} by {write_date(told.due_on)}: {_stop(told.what)}{safely}"


def _interests(item: AgendaItem) -> list[str]:
    """Declared interests, for those who may know: no other agency is told who was shut out, or that anybody was."""
    query = (
        select(Interest)
        .where(Interest.item_id == item.id)
        .order_by(Interest.declared_at_utc, Interest.id)
        .options(joinedload(Interest.user), joinedload(Interest.agency))
    )
    lines = []
    for each in db.session.scalars(query):
        who = " of ".join(thing.name for thing in (each.user, each.agency) if thing)
        lines.append(f"{who or 'Somebody'}: {_stop(each.nature)}")
    return _points(lines)
