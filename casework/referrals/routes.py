"""Pages of referrals. Each module below hangs its own pages on the one blueprint."""

from __future__ import annotations

from casework.referrals import (
    draft_routes,
    enquiry_routes,
    guest_routes,
    link_routes,
    list_routes,
    referral_routes,
    screening_routes,
)
from casework.referrals.blueprint import bp

__all__ = [
    "bp",
    "draft_routes",
    "enquiry_routes",
    "guest_routes",
    "link_routes",
    "list_routes",
    "referral_routes",
    "screening_routes",
]
