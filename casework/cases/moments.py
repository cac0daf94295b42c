"""What happens to a case that clocks and other features wait for.

A feature above cases cannot be called from here, so it listens: `listen` is called once, when its module is read.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date

from casework.access.vocabulary import Actor
from casework.cases import clocks
from casework.cases.models import Case
from casework.forms import today

Listener = Callable[[Actor, Case, str, date], None]
Joining = Callable[[Actor, Case, Case], None]
Adopting = Callable[[Case, uuid.UUID, uuid.UUID], None]

_listeners: list[Listener] = []
_joining: list[Joining] = []
_adopting: list[Adopting] = []


def listen(listener: Listener) -> Listener:
    """Call `listener(actor, case, event, day)` whenever something happens; `event` is a word of EVENTS."""
    _listeners.append(listener)
    return listener


def listen_joining(listener: Joining) -> Joining:
    """Call `listener(actor, case, into)` before an unscreened case is joined to another and deleted."""
    _joining.append(listener)
    return listener


def listen_adopting(listener: Adopting) -> Adopting:
    """Call `listener(case, old, kept)` before one of two records of a person in a case is deleted; both are ids."""
    _adopting.append(listener)
    return listener


def happened(actor: Actor, case: Case, event: str, *, on: date | None = None) -> None:
    """Stop and start the clocks that wait for `event`, and tell whoever listens."""
    clocks.stop(actor, case, event)
    clocks.start(actor, case, event, on=on)
    for listener in _listeners:
        listener(actor, case, event, on or today())


def joining(actor: Actor, case: Case, into: Case) -> None:
    for listener in _joining:
        listener(actor, case, into)


def adopting(case: Case, old: uuid.UUID, kept: uuid.UUID) -> None:
    for listener in _adopting:
        listener(case, old, kept)
