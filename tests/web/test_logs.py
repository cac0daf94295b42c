from __future__ import annotations

import json
import logging

import pytest

from casework.web.logs import JsonLines, Lines, describe_exception
from tests.macros.kitchen import make_app


@pytest.fixture
def client(tmp_path):
    return make_app(tmp_path).test_client()


def test_a_request_leaves_one_line_with_its_facts(client, capfd):
    response = client.get("/cases/")

    (line,) = capfd.readouterr().err.splitlines()
    at, level, what, *facts = line.split()
    found = dict(fact.split("=") for fact in facts)
    assert (level, what) == ("INFO", "request")
    assert at.endswith("+00:00")
    assert int(found.pop("ms")) >= 0
    assert found == {
        "method": "GET",
        "endpoint": "cases.list_cases",
        "status": "200",
        "request_id": response.headers["X-Request-Id"],
    }


def test_neither_address_nor_form_reaches_the_log(client, capfd):
    client.get("/cases/?stage=secret-argument")
    client.get("/nowhere/secret-path")
    client.post("/cases/form", data={"surname": "secret-answer"})

    assert "secret" not in capfd.readouterr().err


def test_a_request_names_itself_and_takes_no_name_from_outside(client):
    first = client.get("/cases/", headers={"X-Request-Id": "forged"}).headers["X-Request-Id"]
    second = client.get("/cases/").headers["X-Request-Id"]

    assert len({first, second, "forged"}) == 3


def record(**facts):
    made = logging.LogRecord("casework", logging.INFO, __file__, 1, "request", (), None)
    made.__dict__.update(facts)
    return made


def test_lines_can_be_json():
    line = json.loads(JsonLines().format(record(status=200, endpoint="cases.index")))

    assert (line["message"], line["status"], line["endpoint"]) == ("request", 200, "cases.index")


def test_an_exception_is_told_by_place_and_kind_alone():
    try:
        try:
            int("Maud Abernathy")
        except ValueError as error:
            raise LookupError("of Acacia Avenue") from error
    except LookupError as error:
        told = describe_exception(error)
        line = Lines().format(record(exc_info=(type(error), error, error.__traceback__)))

    assert "builtins.LookupError" in told
    assert "caused by" in told
    assert "builtins.ValueError" in told
    assert "test_logs.py" in told
    assert "Maud" not in told + line
    assert "Acacia Avenue" not in told + line


def test_many_applications_in_one_process_write_each_line_once(tmp_path, capfd):
    make_app(tmp_path)
    make_app(tmp_path).test_client().get("/cases/")

    assert len(capfd.readouterr().err.splitlines()) == 1
