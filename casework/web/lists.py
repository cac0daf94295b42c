"""What the address of a list asks for: its filters, order and page. What cannot be meant is said and left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from casework.forms import FormField, FormSchema, describe, read
from casework.paging import page_number
from casework.web.page import here
from casework.web.words import date_words

ALL = "all"  # said of a filter that narrows unless something else is asked for


@dataclass(frozen=True)
class Asked:
    """`values` are the filters that were understood, `chosen` each of them in words with the address without it."""

    values: Mapping[str, Any]
    fields: Sequence[FormField]
    errors: Mapping[str, Sequence[str]]
    chosen: Sequence[tuple[str, str]]
    sort: str
    descending: bool
    page: int


def asked(schema: FormSchema, *, sorts: Collection[str], usual: Mapping[str, str], sort: str) -> Asked:
    """Read the address by `schema`. `usual` are filters that hold until the address names others.

    The order is by `sort`, the latest first, until the address names another of `sorts`.
    """
    typed = {**usual, **{name: words for name, words in request.args.items() if name in schema.fields}}
    typed = {name: "" if words == ALL and name in usual else words for name, words in typed.items()}
    result = read(schema, typed)
    values = result.values
    if values is None:
        sound = {name: words for name, words in typed.items() if name not in result.errors}
        values = read(schema, sound).values or {}
    by = request.args.get("sort", "")
    return Asked(
        values=values,
        fields=describe(schema, result.raw, result.errors),
        errors=result.errors,
        chosen=_chosen(schema, values, usual),
        sort=by if by in sorts else sort,
        descending=request.args.get("direction") == "descending" if by in sorts else True,
        page=page_number(request.args.get("page")),
    )


def _chosen(schema: FormSchema, values: Mapping[str, Any], usual: Mapping[str, str]) -> list[tuple[str, str]]:
    """Only what narrows by choice: what is usual goes without saying."""
    return [
        (_words(schema.fields[name].metadata, value), here(**{name: None}, page=None))
        for name, value in values.items()
        if value is not None and usual.get(name) != value
    ]


def _words(about: Mapping[str, Any], value: Any) -> str:
    labels = {choice.id: choice.label for choice in about["choices"]}
    return str(labels[value]) if value in labels else f"{about['label']} {date_words(value)}"
