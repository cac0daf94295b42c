"""A real mail server on this machine, that keeps what it is sent, or behaves as badly as it is told to."""

from __future__ import annotations

from asyncio.base_events import Server
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from casework.config import MailSettings


@dataclass
class Mailbox:
    """`answers` holds a recipient's own answer, like "550 No such user"; `drops`: hang up when the words come."""

    kept: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    drops: bool = False
    port: int = 0
    host: str = "127.0.0.1"

    def settings(self, **changed: Any) -> MailSettings:
        usual = {
            "host": self.host,
            "port": self.port,
            "sender": "casework@example.org",
            "base_url": "https://casework.example.org",
        }
        return MailSettings(**{**usual, **changed})

    # What aiosmtpd asks of a handler.

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.drops:
            server.transport.abort()
            return "421 Gone"
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.kept.append(message)
        self.recipients.extend(envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def listening(
    host: str = "127.0.0.1", *, password: str = "", kind: type[Mailbox] = Mailbox, **more: Any
) -> Iterator[Mailbox]:
    """A mailbox on a free port; with a `password`, nobody signs in by another."""
    mailbox = kind(host=host)

    def known(_server: Any, _session: Any, _envelope: Any, _way: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and given.password == password.encode()
        return AuthResult(success=right, handled=False)

    if password:
        more = {"authenticator": known, "auth_require_tls": False, **more}
    controller = _OnAFreePort(mailbox, hostname=host, port=0, **more)
    controller.start()
    try:
        mailbox.port = controller.port
        yield mailbox
    finally:
        controller.stop()


class _OnAFreePort(Controller):
    """aiosmtpd knocks at the port it was told, once it listens; at port 0 nobody answers."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
