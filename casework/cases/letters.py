"""Letters from the programme's templates: filled, edited, passed through the gate, and kept as sealed
documents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from casework.access.vocabulary import Actor
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import documents, gate
from casework.cases.models import Case, Entry, Involvement
from casework.errors import Invalid, NotFound
from casework.extensions import db
from casework.forms import Choice, today, write_date
from casework.programmes import shelf
from casework.programmes.definition import Letter, Programme

# Written to those who refer, by the work on referrals: a case has no use for them.
OF_REFERRALS = ("referrer",)
OPEN = re.compile(r"\{([a-z_]+)\}|\[([a-z ]+)\]")


@dataclass(frozen=True)
class Draft:
    """A letter as it is being written."""

    letter: Letter
    recipient: gate.Recipient
    body: str
    due: str = ""

    @property
    def left_open(self) -> tuple[str, ...]:
        """What is still to be filled in by hand."""
        return tuple(
            dict.fromkeys((first or second).replace("_", " ") for first, second in OPEN.findall(self.body))
        )


def offered(programme: Programme) -> tuple[Letter, ...]:
    """The letters that can be written from a case."""
    return tuple(letter for letter in programme.letters if letter.recipient not in OF_REFERRALS)


def letter_of(programme: Programme, letter_id: str) -> Letter:
    found = next((letter for letter in offered(programme) if letter.id == letter_id), None)
    if found is None:
        raise NotFound("There is no such letter.")
    return found


def recipients(programme: Programme, letter: Letter, parts: Sequence[Involvement]) -> list[Choice]:
    """The people of the case to whom this letter may go; none where its recipient is an agency, who is
    named.
    """
    return [
        Choice(str(part.id), f"{part.person.name} ({programme.role(part.role).label.lower()})")
        for part in parts
        if part.ended_on is None and letter.recipient == part.role
    ]


def recipient(parts: Sequence[Involvement], part_id: str | None, name: str | None) -> gate.Recipient:
    """Whoever was chosen among the people, or named."""
    for part in parts:
        if str(part.id) == part_id:
            return gate.Recipient(part.person.name, part)
    if not name:
        raise Invalid(errors={"name": ["Enter who the letter is for"]})
    return gate.Recipient(name)


def fill(case: Case, letter: Letter, to: gate.Recipient | None) -> str:
    """The template's words with what the case knows; what it does not know stays open in square brackets."""
    programme = shelf.programme(case.programme)
    worker = case.worker
    known = {
        "agency_name": case.agency.name if case.agency else "",
        "date_received": write_date(case.opened_on),
        "programme_name": programme.name,
        "recipient_name": to.name if to else "",
        "reference": case.reference,
        "subject_name": case.subject.name if case.subject else "",
        "today": write_date(today()),
        "worker_name": worker.name if worker else "",
        "worker_contact": _contact(worker),
    }
    return OPEN.sub(
        lambda found: known.get(found[1] or "") or f"[{(found[1] or found[2]).replace('_', ' ')}]",
        letter.body.strip(),
    )


def _contact(worker: User | None) -> str:
    return (worker.phone or worker.email) if worker else ""


def save(actor: Actor, case: Case, draft: Draft) -> Entry:
    """Keep the letter as it is to be sent.

    Raises Invalid with the gate's reasons, and for what was left open.
    """
    blocks = gate.check(case, draft.recipient, draft.body)
    if blocks:
        raise Invalid(
            "This letter cannot leave as it stands.", errors={"body": [block.reason for block in blocks]}
        )
    if draft.left_open:
        raise Invalid(errors={"body": [f"Fill in: {', '.join(draft.left_open)}"]})
    name = documents.tidy_name(f"{draft.letter.id}-{today().isoformat()}.txt")
    file = documents.File(name, "text/plain", draft.body.encode("utf-8"))
    values = {"dated": today(), "code": "letter", "whom": f"{draft.letter.title}: {draft.recipient.name}"}
    entry = documents.add(actor, case, file, values)
    entry.text = draft.body
    if draft.recipient.part is not None:
        entry.person_id = draft.recipient.part.person_id
    db.session.flush()
    trail.record(actor, Event.LETTER_WRITTEN, case, letter=draft.letter.id, entry=str(entry.id))
    return entry
