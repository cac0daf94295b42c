"""The line to the mail server: sealed where it can be, and no password in clear to another machine."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from casework.mail import transport
from tests.support.mailbox import listening

PASSWORD = "a lamp beside the quiet harbour"
ELSEWHERE = "127.0.0.2"  # answers here too, but is not a name of this machine


def email() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "casework@example.org", "a@example.org", "Soon"
    message.set_content("Words")
    return message


@pytest.fixture
def sealing(tmp_path: Path) -> ssl.SSLContext:
    """A server's certificate of its own making, for this machine's two addresses; kept in cert.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ip_address(each)) for each in ("127.0.0.1", ELSEWHERE)]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


def test_one_line_serves_several_messages() -> None:
    with listening() as mailbox, transport.line(mailbox.settings()) as line:
        line.send(email())
        opened = line.server
        line.send(email())

        assert line.server is opened
    assert len(mailbox.kept) == 2


def test_starttls_is_used_where_it_is_offered(
    sealing: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    strict: dict[str, Any] = {"require_starttls": True, "auth_required": True, "auth_require_tls": True}
    with listening(ELSEWHERE, tls_context=sealing, password=PASSWORD, **strict) as mailbox:
        settings = mailbox.settings(user="casework", password=PASSWORD)
        with transport.line(settings) as line:
            line.send(email())

    assert len(mailbox.kept) == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(sealing: ssl.SSLContext) -> None:
    with listening(ELSEWHERE, tls_context=sealing, password=PASSWORD) as mailbox:
        settings = mailbox.settings(user="casework", password=PASSWORD)
        with transport.line(settings) as line, pytest.raises(transport.Delayed) as refused:
            line.send(email())

    assert (refused.value.reason, refused.value.line_is_down) == ("SSLCertVerificationError", True)
    assert mailbox.kept == []


def test_no_password_goes_to_another_machine_in_clear() -> None:
    with listening(ELSEWHERE, password=PASSWORD) as mailbox:
        settings = mailbox.settings(user="casework", password=PASSWORD)
        with transport.line(settings) as line, pytest.raises(transport.Delayed, match="SSLError"):
            line.send(email())

    assert mailbox.kept == []


def test_a_wrong_password_is_named_by_its_kind_alone() -> None:
    with listening(password=PASSWORD) as mailbox:
        settings = mailbox.settings(user="casework", password="a guess")
        with transport.line(settings) as line, pytest.raises(transport.Delayed) as refused:
            line.send(email())

    assert (refused.value.reason, refused.value.line_is_down) == ("SMTPAuthenticationError", True)
    assert "guess" not in repr(settings)
