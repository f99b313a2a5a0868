"""Output layers that cannot learn what they are asked for, in words. A hint changes nothing; it explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

CROSSENTROPY = ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")
SQUARES = ("mse", "mean_squared_error")


@dataclass(frozen=True)
class Head:
    """How a model ends: units of its output layer, their activation, and the loss."""

    units: int
    activation: str
    loss: str
    from_logits: bool = False


def head_of(model: Any) -> Head | None:
    """The head of a live model with one output layer, None where it cannot be told."""
    layers = [layer for layer in getattr(model, "layers", []) if type(layer).__name__ != "InputLayer"]
    activation = "linear"
    while layers and type(layers[-1]).__name__ in ("Activation", "Softmax"):
        kind = layers.pop()
        activation = "softmax" if type(kind).__name__ == "Softmax" else _name(kind.activation)
    if not layers or type(layers[-1]).__name__ != "Dense" or len(getattr(model, "outputs", None) or [None]) > 1:
        return None
    if activation == "linear":
        activation = _name(layers[-1].activation)
    loss = getattr(model, "loss", None)
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")
    return Head(int(layers[-1].units), activation, snake(str(name)), bool(getattr(loss, "from_logits", False)))


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", "")) or "linear"


def snake(name: str) -> str:
    """A loss by the name of its function: ``BinaryCrossentropy`` is ``binary_crossentropy``."""
    if not name or not name[0].isupper():
        return name
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def hints(head: Head | None, y: Any) -> list[str]:
    """What is odd about a head, one sentence each.

    Args:
        head: of the fitted model.
        y: the labels it was fitted on, in classes or one-hot, or None.
    """
    if head is None:
        return []
    classes = _classes(y)
    layer = f"Dense({head.units}, {head.activation})"
    found = []
    if head.activation == "softmax" and head.units == 1:
        found.append(f"{layer} always predicts one class: softmax of a single unit is 1; use sigmoid")
    elif head.activation == "sigmoid" and head.loss == "categorical_crossentropy" and head.units > 1:
        found.append(f"{layer} with categorical_crossentropy: its outputs do not compete; use softmax")
    elif head.from_logits and head.activation in ("softmax", "sigmoid"):
        found.append(f"{layer} with from_logits=True applies {head.activation} twice; leave one of them away")
    elif head.loss in CROSSENTROPY and head.activation in ("linear", "relu", "tanh") and not head.from_logits:
        right = "sigmoid" if head.units == 1 else "softmax"
        found.append(f"{layer} with {head.loss}, which expects probabilities; use {right}, or from_logits=True")
    if head.loss in SQUARES and head.activation in ("softmax", "sigmoid") and (_one_hot(y) or 1 < (classes or 0) <= 20):
        found.append(f"{layer} with {head.loss} learns classes slowly, as its gradient fades; use a crossentropy")
    if classes is not None and head.units == 1 and classes > 2 and head.loss == "binary_crossentropy":
        found.append(f"{layer} tells two classes apart, the labels have {classes}; use one softmax unit a class")
    if classes is not None and head.units > 1 and head.loss == "sparse_categorical_crossentropy":
        highest = int(np.max(np.asarray(y)))
        if highest >= head.units:
            found.append(f"{layer} has too few units: the labels go up to {highest}; use {highest + 1} units")
        elif head.units > highest + 1:
            found.append(f"{layer} has more units than the {classes} classes of the labels; {highest + 1} would do")
    return found


def _one_hot(y: Any) -> bool:
    """Whether labels are rows with a single 1."""
    labels = np.asarray(y)
    if labels.ndim != 2 or labels.shape[1] < 2 or labels.dtype.kind not in "biuf" or not labels.size:
        return False
    return bool(np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all())


def _classes(y: Any) -> int | None:
    """How many classes labels have, None where they are not one whole number a row."""
    if y is None:
        return None
    labels = np.asarray(y)
    if (
        labels.dtype.kind not in "biuf"
        or labels.ndim > 2
        or (labels.ndim == 2 and labels.shape[1] > 1)
        or not labels.size
    ):
        return None
    return len(np.unique(labels)) if bool(np.equal(np.mod(labels, 1), 0).all()) else None
