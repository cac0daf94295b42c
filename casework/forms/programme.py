"""Forms that a programme defines in its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from casework.forms import makers
from casework.forms.kinds import Option
from casework.forms.schema import FormSchema


class Question(Protocol):
    """What a field of a programme's definition must have."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def hint(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def list(self) -> str | None: ...
    @property
    def required(self) -> bool: ...
    @property
    def max_length(self) -> int | None: ...
    @property
    def show_when(self) -> tuple[str, tuple[str, ...]] | None: ...


MAKERS: Mapping[str, Callable[..., Any]] = {
    "text": makers.text,
    "long_text": makers.long_text,
    "date": makers.date_,
    "code": makers.code,
    "codes": makers.codes,
    "number": makers.number,
    "yes_no": makers.yes_no,
    "email": makers.email,
    "phone": makers.phone,
    "postcode": makers.postcode,
}


def schema_from_fields(
    questions: Iterable[Question], lists: Mapping[str, Iterable[Option]], *, name: str = "ProgrammeForm"
) -> type[FormSchema]:
    """A form of a programme's fields; `lists` holds the choices of each code list, current ones only."""
    made: dict[str, Any] = {question.id: _field_for(question, lists) for question in questions}
    return FormSchema.from_dict(made, name=name)  # type: ignore[return-value]


def _field_for(question: Question, lists: Mapping[str, Iterable[Option]]) -> Any:
    options: dict[str, Any] = {
        "required": question.required,
        "hint": question.hint or None,
        "show_when": question.show_when,
    }
    if question.kind in {"text", "long_text"} and question.max_length:
        options["max_length"] = question.max_length
    if question.kind in {"code", "codes"}:
        options["choices"] = lists[question.list or question.id]
    return MAKERS[question.kind](question.label, **options)
