"""Risk assessments by the programme's tools: the questions, the score, and what the case takes from the
latest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from casework.cases.kind import Choices, Kind, Values, said
from casework.cases.models import Case, Entry
from casework.cases.risk_reading import band_of
from casework.errors import NotFound
from casework.extensions import db
from casework.forms import Choice, FormSchema, code, date_, hidden, long_text, text
from casework.programmes import shelf
from casework.programmes.definition import Programme, RiskResult, RiskTool

ITEM, SOURCE = "item_", "source_"


@dataclass(frozen=True)
class RiskKind(Kind):
    """The entry kind whose questions are those of a risk tool.

    Its `code` is the tool; `tool_version` says which.
    """

    def questions(
        self, programme: Programme, *, code: str | None = None, entry: Entry | None = None
    ) -> dict[str, Any]:
        tool = tool_of(programme, entry) if entry is not None else current_tool(programme, code)
        return fields_of(tool)

    def form(
        self, programme: Programme, choices: Choices, *, entry: Entry | None = None, code: str | None = None
    ) -> FormSchema:
        return self.made(self.questions(programme, code=code, entry=entry), choices, entry=entry)

    def columns(self, programme: Programme, values: Values) -> dict[str, Any]:
        """The columns of Entry that keep an assessment."""
        tool = programme.risk_tool(values["code"], values.get("tool_version"))
        scored = result(tool, values)
        return {
            "dated": values["dated"],
            "code": tool.id,
            "tool_version": tool.version,
            "number": scored.score,
            "status": values.get("band") or scored.band,
            "text": values.get("text"),
            "why": values.get("why"),
            "details": {
                "answers": answers_in(values),
                "sources": {
                    name.removeprefix(SOURCE): words
                    for name, words in values.items()
                    if name.startswith(SOURCE) and words
                },
                "band": scored.band,
                "override": values.get("band"),
                "unknowns": scored.unknowns,
                "critical": list(scored.critical),
            },
        }

    def read(self, entry: Entry) -> dict[str, Any]:
        details = entry.details or {}
        return {
            "dated": entry.dated,
            "code": entry.code,
            "tool_version": entry.tool_version,
            **{ITEM + item: given for item, given in details.get("answers", {}).items()},
            **{SOURCE + item: words for item, words in details.get("sources", {}).items()},
            "text": entry.text,
            "band": details.get("override"),
            "why": entry.why,
        }

    def words(self, programme: Programme, values: Values, choices: Choices) -> dict[str, str]:
        tool = programme.risk_tool(values["code"], values.get("tool_version"))
        found = {}
        for name, field in fields_of(tool).items():
            if values.get(name) and name != "code":
                found[field.metadata["label"]] = said(values[name], field.metadata["choices"])
        return found


def tool_of(programme: Programme, entry: Entry) -> RiskTool:
    """The tool, in the version with which an assessment was made."""
    return programme.risk_tool(entry.code or "", entry.tool_version)


def current_tool(programme: Programme, tool_id: str | None) -> RiskTool:
    """The tool asked for, or the programme's first. Raises NotFound for one that takes no new assessments."""
    found = next((tool for tool in programme.current_tools if not tool_id or tool.id == tool_id), None)
    if found is None:
        raise NotFound("There is no such risk tool.")
    return found


def fields_of(tool: RiskTool) -> dict[str, Any]:
    """The questions of a tool, and of the judgement that may overrule its score."""
    answers = tuple(Choice(answer.id, answer.label) for answer in tool.answers)
    fields: dict[str, Any] = {
        "code": hidden(
            check=lambda typed: typed if typed == tool.id else None,
            wrong="Choose the tool again",
            required="Choose the tool again",
        ),
        "dated": date_("Date of the assessment", required=True),
    }
    for place, item in enumerate(tool.items, start=1):
        fields[ITEM + item.id] = code(
            f"{place}. {item.label}",
            answers,
            hint=item.hint or None,
            widget="radios",
            inline=True,
        )
        if tool.asks_source:
            fields[SOURCE + item.id] = text(f"Who said so for question {place}, if not the person")
    fields["text"] = long_text("What stands behind the answers", rows=6)
    if tool.bands:
        fields["band"] = code(
            "Your own judgement, if it differs from the score",
            tuple(Choice(band.id, band.label) for band in tool.bands),
            hint="A score informs and never decides. Leave blank to keep the band of the score.",
        )
        fields["why"] = long_text(
            "Why your judgement differs",
            rows=3,
            required="Enter why your judgement differs from the score"
            if tool.override_reason_required
            else False,
            show_when=("band", tuple(band.id for band in tool.bands)),
        )
    return fields


def answers_in(values: Values) -> dict[str, str]:
    """The answers by item, of those that were given."""
    return {
        name.removeprefix(ITEM): value for name, value in values.items() if name.startswith(ITEM) and value
    }


def result(tool: RiskTool, values: Values) -> RiskResult:
    """What the answers add up to. An answer that the tool does not know counts as none."""
    known, items = {answer.id for answer in tool.answers}, {item.id for item in tool.items}
    return tool.score(
        {item: given for item, given in answers_in(values).items() if item in items and given in known}
    )


def carry_to_case(case: Case) -> None:
    """Let the case show what its latest assessment found; a band that is urgent puts it at the head of
    queues.
    """
    last = latest(case)
    if last is None:
        case.risk_band, case.risk_score = None, None
        return
    case.risk_band, case.risk_score = last.status, last.number
    band = band_of(shelf.programme(case.programme), last.status)
    if band and band.urgent:
        case.urgent = True


def latest(case: Case) -> Entry | None:
    return next(iter(assessments(case, most=1)), None)


def assessments(case: Case, most: int = 50) -> list[Entry]:
    """The assessments of a case, the newest first."""
    query = (
        select(Entry)
        .where(Entry.case_id == case.id, Entry.kind == "risk", Entry.ended_at_utc.is_(None))
        .order_by(Entry.dated.desc(), Entry.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(query))
