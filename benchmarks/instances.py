"""Instances to measure on: a fresh folder with a coordinator and the demonstration year many times over."""

from __future__ import annotations

import contextlib
import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from flask import Flask

from casework import create_app
from casework.access.vocabulary import OPERATOR, Role
from casework.accounts import service as accounts
from casework.config import PasswordCost, Settings
from casework.crypto import envelope
from casework.extensions import db
from casework.programmes import shelf
from casework.referrals.importing import service as importing
from casework.referrals.importing.sources import Folder
from casework.setup import initialise

PROGRAMME = "asb_support"
ASB_YEAR = Path(__file__).parents[1] / "casework" / "demonstration" / "asb_2017_18"
A_YEAR = 89  # referrals in the folder, those carried over included
EMAIL, PASSWORD = "coordinator@bench.example", "a long password for the benchmark"


@contextlib.contextmanager
def instance(years: int) -> Iterator[Flask]:
    """An application in its context, with `years` times the demonstration year."""
    with tempfile.TemporaryDirectory(prefix="casework-bench-") as scratch:
        folder = Path(scratch) / "year"
        multiply(ASB_YEAR, folder, years)
        app = create_app(settings(Path(scratch) / "instance"))
        with app.app_context():
            initialise(app)
            add_coordinator()
            importing.run(OPERATOR, shelf.programme(PROGRAMME), Folder(folder))
            db.session.commit()
            yield app
            db.session.remove()
            db.engine.dispose()


def settings(folder: Path) -> Settings:
    return Settings(
        instance=folder,
        database_url=f"sqlite:///{folder / 'casework.sqlite'}",
        password_cost=PasswordCost(memory_kib=8, passes=1, lanes=1),
        rate_limits=False,
        flask={"WTF_CSRF_ENABLED": False},
    )


def add_coordinator() -> None:
    agency = accounts.add_agency(OPERATOR, "Benchmark agency", "community_safety")
    user = accounts.add_user(OPERATOR, EMAIL, "Benchmark Coordinator")
    accounts.give_membership(OPERATOR, user, Role.COORDINATOR, agency, PROGRAMME)
    accounts.set_password(OPERATOR, user, PASSWORD)
    db.session.commit()


def multiply(source: Path, target: Path, times: int) -> None:
    """The same files with every row so many times, each time under other references."""
    target.mkdir(parents=True)
    for path in sorted(source.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        keys = [header.index(name) for name in ("id", "reference") if name in header]
        with (target / path.name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for turn in range(times):
                for row in rows:
                    writer.writerow(
                        [f"{value}-{turn}" if n in keys else value for n, value in enumerate(row)]
                    )


class NullCipher:
    """A cipher that does nothing, of the same lengths: what sealing costs is the difference."""

    def __init__(self, _key: bytes) -> None: ...

    def encrypt(self, _nonce: bytes, plain: bytes, _where: bytes) -> bytes:
        return plain + bytes(16)

    def decrypt(self, _nonce: bytes, sealed: bytes, _where: bytes) -> bytes:
        return sealed[:-16]


@contextlib.contextmanager
def unsealed() -> Iterator[None]:
    """Inside, everything is sealed and opened by the null cipher."""
    with mock.patch.object(envelope, "AESGCM", NullCipher):
        yield
