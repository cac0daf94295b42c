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
    Event.REPORT_MADE: frozenset(("report", "first_day", "last_day", "audience")),
    Event.AUDIT_CHECKED: frozenset(("faults",)),
    Event.KEYS_ROTATED: frozenset(("version", "rewrapped")),
}
