"""What a panel keeps: its seats, queue, meetings and agenda; and, of each case heard, research, decisions and actions.

Whatever is about a case is sealed under the case's key and hidden with the case. What names nobody (a meeting, a
seat, who attended) is plain.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casework.accounts.models import Agency, User
from casework.cases.models import Case, CaseRow, Entry, Exclusion
from casework.crypto.sealed import Sealed, SealedRow
from casework.extensions import Base, now
from casework.people.models import Person

# -- who sits, and when they meet -------------------------------------------------------------------------


class Seat(Base):
    """An agency's standing seat on a programme's panel: its member, deputy, and the senior whom delays go to.

    What the member may not know of goes to the deputy, or to the alternate.
    """

    __tablename__ = "seat"
    __table_args__ = (Index("ix_seat_panel", "programme", "ended_on", "agency_id"),)

    programme: Mapped[str] = mapped_column(String(40))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    member_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    deputy_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    alternate_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    senior_name: Mapped[str | None] = mapped_column(String(120))
    senior_email: Mapped[str | None] = mapped_column(String(254))
    from_day: Mapped[date]
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    agency: Mapped[Agency] = relationship()
    member: Mapped[User | None] = relationship(foreign_keys=[member_id])
    deputy: Mapped[User | None] = relationship(foreign_keys=[deputy_id])
    alternate: Mapped[User | None] = relationship(foreign_keys=[alternate_id])

    __mapper_args__ = {"version_id_col": version}


class Series(Base):
    """Meetings that come again by a rule (an RRULE of RFC 5545), at one time of day in London."""

    __tablename__ = "meeting_series"

    programme: Mapped[str] = mapped_column(String(40), index=True)
    rule: Mapped[str] = mapped_column(String(120))
    first_day: Mapped[date]
    time: Mapped[str] = mapped_column(String(5))  # 09:30
    minutes: Mapped[int]
    venue: Mapped[str | None] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(300))
    chair_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    deputy_chair_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    coordinator_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    deputy_coordinator_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    made_until: Mapped[date]  # its meetings up to this day have been made, and are changed one by one since
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    chair: Mapped[User | None] = relationship(foreign_keys=[chair_id])
    coordinator: Mapped[User | None] = relationship(foreign_keys=[coordinator_id])

    __mapper_args__ = {"version_id_col": version}


class Meeting(Base):
    """One meeting of a panel. `state`: planned, circulated (its agenda is frozen), open, ended or cancelled.

    `cancel_reason` is a code, because a meeting's row names nobody. `calendar_sequence` counts the changes to what
    its calendar file shows.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        Index("ix_meeting_panel", "programme", "starts_at_utc"),
        Index("ix_meeting_state", "state", "starts_at_utc"),
        CheckConstraint("minutes > 0", name="some_minutes"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("meeting_series.id"))
    kind: Mapped[str] = mapped_column(String(20), default="ordinary")  # ordinary, emergency
    state: Mapped[str] = mapped_column(String(20), default="planned")
    starts_at_utc: Mapped[datetime]
    minutes: Mapped[int]  # its whole length
    minutes_per_case: Mapped[int]
    opening_minutes: Mapped[int | None]  # before the first case; None: as the programme has it
    venue: Mapped[str | None] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(300))
    chair_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    deputy_chair_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    coordinator_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    deputy_coordinator_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    research_due_on: Mapped[date | None]
    research_opens: Mapped[str] = mapped_column(String(20), default="meeting")  # as the programme had it
    circulated_at_utc: Mapped[datetime | None]
    opened_at_utc: Mapped[datetime | None]
    ended_at_utc: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(String(40))
    calendar_sequence: Mapped[int] = mapped_column(Integer, default=0)
    current_item_id: Mapped[uuid.UUID | None]  # what is being discussed now; no key: items refer to meetings
    version: Mapped[int] = mapped_column(Integer, default=1)

    series: Mapped[Series | None] = relationship()
    chair: Mapped[User | None] = relationship(foreign_keys=[chair_id])
    deputy_chair: Mapped[User | None] = relationship(foreign_keys=[deputy_chair_id])
    coordinator: Mapped[User | None] = relationship(foreign_keys=[coordinator_id])
    deputy_coordinator: Mapped[User | None] = relationship(foreign_keys=[deputy_coordinator_id])

    __mapper_args__ = {"version_id_col": version}


class Attendance(Base):
    """Somebody at a meeting, or an agency that sent nobody (no user, no guest).

    `state`: expected, present, deputy, apologies_information, apologies, absent or observer.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("meeting_id", "agency_id", "user_id", "guest_name"),
        Index("ix_attendance_agency", "agency_id", "meeting_id"),
    )

    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    guest_name: Mapped[str | None] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(30))
    confidentiality_at_utc: Mapped[datetime | None]  # when they accepted the confidentiality statement
    nothing_to_declare_at_utc: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    meeting: Mapped[Meeting] = relationship()
    agency: Mapped[Agency] = relationship()
    user: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


# -- what waits, and what is heard ------------------------------------------------------------------------


class QueueEntry(CaseRow, Base):
    """A case that waits for the panel.

    `kind`: new, repeat, other_perpetrator (the same victim, somebody else harming), relisted, review, returned or
    transfer. `state`: waiting, held, listed, heard or withdrawn. A case has at most one entry that is neither heard
    nor withdrawn. `place` is where it stands in the queue: text that sorts, made of what the order goes by.
    """

    __tablename__ = "queue_entry"
    __found_by_case__ = False
    __table_args__ = (
        Index("ix_queue_entry_case", "case_id", "state"),
        # Wide enough that a queue is counted, and a page of it found, without reading an entry.
        Index("ix_queue_entry_panel", "programme", "state", "place", "id", "not_before", "case_id"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    entered_on: Mapped[date]
    due_on: Mapped[date | None]  # by when it should be heard: the programme's clock, or the review's day
    not_before: Mapped[date | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    brought_forward: Mapped[bool] = mapped_column(default=False)
    deferrals: Mapped[int] = mapped_column(Integer, default=0)
    place: Mapped[str] = mapped_column(String(40))
    repeat_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("case_record.id"))
    version: Mapped[int] = mapped_column(Integer, default=1)

    reason = Sealed(str)  # why it is held, deferred, withdrawn or put in by hand
    why_forward = Sealed(str)  # why it was brought forward
    story: Sealed[list[Any]] = Sealed(list)  # what was done with it: act, day, who, reason, the first first

    case: Mapped[Case] = relationship(foreign_keys="QueueEntry.case_id")
    repeat_of: Mapped[Case | None] = relationship(foreign_keys=[repeat_of_id])

    __mapper_args__ = {"version_id_col": version}


class AgendaItem(CaseRow, Base):
    """A case on a meeting's agenda. `state`: listed, discussing, heard, not_heard or removed.

    One taken off before the agenda went out is deleted; one taken off afterwards is `removed`, with its reason.
    `earlier_id` is the item at which its last plan was made, where the case comes again.
    """

    __tablename__ = "agenda_item"
    __found_by_case__ = False
    __table_args__ = (
        # Once on an agenda, but for those that were taken off.
        Index(
            "uq_agenda_item_meeting_id_case_id",
            "meeting_id",
            "case_id",
            unique=True,
            sqlite_where=text("state <> 'removed'"),
            postgresql_where=text("state <> 'removed'"),
        ),
        Index("ix_agenda_item_case", "case_id", "programme"),
        Index("ix_agenda_item_order", "meeting_id", "position", "id"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id"))
    queue_entry_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("queue_entry.id"), index=True)
    earlier_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agenda_item.id"))
    kind: Mapped[str] = mapped_column(String(20))  # as the queue entry's
    state: Mapped[str] = mapped_column(String(20), default="listed")
    position: Mapped[int]
    minutes: Mapped[int]
    late: Mapped[bool] = mapped_column(default=False)  # added after the agenda was circulated
    presenter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    began_at_utc: Mapped[datetime | None]  # when its discussion last began
    seconds: Mapped[int] = mapped_column(Integer, default=0)  # discussed before that
    version: Mapped[int] = mapped_column(Integer, default=1)

    reason = Sealed(str)  # why it was added late, or taken off

    case: Mapped[Case] = relationship()
    meeting: Mapped[Meeting] = relationship()
    presenter: Mapped[User | None] = relationship()
    earlier: Mapped[AgendaItem | None] = relationship(remote_side="AgendaItem.id")

    __mapper_args__ = {"version_id_col": version}


class ItemRow(CaseRow):
    """Mixed into whatever is recorded on an agenda item: seen by those who may see the item."""


class ItemNote(ItemRow, Base):
    """One part of what is written about an item; each part has its own version, so that two write at once.

    `part`: summary, discussion or views.
    """

    __tablename__ = "item_note"
    __table_args__ = (UniqueConstraint("item_id", "part"),)

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agenda_item.id"))
    part: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at_utc: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(Integer, default=1)

    text = Sealed(str)

    by: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Decision(ItemRow, Base):
    """What the panel decided on an item. `outcome` is a code of the programme's list of outcomes."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("item_id"),
        Index("ix_decision_counted", "programme", "decided_on", "outcome"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agenda_item.id"))
    outcome: Mapped[str] = mapped_column(String(60))
    heard: Mapped[bool]
    decided_on: Mapped[date]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    onward_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("entry.id")
    )  # the referral onward that it made
    version: Mapped[int] = mapped_column(Integer, default=1)

    options = Sealed(str)
    rationale = Sealed(str)
    dissent = Sealed(str)

    item: Mapped[AgendaItem] = relationship()
    by: Mapped[User | None] = relationship()
    onward: Mapped[Entry | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Telling(ItemRow, Base):
    """Who tells the person what, how it is safe to do so, and that it was done."""

    __tablename__ = "telling"

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    what = Sealed(str)
    how = Sealed(str)
    outcome = Sealed(str)

    item: Mapped[AgendaItem] = relationship()
    person: Mapped[Person | None] = relationship()
    agency: Mapped[Agency] = relationship()
    user: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Interest(CaseRow, Base):
    """A declared conflict of interest: who declared it, and the exclusion that followed. For chair and coordinator."""

    __tablename__ = "interest"

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency.id"))
    exclusion_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("exclusion.id"))
    declared_at_utc: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))

    nature = Sealed(str)

    item: Mapped[AgendaItem] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    agency: Mapped[Agency | None] = relationship()
    exclusion: Mapped[Exclusion | None] = relationship()


# -- research ---------------------------------------------------------------------------------------------


class Research(CaseRow, Base):
    """What one agency is asked about one item, and what it returned. `state`: asked, returned or nil.

    It goes to `assigned_to`: the seat's member, or whoever stands in where they must not know. A guest (a school, a
    surgery) has a link instead of a user, and findings of those people alone who concern them.
    """

    __tablename__ = "research"
    __found_by_case__ = False
    __table_args__ = (
        UniqueConstraint("item_id", "agency_id", "guest_name"),
        Index("ix_research_case", "case_id", "agency_id"),
        Index("ix_research_agency", "agency_id", "state", "due_on"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agenda_item.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"))
    assigned_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="asked")
    due_on: Mapped[date]
    asked_at_utc: Mapped[datetime] = mapped_column(default=now)
    returned_at_utc: Mapped[datetime | None]
    returned_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    chased_at_utc: Mapped[datetime | None]
    chases: Mapped[int] = mapped_column(Integer, default=0)
    guest_name: Mapped[str] = mapped_column(String(120), default="")  # "": the agency's own
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_ends_at_utc: Mapped[datetime | None]
    confidentiality_at_utc: Mapped[datetime | None]  # when the guest accepted the confidentiality statement
    version: Mapped[int] = mapped_column(Integer, default=1)

    question = Sealed(str)
    comment = Sealed(str)
    proposed = Sealed(str)  # actions that the agency proposes
    told_by = Sealed(str)  # who gave it to the coordinator, where it came by telephone
    typing: Sealed[dict[str, Any]] = Sealed(dict)  # what is being typed and not saved yet, by who types
    wrong_codes = Sealed(int)  # how often a wrong code was entered with the guest's link

    item: Mapped[AgendaItem] = relationship()
    agency: Mapped[Agency] = relationship()
    assigned_to: Mapped[User | None] = relationship(foreign_keys=[assigned_to_id])
    returned_by: Mapped[User | None] = relationship(foreign_keys=[returned_by_id])
    findings: Mapped[list[Finding]] = relationship(back_populates="research", order_by="Finding.id")

    __mapper_args__ = {"version_id_col": version}


class Finding(CaseRow, Base):
    """What an agency knows of one person of the case. `known`: True, False, or None while nothing was returned."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("research_id", "person_id"),)

    research_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("research.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    known: Mapped[bool | None]
    last_contact_on: Mapped[date | None]

    worker = Sealed(str)  # who works with them there
    corrections = Sealed(str)  # of name, birth or address
    facts = Sealed(str)  # that bear on risk
    disclosable = Sealed(str)  # what may be told to whom

    research: Mapped[Research] = relationship(back_populates="findings")
    person: Mapped[Person] = relationship()


# -- actions ----------------------------------------------------------------------------------------------


class Action(CaseRow, Base):
    """One thing that one agency, and one person there, does by a day because of a risk.

    `state`: open, done, done_late, not_done, no_longer_possible or superseded. `acceptance` (not_needed, awaited,
    accepted, refused) is asked by `accept_by` of an agency that was not there; `alarmed_at_utc` is when the
    coordinator was told that no answer came. `told` is what its owner was last told of it: set, due or overdue.
    `effect` is a code of the list `action_effect`.
    """

    __tablename__ = "action"
    __found_by_case__ = False
    __table_args__ = (
        Index("ix_action_case", "case_id", "item_id"),
        Index("ix_action_agency", "agency_id", "programme", "state", "due_on", "id", "case_id"),
        Index("ix_action_owner", "owner_id", "state", "due_on"),
        Index("ix_action_panel", "programme", "state", "due_on", "id"),
        Index("ix_action_acceptance", "acceptance", "programme", "accept_by"),
        Index("ix_action_unverified", "programme", "verified_on", "state", "due_on"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agenda_item.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(String(20), default="open")
    acceptance: Mapped[str] = mapped_column(String(20), default="not_needed")
    accept_by: Mapped[date | None]
    set_on: Mapped[date]
    due_on: Mapped[date]
    ended_on: Mapped[date | None]
    verified_on: Mapped[date | None]
    verified_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    told: Mapped[str] = mapped_column(String(10), default="")
    alarmed_at_utc: Mapped[datetime | None]
    escalated_at_utc: Mapped[datetime | None]
    effect: Mapped[str | None] = mapped_column(String(40))
    superseded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("action.id"))
    set_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(Integer, default=1)

    text = Sealed(str)
    risk = Sealed(str)  # which risk it answers
    owner_name = Sealed(str)  # an owner who has no account
    result = Sealed(str)  # evidence that it was done, or the reason why not

    item: Mapped[AgendaItem] = relationship()
    agency: Mapped[Agency] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    verified_by: Mapped[User | None] = relationship(foreign_keys=[verified_by_id])
    superseded_by: Mapped[Action | None] = relationship(remote_side="Action.id")
    updates: Mapped[list[ActionUpdate]] = relationship(back_populates="action", order_by="ActionUpdate.id")

    __mapper_args__ = {"version_id_col": version}


class ActionUpdate(CaseRow, Base):
    """Something said about an action, and the state that it left it in; never changed.

    `what`: set, said, ended, verified, sent_back, moved (its day, from `due_before`), handed_over, given, accepted,
    refused, alarmed, escalated or rated.
    """

    __tablename__ = "action_update"

    action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("action.id"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    due_before: Mapped[date | None]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at_utc: Mapped[datetime] = mapped_column(default=now)

    words = Sealed(str)

    action: Mapped[Action] = relationship(back_populates="updates")
    by: Mapped[User | None] = relationship()


class Reconsidered(ItemRow, Base):
    """What the chair says at a repeat of an action of the last plan: keep, change or drop, and why."""

    __tablename__ = "reconsidered"
    __table_args__ = (UniqueConstraint("item_id", "action_id"),)

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agenda_item.id"))
    action_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("action.id"), index=True)
    answer: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(Integer, default=1)

    why = Sealed(str)

    item: Mapped[AgendaItem] = relationship()
    action: Mapped[Action] = relationship()

    __mapper_args__ = {"version_id_col": version}


# -- what goes on after the meeting -----------------------------------------------------------------------


class Review(CaseRow, Base):
    """A review of a case that the programme asks for; `cycle` is the id of its review cycle.

    `state`: open, done, or ended because what it was for is no more (`outcome` says why). `told_on` is when it was
    last alarmed of by e-mail, `queued_on` when it put the case into the panel's queue.
    """

    __tablename__ = "review"
    __found_by_case__ = False
    __table_args__ = (
        Index("ix_review_case", "case_id", "cycle", "due_on"),
        Index("ix_review_due", "programme", "state", "due_on", "id"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    cycle: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="open")
    due_on: Mapped[date]
    told_on: Mapped[date | None]
    queued_on: Mapped[date | None]
    done_on: Mapped[date | None]
    done_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agenda_item.id"))
    version: Mapped[int] = mapped_column(Integer, default=1)

    outcome = Sealed(str)

    case: Mapped[Case] = relationship()
    done_by: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Flag(CaseRow, Base):
    """Agencies that know the people of a case flag their files from `from_day` until `ends_on`."""

    __tablename__ = "flag"
    __found_by_case__ = False
    __table_args__ = (
        Index("ix_flag_case", "case_id"),
        Index("ix_flag_ends", "programme", "ended_on", "ends_on"),
    )

    programme: Mapped[str] = mapped_column(String(40))
    from_day: Mapped[date]
    ends_on: Mapped[date]
    ended_on: Mapped[date | None]  # the day its end was told, or it was replaced by a later flag
    end_reason: Mapped[str | None] = mapped_column(String(40))  # lapsed, repeat, transferred, closed

    case: Mapped[Case] = relationship()
    notices: Mapped[list[FlagNotice]] = relationship(back_populates="flag", order_by="FlagNotice.id")


class FlagNotice(CaseRow, Base):
    """An agency is told of a flag, or of its end (`kind`: set, ended), and says that its files follow.

    `mailed_on` is when its reader was written to that there is something to do.
    """

    __tablename__ = "flag_notice"
    __found_by_case__ = False
    __table_args__ = (
        UniqueConstraint("flag_id", "agency_id", "kind"),
        Index("ix_flag_notice_case", "case_id", "agency_id"),
        Index("ix_flag_notice_agency", "agency_id", "acknowledged_at_utc"),
    )

    flag_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("flag.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[str] = mapped_column(String(10))
    told_at_utc: Mapped[datetime] = mapped_column(default=now)
    mailed_on: Mapped[date | None]
    acknowledged_at_utc: Mapped[datetime | None]
    acknowledged_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))

    flag: Mapped[Flag] = relationship(back_populates="notices")
    agency: Mapped[Agency] = relationship()
    acknowledged_by: Mapped[User | None] = relationship()


class Transfer(CaseRow, Base):
    """A case goes to, or comes from, the panel of another area (`direction`: out, in), with its papers."""

    __tablename__ = "transfer"

    programme: Mapped[str] = mapped_column(String(40), index=True)
    direction: Mapped[str] = mapped_column(String(5))
    area: Mapped[str] = mapped_column(String(120))  # which panel
    sent_on: Mapped[date]
    received_on: Mapped[date | None]
    accepted_on: Mapped[date | None]
    listed_on: Mapped[date | None]
    heard_on: Mapped[date | None]
    due_on: Mapped[date]  # by when it should be acknowledged, or missing papers should have come
    version: Mapped[int] = mapped_column(Integer, default=1)

    contact = Sealed(str)
    papers: Sealed[list[Any]] = Sealed(list)  # what was sent, or came
    missing = Sealed(str)  # papers that were asked for
    why = Sealed(str)
    route = Sealed(str)  # which way it went, as the case stood then
    said = Sealed(str)  # what the other panel has said since

    case: Mapped[Case] = relationship()

    __mapper_args__ = {"version_id_col": version}


class SupportPlan(CaseRow, Base):
    """What support is to achieve, and who answers for it. One that is not ended a case."""

    __tablename__ = "support_plan"

    programme: Mapped[str] = mapped_column(String(40))
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    aims = Sealed(str)
    lead = Sealed(str)
    outcome = Sealed(str)  # what came of it, once it has ended

    case: Mapped[Case] = relationship()
    sessions: Mapped[list[PlanSession]] = relationship(
        back_populates="plan", order_by="PlanSession.planned_on"
    )

    __mapper_args__ = {"version_id_col": version}


class PlanSession(CaseRow, Base):
    """A session of support: planned for a day, then delivered, missed or cancelled (`state`)."""

    __tablename__ = "plan_session"

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("support_plan.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))  # a code of the list session_kind
    planned_on: Mapped[date]
    delivered_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20), default="planned")
    version: Mapped[int] = mapped_column(Integer, default=1)

    provider = Sealed(str)
    words = Sealed(str)  # what was done, or why it was missed or cancelled

    plan: Mapped[SupportPlan] = relationship(back_populates="sessions")

    __mapper_args__ = {"version_id_col": version}


# -- minutes and papers -----------------------------------------------------------------------------------


class Minutes(SealedRow, Base):
    """A version of a meeting's minutes: what is of no case, sealed under a key of its own; `state`: draft, approved.

    `approved_by` approved what is of no case. Once every part is approved too, the minutes are locked (see
    `panels.locking`): `digest` is over the rows as they are stored, and stands in the audit trail too.
    """

    __tablename__ = "minutes"
    __table_args__ = (UniqueConstraint("meeting_id", "number"),)

    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), default="draft")
    made_at_utc: Mapped[datetime] = mapped_column(default=now)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at_utc: Mapped[datetime | None]
    approved_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    digest: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer, default=1)

    opening = Sealed(str)  # attendance, statement, matters arising
    closing = Sealed(str)
    correction = Sealed(str)  # why this version replaces the one before

    meeting: Mapped[Meeting] = relationship()
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    parts: Mapped[list[MinutesPart]] = relationship(back_populates="minutes", order_by="MinutesPart.position")

    __mapper_args__ = {"version_id_col": version}


class MinutesPart(ItemRow, Base):
    """What the minutes say of one item: of this meeting, or of an earlier one that has actions outstanding."""

    __tablename__ = "minutes_part"
    __table_args__ = (UniqueConstraint("minutes_id", "item_id"),)

    minutes_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("minutes.id"))
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    position: Mapped[int]
    approved_at_utc: Mapped[datetime | None]
    approved_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(Integer, default=1)

    text = Sealed(str)
    restricted = Sealed(str)  # for those who run the meeting: declared interests
    set_aside = Sealed(str)  # what had been written before the part was drafted again

    minutes: Mapped[Minutes] = relationship(back_populates="parts")
    item: Mapped[AgendaItem] = relationship()
    approved_by: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Paper(Base):
    """Papers issued to one agency: `kind` agenda, minutes or actions. What it holds is made when it is read."""

    __tablename__ = "paper"
    __table_args__ = (
        UniqueConstraint("meeting_id", "agency_id", "kind", "minutes_id"),
        Index("ix_paper_agency", "agency_id", "issued_at_utc"),
    )

    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id"))
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[str] = mapped_column(String(20))
    minutes_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("minutes.id"))
    issued_at_utc: Mapped[datetime] = mapped_column(default=now)
    recalled_at_utc: Mapped[datetime | None]

    meeting: Mapped[Meeting] = relationship()
    agency: Mapped[Agency] = relationship()
    readings: Mapped[list[PaperReading]] = relationship(back_populates="paper", order_by="PaperReading.id")


class PaperRedaction(CaseRow, Base):
    """Words about an item that leave in no paper of its meeting: of one agency's, or (no agency) of anybody's."""

    __tablename__ = "paper_redaction"

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    agency_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency.id"))
    made_at_utc: Mapped[datetime] = mapped_column(default=now)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    ended_at_utc: Mapped[datetime | None]

    words = Sealed(str)
    reason = Sealed(str)  # shown where the words stood

    item: Mapped[AgendaItem] = relationship()
    agency: Mapped[Agency | None] = relationship()
    made_by: Mapped[User | None] = relationship()


class PaperReading(Base):
    """Who read a paper, first when and last when."""

    __tablename__ = "paper_reading"
    __table_args__ = (UniqueConstraint("paper_id", "user_id"),)

    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("paper.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    first_read_at_utc: Mapped[datetime] = mapped_column(default=now)
    last_read_at_utc: Mapped[datetime] = mapped_column(default=now)

    paper: Mapped[Paper] = relationship(back_populates="readings")
    user: Mapped[User] = relationship()
