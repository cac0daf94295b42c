"""The settings of one running casework: read once from the environment, never changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class PasswordCost:
    """What Argon2id spends on one password.

    The default is OWASP's first choice for Argon2id (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane.
    """

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


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
    flask: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read `CASEWORK_*`; the README's table names each of them."""
        instance = Path(env.get("CASEWORK_INSTANCE") or "instance").resolve()
        url = env.get("CASEWORK_DATABASE_URL") or f"sqlite:///{instance / 'casework.sqlite'}"
        return cls(
            instance=instance,
            database_url=url,
            secure_cookies=env.get("CASEWORK_SECURE_COOKIES", "no") == "yes",
            idle_limit=timedelta(minutes=int(env.get("CASEWORK_IDLE_MINUTES", "30"))),
            absolute_limit=timedelta(hours=int(env.get("CASEWORK_SESSION_HOURS", "10"))),
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
