"""autotweak's search beside others over the same knobs: ``python -m benchmarks.comparison`` writes docs/comparison.md.

What was trained and what was run is kept in build/comparison, so that it can be done in parts; nothing is done twice.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.comparison.chosen import TASKS, Task
from benchmarks.comparison.methods import methods, run
from benchmarks.comparison.page import page
from benchmarks.comparison.plot import draw
from benchmarks.comparison.runs import Run, Runs
from benchmarks.comparison.table import KEPT, Table
from benchmarks.efficiency import ROOT, peers_python

PAGE = ROOT / "docs" / "comparison.md"
BUDGET = 25.0
"""Trials for each run."""
SEEDS = 5


def main() -> None:
    """Run what has not been run yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", choices=[task.name for task in TASKS], help="these only; no page")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--write", action="store_true", help="run nothing: write the page of what was run")
    given = parser.parse_args()
    runs = Runs(KEPT / "runs.jsonl")
    chosen = [task for task in TASKS if not given.tasks or task.name in given.tasks]
    # Seeds outside, tasks inside: what there is after a while is of the same seeds.
    for seed in range(0 if given.write else given.seeds):
        for task in chosen:
            _run(task, seed, runs)
    if not given.tasks:
        write(runs)


def write(runs: Runs) -> None:
    """Write the page and its figure, of the tasks and seeds that all methods have run."""
    found = {task.name: runs.complete(task, methods(task.family, Path())) for task in TASKS}
    found = {name: each for name, each in found.items() if each}
    PAGE.write_text(page(found, BUDGET, SEEDS), encoding="utf-8")
    draw(found, BUDGET, PAGE.with_suffix(".png"))
    sys.stderr.write(f"{PAGE} written\n")


def _run(task: Task, seed: int, runs: Runs) -> None:
    with Table(task) as table:
        for name, method in methods(task.family, peers_python()).items():
            if not runs.has(task, name, seed):
                ledger = run(method, table, BUDGET, seed)
                runs.add(Run(task.name, task.digest, name, seed, tuple(ledger.entries)))
                done = f"best {ledger.best:.3f}; {len(table)} tweaks trained"
                sys.stderr.write(f"{task.name}, seed {seed}, {name}: {done}\n")


if __name__ == "__main__":
    main()
