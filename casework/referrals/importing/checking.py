"""Records to referrals, or to faults: pure, and driven by the programme's definition alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from marshmallow import ValidationError

from casework.programmes.definition import REFERRAL, Programme
from casework.programmes.imports import ImportColumn, ImportFile
from casework.referrals.importing.columns import schema_of
from casework.referrals.importing.faults import Faults
from casework.referrals.importing.reading import Reader, Record
from casework.referrals.importing.sources import Source, Unreadable

REFERENCE, RECEIVED, CLOSED = "referral.reference", "referral.date_received", "referral.date_closed"
NEVER_BLANK = {REFERENCE, RECEIVED, "entry.reference", "entry.date", "entry.code"}
LONGEST = {REFERENCE: 40, "entry.id": 60}  # as the columns of the database are wide
NAME_OF_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,39}")


class ReadEntry(NamedTuple):
    """A dated entry of a referral, as read."""

    kind: str
    imported_id: str | None
    dated: date
    code: str


@dataclass(slots=True)
class ReadReferral:
    """A referral as read. `values` is keyed by the columns' targets and holds no blanks; several codes are a list."""

    file: str
    line: int
    values: dict[str, Any]
    entries: list[ReadEntry] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return self.values[REFERENCE]

    @property
    def received_on(self) -> date:
        return self.values[RECEIVED]


@dataclass
class Batch:
    """All that an import holds. `referrals` is by reference, `rows` counts the records of each file.

    While it is read, a referral with a fault stands among the others, so that each fault is told once.
    `whole` says whether every record of every file of referrals was taken: if not, an entry without its referral
    proves nothing.
    """

    referrals: dict[str, ReadReferral] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    not_read: list[str] = field(default_factory=list)
    whole: bool = True


def read(programme: Programme, source: Source, *, today: date) -> Batch:
    """Read and check the files. Raises ImportRefused with every fault found."""
    faults = Faults()
    batch = Batch(not_read=source.others([file.name for file in programme.imports]))
    # Referrals first, wherever the definition has them: entries point at them.
    for file in sorted(programme.imports, key=lambda file: file.holds != "referrals"):
        taker = _Referrals if file.holds == "referrals" else _Entries
        whole = taker(programme, file, batch, faults, today).take_from(source)
        if file.holds == "referrals":
            batch.whole = batch.whole and whole
    faults.refuse()
    return batch


class _Taker:
    """Takes the records of one file into the batch."""

    def __init__(
        self, programme: Programme, file: ImportFile, batch: Batch, faults: Faults, today: date
    ) -> None:
        self.programme = programme
        self.file = file
        self.batch = batch
        self.faults = faults
        self.today = today
        self.fields = schema_of(programme, file).fields
        self.column_of = {column.target: column.name for column in file.columns}
        # Codes and days come again and again; each is loaded once for its column.
        self.loaded: dict[str, dict[str, Any]] = {column.name: {} for column in file.columns}

    def take_from(self, source: Source) -> bool:
        """Take the file's records; False if any was not taken, or there was none."""
        try:
            stream = source.open(self.file.name)
        except Unreadable as error:
            self.add(0, "", str(error))
            return False
        if stream is None:
            if self.file.required:
                self.add(0, "", "this file is required and is not there")
            return not self.file.required
        with closing(stream):
            return self._take(Reader(stream, self.file.name, self.faults, columns=len(self.file.columns)))

    def _take(self, reader: Reader) -> bool:
        records = iter(reader)
        header = next(records, None)
        if header is None and reader.whole:
            self.add(1, self.file.columns[0].name, "the file is empty: its first line must name the columns")
        columns = self._columns(header) if header else None
        if header is None or columns is None:
            return False
        reader.names = header.values
        rows = taken = 0
        for record in records:
            rows += 1
            if self._has_every_field(record, header.values):
                taken += 1
                self.take(record.line, self._values(record, columns))
        if not rows and self.file.required and reader.whole:
            self.add(1, self.file.columns[0].name, "there is no row under the header")
        self.batch.rows[self.file.name] = rows
        return reader.whole and taken == rows > 0

    def take(self, line: int, values: dict[str, Any]) -> None:
        """Take a record into the batch. `values` is keyed by target and lacks what was blank or had a fault."""
        raise NotImplementedError

    def add(self, line: int, column: str, reason: str) -> None:
        self.faults.add(self.file.name, line, column, reason)

    def _columns(self, header: Record) -> list[ImportColumn] | None:
        """The definition of each column of the file, in the file's order; None if they are not what they must be."""
        known = {column.name: column for column in self.file.columns}
        given = header.values
        if not set(given) & set(known):
            self.add(header.line, "1", "the first line does not name the columns")
            return None
        before = len(self.faults)
        for index, name in enumerate(given):
            if name in given[:index]:
                self.add(header.line, _shown(name, index), "the column is there twice")
            elif name not in known:
                self.add(header.line, _shown(name, index), "there is no such column in this file")
        for column in self.file.columns:
            if column.name not in given and not column.optional_column:
                self.add(header.line, column.name, "the column is missing")
        return [known[name] for name in given] if len(self.faults) == before else None

    def _has_every_field(self, record: Record, names: list[str]) -> bool:
        given, wanted = len(record.values), len(names)
        if given != wanted:
            column = names[given] if given < wanted else str(wanted + 1)
            self.add(record.line, column, f"the row has {given} fields and the header {wanted}")
        return given == wanted

    def _values(self, record: Record, columns: list[ImportColumn]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column, given in zip(columns, record.values, strict=True):
            if given and not given.isspace():
                value = self.loaded[column.name].get(given) or self._value(record.line, column, given)
                if column.code and value == "yes":
                    values.setdefault(column.target, []).append(column.code)
                elif value is not None and not column.code:
                    values[column.target] = value
            elif column.required or column.target in NEVER_BLANK:
                self.add(record.line, column.name, "may not be blank")
        return values

    def _value(self, line: int, column: ImportColumn, given: str) -> Any:
        try:
            value = self.fields[column.name].deserialize(given)
        except ValidationError as error:
            self.add(line, column.name, str(error.messages[0]))
            return None
        if isinstance(value, date) and value > self.today:
            self.add(line, column.name, "is in the future")
            return None
        if column.target in LONGEST and len(value) > LONGEST[column.target]:
            self.add(line, column.name, f"is longer than {LONGEST[column.target]} characters")
            return None
        if column.kind != "text":
            self.loaded[column.name][given] = value
        return value


class _Referrals(_Taker):
    def take(self, line: int, values: dict[str, Any]) -> None:
        for target, reason in self._contradictions(values):
            self.add(line, self.column_of[target], reason)
        reference = values.get(REFERENCE)
        if reference is None:
            return
        known = self.batch.referrals.setdefault(reference, ReadReferral(self.file.name, line, values))
        if known.values is not values:
            self.add(
                line, self.column_of[REFERENCE], f"is also the reference of {known.file}, line {known.line}"
            )

    def _contradictions(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What cannot be true together: the target of the second value, and why."""
        received = values.get(RECEIVED, date.max)
        if values.get(CLOSED, date.max) < received < date.max:
            yield CLOSED, "is before the day the referral was received"
        for target, value in values.items():
            start, _, rest = target.partition(".")
            if start == "person" and isinstance(value, date) and value > received:
                yield target, "is after the day the referral was received"
            elif start == "answer":
                yield from self._not_asked(target, values)
            elif start == "risk" and value > self._highest(rest.partition(".")[0]):
                yield target, "is more than the highest score"

    def _not_asked(self, target: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """An answer to a question that another answer, also given, rules out."""
        _, about, field_id = target.split(".")
        rule = self.programme.field(field_id, about).show_when
        if rule:
            other = f"answer.{about}.{rule[0]}"
            if other in values and not set(listed(values[other])) & set(rule[1]):
                yield target, f"does not go with the answer in {self.column_of[other]}"

    def _highest(self, tool_id: str) -> int:
        return max(tool.highest for tool in self.programme.risk_tools if tool.id == tool_id)


class _Entries(_Taker):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.lines_of: dict[str, int] = {}

    def take(self, line: int, values: dict[str, Any]) -> None:
        imported_id, reference = values.get("entry.id"), values.get("entry.reference")
        if imported_id is not None and self.lines_of.setdefault(imported_id, line) != line:
            self.add(line, self.column_of["entry.id"], f"is also the id of line {self.lines_of[imported_id]}")
        referral = self.batch.referrals.get(reference) if reference is not None else None
        if referral is None:
            if reference is not None and self.batch.whole:
                self.add(
                    line, self.column_of["entry.reference"], "no referral of this import has this reference"
                )
        elif "entry.date" in values and "entry.code" in values:
            referral.entries.append(
                ReadEntry(self.file.holds, imported_id, values["entry.date"], values["entry.code"])
            )


def about(target: str) -> str:
    """What a column tells of: "referral", or a person role."""
    start, _, rest = target.partition(".")
    return rest.partition(".")[0] if start in ("person", "address", "answer") else REFERRAL


def listed(value: Any) -> Collection[str]:
    return value if isinstance(value, list) else (value,)


def _shown(name: str, index: int) -> str:
    """A column's name if it looks like one. A file without a header has somebody's name in its place."""
    return name if NAME_OF_COLUMN.fullmatch(name) else str(index + 1)
