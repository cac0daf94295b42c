"""Every page of panels."""

from __future__ import annotations

from casework.panels import (
    action_routes,
    agenda_routes,
    case_routes,
    flag_routes,
    guest_routes,
    live_item_routes,
    live_routes,
    meeting_routes,
    minutes_routes,
    paper_routes,
    plan_routes,
    queue_routes,
    research_routes,
    review_routes,
    room_routes,
    seat_routes,
    series_routes,
    transfer_routes,
)
from casework.panels.blueprint import bp

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
