"""Scores of labels against labels, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn import metrics

# Bound now, before the script runs: a script's own look at these names must not be seen as ours.
METRICS: dict[str, Callable[..., float]] = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "f1_macro": partial(metrics.f1_score, average="macro"),
}
_confusion_matrix = metrics.confusion_matrix
Z95 = 1.959963984540054
MOST_CLASSES = 50


def wilson(value: float, rows: int) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson, 1927: score interval without continuity correction).

    Args:
        value: the proportion seen, 0 to 1.
        rows: how many rows it was seen on, at least 1.
    """
    denominator = 1 + Z95**2 / rows
    centre = (value + Z95**2 / (2 * rows)) / denominator
    half = Z95 * math.sqrt(value * (1 - value) / rows + Z95**2 / (4 * rows**2)) / denominator
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap(metric: str, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[float, float]:
    """95 % percentile interval over 500 resamples of the rows (Efron, 1979), from a fixed seed."""
    generator = np.random.default_rng(0)
    n = len(y_true)
    draws = []
    for _ in range(500):
        index = generator.integers(0, n, n)
        draws.append(METRICS[metric](y_true[index], y_pred[index]))
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def evaluate(metric: str, y_true: Any, y_pred: Any) -> dict[str, Any]:
    """Score labels.

    Args:
        metric: a key of :data:`METRICS`.
        y_true: labels, shape (rows,) or, for several labels a row, (rows, labels).
        y_pred: predictions of the same shape.

    Returns:
        value, rows, interval, and the confusion matrix (labels, counts) where it has at most 50 classes.
    """
    true, pred = np.asarray(y_true), np.asarray(y_pred)
    if true.ndim == 1 and true.dtype.kind != pred.dtype.kind and {true.dtype.kind, pred.dtype.kind} & set("OU"):
        true, pred = true.astype(str), pred.astype(str)
    value = float(METRICS[metric](true, pred))
    interval = wilson(value, len(true)) if metric == "accuracy" else bootstrap(metric, true, pred)
    fields: dict[str, Any] = {"metric": metric, "value": value, "rows": len(true), "interval": interval}
    if true.ndim == 1:
        labels = np.unique(np.concatenate([true, pred]))
        if len(labels) <= MOST_CLASSES:
            counts = _confusion_matrix(true, pred, labels=labels)
            fields["confusion"] = {"labels": [str(label) for label in labels], "counts": counts.tolist()}
    return fields
