"""What a panel may know of how a case was referred. Cases come before referrals, so whoever keeps them tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from casework.cases.models import Case


@dataclass(frozen=True)
class Referred:
    """One referral in words: `reasons` are the answers that say why, `answers` all of them by field id.

    Each answer is its label and its words.
    """

    received_on: date
    source: str
    agency: str
    narrative: str
    reasons: Sequence[tuple[str, str]]
    answers: Mapping[str, tuple[str, str]]


# Called with a case; gives its referrals, the latest first.
referrals_known: list[Callable[[Case], Sequence[Referred]]] = []


def of_case(case: Case) -> list[Referred]:
    """The referrals of a case, the latest first, but for those that were declined. Two statements."""
    return [each for known in referrals_known for each in known(case)]
