"""Report definitions: what a report counts, in neutral words. The statistics do the counting."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta


def _months_before(day: date, months: int) -> date:
    """The same day of the month, `months` earlier, or that month's last day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class ColumnDefinition:
    """A column of every table of a report: the whole period, or its last so many months.

    `financial_year_label` replaces `label` when the period is exactly 1 April to 31 March, because only then
    are the last six months "Q3 and Q4".
    """

    id: str
    label: str
    last_months: int | None = None
    financial_year_label: str = ""

    def span(self, start: date, end: date) -> tuple[date, date]:
        """The column's first and last day in a period (both included); never before `start`."""
        if self.last_months is None:
            return start, end
        return max(start, _months_before(end + timedelta(days=1), self.last_months)), end

    def label_in(self, start: date, end: date) -> str:
        """The column's heading for that period."""
        is_financial_year = (start.month, start.day) == (4, 1) and end == date(start.year + 1, 3, 31)
        return self.financial_year_label if self.financial_year_label and is_financial_year else self.label


@dataclass(frozen=True)
class AgeBand:
    """Ages in completed years, both ends included; `most` is None in the highest band."""

    id: str
    label: str
    least: int
    most: int | None
    always: bool = True


@dataclass(frozen=True)
class Row:
    """One row of a table, worked out from the definition (see `Programme.rows_of`).

    A thing falls in the row when its code is among `codes`, or its age lies in `least` to `most`
    (`most` None: no upper end), or, when `blank` is true, when nothing was recorded.
    A row that is not `always` shown appears only when its count in some column of the report is above zero.
    """

    id: str
    label: str
    always: bool = True
    codes: frozenset[str] = frozenset()
    least: int | None = None
    most: int | None = None
    blank: bool = False


@dataclass(frozen=True)
class Comparator:
    """Shares of a wider population printed beside a table (whole per cent), with where they come from."""

    label: str
    source: str
    shares: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class TableDefinition:
    """A one-way table: rows by code or age band, columns by date.

    What one unit of the count is, and the date that puts it in a column:

    - `of = "referrals"`: a referral by one of its own codes (`field`: source, route, decline_reason), dated
      by the day it was received;
    - `of = "answers"`: a referral by an answer, code as then held, to the field `field` about `about`
      ("referral" or a person role), dated by the day the referral was received. A `codes` field counts each
      code, so its table is not additive;
    - `of = "ages"`: a referral by the age in completed years, on the day it was received, of the person in
      the role `about`, dated by that day;
    - `of = "entries"`: an entry of the kind `kind` (a key of `ENTRY_LISTS`) by its code, dated by its own
      date. Instances are counted, not people.

    Referrals brought forward from before the column's first day are in no table. Every referral received is
    counted, whatever the screening decided.

    `list` is the code list of the answers (for `field`, `kind`); `map_to` the coarser list whose codes are
    the rows, or "" for the list itself; `bands` the rows of an age table. `always` holds the row ids shown
    even at zero. `blank` is the id of the row for what was not recorded. `counts` is the unit in words;
    `additive` says whether the rows of one column add up to its total.
    """

    id: str
    title: str
    row_heading: str
    counts: str
    of: str
    additive: bool = True
    field: str = ""
    about: str = ""
    kind: str = ""
    list: str = ""
    map_to: str = ""
    bands: tuple[AgeBand, ...] = ()
    always: tuple[str, ...] = ()
    blank: str = "unknown"
    blank_label: str = "Not known"
    chart: str = ""
    comparators: tuple[Comparator, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class HeadlineDefinition:
    """A single figure over the whole period. `measure` is one of:

    - `received`: referrals received in the period;
    - `carried_over`: referrals received before the period and not closed before its first day;
    - `supported`: the two together;
    - `marked`: referrals marked `yes` in the referral's field `field`, or having an entry of kind `kind` with
      a code in `codes`. Where a date is known (in `date_field`, or the entry's own) it decides whether one is
      in the period; where none is, the day the referral was received does. A referral is counted once.
    """

    id: str
    label: str
    measure: str
    field: str = ""
    date_field: str = ""
    kind: str = ""
    codes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class ReportDefinition:
    """A report: columns that all its tables share, headlines over the whole period, tables as printed."""

    id: str
    title: str
    columns: tuple[ColumnDefinition, ...]
    headlines: tuple[HeadlineDefinition, ...]
    tables: tuple[TableDefinition, ...]
    notes: tuple[str, ...] = field(default=())
    source: str = ""

    def table(self, table_id: str) -> TableDefinition:
        return next(table for table in self.tables if table.id == table_id)
