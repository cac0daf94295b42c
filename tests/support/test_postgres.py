"""That the tests' PostgreSQL is real, closed to others and leaves nothing behind."""

from __future__ import annotations

import psycopg
import pytest

from tests.support import postgres


def test_copy_of_a_database_has_its_rows(postgres_server: postgres.Server) -> None:
    with psycopg.connect(postgres_server.create("first")) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'kept' AS words")

    with psycopg.connect(postgres_server.create("second", template="first")) as connection:
        assert connection.execute("SELECT words FROM note").fetchone() == ("kept",)


def test_wrong_password_is_refused(postgres_server: postgres.Server) -> None:
    address = postgres_server.url("postgres").replace(postgres_server.password, "guessed")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_server_takes_its_folder_with_it() -> None:
    with postgres.running() as server:
        assert (server.data / "PG_VERSION").is_file()

    assert not server.folder.exists()
    assert not server.data.exists()
