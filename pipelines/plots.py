"""Figures that go to MLflow, drawn without a screen."""

from __future__ import annotations

from matplotlib.figure import Figure

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
    axes.set_xticks(range(size), confusion.labels, rotation=45 if max(map(len, confusion.labels)) > 3 else 0)
    axes.set_yticks(range(size), confusion.labels)
    axes.set(xlabel="predicted", ylabel="true", title=title)
    figure.colorbar(image, ax=axes, label="rows", shrink=0.8)
    return figure
