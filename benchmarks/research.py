"""25 members saving research at once, against as many durable commits of one row by as many writers at once.

The application is served by waitress in a process of its own, as `casework serve` does; each member has a
connection and a sign-in of their own and saves what they know of one case after another. PostgreSQL is the tests'
own server, which waits for no disk; its commits are as bare of that wait as its saves.
"""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, insert, select

from benchmarks.figures import Figure
from benchmarks.panel import Sitting, sitting
from benchmarks.served import served
from casework.extensions import db
from casework.panels.models import Finding, Research
from tests.support import makers, postgres

MEMBERS, CASES = 25, 8
ALL = MEMBERS * CASES


class Save(NamedTuple):
    """One research to fill in, and the form that does."""

    address: str
    form: str


def measure() -> list[Figure]:
    figures = _measure("SQLite", None)
    with postgres.running() as server:
        figures += _measure("PostgreSQL", server.create("bench"))
    return figures


def _measure(name: str, database_url: str | None) -> list[Figure]:
    with ExitStack() as stack:
        sat = stack.enter_context(sitting(CASES, MEMBERS, database_url))
        work = _work(sat)
        db.session.commit()
        db.session.remove()
        bare = _at_once(_commits(db.engine))
        db.engine.dispose()
        folder = Path(sat.app.extensions["settings"].instance)
        port = stack.enter_context(served("casework", folder, database_url))
        saves = _at_once([_member(port, email, theirs) for email, theirs in work.items()])
        with db.engine.connect() as connection:
            written = connection.execute(select(Research.version).where(Research.version > 1)).all()
        assert len(written) == ALL, len(written)
    return [
        Figure(
            f"research, {name}: saves a second, {MEMBERS} members at once",
            ALL / saves.seconds,
            "aim: none lost",
        ),
        Figure(
            f"research, {name}: median save, milliseconds",
            saves.median * 1000,
            f"bare: {bare.median * 1000:.1f}",
        ),
        Figure(
            f"research, {name}: slowest save, milliseconds",
            saves.slowest * 1000,
            f"bare: {bare.slowest * 1000:.1f}",
        ),
        Figure(
            f"research, {name}: saves / bare commits, of their rate",
            bare.seconds / saves.seconds,
            f"{ALL / bare.seconds:,.0f} bare commits a second",
        ),
    ]


def _work(sat: Sitting) -> dict[str, list[Save]]:
    """Of each member, by their e-mail address, what they save."""
    emails = {agency.id: sat.panel.members[kind].email for kind, agency in sat.panel.agencies.items()}
    people: dict[Any, list[str]] = {}
    for finding in db.session.scalars(select(Finding)):
        people.setdefault(finding.research_id, []).append(finding.person_id.hex)
    work: dict[str, list[Save]] = {email: [] for email in emails.values()}
    for research in db.session.scalars(select(Research).order_by(Research.id)):
        form = {"version": research.version, "act": "later", "proposed": "Visit on Friday", "comment": ""}
        for person in people[research.id]:
            form |= {f"known_{person}": "yes", f"facts_{person}": "He was seen outside her work. " * 8}
        work[emails[research.agency_id]].append(Save(f"/research/{research.id}", urlencode(form)))
    return work


class Taken(NamedTuple):
    seconds: float
    median: float
    slowest: float


def _at_once(writers: Sequence[Callable[[], Callable[[], list[float]]]]) -> Taken:
    """Let every writer get ready, then all begin together."""
    ready = threading.Barrier(len(writers) + 1)
    each: list[float] = []

    def run(prepare: Callable[[], Callable[[], list[float]]]) -> None:
        act = prepare()
        ready.wait()
        each.extend(act())

    threads = [threading.Thread(target=run, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - started
    assert len(each) == ALL, len(each)
    return Taken(taken, statistics.median(each), max(each))


def _member(port: int, email: str, saves: Sequence[Save]) -> Callable[[], Callable[[], list[float]]]:
    def prepare() -> Callable[[], list[float]]:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        cookie = _post(connection, "/sign-in", urlencode({"email": email, "password": makers.PASSWORD}), "")

        def act() -> list[float]:
            taken = []
            for save in saves:
                began = time.perf_counter()
                _post(connection, save.address, save.form, cookie)
                taken.append(time.perf_counter() - began)
            return taken

        return act

    return prepare


def _post(connection: http.client.HTTPConnection, address: str, form: str, cookie: str) -> str:
    headers = {"Content-Type": "application/x-www-form-urlencoded", **({"Cookie": cookie} if cookie else {})}
    connection.request("POST", address, form, headers)
    response = connection.getresponse()
    response.read()
    assert response.status == 302, (address, response.status)
    return (response.getheader("Set-Cookie") or "").split(";")[0]


def _commits(engine: Engine) -> list[Callable[[], Callable[[], list[float]]]]:
    bare = Table("bare", MetaData(), Column("id", Integer, primary_key=True), Column("words", Text))
    with engine.begin() as connection:
        bare.create(connection)

    def prepare() -> Callable[[], list[float]]:
        def act() -> list[float]:
            taken = []
            for _ in range(CASES):
                began = time.perf_counter()
                with engine.begin() as connection:
                    connection.execute(insert(bare).values(words="x" * 256))
                taken.append(time.perf_counter() - began)
            return taken

        return act

    return [prepare] * MEMBERS
