"""Changing a live Keras model in place, so that the script's own variable is the tuned model."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import keras
import numpy as np

from mlprojects.contract.trial import Tweak
from mlprojects.keras import framework, stack
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import TweakError, one_line

CompileArguments = dict[str, Any]


def layer_facts(model: Any) -> list[stack.LayerFact]:
    """The layers of a Sequential model (without the input layer) as facts."""
    return [
        stack.LayerFact(type(layer).__name__, layer.get_config(), source=place)
        for place, layer in enumerate(model.layers)
    ]


def owns_learning_rate(callbacks: Any) -> bool:
    """Whether a callback of the script sets the learning rate itself."""
    found = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    return any(framework.owns_learning_rate(callback) for callback in found)


def scaling_layer(kind: str, x: np.ndarray) -> Any:
    """A fixed Normalization layer fitted on ``x`` (rows, ...).

    Tables (rows, features) are scaled by feature; images and sequences by one mean and one width, so that
    the relation between pixels stays.

    Args:
        kind: ``standard`` (mean 0, variance 1) or ``minmax`` (0 to 1).
        x: the training rows.
    """
    array = np.asarray(x, dtype="float64")
    axis = 0 if array.ndim == 2 else None
    if kind == "standard":
        mean, variance = array.mean(axis=axis), array.var(axis=axis)
    else:
        mean = array.min(axis=axis)
        variance = (array.max(axis=axis) - mean) ** 2
    variance = np.where(variance == 0, 1.0, variance)
    if axis is None:
        return keras.layers.Normalization(axis=None, mean=float(mean), variance=float(variance))
    return keras.layers.Normalization(axis=-1, mean=mean.astype("float32"), variance=variance.astype("float32"))


def apply(model: Any, tweak: Tweak, x: Any, compile_arguments: CompileArguments) -> None:
    """Turn the knobs of ``model`` (not those of ``fit``) in place.

    Args:
        model: the script's compiled model, built or not.
        tweak: the knobs to turn.
        x: the training rows; a scaler is fitted on them.
        compile_arguments: what the script gave to ``compile``.

    Raises:
        TweakError: the change does not fit this model.
    """
    structural = {name: value for name, value in tweak.items() if name in stack.STRUCTURE}
    scaler = str(tweak.get("scaler", "none"))
    if structural or scaler != "none":
        if not framework.is_sequential(model):
            raise TweakError(f"a {type(model).__name__} model cannot be rebuilt: only Sequential models can")
        shape = tuple(model.input_shape[1:]) if model.built else tuple(np.shape(x)[1:])
        planned = stack.plan(layer_facts(model), structural, shape)
        front = [scaling_layer(scaler, x)] if scaler != "none" else []
        _replace_layers(model, planned, front, shape)
        arguments = {**compile_arguments, "optimizer": _fresh_optimizer(model.optimizer)}
        model.compile(**arguments)
    if "learning_rate" in tweak:
        model.optimizer.learning_rate = float(tweak["learning_rate"] or 0.0)


def _fresh_optimizer(optimizer: Any) -> Any:
    """The same optimizer without the state that belongs to the old weights."""
    config = optimizer.get_config()  # Keras 2 gives NumPy scalars, and cannot set a rate that is one
    return type(optimizer).from_config({k: v.item() if isinstance(v, np.generic) else v for k, v in config.items()})


def _replace_layers(model: Any, planned: list[stack.LayerFact], front: list[Any], shape: tuple[int, ...]) -> None:
    originals = list(model.layers)
    error: Exception | None = None
    for attempt in (planned, stack.same_padding(planned)):
        try:
            framework.refill(model, [*front, *_live(attempt, originals, framework.library(model))], shape)
            return
        except ValueError as problem:
            error = problem
    assert error is not None
    raise TweakError(f"the layers do not fit together: {one_line(error)}")


def _live(planned: list[stack.LayerFact], originals: list[Any], library: ModuleType) -> list[Any]:
    """Layer objects: the script's own up to the first change, with their weights; made anew behind it."""
    layers: list[Any] = []
    changed = False
    for fact in planned:
        changed = changed or fact.changed
        original = originals[fact.source] if fact.source is not None else None
        frozen = original is not None and (isinstance(original, library.Model) or not original.trainable)
        if original is not None and (not changed or frozen):
            layers.append(original)
        elif original is not None:
            layers.append(type(original).from_config(fact.config))
        else:
            layers.append(getattr(library.layers, fact.kind)(**fact.config))
    return layers


def describe(model: Any, x: Any, arguments: dict[str, Any], fits: int) -> dict[str, Any]:
    """The model as facts for the space.

    Args:
        model: the script's fitted model.
        x: what it was fitted on.
        arguments: what the script gave to ``fit``, defaults included.
        fits: how often the script called ``fit`` on this model.

    Returns:
        estimator (the model's class), knobs {name: written value}, summary (Keras' own text).
    """
    knobs: dict[str, Any] = {}
    shape = tuple(np.shape(x)[1:]) if hasattr(x, "shape") else ()
    facts = layer_facts(model) if framework.is_sequential(model) else []
    if facts:
        knobs |= stack.written_values(facts, shape)
        takes_numbers = facts[0].kind not in (*stack.SCALERS, "Embedding", "TextVectorization")
        if takes_numbers and framework.can_scale(model) and len(shape) >= 1 and not rows.looks_scaled(x):
            knobs["scaler"] = "none"
    if fits == 1 and arguments.get("steps_per_epoch") is None:
        knobs["epochs"] = int(arguments["epochs"])
    if hasattr(x, "shape"):
        knobs["batch_size"] = int(arguments.get("batch_size") or 32)
    rate = framework.learning_rate(getattr(model, "optimizer", None))
    if rate is not None and not owns_learning_rate(arguments.get("callbacks")):
        knobs["learning_rate"] = rate
    lines: list[str] = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return {
        "estimator": type(model).__name__,
        "knobs": knobs,
        "choices": {},
        "alternatives": {},
        "summary": "\n".join(lines),
    }
