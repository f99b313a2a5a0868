"""``autotweak server`` as a process of its own, for measurements and tests: started, asked, ended, started again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[1]
WAIT_S = 240.0
"""How long a server may take to answer: seconds on a machine that has nothing else to do."""


class TeamServer:
    """A server whose home is a folder: SQLite and files, unless its variables say otherwise."""

    def __init__(self, home: Path, **variables: str) -> None:
        """Describe a server; ``variables`` are added to its environment."""
        self.home = home
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "AUTOTWEAK_", "AWS_", "PYTEST_"))}
        self.variables = {**clean, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT), **variables}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers, once it is started. Chromium takes ``localhost`` as it is, and so does MLflow."""
        return f"http://localhost:{self.port}"

    def __call__(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run ``autotweak server``."""
        command = [sys.executable, "-m", "pipelines", "server", *map(str, arguments)]
        variables = {**self.variables, **more}
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

    def account(self, name: str, role: str) -> dict[str, str]:
        """Make an account; the variables with which clients are it."""
        password = self("user", "add", name, "--role", role).stdout.strip()
        return {
            "MLFLOW_TRACKING_URI": self.address,
            "MLFLOW_TRACKING_USERNAME": name,
            "MLFLOW_TRACKING_PASSWORD": password,
        }

    def start(self, workers: int = 2) -> Self:
        """Start it, and wait until it answers.

        Raises:
            TimeoutError: it does not.
        """
        more = {"AUTOTWEAK_SERVER_PORT": str(self.port), "AUTOTWEAK_SERVER_WORKERS": str(workers)}
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "pipelines", "server", "run"]
            self.process = subprocess.Popen(command, env={**self.variables, **more}, stdout=log, stderr=log)
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=5):  # noqa: S310 - its own address
                    return self
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise TimeoutError(f"the server does not answer; its output is in {self.home / 'server.log'}")

    def stop(self) -> None:
        """End it as a supervisor does, and wait for that."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.stop()
