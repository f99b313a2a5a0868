"""The metrics that can gate: which tasks have them, and which direction is better."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One score of a fitted model on rows that it was not fitted on."""

    name: str
    tasks: tuple[str, ...]
    doc: str
    lower: bool = False
    """Whether less is better."""
    share: bool = True
    """Whether 1 is the most it can be and a percentage says it best; otherwise it has the target's own unit."""

    def gain(self, value: float) -> float:
        """``value`` turned so that more is better."""
        return -value if self.lower else value

    def reached(self, value: float, target: float) -> bool:
        """Whether ``value`` is at the target or beyond it."""
        return self.gain(value) >= self.gain(target)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", ("classification",), "rows that are right"),
        Metric("balanced_accuracy", ("classification",), "mean over the classes of their rows that are right"),
        Metric("f1_macro", ("classification",), "mean over the classes of F1"),
        Metric("f1_micro", ("classification", "multilabel"), "F1 over all labels of all rows"),
        Metric("r2", ("regression",), "share of the variance that is explained", share=False),
        Metric("rmse", ("regression",), "root of the mean squared error", lower=True, share=False),
        Metric("mae", ("regression",), "mean absolute error", lower=True, share=False),
    )
}
DEFAULT_TARGET = 0.80
REPORTED = {"classification": "accuracy", "regression": "r2", "multilabel": "f1_micro"}
"""What is reported of a task that does not have the metric asked for: nothing is gated by it."""


def reported(metric: str, task: str) -> str | None:
    """The metric to measure a model of ``task`` with: the one asked for where it has it, else its own."""
    return metric if task in METRICS[metric].tasks else REPORTED.get(task)
