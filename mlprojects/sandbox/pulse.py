"""Whether a trial still does anything: it writes, or its processes compute."""

from __future__ import annotations

import os
from pathlib import Path

from mlprojects.contract.layout import TrialPaths

STILL_S = 300.0
"""A trial without a sign of life for so long hangs: a deadlock, or a wait for what never comes."""
LOOK_S = 10.0
LEAST_S = 1.0
"""Processor time that is a sign of life: waiting takes a little, too."""
PROCESSES = Path("/proc")


class Pulse:
    """The signs of life of one trial. Time is handed in."""

    def __init__(self, paths: TrialPaths, session: int, now: float) -> None:
        self._files, self._session = (paths.journal, paths.output), session
        self._since = self._looked = now
        self._sizes, self._computed = self._written(), computed_s(session)

    def stopped(self, now: float) -> bool:
        """Whether there was no sign of life for too long; never where the system does not tell what computes."""
        if now - self._looked < LOOK_S:
            return False
        self._looked = now
        sizes, computed = self._written(), computed_s(self._session)
        if computed is None or self._computed is None:
            return False
        # Less than before: a process that had computed is gone.
        if sizes != self._sizes or not 0 <= computed - self._computed < LEAST_S:
            self._sizes, self._computed, self._since = sizes, computed, now
        return now - self._since >= STILL_S

    def _written(self) -> tuple[int, ...]:
        return tuple(path.stat().st_size if path.exists() else 0 for path in self._files)


def computed_s(session: int) -> float | None:
    """Processor time that the processes of a session have taken; None where the system does not tell."""
    total, ticks = 0, os.sysconf("SC_CLK_TCK")
    found = False
    for path in PROCESSES.glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        found = True
        if int(fields[3]) == session:
            total += sum(map(int, fields[11:15]))
    return total / ticks if found else None
