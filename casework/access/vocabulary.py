"""Roles, permissions, and which role holds which permission. What is not written here is refused."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a membership makes of a user, in one programme and for one agency."""

    REFERRER = "referrer"
    CASEWORKER = "caseworker"
    COORDINATOR = "coordinator"
    CHAIR = "chair"
    PANEL_MEMBER = "panel_member"
    MANAGER = "manager"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @property
    def of_no_programme(self) -> bool:
        """Administrators and auditors serve the whole instance."""
        return self in (Role.ADMINISTRATOR, Role.AUDITOR)


class Permission(StrEnum):
    """What may be done, written `thing:act`; the thing is a noun of the domain."""

    HOME = "home:view"
    REFERRAL_LOG = "referral:log"
    REFERRAL_VIEW = "referral:view"
    REFERRAL_ANSWER = "referral:answer"
    REFERRAL_SCREEN = "referral:screen"
    REFERRAL_INVITE = "referral:invite"
    REFERRAL_IMPORT = "referral:import"
    ENQUIRY_LOG = "enquiry:log"
    PERSON_SEARCH = "person:search"
    CASE_VIEW = "case:view"
    CASE_WORK = "case:work"
    CASE_CLOSE = "case:close"
    CASE_ALLOCATE = "case:allocate"
    CASE_EXCLUDE = "case:exclude"
    MEETING_VIEW = "meeting:view"
    MEETING_RUN = "meeting:run"
    MINUTES_APPROVE = "minutes:approve"
    RESEARCH_RETURN = "research:return"
    ACTION_WORK = "action:work"
    TEAM_VIEW = "team:view"
    REPORT_VIEW = "report:view"
    REPORT_DRILL = "report:drill"
    ACCOUNT_MANAGE = "account:manage"
    AUDIT_VIEW = "audit:view"


class Scope(StrEnum):
    """How far a permission on cases and referrals reaches."""

    PROGRAMME = "programme"  # every one of the programme
    AGENCY = "agency"  # those held by the membership's agency, or allocated to the user
    SHARED = "shared"  # those in which the agency takes part
    OWN = "own"  # those that the membership's agency referred


_WORK = (
    Permission.HOME,
    Permission.REFERRAL_LOG,
    Permission.REFERRAL_VIEW,
    Permission.REFERRAL_ANSWER,
    Permission.ENQUIRY_LOG,
    Permission.PERSON_SEARCH,
    Permission.CASE_VIEW,
    Permission.CASE_WORK,
    Permission.CASE_CLOSE,
    Permission.ACTION_WORK,
)
_COORDINATE = (
    *_WORK,
    Permission.REFERRAL_SCREEN,
    Permission.REFERRAL_INVITE,
    Permission.REFERRAL_IMPORT,
    Permission.CASE_ALLOCATE,
    Permission.CASE_EXCLUDE,
    Permission.MEETING_VIEW,
    Permission.MEETING_RUN,
    Permission.REPORT_VIEW,
    Permission.REPORT_DRILL,
)

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.REFERRER: frozenset(
        (Permission.HOME, Permission.REFERRAL_LOG, Permission.REFERRAL_VIEW, Permission.REFERRAL_ANSWER)
    ),
    Role.CASEWORKER: frozenset((*_WORK, Permission.REFERRAL_SCREEN)),
    Role.COORDINATOR: frozenset(_COORDINATE),
    Role.CHAIR: frozenset(
        (
            Permission.HOME,
            Permission.REFERRAL_VIEW,
            Permission.PERSON_SEARCH,
            Permission.CASE_VIEW,
            Permission.CASE_EXCLUDE,
            Permission.MEETING_VIEW,
            Permission.MEETING_RUN,
            Permission.MINUTES_APPROVE,
            Permission.ACTION_WORK,
            Permission.REPORT_VIEW,
        )
    ),
    Role.PANEL_MEMBER: frozenset(
        (
            Permission.HOME,
            Permission.CASE_VIEW,
            Permission.MEETING_VIEW,
            Permission.RESEARCH_RETURN,
            Permission.ACTION_WORK,
        )
    ),
    Role.MANAGER: frozenset(
        (
            *_WORK,
            Permission.CASE_ALLOCATE,
            Permission.TEAM_VIEW,
            Permission.REPORT_VIEW,
            Permission.REPORT_DRILL,
        )
    ),
    Role.ANALYST: frozenset((Permission.HOME, Permission.REPORT_VIEW)),
    Role.ADMINISTRATOR: frozenset((Permission.HOME, Permission.ACCOUNT_MANAGE)),
    Role.AUDITOR: frozenset((Permission.HOME, Permission.AUDIT_VIEW)),
}

SCOPES: Mapping[Role, Scope] = {
    Role.REFERRER: Scope.OWN,
    Role.CASEWORKER: Scope.AGENCY,
    Role.COORDINATOR: Scope.PROGRAMME,
    Role.CHAIR: Scope.PROGRAMME,
    Role.PANEL_MEMBER: Scope.SHARED,
    Role.MANAGER: Scope.AGENCY,
}


@dataclass(frozen=True)
class Grant:
    """One membership in force: a role, for an agency, in a programme (None: the whole instance)."""

    role: Role
    agency_id: uuid.UUID
    programme: str | None


@dataclass(frozen=True)
class Actor:
    """Who acts. Every service takes one first; nothing reads it from the air.

    `standing_in` holds, by programme, the users for whom the actor stands in today. An actor without an id is the
    operator at the command line, or a guest who holds a one-time link.
    """

    id: uuid.UUID | None
    name: str
    kind: str = "user"
    grants: tuple[Grant, ...] = ()
    standing_in: frozenset[tuple[str, uuid.UUID]] = field(default_factory=frozenset)

    @property
    def covers(self) -> frozenset[uuid.UUID]:
        """For whom the actor stands in, whatever the programme: for lists of one's own, never for access."""
        return frozenset(user for _, user in self.standing_in)

    def covers_in(self, programme: str | None) -> frozenset[uuid.UUID]:
        return frozenset(user for each, user in self.standing_in if each == programme)

    @property
    def agencies(self) -> frozenset[uuid.UUID]:
        return frozenset(grant.agency_id for grant in self.grants)

    def grants_for(self, permission: Permission, programme: str | None = None) -> tuple[Grant, ...]:
        """The memberships that hold `permission`, in `programme` if one is named."""
        return tuple(
            grant
            for grant in self.grants
            if permission in GRANTS[grant.role] and programme in (None, grant.programme)
        )

    def programmes(self, permission: Permission) -> tuple[str, ...]:
        """The programmes in which the actor holds `permission`, in order of their ids."""
        return tuple(sorted({grant.programme for grant in self.grants_for(permission) if grant.programme}))

    def has(self, permission: Permission, programme: str | None = None) -> bool:
        return self.kind == "operator" or bool(self.grants_for(permission, programme))


OPERATOR = Actor(id=None, name="Operator at the command line", kind="operator")
