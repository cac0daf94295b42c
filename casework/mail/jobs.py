"""What is done by the clock with the queue."""

from __future__ import annotations

from datetime import timedelta

from casework.jobs.registry import Job
from casework.mail import sending

JOBS = (
    Job("mail.send", every=timedelta(minutes=1), run=sending.send_due, done="messages were sent."),
    Job("mail.tidy", every=timedelta(days=1), run=sending.tidy, done="old messages were forgotten."),
)
