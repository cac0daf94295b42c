"""What the work on a case may know of its referrals. Cases come before referrals, so it is told, not asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor
from casework.cases import mediation, referred
from casework.cases.kind import label, said
from casework.cases.models import Case
from casework.cases.referred import Referred
from casework.extensions import db
from casework.programmes import shelf
from casework.programmes.definition import REFERRAL, Field, Programme
from casework.referrals import answers
from casework.referrals.models import Answer, Referral


def referrals_of_case(actor: Actor, case: Case) -> Sequence[Referral]:
    """The referrals of a case that the actor may see, the earliest first."""
    query = policy.visible(actor, Referral).where(Referral.case_id == case.id)
    return db.session.scalars(query.order_by(Referral.received_on, Referral.id)).all()


def codes_known(case: Case) -> mediation.Answers:
    """Every code answered on any referral of a case, by whom it is about (a role, or `referral`) and field."""
    rows = db.session.execute(
        select(Answer.role, Answer.field, Answer.code)
        .join(Referral, Referral.id == Answer.referral_id)
        .where(Referral.case_id == case.id)
        .distinct()
    )
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for role, field, code in rows:
        if code is not None:
            found[role, field].add(code)
    return {about: frozenset(codes) for about, codes in found.items()}


def told(case: Case) -> Sequence[Referred]:
    """The referrals of a case in words, for whoever was let in to it already. Two statements."""
    programme = shelf.programme(case.programme)
    query = (
        select(Referral)
        .where(Referral.case_id == case.id, Referral.outcome != "declined")
        .order_by(Referral.received_on.desc(), Referral.id.desc())
        .options(joinedload(Referral.referring_agency))
    )
    found = db.session.scalars(query).all()
    known = zip(found, answers.read_each(found), strict=True)
    return [_in_words(programme, referral, values) for referral, values in known]


def _in_words(programme: Programme, referral: Referral, values: Mapping[str, object]) -> Referred:
    asked = {field.id: field for field in programme.fields_about(REFERRAL)}
    words = {
        name: (asked[name].label, _said(programme, asked[name], value)) for name, value in values.items()
    }
    # What a programme asks first about a referral is why it is made.
    why = next((each.fields for each in programme.sections_at("intake") if each.about == REFERRAL), ())
    return Referred(
        received_on=referral.received_on,
        source=label(programme, "source", referral.source),
        agency=referral.referring_agency.name if referral.referring_agency else "",
        narrative=referral.narrative or "",
        reasons=[words[name] for name in why if name in words],
        answers=words,
    )


def _said(programme: Programme, field: Field, value: object) -> str:
    return said(value, programme.list(field.list).codes if field.list else ())


mediation.answers_known.append(codes_known)
referred.referrals_known.append(told)
