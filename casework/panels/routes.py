"""Every page of panels."""

from __future__ import annotations

from casework.panels.actions import routes as action_routes
from casework.panels.agenda import routes as agenda_routes
from casework.panels.blueprint import bp
from casework.panels.flags import routes as flag_routes
from casework.panels.guests import routes as guest_routes
from casework.panels.live import item_routes as live_item_routes
from casework.panels.live import room_routes
from casework.panels.live import routes as live_routes
from casework.panels.meetings import routes as meeting_routes
from casework.panels.meetings import series_routes
from casework.panels.minutes import routes as minutes_routes
from casework.panels.of_case import routes as case_routes
from casework.panels.papers import routes as paper_routes
from casework.panels.plans import routes as plan_routes
from casework.panels.queue import routes as queue_routes
from casework.panels.research import routes as research_routes
from casework.panels.reviews import routes as review_routes
from casework.panels.seats import routes as seat_routes
from casework.panels.transfers import routes as transfer_routes

__all__ = [
    "action_routes",
    "agenda_routes",
    "bp",
    "case_routes",
    "flag_routes",
    "guest_routes",
    "live_item_routes",
    "live_routes",
    "meeting_routes",
    "minutes_routes",
    "paper_routes",
    "plan_routes",
    "queue_routes",
    "research_routes",
    "review_routes",
    "room_routes",
    "seat_routes",
    "series_routes",
    "transfer_routes",
]
