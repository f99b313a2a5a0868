"""A fitted model as facts: its knobs with their written values, what is odd about it, Keras' own summary."""

from __future__ import annotations

from typing import Any

from mlprojects.keras import chains, framework, heads, scaling, stack
from mlprojects.keras.rebuild import row_shape


def owns_learning_rate(callbacks: Any) -> bool:
    """Whether a callback of the script sets the learning rate itself."""
    found = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    return any(framework.owns_learning_rate(callback) for callback in found)


def at_fit(model: Any, x: Any) -> dict[str, Any]:
    """What must be told when a model is first fitted: later the script may unfreeze what was frozen.

    Args:
        model: the script's model, as it wrote it.
        x: the rows that ``fit`` was given, or whatever brings them.

    Returns:
        layers (the knobs of the layers with their written values), scalable (whether its input may be scaled),
        rate (the learning rate, None where the script's own means set it).
    """
    chain = chains.chain_of(model, row_shape(model, x))
    layers = stack.written_values(chain.facts(), chain.shape) if chain is not None else {}
    return {
        "layers": layers,
        "scalable": scaling.may_scale(model),
        "rate": framework.learning_rate(getattr(model, "optimizer", None)),
    }


def describe(model: Any, x: Any, y: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """The model as facts for the space.

    Args:
        model: the script's fitted model.
        x: the rows it was fitted on, None where they cannot be had.
        y: their labels, or None.
        facts: what is known of the fit: ``fit`` (its arguments, defaults included), ``epochs`` of the first fit,
            ``batches`` (whether the script's own data comes in batches), and what :func:`at_fit` found.

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
    rate = facts.get("rate")
    if rate is not None and not owns_learning_rate(arguments.get("callbacks")):
        knobs["learning_rate"] = rate
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
        "hints": [*([facts["note"]] if "note" in facts else []), *heads.hints(heads.head_of(model), y)],
        "summary": "\n".join(lines),
    }
