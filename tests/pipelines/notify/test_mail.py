"""Mails through a real SMTP server with STARTTLS and sign-in."""

import contextlib
import socket
import threading

import pytest

from pipelines.errors import UsageError
from pipelines.notify.message import render
from pipelines.notify.send import channels
from tests.mail_server import MailServer

NASTY = '"><img src=x onerror=alert(1)>\r\nBcc: all@example.org\r\n\r\n<b>\u202egnp.exe</b> Grüße 🍷 \udc80'


def only(url):
    """The one channel of an address."""
    (channel,) = channels([url])
    return channel


def test_a_mail_has_plain_text_html_and_the_picture(mail_server, event):
    """The parts are alternatives, the picture belongs to the HTML that shows it, and the sender is signed in."""
    assert only(mail_server.url()).attempt(render([event()])) is None
    assert mail_server.sign_ins == ["robot"]
    assert mail_server.envelopes == [("robot@example.org", ["team@example.org"])]
    (mail,) = mail_server.mails
    assert mail["Subject"] == "[autotweak] wine-svm: target reached, 98.1 % accuracy"
    assert mail["To"] == "team@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    plain, related = mail.iter_parts()
    assert "scaler: none -> standard" in plain.get_content()
    html, picture = related.iter_parts()
    assert f'src="cid:{picture["Content-ID"][1:-1]}"' in html.get_content()
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content().startswith(b"\x89PNG")


def test_the_same_event_has_the_same_message_id(mail_server, event):
    """A duplicate after a crash can be told by its Message-ID, and the mails of one search form a thread."""
    for made in (event(), event(), event(id="another")):
        assert only(mail_server.url()).attempt(render([made])) is None
    first, again, another = mail_server.mails
    assert first["Message-ID"] == again["Message-ID"] != another["Message-ID"]
    assert first["References"] == another["References"]


def test_pushed_text_cannot_write_headers_or_markup(mail_server, event):
    """Line breaks, tags and marks that turn the writing around come out as harmless text; other languages stay."""
    fields = dict.fromkeys(("name", "author", "subject", "branch", "source", "reason", "model"), NASTY)
    trials = [{**row.model_dump(), "tweak": NASTY, "failure": NASTY} for row in event().trials]
    assert only(mail_server.url()).attempt(render([event(**fields, trials=trials)])) is None
    (mail,) = mail_server.mails
    assert mail["Bcc"] is None
    assert mail_server.envelopes[0][1] == ["team@example.org"]
    html = mail.get_body(("html",)).get_content()
    assert "<img src=x" not in html
    assert "<b>gnp" not in html
    assert "\u202e" not in html + mail.get_body(("plain",)).get_content() + mail["Subject"]
    assert "Grüße 🍷" in html
    assert "Grüße 🍷" in mail.get_body(("plain",)).get_content()


def test_an_untrusted_certificate_is_refused(mail_server, event, monkeypatch):
    """Without the authority the mail is not sent, nor is the password."""
    monkeypatch.delenv("SSL_CERT_FILE")
    error = only(mail_server.url()).attempt(render([event()]))
    assert "CERTIFICATE_VERIFY_FAILED" in error
    assert mail_server.sign_ins == []
    assert mail_server.mails == []


def test_a_certificate_for_another_host_is_refused(mail_server, event):
    """The name in the certificate has to be that of the server."""
    url = mail_server.url(more="&smtp=127.0.0.2").replace("localhost", "example.org")
    with forwarded("127.0.0.2", mail_server.port):
        error = only(url).attempt(render([event()]))
    assert "IP address mismatch" in error
    assert mail_server.sign_ins == []


def test_a_wrong_password_is_said_without_the_password(mail_server, event):
    """The reason has the server's answer and no secret."""
    error = only(mail_server.url(password="hunter22")).attempt(render([event()]))
    assert error.startswith("535 5.7.8")
    assert "hunter22" not in error
    assert mail_server.mails == []


@pytest.mark.parametrize("answer", ["451 4.3.0 try later", "554 5.7.1 no robots"])
def test_a_refusal_is_the_reason(mail_server, event, answer):
    """What the server answers is in the reason, for a passing and for a lasting refusal."""
    mail_server.refuse = answer
    assert answer in only(mail_server.url()).attempt(render([event()]))


def test_one_refused_recipient_costs_the_others_nothing(mail_server, event):
    """Every recipient is a channel of its own, also those of a copy."""
    mail_server.refuse_recipient = {"gone@example.org": "550 5.1.1 no such user"}
    found = channels([mail_server.url(to="ada@example.org,gone@example.org", more="&cc=bob@example.org")])
    errors = {channel.id: channel.attempt(render([event()])) for channel in found}
    assert "550 5.1.1 no such user" in errors.pop("mail gone@example.org")
    assert errors == {"mail ada@example.org": None, "mail bob@example.org": None}
    assert sorted(to for _, (to,) in mail_server.envelopes) == ["ada@example.org", "bob@example.org"]
    assert {mail["Cc"] for mail in mail_server.mails} == {"bob@example.org"}


def test_a_server_that_is_down_is_the_reason(authority, event):
    """Nothing listens at the port."""
    server = MailServer(authority).start()
    server.stop()
    assert "refused" in only(server.url()).attempt(render([event()]))


def test_a_server_that_says_nothing_times_out(authority, event):
    """The connection is taken and no greeting comes."""
    server = MailServer(authority)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server.port = silent.getsockname()[1]
        assert "timed out" in only(server.url(more="&cto=0.2")).attempt(render([event()]))


def test_a_server_that_drips_is_left_at_the_deadline(authority, event):
    """A byte now and then resets every time-out but the deadline of the whole attempt."""
    server, stop = MailServer(authority), threading.Event()

    def drip(listening):
        with contextlib.suppress(OSError), listening.accept()[0] as connection:
            while not stop.wait(0.05):
                connection.sendall(b"2")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        error = only(server.url()).attempt(render([event()]), deadline_s=0.4)
        stop.set()
        thread.join()
    assert error == "no answer within 0.4 seconds"


@pytest.mark.parametrize(
    "url", ["mailtos://", "nonsense", "moon://token/other", "mailtos://user:hunter22@localhost?to=a@b.org&mode=maybe"]
)
def test_an_address_that_is_not_valid_is_a_usage_error(url):
    """It is said which kind of address it is, and no secret."""
    with pytest.raises(UsageError) as error:
        channels([url])
    assert "to notify is not valid" in str(error.value)
    assert "hunter22" not in str(error.value)


@contextlib.contextmanager
def forwarded(host, port):
    """The local server under another of this machine's addresses, for one connection."""

    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def serve():
        inner, outer = socket.create_connection(("127.0.0.1", port)), listening.accept()[0]
        with inner, outer:
            back = threading.Thread(target=pump, args=(inner, outer))
            back.start()
            pump(outer, inner)
            back.join()

    with socket.create_server((host, port)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join(10)
