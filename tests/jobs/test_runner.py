"""Running what is due: once, in turn, and whatever the others do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR, Actor
from casework.accounts.models import Agency
from casework.audit import trail
from casework.extensions import db
from casework.jobs import registry, runner
from casework.jobs.models import JobTurn
from casework.jobs.registry import Job
from tests.support import makers

HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET = "Ada Okonjo"


def only(app: Flask, *jobs: Job) -> None:
    """Let the application have these jobs and no others."""
    app.extensions["jobs"] = {}
    registry.register(app, jobs)


def adds_agency(name: str) -> Callable[[Actor], int]:
    def run(_actor: Actor) -> int:
        makers.make_agency(name)
        return 1

    return run


def breaks(_actor: Actor) -> int:
    makers.make_agency("Half done")
    raise ValueError(SECRET)


def run() -> list[tuple[str, int | None]]:
    return [(outcome.job.id, outcome.count) for outcome in runner.run_due(OPERATOR)]


def agencies() -> set[str]:
    names = set(db.session.scalars(select(Agency.name)))
    db.session.rollback()
    return names


def test_a_job_has_its_turn_when_it_is_due_and_not_before(app: Flask) -> None:
    ran: list[datetime] = []

    def note(_actor: Actor) -> int:
        ran.append(datetime.now(UTC))
        return 2

    only(app, Job("counted", HOUR, note, "things."))
    with time_machine.travel(NOON, tick=False) as clock:
        first, again = run(), run()
        clock.move_to(NOON + HOUR)
        later = run()

    assert (first, again, later) == ([("counted", 2)], [], [("counted", 2)])
    assert ran == [NOON, NOON + HOUR]
    kept = db.session.scalars(select(JobTurn)).one()
    assert (kept.last_run_at_utc, kept.due_at_utc, kept.last_count) == (NOON + HOUR, NOON + 2 * HOUR, 2)


def test_a_job_that_fails_is_undone_tried_again_and_stops_no_other(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    only(app, Job("broken", HOUR, breaks, "things."), Job("whole", HOUR, adds_agency("Whole"), "things."))
    logging.getLogger("casework").addHandler(caplog.handler)

    with time_machine.travel(NOON, tick=False) as clock:
        first = run()
        kept = db.session.scalars(select(JobTurn).where(JobTurn.job == "broken")).one()
        assert (kept.failures, kept.last_count, kept.due_at_utc) == (1, None, NOON + runner.TRIED_AGAIN_AFTER)
        clock.move_to(NOON + runner.TRIED_AGAIN_AFTER)
        only(app, Job("broken", HOUR, adds_agency("Mended"), "things."))
        again = run()

    assert first == [("broken", None), ("whole", 1)]
    assert again == [("broken", 1)]
    assert {"Whole", "Mended"} <= agencies()
    assert "Half done" not in agencies()
    assert db.session.scalars(select(JobTurn.failures)).all() == [0, 0]
    assert trail.verify().faults == ()
    handler = next(each for each in logging.getLogger("casework").handlers if each is not caplog.handler)
    assert "the job broken failed" in handler.format(caplog.records[0])
    assert SECRET not in handler.format(caplog.records[0])


def test_two_runners_at_once_give_a_job_one_turn(app: Flask) -> None:
    """The first is inside the job while the second asks; it finds nothing to do, on a new job and on a known one."""
    inside, go_on = threading.Event(), threading.Event()

    def wait(_actor: Actor) -> int:
        inside.set()
        assert go_on.wait(30)
        return 1

    only(app, Job("slow", HOUR, wait, "things."))
    outcomes: list[tuple[str, int | None]] = []

    def first() -> None:
        with app.app_context():
            outcomes.extend(run())
            db.session.remove()

    for at in (NOON, NOON + HOUR):
        with time_machine.travel(at, tick=False):
            inside.clear()
            go_on.clear()
            thread = threading.Thread(target=first)
            thread.start()
            assert inside.wait(30)
            second = run()
            go_on.set()
            thread.join(30)
            assert second == []
    assert outcomes == [("slow", 1), ("slow", 1)]


def test_many_runners_that_meet_give_a_job_one_turn(app: Flask) -> None:
    ran: list[int] = []

    def note(_actor: Actor) -> int:
        ran.append(1)
        return 1

    only(app, Job("wanted", HOUR, note, "things."))
    barrier = threading.Barrier(6)

    def meet() -> None:
        with app.app_context():
            barrier.wait(30)
            run()
            db.session.remove()

    for at in (NOON, NOON + HOUR):
        with time_machine.travel(at, tick=False):
            threads = [threading.Thread(target=meet) for _ in range(6)]
            for each in threads:
                each.start()
            for each in threads:
                each.join(30)

    assert ran == [1, 1]


def test_a_runner_that_was_too_slow_leaves_nothing_behind(app: Flask) -> None:
    with time_machine.travel(NOON, tick=False) as clock:

        def dawdle(_actor: Actor) -> int:
            clock.move_to(NOON + HOUR)
            # Meanwhile another runner found the job due again, and took the turn.
            row = db.session.scalars(select(JobTurn)).one()
            row.due_at_utc = NOON + 2 * HOUR
            makers.make_agency("Too late")
            return 1

        only(app, Job("slow", HOUR, dawdle, "things."))

        assert run() == [("slow", None)]

    assert "Too late" not in agencies()


def test_a_job_in_steps_keeps_every_step_that_it_ended(app: Flask) -> None:
    def steps(_actor: Actor) -> Iterator[int]:
        makers.make_agency("First step")
        yield 1
        assert not db.session().in_transaction()  # nothing is held while somebody else is waited for
        makers.make_agency("Second step")
        yield 1
        makers.make_agency("Third step")
        raise ValueError(SECRET)

    only(app, Job("steps", HOUR, steps, "things."))

    assert run() == [("steps", None)]

    assert {"First step", "Second step"} <= agencies()
    assert "Third step" not in agencies()


def test_two_jobs_of_one_id_are_refused(app: Flask) -> None:
    job = Job("twice", HOUR, breaks, "things.")

    with pytest.raises(ValueError, match="two jobs twice"):
        only(app, job, job)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_beside_the_server_what_is_due_is_run_until_it_stops(app: Flask) -> None:
    ran = threading.Event()

    def note(_actor: Actor) -> int:
        ran.set()
        return 1

    only(app, Job("broken", HOUR, breaks, "things."), Job("noted", HOUR, note, "things."))

    with runner.beside(app, every_seconds=0.01):
        assert ran.wait(30)

    assert [thread.name for thread in threading.enumerate() if thread.name == "jobs"] == []
