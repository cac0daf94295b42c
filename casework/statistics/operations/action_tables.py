"""The tables of what followed from meetings."""

from __future__ import annotations

from casework.statistics.disclosure import RawRow, RawTable
from casework.statistics.operations import action_measures as measures
from casework.statistics.operations.panel import Panel, cells, one


def actions(panel: Panel) -> RawTable:
    columns = (
        ("set", "Set"),
        ("done", "Done on time"),
        ("done_late", "Done late"),
        ("not_done", "Not done"),
        ("no_longer_possible", "No longer possible"),
        ("superseded", "Superseded"),
        ("open", "Open"),
        ("overdue", "Overdue"),
        ("verified", "Verified"),
        ("escalated", "Escalated"),
    )
    rows, cells = panel.by_agency(panel.ask(measures.actions), columns)
    return panel.table(
        "actions",
        "actions by agency",
        "Agency",
        "actions",
        rows,
        cells,
        of="actions",
        columns=columns,
        base="set",
        notes=(
            "Actions set in the period, under the agency that has them now. Percentages are of those set.",
            "An action is on time that was done by the day it was due, as that day stands now.",
        ),
    )


def effects(panel: Panel) -> RawTable:
    rows, figures = panel.coded("action_effect", panel.ask(measures.effects), blank="Not rated")
    return panel.table(
        "effects",
        "what actions did for the risk",
        "Effect",
        "actions done",
        rows,
        one(figures),
        of="actions",
        notes=("Actions set in the period and done by its end.",),
    )


def reviews(panel: Panel) -> RawTable:
    columns = (
        ("due", "Due"),
        ("done", "Done in time"),
        ("done_late", "Done late"),
        ("ended", "No longer needed"),
        ("open", "Not done"),
        ("overdue", "Overdue"),
    )
    figures = {row[0]: row[1:] for row in panel.ask(measures.reviews)}
    labels = {cycle.id: cycle.label for cycle in panel.programme.reviews}
    labels |= {cycle: cycle for cycle in sorted(figures) if cycle not in labels}
    return panel.table(
        "reviews",
        "reviews",
        "Review",
        "reviews",
        [RawRow(cycle, label) for cycle, label in labels.items()],
        cells(figures, columns),
        of="reviews",
        columns=columns,
        base="due",
        notes=("Reviews due in the period. Percentages are of those due.",),
    )


def transfers(panel: Panel) -> RawTable:
    columns = (
        ("sent", "Sent"),
        ("in_time", "Acknowledged in time"),
        ("late", "Acknowledged late"),
        ("waiting", "Not acknowledged"),
        ("overdue", "Overdue"),
        ("accepted", "Accepted"),
        ("heard", "Heard"),
    )
    figures = {row[0]: row[1:] for row in panel.ask(measures.transfers)}
    return panel.table(
        "transfers",
        "transfers from and to other areas",
        "Transfers",
        "transfers",
        [RawRow("in", "From another area"), RawRow("out", "To another area")],
        cells(figures, columns),
        of="transfers",
        columns=columns,
        base="sent",
        notes=(
            "Transfers sent in the period. Percentages are of those sent.",
            "One from another area is acknowledged on the day on which it is recorded here.",
        ),
    )
