"""Where every page of accounts hangs, and how those with a form answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from casework.errors import Invalid
from casework.forms import FormSchema, describe, read

Page = str | tuple[str, int] | Response

bp = Blueprint("accounts", __name__)


def form_page(
    schema: FormSchema,
    act: Callable[[dict[str, Any]], Page],
    template: str,
    *,
    stored: Mapping[str, Any] | None = None,
    **words: Any,
) -> Page:
    """Show a form, filled with what is `stored`; posted, do `act`, or show it again with what is wrong."""
    if request.method == "GET":
        return render_template(template, fields=describe(schema, stored), **words)
    result = read(schema, request.form)
    errors: Mapping[str, Sequence[str]] = result.errors
    if result.values is not None:
        try:
            return act(result.values)
        except Invalid as fault:
            errors = fault.errors or {"": [fault.message]}
    fields = describe(schema, result.raw, errors)
    return render_template(template, fields=fields, errors=errors, **words), 422
