"""Serving an application to a real browser: by the server that `casework serve` uses, or by that command itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from casework.config import Settings

STOP_SECONDS = 10
COMMAND = Path(sys.executable).parent / "casework"
STARTED_SECONDS = 60


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


@dataclass
class Killable:
    """`casework serve` as a process of its own, which can be killed and started again at the same address."""

    settings: Settings
    port: int
    running: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            **os.environ,
            "CASEWORK_INSTANCE": str(self.settings.instance),
            "CASEWORK_DATABASE_URL": self.settings.database_url,
        }
        self.running = subprocess.Popen(
            [COMMAND, "serve", "--no-jobs", "--port", str(self.port)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait_until_it_listens(self) -> None:
        """Ask until it answers; fails when it never does."""
        until = time.monotonic() + STARTED_SECONDS
        while time.monotonic() < until:
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail("the server did not start")

    def kill(self) -> None:
        if self.running is not None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait()
            self.running = None


@contextmanager
def killable(settings: Settings) -> Iterator[Killable]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Killable(settings, free.getsockname()[1])
    try:
        yield server
    finally:
        server.kill()
