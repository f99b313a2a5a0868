"""A fitted model as facts: its knobs with their written values, what is odd about it, Keras' own summary."""

from __future__ import annotations

from typing import Any

from mlprojects.keras import chains, framework, heads, optimizing, scaling, stack
from mlprojects.keras.rebuild import row_shape


def at_fit(model: Any, x: Any) -> dict[str, Any]:
    """What must be told when a model is first fitted: later the script may unfreeze what was frozen.

    Args:
        model: the script's model, as it wrote it.
        x: the rows that ``fit`` was given, or whatever brings them.

    Returns:
        layers (the knobs of the layers with their written values), narrow (what is said of a bottleneck), scalable
        (whether its input may be scaled), rate (the learning rate, None where the script's own means set it),
        optimizer (its name, None where it stays).
    """
    chain = chains.chain_of(model, row_shape(model, x))
    layers = chain.facts() if chain is not None else []
    return {
        "layers": stack.written_values(layers, chain.shape) if chain is not None else {},
        "narrow": stack.bottleneck(layers),
        "scalable": scaling.may_scale(model),
        "rate": framework.learning_rate(getattr(model, "optimizer", None)),
        "optimizer": None if model in chains.PRETRAINED else optimizing.name_of(getattr(model, "optimizer", None)),
    }


def describe(model: Any, x: Any, y: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """The model as facts for the space.

    Args:
        model: the script's fitted model.
        x: the rows it was fitted on, None where they cannot be had.
        y: their labels, or None.
        facts: what is known of the fit: ``fit`` (its arguments, defaults included), ``epochs`` of the first fit,
            ``batches`` (whether the script's own data comes in batches), ``ended_early`` (before its last epoch), and
            what :func:`at_fit` found.

    Returns:
        estimator (the model's class), knobs {name: written value}, hints, summary.
    """
    arguments = facts["fit"]
    knobs: dict[str, Any] = dict(facts.get("layers", {}))
    if facts.get("scalable") and scaling.unscaled(model, x):
        knobs["scaler"] = "none"
    if "epochs" in arguments:
        knobs["epochs"] = int(facts.get("epochs", arguments["epochs"]))
    if "batch_size" in arguments and not facts.get("batches"):
        knobs["batch_size"] = int(arguments["batch_size"] or 32)
    callbacks = optimizing.callbacks_of(arguments.get("callbacks"))
    if facts.get("ended_early") or any(framework.is_a(callback, "EarlyStopping") for callback in callbacks):
        knobs["early_stopping"] = "on"
    if facts.get("optimizer"):
        knobs["optimizer"] = facts["optimizer"]
    if facts.get("rate") is not None and not any(framework.owns_learning_rate(callback) for callback in callbacks):
        knobs["learning_rate"] = facts["rate"]
    lines: list[str] = []
    try:
        model.summary(print_fn=lambda line, **_: lines.append(line))
    except (ValueError, NotImplementedError):  # never built by Keras' own means
        lines.append(repr(model))
    return {
        "estimator": type(model).__name__,
        "knobs": knobs,
        "choices": {},
        "alternatives": {},
        "hints": [*filter(None, (facts.get("note"), facts.get("narrow"))), *heads.hints(heads.head_of(model), y)],
        "summary": "\n".join(lines),
    }
