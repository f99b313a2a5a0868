"""A version served by a local process of its environment, without isolation."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from mlprojects.contract.layout import write_atomic
from pipelines.environments import Environment, Say, ensure_runtime, ensure_venv
from pipelines.errors import PlatformError
from pipelines.logs import last_words
from pipelines.sandbox.process import PASSED_ON, script_environment, threads_per_slot
from pipelines.serving.backend import PAUSE_S, SOCKET, STOP_S, Backend, fingerprint, forget, run_folder
from pipelines.serving.store import Stored

SERVES = "serves"
"""The file that says what a process serves."""


class ProcessBackend:
    """MLflow's scoring server as a process in a session of its own."""

    def __init__(self, version: str, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.version, self.socket = version, folder / SOCKET
        self._folder, self._process = folder, process

    def death(self) -> str | None:
        """Its exit status, with the last line that it printed."""
        status = self._process.poll()
        if status is None:
            return None
        return f"the process ended with status {status}: {_said(self._folder)}"

    def stop(self) -> None:
        """Ask it to end, kill it when it does not, and remove its folder."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        forget(self.socket)
        shutil.rmtree(self._folder, ignore_errors=True)


class LeftBehind:
    """A process that an earlier service started: whether it lives its lock says, how it ended nobody can know."""

    def __init__(self, version: str, folder: Path, pid: int) -> None:
        self.version, self.socket = version, folder / SOCKET
        self._folder, self._pid = folder, pid

    def death(self) -> str | None:
        """That it has ended, with the last line that it printed."""
        return None if _lives(self._folder) else f"the process ended: {_said(self._folder)}"

    def stop(self) -> None:
        """Ask it to end, kill it when it does not, and remove its folder."""
        until = time.monotonic() + STOP_S
        with contextlib.suppress(ProcessLookupError):
            if _lives(self._folder):
                os.kill(self._pid, signal.SIGTERM)
            while _lives(self._folder) and time.monotonic() < until:
                time.sleep(PAUSE_S)
        _kill(self._folder)
        forget(self.socket)
        shutil.rmtree(self._folder, ignore_errors=True)


class ProcessLauncher:
    """Starts processes; each one's folder holds a lock that the process alone keeps while it lives, and its id."""

    kind = "process"

    def __init__(self, runs: Path, home: Path, say: Say) -> None:
        self._runs, self._home, self._say = runs, home, say

    def start(self, stored: Stored, environment: Environment) -> ProcessBackend:
        """Start a version in the environment's virtual environment."""
        command = self.command(environment)
        variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        variables |= script_environment(threads_per_slot(None, 1), 0)
        variables |= {"PYTHONPATH": str(ensure_runtime(environment, self._home))}
        folder = run_folder(self._runs)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            write_atomic(folder / SERVES, fingerprint(stored, environment.image))
            with (folder / "output.log").open("ab") as log:
                process = subprocess.Popen(
                    [*command, str(stored.model.resolve()), SOCKET],  # relative: the system takes no long path
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=variables,
                    cwd=folder,
                    pass_fds=(lock,),
                    start_new_session=True,
                )
            write_atomic(folder / "pid", str(process.pid))
        except OSError as error:
            raise PlatformError(f"a process to serve with cannot be started: {error}") from error
        finally:
            os.close(lock)
        return ProcessBackend(stored.about.version, folder, process)

    def command(self, environment: Environment) -> list[str]:
        """What serves; the model and the socket are its arguments."""
        return [str(ensure_venv(environment, self._home, self._say)), "-m", "mlprojects.sandbox.serve"]

    def left_behind(self, stored: Stored, environment: Environment) -> LeftBehind | None:
        """A process of this version and environment that keeps its lock."""
        wanted = fingerprint(stored, environment.image)
        for folder in self._runs.iterdir():
            with contextlib.suppress(OSError, ValueError):
                pid = int((folder / "pid").read_text())
                if (folder / SERVES).read_text() == wanted and _lives(folder):
                    return LeftBehind(stored.about.version, folder, pid)
        return None

    def remove_leftovers(self, kept: Backend | None = None) -> int:
        """Kill each process whose lock is still kept, and remove the folders."""
        found = 0
        for folder in self._runs.iterdir():
            if kept is None or folder != kept.socket.parent:
                found += _kill(folder)
                shutil.rmtree(folder, ignore_errors=True)
        return found


def _said(folder: Path) -> str:
    log = folder / "output.log"
    return last_words(log.read_text(encoding="utf-8", errors="replace") if log.exists() else "")[:300]


def _lives(folder: Path) -> bool:
    """Whether the lock is kept."""
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(lock)


def _kill(folder: Path) -> bool:
    """Kill the process that keeps the lock: while it is kept, the id is that process's and no other's."""
    try:
        pid = int((folder / "pid").read_text())
    except (OSError, ValueError):
        return False
    if not _lives(folder):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with (folder / "lock").open("rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    return True
