"""The columns of a programme's import files as marshmallow fields: text in, value out, or a reason without the value."""

from __future__ import annotations

import difflib
import re
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields

from casework.forms.words import clean
from casework.programmes.codes import CodeList
from casework.programmes.definition import Programme
from casework.programmes.imports import ImportColumn, ImportFile

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_DAY = date(1900, 1, 1)  # nobody alive was born before, and no record is older
FEW = 12  # so many codes are named in full when another was given


class Text(fields.Field[str]):
    def _deserialize(self, value: str, *_args: Any, **_kwargs: Any) -> str:
        return clean(value)


class Day(fields.Field[date]):
    default_error_messages = {
        "form": "is not a date written as YYYY-MM-DD",
        "impossible": "is not a day of the calendar",
        "early": f"is before {FIRST_DAY.year}",
    }

    def _deserialize(self, value: str, *_args: Any, **_kwargs: Any) -> date:
        # Without the pattern, "20170401" and "2017-W13-6" would be dates too.
        if not ISO_DAY.fullmatch(value):
            raise self.make_error("form")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise self.make_error("impossible") from None
        if day < FIRST_DAY:
            raise self.make_error("early")
        return day


class Number(fields.Field[int]):
    default_error_messages = {"form": "is not a whole number from 0 to 9999"}

    def _deserialize(self, value: str, *_args: Any, **_kwargs: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,4}", value):
            raise self.make_error("form")
        return int(value)


class YesNo(fields.Field[str]):
    default_error_messages = {"form": "is neither yes nor no"}

    def _deserialize(self, value: str, *_args: Any, **_kwargs: Any) -> str:
        if value not in ("yes", "no"):
            raise self.make_error("form")
        return value


class OneCode(fields.Field[str]):
    """A code of a list, given as the column's definition says; loads to the code's id."""

    def __init__(self, column: ImportColumn, codes: CodeList, **options: Any) -> None:
        super().__init__(**options)
        self.column = column
        self.codes = codes

    def _deserialize(self, value: str, *_args: Any, **_kwargs: Any) -> str:
        code = self.column.code_id(self.codes, value)
        if code is None:
            raise ValidationError(self._unknown(value))
        return code

    def _unknown(self, value: str) -> str:
        """What could be meant, in the list's words. What was given may be a name in the wrong column."""
        reason = f"is not a code of the list “{self.codes.title}”"
        words = [code.id if self.column.by == "id" else code.label for code in self.codes.codes]
        lower = {word.lower(): word for word in words}
        if near := difflib.get_close_matches(value[:80].strip().lower(), lower, n=1):
            return f"{reason}; the nearest is “{lower[near[0]]}”"
        return f"{reason}: {', '.join(words)}" if len(words) <= FEW else reason


KINDS: dict[str, type[fields.Field[Any]]] = {"text": Text, "date": Day, "number": Number, "yes_no": YesNo}


def schema_of(programme: Programme, file: ImportFile) -> Schema:
    """The schema of one record of a file. Its fields are asked one by one, so that each fault has its column."""
    made = {column.name: _field(programme, column) for column in file.columns}
    return Schema.from_dict(made, name="ImportRecord")()


def _field(programme: Programme, column: ImportColumn) -> fields.Field[Any]:
    if column.kind == "code":
        return OneCode(column, programme.list(column.list))
    return KINDS[column.kind]()
