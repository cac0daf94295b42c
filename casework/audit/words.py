"""How the trail reads: events, subjects and details in words. Of a person in a case it knows no name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from casework.audit.events import Event

# Where the event's own name does not read well.
SPOKEN: Mapping[str, str] = {
    Event.SIGNED_IN: "Signed in",
    Event.SIGNED_OUT: "Signed out",
    Event.SIGN_IN_FAILED: "Failed to sign in",
    Event.LOCKED_OUT: "Locked out after wrong passwords",
    Event.USER_INVITED: "Link to choose a password made",
    Event.PASSWORD_SET: "Password set",
    Event.SESSIONS_ENDED: "Signed out everywhere by an administrator",
    Event.MEMBERSHIP_GIVEN: "Role given",
    Event.MEMBERSHIP_ENDED: "Role ended",
    Event.REFUSED: "Refused",
    Event.INFORMATION_ASKED: "Information asked of the referrer",
    Event.INFORMATION_GIVEN: "Information given by the referrer",
    Event.LINK_MADE: "One-time link for a referral made",
    Event.LINK_USED: "One-time link used",
    Event.PERSON_INVOLVED: "Person involved in a case",
    Event.INVOLVEMENT_AMENDED: "Person's part in a case amended",
    Event.PERSON_ADOPTED: "Known person taken into a referral",
    Event.STAGE_CHANGED: "Stage changed",
    Event.AGENCY_SHARED: "Agency given a part in a case",
    Event.AUDIT_VIEWED: "Audit trail viewed",
    Event.AUDIT_CHECKED: "Audit trail checked",
}
SUBJECTS: Mapping[str, str] = {
    "case_record": "Case",
    "user_account": "User",
    "information_request": "Request for information",
    "referral_link": "One-time link",
    "case_agency": "Agency in a case",
}
ACTORS: Mapping[str, str] = {
    "operator": "Operator at the command line",
    "anonymous": "Somebody not signed in",
    "guest": "Somebody with a one-time link",
}
WHY_NOT: Mapping[str, str] = {
    "unknown": "nobody has this address",
    "deactivated": "deactivated",
    "locked": "locked",
    "no_password": "no password chosen yet",
    "password": "wrong password",
}


def event_words(event: str) -> str:
    """`case.allocated` is "Case allocated"."""
    return SPOKEN.get(event) or event.replace(".", " ").replace("_", " ").capitalize()


def subject_words(kind: str | None) -> str:
    return SUBJECTS.get(kind or "") or (kind or "").replace("_", " ").capitalize()


def detail_words(details: Mapping[str, Any]) -> str:
    """The details but for ids, which tell a reader nothing: "found 3, fields name, postcode"."""
    told = {name: _value(name, value) for name, value in details.items() if value not in (None, [], "")}
    return "; ".join(f"{name.replace('_', ' ')}: {words}" for name, words in sorted(told.items()) if words)


def _value(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if name == "why":
        return WHY_NOT.get(str(value), str(value))
    return "" if _is_id(value) else str(value)


def _is_id(value: Any) -> bool:
    try:
        return bool(uuid.UUID(str(value)))
    except ValueError:
        return False
