"""The adapter to Apprise: one channel per mail recipient and per other service that the given addresses name."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from apprise import LOGGER_NAME, Apprise, AppriseAsset, LogCapture, NotifyFormat, NotifyType, OverflowMode
from apprise.plugins.base import NotifyBase
from apprise.plugins.email.base import NotifyEmail

from pipelines.errors import PlatformError, UsageError
from pipelines.notify.events import one_line
from pipelines.notify.mail import recipients, send_mail, sign_in
from pipelines.notify.message import Message

logging.getLogger(LOGGER_NAME).propagate = False  # what it says is in the outbox, with the secrets removed
DEADLINE_S = 90.0
"""What one attempt may take in all: a server that answers a byte at a time must not hold up the others."""
_TONES = {"good": NotifyType.SUCCESS, "bad": NotifyType.FAILURE, "warn": NotifyType.WARNING, "plain": NotifyType.INFO}
_ANSWER = re.compile(r"\((\d{3}), b['\"](.*?)['\"]\)")
"""An SMTP server's answer as ``smtplib`` writes it."""


@dataclass(frozen=True)
class Channel:
    """One way to one reader."""

    id: str
    """Stays the same over restarts and when a password changes; holds no secret."""
    name: str
    """For people; holds no secret."""
    send: Callable[[Message], None]
    secrets: tuple[str, ...] = ()
    connect: Callable[[], None] | None = None
    """Reaches the service and sends nothing; None where there is no such way."""

    def attempt(self, message: Message, deadline_s: float = DEADLINE_S) -> str | None:
        """Send once; None when it was taken, otherwise why not, in one line without secrets."""
        return self._within(deadline_s, lambda: self.send(message))

    def reach(self, deadline_s: float) -> str | None:
        """Why the service cannot be reached, in one line; None where it can, or cannot be asked without a message."""
        return None if self.connect is None else self._within(deadline_s, self.connect)

    def _within(self, deadline_s: float, act: Callable[[], None]) -> str | None:
        outcome: list[str | None] = []
        worker = threading.Thread(target=lambda: outcome.append(self._attempt(act)), daemon=True)
        worker.start()
        worker.join(deadline_s)
        return outcome[0] if outcome else f"no answer within {deadline_s:g} seconds"

    def _attempt(self, act: Callable[[], None]) -> str | None:
        with LogCapture(level=logging.DEBUG, fmt="%(levelname)s %(message)s") as captured:  # type: ignore[no-untyped-call]
            try:
                act()
                return None
            except Exception as error:
                said = _reasons(captured.getvalue())
                own = "" if isinstance(error, PlatformError) and said else f"{error}" or type(error).__name__
        reason = "; ".join(part for part in (own, *said) if part)
        for secret in self.secrets:
            reason = reason.replace(secret, "****")
        return one_line(_ANSWER.sub(r"\1 \2", reason), 300)


def _reasons(log: str) -> list[str]:
    """What Apprise says about a failure: its warnings, and the exceptions that it keeps to itself."""
    found = []
    for line in log.splitlines():
        level, _, text = line.partition(" ")
        if text.startswith("Socket Exception: "):
            found.append(text.removeprefix("Socket Exception: "))
        elif level in ("WARNING", "ERROR", "CRITICAL"):
            found.append(text)
    return list(dict.fromkeys(found))


def channels(urls: Iterable[str]) -> list[Channel]:
    """The channels of Apprise's addresses, each once.

    Raises:
        UsageError: an address is of no service that Apprise knows, or lacks something.
    """
    found: dict[str, Channel] = {}
    for url in urls:
        for channel in _channels(url):
            found.setdefault(channel.id, channel)
    return list(found.values())


def _channels(url: str) -> list[Channel]:
    asset = AppriseAsset(app_id="autotweak", app_desc="autotweak", app_url="")
    with LogCapture(level=logging.WARNING, fmt="%(levelname)s %(message)s") as captured:  # type: ignore[no-untyped-call]
        service = Apprise.instantiate(url, asset=asset)
    schema = url.partition(":")[0]
    if not isinstance(service, NotifyBase):
        said = "; ".join(_reasons(captured.getvalue())) or "nothing that Apprise can send to"
        for secret in _pieces(url):
            said = said.replace(secret, "****")
        raise UsageError(f"the address {schema}://... to notify is not valid: {said}; see docs/mail.md")
    if isinstance(service, NotifyEmail):
        mail: NotifyEmail = service
        secrets = tuple(s for s in (mail.password, quote(mail.password or "", safe="")) if s)
        return [
            Channel(
                f"mail {to}",
                f"mail to {to}",
                lambda message, to=to: send_mail(mail, to, message),  # type: ignore[misc]
                secrets,
                lambda: sign_in(mail),
            )
            for to in recipients(mail)
        ]
    if "overflow=" not in url:
        service.overflow_mode = OverflowMode.TRUNCATE
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    return [Channel(f"{schema} {digest}", f"{schema} {digest[:6]}", lambda m: _send_brief(service, m), _pieces(url))]


def _send_brief(service: NotifyBase, message: Message) -> None:
    """A short text, as chats and pagers show it.

    Raises:
        PlatformError: the service refused it; Apprise's log says why.
    """
    sent = service.notify(
        body=message.brief, title=message.subject, notify_type=_TONES[message.tone], body_format=NotifyFormat.TEXT
    )
    if not sent:
        raise PlatformError("the service refused the message")


def _pieces(url: str) -> tuple[str, ...]:
    """All parts of an address that may be a token, the longest first: services keep theirs in any place."""
    parts = {part for part in re.split(r"[/:@?&=#]+", url.partition(":")[2]) if len(part) > 3}
    return tuple(sorted({url, *parts, *map(unquote, parts)}, key=len, reverse=True))
