"""What a programme is, once its file has been read: plain words and numbers that nothing can change.

No service asks which programme it serves; it asks the programme for its words, lists, stages, tools and
clocks. An answer is named by two words: what it is about ("referral" or a person role) and the field's id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Protocol, TypeVar

from casework.access.vocabulary import Role
from casework.programmes.codes import Code, CodeList
from casework.programmes.imports import MAX_FIELD_CHARS, ImportColumn, ImportFile, slug
from casework.programmes.reports import (
    AgeBand,
    ColumnDefinition,
    Comparator,
    HeadlineDefinition,
    ReportDefinition,
    Row,
    TableDefinition,
)
from casework.programmes.risk import Answer, Band, Cluster, RiskItem, RiskResult, RiskTool

__all__ = [
    "ACTS",
    "CHECKS",
    "ENTRY_LISTS",
    "EVENTS",
    "FIELD_KINDS",
    "MAX_FIELD_CHARS",
    "PLACEHOLDERS",
    "REFERRAL",
    "REFERRAL_LISTS",
    "REQUIRED_LISTS",
    "ROLES",
    "STEPS",
    "WORDS",
    "AgeBand",
    "Answer",
    "Band",
    "Block",
    "Clock",
    "Cluster",
    "Code",
    "CodeList",
    "ColumnDefinition",
    "Comparator",
    "Condition",
    "Field",
    "HeadlineDefinition",
    "ImportColumn",
    "ImportFile",
    "LawfulBasis",
    "Letter",
    "Move",
    "PanelRules",
    "PersonRole",
    "Programme",
    "RepeatRule",
    "ReportDefinition",
    "Retention",
    "ReviewCycle",
    "RiskItem",
    "RiskResult",
    "RiskTool",
    "Row",
    "ScreeningPoint",
    "Section",
    "Stage",
    "TableDefinition",
    "slug",
]


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_HasId)

REFERRAL = "referral"
"""What an answer is about when it is about no person."""

ROLES = tuple(role.value for role in Role)
"""The roles a move may name."""

FIELD_KINDS = (
    "text",
    "long_text",
    "date",
    "code",
    "codes",
    "number",
    "yes_no",
    "email",
    "phone",
    "postcode",
)
COUNTABLE_KINDS = ("date", "code", "codes", "number", "yes_no")
"""The kinds whose answers may be held in plain, because they are counted. A yes_no answer is yes or no."""

STEPS = ("intake", "screening", "case", "closure")
"""When a section's questions are asked."""

ENTRY_LISTS: Mapping[str, str] = {
    "onward": "destination",
    "support": "support_type",
    "need": "need",
    "need_identified": "needs_identified",
    "activity": "activity_kind",
    "contact": "contact_method",
    "incident": "incident_body",
    "key_date": "key_date_kind",
}
"""The kinds of dated entry on a case, and the code list each is coded by."""

REFERRAL_LISTS: Mapping[str, str] = {
    "source": "source",
    "route": "route",
    "decline_reason": "decline_reason",
    "closure_reason": "closure_reason",
}
"""The codes a referral holds itself, and their lists."""

EVENTS = (
    "received",
    "screened",
    "accepted",
    "allocated",
    "info_requested",
    "info_received",
    "first_contact",
    "contact",
    "last_contact",
    "meeting",
    "heard",
    "closed",
    "exit",
)
"""What may start or stop a clock, a review cycle or a retention period. `exit` is the
same moment as `closed`: each programme uses the word of its own guidance."""

CHECKS: Mapping[str, str] = {
    "allocated": "a worker is allocated",
    "risk_assessed": "a risk assessment is recorded",
    "agreement_recorded": "it is recorded whether the person agrees to support",
    "agreement_given": "the person (or a parent or guardian) agrees to support",
    "basis_recorded": "a lawful basis is recorded",
    "needs_answered": "each need identified says whether it was met",
    "no_open_tasks": "no task is open",
    "no_open_onward": "every onward referral has an outcome",
}
"""What a move may require before it is made, in the words shown when it is missing."""

ACTS: Mapping[str, str] = {"mediation": "mediation_session"}
"""What a block may stop, and the code of `activity_kind` by which it is logged."""

PLACEHOLDERS = (
    "agency_name",
    "date_received",
    "decision_reason",
    "destination",
    "due_date",
    "programme_name",
    "recipient_name",
    "reference",
    "subject_name",
    "today",
    "worker_contact",
    "worker_name",
)
"""What a letter may leave open, as {name}."""

REQUIRED_LISTS = (
    "yes_no",
    "agency_type",
    "flag_kind",
    "contact_outcome",
    "onward_outcome",
    "mediation_willingness",
    "sharing_basis",
    "document_kind",
    "enquiry_topic",
    "abuse_markers",
    *ENTRY_LISTS.values(),
    *REFERRAL_LISTS.values(),
)
"""The lists that every programme has, its own or the shared ones."""

WORDS = ("subject", "subjects", "perpetrator", "case", "cases", "referral", "referrals", "worker", "meeting")
"""The words every programme chooses; it may add more."""


@dataclass(frozen=True)
class Condition:
    """Met when the answer to `field` (about `about`) is, or is among, `codes`."""

    about: str
    field: str
    codes: tuple[str, ...]

    def met_by(self, answer: str | Collection[str] | None) -> bool:
        given = {answer} if isinstance(answer, str) else set(answer or ())
        return not given.isdisjoint(self.codes)


@dataclass(frozen=True)
class Field:
    """One question, about the referral or about a person in one role.

    `counted` answers are held in plain; every other answer is sealed. `show_when` is (field id, codes): the
    field is asked when that field, about the same thing, holds one of the codes. A field that several roles
    are asked is several Field objects with one id.
    """

    id: str
    label: str
    kind: str
    about: str
    section: str
    hint: str = ""
    list: str | None = None
    required: bool = False
    counted: bool = False
    show_when: tuple[str, tuple[str, ...]] | None = None
    max_length: int | None = None
    source: str = ""


@dataclass(frozen=True)
class Section:
    """Questions asked together, on one page. `step` (a word of STEPS) says when."""

    id: str
    title: str
    about: str
    fields: tuple[str, ...]
    hint: str = ""
    step: str = "intake"


@dataclass(frozen=True)
class PersonRole:
    """A part that a person plays in a case.

    `counted` roles have their age at the referral, and the counted answers about them, held in plain.
    `side` says whom a paper protects. A `never_tell` role gets no letter or paper that reveals the referral
    or the panel. `fields` are asked for each such person.
    """

    id: str
    label: str
    plural: str
    many: bool = False
    required: bool = False
    counted: bool = False
    side: str = "other"
    never_tell: bool = False
    hint: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """A way out of a stage. Any one of `roles` may make it; `checks` are keys of CHECKS."""

    to: str
    label: str
    roles: tuple[str, ...]
    reason_required: bool = False
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """A stage of a referral (kinds screening and declined) or of a case (kinds open and closed)."""

    id: str
    label: str
    kind: str
    moves: tuple[Move, ...] = ()
    hint: str = ""

    def move(self, to: str) -> Move | None:
        return next((move for move in self.moves if move.to == to), None)


@dataclass(frozen=True)
class Clock:
    """A time limit: `days` (working days or calendar days) after `starts`, met by `stops`.

    `doubt` says that no official source stands behind the number, and is shown beside it.
    """

    id: str
    label: str
    days: int
    working_days: bool
    starts: str
    stops: str
    warn_days: int = 0
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class RepeatRule:
    """When a referral is a repeat: an earlier one within `window_months` of `anchor` (referral or heard).

    `on` is `pair` (the same person protected and the same person harming) or `subject`.
    """

    window_months: int
    anchor: str
    on: str
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class PanelRules:
    """How a programme's panel meets. Numbers are defaults that a meeting may change.

    Agencies are codes of the list `agency_type`. `quorum` is groups of agencies, each met by one of them.
    `papers_days` are working days before the meeting, `minutes_days` working days after it. A panel that is
    `relisted_until_closed` hears each open case again; `referrer_must_attend` defers a case nobody presents.
    Agencies flag their files for `flag_months` after the referral. `outcomes` names the list of decisions.
    """

    name: str
    frequency: str
    minutes_per_case: int
    minutes_cap: int | None = None
    cases_cap: int | None = None
    papers_days: int | None = None
    minutes_days: int | None = None
    core: tuple[str, ...] = ()
    quorum: tuple[tuple[str, ...], ...] = ()
    relisted_until_closed: bool = False
    referrer_must_attend: bool = False
    flag_months: int | None = None
    outcomes: str = ""
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class ReviewCycle:
    """A review due `months` after `after` (a word of EVENTS); `repeats` until the case closes."""

    id: str
    label: str
    months: int
    after: str
    repeats: bool = False
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class Retention:
    """How long records are kept after `trigger` (a word of EVENTS) before their disposal is reviewed."""

    years: int
    trigger: str
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class LawfulBasis:
    """A ground for holding and sharing that the programme relies on; `default` is offered first."""

    id: str
    label: str
    default: bool = False
    hint: str = ""
    source: str = ""


@dataclass(frozen=True)
class Letter:
    """A letter template with {placeholders}. `recipient` is a person role, `referrer` or `agency`."""

    id: str
    title: str
    recipient: str
    body: str


@dataclass(frozen=True)
class Block:
    """An act that is stopped, with the reason shown: always, or when a condition is met or a flag stands."""

    act: str
    reason: str
    when: tuple[Condition, ...] = ()
    flags: tuple[str, ...] = ()
    always: bool = False

    def stops(
        self, answers: Mapping[tuple[str, str], str | Collection[str] | None], flags: Collection[str]
    ) -> bool:
        """Whether it applies to a case with these answers, by (about, field id), and these flags."""
        return (
            self.always
            or not set(flags).isdisjoint(self.flags)
            or any(
                condition.met_by(answers.get((condition.about, condition.field))) for condition in self.when
            )
        )


@dataclass(frozen=True)
class ScreeningPoint:
    """A question the coordinator answers before a referral is accepted. None of them rejects by itself."""

    id: str
    label: str
    source: str = ""


@dataclass(frozen=True, eq=False)
class Programme:
    """One programme, whole. `file` is where it was read from."""

    id: str
    name: str
    short: str
    version: str
    words: Mapping[str, str]
    handling: str | None
    reference_pattern: str
    person_roles: tuple[PersonRole, ...]
    fields: tuple[Field, ...]
    sections: tuple[Section, ...]
    lists: Mapping[str, CodeList]
    stages: tuple[Stage, ...]
    risk_tools: tuple[RiskTool, ...]
    clocks: Mapping[str, Clock]
    repeat: RepeatRule
    retention: Retention
    panel: PanelRules | None = None
    reviews: tuple[ReviewCycle, ...] = ()
    lawful_bases: tuple[LawfulBasis, ...] = ()
    letters: tuple[Letter, ...] = ()
    blocks: tuple[Block, ...] = ()
    screening: tuple[ScreeningPoint, ...] = ()
    imports: tuple[ImportFile, ...] = ()
    reports: tuple[ReportDefinition, ...] = ()
    description: str = ""
    file: str = field(default="", compare=False)

    # -- questions and people ------------------------------------------------------------------

    @property
    def roles(self) -> tuple[PersonRole, ...]:
        return self.person_roles

    def role(self, role_id: str) -> PersonRole:
        return _find(self.person_roles, role_id, "person role")

    @property
    def subject(self) -> PersonRole:
        """The role the programme is for: the first one."""
        return self.person_roles[0]

    def field(self, field_id: str, about: str | None = None) -> Field:
        """The field; where several roles are asked it, the one about `about`, or the first."""
        try:
            return self._fields_by_key[about, field_id]
        except KeyError:
            raise KeyError(f"no field {field_id!r}" + (f" about {about!r}" if about else "")) from None

    @cached_property
    def _fields_by_key(self) -> Mapping[tuple[str | None, str], Field]:
        """Every field by (about, id), and the first of each id by (None, id)."""
        firsts: dict[tuple[str | None, str], Field] = {(None, f.id): f for f in reversed(self.fields)}
        return firsts | {(f.about, f.id): f for f in self.fields}

    def fields_of(self, section: str | Section) -> tuple[Field, ...]:
        """The fields of a section, in the order in which they are asked."""
        section = self.section(section) if isinstance(section, str) else section
        return tuple(self.field(field_id, section.about) for field_id in section.fields)

    def fields_about(self, about: str) -> tuple[Field, ...]:
        """Every field about the referral, or about one person role."""
        return tuple(candidate for candidate in self.fields if candidate.about == about)

    def section(self, section_id: str) -> Section:
        return _find(self.sections, section_id, "section")

    def sections_at(self, step: str) -> tuple[Section, ...]:
        return tuple(section for section in self.sections if section.step == step)

    def word(self, word_id: str) -> str:
        return self.words[word_id]

    def list(self, list_id: str) -> CodeList:
        try:
            return self.lists[list_id]
        except KeyError:
            raise KeyError(f"the programme {self.id!r} has no list {list_id!r}") from None

    def reference(self, year: int, number: int) -> str:
        return self.reference_pattern.format(year=year, number=number)

    # -- stages --------------------------------------------------------------------------------

    def stage(self, stage_id: str) -> Stage:
        return _find(self.stages, stage_id, "stage")

    def first_stage_of(self, kind: str) -> Stage:
        return next(stage for stage in self.stages if stage.kind == kind)

    @property
    def first_stage(self) -> Stage:
        """Where a new referral stands."""
        return self.stages[0]

    @property
    def returned_stage(self) -> Stage | None:
        """Where a referral returned for information waits: the second screening stage, if there is one."""
        screening = [stage for stage in self.stages if stage.kind == "screening"]
        return screening[1] if len(screening) > 1 else None

    @property
    def accepted_stage(self) -> Stage:
        """Where an accepted referral puts its case: the first open stage."""
        return self.first_stage_of("open")

    @property
    def declined_stage(self) -> Stage:
        return self.first_stage_of("declined")

    @property
    def closed_stage(self) -> Stage:
        return self.first_stage_of("closed")

    # -- rules ---------------------------------------------------------------------------------

    def risk_tool(self, tool_id: str, version: str | None = None) -> RiskTool:
        """A tool by id and version; without a version the one in use (the last that is not retired)."""
        versions = [tool for tool in self.risk_tools if tool.id == tool_id]
        wanted = (
            [tool for tool in versions if tool.version == version]
            if version
            else [tool for tool in versions if not tool.retired]
        )
        if not wanted:
            raise KeyError(f"no risk tool {tool_id!r}" + (f" of version {version!r}" if version else ""))
        return wanted[-1]

    @property
    def current_tools(self) -> tuple[RiskTool, ...]:
        return tuple(tool for tool in self.risk_tools if not tool.retired)

    def letter(self, letter_id: str) -> Letter:
        return _find(self.letters, letter_id, "letter")

    def blocked(
        self,
        act: str,
        *,
        answers: Mapping[tuple[str, str], str | Collection[str] | None],
        flags: Collection[str] = (),
    ) -> str | None:
        """Why an act may not be done, or None.

        `answers` is keyed by (about, field id). Where several people play one role, their codes go together.
        """
        for block in self.blocks:
            if block.act == act and block.stops(answers, flags):
                return block.reason
        return None

    # -- imports and reports -------------------------------------------------------------------

    def report(self, report_id: str) -> ReportDefinition:
        return _find(self.reports, report_id, "report")

    def rows_of(self, table: TableDefinition) -> tuple[Row, ...]:
        """The rows of a report's table in printed order, the one for what was not recorded last.

        Every code of the answers' list is in exactly one row. Where the table maps to a coarser list, its
        rows are that list's codes. When the row for what was not recorded is itself a code, it keeps its
        place.
        """
        if table.of == "ages":
            rows = tuple(
                Row(band.id, band.label, band.always, least=band.least, most=band.most)
                for band in table.bands
            )
        else:
            rows = self._code_rows(table)
        if any(row.blank for row in rows):
            return rows
        return *rows, Row(table.blank, table.blank_label, table.blank in table.always, blank=True)

    def _code_rows(self, table: TableDefinition) -> tuple[Row, ...]:
        fine = self.list(table.list)
        coarse = self.list(table.map_to or table.list)
        falls_in = {code.id: fine.roll_up(code.id, coarse.id) for code in fine.codes}
        return tuple(
            Row(
                code.id,
                code.label,
                code.id in table.always,
                frozenset(fine_id for fine_id, row_id in falls_in.items() if row_id == code.id),
                blank=code.id == table.blank,
            )
            for code in coarse.codes
        )

    def import_file(self, name: str) -> ImportFile:
        return next(file for file in self.imports if file.name == name)

    def codes_on(self, list_id: str, day: date) -> tuple[Code, ...]:
        return self.list(list_id).current(day)


def _find(things: tuple[T, ...], wanted: str, what: str) -> T:
    """The thing with that id. Raises KeyError with words."""
    for thing in things:
        if thing.id == wanted:
            return thing
    raise KeyError(f"no {what} {wanted!r}")
