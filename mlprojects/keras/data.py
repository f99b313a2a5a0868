"""What Keras scripts pass around: data in arrays or data sets, outputs that become labels."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from mlprojects.keras import framework
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import TweakError

MOST_BYTES = 2 << 30
MOST_SECONDS = 60.0
REGRESSION_LOSSES = ("mean_squared", "mean_absolute", "mse", "mae", "huber", "log_cosh")


def arrays(x: Any, y: Any, weights: Any) -> tuple[Any, Any, Any, int | None]:
    """Rows that can be indexed.

    Args:
        x: arrays, a frame, or a finite ``tf.data.Dataset`` or Keras Sequence of (x, y) batches.
        y: labels, None where ``x`` brings them.
        weights: sample weights or None.

    Returns:
        x, y, weights, and the batch size where ``x`` came in batches.

    Raises:
        TweakError: ``x`` is neither, so that no rows can be held out of it.
    """
    if y is not None:
        several = isinstance(x, dict) or rows.is_multi_input(x)
        text = getattr(getattr(x, "dtype", None), "name", "") == "string"
        return x if several or text else np.asarray(x), y if isinstance(y, dict) else np.asarray(y), weights, None
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    size, began = 0, time.monotonic()
    for batch in _batches(x):
        if not isinstance(batch, tuple) or len(batch) < 2 or not isinstance(batch[0], np.ndarray):
            raise TweakError("rows cannot be held out of a data set whose batches are not (x, y)")
        size += batch[0].nbytes
        if size > MOST_BYTES or time.monotonic() - began > MOST_SECONDS:
            raise TweakError("the data set is too large, or endless: rows cannot be held out of it")
        parts.append((batch[0], np.asarray(batch[1])))
    if not parts or not parts[0][0].shape:
        raise TweakError("rows cannot be held out of a data set that is empty or has no batches")
    return np.concatenate([a for a, _ in parts]), np.concatenate([b for _, b in parts]), None, len(parts[0][0])


def _batches(x: Any) -> Iterator[Any]:
    """The batches of one pass over a ``tf.data.Dataset`` or a Keras Sequence.

    Raises:
        TweakError: it is neither, or has no end.
    """
    cardinality = getattr(x, "cardinality", None)
    if cardinality is not None and int(cardinality()) != -1:
        return iter(x.as_numpy_iterator())
    if cardinality is None and hasattr(x, "__getitem__") and hasattr(x, "__len__"):
        return (x[place] for place in range(len(x)))
    raise TweakError(f"rows cannot be held out of a {type(x).__name__}; arrays or a finite data set would do")


def labels_of(model: Any, outputs: Any) -> np.ndarray:
    """Class labels from a model's outputs.

    Args:
        model: the model; its loss says whether a single output is a logit.
        outputs: shape (rows, classes), (rows, 1) or (rows,).

    Returns:
        Integer labels, shape (rows,).

    Raises:
        TweakError: the model has several outputs.
    """
    if not isinstance(outputs, np.ndarray):
        raise TweakError("a model with several outputs has no single accuracy")
    if outputs.ndim > 1 and outputs.shape[-1] > 1:
        columns: np.ndarray = outputs.argmax(axis=-1)
        return columns
    threshold = 0.0 if framework.from_logits(model.loss) else 0.5
    return (rows.class_labels(outputs) > threshold).astype(int)


def task(model: Any, y: Any) -> str:
    """What is learnt: classification, regression, multilabel (no single class a row), or unreadable.

    Args:
        model: the compiled model.
        y: its labels, None where they could not be had.
    """
    if y is None:
        return "unreadable"
    if isinstance(y, dict) or len(getattr(model, "outputs", None) or [None]) > 1:
        return "multilabel"
    loss = model.loss
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    last = model.layers[-1] if model.layers else None
    activation = getattr(getattr(last, "activation", None), "__name__", "linear")
    if str(name).lower().startswith(REGRESSION_LOSSES) and activation in ("linear", "relu"):
        return "regression"
    labels = np.asarray(y)
    if rows.has_classes(labels):
        return "classification"
    whole = labels.dtype.kind != "f" or bool(np.equal(np.mod(labels, 1), 0).all())
    return "multilabel" if whole else "regression"
