"""One mail: HTML, plain text and picture in one message, sent over the connection that Apprise makes.

Apprise's own mail has a plain part that it makes of the HTML, one table cell a line, and a new Message-ID each time.
Here the plain part is written for reading, and the Message-ID is the event's: mail systems that drop what they have
seen drop a second copy. The address, the recipients, the encryption and the sign-in are Apprise's.
"""

from __future__ import annotations

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime

from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController

from pipelines.errors import PlatformError
from pipelines.notify.message import PICTURE, Message

_POLICY = SMTP.clone(cte_type="7bit")


def recipients(service: NotifyEmail) -> list[str]:
    """Everybody who gets a copy."""
    return sorted({*(address for _, address in service.targets), *service.cc, *service.bcc})


def send_mail(service: NotifyEmail, recipient: str, message: Message) -> None:
    """Send to one recipient, so that a recipient who is refused costs the others nothing.

    Raises:
        PlatformError: the server took the connection and refused the mail; Apprise's log says why.
        OSError: there was no connection, or its certificate is not trusted.
        smtplib.SMTPException: the server refused encryption or the sign-in.
    """
    text = compose(service, message).as_string()
    with _connection(service) as connection:
        if not connection.sendmail(str(service.from_addr[1]), [recipient], text):
            raise PlatformError("the server refused the mail")


def sign_in(service: NotifyEmail) -> None:
    """Connect and sign in, and send nothing.

    Raises:
        OSError: there was no connection, or its certificate is not trusted.
        smtplib.SMTPException: the server refused encryption or the sign-in.
    """
    with _connection(service):
        pass


def _connection(service: NotifyEmail) -> AppriseSMTPController:
    return AppriseSMTPController(
        host=service.smtp_host,
        port=int(service.port or 0),
        secure_mode=str(service.secure_mode),
        user=service.user,
        password=service.password,
        verify_certificate=service.verify_certificate,
        socket_connect_timeout=service.socket_connect_timeout,
    )


def compose(service: NotifyEmail, message: Message) -> EmailMessage:
    """The mail; ``EmailMessage`` refuses a line break in a header."""
    mail = EmailMessage(policy=_POLICY)
    name, sender = service.from_addr[0], str(service.from_addr[1])
    domain = sender.rpartition("@")[2]
    mail["Subject"] = message.subject
    mail["From"] = Address(str(name or service.app_id), addr_spec=sender)
    mail["To"] = [Address(str(name or ""), addr_spec=address) for name, address in service.targets]
    for header, addresses in (("Cc", service.cc), ("Reply-To", service.reply_to)):
        if addresses:
            mail[header] = [Address(str(service.names.get(a) or ""), addr_spec=a) for a in sorted(addresses)]
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = _reference(message.id, domain)
    if message.thread:
        mail["References"] = mail["In-Reply-To"] = _reference(message.thread, domain)
    mail["Auto-Submitted"] = "auto-generated"
    for key, value in service.headers.items():
        mail[key] = value
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    if message.picture is not None:
        html = mail.get_payload(1)
        assert isinstance(html, EmailMessage)
        html.add_related(
            message.picture, "image", "png", cid=f"<{PICTURE}>", filename="search.png", disposition="inline"
        )
    return mail


def _reference(of: str, domain: str) -> str:
    return f"<{hashlib.sha256(of.encode()).hexdigest()[:32]}.autotweak@{domain}>"
