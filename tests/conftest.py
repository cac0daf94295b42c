"""What every test may ask for. A test that uses `app` runs twice: on SQLite and on a real PostgreSQL.

A page's layout needs one of them: `pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`.
Each test has an application, an instance and a database of its own; compiled routes, templates and statements are
shared, data never are. Make an application with `make_app`, not `create_app`, unless `create_app` is what is tested.
In a browser, `browsers.leave(link_or_button)` clicks and waits for the next page; then `expect(...)`, never
`assert ....is_visible()`. Ask for `each in text` before a regular expression is tried for hundreds of words.
"""

from __future__ import annotations

import gc
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, Page
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.orm import scoped_session
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from casework import Casework, create_app, extensions
from casework.config import PasswordCost, Settings
from casework.setup import initialise
from tests.support import browsers, postgres
from tests.support.runs import LONG
from tests.support.serving import LiveServer, serving

SQLITE, POSTGRESQL = "sqlite", "postgresql"

# The long runs are for .ci/run; `make test` takes a sample of the same.
hypothesis.settings.register_profile("sample", max_examples=30, deadline=None)
hypothesis.settings.register_profile("long", max_examples=1000, deadline=None)
hypothesis.settings.load_profile("long" if LONG else "sample")


# Begun last, one of these would keep one worker busy when the others have nothing left to do.
LONGEST = ("test_one_referral.py", "test_every_page.py", "test_side_doors.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish() -> None:
    """Look for garbage more seldom: to search all modules and tests for it again and again took a fifth of the time."""
    gc.collect()
    gc.freeze()  # what is there now stays until the end
    gc.set_threshold(50_000, 20, 20)


@dataclass(frozen=True)
class Prepared:
    """An initialised installation, of which each test gets a copy: keyring, database, audit trail."""

    instance: Path
    database_url: str


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL of this process's own, started when the first test asks."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    instance = tmp_path_factory.mktemp("prepared-sqlite")
    return _prepare(Prepared(instance, sqlite_url(instance)))


@pytest.fixture(scope="session")
def prepared_postgresql(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: postgres.Server
) -> Prepared:
    instance = tmp_path_factory.mktemp("prepared-postgresql")
    return _prepare(Prepared(instance, postgres_server.create("prepared")))


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """The instance folder of this test; `database_url` fills it."""
    return tmp_path / "instance"


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def database_url(request: pytest.FixtureRequest, instance: Path) -> Iterator[str]:
    """A fresh installation's database, migrated, with the instance folder that belongs to it.

    To run on one only: `@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`.
    """
    prepared: Prepared = request.getfixturevalue(f"prepared_{request.param}")
    shutil.copytree(prepared.instance, instance)
    if request.param == SQLITE:
        yield sqlite_url(instance)
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = f"test_{uuid.uuid4().hex}"
    yield server.create(name, template="prepared")
    server.drop(name)


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def empty(request: pytest.FixtureRequest, instance: Path) -> Iterator[Settings]:
    """The settings of an installation that nobody has initialised: a database without a table, no folder."""
    if request.param == SQLITE:
        yield settings_for(Prepared(instance, sqlite_url(instance)))
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = f"empty_{uuid.uuid4().hex}"
    yield settings_for(Prepared(instance, server.create(name)))
    server.drop(name)


@pytest.fixture
def settings(database_url: str, instance: Path) -> Settings:
    """The settings of the test's application; for others: `create_app(replace(settings, ...))`."""
    return settings_for(Prepared(instance, database_url))


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application, inside its context."""
    app = make_app(settings)
    app.test_client_class = Client
    with app.app_context():
        yield app
        close(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody's browser without a browser. `app.test_client()` makes another."""
    return app.test_client()


@pytest.fixture
def db(app: Flask) -> SQLAlchemy:
    return extensions.db


@pytest.fixture
def session(db: SQLAlchemy) -> scoped_session[Session]:
    return db.session


@pytest.fixture
def live_server(settings: Settings, app: Flask) -> Iterator[LiveServer]:
    """The test's installation, served as `casework serve` does, with forgery protection on.

    What the test itself makes through `app` must be committed before a page can show it.
    """
    served = make_app(replace(settings, flask={}))
    with serving(served) as server:
        yield server
    with served.app_context():
        close(served)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsers.launched() as browser:
        yield browser


@pytest.fixture
def new_page(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Makes pages, each of another person: `new_page()`, `new_page(java_script_enabled=False)`.

    The test fails at its end if a page met a script error, a breach of the content policy or a broken file.
    """
    with browsers.pages(browser, live_server.url) as new_page:
        yield new_page


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


class Compiled(BytecodeCache):
    """Templates compiled by one test serve the next: each test makes an application of its own."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class CompiledRule(Rule):
    """A route whose builder of addresses is compiled once: it was a quarter of a test's time, half of `create_app`.

    The builder is a function of the rule alone, to which it is bound afterwards.
    """

    kept: ClassVar[dict[tuple[object, ...], Any]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        key = (self.rule, self.subdomain, repr(self.defaults), append_unknown)
        if key not in self.kept:
            self.kept[key] = super()._compile_builder(append_unknown)
        return self.kept[key]


Casework.url_rule_class = CompiledRule


def make_app(settings: Settings) -> Flask:
    app = create_app(settings)
    app.jinja_env.bytecode_cache = Compiled()
    with app.app_context():
        _share_statements(extensions.db.engine)
    if settings.database_url.startswith(SQLITE):
        with app.app_context():
            event.listen(extensions.db.engine, "connect", _hurry)
    return app


_dialects: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}


def _share_statements(engine: Engine) -> None:
    """What SQLAlchemy compiles for one test serves the next: it is kept by dialect, and each engine has its own.

    The first of a kind is that of `_prepare`, which connects: a dialect learns of its server as it first does.
    """
    dialect, compiled = _dialects.setdefault(engine.name, (engine.dialect, LRUCache(2000)))
    engine.dialect = dialect
    engine.update_execution_options(compiled_cache=compiled)


def _hurry(connection: Any, _record: object) -> None:
    """A test's database need not outlive a power cut: waiting for the disk was most of a test's time."""
    connection.execute("PRAGMA synchronous=OFF")


class Client(FlaskClient):
    """A client whose every request stands alone, as it does when served.

    Flask would lend the test's own context to the request, and with it the session and who is signed in. What
    the test did before is committed, as an earlier request's work would be; what it holds is read anew after.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        extensions.db.session.commit()
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        extensions.db.session.expire_all()
        return response


def sqlite_url(instance: Path) -> str:
    return f"sqlite:///{instance / 'casework.sqlite'}"


def settings_for(installation: Prepared) -> Settings:
    return Settings(
        instance=installation.instance,
        database_url=installation.database_url,
        password_cost=PasswordCost(memory_kib=8, passes=1, lanes=1),  # the least that Argon2id takes
        rate_limits=False,  # the tests come from one address, and fast
        flask={"TESTING": True, "WTF_CSRF_ENABLED": False},
    )


def close(app: Flask) -> None:
    """Let go of the database, so that it can be copied or dropped."""
    extensions.db.session.remove()
    for engine in extensions.db.engines.values():
        engine.dispose()


def _prepare(installation: Prepared) -> Prepared:
    app = make_app(settings_for(installation))
    with app.app_context():
        initialise(app)
        close(app)
    return installation
