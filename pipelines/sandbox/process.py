"""A local process as the sandbox: the same spool and runner, without isolation."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from mlprojects.contract.restart import UNUSABLE
from pipelines.environments import Environment, Say, ensure_runtime, ensure_venv
from pipelines.errors import PlatformError
from pipelines.gpu import Given
from pipelines.logs import last_words
from pipelines.restarts import Death
from pipelines.spool import Spool

PASSED_ON = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
"""Nothing else of the driver's environment reaches a script: no credential is in these."""


def script_environment(threads: int, seed: int) -> dict[str, str]:
    """Variables that every sandbox sets, whatever its kind."""
    numeric = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    return numeric | {
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "KERAS_BACKEND": "tensorflow",
        "MPLBACKEND": "Agg",
        "GIT_PYTHON_REFRESH": "quiet",
        "PYTHONHASHSEED": str(seed % 2**32),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def threads_per_slot(processors: float | None, slots: int) -> int:
    """Each trial's share of the machine's processors, at least one."""
    return max(1, int((processors or os.cpu_count() or 1) // slots))


class ProcessSandbox:
    """The supervisor as a process of the family's virtual environment."""

    kind = "process"
    memory = None

    def __init__(self, command: list[str], environment: dict[str, str], log: Path, gpu: Given | None = None) -> None:
        self._command, self._environment, self._log = command, environment, log
        self.gpu = gpu
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = log.with_name("sandbox.lock")

    @classmethod
    def prepare(
        cls,
        environment: Environment,
        spool: Spool,
        slots: int,
        home: Path,
        seed: int,
        say: Say,
        gpu: Given | None = None,
    ) -> ProcessSandbox:
        """Make the virtual environment and the inside code ready."""
        python = ensure_venv(environment, home, say)
        runtime = ensure_runtime(environment, home)
        root = spool.paths.root
        command = [str(python), "-m", "mlprojects.sandbox.supervisor", str(root), environment.family, str(slots)]
        command.append(str(os.getpid()))
        variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        variables |= script_environment(threads_per_slot(None, slots), seed)
        variables |= {"PYTHONPATH": str(runtime)} | (gpu.variables if gpu is not None else {})
        return cls(command, variables, root / "sandbox.log", gpu)

    @property
    def started(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def start(self) -> None:
        """Start the supervisor in a session of its own, once the one before it has ended."""
        with self._log.open("ab") as log, self._lock.open("ab") as lock:
            self._await_predecessor(lock)
            try:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment,
                    cwd=self._log.parent,
                    start_new_session=True,
                    pass_fds=(lock.fileno(),),  # held for exactly as long as the supervisor lives
                )
            except OSError as error:
                raise PlatformError(f"the sandbox cannot be started: {error}") from error

    def _await_predecessor(self, lock: IO[bytes]) -> None:
        """Two supervisors on one spool would run each trial twice.

        Raises:
            PlatformError: a sandbox of an earlier driver, which ends by itself, has not ended.
        """
        for _ in range(100):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                time.sleep(0.1)
        raise PlatformError(f"an earlier sandbox of this search does not end; it holds {self._lock}")

    def resize(self, memory_mib: int) -> None:
        """Nothing: a local process has no limit of its own."""

    def death(self) -> Death | None:
        """Its exit status, with the last line that it printed."""
        if self._process is None or self._process.poll() is None:
            return None
        said = last_words(self._log.read_text(encoding="utf-8", errors="replace"))
        if self._process.returncode == UNUSABLE:
            return Death("unusable", said)
        reason = f"the sandbox process ended with status {self._process.returncode}: {said}"
        return Death("infrastructure", reason)

    def stop(self) -> None:
        """Ask the supervisor to end its trials and itself; kill the session when it does not."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
