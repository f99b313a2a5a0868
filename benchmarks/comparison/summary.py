"""What the runs say: targets, rows of the tables, ranks, and where autotweak loses. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, median, pstdev

from benchmarks.comparison.runs import Run

OURS = "autotweak"
RANDOM = "random"
ONE_IN = 15
"""A target is what one random trial in so many reaches."""


@dataclass(frozen=True)
class Row:
    """One method on one task, over its seeds."""

    task: str
    method: str
    seeds: int
    reached: int
    trials: float
    """To the target, the median; infinite where half of the seeds did not reach it."""
    seconds: float
    """Of fit, to the target, the median."""
    best: float
    """The best score within the budget, the mean."""
    spread: float
    """Of that, the standard deviation."""
    equal_s: float
    """Seconds of fit that every run of the task had: the least that one of them took for its trials."""
    best_of_equal_s: float
    """The best score within so many seconds, the mean."""
    total_s: float
    """Of fit, for the whole budget, the mean."""


@dataclass(frozen=True)
class Measure:
    """Something that methods are compared by; less is better."""

    name: str
    of: Callable[[Row], float]
    shown: Callable[[Row], str]


MEASURES = (
    Measure("trials to the target", lambda row: row.trials, lambda row: number(row.trials)),
    Measure("seconds to the target", lambda row: row.seconds, lambda row: number(row.seconds)),
    Measure("best, equal trials", lambda row: -round(row.best, 3), lambda row: f"{row.best:.3f}"),
    Measure(
        "best, equal seconds", lambda row: -round(row.best_of_equal_s, 3), lambda row: f"{row.best_of_equal_s:.3f}"
    ),
)


@dataclass(frozen=True)
class Loss:
    """A measure by which another method did better than autotweak."""

    task: str
    method: str
    measure: str
    ours: str
    theirs: str


def target(runs: Sequence[Run]) -> float:
    """The target of a task: what one random trial in ``ONE_IN`` reaches, rounded down to a hundredth."""
    scores = [entry.score or 0.0 for run in runs if run.method == RANDOM for entry in run.entries]
    reaching = max(1, len(scores) // ONE_IN)
    return math.floor(100 * sorted(scores, reverse=True)[reaching - 1] + 1e-9) / 100


def rows(runs: Sequence[Run]) -> list[Row]:
    """One row for each method of one task, in the order of the runs."""
    goal, equal_s = target(runs), min(run.entries[-1].seconds for run in runs)
    methods = dict.fromkeys(run.method for run in runs)
    return [_row([run for run in runs if run.method == method], goal, equal_s) for method in methods]


def _row(runs: list[Run], goal: float, equal_s: float) -> Row:
    hits = [next((e for e in run.entries if e.score is not None and e.score >= goal), None) for run in runs]
    bests = [best_by(run) for run in runs]
    return Row(
        runs[0].task,
        runs[0].method,
        len(runs),
        sum(hit is not None for hit in hits),
        median(hit.trials if hit else math.inf for hit in hits),
        median(hit.seconds if hit else math.inf for hit in hits),
        mean(bests),
        pstdev(bests),
        equal_s,
        mean(best_by(run, seconds=equal_s) for run in runs),
        mean(run.entries[-1].seconds for run in runs),
    )


def best_by(run: Run, trials: float = math.inf, seconds: float = math.inf) -> float:
    """The best score of a run within so many trials and seconds of fit; 0 where it had none yet."""
    within = (entry for entry in run.entries if entry.trials <= trials + 1e-9 and entry.seconds <= seconds + 1e-9)
    return max((entry.score for entry in within if entry.score is not None), default=0.0)


def ranks(tasks: Sequence[Sequence[Row]]) -> list[tuple[str, list[float]]]:
    """Each method's rank by each measure, the mean over tasks that all have the same methods; the best one first."""
    found: dict[str, list[float]] = {}
    for method in [row.method for row in tasks[0]]:
        found[method] = [mean(_rank(task, method, measure) for task in tasks) for measure in MEASURES]
    return sorted(found.items(), key=lambda item: mean(item[1]))


def _rank(task: Sequence[Row], method: str, measure: Measure) -> float:
    """Its place, counted from one; equal ones share the mean of their places."""
    values = {row.method: measure.of(row) for row in task}
    better = sum(value < values[method] for value in values.values())
    return better + (1 + sum(value == values[method] for value in values.values())) / 2


def losses(task: Sequence[Row]) -> list[Loss]:
    """Where another method did better than autotweak on one task."""
    ours = next(row for row in task if row.method == OURS)
    return [
        Loss(row.task, row.method, measure.name, measure.shown(ours), measure.shown(row))
        for row in task
        for measure in MEASURES
        if not row.method.startswith(OURS) and measure.of(row) < measure.of(ours)
    ]


def duels(tasks: Sequence[Sequence[Row]]) -> dict[str, list[tuple[int, int, int]]]:
    """For each other method and measure: on how many tasks autotweak did better, equally well and worse."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for method in dict.fromkeys(row.method for task in tasks for row in task if row.method != OURS):
        pairs = [
            (next(row for row in task if row.method == OURS), other)
            for task in tasks
            for other in task
            if other.method == method
        ]
        found[method] = [
            (
                sum(m.of(a) < m.of(b) for a, b in pairs),
                sum(m.of(a) == m.of(b) for a, b in pairs),
                sum(m.of(a) > m.of(b) for a, b in pairs),
            )
            for m in MEASURES
        ]
    return found


def number(value: float) -> str:
    """Three digits of a number, or a dash where half of the seeds never came there."""
    return "–" if math.isinf(value) else f"{value:.3g}"
