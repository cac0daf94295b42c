"""The line to the mail server. One is kept open for the messages of one run."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from casework.config import MailSettings

TIMEOUT_SECONDS = 30


class Refused(Exception):
    """The server will not take this message, today or tomorrow. `reason` is a kind of error and a number."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Delayed(Exception):
    """This message was not taken now. `line_is_down` says that the next one would not be either."""

    def __init__(self, reason: str, *, line_is_down: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line_is_down = line_is_down


class Line:
    """Sends messages, and opens the connection with the first."""

    def __init__(self, settings: MailSettings) -> None:
        self.settings = settings
        self.server: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        """Raises Refused or Delayed. Neither says anything of what the server said: it may quote the address."""
        server = self._open()
        try:
            server.send_message(message)
        except smtplib.SMTPNotSupportedError as fault:  # an address in letters that this server cannot take
            raise Refused(type(fault).__name__) from None
        except smtplib.SMTPRecipientsRefused as fault:
            code = next(iter(fault.recipients.values()))[0]
            _give_back(fault, code, final=code >= 500)
        except smtplib.SMTPDataError as fault:
            _give_back(fault, fault.smtp_code, final=fault.smtp_code >= 500)
        except smtplib.SMTPSenderRefused as fault:
            _give_back(fault, fault.smtp_code, final=False)
        except OSError as fault:  # of which the other errors of smtplib are kinds
            raise Delayed(type(fault).__name__, line_is_down=True) from None

    def _open(self) -> smtplib.SMTP:
        try:
            self.server = self.server or _connect(self.settings)
        except OSError as fault:
            raise Delayed(type(fault).__name__, line_is_down=True) from None
        return self.server

    def close(self) -> None:
        if self.server is not None:
            with suppress(OSError):
                self.server.quit()
            self.server.close()


@contextmanager
def line(settings: MailSettings) -> Iterator[Line]:
    opened = Line(settings)
    try:
        yield opened
    finally:
        opened.close()


def _give_back(fault: Exception, code: int, *, final: bool) -> None:
    reason = f"{type(fault).__name__} {code}"
    raise (Refused(reason) if final else Delayed(reason, line_is_down=False)) from None


def _connect(settings: MailSettings) -> smtplib.SMTP:
    """Sealed by TLS wherever the server can; a password never goes to another machine in clear."""
    trust = ssl.create_default_context()
    if settings.tls:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=trust
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
    try:
        server.ehlo()
        if not settings.tls and server.has_extn("starttls"):
            server.starttls(context=trust)
            server.ehlo()
        elif not settings.tls and settings.user and not settings.on_this_machine:
            raise ssl.SSLError("the mail server offers no TLS, and would get a password in clear")
        if settings.user:
            server.login(settings.user, settings.password)
    except BaseException:
        server.close()
        raise
    return server
