"""The outputs of a model that has several: which of them count, and what each predicts.

Targets of several outputs are kept as a table, a dict by name or by place, whatever nest the script gave them in:
rows are then taken from it as from any dict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlprojects.keras import labels
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import FittedModel, TweakError

Key = str | int


@dataclass(frozen=True)
class Output:
    """One output, as :mod:`mlprojects.keras.labels` looks at a model: its loss, and the layer it comes from."""

    name: str
    place: int
    loss: Any = None
    layers: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """One output's labels beside the truth, where that is at hand."""

    output: str
    truth: Any
    labels: np.ndarray
    given: np.ndarray
    """What the model gave: probabilities, scores or numbers."""


def nested(y: Any, x: Any) -> bool:
    """Whether ``y`` is targets of several outputs, and not rows."""
    if isinstance(y, dict):
        return True
    if not isinstance(y, list | tuple) or not y or not all(hasattr(part, "shape") and part.shape for part in y):
        return False
    try:
        total = rows.count(x)
    except (TypeError, StopIteration):
        return False
    return len(y) != total and all(len(part) == total for part in y)


def table(y: Any, x: Any) -> Any:
    """Targets of several outputs as a dict by name or place; others as they are."""
    if not nested(y, x):
        return y
    return y if isinstance(y, dict) else dict(enumerate(y))


def as_given(y: Any) -> Any:
    """A table in the nest that Keras takes."""
    return [y[place] for place in sorted(y)] if is_table(y) and 0 in y else y


def each(given: Any, change: Callable[[Any], Any]) -> Any:
    """A nest of one or several outputs with ``change`` made to each."""
    if isinstance(given, dict):
        return {name: change(part) for name, part in given.items()}
    return [change(part) for part in given] if isinstance(given, list | tuple) else change(given)


def is_table(y: Any) -> bool:
    """Whether ``y`` is what :func:`table` makes of several targets."""
    return isinstance(y, dict)


def main_target(y: Any) -> Any:
    """The target by which rows are stratified: of a table the first that has classes, else its first."""
    if not is_table(y):
        return y
    return next((part for part in y.values() if rows.has_classes(part)), next(iter(y.values())))


def of(model: Any, given: Any) -> list[Output]:
    """The outputs of ``model``, in the order of ``given``, a nest of predictions or targets."""
    if isinstance(given, dict):
        names = [str(name) for name in given]
    else:
        names = [str(name) for name in getattr(model, "output_names", None) or []]
        if len(names) != len(given):
            names = [f"output {place}" for place in range(len(given))]
    return [
        Output(name, place, _of_one(getattr(model, "loss", None), name, place), _layers(model, name, place))
        for place, name in enumerate(names)
    ]


def _of_one(written: Any, name: str, place: int) -> Any:
    """What ``compile`` was given for one output: by name, by place, or for all of them."""
    if isinstance(written, dict):
        return written.get(name)
    if isinstance(written, list | tuple):
        return written[place] if place < len(written) else None
    return written


def _layers(model: Any, name: str, place: int) -> list[Any]:
    tensors, names = getattr(model, "outputs", None) or [], list(getattr(model, "output_names", None) or [])
    place = names.index(name) if name in names else place
    history = getattr(tensors[place], "_keras_history", None) if place < len(tensors) else None
    return [history[0]] if history is not None else []


def columns(known: FittedModel | None, model: Any, predicted: Any, y: Any, fitted: Any = None) -> list[Column]:
    """What a model predicted, output by output; of several only those that count.

    Those count that have classes; where the script has an accuracy computed for some of them, only those; where
    none has classes, those that predict numbers.

    Args:
        known: its record, which knows how it was compiled.
        model: the model.
        predicted: what it gave, an array or a nest of them.
        y: the truth, an array or a table; None where it is not at hand.
        fitted: labels that the model was fitted on, where they are at hand.

    Raises:
        TweakError: the targets do not match the outputs.
    """
    if isinstance(predicted, np.ndarray):
        told = fitted if y is None else y
        return [Column("", labels.truth_of(model, y), labels.labels_of(model, predicted, told), predicted)]
    parts = dict(predicted) if isinstance(predicted, dict) else dict(enumerate(predicted))
    found = list(zip(of(model, predicted), parts.values(), strict=True))
    told = [(output, part, _target(y, output), _target(fitted, output)) for output, part in found]
    if y is not None and all(truth is None for _, _, truth, _ in told):
        raise TweakError("the targets are not by the names of the model's outputs")
    told = [(o, p, t, f) for o, p, t, f in told if y is None or t is not None]
    classes = [(o, p, t, f) for o, p, t, f in told if _has_classes(o, p, t if t is not None else f)]
    asked = _asked((known.facts.get("compiled") or {}).get("metrics") if known is not None else None, classes)
    counted = asked or classes or [(o, p, t, f) for o, p, t, f in told if labels.regresses(o, t)]
    return [
        Column(o.name, labels.truth_of(o, t), labels.labels_of(o, np.asarray(p), f if t is None else t), np.asarray(p))
        for o, p, t, f in counted
    ]


def _target(y: Any, output: Output) -> Any:
    if not is_table(y):
        return None
    return y.get(output.name, y.get(output.place))


def _has_classes(output: Output, predicted: Any, y: Any) -> bool:
    if y is not None:
        return labels.task(output, y) == "classification"
    single = np.ndim(predicted) < 2 or np.shape(predicted)[-1] == 1
    return not labels.regresses(output) and (single or not labels.loss_name(output).startswith("binary"))


def _asked(metrics: Any, classes: list[Any]) -> list[Any]:
    """The outputs for which the script has an accuracy computed, where that is said output by output."""
    by_place = isinstance(metrics, list | tuple) and any(isinstance(part, list | tuple) for part in metrics)
    if not by_place and not isinstance(metrics, dict):
        return []
    return [
        entry for entry in classes if any(map(_is_accuracy, _flat(_of_one(metrics, entry[0].name, entry[0].place))))
    ]


def _flat(metrics: Any) -> Iterator[Any]:
    if isinstance(metrics, list | tuple):
        for part in metrics:
            yield from _flat(part)
    elif metrics is not None:
        yield metrics


def _is_accuracy(metric: Any) -> bool:
    name = metric if isinstance(metric, str) else getattr(metric, "name", getattr(metric, "__name__", ""))
    return "acc" in str(name).lower()


def task(known: FittedModel, y: Any) -> str:
    """What a model with several outputs learns: that of the outputs that count."""
    tasks = {
        output.name: labels.task(output, part) for output, part in zip(of(known.model, y), y.values(), strict=True)
    }
    for kind in ("classification", "regression"):
        if kind in tasks.values():
            return kind
    return next(iter(tasks.values()))
