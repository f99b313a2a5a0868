"""What outside tells a sandbox that is started again: why, which trials are over, and how long the others may take."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path

UNUSABLE = 69
"""Exit status of a sandbox whose framework cannot be imported: another start would end the same way."""


@dataclass(frozen=True)
class Restart:
    """The contents of ``restart.json``; a sandbox that is started for the first time has none."""

    reason: str = ""
    """Why trials have another attempt; it stands in their ``started`` event."""
    ended: tuple[int, ...] = ()
    """Trials that outside has ended: there is no further attempt, whatever their journal says."""
    limits: dict[int, float] = field(default_factory=dict)
    """Seconds that a trial's next attempt may take, where that is less than its specification says."""

    def to_json(self) -> str:
        """One JSON object, keys sorted."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def read(cls, path: Path) -> Restart:
        """Read what :meth:`to_json` wrote; a file that is missing or empty says nothing."""
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        raw = json.loads(text or "{}")
        limits = {int(number): float(limit) for number, limit in raw.get("limits", {}).items()}
        return cls(str(raw.get("reason", "")), tuple(raw.get("ended", ())), limits)
