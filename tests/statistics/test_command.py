"""`casework report`, run as a program: its output, its exit status and its words."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from casework.cli import main
from casework.config import Settings
from tests.statistics import records

YEAR = ("--from", "2017-04-01", "--to", "2018-03-31")
INTERNAL = (*YEAR, "--audience", "internal")


@pytest.fixture
def year(app: Flask) -> None:
    records.import_year(app)


def casework(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "CASEWORK_INSTANCE": str(settings.instance),
        "CASEWORK_DATABASE_URL": settings.database_url,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "LC_ALL": "C",
    }
    return subprocess.run(
        [sys.executable, "-c", "from casework.cli import main; main()", *arguments],
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )


def test_report_is_printed_as_one_object_with_the_keyring_away(year: None, settings: Settings) -> None:
    settings.keyring.unlink()

    done = casework(settings, "report", "asb_support/year_end", *INTERNAL, "--format", "json")

    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert {each["id"]: each["count"] for each in document["headlines"]} == {
        "referrals_received": 79,
        "carried_over": 10,
        "supported": 89,
        "mediation": 8,
        "community_marac_supported": 26,
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_report_goes_into_a_file_and_into_the_trail(year: None, settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "report.csv"

    done = casework(
        settings, "report", "asb_support/quarterly", *INTERNAL, "--format", "csv", "--out", str(out)
    )

    assert (done.returncode, done.stdout) == (0, "")
    lines = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert next(line for line in lines if line["row"] == "female")["count"] == "54"
    assert casework(settings, "audit", "verify").returncode == 0
    assert (settings.audit_head).read_text().split()[0] == "2"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_page_says_who_made_it(year: None, settings: Settings) -> None:
    done = casework(settings, "report", "asb_support/year_end", *INTERNAL, "--format", "html")

    assert done.returncode == 0
    assert "Made by Operator at the command line" in done.stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "asb_support/monthly"}, "no report of that name"),
        ({"name": "asb/year_end"}, "no such programme"),
        ({"name": "asb_support"}, "no report of that name"),
        ({"name": "training/wrap"}, "no such programme"),
        ({"--format": "pdf"}, "cannot be written as pdf yet"),
        ({"--format": "docx"}, "no format"),
        ({"--audience": "press"}, "no audience"),
        ({"--audience": "public"}, "not available yet"),
        ({"--method": "round"}, "no method"),
        ({"--from": "2018-04-01"}, "before it begins"),
        ({"--from": "1.4.2017"}, "from: “1.4.2017” is not a date"),
        ({"--from": "1900-04-01"}, "at most 20 years"),
        ({"--to": ""}, "to: “” is not a date"),
        ({"--out": "/nowhere/at/all.json"}, "no folder"),
        ({"--from": None}, "Missing option"),
    ],
)
def test_bad_use_ends_with_2_in_words_and_changes_nothing(
    app: Flask, settings: Settings, changes: dict[str, str | None], words: str
) -> None:
    options = {"--from": "2017-04-01", "--to": "2018-03-31", "--audience": "internal", "--format": "json"}
    given = {"name": "asb_support/year_end", **options, **changes}
    name = given.pop("name") or ""
    before = settings.audit_head.read_bytes() if settings.audit_head.exists() else None

    pairs = [part for option, value in given.items() if value is not None for part in (option, value)]
    environment = {
        "CASEWORK_INSTANCE": str(settings.instance),
        "CASEWORK_DATABASE_URL": settings.database_url,
    }

    done = CliRunner().invoke(main, ["report", name, *pairs], env=environment)

    assert (done.exit_code, done.stdout) == (2, "")
    assert isinstance(done.exception, SystemExit)
    assert words in done.stderr
    assert (settings.audit_head.read_bytes() if settings.audit_head.exists() else None) == before
