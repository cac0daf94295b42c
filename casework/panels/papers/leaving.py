"""The panels' way through the one gate: what about a case may leave to which reader, and what is taken out of it.

What the gate forbids is taken out of a text where it can be recognised, and then the gate is asked again; what it still
forbids does not leave. Nobody can overrule it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.accounts.models import Agency, User
from casework.cases import gate
from casework.cases.gate import Recipient, Secret
from casework.cases.models import Case
from casework.crypto.blind import normalise
from casework.extensions import db
from casework.panels.models import AgendaItem, Finding, PaperRedaction, Research
from casework.panels.papers import redaction
from casework.panels.papers.redaction import Line, Piece

FOR_OTHERS = "what is for other agencies only"
OF_AN_ITEM = "what belongs to one item only"


@dataclass(frozen=True)
class Reader:
    """Who reads, for which agency; without a name, whoever reads for that agency."""

    agency: str
    agency_id: uuid.UUID | None = None
    name: str = ""
    email: str = ""

    @classmethod
    def of(cls, agency: Agency, user: User | None = None) -> Reader:
        return cls(agency.name, agency.id, user.name if user else "", user.email if user else "")

    @property
    def recipients(self) -> list[Recipient]:
        person = [Recipient(self.name, email=self.email, on_panel=True)] if self.name else []
        agency = [Recipient(self.agency, on_panel=True)] if self.agency else []
        return [*person, *agency]

    @property
    def words(self) -> str:
        return f"{self.name}, {self.agency}" if self.name else self.agency


def blocks(case: Case, reader: Reader, text: str) -> list[str]:
    """Every reason against giving `text` about `case` to `reader`; none means that it may leave."""
    return _reasons(gate.look(case), reader, text)


def _reasons(known: gate.Known, reader: Reader, text: str) -> list[str]:
    reasons = [block.reason for each in reader.recipients for block in gate.check_known(known, each, text)]
    return list(dict.fromkeys(reasons))


@dataclass(frozen=True)
class Passed:
    """A text as it leaves: its lines, or why it does not leave."""

    lines: Sequence[Line]
    blocked: Sequence[str] = ()

    @property
    def left_out(self) -> list[str]:
        """What was taken out, in words."""
        return list(
            dict.fromkeys(piece.text for line in self.lines for piece in line.pieces if piece.left_out)
        )


@dataclass(frozen=True)
class Kept:
    """Words kept back from one agency (None: from all of them), but not from the agency whose own they are."""

    secret: Secret
    back_from: uuid.UUID | None = None
    own_of: uuid.UUID | None = None

    def concerns(self, reader: Reader) -> bool:
        if reader.agency_id is None:  # who runs the meeting may read what every agency returned
            return self.own_of is None and self.back_from is None
        return self.own_of != reader.agency_id and self.back_from in (None, reader.agency_id)


@dataclass
class Gateway:
    """One item at the gate, read once however many readers and texts there are."""

    item: AgendaItem
    known: gate.Known = field(init=False)
    kept: Sequence[Kept] = field(init=False)

    def __post_init__(self) -> None:
        self.known = gate.look(self.item.case)
        self.kept = [*_research(self.item), *_redactions(self.item)]

    def shut_to(self, reader: Reader) -> list[str]:
        """Why this reader gets nothing at all about the item; none if they get something."""
        return _reasons(self.known, reader, "")

    def let_through(self, reader: Reader, lines: Iterable[tuple[str, str]]) -> Passed:
        """Lines (kind, words) as they leave to the reader."""
        secrets = list(self._secrets(reader))
        passed = [_line(kind, words, reader, secrets) for kind, words in lines]
        text = "\n".join(
            "".join(piece.text for piece in line.pieces if not piece.left_out) for line in passed
        )
        blocked = _reasons(self.known, reader, text)
        return Passed([], blocked) if blocked else Passed(passed)

    def _secrets(self, reader: Reader) -> Iterable[Secret]:
        for recipient in reader.recipients:
            yield from self.known.secrets(recipient)
        yield from (each.secret for each in self.kept if each.concerns(reader))


def _line(kind: str, words: str, reader: Reader, secrets: Sequence[Secret]) -> Line:
    if reader.agency and redaction.for_others(words, reader.agency):
        return Line(kind, (Piece(FOR_OTHERS, left_out=True),))
    return Line(kind, redaction.redact(words, secrets))


def _research(item: AgendaItem) -> list[Kept]:
    """The facts that agencies returned, but for what they say may be told: no paper repeats them to another agency."""
    query = (
        select(Finding)
        .join(Research, Research.id == Finding.research_id)
        .where(Research.item_id == item.id)
        .options(joinedload(Finding.research).joinedload(Research.agency))
    )
    return [kept for finding in db.session.scalars(query) for kept in _facts(finding)]


def _facts(finding: Finding) -> Iterable[Kept]:
    agency, told = finding.research.agency, normalise(finding.disclosable or "")
    for secret in redaction.sentences(finding.facts, f"what {agency.name} returned for the panel alone"):
        if secret.value not in told:
            yield Kept(secret, own_of=agency.id)


def _redactions(item: AgendaItem) -> list[Kept]:
    query = select(PaperRedaction).where(
        PaperRedaction.item_id == item.id, PaperRedaction.ended_at_utc.is_(None)
    )
    return [
        Kept(Secret("words", normalise(each.words or ""), each.reason or "words"), back_from=each.agency_id)
        for each in db.session.scalars(query)
    ]


def of_no_case(cases: Iterable[Case], reader: Reader, text: str | None) -> list[Line]:
    """What is said of a meeting as a whole: whatever would tell of one of its cases is taken out."""
    secrets = [secret for case in cases for secret in _signs(gate.look(case))]
    return [_line(kind, words, reader, secrets) for kind, words in redaction.lines_of(text)]


def _signs(known: gate.Known) -> Iterable[Secret]:
    """Reference, names and contacts of a case."""
    yield Secret("words", normalise(known.case.reference), OF_AN_ITEM)
    for person in known.people.values():
        for name in (person.name, *(person.known_as or ())):
            if " " in normalise(name):
                yield Secret("words", normalise(name), OF_AN_ITEM)
        for secret in gate.contacts_of(person):
            yield Secret(secret.kind, secret.value, OF_AN_ITEM)
