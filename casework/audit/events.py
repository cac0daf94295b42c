"""The events of the trail, and exactly which details each carries.

A detail is an id, a code, a count or the NAME of a field; never a name of a person, an address or a narrative.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Event(StrEnum):
    """What happened, written `thing.past_tense`."""

    SIGNED_IN = "user.signed_in"
    SIGNED_OUT = "user.signed_out"
    SIGN_IN_FAILED = "user.sign_in_failed"
    LOCKED_OUT = "user.locked_out"
    USER_ADDED = "user.added"
    USER_INVITED = "user.invited"
    USER_CHANGED = "user.changed"
    PASSWORD_SET = "user.password_set"  # noqa: S105 (an event's name)
    USER_UNLOCKED = "user.unlocked"
    USER_DEACTIVATED = "user.deactivated"
    USER_REACTIVATED = "user.reactivated"
    SESSIONS_ENDED = "user.sessions_ended"
    MEMBERSHIP_GIVEN = "membership.given"
    MEMBERSHIP_ENDED = "membership.ended"
    COVER_ARRANGED = "cover.arranged"
    COVER_ENDED = "cover.ended"
    AGENCY_ADDED = "agency.added"
    AGENCY_CHANGED = "agency.changed"

    REFUSED = "access.refused"
    LIST_VIEWED = "list.viewed"
    PEOPLE_SEARCHED = "people.searched"
    PERSON_ADDED = "person.added"
    PERSON_AMENDED = "person.amended"
    PERSON_ADOPTED = "person.adopted"

    DRAFT_SAVED = "draft.saved"
    DRAFT_DISCARDED = "draft.discarded"
    REFERRAL_LOGGED = "referral.logged"
    REFERRAL_VIEWED = "referral.viewed"
    REFERRAL_SCREENED = "referral.screened"
    REFERRAL_AMENDED = "referral.amended"
    INFORMATION_ASKED = "information.asked"
    INFORMATION_GIVEN = "information.given"
    LINK_MADE = "link.made"
    LINK_USED = "link.used"
    LINK_WITHDRAWN = "link.withdrawn"
    ENQUIRY_LOGGED = "enquiry.logged"
    IMPORT_DONE = "import.done"

    CASE_OPENED = "case.opened"
    CASE_VIEWED = "case.viewed"
    CASE_PRINTED = "case.printed"
    CASE_JOINED = "case.joined"
    CASE_ALLOCATED = "case.allocated"
    STAGE_CHANGED = "case.stage_changed"
    CASE_CLOSED = "case.closed"
    CASE_REOPENED = "case.reopened"
    PERSON_INVOLVED = "case.person_involved"
    INVOLVEMENT_AMENDED = "case.involvement_amended"
    ENTRY_ADDED = "entry.added"
    ENTRY_AMENDED = "entry.amended"
    TASK_SET = "task.set"
    TASK_CHANGED = "task.changed"
    TASK_DONE = "task.done"
    DOCUMENT_OPENED = "document.opened"
    LETTER_WRITTEN = "letter.written"
    AGENCY_SHARED = "case.agency_shared"
    AGENCY_UNSHARED = "case.agency_unshared"
    EXCLUSION_SET = "exclusion.set"
    EXCLUSION_ENDED = "exclusion.ended"

    SEAT_CHANGED = "seat.changed"
    SERIES_CHANGED = "series.changed"
    MEETING_PLANNED = "meeting.planned"
    MEETING_CHANGED = "meeting.changed"
    MEETING_CIRCULATED = "meeting.circulated"
    MEETING_OPENED = "meeting.opened"
    MEETING_ENDED = "meeting.ended"
    MEETING_VIEWED = "meeting.viewed"
    CALENDAR_EXPORTED = "meeting.calendar_exported"
    ATTENDANCE_RECORDED = "attendance.recorded"
    CONFIDENTIALITY_ACCEPTED = "attendance.confidentiality_accepted"
    QUEUE_CHANGED = "queue.changed"
    ITEM_LISTED = "item.listed"
    ITEM_CHANGED = "item.changed"
    ITEM_VIEWED = "item.viewed"
    ITEM_REMOVED = "item.removed"
    INTEREST_DECLARED = "interest.declared"
    NOTE_WRITTEN = "item.note_written"
    DECISION_MADE = "item.decided"
    PLAN_RECONSIDERED = "item.plan_reconsidered"
    TELLING_SET = "telling.set"
    TELLING_DONE = "telling.done"
    RESEARCH_ASKED = "research.asked"
    RESEARCH_RETURNED = "research.returned"
    RESEARCH_SAVED = "research.saved"
    RESEARCH_HANDED_OVER = "research.handed_over"
    RESEARCH_CHASED = "research.chased"
    GUEST_INVITED = "research.guest_invited"
    GUEST_ENTERED = "research.guest_entered"
    ACTION_SET = "action.set"
    ACTION_VIEWED = "action.viewed"
    ACTION_CHANGED = "action.changed"
    ACTION_ESCALATED = "action.escalated"
    REVIEW_SET = "review.set"
    REVIEW_VIEWED = "review.viewed"
    REVIEW_ENDED = "review.ended"
    REVIEW_DONE = "review.done"
    FLAG_SET = "flag.set"
    FLAG_TOLD = "flag.told"
    FLAG_ENDED = "flag.ended"
    FLAG_ACKNOWLEDGED = "flag.acknowledged"
    FLAGS_EXPORTED = "flags.exported"
    TRANSFER_CHANGED = "transfer.changed"
    PLAN_CHANGED = "plan.changed"
    MINUTES_WRITTEN = "minutes.written"
    MINUTES_PART_APPROVED = "minutes.part_approved"
    MINUTES_APPROVED = "minutes.approved"
    PAPER_ISSUED = "paper.issued"
    PAPER_READ = "paper.read"
    PAPER_BLOCKED = "paper.blocked"
    PAPER_RECALLED = "paper.recalled"
    PAPER_REDACTED = "paper.redacted"
    PAPER_REDACTION_ENDED = "paper.redaction_ended"

    MAIL_QUEUED = "mail.queued"
    MAIL_SENT = "mail.sent"
    MAIL_FAILED = "mail.failed"
    MAIL_WITHDRAWN = "mail.withdrawn"

    REPORT_MADE = "report.made"
    AUDIT_VIEWED = "audit.viewed"
    AUDIT_CHECKED = "audit.checked"
    KEYS_ROTATED = "keys.rotated"
    DEMONSTRATION_LOADED = "demonstration.loaded"


# An event that is not named here carries no details at all.
REQUIRED: Mapping[Event, frozenset[str]] = {
    Event.SIGN_IN_FAILED: frozenset(("why",)),
    Event.USER_CHANGED: frozenset(("fields",)),
    Event.MEMBERSHIP_GIVEN: frozenset(("role", "agency")),
    Event.MEMBERSHIP_ENDED: frozenset(("role", "agency")),
    Event.COVER_ARRANGED: frozenset(("by", "first_day", "last_day")),
    Event.AGENCY_CHANGED: frozenset(("fields",)),
    Event.REFUSED: frozenset(("permission",)),
    Event.LIST_VIEWED: frozenset(("list", "rows")),
    Event.PEOPLE_SEARCHED: frozenset(("fields", "found")),
    Event.PERSON_AMENDED: frozenset(("fields",)),
    Event.PERSON_ADOPTED: frozenset(("known",)),
    Event.REFERRAL_LOGGED: frozenset(("case",)),
    Event.REFERRAL_SCREENED: frozenset(("outcome",)),
    Event.REFERRAL_AMENDED: frozenset(("fields",)),
    Event.INFORMATION_ASKED: frozenset(("due_on",)),
    Event.IMPORT_DONE: frozenset(("rows",)),
    Event.CASE_JOINED: frozenset(("into",)),
    Event.CASE_ALLOCATED: frozenset(("to",)),
    Event.STAGE_CHANGED: frozenset(("before", "after")),
    Event.CASE_CLOSED: frozenset(("reason",)),
    Event.PERSON_INVOLVED: frozenset(("person", "role")),
    Event.INVOLVEMENT_AMENDED: frozenset(("person", "fields")),
    Event.ENTRY_ADDED: frozenset(("kind", "entry")),
    Event.ENTRY_AMENDED: frozenset(("kind", "entry", "fields")),
    Event.TASK_SET: frozenset(("kind", "task")),
    Event.TASK_CHANGED: frozenset(("kind", "task", "fields")),
    Event.TASK_DONE: frozenset(("kind", "task")),
    Event.DOCUMENT_OPENED: frozenset(("entry",)),
    Event.LETTER_WRITTEN: frozenset(("letter", "entry")),
    Event.AGENCY_SHARED: frozenset(("agency",)),
    Event.AGENCY_UNSHARED: frozenset(("agency",)),
    Event.EXCLUSION_SET: frozenset(("user", "agency")),
    Event.EXCLUSION_ENDED: frozenset(("user", "agency")),
    Event.SEAT_CHANGED: frozenset(("fields",)),
    Event.SERIES_CHANGED: frozenset(("fields",)),
    Event.MEETING_CHANGED: frozenset(("fields",)),
    Event.ATTENDANCE_RECORDED: frozenset(("agency", "state")),
    Event.QUEUE_CHANGED: frozenset(("state",)),
    Event.ITEM_LISTED: frozenset(("meeting",)),
    Event.ITEM_CHANGED: frozenset(("fields",)),
    Event.ITEM_REMOVED: frozenset(("meeting",)),
    Event.INTEREST_DECLARED: frozenset(("exclusion",)),
    Event.NOTE_WRITTEN: frozenset(("part",)),
    Event.DECISION_MADE: frozenset(("outcome",)),
    Event.PLAN_RECONSIDERED: frozenset(("answer",)),
    Event.RESEARCH_ASKED: frozenset(("agency",)),
    Event.RESEARCH_RETURNED: frozenset(("state",)),
    Event.RESEARCH_HANDED_OVER: frozenset(("to",)),
    Event.GUEST_INVITED: frozenset(("agency",)),
    Event.ACTION_CHANGED: frozenset(("state",)),
    Event.REVIEW_SET: frozenset(("cycle",)),
    Event.REVIEW_DONE: frozenset(("cycle",)),
    Event.REVIEW_ENDED: frozenset(("cycle",)),
    Event.FLAG_TOLD: frozenset(("agency",)),
    Event.FLAG_ENDED: frozenset(("reason",)),
    Event.FLAGS_EXPORTED: frozenset(("rows",)),
    Event.TRANSFER_CHANGED: frozenset(("fields",)),
    Event.MINUTES_APPROVED: frozenset(("number", "digest")),
    Event.PAPER_ISSUED: frozenset(("kind", "agency")),
    Event.PAPER_BLOCKED: frozenset(("kind", "agency")),
    Event.MAIL_QUEUED: frozenset(("template", "to")),
    Event.MAIL_SENT: frozenset(("template",)),
    Event.MAIL_FAILED: frozenset(("template", "error")),
    Event.MAIL_WITHDRAWN: frozenset(("template",)),
    Event.REPORT_MADE: frozenset(("report", "first_day", "last_day", "audience")),
    Event.AUDIT_CHECKED: frozenset(("faults",)),
    Event.KEYS_ROTATED: frozenset(("version", "rewrapped")),
}
