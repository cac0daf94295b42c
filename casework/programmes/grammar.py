"""The keys that a programme file may hold, and the kind of value of each. `docs/programmes.md` explains them.

Only the shape of a file is checked here; whether its names point anywhere is checked in `references`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from casework.programmes.definition import (
    ACTS,
    CHECKS,
    ENTRY_LISTS,
    EVENTS,
    FIELD_KINDS,
    ROLES,
    STEPS,
    WORDS,
)

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
                _is_id(key)
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


_is_id = validate.Regexp(
    r"[a-z0-9][a-z0-9_]*\Z", error="an id is written in lower-case letters, digits and underscores"
)


def _id(**kwargs: Any) -> Text:
    return Text(validate=_is_id, **{"required": True, **kwargs})


def _words(**kwargs: Any) -> Text:
    return Text(**{"required": True, **kwargs})


def _choice(choices: Any, **kwargs: Any) -> Text:
    known = tuple(choices)
    rule = validate.OneOf(known, error="{input!r} is not one of " + ", ".join(known))
    return Text(validate=rule, **{"required": True, **kwargs})


def _many(inner: type[Schema] | fields.Field[Any], **kwargs: Any) -> Many:
    return Many(Table(inner) if isinstance(inner, type) else inner, **kwargs)


class Grammar(Schema):
    """Every table refuses keys it does not know, so that a slip of the pen is not a silent default."""

    error_messages = {"unknown": "unknown key", "type": "should be a table"}


class CodeShape(Grammar):
    id = _id()
    label = _words()
    hint = Text()
    valid_from = Day()
    valid_to = Day()
    asked = Truth()


class ListShape(Grammar):
    title = _words(required=False)
    source = Text()
    extends = Text()
    missing = Truth()
    codes = _many(CodeShape)
    maps = Keyed(Keyed(_many(Text())))


class RoleShape(Grammar):
    id = _id()
    label = _words()
    plural = _words()
    hint = Text()
    many = Truth()
    required = Truth()
    counted = Truth()
    never_tell = Truth()
    side = _choice(("protected", "harming", "other"))


class ShowWhenShape(Grammar):
    field = _words()
    codes = _many(Text(), required=True, validate=validate.Length(min=1, error="should name a code"))


class FieldShape(Grammar):
    id = _id()
    label = _words()
    hint = Text()
    kind = _choice(FIELD_KINDS)
    list = Text()
    counted = Truth()
    max_length = Whole(least=1)
    show_when = Table(ShowWhenShape)
    source = Text()


class SectionShape(Grammar):
    id = _id()
    title = _words()
    hint = Text()
    about = _words()
    step = _choice(STEPS, required=False)
    fields_ = _many(Text(), required=True, data_key="fields")
    required = _many(Text())


class MoveShape(Grammar):
    to = _words()
    label = _words()
    roles = _many(
        _choice(ROLES),
        required=True,
        validate=validate.Length(min=1, error="should name a role, or nobody can move"),
    )
    reason_required = Truth()
    checks = _many(_choice(CHECKS))


class StageShape(Grammar):
    id = _id()
    label = _words()
    hint = Text()
    kind = _choice(("screening", "open", "closed", "declined"))
    moves = _many(MoveShape)


class AnswerShape(Grammar):
    id = _id()
    label = _words()
    score = Whole(required=True)
    unknown_ = Truth(data_key="unknown")


class ItemShape(Grammar):
    id = _id()
    label = _words()
    hint = Text()
    weight = Whole()
    critical = Truth()


class ClusterShape(Grammar):
    id = _id()
    label = _words()
    items = _many(Text(), required=True)


class BandShape(Grammar):
    id = _id()
    label = _words()
    least = Whole(required=True)
    urgent = Truth()


class ToolShape(Grammar):
    id = _id()
    label = _words()
    version = _words()
    about = _words()
    credit = _words()
    source = Text()
    doubt = Text()
    asks_source = Truth()
    retired = Truth()
    answers = _many(
        AnswerShape, required=True, validate=validate.Length(min=1, error="should hold an answer")
    )
    items = _many(ItemShape, required=True, validate=validate.Length(min=1, error="should hold an item"))
    bands = _many(BandShape)
    clusters = _many(ClusterShape)


class ClockShape(Grammar):
    label = _words()
    days = Whole(required=True, least=1)
    working_days = Truth(required=True)
    starts = _choice(EVENTS)
    stops = _choice(EVENTS)
    warn_days = Whole()
    source = Text()
    doubt = Text()


class RepeatShape(Grammar):
    window_months = Whole(required=True, least=1)
    anchor = _choice(("referral", "heard"))
    on = _choice(("pair", "subject"))
    source = Text()
    doubt = Text()


class PanelShape(Grammar):
    name = _words()
    frequency = _words()
    minutes_per_case = Whole(required=True, least=1)
    minutes_cap = Whole(least=1)
    cases_cap = Whole(least=1)
    papers_days = Whole()
    minutes_days = Whole()
    flag_months = Whole()
    core = _many(Text())
    quorum = _many(_many(Text()))
    relisted_until_closed = Truth()
    referrer_must_attend = Truth()
    outcomes = _words()
    source = Text()
    doubt = Text()


class ReviewShape(Grammar):
    id = _id()
    label = _words()
    months = Whole(required=True, least=1)
    after = _choice(EVENTS)
    repeats = Truth()
    source = Text()
    doubt = Text()


class RetentionShape(Grammar):
    years = Whole(required=True, least=1)
    trigger = _choice(EVENTS)
    source = Text()
    doubt = Text()


class BasisShape(Grammar):
    id = _id()
    label = _words()
    hint = Text()
    default = Truth()
    source = Text()


class LetterShape(Grammar):
    id = _id()
    title = _words()
    recipient = _words()
    body = _words()


class ConditionShape(Grammar):
    about = _words()
    field = _words()
    codes = _many(Text(), required=True, validate=validate.Length(min=1, error="should name a code"))


class BlockShape(Grammar):
    act = _choice(ACTS)
    reason = _words()
    when = _many(ConditionShape)
    flags = _many(Text())
    always = Truth()


class ScreeningShape(Grammar):
    id = _id()
    label = _words()
    source = Text()


class ColumnShape(Grammar):
    name = _words()
    kind = _choice(("text", "date", "yes_no", "code", "number"))
    target = _words()
    list = Text()
    by = _choice(("label", "id"), required=False)
    code = Text()
    required = Truth()
    optional_column = Truth()


class FileShape(Grammar):
    name = _words()
    holds = _choice(("referrals", *ENTRY_LISTS))
    required = Truth()
    columns_of = Text()
    columns = _many(ColumnShape)
    source = Text()


class ImportShape(Grammar):
    file = _many(FileShape, required=True)


class ReportColumnShape(Grammar):
    id = _id()
    label = _words()
    last_months = Whole(least=1)
    financial_year_label = Text()


class HeadlineShape(Grammar):
    id = _id()
    label = _words()
    measure = _choice(("received", "carried_over", "supported", "marked"))
    field = Text()
    date_field = Text()
    kind = _choice(ENTRY_LISTS, required=False)
    codes = _many(Text())
    source = Text()


class AgeBandShape(Grammar):
    id = _id()
    label = _words()
    least = Whole(required=True)
    most = Whole()
    always = Truth()


class ShareShape(Grammar):
    label = _words()
    percent = Whole(required=True)


class ComparatorShape(Grammar):
    label = _words()
    source = _words()
    shares = _many(ShareShape, required=True)


class TableShape(Grammar):
    id = _id()
    title = _words()
    row_heading = _words()
    counts = _words()
    of = _choice(("referrals", "answers", "ages", "entries"))
    additive = Truth()
    field = Text()
    about = Text()
    kind = _choice(ENTRY_LISTS, required=False)
    map_to = Text()
    bands = _many(AgeBandShape)
    always = _many(Text())
    blank = _id(required=False)
    blank_label = Text()
    chart = _choice(("bar",), required=False)
    comparators = _many(ComparatorShape)
    notes = _many(Text())
    source = Text()


class ReportShape(Grammar):
    id = _id()
    title = _words()
    tables_of = Text()
    columns = _many(ReportColumnShape, required=True)
    headlines = _many(HeadlineShape)
    tables = _many(TableShape)
    notes = _many(Text())
    source = Text()


class CommonShape(Grammar):
    """The file `common.toml`: lists and questions that every programme may use."""

    missing = _many(CodeShape)
    list = Keyed(Table(ListShape))
    field = _many(FieldShape)
    risk_tool = _many(ToolShape)
    letter = _many(LetterShape)


class UseShape(Grammar):
    """What a programme takes from `common.toml` besides lists and questions, which need no asking."""

    risk_tool = _many(Text())
    letter = _many(Text())


class ProgrammeShape(Grammar):
    id = _id()
    name = _words()
    short = _words()
    version = _words()
    description = Text()
    handling = _choice(("OFFICIAL-SENSITIVE",), required=False)
    reference_pattern = _words()
    words = Words(required=True)
    list = Keyed(Table(ListShape))
    person_role = _many(RoleShape, required=True)
    field = _many(FieldShape)
    section = _many(SectionShape, required=True)
    stage = _many(StageShape, required=True)
    use = Table(UseShape)
    risk_tool = _many(ToolShape)
    clock = Keyed(Table(ClockShape))
    repeat = Table(RepeatShape, required=True)
    panel = Table(PanelShape)
    review = _many(ReviewShape)
    retention = Table(RetentionShape, required=True)
    lawful_basis = _many(
        BasisShape, required=True, validate=validate.Length(min=1, error="should hold a lawful basis")
    )
    letter = _many(LetterShape)
    block = _many(BlockShape)
    screening = _many(ScreeningShape)
    import_ = Table(ImportShape, data_key="import")
    report = _many(ReportShape)


def shape_faults(
    shape: type[Grammar], document: Mapping[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What could be read of a document, and its faults of shape as (key path, reason)."""
    try:
        return dict(shape().load(document)), []
    except ValidationError as error:
        readable = error.valid_data if isinstance(error.valid_data, dict) else {}
        return readable, sorted(_flatten(error.messages, ""))


def _flatten(messages: Any, path: str) -> list[tuple[str, str]]:
    """marshmallow's nested messages as (key path, reason) pairs."""
    if isinstance(messages, str):
        return [(path or "(the file)", messages)]
    if isinstance(messages, list):
        return [pair for message in messages for pair in _flatten(message, path)]
    return [pair for key, inner in messages.items() for pair in _flatten(inner, join(path, key))]


def join(path: str, key: str | int) -> str:
    """A key path with one more step: `stage` and 2 make `stage[2]`."""
    if key == "_schema":
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
