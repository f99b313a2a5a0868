"""A real SMTP server on this machine: STARTTLS with a certificate made for the test, and sign-in required."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "robot", "s3cr3t/+pass"


@dataclass(frozen=True)
class Authority:
    """A certificate authority of its own, and a certificate of localhost from it."""

    root: Path
    chain: Path

    @classmethod
    def made(cls, folder: Path) -> Authority:
        """Make both below ``folder``."""
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)

        def certificate(name: str, issuer: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey):
            builder = x509.CertificateBuilder(
                issuer_name=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]),
                subject_name=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]),
                public_key=key.public_key(),
                serial_number=x509.random_serial_number(),
                not_valid_before=now - day,
                not_valid_after=now + day,
            )
            local = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
            builder = builder.add_extension(x509.BasicConstraints(ca=key is signer, path_length=None), critical=True)
            builder = builder.add_extension(x509.SubjectAlternativeName(local), critical=False)
            builder = builder.add_extension(own, critical=False)
            return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        made = cls(folder / "root.pem", folder / "localhost.pem")
        made.root.write_bytes(certificate("test root", "test root", root_key, root_key))
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        made.chain.write_bytes(private + certificate("localhost", "test root", key, root_key))
        return made


@dataclass
class MailServer:
    """The server; ``refuse`` and ``refuse_recipient`` hold answers to give instead of taking the mail."""

    authority: Authority
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    refuse: str | None = None
    refuse_recipient: dict[str, str] = field(default_factory=dict)

    def start(self) -> MailServer:
        """Listen on a free port of this machine."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.authority.chain)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=self._authenticate,
        )
        self._controller.start()
        return self

    def stop(self) -> None:
        """Close the port."""
        self._controller.stop()

    def url(self, to: str = "team@example.org", password: str = "s3cr3t%2F%2Bpass", more: str = "") -> str:
        """The address to give to ``AUTOTWEAK_NOTIFY``."""
        return f"mailtos://{USER}:{password}@localhost:{self.port}?from=robot@example.org&to={to}{more}"

    def _authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.sign_ins.append(data.login.decode() if good else "refused")
        return AuthResult(success=good, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a recipient, or not."""
        if address in self.refuse_recipient:
            return self.refuse_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail, or not."""
        assert session.ssl is not None
        if self.refuse:
            return self.refuse
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 taken"
