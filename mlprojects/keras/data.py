"""What Keras scripts pass around: data in arrays or data sets, outputs that become labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlprojects.sandbox import rows
from mlprojects.sandbox.session import TweakError

MOST_BYTES = 2 << 30
REGRESSION_LOSSES = ("mean_squared", "mean_absolute", "mse", "mae", "huber", "log_cosh")


def arrays(x: Any, y: Any, weights: Any) -> tuple[Any, Any, Any, int | None]:
    """Rows that can be indexed.

    Args:
        x: arrays, a frame, or a finite ``tf.data.Dataset`` of (x, y) batches.
        y: labels, None where ``x`` brings them.
        weights: sample weights or None.

    Returns:
        x, y, weights, and the batch size where ``x`` came in batches.

    Raises:
        TweakError: ``x`` is neither, so that no rows can be held out of it.
    """
    if y is not None:
        several = isinstance(x, dict) or rows.is_multi_input(x)
        return x if several else np.asarray(x), y if isinstance(y, dict) else np.asarray(y), weights, None
    batches = getattr(x, "cardinality", None)
    if batches is None or int(batches()) == -1:
        raise TweakError(f"rows cannot be held out of a {type(x).__name__}; arrays or a finite tf.data.Dataset can")
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    size = 0
    for batch in x.as_numpy_iterator():
        if not isinstance(batch, tuple) or len(batch) < 2 or not isinstance(batch[0], np.ndarray):
            raise TweakError("rows cannot be held out of a data set whose batches are not (x, y)")
        size += batch[0].nbytes
        if size > MOST_BYTES:
            raise TweakError(f"the data set is larger than {MOST_BYTES >> 30} GiB")
        parts.append((batch[0], batch[1]))
    if not parts:
        raise TweakError("the data set is empty")
    return np.concatenate([a for a, _ in parts]), np.concatenate([b for _, b in parts]), None, len(parts[0][0])


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
    threshold = 0.0 if getattr(model.loss, "from_logits", False) else 0.5
    return (rows.class_labels(outputs) > threshold).astype(int)


def is_regression(model: Any) -> bool:
    """Whether loss and output say that numbers are predicted, not classes."""
    loss = model.loss
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    if not str(name).lower().startswith(REGRESSION_LOSSES):
        return False
    last = model.layers[-1] if model.layers else None
    activation = getattr(getattr(last, "activation", None), "__name__", "linear")
    return bool(activation in ("linear", "relu"))
