"""The words that programme files may use where the code has to understand them, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping

from casework.access.vocabulary import Role

REFERRAL = "referral"
"""What an answer is about when it is about no person."""

ROLES = tuple(role.value for role in Role)
"""The roles a move may name."""

FIELD_KINDS = (
    "text",
    "long_text",
    "date",
    "code",
    "codes",
    "number",
    "yes_no",
    "email",
    "phone",
    "postcode",
)
COUNTABLE_KINDS = ("date", "code", "codes", "number", "yes_no")
"""The kinds whose answers may be held in plain, because they are counted. A yes_no answer is yes or no."""

STEPS = ("intake", "screening", "case", "closure")
"""When a section's questions are asked."""

QUEUE_MOVES: Mapping[str, str] = {
    "leave": "it leaves the queue",
    "relist": "it is listed for the next meeting",
    "defer": "it waits for a later meeting",
    "wait": "it waits in the queue until it is listed again",
}
"""Where a case stands in the panel's queue after a decision."""

RESEARCH_OPENS: Mapping[str, str] = {
    "meeting": "when the meeting begins",
    "returned": "when they have returned their own",
}
"""When agencies see what the others returned about a case."""

HEAD_ENTRIES = ("contact", "awareness", "agreement", "sharing", "incident")
"""The kinds of entry that may stand at the head of an agenda item."""

ENTRY_LISTS: Mapping[str, str] = {
    "onward": "destination",
    "support": "support_type",
    "need": "need",
    "need_identified": "needs_identified",
    "activity": "activity_kind",
    "contact": "contact_method",
    "incident": "incident_body",
    "key_date": "key_date_kind",
}
"""The kinds of dated entry on a case, and the code list each is coded by."""

REFERRAL_LISTS: Mapping[str, str] = {
    "source": "source",
    "route": "route",
    "decline_reason": "decline_reason",
    "closure_reason": "closure_reason",
}
"""The codes a referral holds itself, and their lists."""

EVENTS = (
    "received",
    "screened",
    "accepted",
    "allocated",
    "info_requested",
    "info_received",
    "first_contact",
    "contact",
    "last_contact",
    "assessed",
    "meeting",
    "heard",
    "closed",
    "exit",
    "reopened",
)
"""What may start or stop a clock, a review cycle or a retention period. `exit` is the
same moment as `closed`: each programme uses the word of its own guidance."""

CHECKS: Mapping[str, str] = {
    "allocated": "a worker is allocated",
    "risk_assessed": "a risk assessment is recorded",
    "agreement_recorded": "it is recorded whether the person agrees to support",
    "agreement_given": "the person (or a parent or guardian) agrees to support",
    "guardian_agreed": "a parent or guardian agrees, because the person is under 18",
    "basis_recorded": "a lawful basis is recorded",
    "needs_answered": "each need identified says whether it was met",
    "no_open_tasks": "no task is open",
    "no_open_onward": "every onward referral has an outcome",
}
"""What a move may require before it is made, in the words shown when it is missing."""

ACTS: Mapping[str, str] = {"mediation": "mediation_session"}
"""What a block may stop, and the code of `activity_kind` by which it is logged."""

PLACEHOLDERS = (
    "agency_name",
    "date_received",
    "decision_reason",
    "destination",
    "due_date",
    "programme_name",
    "recipient_name",
    "reference",
    "subject_name",
    "today",
    "worker_contact",
    "worker_name",
)
"""What a letter may leave open, as {name}."""

REQUIRED_LISTS = (
    "yes_no",
    "agency_type",
    "flag_kind",
    "contact_outcome",
    "onward_outcome",
    "mediation_willingness",
    "sharing_basis",
    "document_kind",
    "enquiry_topic",
    "abuse_markers",
    "action_effect",
    *ENTRY_LISTS.values(),
    *REFERRAL_LISTS.values(),
)
"""The lists that every programme has, its own or the shared ones."""

WORDS = ("subject", "subjects", "perpetrator", "case", "cases", "referral", "referrals", "worker", "meeting")
"""The words every programme chooses; it may add more."""
