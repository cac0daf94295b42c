"""How the form of a request is drawn and taken: the same for an agency, for a coordinator on its behalf, and a guest."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from casework.errors import Conflict, Invalid
from casework.forms import FormField, FormSchema, describe, read
from casework.forms.words import lower_first
from casework.panels.research import returns
from casework.panels.research.schemas import NAMES, research_form, split

if TYPE_CHECKING:
    from casework.access.vocabulary import Actor
    from casework.panels.models import Research

RETURN, LATER = "return", "later"


@dataclass
class Sheet:
    """One request as a form. `draw` makes the page of the fields, what is wrong with them, and both versions."""

    actor: Actor
    research: Research
    draw: Callable[..., str]

    def __post_init__(self) -> None:
        self.asked = returns.people(self.research)
        self.behalf = returns.on_behalf(self.actor, self.research)

    @property
    def schema(self) -> FormSchema:
        people = [
            (each.person.id.hex, each.person.name, f"{each.person.name}, {lower_first(each.role)}")
            for each in self.asked
        ]
        return research_form(people, behalf=self.behalf, changing=self.research.state != "asked")

    def show(self) -> str:
        """As it was saved last, or with what this person typed on top and did not save."""
        typed = returns.typing(self.actor, self.research)
        return self._page(typed if typed is not None else self._stored(), unsaved=typed is not None)

    def take(self, done: Callable[[bool], Any]) -> Any:
        """Save what was posted, or return it; `done` is told which."""
        given = request.form.get("act") != LATER
        result = read(self.schema, request.form)
        if result.values is None:
            return self._page(result.raw, result.errors), 422
        answers = self._answers(result.values)
        save = returns.give if given else returns.save
        try:
            save(
                self.actor,
                self.research,
                answers,
                version=result.values["version"],
                reason=result.values.get("reason"),
            )
        except Invalid as fault:
            return self._page(result.raw, fault.errors or {"": [fault.message]}), 422
        except Conflict as fault:
            return self._page(result.raw, conflict=fault), 409
        return done(given)

    def keep_typing(self) -> None:
        """What the browser sends while somebody types, checked by nobody yet."""
        result = read(self.schema, request.form)
        version = str(result.raw.get("version") or "")
        returns.keep_typing(
            self.actor, self.research, result.raw, version=int(version) if version.isdecimal() else -1
        )

    def _page(
        self,
        raw: Mapping[str, Any],
        errors: Mapping[str, Sequence[str]] | None = None,
        conflict: Conflict | None = None,
        *,
        unsaved: bool = False,
    ) -> str:
        # What a page says is on top of what it read; only after a conflict is that what is stored now.
        version = raw.get("version") if errors or unsaved else self.research.version
        fields: tuple[FormField, ...] = describe(self.schema, {**raw, "version": version}, errors or {})
        return self.draw(
            fields=fields,
            errors=errors or {},
            conflict=conflict,
            unsaved=unsaved,
            behalf=self.behalf,
            may_return=returns.is_open(self.research),
        )

    def _stored(self) -> dict[str, Any]:
        held = returns.held(self.research)
        raw: dict[str, Any] = {name: getattr(held, name) for name in returns.OWN}
        for person, knows in held.people.items():
            raw |= {f"{name}_{person.hex}": getattr(knows, name) for name in NAMES}
        return raw

    def _answers(self, values: Mapping[str, Any]) -> returns.Answers:
        people: dict[uuid.UUID, returns.Knows] = {}
        for each in self.asked:
            said = split(values, each.person.id.hex)
            said["known"] = {"yes": True, "no": False}.get(said["known"] or "")
            people[each.person.id] = returns.Knows(**said)
        held = returns.held(self.research)
        return returns.Answers(
            people,
            proposed=values["proposed"],
            comment=values["comment"],
            told_by=values.get("told_by") if self.behalf else held.told_by,
        )
