"""Serving an application to a real browser, by the server that `casework serve` uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

STOP_SECONDS = 10


@dataclass(frozen=True)
class LiveServer:
    url: str
    app: Flask


@contextmanager
def serving(app: Flask) -> Iterator[LiveServer]:
    """Serve on a free port of this machine alone, in a thread, until the end."""
    sockets: dict[int, object] = {}
    server = create_server(app, host="127.0.0.1", port=0, threads=4, map=sockets)
    thread = Thread(target=server.run, name="live-server", daemon=True)
    thread.start()
    try:
        yield LiveServer(f"http://127.0.0.1:{server.effective_port}", app)
    finally:
        # Its loop runs until no socket is left, and its own thread must close them.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join(STOP_SECONDS)
        server.task_dispatcher.shutdown()
