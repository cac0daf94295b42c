"""Every way to a case that is hidden from somebody, tried by everybody from whom one may be hidden.

What is asked for by its id answers as if it had never been, and no page that can be reached tells of it.
"""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import BuildError, Rule
from werkzeug.test import TestResponse

from casework.access.vocabulary import Actor
from casework.accounts.models import User
from casework.cases import service as cases
from casework.cases.models import Case, CaseAgency, CaseRow, Entry, Exclusion, Involvement
from casework.extensions import Base, db, new_id
from casework.people.models import Address, Person
from casework.referrals import screening
from casework.referrals.log import Party
from casework.referrals.models import Draft, Referral
from tests.journeys.borough import Borough, make_borough
from tests.support import makers, panels, walking
from tests.support.makers import ASB
from tests.support.runs import rounds
from tests.support.walking import ID

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# Ids of what belongs to a case, a referral or its author alone: whoever may not see it is told of none of them.
HIDDEN = frozenset(
    (
        *("case_id", "entry_id", "part_id", "address_id", "task_id", "exclusion_id"),
        *("referral_id", "request_id", "draft_id", "batch_id", "item_id", "research_id", "telling_id"),
        *("notice_id", "transfer_id", "plan_id", "session_id", "action_id", "review_id"),
        *("paper_id", "redaction_id"),
    )
)
# Ids and words that are no secret: they stand in the address beside the others, as they are in the borough.
PLAIN = frozenset(("agency_id", "kind_id", "letter_id", "to", "page_id", "key", "act", "meeting_id", "part"))
# Addresses that name no record of a case. Their pages are walked all the same, as far as links lead to them.
OF_NO_CASE = ("accounts.", "audit.", "home.", "statistics.", "static")
GUESTS = ("referrals.guest_", "panels.guest")  # whoever has the link's secret is no intruder
ELSEWHERE = frozenset(
    (
        *(
            "cases.list_cases",
            "referrals.list_referrals",
            "referrals.drafts",
            "referrals.start",
            "referrals.begin",
        ),
        *("referrals.enquiries", "referrals.log_enquiry", "referrals.links", "referrals.withdraw_link"),
        *("referrals.import_start", "referrals.import_files"),
        *("panels.queues", "panels.queue", "panels.agenda"),
        *("panels.add_items", "panels.order_items", "panels.opening"),
        *("panels.list_meetings", "panels.new_meeting", "panels.meeting", "panels.change_meeting"),
        *("panels.cancel_meeting", "panels.circulate", "panels.coming", "panels.calendar_file"),
        *("panels.live", "panels.live_now", "panels.open_meeting", "panels.end_meeting", "panels.next_item"),
        *("panels.pause_meeting", "panels.attendance", "panels.everybody_came", "panels.everybody_accepts"),
        *("panels.add_somebody", "panels.record_interest", "panels.room", "panels.room_now"),
        *("panels.accept_confidentiality", "panels.declare_nothing", "panels.declare_interest"),
        *("panels.after_interest",),
        *("panels.minutes", "panels.draft_minutes", "panels.minutes_meeting", "panels.minutes_file"),
        *("panels.ask_approval", "panels.approve_minutes", "panels.correct_minutes"),
        *("panels.papers", "panels.issue_papers", "panels.my_papers"),
        *("panels.my_research", "panels.research_progress", "panels.chase_research"),
        *("panels.ask_research_anew", "panels.list_actions", "panels.reviews"),
        *("panels.flags", "panels.flag_file", "panels.download_flags", "panels.transfers"),
        *("panels.series", "panels.new_series", "panels.end_series"),
        *("panels.seats", "panels.new_seat", "panels.new_seat_of", "panels.change_seat", "panels.end_seat"),
    )
)
STARTS = (
    *("/", "/cases", "/cases?state=", "/referrals", "/referrals?outcome=", "/referrals/drafts", "/team"),
    *("/statistics", "/audit", "/administration", "/referrals/links", "/referrals/enquiries", "/import"),
    *("/queue", "/meetings", "/meetings?when=past", "/meetings/series", "/papers"),
    *("/flags", "/flags?show=awaited", "/transfers", "/research", "/actions", "/reviews"),
)
WORDS = (
    "Pip",
    "Thorne",
    "Larch Court",
    "Adeyemi",
    "Duarte",
    "Marsh",
    "Quill",
    "Noise at night",
    "bins were set",
    # of the panels
    *("Halloran", "Abernathy", "Marchetti", "Lindqvist", "Achterberg", "Brannigan", "Tremayne", "Vasquez"),
    *("Fit a lock", "He comes at night", "Police: two calls", "Visit the address", "released on Friday"),
    *("Bello", "Youth Works", "R. Sand"),
)
ENOUGH = rounds(2, long=4)  # pages of one kind that are looked at
# Differs from one answer to the next whatever was asked for: the name of the request.
FLEETING = re.compile(r"\b[0-9a-f]{12}\b")


@dataclass(frozen=True)
class Intruder:
    """Somebody who must not know. `own` are ids of theirs that stand before a hidden one in an address."""

    user: User
    own: Mapping[str, Any] = field(default_factory=dict)
    reads_trail: bool = False  # an auditor from whom nothing is hidden sees references there, and no name


@dataclass(frozen=True)
class Scene:
    borough: Borough
    intruders: Mapping[str, Intruder]
    secrets: frozenset[str]

    def hidden(self, endpoint: str) -> dict[str, Any]:
        return self.borough.values_for(endpoint)


@pytest.fixture
def scene(app: Flask) -> Scene:
    borough = make_borough(app)
    hidden = list(db.session.scalars(select(Case)))
    person = _person_of(borough)
    intruders = {**_strangers(), **_excluded_by_name(borough, hidden, person)}
    intruders |= _excluded_by_agency(borough, hidden, person)
    exclusion = db.session.scalars(select(Exclusion.id)).first()
    borough = Borough(
        borough.emails,
        borough.actors,
        {**borough.values, "exclusion_id": exclusion, "agency_id": borough.values["partner"]},
        borough.of_endpoint,
    )
    makers.commit()
    return Scene(borough, intruders, _secrets(hidden, person))


def _person_of(borough: Borough) -> Person:
    person = db.session.get_one(Case, borough.values["case_id"]).subject
    assert person is not None
    return person


def _strangers() -> dict[str, Intruder]:
    """Those whom no rule lets near the cases."""
    elsewhere = makers.make_agency("Elsewhere")
    return {
        "caseworker of another agency": Intruder(makers.make_user("caseworker", agency=elsewhere)),
        "manager of another agency": Intruder(makers.make_user("manager", agency=elsewhere)),
        "coordinator of another programme": Intruder(makers.make_user("coordinator", "community_marac")),
        "referrer of another agency": Intruder(makers.make_user("referrer", agency=elsewhere)),
        "panel member without a share": Intruder(makers.make_user("panel_member", agency=elsewhere)),
        "analyst": Intruder(makers.make_user("analyst")),
        "administrator": Intruder(makers.make_user("administrator")),
        "auditor": Intruder(makers.make_user("auditor"), reads_trail=True),
    }


def _excluded_by_name(borough: Borough, hidden: Iterable[Case], person: Person) -> dict[str, Intruder]:
    """Those who would see them all by their role; the worker held one before it was hidden."""
    worker = db.session.get_one(User, borough.actors["worker"].id)
    users = {
        "excluded coordinator": makers.make_user("coordinator"),
        "excluded manager": makers.make_user("manager"),
        "excluded chair": makers.make_user("chair"),
        "excluded worker": worker,
        "excluded administrator": makers.make_user("administrator"),
        "excluded auditor": makers.make_user("auditor"),
    }
    own = _own(makers.make_actor("coordinator"), person, makers.make_agency("Host Agency").id)
    for role in ("coordinator", "chair"):
        for programme in (panels.DVA, "channel"):
            makers.give_role(users[f"excluded {role}"], role, programme)
    users["member with a conflict"] = db.session.get_one(User, borough.actors["panel_member"].id)
    for user in users.values():
        _hide(borough, hidden, user_id=user.id)
    return {name: Intruder(user, own) for name, user in users.items()}


def _excluded_by_agency(borough: Borough, hidden: Iterable[Case], person: Person) -> dict[str, Intruder]:
    agency = makers.make_agency("The Cousins' Agency")
    coordinator = makers.make_user("coordinator", agency=agency)
    member = makers.make_user("panel_member", agency=agency)
    own = _own(makers.actor_of(coordinator), person, agency.id)
    for case in hidden:  # its part in the case was given before anybody knew of the cousins
        db.session.add(CaseAgency(case_id=case.id, agency_id=agency.id, from_day=case.opened_on))
    _hide(borough, hidden, agency_id=agency.id)
    return {
        "coordinator of an excluded agency": Intruder(coordinator, own),
        "panel member of an excluded agency": Intruder(member),
    }


def _hide(borough: Borough, hidden: Iterable[Case], **whom: Any) -> None:
    for case in hidden:
        cases.exclude(borough.actors["coordinator"], case, reason="A cousin", **whom)


def _own(actor: Actor, person: Person, agency_id: uuid.UUID) -> dict[str, Any]:
    """A case and a waiting referral about the same person, which are not hidden."""
    again = [Party(role="subject", known=person.id)]
    waiting, worked = makers.make_referral(actor, parties=again), makers.make_referral(actor, parties=again)
    screening.accept(actor, worked, version=worked.version, agency_id=agency_id)
    db.session.flush()
    part = db.session.scalars(select(Involvement.id).where(Involvement.case_id == worked.case_id)).one()
    entry = db.session.scalars(select(Entry.id).where(Entry.case_id == worked.case_id)).first()
    return {"case_id": worked.case_id, "referral_id": waiting.id, "part_id": part, "entry_id": entry}


def _secrets(hidden: Iterable[Case], known: Person) -> frozenset[str]:
    """The references and ids of the cases, of all that is recorded on them, and of those who are in no other."""
    ids = {case.id for case in hidden}
    kinds: list[Any] = [each.class_ for each in Base.registry.mappers if issubclass(each.class_, CaseRow)]
    rows = {row for kind in kinds for row in db.session.scalars(select(kind.id).where(kind.case_id.in_(ids)))}
    people = set(db.session.scalars(select(Involvement.person_id).where(Involvement.case_id.in_(ids))))
    people.discard(known.id)
    homes = set(db.session.scalars(select(Address.id).where(Address.person_id.in_(people))))
    drafts = set(db.session.scalars(select(Draft.id)))
    references = {case.reference for case in hidden}
    references |= set(db.session.scalars(select(Referral.reference).where(Referral.case_id.in_(ids))))
    return frozenset(map(str, ids | rows | people | homes | drafts)) | references


# -- what is asked for by its id --------------------------------------------------------------------


def rules(app: Flask) -> Iterator[Rule]:
    """The rules that name a record of a case."""
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith((*GUESTS, *OF_NO_CASE)) and rule.endpoint not in ELSEWHERE:
            yield rule


@ON_SQLITE
def test_every_rule_that_names_a_record_is_known_to_this_walk(app: Flask, scene: Scene) -> None:
    for rule in rules(app):
        assert rule.arguments & HIDDEN, f"{rule.endpoint} names no record: walk its page, or say why not"
        unknown = rule.arguments - HIDDEN - PLAIN
        assert not unknown, f"{rule.endpoint} names {unknown}, which this walk cannot fill"
        assert all(scene.hidden(rule.endpoint).get(name) for name in rule.arguments), rule.endpoint


@ON_SQLITE
def test_what_is_hidden_answers_like_what_never_was(app: Flask, scene: Scene) -> None:
    faults: list[str] = []
    for name, intruder in scene.intruders.items():
        client = app.test_client()
        makers.sign_in(client, intruder.user)
        for rule in rules(app):
            for hidden, nothing in _pairs(app, scene, intruder, rule):
                for method in sorted({"GET", "POST"} & set(rule.methods or ())):
                    seen, unseen = client.open(hidden, method=method), client.open(nothing, method=method)
                    if seen.status_code not in (403, 404) or _told(seen) != _told(unseen):
                        faults.append(
                            f"{name}: {method} {hidden} {seen.status_code}, else {unseen.status_code}"
                        )
    assert not faults, "\n".join(faults)


def _pairs(app: Flask, scene: Scene, intruder: Intruder, rule: Rule) -> Iterator[tuple[str, str]]:
    """Addresses with the hidden ids, each beside the same with ids of nothing; an own record may stand before."""
    values = {name: scene.hidden(rule.endpoint)[name] for name in rule.arguments}
    names = [
        name for name in re.findall(r"<(?:\w+:)?(\w+)>", rule.rule) if isinstance(values[name], uuid.UUID)
    ]
    names = [name for name in names if name in HIDDEN]
    for place in range(len(names)):
        own = {name: intruder.own.get(name) for name in names[:place]}
        if None in own.values():
            return
        nothing = {name: new_id() for name in names[place:]}
        adapter = app.url_map.bind("localhost")
        try:
            yield (
                adapter.build(rule.endpoint, {**values, **own}),
                adapter.build(rule.endpoint, {**values, **own, **nothing}),
            )
        except BuildError as error:  # pragma: no cover
            raise AssertionError(f"{rule.endpoint} cannot be filled") from error


def _told(response: TestResponse) -> tuple[int, str]:
    """What an answer says, whatever was asked for: not its moment, nor the name of the request."""
    text = ID.sub("", response.get_data(as_text=True))
    title = text.partition("<title>")[2].partition("</title>")[0]
    return response.status_code, title + FLEETING.sub("", text.partition("<main")[2].partition("</main>")[0])


# -- what can be reached ----------------------------------------------------------------------------


@ON_SQLITE
def test_no_page_that_can_be_reached_tells_of_what_is_hidden(app: Flask, scene: Scene) -> None:
    faults: list[str] = []
    for name, intruder in scene.intruders.items():
        client = app.test_client()
        makers.sign_in(client, intruder.user)
        starts = (*STARTS, *_lists(app, scene))
        for path, text in (*walking.reached(client, starts, ENOUGH), *_searched(client, intruder)):
            trail = intruder.reads_trail and path.startswith("/audit")
            faults += [f"{name}: {path} tells {each}" for each in _leaks(scene, text, only_words=trail)]
    assert not faults, "\n".join(faults)


def _lists(app: Flask, scene: Scene) -> Iterator[str]:
    """Every route that is asked for and names no record of a case, whether a link leads there or not."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        known = scene.hidden(rule.endpoint)
        other = rule.endpoint.startswith(GUESTS) or "GET" not in (rule.methods or ())
        if not other and not rule.arguments & HIDDEN and rule.arguments <= known.keys():
            yield adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments})


def _leaks(scene: Scene, text: str, *, only_words: bool) -> Iterator[str]:
    plain = html.unescape(text)
    for each in (*WORDS, *(() if only_words else sorted(scene.secrets))):
        # To look for the bare words first is quick, and they are hardly ever there.
        if each in plain and re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", plain):
            yield each


def _searched(client: FlaskClient, intruder: Intruder) -> Iterator[tuple[str, str]]:
    """Searches for those who are in hidden cases, wherever one may search."""
    for who in (
        {"forename": "Pip", "surname": "Featherstone"},
        {"forename": "Catherine", "surname": "Featherstone"},
        {"forename": "Bola", "surname": "Adeyemi"},
    ):
        begun = client.post(f"/referrals/new/{ASB}", data=who, follow_redirects=True)
        yield f"a new referral about {who['forename']}", _without(begun, who)
        if "case_id" in intruder.own:
            at = f"/cases/{intruder.own['case_id']}/people/add"
            found = client.post(at, data={**who, "role": "child"}, follow_redirects=True)
            yield f"{at} about {who['forename']}", _without(found, who)


def _without(response: TestResponse, who: Mapping[str, str]) -> str:
    """The page but for the very words that the visitor typed, which stand in its form again."""
    text = response.get_data(as_text=True)
    assert response.status_code in (200, 403, 404), text
    return re.sub("|".join(who.values()), "", text)


# -- figures ----------------------------------------------------------------------------------------


@ON_SQLITE
def test_figures_are_refused_in_the_words_said_to_anybody_without_them(app: Flask, scene: Scene) -> None:
    excluded, without = app.test_client(), app.test_client()
    makers.sign_in(excluded, scene.intruders["excluded chair"].user)
    makers.sign_in(without, makers.make_user("chair", "community_marac"))
    for path in (
        f"/statistics/{ASB}/year_end",
        f"/statistics/{ASB}/year_end/download/csv?from=2025-04-01&to=2026-03-31",
    ):
        one, other = excluded.get(path), without.get(path)
        assert one.status_code == 403
        assert _told(one) == _told(other)
    assert f"/statistics/{ASB}/" not in excluded.get("/statistics").get_data(as_text=True)
