"""Import definitions: which CSV files a programme takes, and where each column goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from casework.programmes.codes import CodeList

MAX_FIELD_CHARS = 100_000

REFERRAL_TARGETS: Mapping[str, str] = {
    "reference": "text",
    "date_received": "date",
    "date_heard": "date",
    "date_closed": "date",
    "source": "code",
    "route": "code",
    "narrative": "text",
}
PERSON_TARGETS: Mapping[str, str] = {"forename": "text", "surname": "text", "date_of_birth": "date"}
ADDRESS_TARGETS: Mapping[str, str] = {"line": "text", "postcode": "text"}
ENTRY_TARGETS: Mapping[str, str] = {"id": "text", "reference": "text", "date": "date", "code": "code"}
"""What a column may fill, and the kind of column that fills it."""


def slug(label: str) -> str:
    """The code id of a label in an imported file: `66+` is `66_plus`, `Hate Crime` is `hate_crime`."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower().replace("+", " plus")).strip("_")


@dataclass(frozen=True)
class ImportColumn:
    """One column of a CSV file.

    `kind` is text, date, yes_no, code or number. A code column names its `list`, and `by` says whether the
    file holds labels or ids. `required` values may not be blank; an `optional_column` may be absent from
    the file. A yes_no column whose target is a `codes` field names the `code` that a yes adds to the answer.

    `target` says where the value goes:

    - `referral.X`: a column of the referral, X a key of REFERRAL_TARGETS;
    - `answer.ABOUT.FIELD`: an answer about "referral" or a person role;
    - `person.ROLE.X`: forename, surname or date_of_birth of the person in that role;
    - `address.ROLE.X`: line or postcode of that person's address;
    - `entry.X`: id, reference (the referral it belongs to), date or code of an entry;
    - `risk.TOOL.score`: a total from a risk tool whose single answers are not known.
    """

    name: str
    kind: str
    target: str
    list: str = ""
    by: str = "label"
    code: str = ""
    required: bool = False
    optional_column: bool = False

    def code_id(self, codes: CodeList, value: str) -> str | None:
        """The code that a value stands for, or None. Capitals do not matter in labels."""
        if self.by == "id":
            return value if value in codes else None
        code = codes.by_label.get(value.casefold())
        return code.id if code else None


@dataclass(frozen=True)
class ImportFile:
    """One file of an import folder. `holds` is "referrals" or an entry kind (a key of ENTRY_LISTS)."""

    name: str
    holds: str
    required: bool
    columns: tuple[ImportColumn, ...]
    source: str = ""

    def column(self, name: str) -> ImportColumn:
        return next(column for column in self.columns if column.name == name)

    @property
    def reference_column(self) -> ImportColumn:
        """The column that names the referral: its own reference, or the one an entry belongs to."""
        return next(c for c in self.columns if c.target in ("referral.reference", "entry.reference"))
