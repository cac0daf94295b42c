"""From a checked document to frozen definitions. `grammar` and `references` came first: nothing fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from casework.programmes.definition import (
    REFERRAL,
    AgeBand,
    Answer,
    Band,
    Block,
    Clock,
    Cluster,
    CodeList,
    ColumnDefinition,
    Comparator,
    Condition,
    Field,
    HeadlineDefinition,
    ImportColumn,
    ImportFile,
    LawfulBasis,
    Letter,
    Move,
    PanelDecision,
    PanelRules,
    PersonRole,
    Programme,
    PutTo,
    RepeatRule,
    ReportDefinition,
    Retention,
    ReviewCycle,
    RiskItem,
    RiskTool,
    ScreeningPoint,
    Section,
    Stage,
    TableDefinition,
)
from casework.programmes.outlets import table_list, whole_columns
from casework.programmes.references import Context

T = TypeVar("T")

Data = Mapping[str, Any]


def _make(kind: type[T], data: Data, **instead: Any) -> T:
    """A `kind` from the keys of `data`, lists frozen into tuples, some keys replaced."""
    return kind(**{key: _frozen(value) for key, value in {**data, **instead}.items()})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _each(kind: type[T], items: Sequence[Data]) -> tuple[T, ...]:
    return tuple(_make(kind, item) for item in items)


def build(context: Context, file: str) -> Programme:
    """The programme that a faultless document describes."""
    doc = context.document
    roles = context.many("person_role")
    counted = {REFERRAL, *(role["id"] for role in roles if role.get("counted"))}
    sections = context.many("section")
    return Programme(
        **{key: doc[key] for key in ("id", "name", "short", "version", "reference_pattern")},
        description=doc.get("description", ""),
        handling=doc.get("handling"),
        words=dict(doc["words"]),
        lists=dict(context.lists),
        person_roles=tuple(_role(role, sections) for role in roles),
        sections=tuple(_section(section) for section in sections),
        fields=tuple(
            _field(context.fields[field_id], section, counted=section["about"] in counted)
            for section in sections
            for field_id in section["fields_"]
        ),
        stages=tuple(
            _make(Stage, stage, moves=_each(Move, stage.get("moves", []))) for stage in context.many("stage")
        ),
        risk_tools=tuple(_tool(tool) for tool in context.tools),
        clocks={
            clock_id: _make(Clock, clock, id=clock_id) for clock_id, clock in doc.get("clock", {}).items()
        },
        repeat=_make(RepeatRule, doc["repeat"]),
        retention=_make(Retention, doc["retention"]),
        panel=_panel(doc["panel"]) if "panel" in doc else None,
        reviews=_each(ReviewCycle, context.many("review")),
        lawful_bases=_each(LawfulBasis, context.many("lawful_basis")),
        letters=_each(Letter, context.letters),
        blocks=tuple(
            _make(Block, block, when=_each(Condition, block.get("when", [])))
            for block in context.many("block")
        ),
        screening=_each(ScreeningPoint, context.many("screening")),
        put_to=_each(PutTo, context.many("put_to")),
        imports=_imports(doc),
        reports=_reports(context),
        file=file,
    )


def _panel(data: Data) -> PanelRules:
    return _make(PanelRules, data, decisions=_each(PanelDecision, data.get("decisions", [])))


def _role(data: Data, sections: list[dict[str, Any]]) -> PersonRole:
    asked = [field for section in sections if section["about"] == data["id"] for field in section["fields_"]]
    return _make(PersonRole, data, fields=asked)


def _section(data: Data) -> Section:
    kept = {key: value for key, value in data.items() if key not in ("fields_", "required")}
    return _make(Section, kept, fields=data["fields_"])


def _field(data: Data, section: Data, *, counted: bool) -> Field:
    condition = data.get("show_when")
    return _make(
        Field,
        data,
        about=section["about"],
        section=section["id"],
        required=data["id"] in section.get("required", []),
        counted=bool(data.get("counted")) and counted,
        show_when=(condition["field"], tuple(condition["codes"])) if condition else None,
        list="yes_no" if data["kind"] == "yes_no" else data.get("list"),
    )


def _tool(data: Data) -> RiskTool:
    return _make(
        RiskTool,
        data,
        answers=tuple(
            Answer(answer["id"], answer["label"], answer["score"], unknown=answer.get("unknown_", False))
            for answer in data["answers"]
        ),
        items=_each(RiskItem, data["items"]),
        bands=_each(Band, data.get("bands", [])),
        clusters=_each(Cluster, data.get("clusters", [])),
    )


def _imports(document: Data) -> tuple[ImportFile, ...]:
    files = document.get("import_", {}).get("file", [])
    return tuple(
        ImportFile(
            name=file["name"],
            holds=file["holds"],
            required=file.get("required", False),
            columns=_each(ImportColumn, whole_columns(files, index)),
            source=file.get("source", ""),
        )
        for index, file in enumerate(files)
    )


def _reports(context: Context) -> tuple[ReportDefinition, ...]:
    by_id = {report["id"]: report for report in context.many("report")}
    return tuple(_report(report, by_id, context) for report in by_id.values())


def _report(data: Data, by_id: Mapping[str, Data], context: Context) -> ReportDefinition:
    """A report; one with `tables_of` has the headlines, tables and notes of that one before its own."""
    lender: Data = by_id.get(data.get("tables_of", ""), {})
    headlines, tables, notes = (
        [*lender.get(part, []), *data.get(part, [])] for part in ("headlines", "tables", "notes")
    )
    return ReportDefinition(
        id=data["id"],
        title=data["title"],
        columns=_each(ColumnDefinition, data["columns"]),
        headlines=_each(HeadlineDefinition, headlines),
        tables=tuple(_table(table, context) for table in tables),
        notes=tuple(notes),
        source=data.get("source", lender.get("source", "")),
    )


def _table(data: Data, context: Context) -> TableDefinition:
    list_id = table_list(data, context.fields)
    bands = tuple(_make(AgeBand, {"most": None, **band}) for band in data.get("bands", []))
    return _make(
        TableDefinition,
        data,
        list=list_id,
        bands=bands,
        always=tuple(data["always"]) if "always" in data else _all_rows(data, list_id, bands, context.lists),
        comparators=tuple(
            Comparator(
                comparator["label"],
                comparator["source"],
                tuple((share["label"], share["percent"]) for share in comparator["shares"]),
            )
            for comparator in data.get("comparators", [])
        ),
    )


def _all_rows(
    data: Data, list_id: str, bands: tuple[AgeBand, ...], lists: Mapping[str, CodeList]
) -> tuple[str, ...]:
    """The rows shown even at zero where a table does not say: every code, and every band that says always."""
    if data["of"] == "ages":
        return tuple(band.id for band in bands if band.always)
    return lists[data.get("map_to", list_id)].ids
