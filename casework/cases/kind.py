"""The shape of an entry kind: what it asks, where each answer is kept, and how it reads. `kinds` lists them
all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from casework.cases.models import Entry
from casework.forms import Choice, FormSchema, long_text, today, version, write_date
from casework.forms.kinds import Code, Option
from casework.programmes.definition import Programme

Choices = Mapping[str, Iterable[Option]]
Values = Mapping[str, Any]

PLAIN = frozenset(
    (
        "dated",
        "code",
        "status",
        "basis",
        "number",
        "due_on",
        "done_on",
        "person_id",
        "referral_id",
        "imported_id",
    )
)
SEALED = frozenset(("text", "whom", "why", "outcome"))


class EntryForm(FormSchema):
    """The base of the forms of entries; `act` is the button that was pressed."""

    harmless = FormSchema.harmless | {"act"}


@dataclass(frozen=True)
class Ask:
    """One question of a kind.

    `name` is the attribute of Entry that keeps the answer; what Entry has no attribute for is kept under
    that name in its sealed `details`. `field` makes the form's field for a programme. `later` questions are
    asked only once the entry is there.
    """

    name: str
    field: Callable[[Programme], Any]
    later: bool = False


@dataclass(frozen=True)
class Kind:
    """One kind of entry. `codes` and `statuses` name the programme's lists of its code and status.

    `tab` is the page of the case that lists it. `faults` finds what is wrong across several answers.
    `when_closed`: may be added to a closed case. `amendable` is false for what the case itself wrote.
    """

    id: str
    title: str
    asks: tuple[Ask, ...] = ()
    add: str = ""
    tab: str = "timeline"
    plural: str = ""
    codes: str = ""
    statuses: str = ""
    colours: Mapping[str, str] | None = None
    faults: Callable[[Values], Mapping[str, list[str]]] | None = None
    when_closed: bool = False
    amendable: bool = True

    @property
    def many(self) -> str:
        return self.plural or f"{self.title}s"

    # -- the form ------------------------------------------------------------------------------

    def asked(self, programme: Programme, *, later: bool = False) -> dict[str, Any]:
        """The fields of the form, by name."""
        return {ask.name: ask.field(programme) for ask in self.asks if later or not ask.later}

    def form(
        self, programme: Programme, choices: Choices, *, entry: Entry | None = None, code: str | None = None
    ) -> FormSchema:
        """The form that adds one, or that amends `entry` with a reason. `code` is one that was chosen
        beforehand.
        """
        fields = self.asked(programme, later=entry is not None)
        if entry is not None:
            held = self.read(entry)
            for name, field in fields.items():
                self._keep_offering(programme, name, field, held.get(name))
        return self.made(fields, choices, entry=entry)

    def made(self, fields: dict[str, Any], choices: Choices, *, entry: Entry | None) -> FormSchema:
        if entry is not None:
            fields["reason"] = long_text(
                "Why is it changed?",
                rows=2,
                max_length=1000,
                required="Enter why it is changed",
                hint="The old and the new words are both kept, with your reason, name and the time.",
            )
            fields["version"] = version()
        schema: Any = EntryForm.from_dict(fields, name=f"{self.id.title()}Form")
        return schema(choices={name: given for name, given in choices.items() if name in fields})

    def _keep_offering(self, programme: Programme, name: str, field: Any, held: Any) -> None:
        """Offer the code that is held too, though it may have been retired since."""
        offered = field.metadata["choices"]
        if (
            isinstance(field, Code)
            and offered
            and held
            and str(held) not in {str(each.id) for each in offered}
        ):
            kept = Choice(held, label(programme, self.list_of(name), held))
            field.metadata = {**field.metadata, "choices": (*offered, kept)}

    # -- rows ----------------------------------------------------------------------------------

    def columns(self, _programme: Programme, values: Values) -> dict[str, Any]:
        """What the answers are in a row of Entry: attributes, with `details` for what has none of its own."""
        row: dict[str, Any] = {}
        details: dict[str, Any] = {}
        for ask in self.asks:
            if ask.name in values:
                (row if ask.name in PLAIN | SEALED else details)[ask.name] = values[ask.name]
        kept = {name: value for name, value in details.items() if value not in (None, [])}
        return {**row, "details": kept or None}

    def read(self, entry: Entry) -> dict[str, Any]:
        """The answers of an entry, as the form takes them."""
        details = entry.details or {}
        return {
            ask.name: getattr(entry, ask.name) if ask.name in PLAIN | SEALED else details.get(ask.name)
            for ask in self.asks
        }

    # -- words ---------------------------------------------------------------------------------

    def list_of(self, name: str) -> str:
        """The programme's list that codes an answer."""
        return {"code": self.codes, "status": self.statuses, "basis": "sharing_basis"}.get(name, "")

    def code_label(self, programme: Programme, entry: Entry) -> str:
        return label(programme, self.codes, entry.code)

    def status_label(self, programme: Programme, entry: Entry) -> str:
        return label(programme, self.statuses, entry.status)

    def colour(self, status: str | None) -> str:
        return (self.colours or {}).get(status or "", "grey")

    def words(self, programme: Programme, values: Values, choices: Choices) -> dict[str, str]:
        """Answers as labels and words, in the order of the questions; blank ones left out."""
        found: dict[str, str] = {}
        for name, field in self.asked(programme, later=True).items():
            if values.get(name) not in (None, "", []):
                options = choices.get(name) or field.metadata["choices"]
                found[field.metadata["label"]] = said(values[name], options)
        return found


def label(programme: Programme, list_id: str, code: str | None) -> str:
    """The words for a code; a code the list never had stands for itself."""
    if not code:
        return ""
    try:
        return programme.list(list_id).label(code) if list_id else code
    except KeyError:
        return code


def said(value: Any, options: Iterable[Option] = ()) -> str:
    """An answer in words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return write_date(value)
    labels = {str(option.id): option.label for option in options}
    if isinstance(value, list | tuple):
        return ", ".join(labels.get(str(each), str(each)) for each in value)
    return labels.get(str(value), str(value))


def listed(programme: Programme, list_id: str) -> tuple[Option, ...]:
    """What a form offers today of one of the programme's lists."""
    return programme.codes_on(list_id, today())
