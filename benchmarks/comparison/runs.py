"""The runs that there are, kept in a file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison.chosen import Task
from benchmarks.comparison.ledger import Entry


@dataclass(frozen=True)
class Run:
    """One run of one method on one task with one seed."""

    task: str
    digest: str
    """Of the task's script."""
    method: str
    seed: int
    entries: tuple[Entry, ...]


class Runs:
    """A file of runs, a line of JSON each."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self.all = [_run(json.loads(line)) for line in lines]

    def has(self, task: Task, method: str, seed: int) -> bool:
        """Whether a run is there."""
        return any(
            (run.task, run.digest, run.method, run.seed) == (task.name, task.digest, method, seed) for run in self.all
        )

    def complete(self, task: Task, methods: Iterable[str]) -> list[Run]:
        """The runs of a task, of those seeds only that all methods have run; in the order of the methods."""
        mine = [run for run in self.all if (run.task, run.digest) == (task.name, task.digest)]
        names = list(methods)
        seeds = [seed for seed in {run.seed for run in mine} if all(self.has(task, name, seed) for name in names)]
        return [run for name in names for run in mine if run.method == name and run.seed in seeds]

    def add(self, run: Run) -> None:
        """Keep a run."""
        self.all.append(run)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(dataclasses.asdict(run)) + "\n")


def _run(raw: dict[str, object]) -> Run:
    entries = tuple(Entry(**entry) for entry in raw.pop("entries"))  # type: ignore[attr-defined]
    return Run(**raw, entries=entries)  # type: ignore[arg-type]
