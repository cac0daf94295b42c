"""How long random runs are: a sample for `make test`, the whole for .ci/run, which sets CASEWORK_LONG."""

from __future__ import annotations

import os

LONG = bool(os.environ.get("CASEWORK_LONG"))


def rounds(sample: int, *, long: int) -> int:
    """How many histories, kills or guesses to try in this run."""
    return long if LONG else sample
