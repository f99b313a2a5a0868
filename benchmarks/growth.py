"""One search with thousands of trials that train nothing: what its driver costs. ``python -m benchmarks.growth``.

The search, its log, its spool and the journals are the real ones; the sandbox writes what a trial would have written.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlprojects.contract.journal import Journal
from mlprojects.contract.trial import TrialSpec, tweak_key
from pipelines.gpu import Given
from pipelines.restarts import Death, Memory
from pipelines.search.log import SearchLog
from pipelines.search.loop import Search
from pipelines.search.policy import Limits
from pipelines.spool import Spool

TARGET = 0.999
"""Nothing that is simulated reaches it."""
DESCRIBED: dict[str, Any] = {
    "gate": 0,
    "models": 1,
    "where": "train.py:3",
    "task": "classification",
    "rows": 1000,
    "input_shape": [20],
    "classes": 2,
    "data_fingerprint": "simulated",
    "estimator": "Sequential",
    "knobs": {"epochs": 5, "batch_size": 32, "learning_rate": 0.01, "dense_layers": 1, "neurons": 16, "dropout": 0.0},
    "choices": {},
    "alternatives": {},
    "summary": "simulated",
}


@dataclass
class Simulated:
    """A :class:`pipelines.sandbox.Sandbox` in which every trial under way has ended when it is looked at."""

    spool: Spool
    slots: int
    kind: str = "simulated"
    started: bool = True
    memory: Memory | None = None
    gpu: Given | None = None
    waiting: set[int] = field(default_factory=set)
    most_busy: int = 0
    trials: int = 0

    def start(self) -> None:
        """It is up."""

    def death(self) -> Death | None:
        """End what was given, as many as there are slots."""
        busy = sorted(self.waiting)[: self.slots]
        self.most_busy = max(self.most_busy, len(busy))
        for number in busy:
            self.waiting.discard(number)
            self._train(number)
        return None

    def resize(self, memory_mib: int) -> None:
        """There is no limit."""

    def stop(self) -> None:
        """There is nothing to stop."""

    def _train(self, number: int) -> None:
        paths = self.spool.paths.trial(number)
        spec = TrialSpec.from_json(paths.spec.read_text(encoding="utf-8"))
        journal = Journal(paths.journal)
        journal.append("started", attempt=1, pid=1)
        value = 0.5 + 0.4 * random.Random(tweak_key(spec.tweak)).random()  # noqa: S311 - a score, no secret
        split = "validation" if spec.role == "search" else "test"
        scored = {"metric": "accuracy", "value": value, "rows": 250, "interval": [value - 0.05, value + 0.05]}
        journal.append("evaluated", split=split, evidence="simulated", **scored)
        if spec.role != "search":
            journal.append("described", **DESCRIBED)
        journal.append("finished", fit_seconds=0.1, seconds=0.1)
        self.trials += 1


@dataclass
class Clocked:
    """Notes when trials were given, as a watcher of the search."""

    sandbox: Simulated
    given: list[float] = field(default_factory=list)

    def submitted(self, spec: TrialSpec, _: str) -> None:
        """Note the time; from now on the trial is the sandbox's."""
        self.given.append(time.perf_counter())
        self.sandbox.waiting.add(spec.trial)

    def heard(self, trial: int, events: list[Any]) -> None:
        """Not of interest."""

    def ended(self, outcome: Any) -> None:
        """Not of interest."""

    def restarted(self, reason: str, trials: tuple[int, ...]) -> None:
        """Not of interest."""

    def tick(self) -> None:
        """Not of interest."""


def search(folder: Path, trials: int, slots: int) -> dict[str, Any]:
    """Run, or resume, one search of so many simulated trials in ``folder``; what its driver took.

    Returns:
        ``seconds``; ``first_ms`` and ``last_ms``: the median time from one trial given to the next one, over the first
        and the last tenth; ``memory_mib``: the process's highest; ``busy``: the most slots at once; ``ran``: trials.
    """
    spool = Spool(folder)
    sandbox = Simulated(spool, slots)
    watcher = Clocked(sandbox)
    log = SearchLog.open(folder / "search.jsonl")
    log.drive()
    template = TrialSpec(trial=0, role="baseline", family="keras", entry="train.py", target=TARGET)
    began = time.perf_counter()
    limits = Limits(TARGET, trials, slots)
    result = Search(template, limits, 1e6, spool, sandbox, [watcher], sleep=lambda _: None, log=log).run()
    seconds = time.perf_counter() - began
    steps = [1000 * (b - a) for a, b in zip(watcher.given, watcher.given[1:], strict=False)]
    tenth = max(1, len(steps) // 10)
    return {
        "seconds": round(seconds, 2),
        "trials": len(result.history),
        "ran": sandbox.trials,
        "first_ms": round(statistics.median(steps[:tenth]), 2),
        "last_ms": round(statistics.median(steps[-tenth:]), 2),
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "busy": sandbox.most_busy,
    }


def main() -> None:
    """Print one line of JSON for the search, and one for its resumption by a second driver."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        sys.stdout.write(json.dumps(search(given.folder or Path(scratch), given.trials, given.slots)) + "\n")


if __name__ == "__main__":
    main()
