"""Holding a row until the transaction ends, so that two people changing it at once lose nothing."""

from __future__ import annotations

from casework.extensions import Base, db


def lock(row: Base) -> None:
    """Lock a row and read it anew: what somebody else changed meanwhile is seen, what we changed is kept."""
    db.session.flush()
    # Of this row alone: whoever read it may have asked for rows beside it, and those that may be missing cannot be locked.
    db.session.refresh(row, with_for_update={"of": type(row)})
