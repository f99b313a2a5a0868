"""The outbox at a glance, without loading what sends: what waits, since when, and what was ever sent."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "outbox"
"""Below the machine's home."""
TALLY = "tally.json"
COUNTED = ("sent", "failed", "given_up")


@dataclass(frozen=True)
class Waiting:
    """What is on its way; ``since`` in seconds since the epoch."""

    number: int = 0
    since: float = 0.0
    """When the oldest was put there."""
    error: str = ""
    """Why the last attempt failed; it holds no secret."""


def waiting(folder: Path) -> Waiting:
    """What waits in the outbox at ``folder``."""
    found: list[dict[str, Any]] = []
    for path in folder.glob("event-*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # delivered now, or damaged
            entry = json.loads(path.read_bytes())
            found.append({"put_at": float(entry["put_at"]), "progress": list(entry["progress"].values())})
    if not found:
        return Waiting()
    failed = [each for entry in found for each in entry["progress"] if each.get("error")]
    last = max(failed, key=lambda each: float(each.get("at", 0.0)), default={"error": ""})
    return Waiting(len(found), min(entry["put_at"] for entry in found), str(last["error"]))


def tally(folder: Path) -> dict[str, int]:
    """How many messages were ever sent, could not be sent in one attempt, and were given up."""
    try:
        said = json.loads((folder / TALLY).read_bytes())
        return {key: int(said.get(key, 0)) for key in COUNTED}
    except (OSError, ValueError, AttributeError, TypeError):
        return dict.fromkeys(COUNTED, 0)
