"""Figures that go to MLflow and into mails, drawn without a screen."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mlprojects.contract.metrics import METRICS
from pipelines.facts import Confusion


def confusion_matrix_figure(confusion: Confusion, title: str) -> Figure:
    """The confusion matrix with counts in its cells; rows are true labels, columns predicted ones."""
    size = len(confusion.labels)
    edge = max(4.0, min(12.0, 1.5 + 0.5 * size))
    figure = Figure(figsize=(edge + 0.6, edge), dpi=120, layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(confusion.counts, cmap="Blues")
    largest = max((max(row) for row in confusion.counts), default=0)
    if size <= 20:
        for i, row in enumerate(confusion.counts):
            for j, count in enumerate(row):
                colour = "white" if count > largest / 2 else "black"
                axes.text(j, i, str(count), ha="center", va="center", color=colour, fontsize=9)
    plain = {"parse_math": False}  # a label may hold dollars, and is not trusted
    axes.set_xticks(range(size), confusion.labels, rotation=45 if max(map(len, confusion.labels)) > 3 else 0, **plain)
    axes.set_yticks(range(size), confusion.labels, **plain)
    axes.set(xlabel="predicted", ylabel="true", title=title)
    figure.colorbar(image, ax=axes, label="rows", shrink=0.8)
    return figure


@dataclass(frozen=True)
class SearchPoints:
    """What a search's figure shows: scores by trial number."""

    validation: tuple[tuple[int, float], ...]
    confirmed: tuple[tuple[int, float], ...]
    failed: tuple[int, ...]
    baseline: float | None
    target: float | None


INK, POINT, BEST, GOAL, WRITTEN = "#7d8894", "#5b9bf0", "#1fa97c", "#e08a1e", "#9a8cf0"
"""Colours that can be read on white and on black."""


def search_figure(points: SearchPoints, metric: str) -> Figure:
    """Validation scores by trial with the best so far, test scores of confirmed tweaks, baseline and target."""
    figure = Figure(figsize=(4.6, 2.7), dpi=260, layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.subplots()
    axes.patch.set_alpha(0)
    numbers = [n for n, _ in (*points.validation, *points.confirmed)] + [*points.failed]
    first, last = min(numbers, default=0), max(numbers, default=1)
    if points.validation:
        steps: list[tuple[int, float]] = []
        best = points.validation[0][1]
        for number, score in points.validation:
            best = max(best, score, key=METRICS[metric].gain)
            steps.append((number, best))
        steps.append((last, best))
        axes.step(*zip(*steps, strict=True), where="post", color=BEST, linewidth=1.8, label="best so far")
        axes.plot(*zip(*points.validation, strict=True), "o", color=POINT, markersize=4, label="validation")
    if points.confirmed:
        axes.plot(
            *zip(*points.confirmed, strict=True),
            "D",
            color=BEST,
            markersize=8,
            markeredgecolor="white",
            markeredgewidth=0.8,
            label="test, confirmed",
            zorder=5,
        )
    lines = [("test, as written", points.baseline, WRITTEN, ":"), ("target", points.target, GOAL, "--")]
    for label, level, colour, dashes in lines:
        if level is not None:
            axes.axhline(level, color=colour, linestyle=dashes, linewidth=1.5, label=label)
    known = [score for _, score in (*points.validation, *points.confirmed)]
    known += [level for _, level, _, _ in lines if level is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    space = max(0.02, 0.08 * (high - low))
    axes.set_ylim(low - space, high + space)
    axes.set_xlim(first - 0.6, last + 0.6)
    if points.failed:
        axes.plot(points.failed, [low - space] * len(points.failed), "x", color=INK, clip_on=False, label="failed")
    if METRICS[metric].share:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("trial", color=INK)
    axes.set_ylabel(metric, color=INK)
    axes.tick_params(colors=INK, labelsize=8)
    axes.grid(axis="y", color=INK, alpha=0.2, linewidth=0.6)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(INK)
    legend = figure.legend(
        loc="outside upper left",
        ncols=3,
        frameon=False,
        fontsize=7.5,
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.1,
    )
    for text in legend.get_texts():
        text.set_color(INK)
    return figure
