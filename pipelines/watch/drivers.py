"""One ``autotweak run`` per accepted push, in a process and a session of its own: it outlives the service."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import yaml

from pipelines.errors import PlatformError
from pipelines.searches import find
from pipelines.watch.config import Repository
from pipelines.watch.pool import Pool
from pipelines.watch.queue import Entry
from pipelines.watch.standby import Job

MOST_REASON = 500
STOP_S = 30.0
"""What a driver may take to close its runs and its sandbox."""


class Process:
    """A driver that this service has started."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process, self._log = process, log

    def ended(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self._process.poll()

    def reason(self) -> str:
        """The one line in which it said why it failed, or the last line that it printed."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = [line for line in lines if line.startswith("autotweak: ")] or [line for line in lines if line.strip()]
        return said[-1].removeprefix("autotweak: ")[:MOST_REASON] if said else "the driver said nothing"

    def stop(self) -> None:
        """Interrupt it, as Ctrl-C does, and wait; kill it when it does not end."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


class Drivers:
    """Starts drivers below one folder, which holds each one's lock, settings and log."""

    def __init__(
        self,
        home: Path,
        sandbox: str,
        pool: Pool | None = None,
        notify_started: bool = False,
        cluster: str = "",
        slots: int = 1,
    ) -> None:
        self._home, self._folder, self._pool = home, home / "watch", pool
        self._where = ["--cluster", cluster, "--slots", str(slots)] if cluster else ["--sandbox", sandbox]
        self._told = {"AUTOTWEAK_NOTIFY_STARTED": "1"} if notify_started else {}
        self._folder.mkdir(parents=True, exist_ok=True)

    def start(self, entry: Entry, repository: Repository) -> Process:
        """A search for a push, or the rest of the one that it has; its run is the one that the push was accepted as.

        Raises:
            PlatformError: a driver works on the push already, or none can be started.
        """
        settings, log = self._folder / f"{entry.run_id}.yaml", self._folder / f"{entry.run_id}.log"
        settings.write_text(yaml.safe_dump(repository.settings.model_dump(mode="json", exclude_unset=True)))
        arguments = ["run", repository.url, "--ref", entry.commit, "--name", repository.name]
        arguments += [*self._where, "--settings", str(settings)]
        # What was waiting until now has none yet: there is no need to look through all.
        earlier = None if entry.state == "waiting" else find(self._home, entry.run_id)
        if earlier is not None:
            arguments = ["resume", earlier.search]
        own = {"MLFLOW_RUN_ID": entry.run_id, **self._told}
        if repository.notify:
            own["AUTOTWEAK_NOTIFY"] = " ".join(repository.addresses)
        lock = self._lock(entry)
        if lock is None:
            raise PlatformError(f"a driver works on {entry.run_id} already")
        # The driver inherits the lock or is sent it, nobody else: it is held for exactly as long as the driver lives.
        try:
            with log.open("ab") as output:
                process = None
                if self._pool is not None and earlier is None:
                    job = Job(arguments, own)
                    process = self._pool.hand(repository.name, job, lock, output.fileno())
                process = process or subprocess.Popen(
                    [sys.executable, "-m", "pipelines", *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={**os.environ, **own},
                    pass_fds=(lock,),
                    start_new_session=True,
                )
        except OSError as error:
            raise PlatformError(f"a driver cannot be started: {error}") from error
        finally:
            os.close(lock)
        return Process(process, log)

    def in_hand(self, entry: Entry) -> bool:
        """Whether a driver, whoever started it, works on the push, or the monitor resumes or ends it."""
        lock = self._lock(entry)
        if lock is None:
            return True
        os.close(lock)
        search = find(self._home, entry.run_id)
        return search is not None and search.state() in ("running", "interrupted", "given_up")

    def _lock(self, entry: Entry) -> int | None:
        handle = os.open(self._folder / f"{entry.run_id}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle
