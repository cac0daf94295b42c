"""The tables of what came to a panel, and what it decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from casework.panels.queue import order
from casework.programmes.definition import Programme
from casework.statistics.disclosure import RawRow, RawTable, Value
from casework.statistics.operations import case_measures as measures
from casework.statistics.operations.panel import Panel, cells, centile, in_period, median, note, one

BANDS: tuple[tuple[str, str, int, int | None], ...] = (
    ("up_to_30", "30 days or fewer", 0, 30),
    ("31_to_90", "31 to 90 days", 31, 90),
    ("91_to_180", "91 to 180 days", 91, 180),
    ("181_to_365", "181 to 365 days", 181, 365),
    ("over_365", "More than 365 days", 366, None),
)
"""How long cases have been open; ours: no official list was found."""

UNTIL_NOW = "Cases that came into the queue in the period, and what has become of them until now."


def referrals(panel: Panel) -> RawTable:
    columns = (
        ("received", "Received"),
        ("accepted", "Accepted"),
        ("joined", "Joined to an open case"),
        ("declined", "Declined"),
        ("waiting", "Not decided"),
    )
    rows, figures = panel.coded("source", panel.ask(measures.referrals))
    return panel.table(
        "referrals",
        "referrals by source",
        "Source",
        "referrals",
        rows,
        cells(figures, columns),
        of="referrals",
        columns=columns,
        base="received",
        notes=("Referrals received in the period. Percentages are of those received from the source.",),
    )


def declined(panel: Panel) -> RawTable:
    rows, figures = panel.coded("decline_reason", panel.ask(measures.declined))
    return panel.table(
        "declined",
        "referrals declined, by reason",
        "Reason",
        "referrals declined",
        rows,
        one(figures),
        of="referrals",
        notes=("Referrals declined in the period, whenever they were received.",),
    )


def queue(panel: Panel) -> Iterator[RawTable]:
    columns = (("entered", "Came in"), ("deferred", "Deferred at least once"), ("withdrawn", "Withdrawn"))
    found = panel.ask(measures.queued)
    yield panel.table(
        "queue",
        "cases that came into the queue",
        "As",
        "cases",
        _kind_rows(panel.programme),
        cells({row[0]: row[1:4] for row in found}, columns),
        of="queue",
        columns=columns,
        base="entered",
        notes=(UNTIL_NOW,),
    )
    yield panel.table(
        "deferrals",
        "deferrals",
        "As",
        "deferrals",
        _kind_rows(panel.programme),
        one({row[0]: row[4:] for row in found}),
        of="queue",
        notes=("A case deferred twice has two.", UNTIL_NOW),
    )


def _kind_rows(programme: Programme) -> list[RawRow]:
    return [RawRow(kind, order.kind_words(programme, kind), always=False) for kind in order.KINDS]


def hearing(panel: Panel) -> RawTable:
    days = sorted(panel.ask(measures.days_to_hearing))
    rows = [
        RawRow("referrals", "Referrals whose case was heard"),
        RawRow("median", "Median", unit="days"),
        RawRow("centile_90", "90th centile", unit="days"),
    ]
    counts = {"referrals": len(days), "median": median(days), "centile_90": centile(days, 90)}
    return panel.table(
        "hearing",
        "time from referral to hearing",
        "Time",
        "referrals",
        rows,
        in_period(counts),
        of="decisions",
        total=False,
        notes=note(
            "Calendar days from the day a referral was received to the day its case was first heard after that, where "
            "that day is in the period. A repeat referral counts from its own day; a case listed again is not counted "
            "again. The 90th centile is the fewest days within which at least 90 in 100 of the referrals were heard."
        ),
    )


def outcomes(panel: Panel) -> RawTable:
    list_id = panel.rules.outcomes
    rows, figures = panel.coded(list_id, panel.ask(measures.outcomes)) if list_id else ([], {})
    return panel.table(
        "outcomes",
        "decisions by outcome",
        "Outcome",
        "decisions",
        rows,
        one(figures),
        of="decisions",
        notes=("Decisions made in the period. A case heard twice has two.",),
    )


def kinds(panel: Panel) -> RawTable:
    found = {kind: (cases,) for kind, cases in panel.ask(measures.heard_kinds)}
    return panel.table(
        "kinds",
        "cases heard, new and repeat",
        "As",
        "cases heard",
        _kind_rows(panel.programme),
        one(found),
        of="decisions",
        notes=(
            "A case heard twice in the period is counted twice. The percentage of “Repeat” is the repeat rate.",
        ),
    )


def open_cases(panel: Panel) -> RawTable:
    bands = [(least, most) for _, _, least, most in BANDS]
    found = measures.open_cases(panel.connection, panel.scope, bands)
    return panel.table(
        "open_cases",
        "cases open at the end of the period",
        "Open for",
        "cases",
        [RawRow(band[0], band[1]) for band in BANDS],
        in_period({band[0]: cases for band, cases in zip(BANDS, found, strict=True)}),
        of="referrals",
        notes=("Accepted cases, from the day their first referral was received.",),
    )


def scores(panel: Panel) -> Iterator[RawTable]:
    """For each tool that gives scores, whether the risk of the cases heard rose or fell."""
    heard = measures.cases_heard(panel.connection, panel.scope)
    found = panel.ask(measures.scores)
    for tool in {tool.id: tool for tool in panel.programme.current_tools}.values():
        mine = [row[1:] for row in found if row[0] == tool.id and None not in row[1:]]
        yield _score(panel, tool.id, tool.label, heard, mine)


def _score(panel: Panel, tool: str, label: str, heard: int, found: Sequence[Sequence[int]]) -> RawTable:
    rows = [
        RawRow("lower", "Lower at last than at first"),
        RawRow("same", "The same"),
        RawRow("higher", "Higher"),
        RawRow("once", "Assessed once"),
        RawRow("never", "Not assessed with it"),
        RawRow("first", "Median of the first scores", unit="points"),
        RawRow("last", "Median of the last scores", unit="points"),
    ]
    again = [pair for each, first, last, cases in found if each for pair in [(first, last)] * cases]
    once = sum(cases for each, _, _, cases in found if not each)
    counts: dict[str, Value | None] = {
        "lower": sum(last < first for first, last in again),
        "same": sum(last == first for first, last in again),
        "higher": sum(last > first for first, last in again),
        "once": once,
        "never": heard - len(again) - once,
        "first": median([first for first, _ in again]),
        "last": median([last for _, last in again]),
    }
    return panel.table(
        f"risk-{tool}",
        f"{label}, first score against last",
        "Score",
        "cases",
        rows,
        in_period(counts),
        of="decisions",
        notes=note(
            "Each case heard in the period once: its first score ever against its last by the end of the period. "
            "Medians are of the cases assessed more than once."
        ),
    )
