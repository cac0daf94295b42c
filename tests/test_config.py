"""The settings, as the environment gives them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import timedelta
from pathlib import Path

import pytest

from casework.config import MailSettings, Settings
from casework.errors import Invalid


def test_nothing_said_is_an_sqlite_database_in_the_instance_folder(tmp_path: Path) -> None:
    settings = Settings.from_env({"CASEWORK_INSTANCE": str(tmp_path)})

    assert settings.instance == tmp_path
    assert settings.database_url == f"sqlite:///{tmp_path / 'casework.sqlite'}"
    assert settings.keyring == tmp_path / "keyring.json"
    assert settings.audit_head == tmp_path / "audit.head"
    assert settings.borough_programmes == tmp_path / "programmes"
    assert not settings.secure_cookies


def test_the_instance_is_a_folder_of_where_one_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    assert Settings.from_env({}).instance == tmp_path / "instance"
    assert Settings.from_env({"CASEWORK_INSTANCE": "here"}).instance == tmp_path / "here"


def test_what_is_said_is_taken() -> None:
    settings = Settings.from_env(
        {
            "CASEWORK_DATABASE_URL": "postgresql://casework@db/casework",
            "CASEWORK_SECURE_COOKIES": "yes",
            "CASEWORK_IDLE_MINUTES": "15",
            "CASEWORK_SESSION_HOURS": "8",
        }
    )

    assert settings.database_url == "postgresql://casework@db/casework"
    assert settings.secure_cookies
    assert (settings.idle_limit, settings.absolute_limit) == (timedelta(minutes=15), timedelta(hours=8))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CASEWORK_DATABASE_URL", "mysql://casework:hunter2@db/casework"),
        ("CASEWORK_DATABASE_URL", "hunter2"),
        ("CASEWORK_SECURE_COOKIES", "true"),
        ("CASEWORK_IDLE_MINUTES", "0"),
        ("CASEWORK_IDLE_MINUTES", "-5"),
        ("CASEWORK_IDLE_MINUTES", "half"),
        ("CASEWORK_SESSION_HOURS", "99999999999999999999"),
    ],
)
def test_what_means_nothing_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=name) as refused:
        Settings.from_env({name: value})

    assert "hunter2" not in refused.value.message


SENDING = {"CASEWORK_MAIL_FROM": "casework@example.org", "CASEWORK_BASE_URL": "https://casework.example.org/"}


@pytest.mark.parametrize(
    ("address", "means"),
    [
        ("smtp://mail.example.org", {"host": "mail.example.org", "port": 25}),
        ("smtp://[::1]:2525/", {"host": "::1", "port": 2525}),
        ("smtps://mail.example.org", {"host": "mail.example.org", "port": 465, "tls": True}),
        (
            "smtp://ada%40example.org:hunter%2F2@mail.example.org",
            {"host": "mail.example.org", "port": 587, "user": "ada@example.org", "password": "hunter/2"},
        ),
    ],
)
def test_a_mail_server_is_one_address(address: str, means: dict[str, object]) -> None:
    mail = Settings.from_env({"CASEWORK_SMTP_URL": address, **SENDING}).mail

    usual = {"sender": "casework@example.org", "base_url": "https://casework.example.org"}
    assert mail == MailSettings(**{**usual, **means})  # type: ignore[arg-type]
    assert "hunter" not in repr(mail)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CASEWORK_SMTP_URL", "mail.example.org"),
        ("CASEWORK_SMTP_URL", "https://ada:hunter2@mail.example.org"),
        ("CASEWORK_SMTP_URL", "smtp://ada:hunter2@mail.example.org:none"),
        ("CASEWORK_SMTP_URL", "smtp://ada:hunter2@/"),
        ("CASEWORK_SMTP_URL", "smtp://mail.example.org/hunter2"),
        ("CASEWORK_MAIL_FROM", ""),
        ("CASEWORK_MAIL_FROM", "The panel <panel@example.org>"),
        ("CASEWORK_BASE_URL", ""),
        ("CASEWORK_BASE_URL", "casework.example.org"),
        ("CASEWORK_BASE_URL", "https://casework.example.org/somewhere"),
    ],
)
def test_half_a_mail_server_is_refused_by_the_name_of_what_is_wrong(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=name) as refused:
        Settings.from_env({"CASEWORK_SMTP_URL": "smtp://mail.example.org", **SENDING, name: value})

    assert "hunter2" not in refused.value.message


def test_nothing_can_change_them() -> None:
    settings = Settings.from_env({})

    with pytest.raises(FrozenInstanceError):
        settings.secure_cookies = True  # type: ignore[misc]
