"""A functional model run through again with other layers, and the script's own object made that model."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import keras

CALLS_THROUGH = "call_function" in inspect.signature(keras.models.clone_model).parameters
"""Whether this Keras can run through a graph again with other calls: Keras 3 can."""


def replace(model: Any, layers: Sequence[tuple[Any, Any]], scalers: dict[int, Any]) -> None:
    """Change ``model`` in place.

    Args:
        model: a functional model.
        layers: the layers of its chain in their order, each with the layer of ``model`` that it stands for, or
            None for a new one. Those before the first that stands for another go in front of it.
        scalers: a layer to put behind an input, by the input's place.
    """
    stands_for = {id(old): new for new, old in layers if old is not None}
    in_front: dict[int, list[Any]] = {}
    behind: dict[int, list[Any]] = {}
    waiting: list[Any] = []
    last: Any = None
    for new, old in layers:
        if old is None:
            waiting.append(new)
        else:
            in_front[id(new)], waiting, last = waiting, [], new
    if waiting and last is not None:
        behind[id(last)] = waiting
    inputs = [keras.Input(batch_shape=tuple(t.shape), dtype=t.dtype, name=_name(t)) for t in model.inputs]
    scaled: dict[int, Any] = {}

    def enter(value: Any) -> Any:
        """A tensor that a layer is called on: an input's own, or the scaled one."""
        if isinstance(value, list | tuple):
            return type(value)(enter(part) for part in value)
        for place, tensor in enumerate(inputs):
            if value is tensor and place in scalers:
                if place not in scaled:
                    scaled[place] = scalers[place](tensor)
                return scaled[place]
        return value

    def call(layer: Any, *args: Any, **kw: Any) -> Any:
        args = tuple(enter(value) for value in args)
        for extra in in_front.get(id(layer), ()):
            args = (extra(args[0]), *args[1:])
        result = layer(*args, **kw)
        for extra in behind.get(id(layer), ()):
            result = extra(result)
        return result

    if not CALLS_THROUGH:
        _take_over(model, _around(model, layers, inputs, scalers))
        return
    with _uncompiled(model):
        clone = keras.models.clone_model(
            model,
            input_tensors=_nested_like(model, inputs),
            clone_function=lambda layer: stands_for.get(id(layer), layer),
            call_function=call,
        )
    _take_over(model, clone)


@contextlib.contextmanager
def _uncompiled(model: Any) -> Iterator[None]:
    """Cloning would compile the clone from a config, which a loss or a metric of the script's own has none of."""
    compiled, model.compiled = model.compiled, False
    try:
        yield
    finally:
        model.compiled = compiled


def _around(model: Any, layers: Sequence[tuple[Any, Any]], inputs: list[Any], scalers: dict[int, Any]) -> Any:
    """The same without ``call_function``: the chain is called anew; scalers stand before the model as it was."""
    output = model.output
    if layers:
        output = next(old for _, old in layers if old is not None).input
        for new, _ in layers:
            output = new(output)
    changed = keras.Model(model.input, output, name=model.name)
    if not scalers:
        return changed
    scaled = [scalers[place](tensor) if place in scalers else tensor for place, tensor in enumerate(inputs)]
    return keras.Model(_nested_like(model, inputs), changed(_nested_like(model, scaled)), name=model.name)


def _name(tensor: Any) -> str:
    return str(tensor.name).split(":")[0]


def _nested_like(model: Any, inputs: list[Any]) -> Any:
    """The inputs in the nest in which ``model`` takes them."""
    given = model.input
    if isinstance(given, dict):
        return {name: inputs[[id(t) for t in model.inputs].index(id(tensor))] for name, tensor in given.items()}
    return list(inputs) if isinstance(given, list | tuple) else inputs[0]


def _take_over(model: Any, clone: Any) -> None:
    """Make ``model`` what ``clone`` is; what the script itself has set on it stays."""
    own = {name: value for name, value in vars(model).items() if name not in vars(clone)}
    vars(model).clear()
    vars(model).update({**vars(clone), **own})
