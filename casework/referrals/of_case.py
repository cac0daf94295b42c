"""What the work on a case may know of its referrals. Cases come before referrals, so it is told, not asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import Actor
from casework.cases import mediation
from casework.cases.models import Case
from casework.extensions import db
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


mediation.answers_known.append(codes_known)
