"""Copies of a fitted model: what the script saves and loads again counts as that model.

What was loaded from elsewhere, or was given weights, is never rebuilt.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import keras

from mlprojects.keras import chains, framework, rebuild
from mlprojects.sandbox.session import Session
from mlprojects.sandbox.wrapping import wrap_function, wrap_method

Compiled = Callable[[Any], dict[str, Any]]


def install(session: Session, compiled: Compiled) -> None:
    """Wrap ``load_model``, and the methods that give a model weights."""
    began = session.began
    for name, around in {
        "load_weights": _load_weights(session, began, compiled),
        "set_weights": _set_weights(session),
    }.items():
        for owner in framework.owners(name):
            wrap_method(session, owner, name, around)
    wrap_function(session, keras.models.load_model, _load_model(session, began))


def structure_of(model: Any) -> str:
    """A model's layers without their names: equal for models that the same code has built."""
    parts = [[type(layer).__name__, _unnamed(chains.config_of(layer))] for layer in getattr(model, "layers", [])]
    return json.dumps([type(model).__name__, parts], default=str, sort_keys=True)


def _unnamed(config: Any) -> Any:
    if isinstance(config, dict):
        dropped = ("name", "build_config", "registered_name", "batch_shape", "batch_input_shape")
        return {k: _unnamed(v) for k, v in config.items() if k not in dropped}
    return [_unnamed(part) for part in config] if isinstance(config, list | tuple) else config


def _written_here(path: Any, began: float) -> bool:
    """Whether the script itself has written a file in this trial."""
    try:
        return os.path.getmtime(os.fspath(path)) >= began - 1.0
    except (OSError, TypeError):
        return False


def _load_model(session: Session, began: float) -> Callable[..., Any]:
    def around(original: Callable[..., Any], filepath: Any, *args: Any, **kw: Any) -> Any:
        model = original(filepath, *args, **kw)
        if isinstance(model, keras.Model):
            chains.mark_pretrained(model)
            if _written_here(filepath, began):
                _link(session, model)
        return model

    return around


def _load_weights(session: Session, began: float, compiled: Compiled) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, filepath: Any, *args: Any, **kw: Any) -> Any:
        if not _written_here(filepath, began) or session.find(model) is not None:
            result = original(model, filepath, *args, **kw)
            if session.find(model) is None:
                chains.mark_pretrained(model)
            return result
        spec = session.spec
        for known in session.models:
            alike = known.facts.get("written") == structure_of(model)
            if alike and spec.tweak and spec.gate == known.ordinal:
                rebuild.apply(model, spec.tweak, known.facts["source"].load()[0], compiled(model))
        result = original(model, filepath, *args, **kw)
        _link(session, model)
        return result

    return around


def _set_weights(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], layer: Any, *args: Any, **kw: Any) -> Any:
        result = original(layer, *args, **kw)
        if session.find(layer) is None:
            chains.mark_pretrained(layer)
        return result

    return around


def _link(session: Session, model: Any) -> None:
    """A model that was read from what a fitted one has written counts as that one."""
    own = structure_of(model)
    for known in reversed(session.models):
        if structure_of(known.model) == own and not known.is_about(model):
            known.others.append((model, known.seen))
            known.copies[id(model)] = known.copies.get(id(known.model), id(known.model))
            return
