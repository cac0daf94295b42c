"""The kinds of value in a programme file, checked strictly: TOML has its own numbers, dates and truths."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from casework.programmes.vocabulary import WORDS

_REQUIRED = {"required": "missing key", "null": "should not be empty"}


class Text(fields.Field[str]):
    """Words; never blank."""

    default_error_messages = {**_REQUIRED, "invalid": "should be text", "blank": "should not be blank"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if not value.strip():
            raise self.make_error("blank")
        return value.strip()


class Whole(fields.Field[int]):
    """A whole number. TOML's true and false are no numbers here, though Python thinks so."""

    default_error_messages = {
        **_REQUIRED,
        "invalid": "should be a whole number",
        "least": "should be {least} or more",
    }

    def __init__(self, *, least: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least = least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid")
        if value < self.least:
            raise self.make_error("least", least=self.least)
        return value


class Truth(fields.Field[bool]):
    default_error_messages = {**_REQUIRED, "invalid": "should be true or false"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Day(fields.Field[date]):
    default_error_messages = {**_REQUIRED, "invalid": "should be a date, written 2018-04-03 without quotes"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.make_error("invalid")
        return value


class Many(fields.List):
    default_error_messages = {**_REQUIRED, "invalid": "should be a list"}


class Table(fields.Nested):
    default_error_messages = {**_REQUIRED, "type": "should be a table"}


class Keyed(fields.Field[dict[str, Any]]):
    """A table of tables, each under its id: `[clock.first_contact]`."""

    default_error_messages = {**_REQUIRED, "invalid": "should be a table"}

    def __init__(self, inner: fields.Field[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        loaded, errors = {}, {}
        for key, item in value.items():
            try:
                is_id(key)
                loaded[key] = self.inner.deserialize(item)
            except ValidationError as error:
                errors[key] = error.messages
                loaded[key] = error.valid_data if isinstance(error.valid_data, dict) else {}
        if errors:
            raise ValidationError(errors, valid_data=loaded)
        return loaded


class Words(fields.Field[dict[str, str]]):
    """The words a programme chooses: every one of WORDS, and any others it likes."""

    default_error_messages = {**_REQUIRED, "invalid": "should be a table"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        errors = {word: ["missing key"] for word in WORDS if word not in value}
        errors |= {
            word: ["should be text"]
            for word, text in value.items()
            if not isinstance(text, str) or not text.strip()
        }
        if errors:
            raise ValidationError(errors)
        return value


is_id = validate.Regexp(
    r"[a-z0-9][a-z0-9_]*\Z", error="an id is written in lower-case letters, digits and underscores"
)


def id_(**kwargs: Any) -> Text:
    return Text(validate=is_id, **{"required": True, **kwargs})


def text(**kwargs: Any) -> Text:
    return Text(**{"required": True, **kwargs})


def choice(choices: Any, **kwargs: Any) -> Text:
    known = tuple(choices)
    rule = validate.OneOf(known, error="{input!r} is not one of " + ", ".join(known))
    return Text(validate=rule, **{"required": True, **kwargs})


def many(inner: type[Schema] | fields.Field[Any], **kwargs: Any) -> Many:
    return Many(Table(inner) if isinstance(inner, type) else inner, **kwargs)


class Grammar(Schema):
    """Every table refuses keys it does not know, so that a slip of the pen is not a silent default."""

    error_messages = {"unknown": "unknown key", "type": "should be a table"}
