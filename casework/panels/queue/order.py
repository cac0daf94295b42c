"""Where a case stands in a panel's queue, and the reason in words a coordinator understands. No database here.

The order: urgent, brought forward, the day by which it should be heard, risk, repeat, waiting longest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from casework.cases import clocks
from casework.cases.risk_reading import band_of, level
from casework.forms import write_date
from casework.programmes.definition import Clock, PanelRules, Programme

GRADES = ("high", "medium", "standard", "none")
NO_DAY = "99999999"
HIGHEST_SCORE = 9999
FIRST_HEARING = (
    "new",
    "repeat",
    "other_perpetrator",
    "transfer",
)  # the kinds that the programme's clock is for

KINDS: Mapping[str, str] = {
    "new": "New",
    "repeat": "Repeat",
    "other_perpetrator": "Same victim, another perpetrator",
    "relisted": "Listed again",
    "review": "Review",
    "returned": "Comes back",
    "transfer": "Transfer from another area",
}
STATES: Mapping[str, str] = {
    "waiting": "Waiting",
    "held": "On hold",
    "listed": "On an agenda",
    "heard": "Heard",
    "withdrawn": "Withdrawn",
}


@dataclass(frozen=True)
class Facts:
    """What the order goes by. `repeat_of` is the reference of the case that it repeats, where that may be told."""

    kind: str
    entered_on: date
    urgent: bool = False
    brought_forward: bool = False
    due_on: date | None = None
    risk_band: str | None = None
    risk_score: int | None = None
    why_forward: str = ""
    repeat_of: str = ""


@dataclass(frozen=True)
class Reason:
    """One reason for a place in the queue; the first of several rules. `colour` is that of its tag, if it has one."""

    words: str
    colour: str = ""


def place(programme: Programme, facts: Facts) -> str:
    """Text that sorts as the queue does. Of digits alone, so that every database sorts it alike."""
    grade = GRADES.index(level(programme, facts.risk_band))
    score = min(max(facts.risk_score or 0, 0), HIGHEST_SCORE)
    return "".join(
        (
            "0" if facts.urgent else "1",
            "0" if facts.brought_forward else "1",
            facts.due_on.strftime("%Y%m%d") if facts.due_on else NO_DAY,
            str(grade),
            f"{HIGHEST_SCORE - score:04}",
            "0" if facts.kind == "repeat" else "1",
            facts.entered_on.strftime("%Y%m%d"),
        )
    )


def hearing_clock(programme: Programme) -> Clock | None:
    """The clock that runs until a panel has heard the case, where the programme has one."""
    return next((clock for clock in programme.clocks.values() if clock.stops == "heard"), None)


def due_on(programme: Programme, kind: str, entered_on: date, running: date | None) -> date | None:
    """By when a case should be heard. `running` is the day on which its own clock runs out."""
    clock, rules = hearing_clock(programme), programme.panel
    if clock is not None and kind in FIRST_HEARING:
        return running or clocks.due_on(clock, entered_on)
    return entered_on + timedelta(days=rules.wait_days) if rules and rules.wait_days else None


def due_rule(programme: Programme, kind: str) -> str:
    """The rule behind the day, in words."""
    clock, rules = hearing_clock(programme), programme.panel
    if kind == "review":
        return "the day of its review"
    if clock is not None and kind in FIRST_HEARING:
        return f"{clock.label.lower()} within {clock.days}{' working' if clock.working_days else ''} days"
    return f"heard within {rules.wait_days} days" if rules and rules.wait_days else ""


def reasons(programme: Programme, facts: Facts, today: date) -> list[Reason]:
    """Why it stands where it stands, what rules first."""
    return list(_reasons(programme, facts, today))


def _reasons(programme: Programme, facts: Facts, today: date) -> Iterator[Reason]:
    if facts.urgent:
        yield Reason("Urgent", "red")
    if facts.brought_forward:
        yield Reason("Brought forward" + (f": {facts.why_forward}" if facts.why_forward else ""), "purple")
    if facts.due_on:
        rule = due_rule(programme, facts.kind)
        words, colour = _due(facts.due_on, today)
        yield Reason(f"{words} ({rule})" if rule else words, colour)
    if risk := risk_words(programme, facts.risk_band, facts.risk_score):
        yield Reason(risk)
    if facts.kind != "new":
        yield Reason(kind_words(programme, facts.kind, facts.repeat_of))
    waited = (today - facts.entered_on).days
    if waited > 0:
        yield Reason(f"Waiting {_days(waited)}, since {write_date(facts.entered_on)}")
    else:
        yield Reason("Came in today")


def risk_words(programme: Programme, band_id: str | None, score: int | None) -> str:
    """Score 17, high."""
    band = band_of(programme, band_id)
    if band is None:
        return "" if score is None else f"Score {score}"
    return band.label if score is None else f"Score {score}, {band.label.lower()}"


def kind_words(programme: Programme, kind: str, repeat_of: str = "") -> str:
    """Repeat within 12 months of DV-2026-0003."""
    if kind == "repeat":
        months = programme.repeat.window_months
        span = f"Repeat within {months} {'month' if months == 1 else 'months'}"
        return f"{span} of {repeat_of}" if repeat_of else span
    if kind == "other_perpetrator":
        subject, harming = programme.word("subject"), programme.word("perpetrator")
        same = f"Same {subject}" + (f" as in {repeat_of}" if repeat_of else " as in an earlier case")
        return f"{same}, another {harming}"
    return KINDS.get(kind, kind)


def room(rules: PanelRules, *, minutes: int, opening: int, planned: int, items: int, each: int) -> int:
    """How many more cases fit into a meeting: by its minutes, and by the most cases that the panel takes."""
    by_time = max(0, minutes - opening - planned) // max(1, each)
    return by_time if rules.cases_cap is None else max(0, min(by_time, rules.cases_cap - items))


def _due(day: date, today: date) -> tuple[str, str]:
    left = (day - today).days
    if left < 0:
        return f"Overdue by {_days(-left)}", "red"
    words = {0: "Due today", 1: "Due tomorrow"}.get(left) or f"Due in {_days(left)}"
    return words, "orange" if left == 0 else "yellow" if left <= 3 else ""


def _days(count: int) -> str:
    return f"{count:,} {'day' if count == 1 else 'days'}"
