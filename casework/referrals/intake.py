"""From a form half filled in to a referral: what is still wrong with it, what it says, and sending it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.cases import clocks, kinds
from casework.cases.risk import answers_in
from casework.errors import Invalid, NotFound
from casework.extensions import db, now
from casework.forms import Choice, today
from casework.people.service import Match
from casework.programmes import shelf
from casework.programmes.definition import REFERRAL, Programme
from casework.referrals import drafts
from casework.referrals.earlier import referrals_of
from casework.referrals.log import NewReferral, Party, log
from casework.referrals.models import Draft, Referral, ReferralLink
from casework.referrals.questions import Form, Slot
from casework.referrals.schemas import CONTACT

NOT_TOLD_REVIEW_DAYS = 60  # working days until a "must not be told" from intake is reviewed
BY_THEMSELVES = "web_form"  # the route of what somebody outside filled in, where the programme has that code

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """Something that stands between a form and its being sent, and the page that puts it right."""

    words: str
    page: str


def form_of(actor: Actor, draft: Draft) -> Form:
    """The form of a draft, which asks the database for choices only where a page offers them."""
    programme = shelf.programme(draft.programme)
    return Form(
        programme=programme,
        document=drafts.document(draft),
        outside=not actor.has(Permission.CASE_WORK, programme.id),
        may_exclude=actor.has(Permission.CASE_EXCLUDE, programme.id),
        choices=lambda name: agencies() if name == "agency" else _colleagues(actor, programme),
    )


def agencies() -> list[Choice]:
    return [Choice(str(agency.id), agency.name) for agency in accounts.agencies()]


def _colleagues(actor: Actor, programme: Programme) -> list[Choice]:
    """Whoever could meet the case, but for the actor, who cannot be excluded by themselves."""
    if not actor.has(Permission.CASE_EXCLUDE, programme.id):
        return []
    people = accounts.colleagues(actor, programme.id)
    return [Choice(str(user.id), user.name) for user in people if user.id != actor.id]


def faults(form: Form) -> list[Fault]:
    """Everything to be put right before the form can be sent, page by page."""
    return [*_people_faults(form), *_page_faults(form)]


def _people_faults(form: Form) -> Iterator[Fault]:
    roles = {slot.role for slot in form.people}
    for role in form.programme.person_roles:
        if role.required and role.id not in roles:
            yield Fault(f"Add the {role.label.lower()}", "people")
    received = _received(form)
    for slot in form.people:
        if not slot.result.errors and not slot.is_settled:
            yield Fault(f"Say whether {slot.name} is on record already", f"who-{slot.key}")
        born = slot.values.get("date_of_birth")
        if born and born > received:
            yield Fault(f"The date of birth of {slot.name} is after the date received", f"who-{slot.key}")


def _page_faults(form: Form) -> Iterator[Fault]:
    for page in form.pages:
        if page.kind not in NO_QUESTIONS:
            for reasons in form.result(page).errors.values():
                yield from (Fault(f"{page.title}: {reason}", page.id) for reason in reasons)


NO_QUESTIONS = frozenset(("people",))


def submit(actor: Actor, draft_id: uuid.UUID, *, link: ReferralLink | None = None) -> Referral:
    """Send a form: it becomes a referral, and the draft is destroyed with its key. Sent twice, it is one.

    Raises Invalid with the faults by page, and NotFound for a draft that is not the actor's or the link's.
    """
    draft = drafts.lock(draft_id)
    referral = drafts.sent_as(draft_id)
    if referral is not None and _is_theirs(actor, referral, link):
        return referral
    if draft is None or not _is_theirs(actor, draft, link):
        raise NotFound
    form = form_of(actor, draft)
    wrong = faults(form)
    if wrong:
        raise Invalid(errors=_by_page(wrong))
    referral = log(actor, form.programme, read(actor, form, draft, link), link=link)
    drafts.destroy(draft)
    if link is not None:
        link.used_at_utc = now()
    db.session.flush()
    return referral


def _is_theirs(actor: Actor, thing: Draft | Referral, link: ReferralLink | None) -> bool:
    if link is not None:
        return thing.link_id == link.id
    author = thing.author_id if isinstance(thing, Draft) else thing.referred_by_id
    return author is not None and author == actor.id


def _by_page(wrong: list[Fault]) -> dict[str, list[str]]:
    pages: dict[str, list[str]] = {}
    for fault in wrong:
        pages.setdefault(fault.page, []).append(fault.words)
    return pages


def read(actor: Actor, form: Form, draft: Draft, link: ReferralLink | None = None) -> NewReferral:
    """What a form without faults says."""
    received, warnings = _received(form), _values(form, "warnings")
    return NewReferral(
        id=draft.id,
        received_on=received,
        parties=[_party(form, slot) for slot in form.people],
        **_source(actor, form, link),
        narrative=_values(form, "narrative").get("narrative"),
        answers=_answers(form, REFERRAL),
        entries=[
            *incident(_answers(form, REFERRAL), received),
            *facts({**warnings, **_values(form, "agreement")}, received),
            *sharing(form.programme, _values(form, "sharing"), received),
            *_assessments(form, received),
        ],
        exclusions=_exclusions(form),
        conflict=warnings.get("conflict"),
    )


def _received(form: Form) -> date:
    """A form from outside is received on the day it is sent."""
    return _values(form, "source").get("received_on") or today()


def _values(form: Form, page_id: str) -> Values:
    return next((form.values(page) for page in form.pages if page.id == page_id), {})


def _source(actor: Actor, form: Form, link: ReferralLink | None) -> dict[str, Any]:
    values = _values(form, "source")
    kept = {
        name: values.get(name) for name in ("source", "referrer_name", "referrer_job", "referrer_contact")
    }
    if not form.outside:
        agency = values.get("agency")
        kept["route"] = values.get("route")
        return {**kept, "referring_agency_id": uuid.UUID(agency) if agency else None}
    grants = actor.grants_for(Permission.REFERRAL_LOG, form.programme.id)
    own = link.agency_id if link else grants[0].agency_id
    kept["route"] = BY_THEMSELVES if BY_THEMSELVES in form.programme.list("route") else None
    return {**kept, "referring_agency_id": own}


def _party(form: Form, slot: Slot) -> Party:
    keys = [each.key for each in form.people]
    contact = _values(form, f"person-{slot.key}")
    return Party(
        role=slot.role,
        known=None if slot.is_new or slot.same_as else uuid.UUID(slot.choice),
        same_as=keys.index(slot.same_as) if slot.same_as else None,
        ticket=slot.ticket,
        person={**_named(slot), **_contact(contact)},
        address=_address(slot, contact),
        relationship_words=contact.get("relationship_words"),
        answers=_answers(form, slot.role, slot.key),
    )


def _named(slot: Slot) -> dict[str, Any]:
    names = ("forename", "surname", "date_of_birth", "description", "approximate_age")
    return {name: slot.values.get(name) for name in names}


def _contact(values: Values) -> dict[str, Any]:
    names = [part.strip() for part in (values.get("known_as") or "").split(",") if part.strip()]
    return {**{name: values.get(name) for name in CONTACT}, "known_as": names or None}


def _address(slot: Slot, values: Values) -> dict[str, Any]:
    """The postcode that was searched for is where they live, unless the address says otherwise."""
    found = {
        "lines": values.get("address_lines"),
        "postcode": values.get("address_postcode") or slot.values.get("postcode"),
    }
    return {**found, "confidential": bool(values.get("address_confidential"))} if any(found.values()) else {}


def _answers(form: Form, about: str, key: str = "") -> dict[str, Any]:
    """The answers to the programme's own questions, but for those left blank."""
    pages = [
        page for page in form.pages if page.section and page.section.about == about and page.person == key
    ]
    given = {name: value for page in pages for name, value in form.values(page).items()}
    return {name: value for name, value in given.items() if value not in (None, [])}


def _assessments(form: Form, received: date) -> Iterator[tuple[str, Values]]:
    """A tool of which nothing was answered was not used."""
    for page in form.pages:
        values = form.values(page) if page.tool else {}
        if page.tool and answers_in(values):
            yield "risk", {**values, "dated": values.get("dated") or received, "code": page.tool.id}


def _exclusions(form: Form) -> list[tuple[uuid.UUID | None, uuid.UUID | None, str]]:
    values = _values(form, "exclusions")
    found = []
    for place in ("1", "2"):
        user, agency = values.get(f"user_{place}"), values.get(f"agency_{place}")
        if user or agency:
            ids = (uuid.UUID(user) if user else None, uuid.UUID(agency) if agency else None)
            found.append((*ids, values[f"reason_{place}"]))
    return found


def incident(answers: Values, received_on: date) -> Iterator[tuple[str, Values]]:
    """The incident that led to the referral is the first of the case's incident log."""
    dated, words = answers.get("incident_date"), answers.get("incident")
    if dated or words:
        said = {"text": words or "The incident that led to the referral", "place": None}
        yield (
            "incident",
            {"dated": dated or received_on, "reference": answers.get("police_reference"), **said},
        )


def facts(values: Values, received_on: date) -> Iterator[tuple[str, Values]]:
    """The entries that the pages of warnings and of agreement and awareness come to."""
    review = clocks.after_working_days(today(), NOT_TOLD_REVIEW_DAYS)
    for place in ("1", "2", "3"):
        whom, why = values.get(f"not_told_{place}"), values.get(f"not_told_why_{place}")
        if whom:
            yield "warning", {"code": kinds.NOT_TOLD, "whom": whom, "why": why, "due_on": review}
    if values.get("staff_safety"):
        yield "warning", {"code": "staff_safety", "text": values["staff_safety"]}
    if values.get("agreement"):
        said = {"whom": values.get("agreement_whom"), "text": values.get("agreement_text")}
        yield "agreement", {"dated": received_on, "code": values["agreement"], **said}
    if values.get("awareness"):
        why = values.get("awareness_why")
        yield "awareness", {"dated": received_on, "code": values["awareness"], "why": why}


def sharing(programme: Programme, values: Values, received_on: date) -> Iterator[tuple[str, Values]]:
    """The entries of the lawful basis (a sharing with the programme itself) and of each recipient."""
    if values.get("lawful_basis"):
        yield (
            "sharing",
            {
                "dated": received_on,
                "whom": programme.name,
                "shared": True,
                "basis": values["lawful_basis"],
                "text": "This referral",
                "why": values.get("lawful_why") or "The lawful basis of the referral itself",
            },
        )
    for name in values:
        place = name.removeprefix("recipient_")
        if place != name and values[name]:
            decided = {"shared": values.get(f"shared_{place}"), "basis": values.get(f"basis_{place}")}
            why = values.get(f"why_{place}")
            yield "sharing", {"dated": received_on, "whom": values[name], "why": why, **decided}


def with_referrals(actor: Actor, matches: Sequence[Match]) -> list[tuple[Match, Sequence[Referral]]]:
    """Possible matches, each with the earlier referrals of theirs that the actor may see."""
    return [(match, referrals_of(actor, [match.person.id])) for match in matches]
