"""Running what is due. This is the edge of what the clock asks for, so it commits, as a request does at its end.

A turn is taken by moving its due moment forward, in a short transaction of its own, with the condition that it was
still due: of two runners one changes the row. The new moment is also the proof of holding the turn: what a job did is
committed together with a statement that still finds it. A runner that was too slow, or that died, thus leaves nothing
half done, and the job is due again by itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import Update, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from casework.access.vocabulary import OPERATOR, Actor
from casework.extensions import db, now, reading
from casework.jobs.models import JobTurn
from casework.jobs.registry import Job, registered

TRIED_AGAIN_AFTER = timedelta(minutes=15)
LOOKED_EVERY_SECONDS = 60.0
STOP_SECONDS = 10.0

log = logging.getLogger("casework.jobs")


@dataclass(frozen=True)
class Outcome:
    """How a job's turn went: how many things it did, or None when it failed."""

    job: Job
    count: int | None

    @property
    def words(self) -> str:
        if self.count is None:
            minutes = int(TRIED_AGAIN_AFTER.total_seconds()) // 60
            return f"The job {self.job.id} failed; it is tried again after {minutes} minutes."
        return f"{self.count:,} {self.job.done}"


class TurnLost(Exception):
    """The turn went to another runner, because this one took too long."""


def run_due(actor: Actor) -> Iterator[Outcome]:
    """Give every job that is due its turn, one after the other. What another runner is at is passed over.

    Nothing may be under way in the session: each turn begins and ends transactions of its own.
    """
    for job in _due_jobs():
        turn = _take_turn(job)
        if turn is not None:
            yield _run(actor, job, turn)


@dataclass
class _Turn:
    """The turn of a job that this runner holds until `held_until`."""

    job: Job
    began: datetime
    held_until: datetime

    def move(self, due: datetime, **values: object) -> None:
        """Have the job due at another moment, if the turn is still ours."""
        statement = update(JobTurn).where(JobTurn.job == self.job.id, JobTurn.due_at_utc == self.held_until)
        if not _changes(statement.values(due_at_utc=due, **values)):
            raise TurnLost
        self.held_until = due


def _due_jobs() -> list[Job]:
    """Asked without the write lock: most of the time there is nothing to do."""
    with reading():
        turns = db.session.execute(select(JobTurn.job, JobTurn.due_at_utc)).all()
        db.session.rollback()
    at = now()
    waiting = {turn.job for turn in turns if turn.due_at_utc > at}
    return [job for job in registered().values() if job.id not in waiting]


def _take_turn(job: Job) -> _Turn | None:
    at = now()
    held_until = at + TRIED_AGAIN_AFTER
    still_due = update(JobTurn).where(JobTurn.job == job.id, JobTurn.due_at_utc <= at)
    try:
        if not _changes(still_due.values(due_at_utc=held_until)):
            if db.session.scalar(select(JobTurn.id).where(JobTurn.job == job.id)):
                db.session.rollback()
                return None
            db.session.add(JobTurn(job=job.id, due_at_utc=held_until))
        db.session.commit()
    except IntegrityError:  # another runner met the new job in the same moment
        db.session.rollback()
        return None
    return _Turn(job, at, held_until)


def _run(actor: Actor, job: Job, turn: _Turn) -> Outcome:
    try:
        return Outcome(job, _work(actor, job, turn))
    except Exception:
        db.session.rollback()
        # The log's format leaves out what the exception says: it may hold a row.
        log.exception("the job %s failed", job.id)
        _note_failure(turn)
        return Outcome(job, None)


def _work(actor: Actor, job: Job, turn: _Turn) -> int:
    work = job.run(actor)
    count = work if isinstance(work, int) else sum(_kept(work, turn))
    db.session.flush()
    turn.move(turn.began + job.every, last_run_at_utc=turn.began, last_count=count, failures=0)
    db.session.commit()
    return count


def _kept(steps: Iterator[int], turn: _Turn) -> Iterator[int]:
    """The steps of a job, each committed when it ends."""
    for done in steps:
        db.session.flush()
        turn.move(now() + TRIED_AGAIN_AFTER)
        db.session.commit()
        yield done


def _note_failure(turn: _Turn) -> None:
    try:
        turn.move(
            now() + TRIED_AGAIN_AFTER,
            last_run_at_utc=turn.began,
            last_count=None,
            failures=JobTurn.failures + 1,
        )
        db.session.commit()
    except (TurnLost, DBAPIError):
        db.session.rollback()  # the turn comes back by itself


def _changes(statement: Update) -> bool:
    return db.session.connection().execute(statement).rowcount == 1


@contextmanager
def beside(app: Flask, *, every_seconds: float = LOOKED_EVERY_SECONDS) -> Iterator[None]:
    """Run what is due in a thread of its own, again and again, until the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=_watch, args=(app, stop, every_seconds), name="jobs", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_SECONDS)


def _watch(app: Flask, stop: threading.Event, every_seconds: float) -> None:
    while not stop.is_set():
        with app.app_context():
            try:
                for _outcome in run_due(OPERATOR):
                    if stop.is_set():
                        break
            except Exception:
                log.exception("the jobs that are due could not be run")
            finally:
                db.session.remove()
        stop.wait(every_seconds)
