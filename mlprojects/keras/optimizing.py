"""Optimizers: made anew without the state of old weights, Adam in place of another, schedules stretched."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from mlprojects.keras import framework, schedules

REPLACED = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Ftrl")
"""Optimizers that Adam may stand in for; others are Adam by another name, or need care of their own."""
KEPT = ("learning_rate", "decay", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum")
"""What an optimizer's successor takes over; the rest belongs to the method."""


def name_of(optimizer: Any) -> str | None:
    """The optimizer's name, where Adam may stand in for it, else None."""
    kind = type(optimizer)
    return kind.__name__.lower() if kind.__name__ in REPLACED and _adam_beside(kind) is not None else None


def _adam_beside(kind: type) -> type | None:
    """Adam of the same kind of optimizer: Keras 2.12 has three kinds, each in a package of its own."""
    package, _, module = kind.__module__.rpartition(".")
    if not package.startswith(framework.PACKAGES) or module == "optimizer_v1":
        return None
    found: type = importlib.import_module(f"{package}.adam").Adam
    return found


def renewed(optimizer: Any, stretch: float = 1.0, adam: bool = False) -> Any:
    """The optimizer without its state.

    Args:
        optimizer: that of the script.
        stretch: how many times more steps it takes than as written; a schedule of Keras is stretched to them.
        adam: whether Adam is to stand in for it, with the same learning rate or schedule.
    """
    config = optimizer.get_config()  # Keras 2 gives NumPy scalars, and cannot set a rate that is one
    config = {k: v.item() if isinstance(v, np.generic) else v for k, v in config.items()}
    schedule = framework.schedule(optimizer)
    if stretch != 1.0 and schedule is not None:
        config["learning_rate"] = type(schedule).from_config(schedules.stretched(schedule.get_config(), stretch))
    kind = type(optimizer)
    if adam:
        kind, config = _adam_beside(kind) or kind, {name: config[name] for name in KEPT if name in config}
    return kind.from_config(config)


def callbacks_of(given: Any) -> list[Any]:
    """The script's callbacks, however ``fit`` was given them."""
    if given is None:
        return []
    if isinstance(given, keras.callbacks.CallbackList):
        return list(given.callbacks)
    return list(given) if isinstance(given, list | tuple) else [given]


def stretch_callbacks(callbacks: Iterable[Any], stretch: float) -> None:
    """Let schedules that were written for the script's epochs last for ``stretch`` times as many."""
    for callback in callbacks:
        if framework.is_a(callback, "LearningRateScheduler"):
            callback.schedule = schedules.slower(callback.schedule, stretch)


def never_stop(callbacks: Iterable[Any], epochs: int) -> None:
    """Let EarlyStopping wait until the end; it goes on watching, and may restore the best weights."""
    for callback in callbacks:
        if framework.is_a(callback, "EarlyStopping"):
            callback.patience = epochs
