"""What the macros of templates/macros/forms.html draw: each question of a schema, filled and marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from casework.forms.dates import BOXES, DateFault, parse_date, split_date
from casework.forms.schema import FormSchema, answer_id, answer_ids
from casework.forms.words import upper_first

FEW_CHOICES = 8  # up to so many choices are radio buttons, more are a drop-down list


@dataclass(frozen=True, slots=True)
class FormChoice:
    """One radio button, tick box or line of a list, and the questions that choosing it reveals."""

    id: str
    label: str
    hint: str | None
    chosen: bool
    reveals: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True)
class DateBox:
    """One of the three boxes of a date."""

    name: str
    id: str
    label: str
    value: str
    wrong: bool
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """All that a macro needs to draw one question.

    `depends` is "other=a,b" for a question that is asked only after such answers and cannot stand under one
    of them; `asked` says whether the answers so far lead to it.
    """

    name: str
    id: str
    label: str
    widget: str
    hint: str | None
    value: str
    required: bool
    errors: tuple[str, ...]
    choices: tuple[FormChoice, ...]
    boxes: tuple[DateBox, ...]
    autocomplete: str
    width: str | None
    rows: int
    max_length: int | None
    group: str | None
    inline: bool
    depends: str | None
    asked: bool

    @property
    def anchor(self) -> str | None:
        """The id that a link in the error summary leads to; a hidden field has none."""
        if self.widget == "hidden":
            return None
        if self.boxes:
            return next((box.id for box in self.boxes if box.wrong), self.boxes[0].id)
        return self.id

    @property
    def optional_label(self) -> str:
        """The label, saying so when the question need not be answered."""
        return self.label if self.required else f"{self.label} (optional)"


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the error summary."""

    words: str
    anchor: str | None


def describe(
    schema: FormSchema,
    raw: Mapping[str, Any] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    *,
    prefix: str = "",
) -> tuple[FormField, ...]:
    """The questions of a page, filled with what was typed, or with stored values of the schema's own kinds.

    `prefix` goes before each HTML id, for a page with the same form twice. Dump-only fields are left out.
    """
    described = {
        name: _described(name, field, (raw or {}).get(name), (errors or {}).get(name) or (), prefix)
        for name, field in schema.load_fields.items()
    }
    return _nested(schema, described, raw or {})


def problems(fields: Iterable[FormField], errors: Mapping[str, Sequence[str]] | None) -> tuple[Problem, ...]:
    """The error summary: each error with the place on the page that it leads to."""
    anchors = {field.name: field.anchor for field in walk(fields)}
    return tuple(
        Problem(words, anchors.get(name)) for name, several in (errors or {}).items() for words in several
    )


def walk(fields: Iterable[FormField]) -> Iterable[FormField]:
    """Every question, those under a choice too."""
    for field in fields:
        yield field
        for choice in field.choices:
            yield from walk(choice.reveals)


def _described(name: str, field: Any, raw: Any, errors: Sequence[str], prefix: str) -> FormField:
    about = field.metadata
    chosen = answer_ids(raw)
    widget = about.get("widget", "text")
    if widget == "auto":
        widget = "radios" if len(about["choices"]) <= FEW_CHOICES else "select"
    id_ = f"{prefix}{name}"
    return FormField(
        name=name,
        id=id_,
        label=about.get("label", name),
        widget=widget,
        hint=about.get("hint"),
        value="" if widget == "password" else _written(raw),
        required=bool(about.get("required")),
        errors=tuple(errors),
        choices=tuple(
            FormChoice(str(each.id), each.label, getattr(each, "hint", None) or None, str(each.id) in chosen)
            for each in about.get("choices", ())
        ),
        boxes=_boxes(name, id_, raw, bool(errors)) if widget == "date" else (),
        autocomplete=about.get("autocomplete", "off"),
        width=about.get("width"),
        rows=about.get("rows") or 5,
        max_length=about.get("max_length"),
        group=about.get("group"),
        inline=bool(about.get("inline")),
        depends=None,
        asked=True,
    )


def _written(raw: Any) -> str:
    """A value as it stands in a box."""
    if raw is None or isinstance(raw, list | tuple | set | frozenset):
        return ""
    if isinstance(raw, bool):
        return answer_id(raw)
    if isinstance(raw, date):
        return f"{raw.day}/{raw.month}/{raw.year}"
    if isinstance(raw, Mapping):
        return "/".join(str(raw.get(box) or "") for box in BOXES).strip("/")
    return str(raw)


def _boxes(name: str, id_: str, raw: Any, failed: bool) -> tuple[DateBox, ...]:
    wrong: Iterable[str] = BOXES if failed else ()
    typed: Mapping[str, Any] = {}
    if isinstance(raw, date):
        typed = {"day": raw.day, "month": raw.month, "year": raw.year}
    elif isinstance(raw, Mapping):
        typed = raw
    elif raw:
        try:
            typed = split_date(str(raw))
        except DateFault:
            typed = {"day": raw}
    if failed:
        try:
            parse_date(typed)
        except DateFault as fault:
            wrong = fault.boxes
    return tuple(
        DateBox(
            f"{name}-{box}", f"{id_}-{box}", upper_first(box), str(typed.get(box) or ""), box in wrong, width
        )
        for box, width in zip(BOXES, ("2", "2", "4"), strict=True)
    )


def _nested(
    schema: FormSchema, described: dict[str, FormField], raw: Mapping[str, Any]
) -> tuple[FormField, ...]:
    """Put a question that depends on one choice under that choice; tie the others to theirs by `depends`."""
    top: list[str] = []
    under: dict[tuple[str, str], list[str]] = {}
    for name, field in described.items():
        rule = schema.fields[name].metadata.get("show_when")
        if rule is None or rule[0] not in described:
            if schema.is_asked(name, raw):  # what it depends on was answered on an earlier page
                top.append(name)
            continue
        other, wanted = rule[0], [answer_id(each) for each in rule[1]]
        if len(wanted) == 1 and described[other].widget in {"radios", "checkboxes"}:
            under.setdefault((other, wanted[0]), []).append(name)
        else:
            asked = schema.is_asked(name, raw)
            described[name] = replace(field, depends=f"{other}={','.join(wanted)}", asked=asked)
            top.append(name)

    def built(name: str) -> FormField:
        field = described[name]
        choices = tuple(
            replace(choice, reveals=tuple(built(each) for each in under.get((name, choice.id), ())))
            for choice in field.choices
        )
        # Questions can be revealed only under choices that stand one below the other.
        return replace(
            field, choices=choices, inline=field.inline and not any(each.reveals for each in choices)
        )

    return tuple(built(name) for name in top)
