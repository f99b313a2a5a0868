"""Scores of predictions against the truth, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn import metrics

from mlprojects.contract.metrics import METRICS, reported

# Bound now, before the script runs: a script's own look at these names must not be seen as ours.
_mean_squared_error = metrics.mean_squared_error


def _rmse(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    return math.sqrt(_mean_squared_error(y_true, y_pred))


FUNCTIONS: dict[str, Callable[..., float]] = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "f1_macro": partial(metrics.f1_score, average="macro"),
    "f1_micro": partial(metrics.f1_score, average="micro"),
    "r2": metrics.r2_score,
    "rmse": _rmse,
    "mae": metrics.mean_absolute_error,
}
BESIDE: dict[str, dict[str, str]] = {
    "regression": {"r2": "r2", "rmse": "rmse", "mae": "mae"},
    "multilabel": {"subset_accuracy": "accuracy", "f1_micro": "f1_micro"},
}
"""What is reported beside the metric asked for."""
_confusion_matrix = metrics.confusion_matrix
Z95 = 1.959963984540054
MOST_CLASSES = 50
MOST_RESAMPLED = 20_000_000
"""Rows drawn in all by a bootstrap, so that large test sets take seconds."""


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
    for _ in range(max(50, min(500, MOST_RESAMPLED // n))):
        index = generator.integers(0, n, n)
        draws.append(FUNCTIONS[metric](y_true[index], y_pred[index]))
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _comparable(y_true: Any, y_pred: Any, task: str) -> tuple[np.ndarray, np.ndarray]:
    true, pred = np.asarray(y_true), np.asarray(y_pred)
    if true.ndim == 1 and true.dtype.kind != pred.dtype.kind and {true.dtype.kind, pred.dtype.kind} & set("OU"):
        true, pred = true.astype(str), pred.astype(str)
    if true.ndim > 1 and task == "classification":  # a class for each position of a row
        true, pred = true.reshape(-1), pred.reshape(-1)
    if true.ndim > 2 and task == "multilabel":
        true, pred = true.reshape(len(true), -1), pred.reshape(len(pred), -1)
    if task == "regression":
        true, pred = true.astype(float).reshape(len(true), -1), pred.astype(float).reshape(len(true), -1)
    return true, pred


def value(metric: str, y_true: Any, y_pred: Any, task: str = "classification") -> float:
    """The bare score; arguments as for :func:`evaluate`."""
    return float(FUNCTIONS[metric](*_comparable(y_true, y_pred, task)))


def evaluate(
    metric: str, y_true: Any, y_pred: Any, task: str = "classification", rows: int | None = None
) -> dict[str, Any]:
    """Score predictions.

    Args:
        metric: a key of :data:`FUNCTIONS`; a task that does not have it is scored by its own.
        y_true: the truth, shape (rows,) or, for several labels or numbers a row, (rows, outputs); for a class at
            each position of a row, (rows, positions).
        y_pred: predictions of the same shape.
        task: classification, regression or multilabel.
        rows: how many of the rows are different ones, where some were predicted more than once.

    Returns:
        metric, value, rows, interval; for classes the majority (label, share) and the confusion matrix
        (labels, counts) where it has at most 50 classes; for others what is reported ``also``.
    """
    true, pred = _comparable(y_true, y_pred, task)
    rows = rows or len(y_true)
    name = reported(metric, task) or metric
    scored = float(FUNCTIONS[name](true, pred))
    interval = wilson(scored, rows) if name == "accuracy" else bootstrap(name, true, pred)
    fields: dict[str, Any] = {"metric": name, "value": scored, "rows": rows, "interval": interval}
    beside = {key: float(FUNCTIONS[other](true, pred)) for key, other in BESIDE.get(task, {}).items() if other != name}
    if beside:
        fields["also"] = beside
    if task == "classification" and true.ndim == 1:
        fields |= _of_classes(true, pred)
    return fields


def worst(scores: dict[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Of the scores of a model's outputs, by name, that which counts: the model is as good as its worst output.

    Returns:
        The output's name and its score; where there are several, the score of each is in ``also``.
    """
    name = min(scores, key=lambda output: METRICS[scores[output]["metric"]].gain(scores[output]["value"]))
    fields = scores[name]
    if len(scores) == 1:
        return name, fields
    each = {f"{output} {score['metric']}": score["value"] for output, score in scores.items()}
    return name, {**fields, "also": {**each, **fields.get("also", {})}}


def _of_classes(true: np.ndarray, pred: np.ndarray) -> dict[str, Any]:
    """The commonest class of the truth with its share, and the confusion matrix."""
    present, counts = np.unique(true, return_counts=True)
    common = int(counts.argmax())
    fields: dict[str, Any] = {"majority": {"label": str(present[common]), "share": float(counts[common] / len(true))}}
    labels = np.unique(np.concatenate([true, pred]))
    if len(labels) <= MOST_CLASSES:
        matrix = _confusion_matrix(true, pred, labels=labels)
        fields["confusion"] = {"labels": [str(label) for label in labels], "counts": matrix.tolist()}
    return fields
