"""What a host's delivery says, and whether it is the host's. Pure: headers and bytes in, a decision out.

A delivery is only a reason to look: the branch is fetched afterwards, so a replayed or an old one does no
harm. Sources: GitHub, "Validating webhook deliveries"; GitLab, "Webhook events"; Gitea and Forgejo,
"Webhooks"; the plain form is what Git gives to a ``post-receive`` hook on its standard input.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

NO_COMMIT = "0" * 40
"""The commit that Git names where a branch was made or deleted (longer with SHA-256)."""


@dataclass(frozen=True)
class Push:
    """Branches that were pushed to."""

    host: str
    branches: tuple[str, ...]


@dataclass(frozen=True)
class Ignored:
    """A delivery that is sound and asks for nothing."""

    reason: str


class Refused(Exception):  # noqa: N818 - a decision, answered with ``status``
    """A delivery that is answered with an HTTP error."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True)
class _Host:
    """How one host signs and names its events. Header names in lower case."""

    name: str
    event: str
    push: str
    signature: str
    prefix: str = ""
    token: bool = False
    """The header holds the secret itself, not a digest of the body."""


# Gitea and Forgejo send GitHub's headers as well, so they are asked first.
HOSTS = (
    _Host("forgejo", "x-forgejo-event", "push", "x-forgejo-signature"),
    _Host("gitea", "x-gitea-event", "push", "x-gitea-signature"),
    _Host("gitlab", "x-gitlab-event", "Push Hook", "x-gitlab-token", token=True),
    _Host("github", "x-github-event", "push", "x-hub-signature-256", prefix="sha256="),
    _Host("plain", "x-autotweak-event", "push", "x-autotweak-signature", prefix="sha256="),
)


def read_delivery(headers: Mapping[str, str], body: bytes, secret: bytes) -> Push | Ignored:
    """Check a delivery and read it.

    Args:
        headers: names in lower case.
        body: as it came.
        secret: shared with the host.

    Raises:
        Refused: 400 it is from no known host or cannot be read, 401 it is not signed with the secret.
    """
    host = next((known for known in HOSTS if known.event in headers), None)
    if host is None:
        names = ", ".join(known.event for known in HOSTS)
        raise Refused(400, f"no event header ({names}): which host sent this?")
    given = headers.get(host.signature, "")
    if not given:
        raise Refused(401, f"not signed: {host.signature} is missing; set the secret at {host.name}")
    right = secret if host.token else f"{host.prefix}{hmac.new(secret, body, hashlib.sha256).hexdigest()}".encode()
    if not hmac.compare_digest(given.encode(), right):
        raise Refused(401, f"wrongly signed: {host.signature} does not fit the secret")
    if headers[host.event] != host.push:
        return Ignored(f"event {headers[host.event]!r} is no push")
    if host.name == "plain":
        return _from_lines(body)
    return _from_payload(host.name, _payload(headers, body))


def _payload(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8")
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            text = parse_qs(text, max_num_fields=10)["payload"][0]
        found = json.loads(text)
    except (ValueError, KeyError, RecursionError) as error:
        raise Refused(400, "the body is not the JSON of a push event") from error
    if not isinstance(found, dict):
        raise Refused(400, "the body is not the JSON of a push event")
    return found


def _from_payload(host: str, payload: dict[str, Any]) -> Push | Ignored:
    ref, after = payload.get("ref"), payload.get("after")
    if not isinstance(ref, str) or not isinstance(after, str):
        raise Refused(400, "the push event names no ref and no commit")
    return _pushed(host, [(after, ref)])


def _from_lines(body: bytes) -> Push | Ignored:
    changes = []
    for line in body.decode("utf-8", errors="replace").splitlines():
        parts = line.split(" ", 2)
        if len(parts) != 3:
            raise Refused(400, "the body is not what Git gives to post-receive: lines of OLD NEW REF")
        changes.append((parts[1], parts[2]))
    return _pushed("plain", changes)


def _pushed(host: str, changes: list[tuple[str, str]]) -> Push | Ignored:
    branches = [
        ref.removeprefix("refs/heads/") for new, ref in changes if ref.startswith("refs/heads/") and new.strip("0")
    ]
    if branches:
        return Push(host, tuple(dict.fromkeys(branches)))
    deleted = any(not new.strip("0") for new, _ in changes)
    return Ignored("the branch was deleted" if deleted else "no branch was pushed to")
