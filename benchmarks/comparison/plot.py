"""docs/comparison.png: the best score so far by what was paid for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from matplotlib.figure import Figure

from benchmarks.comparison.runs import Run
from benchmarks.comparison.summary import best_by, target

STYLES = {
    "autotweak": ("#d1495b", "-", 2.4),
    "autotweak, no early stopping": ("#d1495b", ":", 1.8),
    "random": ("#7d8894", "-", 1.4),
    "hyperopt TPE": ("#2e6fdb", "-", 1.4),
    "Optuna TPE, Hyperband": ("#1fa97c", "-", 1.4),
    "Optuna TPE": ("#1fa97c", "--", 1.4),
    "KerasTuner Hyperband": ("#e08a1e", "-", 1.4),
}
COLUMNS = 3
STEP = 0.25
BELOW = 0.15
"""Of the target; what is lower is not shown."""


def draw(tasks: Mapping[str, Sequence[Run]], budget: float, place: Path) -> None:
    """One panel for each task: the mean over seeds of the best score so far, by the trials paid.

    Args:
        tasks: the runs of each task.
        budget: in trials.
        place: the file.
    """
    lines = -(-len(tasks) // COLUMNS)
    figure = Figure(figsize=(11, 2.9 * lines + 0.6), dpi=110, layout="constrained")
    panels = figure.subplots(lines, COLUMNS, squeeze=False).flat
    known = {}
    for panel, (name, runs) in zip(panels, tasks.items(), strict=False):
        grid = [STEP * i for i in range(int(1 / STEP), int(budget / STEP) + 1)]
        for method, (colour, style, width) in STYLES.items():
            mine = [run for run in runs if run.method == method]
            if mine:
                means = [mean(best_by(run, trials) for run in mine) for trials in grid]
                (known[method],) = panel.step(grid, means, style, where="post", color=colour, linewidth=width)
        goal = target(runs)
        panel.axhline(goal, color="black", linewidth=0.8, linestyle=(0, (2, 3)))
        panel.set_title(name, fontsize=10)
        panel.set_ylim(bottom=goal - BELOW)
        panel.grid(alpha=0.25)
    for panel in list(figure.axes)[len(tasks) :]:
        panel.set_visible(False)
    figure.supxlabel("trials paid (a part of a trial counts for its share)", fontsize=10)
    figure.supylabel("best validation accuracy so far, mean over seeds", fontsize=10)
    figure.legend(known.values(), known.keys(), loc="outside upper center", ncols=4, fontsize=9, frameon=False)
    figure.savefig(place)
