"""Who is at a meeting: by agency and by name, whether that makes a quorum, and what each of them has accepted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import Agency
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.locks import lock
from casework.errors import Conflict, Invalid, NotFound
from casework.extensions import db, now
from casework.forms import today
from casework.panels.meetings import service as meetings
from casework.panels.models import Attendance, Meeting, Seat
from casework.panels.seats import service as seats
from casework.programmes import shelf

EXPECTED, PRESENT, DEPUTY, OBSERVER = "expected", "present", "deputy", "observer"
# How each state reads, in the order in which they are offered.
STATES: Mapping[str, str] = {
    EXPECTED: "Not yet known",
    PRESENT: "Present",
    DEPUTY: "Deputy came",
    "apologies_information": "Apologies, information sent",
    "apologies": "Apologies, nothing sent",
    "absent": "Absent",
    OBSERVER: "Observer or guest",
}
HERE = frozenset((PRESENT, DEPUTY))  # states in which an agency takes part
IN_THE_ROOM = HERE | {OBSERVER}  # states in which somebody hears what is said


def of_meeting(actor: Actor, meeting: Meeting) -> Sequence[Attendance]:
    """Everybody who was expected or came, by agency. One statement."""
    query = (
        policy.visible(actor, Attendance)
        .where(Attendance.meeting_id == meeting.id)
        .join(Agency, Agency.id == Attendance.agency_id)
        .order_by(Agency.name, Attendance.id)
        .options(joinedload(Attendance.agency), joinedload(Attendance.user))
    )
    return db.session.scalars(query).all()


def here(meeting: Meeting) -> set[uuid.UUID]:
    """The agencies that take part: whoever is only apologised for, absent or observing is not among them."""
    query = select(Attendance.agency_id).where(
        Attendance.meeting_id == meeting.id, Attendance.state.in_(HERE)
    )
    return set(db.session.scalars(query))


def name_of(row: Attendance) -> str:
    """The user who is meant, or whoever was named; nobody for an agency whose seat is empty."""
    return row.guest_name or (row.user.name if row.user else "")


def deputies(meeting: Meeting) -> dict[uuid.UUID, str]:
    """The deputy whom each agency has named, by agency."""
    return {seat.agency_id: seat.deputy.name for seat in _seats(meeting) if seat.deputy}


def expect(actor: Actor, meeting: Meeting) -> None:
    """Write down everybody who is expected: each seat's member, or the deputy whom the agency announced, and the
    chair and the coordinator. Apologies that were sent before stand.
    """
    held = of_meeting(actor, meeting)
    for row in held:
        if row.state == DEPUTY:
            row.state = EXPECTED  # announced, and not here yet
    told = {row.agency_id for row in held if row.guest_name is None}
    sitting = _seats(meeting)
    rows = [
        _expected(meeting, seat.agency_id, seat.member_id) for seat in sitting if seat.agency_id not in told
    ]
    members = {seat.member_id for seat in sitting} | {row.user_id for row in held}
    for user in (meeting.chair, meeting.coordinator):
        if user is not None and user.id not in members:
            members.add(user.id)
            grants = accounts.actor_of(user).grants_for(Permission.MEETING_RUN, meeting.programme)
            rows += [_expected(meeting, grants[0].agency_id, user.id)] if grants else []
    db.session.add_all(rows)
    db.session.flush()
    for row in rows:
        _record(actor, meeting, row)


def _seats(meeting: Meeting) -> Sequence[Seat]:
    """Who sits on the panel on the day of the meeting."""
    return seats.of_panel(meeting.programme, meetings.day_of(meeting))


def _expected(meeting: Meeting, agency_id: uuid.UUID, user_id: uuid.UUID | None) -> Attendance:
    return Attendance(meeting_id=meeting.id, agency_id=agency_id, user_id=user_id, state=EXPECTED)


@dataclass(frozen=True)
class Said:
    """What the chair or the minute-taker says of one row. `who` names a deputy who is not the seat's own."""

    state: str
    who: str | None = None
    accepts: bool = False
    declares_nothing: bool = False
    version: int = 0


def record(actor: Actor, meeting: Meeting, said: Mapping[uuid.UUID, Said]) -> int:
    """Write down what is said of each row, and return how many changed.

    Raises Conflict when somebody else changed a row in between, unless to the same. What was said of the others is
    kept: whoever sends the form again loses nothing.
    """
    rows = {row.id: row for row in of_meeting(actor, meeting) if row.id in said}
    if rows.keys() != said.keys():
        raise NotFound
    sitting = {seat.agency_id: seat for seat in _seats(meeting)}
    clashes: list[Attendance] = []
    changed = 0
    for row_id, given in said.items():
        row = rows[row_id]
        words = _by_whom(row, given, sitting.get(row.agency_id))
        if _as_said(row, words, sitting.get(row.agency_id)):
            continue
        lock(row)
        if row.version != words.version:
            clashes.append(row)
            continue
        _write(actor, meeting, row, words, sitting.get(row.agency_id))
        changed += 1
    if clashes:
        raise Conflict(
            "Somebody else recorded some of this meanwhile. What stands now is shown; the rest of what you said "
            "is kept.",
            stored={row.agency.name: STATES[row.state] for row in clashes},
            submitted={row.agency.name: STATES[said[row.id].state] for row in clashes},
        )
    return changed


def _by_whom(row: Attendance, said: Said, seat: Seat | None) -> Said:
    """Present in the place of a seat is its member; whoever was announced instead came as a deputy."""
    announced = seat is not None and seat.deputy_id is not None and row.user_id == seat.deputy_id
    if said.state == PRESENT and announced and row.state == EXPECTED:
        return replace(said, state=DEPUTY)
    return said


def _as_said(row: Attendance, said: Said, seat: Seat | None) -> bool:
    return (
        row.state == said.state
        and (said.state != DEPUTY or (row.user_id, row.guest_name) == _deputy(row, said, seat))
        and (row.confidentiality_at_utc is not None) == said.accepts
        and (row.nothing_to_declare_at_utc is not None) == said.declares_nothing
    )


def _write(actor: Actor, meeting: Meeting, row: Attendance, said: Said, seat: Seat | None) -> None:
    before = (row.state, row.user_id, row.guest_name)
    if said.state == DEPUTY:
        row.user_id, row.guest_name = _deputy(row, said, seat)
    elif row.state == DEPUTY:
        row.user_id, row.guest_name = (seat.member_id if seat else None), None
    row.state = said.state
    if said.state not in IN_THE_ROOM or (row.user_id, row.guest_name) != before[1:]:
        row.confidentiality_at_utc = row.nothing_to_declare_at_utc = None  # it was somebody else who said so
    was_accepted = row.confidentiality_at_utc is not None
    if said.state in IN_THE_ROOM:
        row.confidentiality_at_utc = (row.confidentiality_at_utc or now()) if said.accepts else None
        row.nothing_to_declare_at_utc = (
            (row.nothing_to_declare_at_utc or now()) if said.declares_nothing else None
        )
    db.session.flush()
    if (row.state, row.user_id, row.guest_name) != before:
        _record(actor, meeting, row)
    if row.confidentiality_at_utc is not None and not was_accepted:
        trail.record(actor, Event.CONFIDENTIALITY_ACCEPTED, row, programme=meeting.programme)


def _deputy(row: Attendance, said: Said, seat: Seat | None) -> tuple[uuid.UUID | None, str | None]:
    """Who came instead: whoever was named, or (nobody named) the seat's own deputy."""
    deputy = seat.deputy if seat else None
    if said.who and not (deputy and said.who.strip().casefold() == deputy.name.casefold()):
        return None, said.who.strip()
    if deputy is not None:
        return deputy.id, None
    raise Invalid(errors={f"who-{row.id}": [f"Enter who came for {row.agency.name}"]})


def _record(actor: Actor, meeting: Meeting, row: Attendance) -> None:
    trail.record(
        actor,
        Event.ATTENDANCE_RECORDED,
        meeting,
        agency=str(row.agency_id),
        state=row.state,
    )


def add(
    actor: Actor, meeting: Meeting, *, agency_id: uuid.UUID, name: str, state: str = OBSERVER
) -> Attendance:
    """Somebody who has no seat came: an observer or guest by name, or one more member of an agency."""
    held = select(Attendance.id).where(
        Attendance.meeting_id == meeting.id, Attendance.agency_id == agency_id, Attendance.guest_name == name
    )
    if db.session.scalar(held) is not None:
        raise Invalid(errors={"name": [f"{name} is on the list already"]})
    row = Attendance(meeting_id=meeting.id, agency_id=agency_id, guest_name=name, state=state)
    db.session.add(row)
    db.session.flush()
    _record(actor, meeting, row)
    return row


def everybody_came(actor: Actor, meeting: Meeting) -> int:
    """Whoever was expected and has a name is present: the exceptions are put right one by one."""
    rows = [row for row in of_meeting(actor, meeting) if row.state == EXPECTED and row.user_id]
    deputies_of = {seat.agency_id: seat.deputy_id for seat in _seats(meeting)}
    for row in rows:
        row.state = DEPUTY if row.user_id == deputies_of.get(row.agency_id) else PRESENT
    db.session.flush()
    for row in rows:
        _record(actor, meeting, row)
    return len(rows)


def everybody_accepts(actor: Actor, meeting: Meeting) -> None:
    """Everybody in the room, by name, accepts the statement that was read out to them."""
    rows = [
        row
        for row in of_meeting(actor, meeting)
        if row.state in IN_THE_ROOM and row.confidentiality_at_utc is None
    ]
    for row in rows:
        row.confidentiality_at_utc = now()
    db.session.flush()
    for row in rows:
        trail.record(actor, Event.CONFIDENTIALITY_ACCEPTED, row, programme=meeting.programme)


def nobody_came(actor: Actor, meeting: Meeting) -> None:
    """When a meeting ends, whoever is still only expected was absent."""
    rows = [row for row in of_meeting(actor, meeting) if row.state == EXPECTED]
    for row in rows:
        row.state = "absent"
    db.session.flush()
    for row in rows:
        _record(actor, meeting, row)


# -- one's own place --------------------------------------------------------------------------------------


def own(actor: Actor, meeting: Meeting) -> Attendance | None:
    """The actor's own place at the meeting, if they have one."""
    return db.session.scalar(
        select(Attendance)
        .where(Attendance.meeting_id == meeting.id, Attendance.user_id == actor.id)
        .order_by(Attendance.id)
        .limit(1)
    )


def come_in(actor: Actor, meeting: Meeting) -> Attendance:
    """The actor is here: their place becomes present; a deputy takes the place that their agency's member left."""
    row = own(actor, meeting) or _place_of_member(actor, meeting)
    if row is None:
        row = Attendance(
            meeting_id=meeting.id, agency_id=_agency_of(actor, meeting), user_id=actor.id, state=PRESENT
        )
        db.session.add(row)
    elif row.state in IN_THE_ROOM and row.user_id == actor.id:
        return row
    else:
        row.state = PRESENT if row.user_id == actor.id else DEPUTY
        row.user_id = actor.id
    db.session.flush()
    _record(actor, meeting, row)
    return row


def _place_of_member(actor: Actor, meeting: Meeting) -> Attendance | None:
    """Where the actor is the deputy of a seat whose member has not come."""
    return db.session.scalar(
        select(Attendance)
        .join(Seat, Seat.agency_id == Attendance.agency_id)
        .where(
            Attendance.meeting_id == meeting.id,
            Attendance.state.not_in(IN_THE_ROOM),
            Seat.programme == meeting.programme,
            Seat.deputy_id == actor.id,
            Seat.ended_on.is_(None),
        )
        .order_by(Attendance.id)
        .limit(1)
    )


def _agency_of(actor: Actor, meeting: Meeting) -> uuid.UUID:
    return actor.grants_for(Permission.MEETING_VIEW, meeting.programme)[0].agency_id


def may_come_in(meeting: Meeting) -> bool:
    """Whether members may say that they are here: once the meeting is open, and from the morning of its day."""
    return meeting.state == "open" or (meeting.state == "circulated" and meetings.day_of(meeting) == today())


def accept_confidentiality(actor: Actor, meeting: Meeting) -> Attendance:
    """The actor accepts the confidentiality statement, and is here."""
    row = come_in(actor, meeting)
    if row.confidentiality_at_utc is None:
        row.confidentiality_at_utc = now()
        db.session.flush()
        trail.record(actor, Event.CONFIDENTIALITY_ACCEPTED, row, programme=meeting.programme)
    return row


def declare_nothing(actor: Actor, meeting: Meeting) -> None:
    """The actor has no (further) interest to declare in what they see of the agenda."""
    row = come_in(actor, meeting)
    row.nothing_to_declare_at_utc = row.nothing_to_declare_at_utc or now()
    db.session.flush()


# -- quorum -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quorum:
    """Which groups of agencies nobody came from, in words. The meeting may go on all the same."""

    missing: tuple[str, ...]

    @property
    def met(self) -> bool:
        return not self.missing

    @property
    def words(self) -> str:
        if self.met:
            return "There is a quorum."
        return f"There is no quorum: nobody is here from {'; nor from '.join(self.missing)}."


def quorum(meeting: Meeting, rows: Iterable[Attendance]) -> Quorum:
    """Whether the agencies that take part make a quorum by the programme's groups."""
    programme = shelf.programme(meeting.programme)
    labels = programme.list("agency_type")
    groups = seats.quorum(seats.rules_of(programme.id), [row.agency for row in rows if row.state in HERE])
    return Quorum(
        tuple(" or ".join(labels.label(kind) for kind in group.kinds) for group in groups if not group.met)
    )


@dataclass(frozen=True)
class Standing:
    """How far the opening of a meeting has come."""

    quorum: Quorum
    agencies: int
    agencies_here: int
    people_here: int
    accepted: int
    declared: int

    @property
    def all_accepted(self) -> bool:
        return self.people_here > 0 and self.accepted == self.people_here

    @property
    def all_declared(self) -> bool:
        return self.people_here > 0 and self.declared == self.people_here


def standing(meeting: Meeting, rows: Sequence[Attendance]) -> Standing:
    room = [row for row in rows if row.state in IN_THE_ROOM]
    return Standing(
        quorum=quorum(meeting, rows),
        agencies=len({row.agency_id for row in rows if row.state != OBSERVER}),
        agencies_here=len({row.agency_id for row in rows if row.state in HERE}),
        people_here=len(room),
        accepted=sum(row.confidentiality_at_utc is not None for row in room),
        declared=sum(row.nothing_to_declare_at_utc is not None for row in room),
    )
