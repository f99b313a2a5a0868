"""What a model gives for rows. For a few of them nothing is traced: to make a function of a model takes longer."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mlprojects.keras import outputs

STEP = 500_000
"""Numbers that a model is given at once: 600 images of 28 x 28, or a few photographs."""
MOST_STEPS = 8
MOST_ROWS = 2048
"""Rows in one step, however narrow they are: what a wide layer makes of them has to fit as well."""


def outputs_of(model: Any, x: Any) -> Any:
    """``model.predict(x)``, up to what another order of the same sums makes of the last digits."""
    step = _rows_at_once(model, x)
    if step is None:
        return model.predict(x, verbose=0)
    given = x.astype(keras.backend.floatx()) if np.issubdtype(x.dtype, np.floating) else x
    parts = [model.predict_step((tf.convert_to_tensor(given[i : i + step]),)) for i in range(0, len(given), step)]
    parts = [outputs.each(part, np.asarray) for part in parts]
    return parts[0] if len(parts) == 1 else _joined(parts)


def _rows_at_once(model: Any, x: Any) -> int | None:
    """How many rows of ``x`` the model may be given at once; None where ``predict`` is to be asked."""
    if not isinstance(x, np.ndarray) or not np.issubdtype(x.dtype, np.number) or not x.size:
        return None
    # What predict does otherwise: its function is there, the script has its own, or a layer remembers the rows before.
    if getattr(model, "predict_function", None) is not None or not tf.executing_eagerly():
        return None
    shape = getattr(model, "input_shape", None)
    if type(model).predict is not keras.Model.predict or not isinstance(shape, tuple) or not shape:
        return None
    if any(getattr(layer, "stateful", False) for layer in model.layers):
        return None
    step = shape[0] or min(MOST_ROWS, max(1, STEP * len(x) // x.size))  # batches may have a set length
    return step if len(x) <= MOST_STEPS * step else None


def _joined(parts: list[Any]) -> Any:
    first = parts[0]
    if isinstance(first, dict):
        return {name: _joined([part[name] for part in parts]) for name in first}
    if isinstance(first, list | tuple):
        return [_joined(list(column)) for column in zip(*parts, strict=True)]
    return np.concatenate(parts)
