"""Those who are served: clients that ask all the time, and hosts that deliver."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

ROW = [[[0.0]] * 8] * 8
"""An image of eight by eight dots."""
PAUSE_S = 0.02
CLIENTS, HOSTS_AT_ONCE = 2, 8


@dataclass
class Requests:
    """What clients have sent."""

    answered: int = 0
    failed: list[str] = field(default_factory=list)


def answers(address: str) -> bool:
    """Whether the endpoint predicts. It is asked first whether it can: a prediction is waited for."""
    try:
        with urllib.request.urlopen(f"{address}/ping", timeout=10):  # noqa: S310
            return not _fault(address)
    except OSError:
        return False


@contextmanager
def asking(address: str) -> Iterator[Requests]:
    """Send requests all the time, one after another from each client."""
    ending, seen = Event(), Requests()

    def ask() -> None:
        while not ending.wait(PAUSE_S):
            fault = _fault(address)
            if fault:
                seen.failed.append(fault)
            else:
                seen.answered += 1

    threads = [Thread(target=ask, daemon=True) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        ending.set()
        for thread in threads:
            thread.join()


def deliver(address: str, secret: str, commit: str, number: int) -> list[tuple[int, dict[str, Any]]]:
    """Tell of one push so many times, in the words of each host in turn; status and answer of each."""
    payload = json.dumps({"ref": "refs/heads/main", "after": commit}).encode()
    lines = f"{'0' * 40} {commit} refs/heads/main\n".encode()
    digest, plain = (hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for body in (payload, lines))
    hosts = [
        (payload, {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={digest}"}),
        (payload, {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": secret}),
        (payload, {"X-Gitea-Event": "push", "X-Gitea-Signature": digest}),
        (payload, {"X-Forgejo-Event": "push", "X-Forgejo-Signature": digest}),
        (lines, {"X-Autotweak-Event": "push", "X-Autotweak-Signature": f"sha256={plain}"}),
    ]
    with ThreadPoolExecutor(HOSTS_AT_ONCE) as pool:
        return list(pool.map(lambda at: _post(address, *hosts[at % len(hosts)]), range(number)))


def _fault(address: str) -> str:
    body = json.dumps({"inputs": [ROW]}).encode()
    status, said = _post(f"{address}/invocations", body, {})
    return "" if status == 200 and len(said.get("predictions", ())) == 1 else f"{time.time():.1f}: {status} {said}"


def _post(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Status 0: nobody has answered."""
    request = urllib.request.Request(address, body, {"Content-Type": "application/json", **headers})  # noqa: S310 - our own servers
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {"said": error.read(300).decode(errors="replace")}
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, {"said": repr(error)}
