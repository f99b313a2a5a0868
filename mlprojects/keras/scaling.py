"""Input scaling as part of the model, so that whatever the script does with the model later is scaled as well."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from mlprojects.keras import chains, framework, stack
from mlprojects.sandbox import rows

NOT_SCALED = (
    *stack.SCALERS,
    "Embedding",
    "TextVectorization",
    "StringLookup",
    "IntegerLookup",
    "Hashing",
    "CategoryEncoding",
)


def may_scale(model: Any) -> bool:
    """Whether a scaler can stand in front of the model's layers: not of one that was trained on other inputs."""
    if not framework.can_scale(model):
        return False
    if not (chains.is_sequential(model) or chains.is_functional(model)):
        return model not in chains.PRETRAINED
    first = chains.first_layers(model)
    return bool(first) and not any(type(layer).__name__ in NOT_SCALED or chains.protected(layer) for layer in first)


def unscaled(model: Any, x: Any) -> bool:
    """Whether the model's inputs are plain numbers that nothing has scaled yet.

    Args:
        model: the script's model.
        x: the rows it is fitted on, None where they cannot be had.
    """
    parts = inputs_of(model, x)
    subclassed = not (chains.is_sequential(model) or chains.is_functional(model))
    if subclassed and (len(parts) != 1 or parts[0].dtype.kind != "f"):
        return False
    return bool(parts) and not all(rows.looks_scaled(part) for part in parts)


def inputs_of(model: Any, x: Any) -> list[np.ndarray]:
    """The rows of each input, in the order of the model's inputs; none where they are no numbers."""
    if isinstance(x, dict):
        names = [str(getattr(given, "name", "")).split(":")[0] for given in getattr(model, "inputs", None) or []]
        parts = [x[name] for name in names] if names and set(names) <= set(x) else []
    elif rows.is_multi_input(x):
        parts = list(x)
    else:
        parts = [x]
    if x is None or any(getattr(getattr(part, "dtype", None), "name", "") == "string" for part in parts):
        return []
    try:
        arrays = [part.to_numpy("float64") if hasattr(part, "iloc") else rows.as_array(part) for part in parts]
    except (TypeError, ValueError):  # words in a frame
        return []
    return arrays if all(array.dtype.kind in "biuf" and array.ndim > 1 for array in arrays) else []


def statistics(kind: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is taken off and what is divided by.

    Tables (rows, features) are scaled by feature; images and sequences by one mean and one width, so that
    the relation between pixels stays.

    Args:
        kind: ``standard`` (mean 0, variance 1) or ``minmax`` (0 to 1).
        x: the training rows.
    """
    array = np.asarray(x, dtype="float64")
    axis = 0 if array.ndim == 2 else None
    if kind == "standard":
        mean, width = array.mean(axis=axis), array.std(axis=axis)
    else:
        mean = array.min(axis=axis)
        width = array.max(axis=axis) - mean
    return np.asarray(mean), np.asarray(np.where(width == 0, 1.0, width))


def scaling_layer(model: Any, kind: str, x: np.ndarray) -> Any:
    """A fixed Normalization layer for ``model``, fitted on ``x`` (rows, ...); see :func:`statistics`."""
    layers = framework.library(model).layers
    mean, width = statistics(kind, x)
    if mean.ndim == 0:
        return layers.Normalization(axis=None, mean=float(mean), variance=float(width**2))
    return layers.Normalization(axis=-1, mean=mean.astype("float32"), variance=(width**2).astype("float32"))


def scale_calls(model: Any, kind: str, x: np.ndarray) -> None:
    """Scale whatever a subclassed model is called with, by giving it a class between it and its own."""
    import tensorflow as tf

    mean, width = (part.astype("float32") for part in statistics(kind, x))
    own = type(model)

    @functools.wraps(own.call)
    def call(self: Any, inputs: Any, *args: Any, **kw: Any) -> Any:
        return own.call(self, (tf.cast(inputs, "float32") - mean) / width, *args, **kw)

    names = {"call": call, "__module__": own.__module__, "__qualname__": own.__qualname__, "__doc__": own.__doc__}
    model.__class__ = type(own.__name__, (own,), names)
