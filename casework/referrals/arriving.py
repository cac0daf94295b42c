"""Referrals that another programme of this instance hands over: with what was shared, and nothing more.

The person is added anew, because a person belongs to one programme. Nothing ties the two cases together, and the
sender, who sees no more of the other programme than before, cannot follow what becomes of it.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from casework.access.vocabulary import Actor, Grant, Role
from casework.accounts import service as accounts
from casework.cases import handovers
from casework.cases.models import Case
from casework.errors import Invalid
from casework.forms import today
from casework.people import service as people
from casework.programmes import shelf
from casework.programmes.definition import PersonRole, Programme
from casework.referrals.log import NewReferral, Party, log

NOT_NAMED = "Not named in what was shared"


@handovers.listen
def take(actor: Actor, case: Case, programme_id: str, words: str) -> None:
    """Log the referral. Raises Invalid for a programme to which nothing can be handed over."""
    programme = shelf.every().get(programme_id)
    host = accounts.host_agency(programme_id) if programme else None
    if programme is None or programme_id == case.programme or host is None:
        raise Invalid(errors={"to_programme": ["Choose another programme that takes referrals"]})
    sender = _as_referrer(actor, programme, host)
    source = shelf.programme(case.programme)
    new = NewReferral(
        received_on=today(),
        parties=[_party(sender, programme, role, case) for role in programme.person_roles if role.required],
        referrer_name=source.panel.name if source.panel else source.name,
        narrative=words,
    )
    log(sender, programme, new)


def _as_referrer(actor: Actor, programme: Programme, agency_id: uuid.UUID) -> Actor:
    """The actor with leave to refer there, for this one referral; who sent it stays in the trail."""
    if actor.kind == "operator":
        return actor
    leave = Grant(Role.REFERRER, agency_id, programme.id)
    return replace(actor, grants=(*actor.grants, leave))


def _party(sender: Actor, programme: Programme, role: PersonRole, case: Case) -> Party:
    """The person by name and birth; whoever else the programme asks for is left to be asked of the sender."""
    person = case.subject if role is programme.subject else None
    if person is None:
        look = people.look_first(sender, programme.id)
        return Party(role=role.id, ticket=look.ticket, person={"description": NOT_NAMED})
    named = {name: getattr(person, name) for name in ("forename", "surname", "date_of_birth")}
    given = {**named, "description": person.description} if not any(named.values()) else named
    look = people.look_first(
        sender, programme.id, forename=person.forename, surname=person.surname, born=person.date_of_birth
    )
    return Party(role=role.id, ticket=look.ticket, person=given)
