"""What differs between Keras 3 and Keras 2.12, in one place.

TensorFlow 2.12 brings three kinds of model: its Keras', that of graph mode (``disable_eager_execution``), and
the older copy in ``tensorflow.python.keras``. Each has its own ``fit``, and layers of its own kind.
"""

from __future__ import annotations

import importlib
import itertools
import sys
from types import ModuleType
from typing import Any

import keras

IS_KERAS_3 = int(keras.__version__.split(".")[0]) >= 3
ACCURACY = {"acc": "accuracy", "val_acc": "val_accuracy"}
"""What Keras called the metric "accuracy" in its logs before 2.3, and what it does since."""
_PRIVATE_COPY = "tensorflow.python.keras"
PACKAGES = ("keras.", _PRIVATE_COPY)
"""Where Keras' own classes are, as prefixes of their modules."""


def owners(method: str) -> list[type]:
    """The classes that define ``method`` of the models that scripts use."""
    bases = [keras.Model]
    if not IS_KERAS_3:
        names = itertools.product(("keras", _PRIVATE_COPY), ("training", "training_v1"))
        bases += [importlib.import_module(f"{package}.engine.{module}").Model for package, module in names]
    return list(dict.fromkeys(next(cls for cls in base.__mro__ if method in cls.__dict__) for base in bases))


def optimizer_classes() -> list[type]:
    """The bases of the optimizers that scripts use: Keras 2.12 has two kinds."""
    kinds = [keras.optimizers.Optimizer]
    if not IS_KERAS_3:
        kinds.append(importlib.import_module("keras.optimizers.legacy.optimizer_v2").OptimizerV2)
    return list(dict.fromkeys(base for kind in kinds for base in kind.__mro__))


def history_classes() -> list[type]:
    """The callbacks whose ``history`` a ``fit`` returns."""
    private = [] if IS_KERAS_3 else [importlib.import_module(f"{_PRIVATE_COPY}.callbacks").History]
    return [keras.callbacks.History, *private]


def library(model: Any) -> ModuleType:
    """The Keras whose layers fit into ``model``."""
    private = sys.modules.get(_PRIVATE_COPY)
    return private if private is not None and isinstance(model, private.Model) else keras


def is_eager(model: Any) -> bool:
    """Whether the model's variables can be read and set as they are: not in graph mode, not the older copy's."""
    tensorflow = importlib.import_module("tensorflow")
    return library(model) is keras and (IS_KERAS_3 or bool(tensorflow.executing_eagerly()))


def value_of(variable: Any) -> Any:
    """What a variable holds, as an array."""
    return keras.ops.convert_to_numpy(variable) if IS_KERAS_3 else variable.numpy()


def build_for_training(model: Any, shape: Any) -> None:
    """Make the variables of a model and its optimizer, where that is possible before ``fit`` makes them."""
    if not model.built and shape is not None:
        model.build((None, *shape[1:]))
    optimizer = getattr(model, "optimizer", None)
    if not model.built or optimizer is None:
        return
    if hasattr(optimizer, "build"):
        optimizer.build(model.trainable_variables)
    elif hasattr(optimizer, "_create_all_weights"):  # the older kind of Keras 2.12
        optimizer._create_all_weights(model.trainable_variables)


def can_scale(model: Any) -> bool:
    """Whether a Normalization layer fits: the older copy has none, and that of graph mode cannot be saved.

    Keras 2 can only put a model around the script's own, whose outputs then lose their names.
    """
    eager = IS_KERAS_3 or bool(importlib.import_module("tensorflow").executing_eagerly())
    if not IS_KERAS_3 and len(getattr(model, "outputs", None) or [None]) > 1:
        return False
    return eager and hasattr(library(model).layers, "Normalization")


def is_sequential(model: Any) -> bool:
    """Whether the model is a Sequential one, not a subclass with a ``call`` of its own."""
    return type(model) is library(model).Sequential


def owns_learning_rate(callback: Any) -> bool:
    """Whether a callback sets the learning rate itself; ReduceLROnPlateau only lowers what it finds."""
    return is_a(callback, "LearningRateScheduler")


def is_a(thing: Any, *names: str) -> bool:
    """Whether an object is of one of Keras' classes, by name: there are copies of each."""
    return any(cls.__name__ in names and cls.__module__.startswith(PACKAGES) for cls in type(thing).__mro__)


def learning_rate(optimizer: Any) -> float | None:
    """The optimizer's learning rate, or None where there is none or a schedule owns it."""
    rate = _rate(optimizer)
    if rate is None or is_a(rate, "LearningRateSchedule"):
        return None
    value = keras.ops.convert_to_numpy(rate) if IS_KERAS_3 else keras.backend.get_value(rate)
    return float(f"{float(value):.6g}")  # 0.01, not its nearest 32-bit neighbour


def schedule(optimizer: Any) -> Any:
    """The schedule that owns the optimizer's learning rate, where it is one of Keras' own, else None."""
    rate = _rate(optimizer)
    own = is_a(rate, "LearningRateSchedule") and type(rate).__module__.startswith(PACKAGES)
    return rate if own else None


def _rate(optimizer: Any) -> Any:
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # of mixed precision
    name = "_learning_rate" if IS_KERAS_3 or not hasattr(optimizer, "_hyper") else "learning_rate"
    return getattr(optimizer, name, None)


def from_logits(loss: Any) -> bool:
    """Whether a loss object takes outputs that no softmax or sigmoid has seen."""
    return bool(getattr(loss, "from_logits", False) or getattr(loss, "_fn_kwargs", {}).get("from_logits", False))


def tape_records() -> bool:
    """Whether a gradient tape of TensorFlow's is open."""
    try:
        record = importlib.import_module("tensorflow.python.eager.record")
    except ModuleNotFoundError:  # where TensorFlow 2.12 has it
        record = importlib.import_module("tensorflow.python.eager.tape")
    return bool(record.could_possibly_record())


def refill(model: Any, layers: list[Any], shape: tuple[int | None, ...]) -> None:
    """Give a Sequential model other layers, in place.

    Args:
        model: the model, built or not.
        layers: what it shall hold, without an input layer.
        shape: the shape of one row; empty: the model is built when it is called.
    """
    if IS_KERAS_3:
        while model.layers:
            model.pop(rebuild=False)
        if not model._layers and shape:
            model.add(keras.Input(shape=shape))
    else:
        dtype = model.inputs[0].dtype if model.inputs else None
        for layer in model.layers:  # a layer that knows its old neighbours cannot be asked for its one output
            layer._inbound_nodes, layer._outbound_nodes = [], []
        while len(model._self_tracked_trackables) > 1:
            model._layer_call_argspecs.pop(model._self_tracked_trackables.pop(0), None)
        model.pop()  # the last one resets the model
        if shape:
            model.add(library(model).Input(shape=shape, dtype=dtype))
    for layer in layers:
        model.add(layer)
