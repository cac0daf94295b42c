"""A panel for tests: agencies with members, a meeting, and cases on its agenda. Every person is invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from casework.access.vocabulary import Actor
from casework.accounts.models import Agency, User
from casework.cases.models import Case
from casework.extensions import db, now
from casework.panels.models import AgendaItem, Finding, Meeting, Research, Seat
from casework.programmes import shelf
from casework.referrals import screening
from tests.support import makers

DVA = "dva_marac"
KINDS = ("police", "domestic_abuse_service", "childrens_social_care", "housing_council")


@dataclass(frozen=True)
class Panel:
    """Who sits on it. Members and seats are by the kind of their agency."""

    programme: str
    coordinator: User
    chair: User
    agencies: Mapping[str, Agency]
    members: Mapping[str, User]
    deputies: Mapping[str, User]
    seats: Mapping[str, Seat]

    def member(self, kind: str) -> Actor:
        return makers.actor_of(self.members[kind])

    @property
    def coordinating(self) -> Actor:
        return makers.actor_of(self.coordinator)

    @property
    def chairing(self) -> Actor:
        return makers.actor_of(self.chair)


def make_panel(programme: str = DVA, kinds: tuple[str, ...] = KINDS) -> Panel:
    """A coordinator and a chair of the host agency, and of each kind an agency with a member and a deputy."""
    coordinator, chair = makers.make_user("coordinator", programme), makers.make_user("chair", programme)
    agencies = {kind: makers.make_agency(f"{kind} of {programme}", kind) for kind in kinds}
    members = {
        kind: makers.make_user("panel_member", programme, agency=agency) for kind, agency in agencies.items()
    }
    deputies = {
        kind: makers.make_user("panel_member", programme, agency=agency) for kind, agency in agencies.items()
    }
    seats = {
        kind: Seat(
            programme=programme,
            agency_id=agency.id,
            member_id=members[kind].id,
            deputy_id=deputies[kind].id,
            senior_name="Senior Person",
            senior_email=f"senior.{kind}@example.org",
            from_day=now().date(),
        )
        for kind, agency in agencies.items()
    }
    db.session.add_all(seats.values())
    db.session.flush()
    return Panel(programme, coordinator, chair, agencies, members, deputies, seats)


def make_accepted(
    panel: Panel, *, surname: str = "Okonjo", received_on: date | None = None, **more: object
) -> Case:
    """A case whose referral was accepted, so that the panel may hear it."""
    actor, programme = panel.coordinating, shelf.programme(panel.programme)
    others = [
        makers.make_party(actor, programme.id, role.id, forename="Reuben", surname=f"{surname}-Vale")
        for role in programme.person_roles
        if role.required and role is not programme.subject
    ]
    referral = makers.make_referral(
        actor,
        programme.id,
        surname=surname,
        received_on=received_on,
        others=others,
        **more,  # type: ignore[arg-type]  # whatever make_referral takes
    )
    agency = screening.agencies_for(actor, referral)[0]
    screening.accept(actor, referral, version=referral.version, agency_id=agency.id)
    return referral.case


def make_meeting(
    panel: Panel, *, state: str = "planned", starts_at: datetime | None = None, kind: str = "ordinary"
) -> Meeting:
    """A meeting a week from now, in any state; made as stored, without what leads to that state."""
    rules = shelf.programme(panel.programme).panel
    assert rules is not None
    reached = ("planned", "circulated", "open", "ended").index(state)
    meeting = Meeting(
        programme=panel.programme,
        kind=kind,
        state=state,
        starts_at_utc=starts_at or now() + timedelta(days=7),
        minutes=180,
        minutes_per_case=rules.minutes_per_case,
        venue="Room 2",
        chair_id=panel.chair.id,
        coordinator_id=panel.coordinator.id,
        research_due_on=now().date() + timedelta(days=5),
        research_opens=rules.research_opens,
        circulated_at_utc=now() if reached >= 1 else None,
        opened_at_utc=now() if reached >= 2 else None,
        ended_at_utc=now() if reached >= 3 else None,
    )
    db.session.add(meeting)
    db.session.flush()
    return meeting


def make_item(
    panel: Panel, meeting: Meeting, case: Case, *, asked: tuple[str, ...] | None = None, kind: str = "new"
) -> AgendaItem:
    """The case on the meeting's agenda; the agencies of the kinds `asked` (all) were asked about it."""
    taken = db.session.query(AgendaItem).filter_by(meeting_id=meeting.id).count()
    item = AgendaItem(
        case_id=case.id,
        programme=panel.programme,
        meeting_id=meeting.id,
        kind=kind,
        position=taken + 1,
        minutes=meeting.minutes_per_case,
    )
    db.session.add(item)
    db.session.flush()
    for each in panel.agencies if asked is None else asked:
        make_research(panel, item, each)
    return item


def make_research(panel: Panel, item: AgendaItem, kind: str) -> Research:
    """What the agency of that kind is asked about the item: nothing is returned yet."""
    research = Research(
        case_id=item.case_id,
        programme=panel.programme,
        item_id=item.id,
        agency_id=panel.agencies[kind].id,
        assigned_to_id=panel.members[kind].id,
        due_on=now().date() + timedelta(days=5),
    )
    db.session.add(research)
    db.session.flush()
    for part in item.case.involvements:
        db.session.add(Finding(case_id=item.case_id, research_id=research.id, person_id=part.person_id))
    db.session.flush()
    return research
