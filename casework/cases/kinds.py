"""Every kind of entry on a case, as data.

A new kind is a new item here and a small template in templates/timeline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from casework.cases.kind import Ask, Kind, Values, listed
from casework.cases.risk import RiskKind
from casework.errors import NotFound
from casework.forms import Choice, code, date_, long_text, number, text, yes_no
from casework.programmes.definition import Programme

NOT_TOLD = "must_not_be_told"
MEDIATION_SESSION = "mediation_session"  # a code of the list of activities, so that reports count it as one
REACHED = frozenset(("spoke", "spoke_to_contact"))  # outcomes of a contact that reached the person
SENT = "sent"
OPEN_NEED = "open"

GOOD, WAITING, BAD, OVER = "green", "blue", "red", "grey"


def dated(words: str, *, future: bool = False) -> Ask:
    return Ask("dated", lambda _programme: date_(words, required=True, future=future))


def words(name: str, asked: str, *, required: bool | str = False, later: bool = False, **options: Any) -> Ask:
    return Ask(name, lambda _programme: long_text(asked, required=required, **options), later)


def line(name: str, asked: str, *, required: bool | str = False, **options: Any) -> Ask:
    return Ask(name, lambda _programme: text(asked, required=required, **options))


def choice(
    name: str, asked: str, list_id: str, *, required: bool | str = True, later: bool = False, **options: Any
) -> Ask:
    return Ask(
        name, lambda programme: code(asked, listed(programme, list_id), required=required, **options), later
    )


def day(name: str, asked: str, *, future: bool = False, later: bool = False, **options: Any) -> Ask:
    return Ask(name, lambda _programme: date_(asked, future=future, **options), later)


def person(asked: str) -> Ask:
    """One of the people of the case; the choices are given when the page is made."""
    return Ask("person_id", lambda _programme: code(asked, widget="select"))


def needs_one(*names: str, say: str) -> Callable[[Values], Mapping[str, list[str]]]:
    """A fault unless one of these questions is answered."""
    return lambda values: {} if any(values.get(name) for name in names) else {names[0]: [say]}


def _flags(programme: Programme) -> tuple[Any, ...]:
    return (Choice(NOT_TOLD, "Must not be told"), *listed(programme, "flag_kind"))


def _not_told_needs_whom_and_review(values: Values) -> Mapping[str, list[str]]:
    if values.get("code") != NOT_TOLD:
        return {} if values.get("text") else {"text": ["Enter what staff must know"]}
    faults = {}
    if not (values.get("person_id") or values.get("whom")):
        faults["whom"] = ["Enter who must not be told, or choose them from the people of the case"]
    if not values.get("why"):
        faults["why"] = ["Enter why they must not be told"]
    if not values.get("due_on"):
        faults["due_on"] = ["Enter when this is to be reviewed"]
    return faults


KINDS = (
    Kind(
        "note",
        "Note",
        add="Add a note",
        when_closed=True,
        asks=(
            dated("Date of the note"),
            words("text", "Note", required="Enter the note", rows=8),
            person("Who is it about?"),
        ),
    ),
    Kind(
        "contact",
        "Contact",
        add="Record a contact",
        tab="support",
        codes="contact_method",
        statuses="contact_outcome",
        colours={"spoke": GOOD, "spoke_to_contact": GOOD, "unsafe": BAD, "wrong_details": BAD},
        asks=(
            dated("Date of the attempt"),
            person("Who was contacted?"),
            line("whom", "Somebody else", hint="If they are not among the people of the case."),
            choice("code", "Method of contact", "contact_method"),
            choice("status", "Outcome", "contact_outcome"),
            words(
                "text",
                "What was said",
                hint="Never leave details in a message unless it is known to be safe.",
            ),
            day("due_on", "Next try", future=True, hint="Leave blank if no further try is planned."),
        ),
        faults=needs_one("person_id", "whom", say="Select who was contacted, or enter their name"),
    ),
    Kind(
        "incident",
        "Incident",
        add="Record an incident",
        tab="support",
        codes="incident_body",
        asks=(
            dated("Date of the incident"),
            line("place", "Where it happened"),
            words("text", "What happened", required="Enter what happened"),
            choice("code", "Which body was told?", "incident_body", widget="select"),
            line("reference", "Their reference", hint="A crime reference or case number, for example."),
            words("outcome", "What they did about it", rows=3),
        ),
    ),
    Kind(
        "need_identified",
        "Need identified",
        plural="Needs identified",
        add="Add a need",
        tab="support",
        codes="needs_identified",
        statuses="need_met",
        colours={"met": GOOD, "partly_met": "yellow", "not_met": BAD, OPEN_NEED: WAITING},
        asks=(
            dated("Date identified"),
            choice("code", "Need", "needs_identified", widget="select"),
            words("text", "What is needed", rows=3),
            choice("status", "Has it been met?", "need_met", required="Select whether it has been met"),
            day("done_on", "Date it was met", later=True),
        ),
    ),
    Kind(
        "support",
        "Support given",
        plural="Support given",
        add="Record support given",
        tab="support",
        codes="support_type",
        asks=(
            dated("Date"),
            choice("code", "Support given", "support_type", widget="select"),
            words("text", "What was done", rows=4),
            Ask("number", lambda _programme: number("Minutes spent", most=1440)),
        ),
    ),
    Kind(
        "need",
        "Type of crime or ASB",
        plural="Types of crime or ASB",
        add="Add a type of crime or ASB",
        tab="support",
        codes="need",
        asks=(
            dated("Date it was reported to us"),
            choice("code", "Type", "need", widget="select"),
            words("text", "Details", rows=3),
        ),
    ),
    Kind(
        "activity",
        "Activity",
        plural="Activities",
        add="Record an activity",
        tab="support",
        codes="activity_kind",
        asks=(
            dated("Date of the activity", future=True),
            choice("code", "Activity", "activity_kind"),
            line("place", "Where"),
            words("text", "What it was for, and what was done", rows=4),
            words("outcome", "Outcome", rows=3),
        ),
    ),
    Kind(
        "key_date",
        "Key date",
        add="Add a key date",
        tab="support",
        codes="key_date_kind",
        asks=(
            dated("Date", future=True),
            choice("code", "What happens then?", "key_date_kind", says="what happens then"),
            person("Whom does it concern?"),
            line("place", "Where", hint="The court or prison, for example."),
            line("reference", "Their reference"),
            words("text", "Details", rows=3),
            words("outcome", "What came of it", rows=3, later=True),
        ),
    ),
    Kind(
        "mediation",
        "Mediation",
        plural="Mediation",
        add="Offer mediation",
        tab="support",
        statuses="mediation_willingness",
        colours={"willing": GOOD, "unwilling": BAD},
        asks=(
            dated("Date it was offered"),
            words(
                "text",
                "What the mediation would be about",
                required="Enter what the mediation would be about",
            ),
            Ask("status", lambda programme: _willing(programme, "subject")),
            Ask("other_party", lambda programme: _willing(programme, "perpetrator")),
            words(
                "why",
                "Why the parties are safe to meet",
                required="Enter why the parties are safe to meet",
                rows=3,
            ),
            words("outcome", "What came of it", rows=3, later=True),
            day("done_on", "Date the mediation ended", later=True),
        ),
    ),
    Kind(
        "onward",
        "Onward referral",
        add="Refer onward",
        tab="onward",
        codes="destination",
        statuses="onward_outcome",
        colours={SENT: WAITING, "accepted": GOOD, "completed": GOOD, "declined": BAD, "not_taken_up": OVER},
        asks=(
            dated("Date sent"),
            choice("code", "Referred to", "destination", widget="select"),
            line("whom", "Service and person who received it", required="Enter who received it"),
            words("text", "What was shared", required="Enter what was shared", rows=4),
            choice(
                "basis", "On what basis was it shared?", "sharing_basis", says="on what basis it was shared"
            ),
            words(
                "why",
                "Why sharing it was necessary and proportionate",
                required=True,
                says="why it was",
                rows=3,
            ),
            choice("status", "Where it stands", "onward_outcome"),
            words("outcome", "Outcome, in the words of the service", rows=3, later=True),
            day(
                "due_on",
                "Date to chase",
                future=True,
                hint="A task is set for that day while there is no outcome.",
            ),
        ),
    ),
    Kind(
        "agreement",
        "Agreement to support",
        plural="Agreement to support",
        add="Record agreement to support",
        tab="onward",
        codes="agreement",
        colours={"agreed": GOOD, "by_guardian": GOOD, "withdrawn": BAD, "declined": BAD},
        asks=(
            dated("Date"),
            choice("code", "Does the person agree to support?", "agreement"),
            line("whom", "Who gave it", hint="For a child, the parent or guardian."),
            choice(
                "capacity",
                "Does the person have the capacity to decide about it?",
                "yes_no_not_known",
                required=False,
            ),
            words("text", "How it was given, and what was explained", rows=3),
        ),
        faults=lambda values: (
            {"whom": ["Enter which parent or guardian agrees"]}
            if values.get("code") == "by_guardian" and not values.get("whom")
            else {}
        ),
    ),
    Kind(
        "awareness",
        "Awareness of the referral",
        plural="Awareness of the referral",
        add="Record awareness of the referral",
        tab="onward",
        codes="awareness",
        asks=(
            dated("Date"),
            choice("code", "Does the person know of the referral?", "awareness"),
            words("why", "Why they were not told", hint="If they were not.", rows=3),
        ),
        faults=lambda values: (
            {"why": ["Enter why they were not told"]}
            if values.get("code") in ("unsafe_to_tell", "would_prejudice") and not values.get("why")
            else {}
        ),
    ),
    Kind(
        "sharing",
        "Sharing decision",
        add="Record a sharing decision",
        tab="onward",
        asks=(
            dated("Date of the decision"),
            line("whom", "Recipient", required="Enter who is to receive it"),
            Ask("shared", lambda _programme: yes_no("Is information shared with them?", required=True)),
            choice("basis", "Basis for sharing", "sharing_basis"),
            words("text", "What is shared", rows=3),
            words(
                "why", "Why: purpose, necessity and proportion", required="Enter the reasons for the decision"
            ),
        ),
    ),
    Kind(
        "warning",
        "Warning",
        add="Add a warning",
        tab="show",
        codes="flag_kind",
        asks=(
            Ask("code", lambda programme: code("Warning", _flags(programme), required=True, widget="select")),
            person("Whom does it concern?"),
            line(
                "whom",
                "Somebody else who must not be told",
                hint="If they are not among the people of the case.",
            ),
            words("why", "Why they must not be told", rows=3),
            words("text", "What staff must know or do", rows=3),
            day("due_on", "Review date", future=True),
            day("done_on", "Date it came to an end", later=True, hint="The warning is shown until then."),
        ),
        faults=_not_told_needs_whom_and_review,
    ),
    RiskKind("risk", "Risk assessment", add="Assess risk", tab="risk_page"),
    Kind(
        "document",
        "Document",
        add="Add a document",
        tab="documents",
        codes="document_kind",
        when_closed=True,
        asks=(
            dated("Date of the document"),
            choice("code", "Kind of document", "document_kind", widget="select"),
            line("whom", "Title", required="Enter a title"),
            words("text", "About it", rows=3),
        ),
    ),
    Kind("stage", "Stage", amendable=False),
    Kind("allocation", "Allocation", plural="Allocation", amendable=False),
    Kind("closure", "Closure", plural="Closure", amendable=False, codes="closure_reason"),
    Kind("reopening", "Re-opening", plural="Re-opening", amendable=False),
    Kind("screening", "Screening", plural="Screening", amendable=False),
    Kind("referral", "Referral", amendable=False),
)
BY_ID: Mapping[str, Kind] = {kind.id: kind for kind in KINDS}


def kind_of(kind_id: str) -> Kind:
    """The kind. Raises NotFound, because ids come from addresses too."""
    try:
        return BY_ID[kind_id]
    except KeyError:
        raise NotFound("There is no such kind of record.") from None


def of_tab(tab: str) -> tuple[Kind, ...]:
    """The kinds that one page of a case lists, in order."""
    return tuple(kind for kind in KINDS if kind.tab == tab)


def _willing(programme: Programme, word: str) -> Any:
    asked = f"Is the {programme.word(word)} willing?"
    return code(
        asked,
        listed(programme, "mediation_willingness"),
        required=f"Select whether the {programme.word(word)} is willing",
    )
