"""Pages of referrals. Each module below hangs its own pages on the one blueprint."""

from __future__ import annotations

from typing import Any

from casework.access import doors
from casework.referrals import (
    arriving,
    draft_routes,
    enquiry_routes,
    guest_routes,
    import_routes,
    link_routes,
    list_routes,
    of_case,
    referral_routes,
    screening_routes,
)
from casework.referrals.blueprint import bp

__all__ = [
    "arriving",
    "bp",
    "draft_routes",
    "enquiry_routes",
    "guest_routes",
    "import_routes",
    "link_routes",
    "list_routes",
    "referral_routes",
    "screening_routes",
]


@bp.app_template_global("referrals_of")
def referrals_of(case: Any) -> Any:
    """The referrals of a case, for its page: cases come before referrals and cannot ask."""
    return of_case.referrals_of_case(doors.current_actor(), case)
