"""`casework import` as the shell sees it: what it prints, how it ends, what it leaves on the disk."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from casework.access.vocabulary import OPERATOR
from casework.audit import trail
from casework.cli import main
from casework.config import Settings
from casework.extensions import db
from casework.programmes import shelf
from casework.referrals.importing import service
from casework.referrals.importing.sources import Folder
from tests.referrals.importing.folders import SMALL, YEAR, Change, copy, counts, many, put, replace
from tests.referrals.importing.test_service import needles

COMMAND = Path(sys.executable).parent / "casework"
Run = subprocess.CompletedProcess[str]

# Says each step it has made on standard output, so that a test can end it in the middle of one.
STEPWISE = """
import sys
from pathlib import Path
from casework import create_app
from casework.access.vocabulary import OPERATOR
from casework.extensions import db
from casework.programmes import shelf
from casework.referrals.importing import service
from casework.referrals.importing.sources import Folder

with create_app().app_context():
    service.run(OPERATOR, shelf.programme("asb_support"), Folder(Path(sys.argv[1])),
                lambda *step: print(*step, flush=True))
    print("stored", flush=True)
    db.session.commit()
"""


def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "CASEWORK_INSTANCE": str(settings.instance),
        "CASEWORK_DATABASE_URL": settings.database_url,
    }


def command(settings: Settings, *words: str | Path) -> Run:
    """Run the command as a program of its own."""
    return subprocess.run(
        [COMMAND, *words], env=environment(settings), capture_output=True, text=True, timeout=120
    )


def invoke(settings: Settings, *words: str | Path) -> Run:
    """Run the command in this process, which starts a second sooner."""
    done = CliRunner().invoke(main, [str(word) for word in words], env=environment(settings))
    assert isinstance(done.exception, SystemExit | None), done.exception
    return Run(words, done.exit_code, done.stdout, done.stderr)


def test_summary_counts_the_rows_of_each_file(app: Flask, settings: Settings) -> None:
    done = command(settings, "import", "asb_support", SMALL)

    assert (done.returncode, done.stderr) == (0, "")
    words = [line.split() for line in done.stdout.splitlines()]
    assert ["referrals.csv", "3", "rows"] in words
    assert ["carried_over.csv", "1", "row"] in words
    assert db.session.scalar(text("SELECT count(*) FROM referral")) == 4


def _latin_1(folder: Path) -> None:
    (folder / "carried_over.csv").write_bytes(
        (folder / "carried_over.csv")
        .read_text("utf-8")
        .replace("workshop", "café")
        .encode("latin-1", "replace")
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            put("referrals.csv", 2, "date_received", "2017-05-32"),
            "referrals.csv, line 4, column date_received: ",
        ),
        (put("referrals.csv", 2, "source", "Pirate radio"), "referrals.csv, line 4, column source: "),
        (_latin_1, "carried_over.csv, line 2, column narrative: is not UTF-8"),
        (replace("support.csv", b"Advocacy", b"Advo\0cacy"), "support.csv, line 3, column support_type: "),
    ],
    ids=["bad date", "unknown code", "Latin-1", "NUL byte"],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_refusal_is_told_on_standard_error_and_changes_nothing(
    app: Flask, settings: Settings, tmp_path: Path, change: Change, told: str
) -> None:
    before = counts()

    done = invoke(settings, "import", "asb_support", copy(SMALL, tmp_path / "folder", change))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(told)
    assert done.stderr.endswith("Nothing was imported: 1 fault.\n")
    assert counts() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_line_of_200_megabytes_is_refused_in_little_memory(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    folder = copy(SMALL, tmp_path / "folder")
    with (folder / "referrals.csv").open("ab") as file:
        file.write(b"ASB-T-004,2017-04-03,Housing,telephone,Ada,")
        for _ in range(200):
            file.write(b"x" * 1024 * 1024)

    done = subprocess.Popen(
        [COMMAND, "import", "asb_support", folder],
        env=environment(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with done:
        assert done.stderr is not None
        told = done.stderr.read()
        # Of this very program: the tests' process has waited for others, which took more.
        _, status, used = os.wait4(done.pid, 0)
        done.returncode = os.waitstatus_to_exitcode(status)

    assert done.returncode == 2
    assert "referrals.csv, line 6, column surname: is longer than 100,000 characters" in told
    assert used.ru_maxrss < 300_000  # KiB


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_report_holds_every_fault(app: Flask, settings: Settings, tmp_path: Path) -> None:
    invoke(settings, "import", "asb_support", YEAR)
    report = tmp_path / "faults.csv"

    done = invoke(settings, "import", "asb_support", YEAR, "--report", report)

    assert done.returncode == 2
    with report.open(newline="", encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert len(told) == 89
    assert told[0] == {
        "file": "referrals.csv",
        "line": "2",
        "column": "reference",
        "reason": "this reference is already in casework",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere", SMALL), "There is no programme 'nowhere'. There are: asb_support, channel, "),
        (("asb_support", SMALL / "missing"), "cannot be read as a folder: no such file"),
        (("asb_support", SMALL / "support.csv"), "cannot be read as a folder: not a directory"),
        (
            ("asb_support", SMALL, "--report", "/nowhere/faults.csv"),
            "/nowhere/faults.csv: cannot be written: no such",
        ),
        (("asb_support",), "Missing argument 'FOLDER'"),
        (("channel", SMALL), "takes no imports"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bad_use_ends_with_2_and_a_sentence(
    app: Flask, settings: Settings, words: tuple[str | Path, ...], told: str
) -> None:
    done = invoke(settings, "import", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_without_the_keyring_a_sentence_says_so(app: Flask, settings: Settings) -> None:
    settings.keyring.rename(settings.instance / "elsewhere.json")

    done = command(settings, "import", "asb_support", SMALL)

    assert done.returncode == 2
    assert done.stderr.startswith("The keyring is missing")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_instance_without_a_database_is_said_to_need_one(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    other = Settings(instance=settings.instance, database_url=f"sqlite:///{tmp_path / 'other.sqlite'}")

    done = invoke(other, "import", "asb_support", SMALL)

    assert done.returncode == 2
    assert "casework init" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("step", ["seal 500 ", "store 0 ", "store 500 ", "stored"])
def test_import_killed_in_the_middle_leaves_nothing(
    app: Flask, settings: Settings, tmp_path: Path, step: str
) -> None:
    folder = many(tmp_path / "folder", 7)
    before = counts()
    running = subprocess.Popen(
        [sys.executable, "-c", STEPWISE, folder],
        env=environment(settings),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert any(line.startswith(step) for line in running.stdout)

    running.kill()
    running.communicate()

    assert counts() == before
    assert trail.verify().faults == ()
    service.run(OPERATOR, shelf.programme("asb_support"), Folder(folder))
    db.session.commit()
    assert db.session.scalar(text("SELECT count(*) FROM referral")) == 7 * 89


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_file_of_the_instance_holds_a_name_a_home_or_a_story(app: Flask, settings: Settings) -> None:
    assert command(settings, "import", "asb_support", YEAR).returncode == 0
    # With a connection open the journal is still there.
    assert db.session.scalar(text("SELECT count(*) FROM person")) == 89
    db.session.execute(text("UPDATE case_record SET urgent = true"))
    db.session.commit()

    files = [path for path in settings.instance.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files)
    found = [(path.name, needle) for path in files for needle in needles() if needle in path.read_bytes()]
    assert found == []
