"""Risk tools: items, scoring and bands. A score informs and never rejects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Answer:
    """An answer that every item of a tool may have. `unknown` marks "don't know", which is counted."""

    id: str
    label: str
    score: int
    unknown: bool = False


@dataclass(frozen=True)
class RiskItem:
    """One question. `weight` multiplies the answer's score; a `critical` item alerts whatever the total."""

    id: str
    label: str
    hint: str = ""
    weight: int = 1
    critical: bool = False


@dataclass(frozen=True)
class Cluster:
    """Items that are critical together: when each of them scores, the cluster is critical."""

    id: str
    label: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """A band of scores: from `least` up to the next band. `urgent` puts the case at the head of queues."""

    id: str
    label: str
    least: int
    urgent: bool = False


@dataclass(frozen=True)
class RiskResult:
    """What an assessment adds up to.

    `band` is None for a tool without bands (a structured judgement). `unknowns` is how many items were
    answered "don't know" or not answered at all. `critical` holds the ids of critical items and clusters
    that scored.
    """

    score: int
    band: str | None
    unknowns: int
    critical: tuple[str, ...]


@dataclass(frozen=True)
class RiskTool:
    """One version of a risk tool. An assessment stores id and version, and is read with that version.

    `retired` tools still open old assessments and take no new ones. `credit` is printed wherever the tool is.
    `asks_source` adds to each answer who said it, when it was not the person assessed.
    """

    id: str
    label: str
    version: str
    about: str
    credit: str
    answers: tuple[Answer, ...]
    items: tuple[RiskItem, ...]
    bands: tuple[Band, ...]
    clusters: tuple[Cluster, ...] = ()
    asks_source: bool = False
    override_reason_required: bool = True
    retired: bool = False
    source: str = ""
    doubt: str = ""

    @cached_property
    def highest(self) -> int:
        """The highest score that can be reached."""
        return sum(item.weight for item in self.items) * max(answer.score for answer in self.answers)

    def answer(self, answer_id: str) -> Answer:
        return next(answer for answer in self.answers if answer.id == answer_id)

    def item(self, item_id: str) -> RiskItem:
        return next(item for item in self.items if item.id == item_id)

    def band(self, band_id: str) -> Band:
        return next(band for band in self.bands if band.id == band_id)

    def band_for(self, score: int) -> Band | None:
        """The band that a score falls in; None for a tool without bands."""
        reached = [band for band in self.bands if band.least <= score]
        return reached[-1] if reached else None

    def score(self, answers: Mapping[str, str]) -> RiskResult:
        """Add up answers (item id -> answer id). Raises KeyError for an item or answer it does not have."""
        known = {answer.id: answer for answer in self.answers}
        items = {item.id: item for item in self.items}
        given = {items[item_id].id: known[answer_id] for item_id, answer_id in answers.items()}
        scoring = {item_id for item_id, answer in given.items() if answer.score > 0}
        total = sum(items[item_id].weight * answer.score for item_id, answer in given.items())
        band = self.band_for(total)
        return RiskResult(
            score=total,
            band=band.id if band else None,
            unknowns=sum(1 for item_id in items if item_id not in given or given[item_id].unknown),
            critical=tuple(item.id for item in self.items if item.critical and item.id in scoring)
            + tuple(cluster.id for cluster in self.clusters if scoring.issuperset(cluster.items)),
        )
