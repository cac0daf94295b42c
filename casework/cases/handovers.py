"""A case is referred to another programme of this instance. Cases come before referrals, so whoever takes them listens.

What arrives there is a referral of its own: the sender is told nothing of it, and cannot follow it.
"""

from __future__ import annotations

from collections.abc import Callable

from casework.access.vocabulary import Actor
from casework.cases.models import Case

Taker = Callable[[Actor, Case, str, str], None]

_takers: list[Taker] = []


def listen(taker: Taker) -> Taker:
    """Call `taker(actor, case, programme, words)` whenever a case is handed over; called once, when its module is read."""
    _takers.append(taker)
    return taker


def hand_over(actor: Actor, case: Case, programme_id: str, words: str) -> None:
    """Refer the person of a case to another programme with nothing but `words`, which say what is shared."""
    for taker in _takers:
        taker(actor, case, programme_id, words)
