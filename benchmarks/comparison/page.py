"""docs/comparison.md: what the runs say, in words."""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.comparison import summary
from benchmarks.comparison.chosen import TASKS
from benchmarks.comparison.runs import Run
from benchmarks.comparison.summary import MEASURES, OURS, Row
from benchmarks.comparison.table import LONGER, Table
from benchmarks.efficiency import ROOT

GROUPS = {"keras": "scripts with epochs", "sklearn": "scripts without"}


def page(tasks: Mapping[str, Sequence[Run]], budget: float, seeds: int) -> str:
    """The page.

    Args:
        tasks: the runs of each task, of each seed all methods.
        budget: of each run, in trials.
        seeds: how many there should be of each task.
    """
    environment = Environment(  # noqa: S701 - a page in Markdown
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, keep_trailing_newline=True
    )
    rows = {name: summary.rows(runs) for name, runs in tasks.items()}
    families = {task.name: task.family for task in TASKS}
    grouped = {
        title: [found for name, found in rows.items() if families[name] == family] for family, title in GROUPS.items()
    }
    ranks = [(title, summary.ranks(found)) for title, found in grouped.items() if found]
    return environment.get_template("page.md.j2").render(
        date=time.strftime("%Y-%m-%d"),
        versions=_versions(),
        extent=_extent(rows, seeds),
        headline=_headline(ranks, rows),
        budget=f"{budget:g}",
        one_in=summary.ONE_IN,
        longer={family: f"{most:g}" for family, most in LONGER.items()},
        measures=[measure.name for measure in MEASURES],
        ranks=ranks,
        duels=summary.duels(list(rows.values())),
        losses=[loss for found in rows.values() for loss in _losses(found)],
        tasks=[_task(name, runs, rows[name]) for name, runs in tasks.items()],
        number=summary.number,
    )


def _losses(rows: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """By each measure of one task: task, measure, autotweak's value, and who did better with what."""
    found = sorted(summary.losses(rows), key=lambda loss: [m.name for m in MEASURES].index(loss.measure))
    return [
        (task, measure, ours, ", ".join(f"{loss.method} {loss.theirs}" for loss in same))
        for (task, measure, ours), each in groupby(found, key=lambda loss: (loss.task, loss.measure, loss.ours))
        for same in [list(each)]
    ]


def _headline(ranks: Sequence[tuple[str, list[tuple[str, list[float]]]]], rows: Mapping[str, list[Row]]) -> str:
    places = [
        f"number {[method for method, _ in found].index(OURS) + 1} of {len(found)} on {title}" for title, found in ranks
    ]
    lost = sum(len({loss.measure for loss in summary.losses(found)}) for found in rows.values())
    ours = [row for found in rows.values() for row in found if row.method == OURS]
    reached, runs = sum(row.reached for row in ours), sum(row.seeds for row in ours)
    compared = f"{lost} of {len(rows) * len(MEASURES)} comparisons (a task and a measure)"
    return (
        f"By its mean rank over the four measures autotweak is {' and '.join(places)}; it reached the target in "
        f"{reached} of {runs} runs. In {compared} at least one other method did better: "
        "[where autotweak loses](#where-autotweak-loses)."
    )


def _task(name: str, runs: Sequence[Run], rows: list[Row]) -> dict[str, object]:
    task = next(task for task in TASKS if task.name == name)
    with Table(task) as table:
        written, tweaks = table.trained({}).score, len(table)
    about = {"name": name, "about": task.about, "target": summary.target(runs), "written": written, "tweaks": tweaks}
    return {**about, "rows": rows}


def _extent(rows: Mapping[str, list[Row]], seeds: int) -> str:
    """How many tasks and seeds there are, and what of that was not run."""
    ran = {task.name: rows[task.name][0].seeds if task.name in rows else 0 for task in TASKS}
    fewer = ", ".join(f"{name} {count}" for name, count in ran.items() if count < seeds)
    lacking = f" **Not all of it was run:** of these tasks fewer seeds: {fewer}. One seed says little." if fewer else ""
    return f"{len(TASKS)} tasks, {seeds} seeds each.{lacking}"


def _versions() -> str:
    lock = (ROOT / "benchmarks" / "peers" / "requirements.lock").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^(optuna|keras-tuner|keras)==(\S+)", lock, flags=re.MULTILINE))
    pins["hyperopt"] = version("hyperopt")
    named = [f"{name} {pins[name]}" for name in ("hyperopt", "optuna", "keras-tuner", "keras")]
    return ", ".join([f"{os.cpu_count()} cores", f"Python {platform.python_version()}", *named])
