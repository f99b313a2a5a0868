"""The searches of a home at a glance: how each is, since when, its trials and restarts; read from the disk alone.

Neither MLflow nor what the trials said is loaded: a home with hundreds of searches is read in a fraction of a second.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines.search.log import Closed, Driving, Record, Restarted, parse
from pipelines.searches import SearchFolder, State, folders, left_by

_ENDED = b'"event":"ended"'
_READ = tuple(f'"event":"{name}"'.encode() for name in ("driving", "closed", "resuming", "restarted"))


@dataclass(frozen=True)
class Glance:
    """One search at a glance. Times are in seconds since the epoch; 0 where nothing is known."""

    search: str
    state: State
    status: str = ""
    """Of one that has ended: reached, not_reached, failed or unsupported."""
    name: str = ""
    source: str = ""
    branch: str = ""
    commit: str = ""
    run_id: str = ""
    began: float = 0.0
    since: float = 0.0
    """When the state became what it is."""
    trials: int = 0
    """Those that have ended."""
    restarts: dict[str, int] = field(default_factory=dict)
    """How often something was started again, by cause."""
    reason: str = ""
    """Why it was left as it is, or started again last."""


class Glances:
    """Reads the searches of one home; what has not changed since the last time is not read again."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._known: dict[str, tuple[tuple[int, int], Glance]] = {}

    def all(self) -> list[Glance]:
        """Every search of which something is kept, oldest first."""
        found = []
        for folder in folders(self._home):
            with contextlib.suppress(FileNotFoundError):  # removed in this moment
                if folder.asked_file.exists():
                    found.append(self._of(folder))
        self._known = {one.search: self._known[one.search] for one in found}
        return found

    def _of(self, folder: SearchFolder) -> Glance:
        alive = folder.alive()  # asked first: a driver that ends now has closed its log when it is read
        stamps = [path.stat() if path.exists() else None for path in (folder.log, folder.asked_file)]
        stamp = (stamps[0].st_size if stamps[0] else 0, stamps[1].st_mtime_ns if stamps[1] else 0)
        known = self._known.get(folder.search)
        if known is None or known[0] != stamp:
            known = (stamp, glance(folder))
            self._known[folder.search] = known
        left = known[1]
        return replace(left, state="running", since=left.began, status="") if alive else left


def glance(folder: SearchFolder) -> Glance:
    """The search as it is where no driver lives."""
    lines = folder.log.read_bytes().splitlines(keepends=True) if folder.log.exists() else []
    records: list[Record] = []
    for line in lines:
        if any(mark in line for mark in _READ):
            records += parse(line)[0]
    restarted = [record for record in records if isinstance(record, Restarted)]
    closed = next((record for record in reversed(records) if isinstance(record, Driving | Closed)), None)
    ended = closed if isinstance(closed, Closed) else None
    began = next((record.time for record in records), 0.0)
    heard = max(began, folder.log.stat().st_mtime) if lines else began  # the disk's clock is coarser
    return Glance(
        search=folder.search,
        state=left_by(records),
        status=ended.status if ended is not None and ended.how == "ended" else "",
        began=began,
        since=ended.time if ended else heard,
        trials=sum(_ENDED in line for line in lines),
        restarts=dict(Counter(record.cause for record in restarted)),
        reason=ended.reason if ended else restarted[-1].reason if restarted else "",
        **_asked(folder),
    )


def _asked(folder: SearchFolder) -> dict[str, str]:
    """What was asked for; read without its types, for it holds all that reading the source has found."""
    try:
        asked = json.loads(folder.asked_file.read_bytes())
    except (OSError, ValueError):
        return {}
    options, task = _part(asked, "options"), _part(asked, "task")
    source, plan = _part(task, "source"), _part(task, "plan")
    given = _text(source, "given") or _text(options, "source")
    return {
        "name": _text(plan, "name") or _text(options, "name") or given,
        "source": given,
        "branch": _text(source, "branch"),
        "commit": _text(source, "commit"),
        "run_id": _text(asked, "run_id"),
    }


def _part(whole: Any, key: str) -> dict[str, Any]:
    part = whole.get(key) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def _text(whole: Any, key: str) -> str:
    text = whole.get(key) if isinstance(whole, dict) else None
    return text if isinstance(text, str) else ""


def by_state(found: Iterable[Glance]) -> dict[str, int]:
    """How many there are in each state; of those that have ended, by how they did."""
    return dict(Counter(one.status or one.state for one in found))
