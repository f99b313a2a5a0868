"""The part of a live model whose layers may be changed: a chain of layers that ends at the output.

A Sequential model is one chain. Of a functional model it is what leads to the output without a branch. It begins
behind what is never rebuilt: frozen layers, nested models, and layers that were given weights before the fit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import keras

from mlprojects.keras import stack

PRETRAINED: WeakSet[Any] = WeakSet()
"""Layers that were loaded, or given weights, by the script."""


@dataclass(frozen=True)
class Chain:
    """Live layers in their order. ``shape``, of one row, is empty where the chain begins inside the model."""

    layers: tuple[Any, ...]
    before: tuple[Any, ...]
    shape: tuple[int | None, ...]

    def facts(self) -> list[stack.LayerFact]:
        """The layers for :mod:`mlprojects.keras.stack`."""
        return [stack.LayerFact(_kind(layer), config_of(layer), place) for place, layer in enumerate(self.layers)]


def _kind(layer: Any) -> str:
    """The class's name; a class of the script's own is no kind that the plan knows."""
    own = type(layer)
    return own.__name__ if getattr(keras.layers, own.__name__, None) is own else f"{own.__module__}.{own.__name__}"


def config_of(layer: Any) -> dict[str, Any]:
    """A layer's configuration, empty where its class cannot write it down."""
    try:
        return dict(layer.get_config())
    except (NotImplementedError, TypeError, ValueError):  # a layer of the script's own that cannot be written down
        return {}


def is_sequential(model: Any) -> bool:
    """Whether the model is the list of its layers: a Sequential without a ``call`` of its own."""
    return isinstance(model, keras.Sequential) and type(model).call is keras.Sequential.call


def is_functional(model: Any) -> bool:
    """Whether the model is the graph of its layers: a functional one without a ``call`` of its own."""
    bases = [cls for cls in type(model).__mro__ if cls.__name__ == "Functional"]
    own_call: Any = getattr(type(model), "call", None)
    return bool(bases) and not isinstance(model, keras.Sequential) and own_call is getattr(bases[0], "call", None)


def protected(layer: Any) -> bool:
    """Whether a layer is never made anew: a model in the model, a frozen layer, one with weights from elsewhere."""
    if not layer.weights and not isinstance(layer, keras.Model):
        return False
    return isinstance(layer, keras.Model) or not layer.trainable or layer in PRETRAINED


def mark_pretrained(model: Any) -> None:
    """Remember that the layers of ``model`` have weights that the script gave them."""
    PRETRAINED.add(model)
    for layer in getattr(model, "layers", ()):
        mark_pretrained(layer)


def chain_of(model: Any, row_shape: tuple[int | None, ...]) -> Chain | None:
    """The chain that ends at the model's one output, None where there is none.

    Args:
        model: the script's model, built or not.
        row_shape: the shape of one row that it is fitted on.
    """
    if model in PRETRAINED:
        return None
    if is_sequential(model):
        path, whole = list(model.layers), True
    elif is_functional(model) and len(model.outputs) == 1:
        path, whole = _tail(model)
    else:
        return None
    start = max((place + 1 for place, layer in enumerate(path) if protected(layer)), default=0)
    shape = row_shape if whole and not start else ()
    return Chain(tuple(path[start:]), tuple(path[:start]), shape) if path[start:] else None


def _tail(model: Any) -> tuple[list[Any], bool]:
    """The layers from the last branch or merge of a graph to its output, and whether that is all of it."""
    operations = getattr(model, "operations", None) or model.layers
    producers: dict[int, Any] = {}
    consumers: dict[int, int] = {}
    entries: dict[int, Any] = {}
    for layer in operations:
        try:
            inputs, output = layer.input, layer.output
        except (AttributeError, ValueError, RuntimeError):  # used in several places, or never
            return [], False
        if isinstance(layer, keras.layers.InputLayer):
            continue
        single = not isinstance(inputs, list | tuple | dict) or (isinstance(inputs, list | tuple) and len(inputs) == 1)
        entries[id(layer)] = (inputs[0] if isinstance(inputs, list | tuple) else inputs) if single else None
        for tensor in flat(output):
            producers[id(tensor)] = layer
        for tensor in flat(inputs):
            consumers[id(tensor)] = consumers.get(id(tensor), 0) + 1
    path: list[Any] = []
    tensor = model.outputs[0]
    own_inputs = {id(given) for given in model.inputs}
    while True:
        layer = producers.get(id(tensor))
        if layer is None or not isinstance(layer, keras.layers.Layer) or entries[id(layer)] is None:
            return path[::-1], False
        path.append(layer)
        tensor = entries[id(layer)]
        if id(tensor) in own_inputs:
            return path[::-1], len(own_inputs) == 1 and consumers[id(tensor)] == 1
        if consumers[id(tensor)] > 1:
            return path[::-1], False


def flat(tensors: Any) -> Iterable[Any]:
    """The tensors of a nest of lists and dicts."""
    if isinstance(tensors, dict):
        tensors = list(tensors.values())
    if isinstance(tensors, list | tuple):
        return [tensor for part in tensors for tensor in flat(part)]
    return [tensors]


def first_layers(model: Any) -> list[Any]:
    """The layers that the model's raw input goes into."""
    if is_sequential(model):
        return list(model.layers[:1])
    if not is_functional(model):
        return []
    own_inputs = {id(given) for given in model.inputs}
    found = []
    for layer in getattr(model, "operations", None) or model.layers:
        try:
            if not isinstance(layer, keras.layers.InputLayer) and own_inputs & {id(t) for t in flat(layer.input)}:
                found.append(layer)
        except (AttributeError, ValueError, RuntimeError):
            continue
    return found
