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
import numpy as np

from mlprojects.keras import framework
from mlprojects.sandbox import renames
from mlprojects.sandbox.renames import Arguments, Call, Module, Name, Row

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


def _lists_of_numbers(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
    """Rows and labels as plain lists: Keras 2.12 takes two lists, and neither it nor Keras 3 one beside an array."""
    named = {**dict(zip(("x", "y"), args, strict=False)), **given}
    pair = _arrays((named.get("x"), named.get("y")))
    tests = named.get("validation_data")
    checked = _arrays(tests) if isinstance(tests, list | tuple) else None
    if pair is None and checked is None:
        return None
    changed = {} if pair is None else dict(zip(("x", "y"), pair, strict=True))
    changed |= {} if checked is None else {"validation_data": checked}
    kept = tuple(changed.get(name, value) for name, value in zip(("x", "y"), args, strict=False))
    rest = {name: value for name, value in changed.items() if name in given}
    return (*kept, *args[2:]), {**given, **rest}


def _rows_of_numbers(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
    """Rows to predict that are numbers in an array of objects."""
    x = args[0] if args else given.get("x")
    if x is None or not _is_of_objects(x):
        return None
    changed = x.astype(keras.backend.floatx())
    return ((changed, *args[1:]), given) if args else (args, {**given, "x": changed})


def _arrays(pair: Any) -> tuple[Any, ...] | None:
    """Rows and labels with arrays of numbers for lists and for objects; None where there is nothing to change."""
    lists, objects = [_is_of_numbers(part) for part in pair], [_is_of_objects(part) for part in pair]
    if all(lists) and not framework.IS_KERAS_3:
        lists = [False for _ in lists]
    if not any(lists) and not any(objects):
        return None
    try:
        plain = [part.astype(keras.backend.floatx()) if o else part for part, o in zip(pair, objects, strict=True)]
        return tuple(np.asarray(part) if is_list else part for part, is_list in zip(plain, lists, strict=True))
    except ValueError:  # rows of different lengths
        return None


def _is_of_objects(part: Any) -> bool:
    """Tell whether it is a table of numbers cut out of one that has texts as well: the first Keras took such."""
    if not isinstance(part, np.ndarray) or part.dtype != object or not part.size:
        return False
    return all(isinstance(value, int | float | np.number) for value in part.ravel())


def _is_of_numbers(part: Any) -> bool:
    if not isinstance(part, list) or not part:
        return False
    return isinstance(part[0], int | float | np.number) or _is_of_numbers(part[0])


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
        Call(f"{owner.__module__}.{owner.__qualname__}.{name}", _lists_of_numbers)
        for name in ("fit", "evaluate")
        for owner in framework.owners(name)
    ),
    *(
        Call(f"{owner.__module__}.{owner.__qualname__}.predict", _rows_of_numbers)
        for owner in framework.owners("predict")
    ),
]
