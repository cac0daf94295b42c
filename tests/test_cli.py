"""The `casework` command: what it prints, how it ends, and that no fault of the surroundings is a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask, has_app_context
from sqlalchemy import func, select, text

from casework.accounts import service as accounts
from casework.audit import trail
from casework.audit.models import AuditEntry
from casework.cli import application, main
from casework.config import Settings
from casework.crypto.vault import DataKey
from casework.extensions import db
from casework.people.models import Person
from casework.programmes.loader import BUILT_IN
from casework.referrals import drafts
from casework.referrals.models import Draft
from tests.support import makers

COMMAND = Path(sys.executable).parent / "casework"
SECRET = "hunter2"
TOUCHING = (  # every command that needs a database, with arguments that are right
    ("audit", "verify"),
    ("keys", "rotate"),
    ("users", "add", "ada@example.org", "--role", "auditor"),
    ("import", "asb_support", "somewhere"),
    (
        "report",
        "asb_support/year_end",
        "--from=2017-04-01",
        "--to=2018-03-31",
        "--audience=internal",
        "--format=json",
    ),
)


def casework(settings: Settings, *words: str | Path, **more: str) -> Result:
    """Run the command in this process."""
    if has_app_context():
        db.session.commit()  # what the test did is there, and nothing is locked
    result = CliRunner().invoke(main, [str(word) for word in words], env=surroundings(settings, more))
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def surroundings(settings: Settings, more: Mapping[str, str]) -> dict[str, str]:
    return {
        "CASEWORK_INSTANCE": str(settings.instance),
        "CASEWORK_DATABASE_URL": settings.database_url,
        **more,
    }


def said(result: Result) -> str:
    """What it complained of: one message and no traceback."""
    assert "Traceback" not in result.output
    assert SECRET not in result.output
    return result.stderr.strip()


# -- init ------------------------------------------------------------------------------------------


def test_init_makes_an_instance_and_doing_it_again_changes_nothing(empty: Settings) -> None:
    first = casework(empty, "init")
    keyring = empty.keyring.read_bytes()
    again = casework(empty, "init")

    assert [(each.exit_code, each.stdout) for each in (first, again)] == [(0, "The instance is ready.\n")] * 2
    assert empty.keyring.read_bytes() == keyring
    assert empty.keyring.stat().st_mode & 0o777 == 0o600
    assert casework(empty, "audit", "verify").exit_code == 0


def test_init_as_a_program_of_its_own(tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "init"],
        env={"CASEWORK_INSTANCE": str(tmp_path / "new")},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "The instance is ready.\n", "")
    assert sorted(path.name for path in (tmp_path / "new").iterdir() if "-" not in path.name) == [
        "casework.sqlite",
        "keyring.json",
        "programmes",
    ]


def test_a_keyring_that_cannot_be_read_is_named_and_left_as_it_is(settings: Settings) -> None:
    settings.keyring.write_text("{}")

    result = casework(settings, "keys", "rotate")

    assert result.exit_code == 2
    assert said(result).startswith("the keyring is not complete")
    assert settings.keyring.read_text() == "{}"


# -- what surrounds it -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", TOUCHING, ids=lambda words: words[0])
def test_without_a_database_every_command_says_to_run_init(empty: Settings, words: tuple[str, ...]) -> None:
    empty.instance.mkdir()

    result = casework(empty, *words)

    assert result.exit_code == 2
    assert said(result) == "The database has not been made yet: run `casework init` first."
    assert list(empty.instance.iterdir()) == []


@pytest.mark.parametrize("words", [*TOUCHING, ("init",), ("serve",)], ids=lambda words: words[0])
def test_a_database_out_of_reach_is_said_without_its_password(tmp_path: Path, words: tuple[str, ...]) -> None:
    away = Settings(tmp_path, f"postgresql://casework:{SECRET}@127.0.0.1:1/away")

    result = casework(away, *words)

    assert result.exit_code == 2
    assert said(result).startswith("The database cannot be reached or opened")


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "casework.sqlite").write_bytes(b"These are not the bytes of a database. " * 100)

    result = casework(Settings(tmp_path, f"sqlite:///{tmp_path / 'casework.sqlite'}"), "audit", "verify")

    assert result.exit_code == 2
    assert said(result).startswith("The database cannot be reached or opened")


@pytest.mark.parametrize("words", [("audit", "verify"), ("init",)], ids=lambda words: words[0])
def test_a_database_of_a_newer_casework_is_left_alone(settings: Settings, words: tuple[str, ...]) -> None:
    _say_revision(settings, "9999")

    result = casework(settings, *words)

    assert (result.exit_code, said(result)) == (
        2,
        "The database is of a newer casework than this one: run the casework that made it.",
    )


def _say_revision(settings: Settings, revision: str) -> None:
    with application(settings):
        db.session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
        db.session.commit()


def test_an_instance_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "taken"
    file.write_text("")

    for path in (file, file / "below"):
        result = casework(Settings(path, f"sqlite:///{path / 'casework.sqlite'}"), "init")

        assert result.exit_code == 2
        assert said(result).startswith(f"The instance folder {path} cannot be made or written to: ")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CASEWORK_DATABASE_URL", f"mysql://casework:{SECRET}@host/it", "CASEWORK_DATABASE_URL must be"),
        ("CASEWORK_DATABASE_URL", f"://{SECRET}", "CASEWORK_DATABASE_URL must be"),
        ("CASEWORK_IDLE_MINUTES", "soon", "CASEWORK_IDLE_MINUTES must be a whole number"),
        ("CASEWORK_SECURE_COOKIES", "maybe", "CASEWORK_SECURE_COOKIES must be yes or no"),
    ],
)
def test_a_setting_that_means_nothing_is_named(tmp_path: Path, name: str, value: str, words: str) -> None:
    result = casework(Settings(tmp_path, "sqlite://"), "audit", "verify", **{name: value})

    assert result.exit_code == 2
    assert said(result).startswith(words)


def test_serve_refuses_an_address_that_it_cannot_have(settings: Settings) -> None:
    # An address that is set aside for documents, so that no machine has it.
    done = subprocess.run(
        [COMMAND, "serve", "--host", "203.0.113.1", "--port", "8765"],
        env=surroundings(settings, {}),
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("casework cannot serve on 203.0.113.1:8765: ")


# -- audit -----------------------------------------------------------------------------------------


def test_a_trail_that_holds_is_said_to(app: Flask, settings: Settings) -> None:
    makers.make_referral()
    makers.commit()
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry))

    result = casework(settings, "audit", "verify")

    assert (result.exit_code, result.stdout) == (0, f"The audit trail holds: {entries} entries.\n")


def test_a_trail_that_was_changed_exits_1_and_names_the_entry(app: Flask, settings: Settings) -> None:
    makers.make_referral()
    makers.commit()
    _without_guard("UPDATE audit_entry SET event = 'user.added' WHERE sequence = 3")

    result = casework(settings, "audit", "verify")

    assert result.exit_code == 1
    assert said(result).splitlines()[0] == "entry 3 was changed, or an entry before it was"


def test_a_trail_without_the_file_beside_it_exits_1(app: Flask, settings: Settings) -> None:
    makers.make_user()
    makers.commit()
    settings.audit_head.unlink()

    result = casework(settings, "audit", "verify")

    assert result.exit_code == 1
    assert "audit.head is missing" in said(result)


def _without_guard(statement: str) -> None:
    connection = db.session.connection()
    trail.unguard(connection)
    connection.execute(text(statement))
    trail.guard(connection)
    db.session.commit()


# -- keys ------------------------------------------------------------------------------------------


def test_records_open_after_the_keys_were_rotated(app: Flask, settings: Settings) -> None:
    makers.make_referral(forename="Ada", surname="Okonjo")
    makers.commit()
    wrapped = wrapped_keys()
    db.session.rollback()
    before = json.loads(settings.keyring.read_text())

    result = casework(settings, "keys", "rotate")

    after = json.loads(settings.keyring.read_text())
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (f"Master key 2 is in use; {len(wrapped)} data keys were wrapped under it.\n")
    assert after["master"]["1"] == before["master"]["1"]
    assert sorted(after["master"]) == ["1", "2"]
    app.extensions["keyring"].forget()
    db.session.remove()
    assert [person.name for person in db.session.scalars(select(Person))] == ["Ada Okonjo"]
    now = wrapped_keys()
    assert all(now[owner] != old for owner, old in wrapped.items())
    assert casework(settings, "audit", "verify").exit_code == 0


def wrapped_keys() -> dict[uuid.UUID, bytes | None]:
    rows = db.session.execute(select(DataKey.id, DataKey.wrapped)).all()
    return {row.id: row.wrapped for row in rows}


# -- programmes ------------------------------------------------------------------------------------


def test_programmes_are_listed_before_there_is_a_database(empty: Settings) -> None:
    result = casework(empty, "programmes", "list")

    assert result.exit_code == 0
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == [
        "asb_support",
        "channel",
        "community_marac",
        "dva_marac",
    ]
    assert not empty.instance.exists()


def test_programme_files_without_faults_are_said_to_have_none(settings: Settings) -> None:
    result = casework(settings, "programmes", "check")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "No faults found.\n", "")


def test_programme_files_are_checked_before_there_is_a_database(empty: Settings) -> None:
    result = casework(empty, "programmes", "check")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "No faults found.\n", "")


def test_a_faulty_borough_file_stops_every_command_and_is_named_by_check(settings: Settings) -> None:
    file = borough_file(settings, lambda words: words.replace('kind = "open"', 'kind = "ajar"', 1))

    checked = casework(settings, "programmes", "check")
    stopped = casework(settings, "audit", "verify")

    assert checked.exit_code == 1
    assert f"{file}: stage[" in said(checked)
    assert stopped.exit_code == 2
    assert f"{file}: stage[" in said(stopped)


def test_a_replacement_that_drops_a_code_in_use_is_a_named_fault(app: Flask, settings: Settings) -> None:
    makers.make_referral(source="housing")
    makers.commit()
    file = borough_file(settings, lambda words: words.replace('id = "housing"', 'id = "homes"'))

    checked = casework(settings, "programmes", "check")
    alone = casework(settings, "programmes", "check", file)
    served = casework(settings, "serve", "--host", "203.0.113.1")

    fault = f"{file}: list.source.codes: drops 'housing', which records hold: give it a valid_to instead"
    assert checked.exit_code == alone.exit_code == 1
    assert fault in said(checked).splitlines()
    assert fault in said(alone).splitlines()
    assert served.exit_code == 2
    assert fault in said(served)


def test_a_replacement_that_keeps_what_is_in_use_is_no_fault(app: Flask, settings: Settings) -> None:
    makers.make_referral(source="housing")
    makers.commit()
    borough_file(settings, lambda words: words.replace("ASB victim support", "Help with ASB"))

    result = casework(settings, "programmes", "check")

    assert (result.exit_code, result.stdout) == (0, "No faults found.\n")


def test_a_programme_in_use_may_not_go(app: Flask, settings: Settings) -> None:
    file = borough_file(settings, lambda words: words.replace('id = "asb_support"', 'id = "elsewhere"', 1))
    makers.make_referral()
    db.session.execute(text("UPDATE case_record SET programme = 'gone'"))
    makers.commit()

    result = casework(settings, "programmes", "check")

    assert file.exists()
    assert result.exit_code == 1
    assert "no file is of the programme 'gone', of which there are records" in said(result)


def borough_file(settings: Settings, change: object) -> Path:
    """The borough's own version of the file of ASB support."""
    assert callable(change)
    words = (BUILT_IN / "asb_support.toml").read_text(encoding="utf-8")
    changed = change(words)
    assert changed != words
    settings.borough_programmes.mkdir(exist_ok=True)
    file = settings.borough_programmes / "asb_support.toml"
    file.write_text(changed, encoding="utf-8")
    return file


# Jobs


def test_the_runner_of_jobs_destroys_an_expired_draft_that_was_warned_of(
    app: Flask, settings: Settings
) -> None:
    user = makers.make_user("caseworker")
    draft = drafts.start(accounts.actor_of(user), "asb_support")
    long_ago = draft.started_at_utc - timedelta(days=400)
    draft.started_at_utc = draft.saved_at_utc = long_ago
    draft.expires_at_utc = long_ago + timedelta(days=28)

    result = casework(settings, "jobs", "run", "--once")

    assert result.exit_code == 0
    assert "1 drafts that had expired" in result.output
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_not_due_is_not_run_again(app: Flask, settings: Settings) -> None:
    casework(settings, "jobs", "run", "--once")

    again = casework(settings, "jobs", "run", "--once")

    assert (again.exit_code, again.output) == (0, "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_operator_is_told_how_e_mail_goes(app: Flask, settings: Settings) -> None:
    server = {
        "CASEWORK_SMTP_URL": f"smtp://ada:{SECRET}@mail.example.org",
        "CASEWORK_MAIL_FROM": "casework@example.org",
        "CASEWORK_BASE_URL": "https://casework.example.org",
    }

    without, with_one = casework(settings, "mail"), casework(settings, "mail", **server)

    assert without.output == "Mail server: none is set, so nothing is sent.\n"
    assert with_one.output == "Mail server: mail.example.org, port 587.\n"
