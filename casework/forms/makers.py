"""The short way to write a question of a form: one function for each kind of answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from casework.forms.dates import EARLIEST
from casework.forms.kinds import Choice, Code, Codes, Date, Option, Text, WholeNumber, YesNo
from casework.forms.words import noun_of

YES_OR_NO = (Choice("yes", "Yes"), Choice("no", "No"))


def _options(
    label: str,
    widget: str,
    *,
    ask: str,
    required: bool | str = False,
    says: str | None = None,
    hint: str | None = None,
    group: str | None = None,
    show_when: tuple[str, Sequence[Any]] | None = None,
    autocomplete: str = "off",
    width: str | None = None,
    rows: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The arguments of a marshmallow field. `required` may be the very sentence to show.

    `autocomplete` is off because the forms ask about other people: a browser must not keep their names.
    A field with `show_when` = (another field, its values) is asked, and required, only then.
    """
    sentence = required if isinstance(required, str) else f"{ask} {says or noun_of(label)}"
    metadata = {
        "label": label,
        "widget": widget,
        "says": says,
        "hint": hint,
        "group": group,
        "show_when": show_when,
        "required": bool(required),
        "sentence": sentence,
        "autocomplete": autocomplete,
        "width": width,
        "rows": rows,
        "choices": (),
        "max_length": None,
        "several_lines": False,
        **more,
    }
    messages = {"required": sentence, "null": sentence}
    if required and show_when is None:
        return {"required": True, "allow_none": False, "metadata": metadata, "error_messages": messages}
    empty: Any = list if widget == "checkboxes" else None
    return {"load_default": empty, "allow_none": True, "metadata": metadata, "error_messages": messages}


def text(label: str, *, max_length: int = 200, **options: Any) -> Text:
    """One line of text."""
    return Text(**_options(label, "text", ask="Enter", max_length=max_length, **options))


def long_text(label: str, *, max_length: int = 20_000, rows: int = 5, **options: Any) -> Text:
    """Several lines of text, with a count of the characters left."""
    made = _options(
        label, "textarea", ask="Enter", max_length=max_length, rows=rows, several_lines=True, **options
    )
    return Text(**made)


def password(label: str, **options: Any) -> Text:
    """A password: kept exactly as typed, blanks and all, and never shown again."""
    options.setdefault("autocomplete", "current-password")
    return Text(**_options(label, "password", ask="Enter", max_length=1000, **options))


def date_(label: str, *, future: bool = False, earliest: date = EARLIEST, **options: Any) -> Date:
    """A date in three boxes (`name-day`, `name-month`, `name-year`), or in one with `widget="picker"`."""
    widget = options.pop("widget", "date")
    return Date(**_options(label, widget, ask="Enter", future=future, earliest=earliest, **options))


def code(label: str, choices: Iterable[Option] = (), **options: Any) -> Code:
    """One of some choices: radio buttons when few, a list when many; `widget` may say which."""
    widget = options.pop("widget", "auto")
    return Code(**_options(label, widget, ask="Select", choices=tuple(choices), **options))


def codes(label: str, choices: Iterable[Option] = (), **options: Any) -> Codes:
    """Any number of some choices."""
    return Codes(**_options(label, "checkboxes", ask="Select", choices=tuple(choices), **options))


def yes_no(label: str, *, required: bool | str = False, **options: Any) -> YesNo:
    """Yes, no, or not answered (None)."""
    options["required"] = f"Select yes or no for “{label}”" if required is True else required
    return YesNo(**_options(label, "radios", ask="Select", choices=YES_OR_NO, inline=True, **options))


def number(label: str, *, least: int | None = 0, most: int | None = None, **options: Any) -> WholeNumber:
    """A whole number."""
    options.setdefault("width", "4")
    return WholeNumber(**_options(label, "number", ask="Enter", least=least, most=most, **options))


def email(label: str = "Email address", **options: Any) -> Text:
    return Text(
        **_options(
            label,
            "email",
            ask="Enter",
            max_length=254,
            check=_email,
            wrong="Enter an email address in the correct format, like name@example.com",
            **options,
        )
    )


def phone(label: str = "Telephone number", **options: Any) -> Text:
    options.setdefault("width", "20")
    return Text(
        **_options(
            label,
            "tel",
            ask="Enter",
            max_length=40,
            check=_phone,
            wrong="Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192",
            **options,
        )
    )


def postcode(label: str = "Postcode", **options: Any) -> Text:
    options.setdefault("width", "10")
    return Text(
        **_options(
            label,
            "text",
            ask="Enter",
            max_length=12,
            check=_postcode,
            wrong="Enter a full UK postcode, like NW4 4BG",
            **options,
        )
    )


def hidden(label: str = "Reference", **options: Any) -> Text:
    """A value that the page carries and nobody types."""
    return Text(
        **_options(label, "hidden", ask="Open the page again: it has lost", max_length=200, **options)
    )


def version() -> WholeNumber:
    """The version of the record that the page was made from, so that two people editing it lose nothing."""
    lost = "This page has lost its place. Open it again from the case"
    return WholeNumber(**_options("Version", "hidden", ask="Enter", least=0, most=None, required=lost))


def _email(typed: str) -> str | None:
    whole = re.fullmatch(r"[^\s@\"(),:;<>\[\]\\]+@[\w-]+(\.[\w-]+)+", typed)
    return typed if whole and ".." not in typed and not typed.startswith(".") else None


def _phone(typed: str) -> str | None:
    digits = sum(character.isdecimal() for character in typed)
    fits = re.fullmatch(r"\+?[0-9 ()./\-]+( ?(x|ext\.?|extension) ?[0-9]{1,6})?", typed, re.I)
    return typed if fits and 7 <= digits <= 21 else None


def _postcode(typed: str) -> str | None:
    """In capitals with its one space. The shape is that of BS 7666; whether it exists is not asked."""
    bare = re.sub(r"[\s\-.]", "", typed).upper()
    fits = re.fullmatch(r"(GIR|[A-Z]{1,2}[0-9][A-Z0-9]?|BFPO)([0-9][A-Z]{2})", bare)
    return f"{fits[1]} {fits[2]}" if fits else None
