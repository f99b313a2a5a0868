"""Changing a live Keras model in place, so that the script's own variable is the tuned model."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from mlprojects.contract.trial import Tweak
from mlprojects.keras import chains, framework, functional, optimizing, scaling, stack
from mlprojects.sandbox.session import TweakError, one_line

CompileArguments = dict[str, Any]


def apply(model: Any, tweak: Tweak, x: Any, compile_arguments: CompileArguments, stretch: float = 1.0) -> None:
    """Turn the knobs of ``model`` (not those of ``fit``) in place.

    Args:
        model: the script's compiled model, built or not.
        tweak: the knobs to turn.
        x: the training rows; a scaler is fitted on them.
        compile_arguments: what the script gave to ``compile``; empty for a model that was never compiled.
        stretch: how many times more steps the optimizer is going to take than as written.

    Raises:
        TweakError: the change does not fit this model.
    """
    structural = {name: value for name, value in tweak.items() if name in stack.STRUCTURE}
    scaler = str(tweak.get("scaler", "none"))
    changed = bool(structural) or scaler != "none"
    cloned = changed and chains.is_functional(model) and not compile_arguments
    config = model.get_compile_config() if cloned and getattr(model, "compiled", False) else None
    if structural:
        _restructure(model, structural, row_shape(model, x))
    if scaler != "none":
        _scale(model, scaler, x)
    adam = tweak.get("optimizer") == "adam"
    other_optimizer = adam or (stretch != 1.0 and framework.schedule(getattr(model, "optimizer", None)) is not None)
    if config is not None:  # a clone of a compiled model is compiled, though the script has never said so
        model.compile_from_config(config)
    if (changed or other_optimizer) and compile_arguments:
        arguments = dict(compile_arguments)
        if other_optimizer or not isinstance(arguments.get("optimizer", ""), str):
            arguments["optimizer"] = optimizing.renewed(model.optimizer, stretch, adam)
        model.compile(**arguments)
    elif adam:
        raise TweakError("the model was not compiled by the script, so its optimizer cannot be changed")
    if "learning_rate" in tweak:
        if getattr(model, "optimizer", None) is None:
            raise TweakError("the model has no optimizer of its own, so its learning rate is the script's")
        model.optimizer.learning_rate = float(tweak["learning_rate"] or 0.0)


def row_shape(model: Any, x: Any) -> tuple[int | None, ...]:
    """The shape of one row: of the built model's single input, else of ``x``."""
    inputs = getattr(model, "inputs", None)
    if inputs:
        return tuple(inputs[0].shape[1:]) if len(inputs) == 1 else ()
    return tuple(np.shape(x)[1:]) if hasattr(x, "shape") else ()


def _restructure(model: Any, structural: Tweak, shape: tuple[int | None, ...]) -> None:
    chain = chains.chain_of(model, shape)
    if chain is None:
        raise TweakError(f"the layers of a {type(model).__name__} model like this one cannot be changed")
    planned = stack.plan(chain.facts(), structural, chain.shape)
    error: Exception | None = None
    for attempt in (planned, stack.same_padding(planned)):
        layers = _live(attempt, chain.layers, framework.library(model))
        try:
            if chains.is_sequential(model):
                framework.refill(model, [*chain.before, *[layer for layer, _ in layers]], shape)
            else:
                functional.replace(model, layers, {})
            return
        except (ValueError, TypeError) as problem:
            error = problem
    assert error is not None
    raise TweakError(f"the layers do not fit together: {one_line(error)}")


def _scale(model: Any, kind: str, x: Any) -> None:
    parts = scaling.inputs_of(model, x)
    if not parts:
        raise TweakError("a scaler needs the training rows as numbers")
    if chains.is_sequential(model):
        framework.refill(model, [scaling.scaling_layer(model, kind, parts[0]), *model.layers], row_shape(model, x))
    elif chains.is_functional(model):
        scalers = {place: scaling.scaling_layer(model, kind, part) for place, part in enumerate(parts)}
        functional.replace(model, [], scalers)
    else:
        scaling.scale_calls(model, kind, parts[0])


def _live(planned: list[stack.LayerFact], originals: tuple[Any, ...], library: ModuleType) -> list[tuple[Any, Any]]:
    """Layer objects, each with the script's own that it stands for (None for a new one).

    They are the script's own up to the first change, with their weights, and made anew behind it. What has no
    weights is not made anew: there is nothing in it that belongs to a shape.
    """
    layers: list[tuple[Any, Any]] = []
    changed = False
    for fact in planned:
        changed = changed or fact.changed
        original = originals[fact.source] if fact.source is not None else None
        if original is None:
            layers.append((getattr(library.layers, fact.kind)(**fact.config), None))
        elif fact.changed or (changed and original.weights and fact.config):
            layers.append((type(original).from_config(fact.config), original))
        else:
            layers.append((original, original))
    return layers
