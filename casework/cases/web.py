"""How a page of a case is drawn, and how a form of it is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.cases.page import Frame
from casework.errors import Conflict, Invalid
from casework.forms import FormSchema, describe, read
from casework.forms.words import upper_first
from casework.programmes.definition import Programme

Answer = Response | str | tuple[str, int]

Shown = Callable[[Programme], bool]

# The sub-navigation of a case: endpoint, words, and for which programmes.
_tabs: list[tuple[str, str, Shown]] = [
    (f"cases.{name}", words, lambda _programme: True)
    for name, words in (
        ("show", "Summary"),
        ("people", "People"),
        ("timeline", "Timeline"),
        ("support", "Contacts and support"),
        ("risk_page", "Risk"),
        ("onward", "Sharing and referrals"),
        ("documents", "Documents"),
        ("tasks_page", "Tasks"),
        ("access", "Access"),
    )
]


def add_tab(endpoint: str, words: str, *, before: str, shown: Shown) -> None:
    """Let another feature put a page of its own among those of a case; called once, when its routes are read."""
    place = next(index for index, tab in enumerate(_tabs) if tab[0] == f"cases.{before}")
    _tabs.insert(place, (endpoint, words, shown))


def show(template: str, frame: Frame, tab: str = "", **more: Any) -> str:
    """A page of a case in its frame; `tab` is the page of the sub-navigation that it belongs to."""
    actor = doors.current_actor()
    tabs = [
        (words, url_for(endpoint, case_id=frame.case.id), endpoint.partition(".")[2] == tab)
        for endpoint, words, shown in _tabs
        if shown(frame.programme)
    ]
    return render_template(
        template,
        frame=frame,
        case=frame.case,
        programme=frame.programme,
        marking=frame.programme.handling or "",
        tabs=tabs,
        upper_first=upper_first,
        may_work=doors.may(actor, Permission.CASE_WORK, frame.case),
        may_allocate=doors.may(actor, Permission.CASE_ALLOCATE, frame.case),
        **{"conflict": None, "errors": {}, **more},
    )


def form(
    template: str,
    frame: Frame,
    schema: FormSchema,
    raw: Mapping[str, Any],
    errors: Mapping[str, Sequence[str]],
    conflict: Conflict | None = None,
    **more: Any,
) -> str:
    """A page with a form.

    After a conflict it shows both versions, and sending it again replaces the stored one.
    """
    fields = describe(schema, raw, errors)
    return show(template, frame, fields=fields, errors=errors, conflict=conflict, **more)


def take(
    schema: FormSchema,
    act: Callable[[dict[str, Any]], Response],
    again: Callable[[Mapping[str, Any], Mapping[str, Sequence[str]], Conflict | None], str],
) -> Answer:
    """Read what was posted and act on it; what cannot be taken is shown again as it was typed."""
    result = read(schema, request.form)
    if result.values is None:
        return again(result.raw, result.errors, None), 422
    try:
        return act(result.values)
    except Invalid as fault:
        return again(result.raw, fault.errors or {"": [fault.message]}, None), 422
    except Conflict as fault:
        return again(result.raw, {}, fault), 409


def done(words: str, endpoint: str, **where: Any) -> Response:
    """Say that something was done, and go on to a page."""
    flash(words, "success")
    return redirect(url_for(endpoint, **where))
