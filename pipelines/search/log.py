"""The log of a search: what its driver decided, so that another driver can go on from there.

One JSON object a line, appended and on disk before what it says is done. It lies in the spool's root, where the
sandbox cannot write. What the trials themselves say is in their journals.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mlprojects.contract.trial import TrialSpec, Tweak
from pipelines.errors import PlatformError
from pipelines.facts import Outcome
from pipelines.restarts import Cause

ALIVE_S = 5.0
"""How often a driver that waits says that it lives: so much of the time spent may be lost with it."""
How = Literal["ended", "failed", "interrupted", "given_up"]
BOOT = Path("/proc/sys/kernel/random/boot_id")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    time: float
    spent_s: float
    """What was spent of the time budget by then; time in which there was no driver does not count."""


class Driving(_Record):
    """A driver began, or took over."""

    event: Literal["driving"] = "driving"
    boot: str = ""
    """The machine's start, as the kernel names it."""


class Sandboxed(_Record):
    """The kind of sandbox was chosen: for good, so that no script loses its isolation with the engine."""

    event: Literal["sandboxed"] = "sandboxed"
    sandbox: str


class Resuming(_Record):
    """A monitor is about to start another driver."""

    event: Literal["resuming"] = "resuming"


class Submitted(_Record):
    """A trial is given to the sandbox."""

    event: Literal["submitted"] = "submitted"
    spec: TrialSpec
    origin: str


class Ended(_Record):
    """A trial has ended, with what is known of it from now on."""

    event: Literal["ended"] = "ended"
    outcome: Outcome


class Restarted(_Record):
    """A sandbox or a driver was started again, or a sandbox was given more memory."""

    event: Literal["restarted"] = "restarted"
    cause: Cause
    reason: str
    trials: tuple[int, ...] = ()
    memory_mib: int | None = None


class Inherited(_Record):
    """The best tweak of the previous search of the source is tried early."""

    event: Literal["inherited"] = "inherited"
    tweak: Tweak


class Exhausted(_Record):
    """There is no new tweak to try."""

    event: Literal["exhausted"] = "exhausted"


class Stopped(_Record):
    """No further trial: what is left is to conclude."""

    event: Literal["stopped"] = "stopped"
    reason: str


class Alive(_Record):
    """The driver waits."""

    event: Literal["alive"] = "alive"


class Closed(_Record):
    """The driver has left: the search has ended, or why it has not."""

    event: Literal["closed"] = "closed"
    how: How
    reason: str = ""
    status: str = ""
    """Of the report, where it has ended: reached, not_reached, failed or unsupported."""


Record = (
    Driving | Sandboxed | Resuming | Inherited | Submitted | Ended | Restarted | Exhausted | Stopped | Alive | Closed
)
Step = Inherited | Submitted | Ended | Restarted | Exhausted | Stopped
"""The records that a driver which takes over repeats."""
_ADAPTER: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="event")])
R = TypeVar("R", bound=BaseModel)


def parse(data: bytes) -> tuple[list[Record], int]:
    """The records, and the number of bytes that they take: what a crash has cut or garbled at the end does not count.

    Raises:
        ValueError: a line that is not the last one is no record.
    """
    records: list[Record] = []
    taken = 0
    for line in data.splitlines(keepends=True):
        try:
            if not line.endswith(b"\n"):
                break
            records.append(_ADAPTER.validate_json(line))
        except ValidationError as error:
            if taken + len(line) < len(data):
                raise ValueError(f"line {len(records) + 1}: {error.errors()[0]['msg']}") from error
            break
        taken += len(line)
    return records, taken


class SearchLog:
    """The log of one search, open for its driver. ``steps`` are those of earlier drivers, still to be repeated."""

    def __init__(self, path: Path | None = None, records: list[Record] | None = None) -> None:
        """Open a log.

        Args:
            path: the file; None: a search that nobody is going to resume.
            records: what it says so far.
        """
        self._path, self.records = path, records or []
        self.steps: deque[Step] = deque(record for record in self.records if isinstance(record, Step))
        self.spent_s = self.records[-1].spent_s if self.records else 0.0
        self.clock: Callable[[], float] = lambda: self.spent_s
        """What is spent of the time budget by now; the search says it once it goes on."""
        self.taken_over: str | None = None
        """Why the driver before this one has left."""

    @classmethod
    def open(cls, path: Path) -> SearchLog:
        """Read a log, and take away what a crash has left at its end.

        Raises:
            PlatformError: it is damaged.
        """
        data = path.read_bytes() if path.exists() else b""
        try:
            records, taken = parse(data)
        except ValueError as error:
            raise PlatformError(f"{path} is damaged: {error}; start the search anew") from error
        if taken < len(data):
            os.truncate(path, taken)
        return cls(path, records)

    @property
    def sandbox(self) -> str | None:
        """The kind of sandbox that the search has; None before one was chosen."""
        return next((record.sandbox for record in self.records if isinstance(record, Sandboxed)), None)

    def end_line(self) -> None:
        """End the line that a crash has left unfinished: what follows would be a part of it.

        Raises:
            PlatformError: it cannot be written.
        """
        if self._path is None or not self._path.exists() or self._path.read_bytes()[-1:] in (b"", b"\n"):
            return
        try:
            _write(self._path, b"\n", sync=True)
        except OSError as error:
            raise PlatformError(f"{self._path} cannot be written: {error.strerror}") from error

    def append(self, kind: type[R], **fields: Any) -> R:
        """Write a record; it is on disk when this returns.

        Raises:
            PlatformError: it cannot be written.
        """
        record = kind(time=time.time(), spent_s=self.clock(), **fields)
        if self._path is not None:
            try:
                _write(self._path, record.model_dump_json().encode() + b"\n", sync=kind is not Alive)
            except OSError as error:
                raise PlatformError(f"{self._path} cannot be written: {error.strerror}") from error
        return record

    def take(self, kind: type[R]) -> R | None:
        """The next step of an earlier driver, which is of this kind; None where all are repeated.

        Raises:
            PlatformError: it is of another kind: this version decides otherwise than the one that wrote the log.
        """
        if not self.steps:
            return None
        step = self.steps.popleft()
        if not isinstance(step, kind):
            other = f"it says {step.event!r} where {kind.__name__.lower()!r} was expected"
            raise PlatformError(f"the search cannot be resumed from its log: {other}; start it anew")
        return step

    def drive(self) -> None:
        """Note that a driver begins, or takes over."""
        self.taken_over = _why_left(self.records, this_boot())
        self.append(Driving, boot=this_boot())


def _why_left(records: list[Record], boot: str) -> str | None:
    """Why the last driver has left; None where there was none."""
    last = next((record for record in reversed(records) if isinstance(record, Driving | Closed)), None)
    if isinstance(last, Closed):
        return {"interrupted": "it was interrupted"}.get(last.how, f"it had failed: {last.reason}")
    if last is None:
        return None
    rebooted = bool(boot and last.boot and boot != last.boot)
    return "the machine was restarted" if rebooted else "the driver died"


def _write(path: Path, line: bytes, sync: bool) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, line)
        if sync:
            os.fsync(handle)
    finally:
        os.close(handle)


def this_boot() -> str:
    """What the kernel calls the machine's present start; empty where it does not say."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
