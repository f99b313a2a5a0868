"""The searches on this machine: each one's folder, who drives it, and what its driver was asked.

A driver holds the lock of its search for as long as it lives; the kernel takes it away with the process, whatever ends
it. Process ids are never looked at: after a restart of the machine they are somebody else's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from mlprojects.contract.layout import write_atomic
from pipelines.errors import PlatformError, UsageError
from pipelines.options import RunOptions
from pipelines.search.log import Closed, Driving, How, Record, parse
from pipelines.settings import MachineSettings
from pipelines.task import Task

State = Literal["running", "interrupted", "stopped", "failed", "given_up", "ended", "unknown"]
"""interrupted: its driver died; stopped: by its user; failed: by the platform; unknown: nothing is kept of it."""

_LEFT: dict[How, State] = {"ended": "ended", "failed": "failed", "interrupted": "stopped", "given_up": "given_up"}
PROBES = 20


class Asked(BaseModel):
    """What a search was asked for, and what became of it before its first trial: ``search.json``."""

    model_config = ConfigDict(frozen=True)

    search: str
    options: RunOptions
    folder: str
    """The folder in which the command was given: paths in the options are relative to it."""
    run_id: str = ""
    """The run that was opened for the search before it began: by ``mlflow run`` or for a push."""
    task: Task | None = None
    """None until the source was fetched and read."""
    notify: str = ""
    """Who was to be told of it; a monitor that has it resumed may be set to tell others."""

    def told(self, machine: MachineSettings) -> MachineSettings:
        """The machine's settings, with those who were to be told when the search was asked for."""
        return machine.model_copy(update={"notify": self.notify}) if self.notify else machine


@dataclass(frozen=True)
class SearchFolder:
    """The folder of one search."""

    root: Path

    @property
    def search(self) -> str:
        """Its identifier."""
        return self.root.name

    @property
    def log(self) -> Path:
        """What its drivers decided."""
        return self.root / "search.jsonl"

    @property
    def asked_file(self) -> Path:
        """What it was asked for."""
        return self.root / "search.json"

    def asked(self) -> Asked:
        """Read what it was asked for.

        Raises:
            UsageError: nothing is kept of it: it is a single trial, or of an earlier version.
            PlatformError: what is kept is damaged.
        """
        try:
            return Asked.model_validate_json(self.asked_file.read_bytes())
        except FileNotFoundError as error:
            raise UsageError(f"{self.search} cannot be resumed: it has no {self.asked_file.name}") from error
        except ValidationError as error:
            what = error.errors()[0]
            place = ".".join(map(str, what["loc"]))
            raise PlatformError(f"{self.asked_file} is damaged: {place}: {what['msg']}; start anew") from error

    def write(self, asked: Asked) -> None:
        """Keep what it was asked for; readable by the driver's user only, for an address may hold a password."""
        before = os.umask(0o077)
        try:
            write_atomic(self.asked_file, asked.model_dump_json())
        finally:
            os.umask(before)

    @contextlib.contextmanager
    def driving(self) -> Iterator[None]:
        """Hold the search's lock.

        Raises:
            UsageError: another driver holds it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        for _ in range(PROBES):
            handle = self._lock(fcntl.LOCK_EX)
            if handle is not None:
                break
            time.sleep(0.05)  # somebody may only be asking whether it is held
        if handle is None:
            raise UsageError(f"search {self.search} is running: another driver works on it")
        try:
            yield
        finally:
            os.close(handle)

    def alive(self) -> bool:
        """Whether a driver works on it."""
        try:
            handle = self._lock(fcntl.LOCK_SH)
        except FileNotFoundError:  # the folder is gone: that of a standby goes with it
            return False
        if handle is not None:
            os.close(handle)
        return handle is None

    def _lock(self, kind: int) -> int | None:
        # Never inherited: a sandbox that outlived its driver would look like one.
        handle = os.open(self.root / "search.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle

    def state(self) -> State:
        """How it is."""
        return "running" if self.alive() else self.left()

    def left(self) -> State:
        """How its last driver has left it; of a search that is running, how it would be without this one."""
        return left_by(self.records()) if self.asked_file.exists() else "unknown"

    def records(self) -> list[Record]:
        """What its drivers have said of themselves, also while one writes; damage is passed over."""
        if not self.log.exists():
            return []
        of_drivers = [f'"event":"{kind}"'.encode() for kind in ("driving", "sandboxed", "resuming", "closed")]
        lines = self.log.read_bytes().splitlines(keepends=True)
        return [record for line in lines if any(mark in line for mark in of_drivers) for record in parse(line)[0]]


def left_by(records: Sequence[Record]) -> State:
    """How a search was left of which its drivers have said this."""
    last = next((record for record in reversed(records) if isinstance(record, Driving | Closed)), None)
    return _LEFT[last.how] if isinstance(last, Closed) else "interrupted"


def folders(home: Path) -> list[SearchFolder]:
    """All on this machine, oldest first."""
    root = home / "searches"
    return [SearchFolder(path) for path in sorted(root.iterdir()) if path.is_dir()] if root.is_dir() else []


def find(home: Path, name: str) -> SearchFolder | None:
    """The search of this identifier, or the one for which this run was opened."""
    if name and (home / "searches" / name).is_dir() and Path(name).name == name:
        return SearchFolder(home / "searches" / name)
    for folder in reversed(folders(home)):
        with contextlib.suppress(UsageError, PlatformError):
            if folder.asked().run_id == name:
                return folder
    return None
