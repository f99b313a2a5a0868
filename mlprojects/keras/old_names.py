"""What Keras has dropped since its first version; see :mod:`mlprojects.sandbox.renames`.

Keras 3 gets only what it can hold. Scripts of the Keras 2 years run on Keras 2.12, which itself lacks much of
what the versions before it had.
"""

from __future__ import annotations

import functools
import importlib
import sys
from typing import Any

import keras

from mlprojects.keras import framework
from mlprojects.keras.old_data import numbers
from mlprojects.sandbox import renames
from mlprojects.sandbox.renames import Call, Module, Name, Row, renamed

# Imported here, before any fork, and not at all on Keras 3.
_KERAS_2 = None if framework.IS_KERAS_3 else importlib.import_module("mlprojects.keras.keras2_names")


class _Logs(dict[str, list[float]]):
    """``history.history``: where the accuracy has only its new name, the old one finds it."""

    def __missing__(self, name: str) -> list[float]:
        new = framework.ACCURACY.get(name, "")
        if new not in self:
            raise KeyError(name)
        return self[new]

    def __reduce__(self) -> Any:  # a script may pickle it, and read it where there is no autotweak
        return dict, (dict(self),)


def install() -> None:
    """Install the rows of this Keras, and what is more than a name."""
    renames.install(ROWS)
    _drawing_if_it_can_be()
    _histories_of_accuracy()
    if _KERAS_2 is not None:
        _KERAS_2.install()


def _predict_classes(model: Any, x: Any, batch_size: int | None = None, verbose: int = 0) -> Any:
    """``Sequential.predict_classes``, as Keras 2.5 had it."""
    scores = model.predict(x, batch_size=batch_size, verbose=verbose)
    return scores.argmax(axis=-1) if scores.shape[-1] > 1 else (scores > 0.5).astype("int32")


def _predict_proba(model: Any, x: Any, batch_size: int | None = None, verbose: int = 0) -> Any:
    return model.predict(x, batch_size=batch_size, verbose=verbose)


def _histories_of_accuracy() -> None:
    for kind in framework.history_classes():
        original = kind.__dict__["__init__"]

        def make(callback: Any, *args: Any, original: Any = original, **kwargs: Any) -> None:
            original(callback, *args, **kwargs)
            callback.history = _Logs(callback.history)

        setattr(kind, "__init__", make)  # noqa: B010


def _drawing_if_it_can_be() -> None:
    """A drawing that cannot be made, for want of Graphviz, is no reason not to train."""
    original = keras.utils.plot_model

    @functools.wraps(original)
    def plot(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except ImportError as error:
            print(f"plot_model draws nothing here: {str(error).strip().splitlines()[0]}")
            return None

    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get("plot_model") is original:
            module.plot_model = plot  # type: ignore[attr-defined]


_API = (
    "activations", "applications", "backend", "callbacks", "constraints", "datasets", "initializers", "layers",
    "losses", "metrics", "models", "ops", "optimizers", "preprocessing", "regularizers", "saving", "utils",
)  # fmt: skip
_IN_BOTH = (
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "kl_divergence", "log_cosh",
)  # fmt: skip
ROWS: list[Row] = [
    # Of these `tf.keras` has kept the short names only.
    *(
        Name(f"keras._tf_keras.keras.{part}.{name}", getattr(keras.losses, name))
        for part in ("losses", "metrics")
        for name in _IN_BOTH
        if framework.IS_KERAS_3
    ),
    # The first versions of Keras 3 had their public names there as well.
    *([Module("keras.api", ("keras",))] if framework.IS_KERAS_3 else []),
    *(Module(f"keras.api.{name}", (f"keras.{name}",)) for name in _API if framework.IS_KERAS_3),
    Name("keras.Sequential.predict_classes", _predict_classes),
    Name("keras.Sequential.predict_proba", _predict_proba),
    *(
        Call(f"{owner.__module__}.{owner.__qualname__}.{name}", numbers)
        for name in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch")
        for owner in framework.owners(name)
    ),
    # Keras 2.12 still takes it.
    *(
        Call(f"keras.regularizers.{kind}.__init__", renamed(l=kind.lower()))
        for kind in ("L1", "L2")
        if framework.IS_KERAS_3
    ),
]
