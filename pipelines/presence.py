"""Which services run from a home: each holds a lock for as long as it lives, and says beside it where and since when.

The kernel takes a lock away with its process, so that a service that was killed is not taken for one that runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mlprojects.contract.layout import write_atomic
from pipelines.errors import UsageError

WATCH, MONITOR = Path("watch", "service.lock"), Path("monitor.lock")
"""The locks below a home."""
PATIENCE_S = 1.0
"""A lock may be held for a moment by somebody who only asks whether it is."""


def utc(seconds: float) -> str:
    """A time as ISO 8601 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def address_of(host: str, port: int) -> str:
    """Where this machine reaches a service that listens on ``host``."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - not bound, reached
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"


@contextlib.contextmanager
def present(lock: Path, taken: str) -> Iterator[Callable[..., None]]:
    """Hold a service's lock.

    Args:
        lock: the file.
        taken: what to say where another process holds it.

    Yields:
        What notes facts about the service, for :func:`presence`.

    Raises:
        UsageError: another process holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(lock, timeout=PATIENCE_S)
    try:
        held.acquire()
    except Timeout as error:
        raise UsageError(taken) from error
    facts: dict[str, Any] = {"since": utc(time.time()), "pid": os.getpid()}

    def note(**more: Any) -> None:
        facts.update(more)
        write_atomic(_beside(lock), json.dumps(facts))

    try:
        note()
        yield note
    finally:
        _beside(lock).unlink(missing_ok=True)
        held.release()


def presence(lock: Path) -> dict[str, Any] | None:
    """What the service that holds the lock has said of itself; None where none runs."""
    if not is_held(lock):
        return None
    try:
        said = json.loads(_beside(lock).read_bytes())
    except (OSError, ValueError):  # it has only just begun
        return {}
    return said if isinstance(said, dict) else {}


def is_held(lock: Path) -> bool:
    """Whether a process holds the lock."""
    try:
        handle = os.open(lock, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _beside(lock: Path) -> Path:
    return lock.with_suffix(".json")
