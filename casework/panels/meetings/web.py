"""How a page of a meeting is drawn: in one frame, with the pages of the meeting that its reader may open.

meeting_web.show("panels/agenda.html", meeting, "agenda", items=items)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, render_template, url_for

from casework.access import doors
from casework.access.vocabulary import Permission
from casework.forms.words import upper_first
from casework.programmes import shelf

if TYPE_CHECKING:
    from casework.access.vocabulary import Actor
    from casework.panels.models import Meeting

# Words and colour of each state.
STATES = {
    "planned": ("Planned", "grey"),
    "circulated": ("Agenda circulated", "blue"),
    "open": ("In session", "green"),
    "ended": ("Held", ""),
    "cancelled": ("Cancelled", "red"),
}
EVERY = frozenset(STATES)
SENT = frozenset(("circulated", "open", "ended"))
BEGUN = frozenset(("open", "ended"))


@dataclass(frozen=True)
class Tab:
    """A page of a meeting: shown when its view stands, its reader holds what the view asks, and in these states.

    `runs` narrows it to those who run the meeting (True) or to the others (False).
    """

    name: str
    words: str
    states: Collection[str] = EVERY
    runs: bool | None = None

    @property
    def endpoint(self) -> str:
        return f"panels.{self.name}"


TABS = (
    Tab("meeting", "Overview"),
    Tab("agenda", "Agenda"),
    Tab("research_progress", "Research", SENT),
    Tab("attendance", "Attendance", SENT),
    Tab("live", "Live meeting", SENT, runs=True),
    Tab("room", "In the room", frozenset(("circulated", "open")), runs=False),
    Tab("meeting_actions", "Actions", BEGUN),
    Tab("minutes", "Minutes", BEGUN),
    Tab("papers", "Papers", SENT),
)


# What else belongs to panels, beside the meetings: shown on their list to those who may open it.
PLACES = (
    ("panels.list_meetings", "Meetings"),
    ("panels.queues", "Queue"),
    ("panels.my_research", "Research"),
    ("panels.my_papers", "My papers"),
    ("panels.reviews", "Reviews"),
    ("panels.flags", "Flags"),
    ("panels.transfers", "Transfers"),
    ("panels.series", "Series of meetings"),
)


def places(current: str) -> Iterator[tuple[str, str, bool]]:
    """The parts of panels that this reader may open: words, address, whether it is this one.

    They are `parts` to a template, because the layout has `places`.
    """
    actor = doors.current_actor()
    for endpoint, words in PLACES:
        asked = getattr(current_app.view_functions.get(endpoint), "required_permission", None)
        if asked is not None and actor.has(asked):
            yield words, url_for(endpoint), endpoint == current


def title(meeting: Meeting) -> str:
    """MARAC meeting, Channel panel; the day is written beside it."""
    words = upper_first(shelf.programme(meeting.programme).word("meeting"))
    return f"Emergency {words}" if meeting.kind == "emergency" else words


def show(template: str, meeting: Meeting, tab: str = "", **more: Any) -> str:
    """A page of a meeting in its frame; `tab` is the name of the view whose page it belongs to.

    The template extends "panels/_meeting.html" and fills its block `page`. It is given `meeting`, `programme`,
    `meeting_title`, `may_run` (whether the reader runs this meeting), `state` (words and colour), `tabs` and `more`.
    """
    actor = doors.current_actor()
    programme = shelf.programme(meeting.programme)
    may_run = doors.may(actor, Permission.MEETING_RUN, meeting)
    return render_template(
        template,
        meeting=meeting,
        programme=programme,
        marking=programme.handling or "",
        meeting_title=title(meeting),
        state=STATES[meeting.state],
        tabs=list(tabs(actor, meeting, tab, may_run=may_run)),
        may_run=may_run,
        upper_first=upper_first,
        **{"conflict": None, "errors": {}, **more},
    )


def tabs(actor: Actor, meeting: Meeting, current: str, *, may_run: bool) -> Iterator[tuple[str, str, bool]]:
    """The pages of the meeting that stand and that this reader may open: words, address, whether it is this one."""
    held = {Permission.MEETING_VIEW: True, Permission.MEETING_RUN: may_run}
    for tab in TABS:
        view = current_app.view_functions.get(tab.endpoint)
        if view is None or meeting.state not in tab.states or tab.runs not in (None, may_run):
            continue
        asked: Permission = getattr(view, "required_permission")  # noqa: B009 (set by doors.requires)
        if asked not in held:
            held[asked] = doors.may(actor, asked, meeting)
        if held[asked]:
            yield tab.words, url_for(tab.endpoint, meeting_id=meeting.id), tab.name == current
