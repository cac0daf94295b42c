"""The form by which a period is chosen."""

from __future__ import annotations

from casework.forms import Choice, FormSchema, code, date_
from casework.statistics import periods

PART, DATES = "part", "dates"
KINDS = (Choice(PART, "A year, or a part of one"), Choice(DATES, "Other dates"))


class ChoosePeriod(FormSchema):
    """Sent by GET, so that the period stands in the address. Its answers come with `choices={"year": ...}`."""

    kind = code("What should the report cover?", KINDS, required="Select what the report should cover")
    year = code(
        "Year, from April to March", widget="select", required="Select a year", show_when=("kind", (PART,))
    )
    part = code(
        "Part of the year",
        tuple(Choice(part_id, label) for part_id, label in periods.PARTS.items()),
        widget="select",
        required="Select a part of the year",
        show_when=("kind", (PART,)),
    )
    first = date_("First day", widget="picker", required=True, future=True, show_when=("kind", (DATES,)))
    last = date_("Last day", widget="picker", required=True, future=True, show_when=("kind", (DATES,)))


class ChooseYear(FormSchema):
    """A year of account."""

    year = code("Year, from April to March", widget="select")


class ChoosePanel(ChoosePeriod):
    """A period, and whose panel. Its answers come with `choices={"year": ..., "programme": ...}`."""

    programme = code("Which panel?", widget="select", required="Select a panel")
