"""autotweak's search beside others over the same knobs: ``python -m benchmarks.comparison`` writes docs/comparison.md.

What was trained and what was run is kept in build/comparison, so that it can be done in parts; nothing is done twice.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.comparison.chosen import TASKS, Task
from benchmarks.comparison.methods import methods, run
from benchmarks.comparison.runs import Run, Runs
from benchmarks.comparison.table import KEPT, Table
from benchmarks.efficiency import peers_python

BUDGET = 25.0
"""Trials for each run."""
SEEDS = 5


def main() -> None:
    """Run what has not been run yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", choices=[task.name for task in TASKS], help="these only; no page")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    given = parser.parse_args()
    runs = Runs(KEPT / "runs.jsonl")
    chosen = [task for task in TASKS if not given.tasks or task.name in given.tasks]
    for seed in range(given.seeds):  # so that what there is after a while is the same seeds of each
        for task in chosen:
            _run(task, seed, runs)


def _run(task: Task, seed: int, runs: Runs) -> None:
    with Table(task) as table:
        for name, method in methods(task.family, peers_python()).items():
            if not runs.has(task, name, seed):
                ledger = run(method, table, BUDGET, seed)
                runs.add(Run(task.name, task.digest, name, seed, tuple(ledger.entries)))
                sys.stderr.write(f"{task.name}, seed {seed}, {name}: best {ledger.best:.3f}; {len(table)} tweaks trained\n")


if __name__ == "__main__":
    main()
