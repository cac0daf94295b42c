"""What is done by the clock with what was never sent."""

from __future__ import annotations

from datetime import timedelta

from casework.jobs.registry import Job
from casework.referrals import drafts

JOBS = (
    Job(
        "drafts.purge",
        every=timedelta(minutes=15),
        run=drafts.purge,
        done="drafts that had expired after a warning were destroyed.",
    ),
)
