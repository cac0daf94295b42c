"""The kinds of answer: marshmallow fields whose errors are sentences that name the question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from marshmallow import ValidationError, fields

from casework.forms.dates import LATEST, DateFault, parse_date, today, write_date
from casework.forms.words import NOT_TEXT, clean, noun_of, subject_of, upper_first


class Option(Protocol):
    """What a choice must have (and may have a `hint`); the codes of a programme's lists are such."""

    @property
    def id(self) -> Any: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of no programme: a worker, an agency, yes or no."""

    id: Any
    label: str
    hint: str = ""


class _Named:
    """Shared by our fields: sentences that name the field by its label."""

    metadata: Mapping[str, Any]

    @property
    def label(self) -> str:
        return str(self.metadata["label"])

    @property
    def noun(self) -> str:
        """The field as the object of a sentence."""
        return str(self.metadata["says"] or noun_of(self.label))

    @property
    def subject(self) -> str:
        """The field at the start of a sentence."""
        said = self.metadata["says"]
        return upper_first(str(said)) if said else subject_of(self.label)

    def fault(self, words: str) -> ValidationError:
        return ValidationError(f"{self.subject} {words}")


class Text(_Named, fields.String):
    """Text as typed. A `check` turns it into the form that is kept, or into None when it is wrong."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.fault("must be text")
        if NOT_TEXT.search(value):
            raise self.fault("has a character in it that cannot be kept: type it rather than pasting it")
        if not self.metadata["several_lines"] and "\n" in value:
            value = " ".join(value.split())
        longest = self.metadata["max_length"]
        if longest is not None and len(value) > longest:
            raise self.fault(f"must be {longest:,} characters or less")
        return self._checked(value)

    def _checked(self, value: str) -> str:
        check = self.metadata.get("check")
        if check is None:
            return value
        kept = check(value)
        if kept is None:
            raise ValidationError(self.metadata["wrong"])
        return str(kept)


class Date(_Named, fields.Field[date]):
    """A date between two limits; the future is refused unless the field says `future=True`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        try:
            found = parse_date(value)
        except DateFault as fault:
            raise self.fault(fault.words) from None
        if found is None:
            raise self.make_error("required")
        if found < self.metadata["earliest"]:
            raise self.fault(f"must be on or after {write_date(self.metadata['earliest'])}")
        if not self.metadata["future"] and found > today():
            raise self.fault("must be today or in the past")
        if found > LATEST:
            raise self.fault(f"must be before {LATEST.year + 1}")
        return found

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.isoformat() if value else None


class YesNo(_Named, fields.Field[bool]):
    """Yes or no; blank is not known. "True", "1" and "on" are no answers of ours."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"yes", "no"}:
            return value.lower() == "yes"
        raise ValidationError(f"Select yes or no for “{self.label}”")


class WholeNumber(_Named, fields.Field[int]):
    """A whole number between two limits. A thousands comma is taken, a fraction is not."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,12}", value.replace(",", "")):
            value = int(value.replace(",", ""))
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fault("must be a whole number, like 3")
        least, most = self.metadata["least"], self.metadata["most"]
        if least is not None and value < least:
            raise self.fault(f"must be {least:,} or more")
        if most is not None and value > most:
            raise self.fault(f"must be {most:,} or less")
        return value


class _OfChoices(_Named):
    """Shared by one code and several: only ids of the choices are taken, each as its choice holds it."""

    def _known(self) -> dict[str, Any]:
        return {str(choice.id): choice.id for choice in self.metadata["choices"]}

    def _not_listed(self) -> ValidationError:
        return ValidationError(f"{self.subject} must be chosen from the list")

    def _one(self, value: Any) -> Any:
        known = self._known()
        if str(value) not in known:
            raise self._not_listed()
        return known[str(value)]


class Code(_OfChoices, fields.Field[Any]):
    """One choice."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return self._one(value)


def _is_blank(item: Any) -> bool:
    return item is None or (isinstance(item, str) and not clean(item))


class Codes(_OfChoices, fields.Field[Any]):
    """Several choices, in the order of the list, each once."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        given = [value] if isinstance(value, str) else value
        if not isinstance(given, Sequence):
            raise self._not_listed()
        chosen = {str(self._one(item)) for item in given if not _is_blank(item)}
        if self.required and not chosen:
            raise self.make_error("required")
        return [real for id_, real in self._known().items() if id_ in chosen]
