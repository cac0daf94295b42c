"""The case list of 50 sealed names, served by waitress, against the barest page of the same rows.

The bare page is Flask, SQLAlchemy's ORM and a hand-written table of clear names: no sign-in, no permission, no audit,
no headers, no filter. Both are asked in turn, over kept connections, in one run.
"""

from __future__ import annotations

import http.client
import multiprocessing
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import waitress
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.figures import Figure
from benchmarks.instances import EMAIL, PASSWORD, instance, settings

ROUNDS, SECONDS, CONNECTIONS = 5, 2.0, 4
BARE_PAGE = """<!doctype html><html lang="en"><title>Cases</title><table><thead><tr><th>Case<th>Stage<th>Opened<th>Risk
<th>Worker<th>Last contact</thead><tbody>{% for row in rows %}<tr><th><a href="/cases/{{ row.id }}">{{ row.name }}</a>
<span>{{ row.reference }}</span></th><td>{{ row.stage }}</td><td>{{ row.opened_on }}</td><td>{{ row.risk or "" }}</td>
<td>{{ row.worker or "" }}</td><td>{{ row.contact or "" }}</td></tr>{% endfor %}</tbody></table></html>"""


class BareBase(DeclarativeBase): ...


class BareCase(BareBase):
    """A case in clear."""

    __tablename__ = "bare_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str]
    name: Mapped[str]
    stage: Mapped[str]
    opened_on: Mapped[str]
    risk: Mapped[str | None]
    worker: Mapped[str | None]
    contact: Mapped[str | None]


def bare_app(folder: Path) -> Flask:
    app = Flask("bare")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'bare.sqlite'}"
    db = SQLAlchemy(app, model_class=BareBase)
    with app.app_context():
        db.create_all()
        for number in range(1068):
            db.session.add(
                BareCase(
                    id=number,
                    reference=f"VSB-{number}",
                    name=f"Invented Person {number}",
                    stage="Open",
                    opened_on="3 April 2018",
                )
            )
        db.session.commit()

    page = app.jinja_env.from_string(BARE_PAGE)  # made once, as a template in a file is

    @app.get("/cases")
    def cases() -> str:
        rows = db.session.scalars(db.select(BareCase).order_by(BareCase.id.desc()).limit(50))
        return page.render(rows=rows)

    return app


def measure() -> list[Figure]:
    with instance(12) as app:
        folder = Path(app.extensions["settings"].instance)
        with served("casework", folder) as ours, served("bare", folder) as bare:
            cookie = _sign_in(ours)
            rates: dict[str, list[float]] = {"ours": [], "bare": []}
            for _ in range(ROUNDS):
                rates["ours"].append(_rate(ours, cookie))
                rates["bare"].append(_rate(bare, ""))
    ours_rate, bare_rate = (statistics.median(rates[name]) for name in ("ours", "bare"))
    return [
        Figure("case list of 50 sealed names, requests a second", ours_rate, f"bare page: {bare_rate:,.0f}"),
        Figure("case list / bare page, of its requests a second", ours_rate / bare_rate, "aim at least 0.70"),
    ]


@contextmanager
def served(which: str, folder: Path, database_url: str | None = None) -> Iterator[int]:
    """Serve one of the two in a process of its own; yields its port."""
    context = multiprocessing.get_context("spawn")
    told, tells = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(which, folder, database_url, tells), daemon=True)
    process.start()
    try:
        yield told.recv()
    finally:
        process.terminate()
        process.join()


def _serve(which: str, folder: Path, database_url: str | None, tells: Any) -> None:
    from casework import create_app

    chosen = settings(folder)
    chosen = replace(chosen, database_url=database_url) if database_url else chosen
    app = create_app(chosen) if which == "casework" else bare_app(folder)
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8, ident=None)
    tells.send(server.effective_port)
    server.run()


def _sign_in(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = f"email={EMAIL}&password={PASSWORD.replace(' ', '+')}"
    connection.request("POST", "/sign-in", body, {"Content-Type": "application/x-www-form-urlencoded"})
    response = connection.getresponse()
    response.read()
    assert response.status == 302, response.status
    return (response.getheader("Set-Cookie") or "").split(";")[0]


def _rate(port: int, cookie: str) -> float:
    """Requests a second over a few connections at once."""
    until = time.perf_counter() + SECONDS
    done: list[int] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        count = 0
        while time.perf_counter() < until:
            connection.request("GET", "/cases", headers={"Cookie": cookie} if cookie else {})
            response = connection.getresponse()
            response.read()
            assert response.status == 200, response.status
            count += 1
        done.append(count)

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)
