"""Who may see a case: everybody who does and why, the agencies that take part, whom it is hidden from."""

from __future__ import annotations

import uuid
from typing import Any

from werkzeug.wrappers import Response

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.accounts import service as accounts
from casework.cases import page, service, sharing
from casework.cases.blueprint import bp
from casework.cases.page import Frame
from casework.cases.schemas import Exclude, ShareWith
from casework.cases.web import Answer, done, show, take
from casework.forms import Choice, FormSchema, describe


@bp.get("/cases/<uuid:case_id>/access")
@doors.requires(Permission.CASE_VIEW)
def access(case_id: uuid.UUID) -> str:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id)
    return _page(page.frame(actor, case))


@bp.post("/cases/<uuid:case_id>/access/agencies")
@doors.requires(Permission.CASE_WORK)
def share(case_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_WORK)

    def act(values: dict[str, Any]) -> Response:
        sharing.share(actor, case, uuid.UUID(values["agency"]))
        return done("The agency takes part in the case.", "cases.access", case_id=case.id)

    return take(
        _share_form(page.frame_of_form(case)),
        act,
        lambda raw, errors, _: _page(page.frame_of_form(case), share=(raw, errors)),
    )


@bp.post("/cases/<uuid:case_id>/access/agencies/<uuid:agency_id>/end")
@doors.requires(Permission.CASE_WORK)
def end_share(case_id: uuid.UUID, agency_id: uuid.UUID) -> Response:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_WORK)
    sharing.end_share(actor, case, agency_id)
    return done("The agency no longer takes part in the case.", "cases.access", case_id=case.id)


@bp.post("/cases/<uuid:case_id>/access/exclusions")
@doors.requires(Permission.CASE_EXCLUDE)
def exclude(case_id: uuid.UUID) -> Answer:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_EXCLUDE)

    def act(values: dict[str, Any]) -> Response:
        user, agency = values["user"], values["agency"]
        service.exclude(
            actor,
            case,
            user_id=uuid.UUID(user) if user else None,
            agency_id=uuid.UUID(agency) if agency else None,
            reason=values["reason"],
        )
        return done("The case is hidden from them. They are not told.", "cases.access", case_id=case.id)

    return take(
        _exclude_form(page.frame_of_form(case)),
        act,
        lambda raw, errors, _: _page(page.frame_of_form(case), exclude=(raw, errors)),
    )


@bp.post("/cases/<uuid:case_id>/access/exclusions/<uuid:exclusion_id>/end")
@doors.requires(Permission.CASE_EXCLUDE)
def end_exclusion(case_id: uuid.UUID, exclusion_id: uuid.UUID) -> Response:
    actor = doors.current_actor()
    case = doors.case_for(actor, case_id, Permission.CASE_EXCLUDE)
    sharing.end_exclusion(actor, case, exclusion_id)
    return done("The exclusion has ended.", "cases.access", case_id=case.id)


def _page(frame: Frame, **sent: tuple[Any, Any]) -> str:
    """The page; a form with faults comes back as it was filled.

    Exclusions are shown to those who may set them.
    """
    actor, case = doors.current_actor(), frame.case
    sharing_raw, sharing_errors = sent.get("share", ({}, {}))
    hiding_raw, hiding_errors = sent.get("exclude", ({}, {}))
    may_work = doors.may(actor, Permission.CASE_WORK, case)
    may_exclude = doors.may(actor, Permission.CASE_EXCLUDE, case)
    share_fields = describe(_share_form(frame), sharing_raw, sharing_errors) if may_work else ()
    hide_fields = (
        describe(_exclude_form(frame), hiding_raw, hiding_errors, prefix="hide-") if may_exclude else ()
    )
    return show(
        "cases/access.html",
        frame,
        "access",
        seers=sharing.who_sees(case),
        shares=sharing.shares(case),
        exclusions=sharing.exclusions(case) if may_exclude else None,
        share_fields=share_fields,
        hide_fields=hide_fields,
        fields=(*share_fields, *hide_fields),
        errors={**sharing_errors, **hiding_errors},
    )


def _share_form(frame: Frame) -> FormSchema:
    return ShareWith(choices={"agency": [Choice(str(a.id), a.name) for a in sharing.may_join(frame.case)]})


def _exclude_form(frame: Frame) -> FormSchema:
    users = accounts.colleagues(doors.current_actor(), frame.case.programme)
    return Exclude(
        choices={
            "user": [Choice(str(user.id), user.name) for user in users],
            "agency": [Choice(str(agency.id), agency.name) for agency in accounts.agencies()],
        }
    )
