"""The keys that a programme file may hold, and the kind of value of each. `docs/programmes.md` explains them.

Only the shape of a file is checked here; whether its names point anywhere is checked in `references`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validate

from casework.programmes.values import (
    Day,
    Grammar,
    Keyed,
    Table,
    Text,
    Truth,
    Whole,
    Words,
    choice,
    id_,
    many,
    text,
)
from casework.programmes.vocabulary import (
    ACTS,
    CHECKS,
    ENTRY_LISTS,
    EVENTS,
    FIELD_KINDS,
    HEAD_ENTRIES,
    QUEUE_MOVES,
    RESEARCH_OPENS,
    ROLES,
    STEPS,
)


class CodeShape(Grammar):
    id = id_()
    label = text()
    hint = Text()
    valid_from = Day()
    valid_to = Day()
    asked = Truth()


class ListShape(Grammar):
    title = text(required=False)
    source = Text()
    extends = Text()
    missing = Truth()
    codes = many(CodeShape)
    maps = Keyed(Keyed(many(Text())))


class RoleShape(Grammar):
    id = id_()
    label = text()
    plural = text()
    hint = Text()
    many = Truth()
    required = Truth()
    counted = Truth()
    never_tell = Truth()
    side = choice(("protected", "harming", "other"))


class ShowWhenShape(Grammar):
    field = text()
    codes = many(Text(), required=True, validate=validate.Length(min=1, error="should name a code"))


class FieldShape(Grammar):
    id = id_()
    label = text()
    hint = Text()
    kind = choice(FIELD_KINDS)
    list = Text()
    counted = Truth()
    max_length = Whole(least=1)
    show_when = Table(ShowWhenShape)
    source = Text()


class SectionShape(Grammar):
    id = id_()
    title = text()
    hint = Text()
    about = text()
    step = choice(STEPS, required=False)
    fields_ = many(Text(), required=True, data_key="fields")
    required = many(Text())


class MoveShape(Grammar):
    to = text()
    label = text()
    roles = many(
        choice(ROLES),
        required=True,
        validate=validate.Length(min=1, error="should name a role, or nobody can move"),
    )
    reason_required = Truth()
    checks = many(choice(CHECKS))


class StageShape(Grammar):
    id = id_()
    label = text()
    hint = Text()
    kind = choice(("screening", "open", "closed", "declined"))
    moves = many(MoveShape)


class AnswerShape(Grammar):
    id = id_()
    label = text()
    score = Whole(required=True)
    unknown_ = Truth(data_key="unknown")


class ItemShape(Grammar):
    id = id_()
    label = text()
    hint = Text()
    weight = Whole()
    critical = Truth()


class ClusterShape(Grammar):
    id = id_()
    label = text()
    items = many(Text(), required=True)


class BandShape(Grammar):
    id = id_()
    label = text()
    least = Whole(required=True)
    urgent = Truth()


class ToolShape(Grammar):
    id = id_()
    label = text()
    version = text()
    about = text()
    credit = text()
    source = Text()
    doubt = Text()
    asks_source = Truth()
    retired = Truth()
    answers = many(AnswerShape, required=True, validate=validate.Length(min=1, error="should hold an answer"))
    items = many(ItemShape, required=True, validate=validate.Length(min=1, error="should hold an item"))
    bands = many(BandShape)
    clusters = many(ClusterShape)


class ClockShape(Grammar):
    label = text()
    days = Whole(required=True, least=1)
    working_days = Truth(required=True)
    starts = choice(EVENTS)
    stops = choice(EVENTS)
    warn_days = Whole()
    source = Text()
    doubt = Text()


class RepeatShape(Grammar):
    window_months = Whole(required=True, least=1)
    anchor = choice(("referral", "heard"))
    on = choice(("pair", "subject"))
    source = Text()
    doubt = Text()


class DecisionShape(Grammar):
    id = id_()
    heard = Truth()
    then = choice(QUEUE_MOVES, required=False)
    to = Text()
    closure_reason = Text()
    onward = Truth()


class PanelShape(Grammar):
    name = text()
    frequency = text()
    minutes_per_case = Whole(required=True, least=1)
    minutes_cap = Whole(least=1)
    cases_cap = Whole(least=1)
    papers_days = Whole()
    minutes_days = Whole()
    flag_months = Whole()
    core = many(Text())
    quorum = many(many(Text()))
    relisted_until_closed = Truth()
    referrer_must_attend = Truth()
    outcomes = text()
    decisions = many(DecisionShape)
    queue_stages = many(Text(), required=True)
    hear_unscreened = Truth()
    wait_days = Whole(least=1)
    opening_minutes = Whole()
    research_days = Whole()
    research_opens = choice(RESEARCH_OPENS, required=False)
    alert = many(Text())
    head_fields = many(Text())
    head_entries = many(choice(HEAD_ENTRIES, required=False))
    accept_days = Whole()
    escalate_days = Whole()
    transfer_days = Whole()
    stalls_days = Whole(least=1)
    refusal_to = Text()
    source = Text()
    doubt = Text()


class ReviewShape(Grammar):
    id = id_()
    label = text()
    months = Whole(required=True, least=1)
    after = choice(EVENTS)
    repeats = Truth()
    source = Text()
    doubt = Text()


class RetentionShape(Grammar):
    years = Whole(required=True, least=1)
    trigger = choice(EVENTS)
    source = Text()
    doubt = Text()


class BasisShape(Grammar):
    id = id_()
    label = text()
    hint = Text()
    default = Truth()
    source = Text()


class LetterShape(Grammar):
    id = id_()
    title = text()
    recipient = text()
    body = text()


class ConditionShape(Grammar):
    about = text()
    field = text()
    codes = many(Text(), required=True, validate=validate.Length(min=1, error="should name a code"))


class BlockShape(Grammar):
    act = choice(ACTS)
    reason = text()
    when = many(ConditionShape)
    flags = many(Text())
    always = Truth()


class ScreeningShape(Grammar):
    id = id_()
    label = text()
    source = Text()


class PutToShape(Grammar):
    programme = id_()
    destination = text()
    activity = text()


class ColumnShape(Grammar):
    name = text()
    kind = choice(("text", "date", "yes_no", "code", "number"))
    target = text()
    list = Text()
    by = choice(("label", "id"), required=False)
    code = Text()
    required = Truth()
    optional_column = Truth()


class FileShape(Grammar):
    name = text()
    holds = choice(("referrals", *ENTRY_LISTS))
    required = Truth()
    columns_of = Text()
    columns = many(ColumnShape)
    source = Text()


class ImportShape(Grammar):
    file = many(FileShape, required=True)


class ReportColumnShape(Grammar):
    id = id_()
    label = text()
    last_months = Whole(least=1)
    financial_year_label = Text()


class HeadlineShape(Grammar):
    id = id_()
    label = text()
    measure = choice(("received", "carried_over", "supported", "marked"))
    field = Text()
    date_field = Text()
    kind = choice(ENTRY_LISTS, required=False)
    codes = many(Text())
    source = Text()


class AgeBandShape(Grammar):
    id = id_()
    label = text()
    least = Whole(required=True)
    most = Whole()
    always = Truth()


class ShareShape(Grammar):
    label = text()
    percent = Whole(required=True)


class ComparatorShape(Grammar):
    label = text()
    source = text()
    shares = many(ShareShape, required=True)


class TableShape(Grammar):
    id = id_()
    title = text()
    row_heading = text()
    counts = text()
    of = choice(("referrals", "answers", "ages", "entries"))
    additive = Truth()
    field = Text()
    about = Text()
    kind = choice(ENTRY_LISTS, required=False)
    map_to = Text()
    bands = many(AgeBandShape)
    always = many(Text())
    blank = id_(required=False)
    blank_label = Text()
    chart = choice(("bar",), required=False)
    comparators = many(ComparatorShape)
    notes = many(Text())
    source = Text()


class ReportShape(Grammar):
    id = id_()
    title = text()
    tables_of = Text()
    columns = many(ReportColumnShape, required=True)
    headlines = many(HeadlineShape)
    tables = many(TableShape)
    notes = many(Text())
    source = Text()


class CommonShape(Grammar):
    """The file `common.toml`: lists and questions that every programme may use."""

    missing = many(CodeShape)
    list = Keyed(Table(ListShape))
    field = many(FieldShape)
    risk_tool = many(ToolShape)
    letter = many(LetterShape)


class UseShape(Grammar):
    """What a programme takes from `common.toml` besides lists and questions, which need no asking."""

    risk_tool = many(Text())
    letter = many(Text())


class ProgrammeShape(Grammar):
    id = id_()
    name = text()
    short = text()
    version = text()
    description = Text()
    handling = choice(("OFFICIAL-SENSITIVE",), required=False)
    reference_pattern = text()
    words = Words(required=True)
    list = Keyed(Table(ListShape))
    person_role = many(RoleShape, required=True)
    field = many(FieldShape)
    section = many(SectionShape, required=True)
    stage = many(StageShape, required=True)
    use = Table(UseShape)
    risk_tool = many(ToolShape)
    clock = Keyed(Table(ClockShape))
    repeat = Table(RepeatShape, required=True)
    panel = Table(PanelShape)
    review = many(ReviewShape)
    retention = Table(RetentionShape, required=True)
    lawful_basis = many(
        BasisShape, required=True, validate=validate.Length(min=1, error="should hold a lawful basis")
    )
    letter = many(LetterShape)
    block = many(BlockShape)
    screening = many(ScreeningShape)
    put_to = many(PutToShape)
    import_ = Table(ImportShape, data_key="import")
    report = many(ReportShape)


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
