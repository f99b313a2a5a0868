"""One home for all end-to-end tests, so that each environment is made once; the command line as a user has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.team import TeamServer
from pipelines.sandbox.docker import engine

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        return json.loads(self.stdout)

    @property
    def error(self) -> str:
        """The one line that an error is."""
        lines = [line for line in self.stderr.splitlines() if line.startswith("autotweak: ")]
        assert len(lines) == 1, self.stderr
        assert "Traceback" not in self.stderr
        return lines[0]


AutoTweak = Callable[..., Ran]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of autotweak for the whole session."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def autotweak(home: Path) -> AutoTweak:
    """Run the command line in a process of its own."""

    def run(*arguments: str | Path, cwd: Path = ROOT, **variables: str) -> Ran:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "AUTOTWEAK_NOTIFY"))}
        environment |= {"AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "pipelines", *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=500, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamServer]:
    """Give a team's server that is up, with SQLite and a folder; tests that share it name their own experiments."""
    with TeamServer(tmp_path_factory.mktemp("team")) as server:
        yield server


@pytest.fixture(scope="session")
def driver(server: TeamServer) -> dict[str, str]:
    """Give the variables of an account of it that searches and promotes."""
    return server.account("ci", "driver")


@pytest.fixture(scope="session")
def docker_engine() -> Any:
    """A client of the Docker engine; without one the test is skipped, or fails where CI demands one."""
    client = engine()
    if client is None:
        reason = "no Docker engine answers"
        pytest.fail(reason) if os.environ.get("AUTOTWEAK_REQUIRE_DOCKER") else pytest.skip(reason)
    return client
