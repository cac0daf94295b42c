"""How the demonstration makes its records: by the services that make real ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import Agency, User
from casework.cases.models import Case
from casework.extensions import db
from casework.forms import today
from casework.people import service as people
from casework.programmes import shelf
from casework.referrals import screening
from casework.referrals.log import NewReferral, Party, log
from casework.referrals.models import Referral

ASB, COMMUNITY, DOMESTIC, CHANNEL = "asb_support", "community_marac", "dva_marac", "channel"


@dataclass(frozen=True)
class Borough:
    """Its agencies by name and its users by address."""

    agencies: Mapping[str, Agency]
    users: Mapping[str, User]

    def actor(self, who: str) -> Actor:
        return accounts.actor_of(self.users[f"{who}@example.org"])


def ago(days: int) -> date:
    return today() - timedelta(days=days)


def somebody(
    actor: Actor,
    programme: str,
    role: str,
    forename: str,
    surname: str,
    born: date,
    *,
    ward: str = "",
    **more: Any,
) -> Party:
    look = people.look_first(actor, programme, forename=forename, surname=surname, born=born)
    return Party(
        role=role,
        ticket=look.ticket,
        person={"forename": forename, "surname": surname, "date_of_birth": born, **more},
        answers={"ward": ward} if ward else {},
    )


def refer(actor: Actor, programme: str, received_on: date, *parties: Party, **more: Any) -> Referral:
    if not actor.has(Permission.CASE_WORK, programme):  # somebody outside, who follows their own referrals
        more["referring_agency_id"] = actor.grants_for(Permission.REFERRAL_LOG, programme)[0].agency_id
    return log(
        actor, shelf.programme(programme), NewReferral(received_on=received_on, parties=parties, **more)
    )


def accept(borough: Borough, actor: Actor, referral: Referral, worker: str | None) -> Case:
    case = referral.case
    assert case.agency_id is not None  # noqa: S101 (every programme of the borough has a coordinator)
    screening.accept(
        actor,
        referral,
        version=referral.version,
        agency_id=case.agency_id,
        worker_id=borough.users[f"{worker}@example.org"].id if worker else None,
    )
    db.session.refresh(case)
    return case
