"""Code lists: answers that can be counted, the dates they hold for, and the coarser lists they roll up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property


@dataclass(frozen=True)
class Code:
    """One answer of a code list.

    `maps` says where the code goes in each coarser list: the name of that list, then the code's id there.
    `missing` marks the codes that say why there is no answer (not asked, declined, not known).
    `asked` is false for a code that is accepted from an import but never offered on a form, because
    a finer code is asked instead.
    """

    id: str
    label: str
    hint: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    maps: Mapping[str, str] = field(default_factory=dict, hash=False)
    missing: bool = False
    asked: bool = True

    def valid_on(self, day: date) -> bool:
        """Whether the code is in force on `day`; both ends count."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True)
class CodeList:
    """A list of codes in the order in which they are offered and reported.

    The list's own name is `title`; `label(code_id)` gives the words for a code.
    """

    id: str
    title: str
    codes: tuple[Code, ...]
    source: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, Code]:
        return {code.id: code for code in self.codes}

    @cached_property
    def by_label(self) -> Mapping[str, Code]:
        """The codes by the words an imported file holds, in small letters."""
        return {code.label.casefold(): code for code in self.codes}

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(code.id for code in self.codes)

    def __contains__(self, code_id: object) -> bool:
        return code_id in self.by_id

    def get(self, code_id: str) -> Code:
        """The code, in force or not. Raises KeyError for an id that the list never had."""
        try:
            return self.by_id[code_id]
        except KeyError:
            raise KeyError(f"the list {self.id!r} has no code {code_id!r}") from None

    def label(self, code_id: str) -> str:
        """The words for a code, however old the answer."""
        return self.get(code_id).label

    def current(self, on: date) -> tuple[Code, ...]:
        """What a form offers on that day: codes in force and asked for."""
        return tuple(code for code in self.codes if code.asked and code.valid_on(on))

    def roll_up(self, code_id: str, to: str) -> str:
        """The code's place in the coarser list `to` (the code itself when `to` is this list).

        Raises KeyError when the code has no place there; the loader refuses a report that would need one.
        """
        return code_id if to == self.id else self.get(code_id).maps[to]
