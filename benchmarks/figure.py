"""The figure of docs/benchmarks.md: the share of the slots' time that is training, and what a step costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.efficiency import Spent

OURS, THEIRS = "#0f7b55", "#9aa7b4"


def draw(spent: Sequence[Spent], grown: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw it into a file.

    Args:
        spent: what each system took.
        grown: searches with ``trials``, ``slots``, and the milliseconds of their ``first_ms`` and ``last_ms`` steps.
        path: a PNG.
    """
    tasks = list(dict.fromkeys(s.task for s in spent))
    figure = Figure(figsize=(11, 4.2), dpi=110, layout="constrained")
    *bars, growth = figure.subplots(1, len(tasks) + 1)
    for axes, task in zip(bars, tasks, strict=True):
        of_task = [s for s in spent if s.task == task][::-1]
        colours = [OURS if s.system.startswith("autotweak") else THEIRS for s in of_task]
        drawn = axes.barh([s.system.replace(", mlflow", ",\nmlflow") for s in of_task], [s.efficiency for s in of_task])
        for bar, colour, s in zip(drawn, colours, of_task, strict=True):
            bar.set_color(colour)
            axes.text(s.efficiency + 0.02, bar.get_y() + bar.get_height() / 2, f"{s.efficiency:.2f}", va="center")
        axes.set(xlim=(0, 1.15), title=f"{task}: share of time in fit")
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    for g in grown:
        growth.plot(
            [0, g["trials"]],
            [g["first_ms"], g["last_ms"]],
            marker="o",
            label=f"{g['trials']} trials, {g['slots']} slots",
        )
    growth.set(xlabel="trials", ylabel="ms from one trial to the next", title="growth of one search", ylim=(0, None))
    growth.legend(frameon=False)
    growth.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)
