"""Outputs that become labels, and what is learnt from labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlprojects.keras import framework
from mlprojects.sandbox import rows

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
        Integer labels, or numbers, shape (rows,); numbers of several a row, (rows, outputs); of classes for each
        position of a row (a pixel, a word), (rows, positions).
    """
    if regresses(model, y):
        return np.asarray(outputs[:, 0] if outputs.ndim == 2 and outputs.shape[1] == 1 else outputs)
    threshold = 0.0 if gives_logits(model) else 0.5
    if y is not None and task(model, y) == "multilabel":
        return np.asarray(outputs > threshold, dtype=int)
    if outputs.ndim > 1 and outputs.shape[-1] > 1:
        columns: np.ndarray = outputs.argmax(axis=-1)
        return columns if columns.ndim < 3 else np.reshape(columns, (len(columns), -1))
    single = outputs.reshape(len(outputs), -1) if outputs.ndim > 2 else rows.class_labels(outputs)
    if signs(y):
        return np.where(single > 0, 1, -1)
    return (single > threshold).astype(int)


def gives_logits(model: Any) -> bool:
    """Whether outputs have no sigmoid on them: as the loss says, or of a model without one its last layer."""
    loss = getattr(model, "loss", None)
    return _activation(model) == "linear" if loss is None else framework.from_logits(loss)


def _activation(model: Any) -> str:
    last = model.layers[-1] if getattr(model, "layers", None) else None
    return str(getattr(getattr(last, "activation", None), "__name__", "linear"))


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
        return not shares(model, y)
    return loss_name(model).startswith(REGRESSION_LOSSES) and _activation(model) in ("linear", "relu")


def task(model: Any, y: Any) -> str:
    """What is learnt: classification, regression, multilabel (no single class a row), unreadable.

    Args:
        model: the compiled model.
        y: its labels, None where they could not be had.
    """
    name = loss_name(model)
    if y is None:
        return "classification" if name.startswith(CLASSIFICATION_LOSSES) else "unreadable"
    if regresses(model, y):
        return "regression"
    return "classification" if rows.has_classes(y) or of_positions(model, y) or shares(model, y) else "multilabel"


def shares(model: Any, y: Any) -> bool:
    """Whether labels are fractions of a row for each class: smoothed or mixed ones, whose class is the largest share.

    The loss says so; Keras' own accuracy with it is of the largest as well.
    """
    labels = np.asarray(y)
    return labels.ndim == 2 and labels.shape[1] > 1 and loss_name(model).startswith("categorical_crossentropy")


def of_positions(model: Any, y: Any) -> bool:
    """Whether labels are one class for each position of a row: the pixels of an image, the words of a sentence."""
    labels = np.asarray(y)
    if labels.dtype.kind not in "biuf" or not labels.size:
        return False
    if labels.ndim == 2:
        return labels.shape[1] > 1 and loss_name(model).startswith("sparse_categorical") and _whole(labels)
    if labels.ndim < 3 or not _whole(labels):
        return False
    sample = labels[:MOST_ASKED]
    return labels.shape[-1] == 1 or loss_name(model).startswith("sparse") or bool((sample.sum(axis=-1) == 1).all())


def truth_of(model: Any, y: Any) -> Any:
    """Labels in the shape in which :func:`labels_of` gives predictions."""
    if y is None or not of_positions(model, y) or regresses(model, y):
        return y
    labels = np.asarray(y)
    one_hot = labels.ndim > 2 and labels.shape[-1] > 1 and not loss_name(model).startswith("sparse")
    return (labels.argmax(axis=-1) if one_hot else labels).reshape(len(labels), -1)


def _whole(y: Any) -> bool:
    labels = np.asarray(y)
    labels = labels[:MOST_ASKED] if labels.ndim else labels
    return labels.dtype.kind != "f" or bool(np.equal(np.mod(labels, 1), 0).all())
