"""What tests of cases are made of: an open case with a worker, and the answers of each kind's form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from casework.access.vocabulary import OPERATOR, Actor
from casework.accounts.models import User
from casework.cases import entries, involved
from casework.cases.models import Case, Entry, Involvement
from casework.extensions import db
from casework.forms import today
from casework.people import service as people
from casework.programmes import shelf
from casework.referrals import screening
from tests.support import makers

WORDS = "The bins were set alight beneath her window"


@dataclass(frozen=True)
class World:
    """An open case, its worker, its coordinator, and an outsider of another agency in the same programme."""

    case: Case
    worker: Actor
    coordinator: Actor
    users: dict[str, User]

    @property
    def subject(self) -> Involvement:
        return next(part for part in self.case.involvements if part.person_id == self.case.subject_id)


def make_world(programme: str = makers.ASB, **referral: Any) -> World:
    """A case of `programme`, accepted and allocated."""
    users = {
        "coordinator": makers.make_user("coordinator", programme, name="Cora Blake"),
        "worker": makers.make_user("caseworker", programme, name="Wendy Iqbal"),
        "colleague": makers.make_user("caseworker", programme, name="Colm Reid"),
        "chair": makers.make_user("chair", programme, name="Charles Oduya"),
        "outsider": makers.make_user(
            "caseworker", programme, name="Otto Lang", agency=makers.make_agency("Another Agency")
        ),
    }
    coordinator = makers.actor_of(users["coordinator"])
    others = [
        makers.make_party(coordinator, programme, role.id, forename="Marc", surname="Odell")
        for role in shelf.programme(programme).roles[1:]
        if role.required
    ]
    made = makers.make_referral(coordinator, programme, others=others, **referral)
    screening.accept(
        coordinator,
        made,
        version=made.version,
        agency_id=makers.make_agency("Host Agency").id,
        worker_id=users["worker"].id,
    )
    db.session.flush()
    db.session.expire(made.case, ["involvements"])
    return World(made.case, makers.actor_of(users["worker"]), coordinator, users)


def add_person(
    world: World, role: str, forename: str = "Rex", surname: str = "Thorne", **sealed: Any
) -> Involvement:
    """Somebody else in the case."""
    address = sealed.pop("address", None)
    look = people.look_first(
        OPERATOR,
        world.case.programme,
        forename=forename,
        surname=surname,
        born=sealed.get("date_of_birth"),
    )
    return involved.add_new(
        OPERATOR,
        world.case,
        role,
        ticket=look.ticket,
        relationship_words=None,
        address=address,
        forename=forename,
        surname=surname,
        **sealed,
    )


def answers(kind: str, **given: Any) -> dict[str, Any]:
    """Answers that the form of a kind takes, as its schema would hand them over."""
    usual: dict[str, dict[str, Any]] = {
        "note": {"text": WORDS},
        "contact": {"whom": "Ada", "code": "telephone", "status": "no_answer"},
        "incident": {"text": WORDS, "code": "police", "reference": "CAD 1"},
        "need_identified": {"code": "housing", "status": "open", "text": WORDS},
        "support": {"code": "emotional", "text": WORDS, "number": 30},
        "need": {"code": "noise", "text": WORDS},
        "activity": {"code": "court_support", "place": "Hendon", "text": WORDS},
        "key_date": {"dated": today() + timedelta(days=5), "code": "court", "text": WORDS},
        "mediation": {"text": WORDS, "status": "willing", "other_party": "willing", "why": WORDS},
        "onward": {
            "code": "housing_support",
            "whom": "Barnet Homes duty desk",
            "text": WORDS,
            "basis": "consent",
            "why": WORDS,
            "status": "sent",
        },
        "agreement": {"code": "agreed", "whom": "Ada", "text": WORDS},
        "awareness": {"code": "unsafe_to_tell", "why": WORDS},
        "sharing": {"whom": "Barnet Homes", "shared": True, "basis": "consent", "text": WORDS, "why": WORDS},
        "warning": {"code": "staff_safety", "text": WORDS},
        "risk": {"code": "asb_matrix"},
        "document": {"code": "photograph", "whom": "Picture of the bins", "text": WORDS},
    }
    # A warning stands from the day it is written.
    first = {} if kind == "warning" else {"dated": today()}
    return {**first, **usual[kind], **given}


def add(world: World, kind: str, **given: Any) -> Entry:
    """An entry of the case, recorded by its worker."""
    return entries.add(world.worker, world.case, kind, answers(kind, **given))


def form_of(values: dict[str, Any]) -> dict[str, Any]:
    """Answers as a browser posts them."""
    posted: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            posted[name] = "yes" if value else "no"
        elif isinstance(value, date):
            posted |= {f"{name}-day": value.day, f"{name}-month": value.month, f"{name}-year": value.year}
        elif value is not None:
            posted[name] = value
    return posted
