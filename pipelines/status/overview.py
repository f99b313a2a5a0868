"""The facts of one home: gathered from its disk, and as the JSON object that programs read."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.glance import Glance, Glances, by_state
from pipelines.notify.events import one_line
from pipelines.notify.waiting import FOLDER, Waiting, waiting
from pipelines.presence import MONITOR, WATCH, is_held, presence, utc

MOST_LINE = 300


@dataclass(frozen=True)
class Service:
    """A service that may run from this home; times as ISO 8601 has them, in UTC, here and below."""

    running: bool = False
    since: str | None = None
    pid: int | None = None
    address: str | None = None
    """Where it listens."""


@dataclass(frozen=True)
class Push:
    """A push that waits for its search."""

    repository: str
    branch: str
    commit: str
    since: str
    run_id: str


@dataclass(frozen=True)
class Queue:
    """The queue of pushes; ``waiting`` is None where it could not be read, and ``problem`` says why."""

    waiting: tuple[Push, ...] | None = ()
    problem: str = ""


@dataclass(frozen=True)
class Served:
    """A model that is served from this home, or was when its service died."""

    name: str
    alias: str = ""
    version: str | None = None
    since: str | None = None
    restarts: int = 0
    address: str | None = None
    running: bool = False
    problem: str = ""
    pid: int | None = None


@dataclass(frozen=True)
class Overview:
    """All of it."""

    home: str
    time: float
    watch: Service
    monitor: Service
    queue: Queue
    searches: tuple[Glance, ...]
    serving: tuple[Served, ...]
    outbox: Waiting

    @property
    def empty(self) -> bool:
        """Whether nothing has ever been done in this home."""
        services = self.watch.running or self.monitor.running
        return not (services or self.queue.waiting or self.searches or self.serving or self.outbox.number)

    def to_json(self) -> dict[str, Any]:
        """The object that ``status --json`` prints: every key always there, null where nothing is known."""
        return {
            "home": self.home,
            "time": utc(self.time),
            "watch": asdict(self.watch),
            "monitor": asdict(self.monitor),
            "queue": {**asdict(self.queue), "length": None if self.queue.waiting is None else len(self.queue.waiting)},
            "counts": by_state(self.searches),
            "searches": [_search(found) for found in self.searches],
            "serving": [asdict(found) for found in self.serving],
            "outbox": {"waiting": self.outbox.number, "since": stamp(self.outbox.since), "error": self.outbox.error},
        }


def gather(home: Path, queue: Queue, now: float) -> Overview:
    """Read the disk.

    Args:
        home: the machine's.
        queue: what waits.
        now: seconds since the epoch.
    """
    return Overview(
        home=str(home),
        time=now,
        watch=service(home / WATCH),
        monitor=service(home / MONITOR),
        queue=queue,
        searches=tuple(Glances(home).all()),
        serving=tuple(_served(home)),
        outbox=waiting(home / FOLDER),
    )


def service(lock: Path) -> Service:
    """The service that holds a lock."""
    said = presence(lock)
    known = {key: value for key, value in (said or {}).items() if key in ("since", "pid", "address")}
    return Service(running=said is not None, **known)


def stamp(seconds: float) -> str | None:
    """A time as ISO 8601 has it; None where nothing is known."""
    return utc(seconds) if seconds else None


def _served(home: Path) -> list[Served]:
    found = []
    for path in sorted((home / "serving").glob("*/state.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):  # its service ends in this moment, or it is damaged
            said = json.loads(path.read_bytes())
            known = {key: value for key, value in said.items() if key in Served.__dataclass_fields__ and value != ""}
            found.append(Served(**{**known, "running": is_held(path.parent / "service.lock")}))
    return found


def _search(found: Glance) -> dict[str, Any]:
    return {
        "search": found.search,
        "state": found.state,
        "status": found.status or None,
        "name": one_line(found.name, MOST_LINE),
        "source": one_line(found.source, MOST_LINE),
        "branch": one_line(found.branch, MOST_LINE) or None,
        "commit": found.commit or None,
        "run_id": found.run_id or None,
        "began": stamp(found.began),
        "since": stamp(found.since),
        "trials": found.trials,
        "restarts": found.restarts,
        "reason": one_line(found.reason, MOST_LINE) or None,
    }
