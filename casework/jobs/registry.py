"""Which jobs there are. Features name theirs in a `jobs` module; the assembly hands them all over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app

from casework.access.vocabulary import Actor


@dataclass(frozen=True)
class Job:
    """Something done again and again.

    `run` does it and returns how many things it did; `done` says what those are, after the number. A job that
    waits for somebody else (a mail server) is a generator of such numbers: each yield ends a transaction, so
    that the database is not held meanwhile. A job asks `extensions.now()` for the time, and must do no harm when
    it is run too often: what it did before is its own to know.
    """

    id: str
    every: timedelta
    run: Callable[[Actor], int | Iterator[int]]
    done: str


def register(app: Flask, jobs: Iterable[Job]) -> None:
    """Let the application run these. Two of one id would share their turns, so that is refused."""
    known: dict[str, Job] = app.extensions.setdefault("jobs", {})
    for job in jobs:
        if job.id in known:
            raise ValueError(f"there are two jobs {job.id}")
        known[job.id] = job


def registered() -> Mapping[str, Job]:
    """The application's jobs by id, in the order in which they take turns."""
    jobs: Mapping[str, Job] = current_app.extensions["jobs"]
    return jobs
