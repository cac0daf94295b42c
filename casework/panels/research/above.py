"""What stands above a page about one thing of a case, for readers who may not open the case itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.cases import involved, warnings
from casework.cases.models import Case
from casework.cases.warnings import Alarm
from casework.panels.research.reading import BOTH_ACCUSED, accuse_each_other
from casework.programmes import shelf
from casework.programmes.definition import Programme


@dataclass(frozen=True)
class Above:
    """The warnings, whose case it is, and whether the reader may open it."""

    case: Case
    programme: Programme
    alarm: Alarm
    may_open_case: bool

    @property
    def name(self) -> str:
        return self.case.subject.name if self.case.subject else "Name not known"


def above(actor: Actor, case: Case, programme: str) -> Above:
    """Where a couple accuse each other, no contacts are shown: the reader may be of either side."""
    definition = shelf.programme(programme)
    people = {part.person_id: part.person for part in involved.parts_of(case) if part.ended_on is None}
    standing = warnings.in_force(case)
    alarm = warnings.alarm(case, definition, standing, people)
    if accuse_each_other(standing):
        alarm = replace(alarm, safe_contact=(("Contacts", BOTH_ACCUSED),))
    return Above(case, definition, alarm, policy.decide(actor, Permission.CASE_VIEW, case))
