"""Risk assessments in words: each item, its band, and what changed since the assessment before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casework.cases.models import Entry
from casework.programmes.definition import Band, Programme, RiskTool


def band_of(programme: Programme, band_id: str | None) -> Band | None:
    """A band by its id, whichever tool it belongs to."""
    return next((band for tool in programme.risk_tools for band in tool.bands if band.id == band_id), None)


def level(programme: Programme, band_id: str | None) -> str:
    """How grave a band is in the words of the tag: high, medium, standard or none."""
    for tool in programme.risk_tools:
        ids = [band.id for band in tool.bands]
        if band_id in ids:
            return (
                "high"
                if tool.band(str(band_id)).urgent
                else ("standard", "medium")[ids.index(str(band_id)) > 0]
            )
    return "none"


@dataclass(frozen=True)
class Line:
    """One item of an assessment: its answer, and the answer last time where it differs."""

    label: str
    answer: str
    scores: bool
    before: str | None
    source: str
    critical: bool


@dataclass(frozen=True)
class Reading:
    """An assessment in words, beside the one before it (None: the first, or one by another tool)."""

    entry: Entry
    tool: RiskTool
    band: str
    level: str
    computed: str
    overridden: bool
    critical: tuple[str, ...]
    lines: tuple[Line, ...]
    before: Entry | None

    @property
    def changed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.before is not None)

    @property
    def score_change(self) -> int:
        return (self.entry.number or 0) - (self.before.number or 0) if self.before else 0


def read(programme: Programme, entry: Entry, before: Entry | None) -> Reading:
    """Put an assessment into words; `before` is the one it is compared with."""
    details = entry.details or {}
    tool = programme.risk_tool(entry.code or "", entry.tool_version)
    comparable = before if before is not None and before.code == entry.code else None
    earlier = (comparable.details or {}).get("answers", {}) if comparable else None
    band, computed = band_of(programme, entry.status), band_of(programme, details.get("band"))
    return Reading(
        entry,
        tool,
        band=band.label if band else "No band",
        level=level(programme, entry.status),
        computed=computed.label if computed else "No band",
        overridden=bool(details.get("override")),
        critical=tuple(_critical_label(tool, each) for each in details.get("critical", ())),
        lines=tuple(_line(tool, item.id, details, earlier) for item in tool.items),
        before=comparable,
    )


def _line(
    tool: RiskTool, item_id: str, details: Mapping[str, Any], earlier: Mapping[str, str] | None
) -> Line:
    item, given = tool.item(item_id), details.get("answers", {}).get(item_id)
    then = (earlier or {}).get(item_id)
    return Line(
        label=item.label,
        answer=_answer(tool, given),
        scores=bool(given) and tool.answer(str(given)).score > 0,
        before=_answer(tool, then) if earlier is not None and then != given else None,
        source=details.get("sources", {}).get(item_id, ""),
        critical=item_id in details.get("critical", ()),
    )


def _answer(tool: RiskTool, answer_id: str | None) -> str:
    known = {answer.id: answer.label for answer in tool.answers}
    return known.get(answer_id or "", "Not answered")


def _critical_label(tool: RiskTool, each: str) -> str:
    labels = {item.id: item.label for item in tool.items} | {
        cluster.id: cluster.label for cluster in tool.clusters
    }
    return labels.get(each, each)
