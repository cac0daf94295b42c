"""The one rule of who may see which record: a `Select` for lists, and the same `Select` asked for one item.

A permission that no membership holds gives an empty list. An exclusion beats every role.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from casework.access.vocabulary import SCOPES, Actor, Grant, Permission, Scope
from casework.cases.models import Case, CaseAgency, CaseRow, Exclusion, Involvement
from casework.extensions import Base, db
from casework.panels.models import (
    Action,
    ActionUpdate,
    AgendaItem,
    Attendance,
    Finding,
    Flag,
    FlagNotice,
    Interest,
    ItemRow,
    Meeting,
    Minutes,
    MinutesPart,
    Paper,
    PaperRedaction,
    QueueEntry,
    Research,
    Seat,
    Series,
)
from casework.people.models import Person
from casework.referrals.models import Draft, Enquiry, Referral, ReferralLink


def visible(actor: Actor, model: type[Any], permission: Permission | None = None) -> Select[Any]:
    """The rows of `model` on which `actor` holds `permission` (left out: may see them).

    Raises LookupError for a model without a rule, so that a new kind of record is not open by oversight.
    """
    return select(model).where(condition(actor, model, permission))  # type: ignore[arg-type]  # mypy takes no class for hashable


@lru_cache(maxsize=2048)
def condition(actor: Actor, model: type[Any], permission: Permission | None = None) -> ColumnElement[bool]:
    """`visible` as a condition, for queries that count or pick columns.

    Remembered, because a page asks for several and making one takes longer than sending it. It follows from its
    arguments alone: whoever is granted or refused something is another actor from then on.
    """
    for kind, rule in RULES.items():
        if issubclass(model, kind):
            return rule(actor, model, permission)
    raise LookupError(f"no rule says who may see {model.__name__}")


def decide(actor: Actor, permission: Permission, thing: Base) -> bool:
    """Whether `actor` holds `permission` on this very row: asks the list's own rule."""
    return bool(db.session.scalar(_decision(actor, permission, type(thing)), {"row": thing.id}))


@lru_cache(maxsize=1024)
def _decision(actor: Actor, permission: Permission, model: type[Any]) -> Select[bool]:
    """The question follows from these alone: who asks may do other things tomorrow, and is then another actor."""
    row = visible(actor, model, permission).where(model.id == bindparam("row"))
    return select(exists(row.with_only_columns(model.id)))


def _cases(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    if actor.kind == "operator":
        return true()
    grants = actor.grants_for(permission or Permission.CASE_VIEW)
    reaches = [_reach(actor, grant, model) for grant in grants if grant.role in SCOPES]
    return and_(or_(false(), *reaches), ~_excluded(actor, model.id))


def _reach(actor: Actor, grant: Grant, case: type[Case]) -> ColumnElement[bool]:
    """How far one membership reaches among cases."""
    here = case.programme == grant.programme
    match SCOPES[grant.role]:
        case Scope.PROGRAMME:
            return here
        case Scope.AGENCY:
            mine = [case.agency_id == grant.agency_id, case.worker_id == actor.id]
            if covered := actor.covers_in(grant.programme):
                mine.append(case.worker_id.in_(covered))
            return and_(here, or_(*mine))
        case Scope.SHARED:
            part = aliased(CaseAgency)
            taking_part = exists().where(
                part.case_id == case.id, part.agency_id == grant.agency_id, part.ended_on.is_(None)
            )
            return and_(here, taking_part)
        case Scope.OWN:
            return false()


def excluded_cases(actor: Actor) -> Select[Any]:
    """The ids of the cases that the actor must not know of, whatever they are."""
    return select(Exclusion.case_id).where(
        Exclusion.ended_at_utc.is_(None),
        or_(Exclusion.user_id == actor.id, Exclusion.agency_id.in_(actor.agencies)),
    )


def _excluded(actor: Actor, case_id: Any) -> ColumnElement[bool]:
    # One list for the whole statement rather than a look-up for each case: an actor is excluded from few cases.
    hidden: ColumnElement[bool] = case_id.in_(excluded_cases(actor))
    return hidden


def _referrals(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """A referral is seen by those who may see its case, and by the agency that made it."""
    if actor.kind == "operator":
        return true()
    grants = actor.grants_for(permission or Permission.REFERRAL_VIEW)
    own = [
        and_(model.programme == grant.programme, model.referring_agency_id == grant.agency_id)
        for grant in grants
        if SCOPES.get(grant.role) is Scope.OWN
    ]
    case = aliased(Case)
    seen = _cases(actor, case, permission or Permission.REFERRAL_VIEW)
    through = exists().where(case.id == model.case_id, seen)
    return or_(through, and_(or_(false(), *own), ~_excluded(actor, model.case_id)))


def _of_case(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """Whatever is recorded on a case is seen with the case."""
    if actor.kind == "operator":
        return true()
    case = aliased(Case)  # a name of its own: the query that asks may have joined cases already
    return exists().where(case.id == model.case_id, _cases(actor, case, permission))


def _queue_entries(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """As the case, but without a look at each of them for those who see every case of the panel's programme."""
    if actor.kind == "operator":
        return true()
    grants = actor.grants_for(permission or Permission.CASE_VIEW)
    whole = sorted({grant.programme or "" for grant in grants if SCOPES.get(grant.role) is Scope.PROGRAMME})
    reaches: list[ColumnElement[bool]] = [model.programme.in_(whole)]
    if any(SCOPES.get(grant.role) is not Scope.PROGRAMME for grant in grants):
        reaches.append(_of_case(actor, model, permission))
    return and_(or_(*reaches), ~_excluded(actor, model.case_id))


def _people(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """A person is seen through a case they are involved in; one whose every case is hidden is hidden too.

    A person of whom any case is closed to the actor by an exclusion stays hidden only in that case: their name is
    known to the actor from the other.
    """
    if actor.kind == "operator":
        return true()
    part, case = aliased(Involvement), aliased(Case)
    return exists().where(
        part.person_id == model.id,
        case.id == part.case_id,
        _cases(actor, case, permission or Permission.CASE_VIEW),
    )


def _own_drafts(actor: Actor, model: type[Any], _permission: Permission | None) -> ColumnElement[bool]:
    own: ColumnElement[bool] = model.author_id == actor.id
    return own if actor.id else false()


def _of_programme(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """Rows that name nobody: seen by whoever holds the permission in the programme."""
    if actor.kind == "operator":
        return true()
    held: ColumnElement[bool] = model.programme.in_(actor.programmes(permission or Permission.ENQUIRY_LOG))
    return held


def _of_panel(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """Who sits on a panel and when it meets: seen by whoever may see its meetings."""
    return _of_programme(actor, model, permission or Permission.MEETING_VIEW)


def _meetings(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """An emergency meeting tells of its cases, so it is seen by those who may see one of them."""
    if actor.kind == "operator":
        return true()
    permission = permission or Permission.MEETING_VIEW
    item, hidden = aliased(AgendaItem), aliased(AgendaItem)
    seen = exists().where(item.meeting_id == model.id, _items(actor, item, permission))
    runs = model.programme.in_(actor.programmes(Permission.MEETING_RUN))
    empty = and_(runs, ~exists().where(hidden.meeting_id == model.id))
    return and_(_of_programme(actor, model, permission), or_(model.kind == "ordinary", seen, empty))


def _of_meeting(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    if actor.kind == "operator":
        return true()
    meeting = aliased(Meeting)
    return exists().where(meeting.id == model.meeting_id, _meetings(actor, meeting, permission))


def _minutes(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """A draft is for those who run the meeting; approved minutes for whoever may see the meeting."""
    running = _of_meeting(actor, model, Permission.MEETING_RUN)
    return or_(running, and_(model.state == "approved", _of_meeting(actor, model, permission)))


def _minutes_parts(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    if actor.kind == "operator":
        return true()
    minutes = aliased(Minutes)
    approved = exists().where(minutes.id == model.minutes_id, minutes.state == "approved")
    return or_(
        _of_case(actor, model, Permission.MEETING_RUN), and_(approved, _of_item(actor, model, permission))
    )


def _papers(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """Papers are for the members of the agency that they were issued to, and for those who issue them.

    That an agency has papers tells that it was asked, so whoever may see nothing of what it was asked sees none.
    """
    if actor.kind == "operator":
        return true()
    permission = permission or Permission.MEETING_VIEW
    own = and_(_own_agency(actor, model, permission, aliased(Meeting)), model.recalled_at_utc.is_(None))
    return and_(
        or_(_of_meeting(actor, model, Permission.MEETING_RUN), own), _something_in(actor, model, permission)
    )


def _something_in(actor: Actor, model: type[Any], permission: Permission) -> ColumnElement[bool]:
    """An item that the paper's agency was asked about, or has an action from, and that the actor may see."""
    item, asked, given = aliased(AgendaItem), aliased(Research), aliased(Action)
    return exists().where(
        item.meeting_id == model.meeting_id,
        or_(
            exists().where(
                asked.item_id == item.id, asked.agency_id == model.agency_id, asked.guest_name == ""
            ),
            exists().where(given.item_id == item.id, given.agency_id == model.agency_id),
        ),
        or_(_items(actor, item, permission), _has_action(actor, item)),
    )


def _has_action(actor: Actor, item: type[Any]) -> ColumnElement[bool]:
    own = aliased(Action)
    return exists().where(own.item_id == item.id, _actions(actor, own, Permission.ACTION_WORK))


def _own_agency(
    actor: Actor, model: type[Any], permission: Permission, meeting: type[Meeting]
) -> ColumnElement[bool]:
    """The paper was issued to an agency for which the actor holds `permission` in the meeting's programme."""
    own = [
        and_(model.agency_id == grant.agency_id, meeting.programme == grant.programme)
        for grant in actor.grants_for(permission)
    ]
    return exists().where(
        meeting.id == model.meeting_id, or_(false(), *own), _meetings(actor, meeting, permission)
    )


def _items(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """An agenda item is seen with its case, and by the members of the agencies that were asked about it."""
    if actor.kind == "operator":
        return true()
    permission = permission or Permission.MEETING_VIEW
    through = _of_case(actor, model, permission)
    return or_(through, and_(_asked(actor, model.id, permission), ~_excluded(actor, model.case_id)))


def _asked(actor: Actor, item_id: Any, permission: Permission) -> ColumnElement[bool]:
    """An agency for which the actor sits on the panel was asked about the item."""
    asked = aliased(Research)
    agencies = [
        and_(asked.agency_id == grant.agency_id, asked.programme == grant.programme)
        for grant in actor.grants_for(permission)
        if SCOPES.get(grant.role) is Scope.SHARED
    ]
    return exists().where(asked.item_id == item_id, asked.guest_name == "", or_(false(), *agencies))


def _of_item(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """What is recorded on an item is seen with the item."""
    item = aliased(AgendaItem)
    return exists().where(item.id == model.item_id, _items(actor, item, permission))


def _research(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """An agency sees its own research; that of others once the panel's rules open it. Those who run see all."""
    if actor.kind == "operator":
        return true()
    # A guest's request is the guest's alone: it is asked of somebody, and not of their agency.
    grants = or_(false(), *_own_grants(actor, model, Permission.RESEARCH_RETURN))
    own = and_(model.guest_name == "", grants)
    running = _of_case(actor, model, Permission.MEETING_RUN)
    if permission is Permission.RESEARCH_RETURN:
        return or_(running, and_(own, ~_excluded(actor, model.case_id)))
    opened = and_(
        model.state != "asked", _asked(actor, model.item_id, Permission.MEETING_VIEW), _opened(actor, model)
    )
    return or_(running, and_(or_(own, opened), ~_excluded(actor, model.case_id)))


def _opened(actor: Actor, model: type[Any]) -> ColumnElement[bool]:
    """The meeting has begun; or the actor's agency has returned its own, where that is the panel's rule."""
    item, meeting, own = aliased(AgendaItem), aliased(Meeting), aliased(Research)
    returned = exists().where(
        own.item_id == item.id,
        own.returned_at_utc.is_not(None),
        own.guest_name == "",
        or_(false(), *_own_grants(actor, own, Permission.RESEARCH_RETURN)),
    )
    begun = meeting.opened_at_utc.is_not(None)
    by_rule = or_(begun, and_(meeting.research_opens == "returned", returned))
    return exists().where(item.id == model.item_id, meeting.id == item.meeting_id, by_rule)


def _own_grants(actor: Actor, model: type[Any], permission: Permission) -> list[ColumnElement[bool]]:
    return [
        and_(model.agency_id == grant.agency_id, model.programme == grant.programme)
        for grant in actor.grants_for(permission)
    ]


def _findings(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    research = aliased(Research)
    return exists().where(research.id == model.research_id, _research(actor, research, permission))


def _actions(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """An agency works its own actions; the plan of an item is seen with the item, and that of a case with it."""
    if actor.kind == "operator":
        return true()
    own = or_(false(), *_own_grants(actor, model, Permission.ACTION_WORK))
    mine = and_(own, ~_excluded(actor, model.case_id))
    if permission is Permission.ACTION_WORK:
        return or_(_of_case(actor, model, Permission.MEETING_RUN), mine)
    return or_(mine, _of_item(actor, model, permission or Permission.CASE_VIEW))


def _action_updates(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    action = aliased(Action)
    return exists().where(action.id == model.action_id, _actions(actor, action, permission))


def _interests(actor: Actor, model: type[Any], _permission: Permission | None) -> ColumnElement[bool]:
    """What somebody declared is for the chair and the coordinator."""
    return _of_case(actor, model, Permission.MEETING_RUN)


def _flags(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    notice = aliased(FlagNotice)
    told = exists().where(notice.flag_id == model.id, _notices(actor, notice, permission))
    return or_(_of_case(actor, model, permission), told)


def _notices(actor: Actor, model: type[Any], permission: Permission | None) -> ColumnElement[bool]:
    """A notice of a flag is for the agency that was told, and for those who run the panel."""
    if actor.kind == "operator":
        return true()
    flag = aliased(Flag)
    own = [
        and_(model.agency_id == grant.agency_id, flag.programme == grant.programme)
        for grant in actor.grants_for(permission or Permission.ACTION_WORK)
    ]
    told = exists().where(flag.id == model.flag_id, or_(false(), *own))
    running = _of_case(actor, model, Permission.MEETING_RUN)
    return or_(running, and_(told, ~_excluded(actor, model.case_id)))


Rule = Callable[[Actor, type[Any], Permission | None], ColumnElement[bool]]

# The first class that fits decides, so the narrower stands before the wider.
RULES: dict[type[Any], Rule] = {
    Case: _cases,
    Referral: _referrals,
    AgendaItem: _items,
    QueueEntry: _queue_entries,
    MinutesPart: _minutes_parts,
    ItemRow: _of_item,
    Interest: _interests,
    PaperRedaction: _interests,
    Research: _research,
    Finding: _findings,
    Action: _actions,
    ActionUpdate: _action_updates,
    FlagNotice: _notices,
    Flag: _flags,
    CaseRow: _of_case,
    CaseAgency: _of_case,
    Person: _people,
    Draft: _own_drafts,
    Enquiry: _of_programme,
    ReferralLink: _of_programme,
    Meeting: _meetings,
    Minutes: _minutes,
    Attendance: _of_meeting,
    Paper: _papers,
    Seat: _of_panel,
    Series: _of_panel,
}


def may_open(actor: Actor, model: type[Any], row: uuid.UUID) -> bool:
    """Whether a row of `model` with this id is in the actor's list."""
    return bool(
        db.session.scalar(
            select(exists(visible(actor, model).where(model.id == row).with_only_columns(model.id)))
        )
    )
