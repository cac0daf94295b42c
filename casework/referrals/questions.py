"""The pages of the guided form: what each asks, in which order, made from the programme's own definition.

A form is filled in over many visits, so what was typed is kept as it was typed (`document`, see `drafts`) and
read again with the same schemas whenever it is needed: what was right stays right, what was not says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from casework.cases import risk
from casework.cases.kind import said
from casework.errors import NotFound
from casework.forms import (
    FormResult,
    FormSchema,
    code,
    date_,
    read,
    schema_from_fields,
    text,
    today,
    yes_no,
)
from casework.forms.kinds import Option
from casework.programmes.definition import REFERRAL, Field, PersonRole, Programme, RiskTool, Section
from casework.referrals import schemas

RECIPIENTS = 1  # how many sharing decisions the page asks before it is asked for more
MOST_RECIPIENTS = 12

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of questions. `person` is the key of whom it is about; `kind` says what makes its schema."""

    id: str
    title: str
    kind: str
    hint: str = ""
    person: str = ""
    section: Section | None = None
    tool: RiskTool | None = None


@dataclass(frozen=True)
class Slot:
    """Somebody on the form: in which role, what was searched for, and which of the matches they are."""

    key: str
    role: str
    typed: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    ticket: str = ""
    choice: str = ""

    @cached_property
    def result(self) -> FormResult:
        return read(schemas.PersonSearch(), self.typed)

    @property
    def values(self) -> Mapping[str, Any]:
        return self.result.values or {}

    @property
    def name(self) -> str:
        values = self.values
        words = " ".join(part for part in (values.get("forename"), values.get("surname")) if part)
        return words or values.get("description") or "Somebody not yet named"

    @property
    def is_settled(self) -> bool:
        """Whether it was said who of those on record they are, or that they are nobody on record."""
        return bool(self.choice and self.ticket)

    @property
    def is_new(self) -> bool:
        return self.choice == schemas.NEW

    @property
    def same_as(self) -> str:
        """The key of the person on this form who they are too."""
        return self.choice.removeprefix(schemas.SAME) if self.choice.startswith(schemas.SAME) else ""


@dataclass(frozen=True)
class Line:
    """One question and its answer in words, on the page that checks them."""

    label: str
    words: str


@dataclass(frozen=True)
class Form:
    """The form of one programme, filled in as far as `document` goes.

    `outside` forms are filled in by referrers, who are asked about themselves. `choices` gives those that only
    the database knows (`agency`, `user`), asked for when a page needs them.
    """

    programme: Programme
    document: Document
    outside: bool = False
    may_exclude: bool = False
    choices: Callable[[str], Iterable[Option]] = lambda _name: ()

    # -- people --------------------------------------------------------------------------------

    @cached_property
    def people(self) -> tuple[Slot, ...]:
        return tuple(Slot(**each) for each in self.document.get("people", ()))

    def slot(self, key: str) -> Slot:
        """Raises NotFound, because keys come from addresses."""
        for each in self.people:
            if each.key == key:
                return each
        raise NotFound("There is no such person on this form.")

    def role_of(self, slot: Slot) -> PersonRole:
        return self.programme.role(slot.role)

    def open_roles(self) -> tuple[PersonRole, ...]:
        """The parts that one more person could play."""
        taken = {each.role for each in self.people}
        return tuple(role for role in self.programme.person_roles if role.many or role.id not in taken)

    # -- pages ---------------------------------------------------------------------------------

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        return (
            *(page for slot in self.people for page in self.pages_of(slot)),
            Page("people", "People in this referral", "people"),
            Page("warnings", "Warnings", "warnings", hint="These stand above everything else on the case."),
            Page("source", "Who refers" if self.outside else "Where the referral comes from", "source"),
            Page("narrative", "Why this referral is made", "narrative"),
            *(self._section(section) for section in self._sections(REFERRAL)),
            Page("agreement", "Agreement and awareness", "agreement", hint=NONE_BLOCKS),
            Page("sharing", "Lawful basis and sharing", "sharing", hint=NONE_BLOCKS),
            *(
                Page(f"risk-{tool.id}", tool.label, "risk", hint=tool.credit, tool=tool)
                for tool in self.programme.current_tools
            ),
            *((Page("exclusions", "Who must not see this case", "exclusions"),) if self.may_exclude else ()),
        )

    def pages_of(self, slot: Slot) -> tuple[Page, ...]:
        """The pages about one person: who they are, how to reach them, what is asked of their role."""
        label = self.role_of(slot).label
        who = Page(f"who-{slot.key}", f"Find the person: {label.lower()}", "who", person=slot.key)
        if slot.same_as:
            return (who,)
        contact = Page(
            f"person-{slot.key}", f"Address and safe contact: {slot.name}", "contact", person=slot.key
        )
        sections = (self._section(section, slot) for section in self._sections(slot.role))
        return (who, contact, *sections)

    def page(self, page_id: str) -> Page:
        for page in self.pages:
            if page.id == page_id:
                return page
        raise NotFound("There is no such page on this form.")

    def after(self, page: Page) -> Page | None:
        """The page that follows; None when the answers are to be checked next."""
        order = [each for each in self.pages if not page.person or each.person in ("", page.person)]
        place = order.index(page) + 1
        return order[place] if place < len(order) else None

    def before(self, page: Page) -> Page | None:
        place = self.pages.index(page)
        return self.pages[place - 1] if place else None

    def _sections(self, about: str) -> list[Section]:
        return [each for each in self.programme.sections_at("intake") if each.about == about]

    def _section(self, section: Section, slot: Slot | None = None) -> Page:
        title = f"{section.title}: {slot.name}" if slot else section.title
        page_id = f"person-{slot.key}-{section.id}" if slot else f"section-{section.id}"
        return Page(page_id, title, "section", section.hint, slot.key if slot else "", section)

    # -- questions and answers -----------------------------------------------------------------

    def schema(self, page: Page) -> FormSchema:
        """The questions of a page. Raises NotFound for a page that is no form."""
        if page.section is not None:
            return section_schema(self.programme, page.section)()
        if page.tool is not None:
            return risk_schema(page.tool)()
        made = getattr(self, f"_{page.kind}", None)
        if made is None:
            raise NotFound("There is no such page on this form.")
        return made(page)

    def _who(self, _page: Page) -> FormSchema:
        return schemas.PersonSearch()

    def _contact(self, page: Page) -> FormSchema:
        return _without(schemas.Contact, self._asked_elsewhere(page))

    def _warnings(self, _page: Page) -> FormSchema:
        return _without(schemas.Warnings, {"conflict"} if self.may_exclude else set())

    def _source(self, _page: Page) -> FormSchema:
        if self.outside:
            return schemas.OwnSource(choices={"source": self._listed("source")})
        offered = {"source": self._listed("source"), "route": self._listed("route"), **self._for("agency")}
        return schemas.Source(choices=offered)

    def _narrative(self, _page: Page) -> FormSchema:
        return schemas.WhatHappened()

    def _agreement(self, _page: Page) -> FormSchema:
        return schemas.Agreement(choices={name: self._listed(name) for name in ("agreement", "awareness")})

    def _sharing(self, _page: Page) -> FormSchema:
        return sharing_schema(self.programme, self._recipients())()

    def _exclusions(self, _page: Page) -> FormSchema:
        return schemas.Exclude(choices=self._for("user_1", "user_2", "agency_1", "agency_2"))

    def typed(self, page: Page) -> Mapping[str, Any]:
        """What stands in the boxes of a page: what was typed last, else what it begins with."""
        if page.kind == "who":
            return self.slot(page.person).typed
        kept = self.document.get("pages", {}).get(page.id)
        return kept.get("typing", kept["typed"]) if kept else self._beginning(page)

    def version(self, page: Page) -> int:
        """Counts up with each saving of the page, so that two tabs do not overwrite each other."""
        if page.kind == "who":
            return self.slot(page.person).version
        return int(self.document.get("pages", {}).get(page.id, {}).get("version", 0))

    def result(self, page: Page) -> FormResult:
        """What the page says. A page that nobody has been to says nothing, whatever it would begin with."""
        visited = page.kind == "who" or page.id in self.document.get("pages", {})
        return read(self.schema(page), self.typed(page) if visited else {})

    def values(self, page: Page) -> Mapping[str, Any]:
        return self.result(page).values or {}

    def lines(self, page: Page) -> list[Line]:
        """The answers of a page in words; what was left blank is left out."""
        return lines_of(self.schema(page), self.values(page))

    def _beginning(self, page: Page) -> Mapping[str, Any]:
        day = today().isoformat()
        match page.kind:
            case "source" if not self.outside:
                return {"received_on": day}
            case "contact":
                return {"address_postcode": self.slot(page.person).values.get("postcode")}
            case "sharing":
                bases = [basis.id for basis in self.programme.lawful_bases if basis.default]
                return {"lawful_basis": bases[0]} if bases else {}
        return {}

    def _recipients(self) -> int:
        """As many as have been filled in, and one more."""
        typed = self.document.get("pages", {}).get("sharing", {})
        typed = typed.get("typing", typed.get("typed", {}))
        filled = [place for place in range(1, MOST_RECIPIENTS + 1) if typed.get(f"recipient_{place}")]
        return min(max(RECIPIENTS, (filled[-1] if filled else 0) + 1), MOST_RECIPIENTS)

    def _asked_elsewhere(self, page: Page) -> set[str]:
        """The questions that the programme asks about the role in its own sections."""
        role = self.slot(page.person).role
        asked = {name for section in self._sections(role) for name in section.fields}
        return asked | ({"interpreter"} if "access_needs" in asked else set())

    def _listed(self, list_id: str) -> tuple[Option, ...]:
        return self.programme.codes_on(list_id, today()) if list_id in self.programme.lists else ()

    def _for(self, *names: str) -> dict[str, Iterable[Option]]:
        return {name: self.choices(name.partition("_")[0]) for name in names}


NONE_BLOCKS = "None of this stops the referral. What is not known yet becomes a task."


def section_schema(programme: Programme, section: Section) -> type[FormSchema]:
    return fields_schema(programme, programme.fields_of(section))


def fields_schema(programme: Programme, fields: Iterable[Field]) -> type[FormSchema]:
    """A form of a programme's own questions, with the codes in force today."""
    fields = tuple(fields)
    lists = {each.list: programme.codes_on(each.list, today()) for each in fields if each.list}
    return schema_from_fields(fields, lists)


def sharing_schema(programme: Programme, recipients: int) -> type[FormSchema]:
    """The lawful basis of the referral itself, and a decision for each recipient."""
    basis = programme.codes_on("sharing_basis", today())
    made: dict[str, Any] = {
        "lawful_basis": code("Lawful basis of this referral", programme.lawful_bases, group="Lawful basis"),
        "lawful_why": text("Why this basis?", max_length=500, group="Lawful basis"),
    }
    for place in range(1, recipients + 1):
        group = f"Recipient {place}"
        name = f"recipient_{place}"
        told = f"Is information shared with recipient {place}?"
        made |= {
            name: text("Who is to receive it?", hint="An agency or a service", group=group),
            f"shared_{place}": yes_no(told, group=group),
            f"basis_{place}": code("Basis for sharing", basis, widget="select", group=group),
            f"why_{place}": text("Reasons for the decision", max_length=1000, group=group),
        }
    return FormSchema.from_dict(made, name="Sharing")  # type: ignore[return-value]


def risk_schema(tool: RiskTool) -> type[FormSchema]:
    """The tool as a case asks it, none of it required: whoever refers may not have used it."""
    made = {**risk.fields_of(tool), "dated": date_("Date of the assessment")}
    made.pop("code")
    return FormSchema.from_dict(made, name="Risk")  # type: ignore[return-value]


def lines_of(schema: FormSchema, values: Mapping[str, Any]) -> list[Line]:
    """Answers in words, in the order of the questions, blank ones left out."""
    found = []
    for name, asked in schema.load_fields.items():
        about = asked.metadata
        if about.get("widget") != "hidden" and values.get(name) not in (None, "", []):
            found.append(Line(about["label"], said(values[name], about["choices"])))
    return found


def _without(schema: type[FormSchema], names: set[str]) -> FormSchema:
    """The same form without some of its questions."""
    return schema(exclude=[name for name in schema._declared_fields if name in names])
