"""Services as a supervisor keeps them: started, started again after they died, ended together."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

from benchmarks.unattended.git_server import ROOT

RESTART_S = 2.0
"""As the units in deploy/ have it."""
PATIENCE_S = 400.0
STOP_S = 60.0
T = TypeVar("T")


class Unmet(Exception):  # noqa: N818 - not an error of the program
    """What was expected has not happened: one line."""


def expect(holds: bool, what: str) -> None:
    """Go on only where it holds.

    Raises:
        Unmet: it does not.
    """
    if not holds:
        raise Unmet(what)


def until(what: str, probe: Callable[[], T | None], limit_s: float = PATIENCE_S) -> T:
    """Ask until there is an answer.

    Raises:
        Unmet: there was none in time; ``what`` says what was waited for.
    """
    deadline = time.monotonic() + limit_s
    while not (found := probe()):
        expect(time.monotonic() < deadline, f"{what}: not within {limit_s:.0f} s")
        time.sleep(0.05)
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Kept:
    """One command that is started again when it ends, as systemd does; its log is a file of JSON lines."""

    def __init__(self, name: str, module: str, *arguments: str, folder: Path, environment: dict[str, str]) -> None:
        self.name, self.starts = name, 0
        self._command = [sys.executable, "-m", module, *arguments]
        self._environment, self.log = environment, folder / f"{name}.log"
        self._ending = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._keep, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """SIGKILL, as of a machine without memory."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def events(self, event: str) -> list[dict[str, Any]]:
        """What its log has said of this."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        said = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [line for line in said if line.get("event") == event]

    def end(self) -> None:
        """Ctrl-C: it ends what it has started as well."""
        self._ending.set()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._thread.join(STOP_S)

    def _keep(self) -> None:
        while not self._ending.is_set():
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, stdout=log, stderr=log, env=self._environment, cwd=ROOT, start_new_session=True
                )
            self.starts += 1
            self._process.wait()
            self._ending.wait(RESTART_S)
