"""The guided form's pages, the same for staff and for somebody with a one-time link.

`draft_routes` and `guest_routes` open the door and hand over a `Desk`; what happens at it is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, g, jsonify, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from casework.access.vocabulary import Actor
from casework.errors import Conflict, Invalid
from casework.forms import Choice, FormResult, describe, read
from casework.programmes.definition import Programme
from casework.referrals import draft_people, drafts, intake, schemas
from casework.referrals.questions import Form, Page, lines_of

Answer = str | tuple[str, int] | AnyResponse
OWN_KEYS = frozenset(("csrf_token", "version", "more"))  # what a page sends beside its answers


@dataclass(frozen=True)
class Desk:
    """Somebody at a form: who they are, their draft, and where its pages are. `link` is the one-time link's row."""

    actor: Actor
    draft: Any
    address: Callable[..., str]
    link: Any = None

    @property
    def form(self) -> Form:
        return intake.form_of(self.actor, self.draft)

    def page(self, page_id: str) -> str:
        """The address of a page, going back to the check when that is where the visitor came from."""
        then = (
            {"then": "check"}
            if request.args.get("then") == "check" and page_id not in ("check", "people")
            else {}
        )
        if page_id in ("people", "check"):
            return self.address(page_id)
        return self.address("page", page_id=page_id, **then)

    def after(self, page: Page) -> str:
        if request.args.get("then") == "check":
            return self.page("check")
        following = self.form.after(page)
        return self.page(following.id if following else "check")


def search_first(programme: Programme, begin: Callable[[FormResult], Answer]) -> Answer:
    """The first question of all: who is it about? `begin` makes a draft of an answer that can be searched for."""
    schema = schemas.PersonSearch()
    if request.method == "GET":
        return _who(programme, describe(schema), {})
    result = read(schema, _posted())
    if result.errors:
        return _who(programme, describe(schema, result.raw, result.errors), result.errors), 422
    return begin(result)


def _who(programme: Programme, fields: Any, errors: Mapping[str, Sequence[str]]) -> str:
    title = f"Find the person: {programme.subject.label.lower()}"
    return render_template(
        "referrals/page.html",
        title=title,
        programme=programme,
        fields=fields,
        errors=errors,
        version=0,
        kind="who",
    )


def begin_with(desk: Desk, result: FormResult) -> Answer:
    """Search for the first person of a draft just begun."""
    key = draft_people.add(desk.actor, desk.draft, desk.form.programme.subject.id)
    look = draft_people.search(desk.actor, desk.draft, key, result.raw, version=0, said={})
    return _searched(desk, key, bool(look.matches))


def where_left(desk: Desk) -> str:
    """The page at which the form was left."""
    pages = {page.id for page in desk.form.pages}
    return desk.page(desk.draft.step if desk.draft.step in pages else "people")


def answer(asked: Any, act: Callable[[str], None], back: str) -> Answer:
    """A question that was asked about a referral, and the form that answers it."""
    result = read(schemas.AnswerQuestion(), request.form) if request.method == "POST" else None
    errors: Mapping[str, Sequence[str]] = result.errors if result else {}
    if result and result.values:
        try:
            act(result.values["answer"])
        except Invalid as fault:
            errors = fault.errors
        else:
            flash("Your answer has been sent.", "success")
            return redirect(back)
    fields = describe(schemas.AnswerQuestion(), result.raw if result else {}, errors)
    page = render_template("referrals/answer.html", asked=asked, fields=fields, errors=errors, back=back)
    return (page, 422) if errors else page


def fill(desk: Desk, page_id: str) -> Answer:
    """One page of questions."""
    page = desk.form.page(page_id)
    if page.kind == "people":
        return redirect(desk.page("people"))
    if request.method == "GET":
        return _show(desk, page, desk.form.typed(page), {})
    result = read(desk.form.schema(page), _posted())
    try:
        if page.kind == "who":
            return _search(desk, page, result)
        return _save(desk, page, result)
    except Conflict as conflict:
        return _show_both(desk, page, result, conflict)


def _save(desk: Desk, page: Page, result: FormResult) -> Answer:
    drafts.save(desk.actor, desk.draft, page.id, result.raw, version=_version())
    if "more" in request.form:
        return redirect(desk.page(page.id))
    if result.errors:
        g.keep_on_error = True  # what was typed is kept, right or wrong
        return _show(desk, page, result.raw, result.errors), 422
    return redirect(desk.after(page))


def _search(desk: Desk, page: Page, result: FormResult) -> Answer:
    said = {line.label: line.words for line in lines_of(desk.form.schema(page), result.values or {})}
    try:
        look = draft_people.search(
            desk.actor, desk.draft, page.person, result.raw, version=_version(), said=said
        )
    except Invalid as fault:
        g.keep_on_error = True
        return _show(desk, page, result.raw, fault.errors), 422
    return _searched(desk, page.person, bool(look.matches))


def _searched(desk: Desk, key: str, found: bool) -> Answer:
    slot = desk.form.slot(key)
    if not slot.is_settled:
        return redirect(desk.address("match", key=key, **_then()))
    if not desk.form.outside and not found:
        flash("Nobody on record is like this person, so they are added as new.")
    return redirect(desk.after(desk.form.page(f"who-{key}")))


def match(desk: Desk, key: str) -> Answer:
    """Those on record who may be the person: one of them, or none of these."""
    slot = desk.form.slot(key)
    look = draft_people.look_for(desk.actor, desk.draft, slot)
    alike = draft_people.alike(desk.draft, slot)
    schema = schemas.ChooseMatch(choices={"choice": _choices(look.matches, alike)})
    shown = draft_people.shown(look)
    if request.method == "GET":
        return _matches(
            desk, key, look.matches, alike, describe(schema, {"seen": shown, "choice": slot.choice}), {}
        )
    result = read(schema, _posted())
    errors: Mapping[str, Sequence[str]] = result.errors
    if result.values is not None:
        try:
            choice, seen = result.values["choice"], result.values["seen"] or ""
            draft_people.choose(desk.actor, desk.draft, key, choice, seen=seen)
            return redirect(desk.after(desk.form.page(f"who-{key}")))
        except Conflict as conflict:
            errors = {"choice": [conflict.message]}
        except Invalid as fault:
            errors = fault.errors
    fields = describe(schema, {**result.raw, "seen": shown}, errors)
    return _matches(desk, key, look.matches, alike, fields, errors), 422


def _choices(matches: Sequence[Any], alike: Sequence[Any]) -> list[Choice]:
    return [
        *(Choice(str(found.person.id), f"Yes: {found.person.name}") for found in matches),
        *(
            Choice(f"{schemas.SAME}{other.key}", f"The same person as {other.name} on this form")
            for other in alike
        ),
        Choice(schemas.NEW, "No, none of these"),
    ]


def _matches(
    desk: Desk, key: str, matches: Sequence[Any], alike: Sequence[Any], fields: Any, errors: Mapping[str, Any]
) -> str:
    return render_template(
        "referrals/matches.html",
        programme=desk.form.programme,
        slot=desk.form.slot(key),
        matches=intake.with_referrals(desk.actor, matches),
        alike=alike,
        fields=fields,
        errors=errors,
        back=desk.page(f"who-{key}"),
    )


def people(desk: Desk) -> Answer:
    """Who is in the referral so far, and one more."""
    form = desk.form
    schema = schemas.AddPerson(
        choices={"role": [Choice(role.id, role.label, role.hint) for role in form.open_roles()]}
    )
    errors: Mapping[str, Sequence[str]] = {}
    typed: Mapping[str, Any] = {}
    if request.method == "POST":
        result = read(schema, _posted())
        errors, typed = result.errors, result.raw
        if result.values is not None:
            key = draft_people.add(desk.actor, desk.draft, result.values["role"])
            return redirect(desk.page(f"who-{key}"))
    onward = form.after(form.page("people"))
    shown = render_template(
        "referrals/people.html",
        form=form,
        programme=form.programme,
        fields=describe(schema, typed, errors),
        errors=errors,
        desk=desk,
        back=desk.page(before.id) if (before := form.before(form.page("people"))) else "",
        onward=desk.page("check" if request.args.get("then") == "check" or onward is None else onward.id),
    )
    return (shown, 422) if errors else shown


def remove(desk: Desk, key: str) -> Answer:
    desk.form.slot(key)
    draft_people.remove(desk.actor, desk.draft, key)
    return redirect(desk.page("people"))


def autosave(desk: Desk, page_id: str) -> Response:
    """What the browser sends while somebody types: kept beside what was saved, checked by nobody yet."""
    page = desk.form.page(page_id)
    result = read(desk.form.schema(page), _posted())
    drafts.keep_typing(desk.actor, desk.draft, page.id, result.raw, version=_version())
    return jsonify(kept=True)


def check(desk: Desk, sent: Callable[[Any], str]) -> Answer:
    """Every answer, with a way back to each; posted, the referral is sent."""
    if request.method == "GET":
        return _check(desk, {})
    try:
        return redirect(sent(intake.submit(desk.actor, desk.draft.id, link=desk.link)))
    except Invalid as fault:
        return _check(desk, fault.errors or {"": [fault.message]}), 422


def _check(desk: Desk, errors: Mapping[str, Sequence[str]]) -> str:
    form = desk.form
    pages = {page.id for page in form.pages}
    return render_template(
        "referrals/check.html",
        form=form,
        programme=form.programme,
        desk=desk,
        faults=intake.faults(form),
        wrong=[
            (reason, desk.page(name if name in pages else "people"))
            for name, many in errors.items()
            for reason in many
        ],
        back=desk.page(form.pages[-1].id),
    )


def _show(
    desk: Desk, page: Page, typed: Mapping[str, Any], errors: Mapping[str, Sequence[str]], **more: Any
) -> str:
    form = desk.form
    before = form.before(page)
    return render_template(
        "referrals/page.html",
        title=page.title,
        hint=page.hint,
        kind=page.kind,
        programme=form.programme,
        fields=describe(form.schema(page), typed, errors),
        errors=errors,
        version=form.version(page),
        autosave=desk.address("autosave", page_id=page.id) if page.kind != "who" else "",
        back=desk.page("check")
        if request.args.get("then") == "check"
        else desk.page(before.id)
        if before
        else "",
        desk=desk,
        known=draft_people.on_record(desk.actor, desk.draft, form.slot(page.person))
        if page.kind == "contact"
        else (),
        **more,
    )


def _show_both(desk: Desk, page: Page, result: FormResult, conflict: Conflict) -> Answer:
    """The page as it was typed here, above it what was saved meanwhile. Saved again, this one stands."""
    stored = desk.form.lines(page)
    return _show(desk, page, result.raw, {"": [conflict.message]}, stored=stored), 409


def _posted() -> MultiDict[str, str]:
    return MultiDict((name, value) for name, value in request.form.items(multi=True) if name not in OWN_KEYS)


def _version() -> int:
    given = request.form.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 9 else 0


def _then() -> dict[str, str]:
    return {"then": "check"} if request.args.get("then") == "check" else {}
