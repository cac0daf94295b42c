"""The settings of one running casework: read once from the environment, never changed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from casework.errors import Invalid

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("postgresql", "sqlite")


@dataclass(frozen=True)
class PasswordCost:
    """What Argon2id spends on one password.

    The default is OWASP's first choice for Argon2id (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane.
    """

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True)
class MailSettings:
    """The mail server, who messages are from, and the address of casework that their links begin with."""

    host: str
    port: int
    sender: str
    base_url: str
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def on_this_machine(self) -> bool:
        return self.host in ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Settings:
    """Every setting, with the default that a small borough needs.

    `instance` is the folder of the embedded database, the keyring and the head of the audit chain.
    """

    instance: Path
    database_url: str
    password_cost: PasswordCost = PasswordCost()
    idle_limit: timedelta = timedelta(minutes=30)
    absolute_limit: timedelta = timedelta(hours=10)
    lock_out_after: int = 5
    lock_out_for: timedelta = timedelta(minutes=15)
    invitation_life: timedelta = timedelta(days=7)
    draft_life: timedelta = timedelta(days=28)
    sign_in_rate: str = "20 per minute"
    rate_limits: bool = True
    max_upload_bytes: int = 20 * 1024 * 1024
    secure_cookies: bool = False
    mail: MailSettings | None = None
    flask: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read `CASEWORK_*`; the README's table names each of them."""
        instance = Path(env.get("CASEWORK_INSTANCE") or "instance").resolve()
        return cls(
            instance=instance,
            database_url=_database_url(env.get("CASEWORK_DATABASE_URL"), instance),
            secure_cookies=_yes_or_no(env, "CASEWORK_SECURE_COOKIES"),
            mail=_mail(env),
            idle_limit=timedelta(minutes=_whole_number(env, "CASEWORK_IDLE_MINUTES", 30)),
            absolute_limit=timedelta(hours=_whole_number(env, "CASEWORK_SESSION_HOURS", 10)),
        )

    @property
    def keyring(self) -> Path:
        return self.instance / "keyring.json"

    @property
    def audit_head(self) -> Path:
        return self.instance / "audit.head"

    @property
    def borough_programmes(self) -> Path:
        return self.instance / "programmes"


def _database_url(given: str | None, instance: Path) -> str:
    """The database's address. What was given is never repeated in a message: it may hold a password."""
    if not given:
        return f"sqlite:///{instance / 'casework.sqlite'}"
    try:
        backend = make_url(given).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in DATABASES:
        raise Invalid(
            "CASEWORK_DATABASE_URL must be an address that begins with postgresql:// or sqlite:///."
        )
    return given


def _mail(env: Mapping[str, str]) -> MailSettings | None:
    """None when no mail server is set. Its address may hold a password too, and is never repeated."""
    given = env.get("CASEWORK_SMTP_URL")
    if not given:
        return None
    parts, port = _mail_server(given)
    user = unquote(parts.username or "")
    usual = 465 if parts.scheme == "smtps" else 587 if user else 25
    return MailSettings(
        host=parts.hostname or "",
        port=port or usual,
        sender=_matching(env, "CASEWORK_MAIL_FROM", r"[^\s@<>,]+@[^\s@<>,]+", "an e-mail address"),
        base_url=_matching(
            env,
            "CASEWORK_BASE_URL",
            r"https?://[^\s/?#@]+/?",
            "the address people open, like https://casework.example.org",
        ).rstrip("/"),
        tls=parts.scheme == "smtps",
        user=user,
        password=unquote(parts.password or ""),
    )


def _mail_server(given: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Invalid(
            "CASEWORK_SMTP_URL must be an address like smtp://user:password@host:587 or smtps://host:465."
        )
    return parts, port


def _matching(env: Mapping[str, str], name: str, pattern: str, what: str) -> str:
    given = env.get(name) or ""
    if not re.fullmatch(pattern, given):
        raise Invalid(f"{name} must be {what}, because CASEWORK_SMTP_URL is set.")
    return given


def _whole_number(env: Mapping[str, str], name: str, usual: int) -> int:
    given = env.get(name) or str(usual)
    if not re.fullmatch("[1-9][0-9]{0,3}", given):
        raise Invalid(f"{name} must be a whole number from 1 to 9999, not {given!r}.")
    return int(given)


def _yes_or_no(env: Mapping[str, str], name: str) -> bool:
    given = env.get(name) or "no"
    if given not in ("yes", "no"):
        raise Invalid(f"{name} must be yes or no, not {given!r}.")
    return given == "yes"
