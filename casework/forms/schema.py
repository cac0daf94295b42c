"""The schema of a form, and the reading of what was posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, pre_load, validates_schema
from marshmallow.experimental.context import Context

from casework.forms.dates import BOXES
from casework.forms.kinds import Codes, Date, Option
from casework.forms.words import clean


class FormSchema(Schema):
    """The base of every form. Blanks become None, unknown fields are refused.

    `harmless` names the keys that a page sends beside its fields (the button that was pressed, say).
    `earlier` holds the answers of earlier pages, for questions here that depend on one of them.
    `choices` gives those that are known only when the page is made: `Allocate(choices={"worker": workers})`.
    """

    harmless: ClassVar[frozenset[str]] = frozenset({"csrf_token"})
    error_messages = {
        "unknown": "An answer was sent to a question that is not on this page",
        "type": "Send the answers as one object",
    }

    class Meta:
        unknown = RAISE

    def __init__(
        self,
        *,
        choices: Mapping[str, Iterable[Option]] | None = None,
        earlier: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.earlier = earlier or {}
        for name, given in (choices or {}).items():
            field = self.fields[name]
            field.metadata = {**field.metadata, "choices": tuple(given)}

    @pre_load
    def _tidy(self, data: Any, **_kwargs: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {name: self._tidied(name, value) for name, value in data.items() if name not in self.harmless}

    def _tidied(self, name: str, value: Any) -> Any:
        field = self.fields.get(name)
        if isinstance(value, str):
            exact = field is not None and field.metadata.get("widget") == "password"
            return (value if exact else clean(value)) or None
        if isinstance(field, Date) and isinstance(value, Mapping):
            return value if any(clean(str(part or "")) for part in value.values()) else None
        if isinstance(field, Codes) and value is None:
            return None if field.required else []
        return value

    def is_asked(self, name: str, data: Mapping[str, Any]) -> bool:
        """Whether the answers so far lead to this question (see `show_when`)."""
        rule = self.fields[name].metadata.get("show_when")
        if rule is None:
            return True
        other, wanted = rule
        if other not in self.fields:
            return bool(answer_ids(self.earlier.get(other)) & {answer_id(each) for each in wanted})
        return self.is_asked(other, data) and bool(
            answer_ids(data.get(other)) & {answer_id(each) for each in wanted}
        )

    @validates_schema(skip_on_field_errors=False)
    def _asked_only_then(self, data: dict[str, Any], **_kwargs: Any) -> None:
        faults: dict[str, list[str]] = {}
        for name, field in self.fields.items():
            rule = field.metadata.get("show_when")
            if rule is None or name not in data or (rule[0] in self.fields and rule[0] not in data):
                continue  # always asked, or a fault was found in it or in what it depends on
            empty = data[name] in (None, [])
            asked = self.is_asked(name, data)
            if asked and empty and field.metadata["required"]:
                faults[name] = [field.metadata["sentence"]]
            elif not asked and not empty:
                faults[name] = [f"{field.metadata['label']} is not asked with these answers"]
        if faults:
            raise ValidationError(faults)


def answer_id(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def answer_ids(value: Any) -> set[str]:
    """What was answered, as the ids of choices."""
    if value is None or value == "":
        return set()
    several = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return {answer_id(each) for each in several}


@dataclass(frozen=True, slots=True)
class FormResult:
    """What came in. `values` is None when there are errors; `raw` is as typed, to fill the form again."""

    values: dict[str, Any] | None
    errors: Mapping[str, list[str]]
    raw: Mapping[str, Any]


def read(
    schema: FormSchema, form: Mapping[str, Any], *, context: Mapping[str, Any] | None = None
) -> FormResult:
    """Check a posted form. An answer to a question that the others did not lead to is dropped."""
    raw = _collect(schema, form)
    data = {
        name: value for name, value in raw.items() if name not in schema.fields or schema.is_asked(name, raw)
    }
    try:
        with Context(dict(context or {})):
            values = schema.load(data)
    except ValidationError as failure:
        return FormResult(None, _ordered(schema, failure.normalized_messages()), _refillable(schema, raw))
    return FormResult(values, {}, _refillable(schema, raw))


def _collect(schema: FormSchema, form: Mapping[str, Any]) -> dict[str, Any]:
    """Each field's answer exactly as typed: a text, a list for several choices, boxes for a date."""
    several = getattr(form, "getlist", None) or (lambda key: _as_list(form.get(key)))
    raw: dict[str, Any] = {}
    taken: set[str] = set()
    for name, field in schema.fields.items():
        keys = {box: f"{name}-{box}" for box in BOXES} if isinstance(field, Date) else {}
        taken |= {name, *keys.values()}
        if any(key in form for key in keys.values()):
            raw[name] = {box: form.get(key) or "" for box, key in keys.items()}
        elif isinstance(field, Codes):
            raw[name] = list(several(name))
        elif name in form:
            raw[name] = form[name]
    raw.update({key: form[key] for key in form if key not in taken})
    return raw


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _refillable(schema: FormSchema, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that may be shown again and kept in a draft: fields only, and no password."""
    return {
        name: value
        for name, value in raw.items()
        if name in schema.fields and schema.fields[name].metadata.get("widget") != "password"
    }


def _ordered(schema: FormSchema, messages: Mapping[str, Any]) -> dict[str, list[str]]:
    """Errors in the order of the page's questions."""
    order = {name: place for place, name in enumerate(schema.fields)}
    names = sorted(messages, key=lambda name: order.get(name, len(order)))
    return {name: _flat(messages[name]) for name in names}


def _flat(messages: Any) -> list[str]:
    if isinstance(messages, Mapping):
        return [words for each in messages.values() for words in _flat(each)]
    return [str(words) for words in messages] if isinstance(messages, list | tuple) else [str(messages)]
