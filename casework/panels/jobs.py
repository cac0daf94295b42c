"""What is done by the clock with meetings: more of them, invitations, reminders."""

from __future__ import annotations

from datetime import timedelta

from casework.jobs.registry import Job
from casework.panels.actions import escalation
from casework.panels.flags import service as flags
from casework.panels.meetings import invitations, reminders, series
from casework.panels.plans import service as plans
from casework.panels.reviews import service as reviews
from casework.panels.transfers import service as transfers

JOBS = (
    Job("meetings.series", every=timedelta(days=1), run=series.keep_coming, done="meetings were planned."),
    Job(
        "meetings.invite",
        every=timedelta(hours=1),
        run=invitations.invite_coming,
        done="invitations were queued.",
    ),
    Job(
        "meetings.remind", every=timedelta(minutes=30), run=reminders.send_due, done="reminders were queued."
    ),
    Job(
        "actions.chase",
        every=timedelta(hours=1),
        run=escalation.chase,
        done="reminders and escalations of actions were made.",
    ),
    Job("flags.keep_up", every=timedelta(hours=6), run=flags.keep_up, done="flags were ended or told of."),
    Job("plans.watch", every=timedelta(hours=6), run=plans.watch, done="support plans stand still."),
    Job(
        "transfers.chase",
        every=timedelta(hours=6),
        run=transfers.chase,
        done="transfers were noted or chased.",
    ),
    Job("reviews.alarm", every=timedelta(hours=6), run=reviews.keep_up, done="reviews were brought up."),
)
