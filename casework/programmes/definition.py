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

from casework.programmes.codes import Code, CodeList
from casework.programmes.imports import MAX_FIELD_CHARS, ImportColumn, ImportFile, slug
from casework.programmes.questions import Field, PersonRole, Section
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
from casework.programmes.rules import (
    Block,
    Clock,
    Condition,
    LawfulBasis,
    Letter,
    Move,
    PanelDecision,
    PanelRules,
    PutTo,
    RepeatRule,
    Retention,
    ReviewCycle,
    ScreeningPoint,
    Stage,
)
from casework.programmes.vocabulary import (
    ACTS,
    CHECKS,
    COUNTABLE_KINDS,
    ENTRY_LISTS,
    EVENTS,
    FIELD_KINDS,
    PLACEHOLDERS,
    QUEUE_MOVES,
    REFERRAL,
    REFERRAL_LISTS,
    REQUIRED_LISTS,
    RESEARCH_OPENS,
    ROLES,
    STEPS,
    WORDS,
)

__all__ = [
    "ACTS",
    "CHECKS",
    "COUNTABLE_KINDS",
    "ENTRY_LISTS",
    "EVENTS",
    "FIELD_KINDS",
    "MAX_FIELD_CHARS",
    "PLACEHOLDERS",
    "QUEUE_MOVES",
    "REFERRAL",
    "REFERRAL_LISTS",
    "REQUIRED_LISTS",
    "RESEARCH_OPENS",
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
    "PanelDecision",
    "PanelRules",
    "PersonRole",
    "Programme",
    "PutTo",
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
    put_to: tuple[PutTo, ...] = ()
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
