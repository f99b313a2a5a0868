"""One running version behind a Unix socket. Containers and processes are adapters with this one contract."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import stat
import threading
import time
import uuid
from pathlib import Path
from typing import Protocol

from pipelines.environments import Environment
from pipelines.errors import PlatformError
from pipelines.serving.model import fault_of, serving_example
from pipelines.serving.store import Stored

SOCKET = "socket"
HEALTHY_S = 180.0
"""What a model may take until it answers for the first time: TensorFlow loads slowly on a busy machine."""
CHECK_S = 60.0
TAKE_OVER_S = 5.0
"""What a backend that an earlier service left may take to answer; what hangs is replaced."""
PING_S = 5.0
STOP_S = 5.0
"""What a backend without requests may take to end before it is killed."""
PAUSE_S = 0.05
_LONGEST = 100
"""Of a socket's path: the system takes no longer one."""


class Backend(Protocol):
    """A version that was started."""

    version: str
    socket: Path

    def death(self) -> str | None:
        """Why it is dead, in one line; None while it lives."""

    def stop(self) -> None:
        """End it and remove what it leaves; safe to call twice."""


class Launcher(Protocol):
    """Starts backends of one kind."""

    kind: str

    def start(self, stored: Stored, environment: Environment) -> Backend:
        """Start a version; it does not answer yet.

        Raises:
            PlatformError: its environment cannot be made, or nothing can be started.
        """

    def left_behind(self, stored: Stored, environment: Environment) -> Backend | None:
        """What an earlier service that was killed has left living, if :meth:`start` would make the same today."""

    def remove_leftovers(self, kept: Backend | None = None) -> int:
        """End what else such a service has left; how many there were."""


class NotServableError(Exception):
    """The version itself is at fault: it does not start, or fails its check. One line."""


def run_folder(runs: Path) -> Path:
    """A new folder for one backend."""
    folder = runs / uuid.uuid4().hex[:8]
    folder.mkdir(parents=True)
    return folder


def fingerprint(stored: Stored, made_with: str) -> str:
    """What tells a backend of one version, environment and limits from all others; it is kept where that runs."""
    told = (stored.about.name, stored.about.version, stored.about.identity, made_with)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def address(path: Path) -> str:
    """A name of a socket that is short enough for the system, and that leads to this socket and no other.

    The folder is shared with the backend, which is not trusted: a link in the socket's place could lead to any socket
    of this machine, the Docker engine's among them.

    Raises:
        OSError: there is no socket.
        PlatformError: its path is too long.
    """
    if Path("/proc/self/fd").exists():
        return f"/proc/self/fd/{_opened(path)}"
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise OSError(f"{path} is not a socket")
    if len(str(path)) > _LONGEST:
        raise PlatformError(f"the path of a socket is too long: {path}; set AUTOTWEAK_HOME to a shorter one")
    return str(path)


_sockets: dict[Path, int] = {}


def _opened(path: Path) -> int:
    if path not in _sockets:
        handle = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        if not stat.S_ISSOCK(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(f"{path} is not a socket")
        _sockets[path] = handle
    return _sockets[path]


def forget(path: Path) -> None:
    """Close what :func:`address` has opened."""
    handle = _sockets.pop(path, None)
    if handle is not None:
        os.close(handle)


def ask(path: Path, method: str, target: str, body: bytes | None = None, timeout: float = PING_S) -> tuple[int, bytes]:
    """One request to a backend.

    Raises:
        OSError: nobody answers there, or not in time.
    """
    connection = http.client.HTTPConnection("localhost", timeout=timeout)
    try:
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(timeout)
        connection.sock.connect(address(path))
        connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise OSError(f"the answer is not HTTP: {type(error).__name__}") from error
    finally:
        connection.close()


def is_well(backend: Backend) -> bool:
    """Whether it answers."""
    try:
        return ask(backend.socket, "GET", "/ping")[0] == 200
    except OSError:
        return False


def await_health(backend: Backend, cancelled: threading.Event | None = None, limit_s: float = HEALTHY_S) -> None:
    """Wait until it answers.

    Raises:
        NotServableError: it died, or the time is over, or it is not wanted any more.
    """
    began, cancelled = time.monotonic(), cancelled or threading.Event()
    while not is_well(backend):
        reason = backend.death()
        if reason is None and time.monotonic() - began > limit_s:
            reason = f"it did not answer within {limit_s:.0f} s"
        if reason is None and cancelled.wait(PAUSE_S):
            reason = "it is not wanted any more"
        if reason is not None:
            raise NotServableError(reason)


def check(backend: Backend, stored: Stored, limit_s: float = CHECK_S) -> bool:
    """Ask for predictions of the model's own input example.

    Returns:
        Whether there is an example to check with.

    Raises:
        NotServableError: the answer is wrong, or there is none.
    """
    example = serving_example(stored.model)
    if example is None:
        return False
    try:
        status, answer = ask(backend.socket, "POST", "/invocations", example, limit_s)
    except OSError as error:
        raise NotServableError(_cause(backend) or f"its input example was not answered: {error}") from error
    fault = fault_of(example, status, answer)
    if fault is not None:
        raise NotServableError(fault)
    return True


def _cause(backend: Backend) -> str | None:
    """Why it is dead: a connection breaks a moment before the system knows how its process has ended."""
    for _ in range(20):
        reason = backend.death()
        if reason is not None:
            return reason
        time.sleep(PAUSE_S)
    return None
