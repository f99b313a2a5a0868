"""Outputs that become labels, and what is learnt from labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlprojects.keras import framework
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import TweakError

REGRESSION_LOSSES = ("mean_squared", "mean_absolute", "mse", "mae", "huber", "log_cosh")
MOST_ASKED = 10_000
"""Rows that say what kind of labels these are: a script may predict in a loop."""
CLASSIFICATION_LOSSES = ("sparse_categorical", "categorical", "hinge", "squared_hinge")


def labels_of(model: Any, outputs: Any, y: Any = None) -> np.ndarray:
    """Class labels, or of a regression the numbers, from a model's outputs.

    Args:
        model: the model; its loss says whether a single output is a logit.
        outputs: shape (rows, classes), (rows, 1) or (rows,).
        y: labels the model was fitted on, where they are at hand: -1 and 1 are told apart by sign, fractions
            are numbers.

    Returns:
        Integer labels, or numbers, shape (rows,); numbers of several a row, (rows, outputs).

    Raises:
        TweakError: the model has several outputs.
    """
    if not isinstance(outputs, np.ndarray):
        raise TweakError("a model with several outputs has no single accuracy")
    if regresses(model, y):
        return outputs[:, 0] if outputs.ndim == 2 and outputs.shape[1] == 1 else outputs
    if outputs.ndim > 1 and outputs.shape[-1] > 1:
        columns: np.ndarray = outputs.argmax(axis=-1)
        return columns
    single = rows.class_labels(outputs)
    if signs(y):
        return np.where(single > 0, 1, -1)
    threshold = 0.0 if framework.from_logits(model.loss) else 0.5
    return (single > threshold).astype(int)


def signs(y: Any) -> bool:
    """Whether labels are -1 and 1."""
    labels = np.asarray(y) if isinstance(y, np.ndarray | list) or hasattr(y, "shape") else np.zeros(0)
    return labels.dtype.kind in "if" and labels.size > 0 and set(np.unique(labels[:MOST_ASKED]).tolist()) == {-1, 1}


def loss_name(model: Any) -> str:
    """The name of a compiled model's loss in lower case, "" where it has none of its own."""
    loss = getattr(model, "loss", None)
    return str(loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))).lower()


def regresses(model: Any, y: Any = None) -> bool:
    """Whether a compiled model predicts numbers: it learns fractions, or its loss and its head are of numbers."""
    if y is not None and not _whole(y):
        return True
    last = model.layers[-1] if getattr(model, "layers", None) else None
    activation = getattr(getattr(last, "activation", None), "__name__", "linear")
    return loss_name(model).startswith(REGRESSION_LOSSES) and activation in ("linear", "relu")


def task(model: Any, y: Any) -> str:
    """What is learnt: classification, regression, multilabel (no single class a row), several_outputs, unreadable.

    Args:
        model: the compiled model.
        y: its labels, None where they could not be had.
    """
    if isinstance(y, dict) or len(getattr(model, "outputs", None) or [None]) > 1:
        return "several_outputs"
    name = loss_name(model)
    if y is None:
        return "classification" if name.startswith(CLASSIFICATION_LOSSES) else "unreadable"
    if regresses(model, y):
        return "regression"
    return "classification" if rows.has_classes(y) else "multilabel"


def _whole(y: Any) -> bool:
    labels = np.asarray(y)
    labels = labels[:MOST_ASKED] if labels.ndim else labels
    return labels.dtype.kind != "f" or bool(np.equal(np.mod(labels, 1), 0).all())
