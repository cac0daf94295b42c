"""The programmes of the running application."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app

from casework.errors import NotFound
from casework.programmes.definition import Programme


def every() -> Mapping[str, Programme]:
    """All programmes by id."""
    return current_app.extensions["programmes"]


def programme(programme_id: str) -> Programme:
    """One programme. Raises NotFound, because ids come from addresses too."""
    try:
        return every()[programme_id]
    except KeyError:
        raise NotFound("There is no such programme.") from None
