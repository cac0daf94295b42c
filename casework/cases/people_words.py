"""What is known of a person of a case, as labels and words."""

from __future__ import annotations

from casework.cases import gaps
from casework.cases.kind import label
from casework.cases.models import Involvement
from casework.forms import today, write_date
from casework.people import service as people
from casework.people.models import Address, Person
from casework.programmes.definition import Programme

Rows = list[tuple[str, str | list[str] | None]]


def known(programme: Programme, part: Involvement) -> Rows:
    """The short view: who they are, where they live, how they may be reached, their part in the case."""
    person = part.person
    rows: Rows = [
        ("Age", age(person)),
        ("Also known as", person.known_as),
        ("Relationship", part.relationship_words),
        ("Address", [_address(address) for address in person.addresses if address.current]),
        ("Telephone", person.phone),
        ("Safe to call", label(programme, "yes_no_not_known", person.safe_to_call)),
        ("Safe times", person.safe_times),
        ("Interpreter", ", ".join(part for part in (person.language, person.interpreter) if part)),
        ("School", person.school),
        ("Safeguarding decision", _safeguarding(programme, part)),
        ("Worker", part.worker.name if part.worker else None),
    ]
    return [row for row in rows if row[1]]


def about(programme: Programme, person: Person) -> Rows:
    """The whole view of the person."""
    return [
        ("Name", person.name),
        ("Also known as", person.known_as),
        ("Who they are", person.description),
        ("Date of birth", write_date(person.date_of_birth) if person.date_of_birth else None),
        ("Age", age(person)),
        ("Telephone", person.phone),
        ("E-mail", person.email),
        ("Safe to call", label(programme, "yes_no_not_known", person.safe_to_call)),
        ("Safe to leave a message", label(programme, "yes_no_not_known", person.safe_to_leave_message)),
        ("Safe times", person.safe_times),
        ("Somebody else to reach them through", person.safe_alternative),
        ("Language", person.language),
        ("Interpreter", person.interpreter),
        ("Access needs", person.access_needs),
        ("School, nursery or college", person.school),
    ]


def part_in(programme: Programme, part: Involvement) -> Rows:
    """Their part in the case."""
    rows: Rows = [
        ("Role", programme.role(part.role).label),
        ("Relationship to the others", part.relationship_words),
        ("Worker of their own", part.worker.name if part.worker else None),
    ]
    if gaps.asks_safeguarding(programme, part.role):
        rows.append(("Safeguarding decision", _safeguarding(programme, part)))
        rows.append(("Why, and who decided", part.safeguarding_reason))
    if part.ended_on:
        rows.append(("Ended", write_date(part.ended_on)))
    return rows


def age(person: Person) -> str:
    """The age today in words; what is approximate is said to be so."""
    years = people.age_on(person.date_of_birth, today())
    if years is not None:
        return str(years)
    return f"About {person.approximate_age}" if person.approximate_age is not None else ""


def _address(address: Address) -> str:
    return (
        f"{address.one_line} (CONFIDENTIAL: give it to nobody)" if address.confidential else address.one_line
    )


def _safeguarding(programme: Programme, part: Involvement) -> str:
    return label(programme, "safeguarding_decision", part.safeguarding_decision)
