"""What Keras scripts pass around as data: arrays, data sets, sequences, image generators, streams of batches."""

from __future__ import annotations

import copy
import inspect
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from mlprojects.keras import outputs
from mlprojects.sandbox import rows
from mlprojects.sandbox.seen import row_keys
from mlprojects.sandbox.session import TweakError

MOST_BYTES = 2 << 30
MOST_SECONDS = 60.0


class Budget:
    """Bounds what is read of data that may have no end."""

    def __init__(self) -> None:
        self.size, self.began = 0, time.monotonic()

    def spend(self, x: Any) -> None:
        """Count rows.

        Raises:
            TweakError: too many bytes, or too much time.
        """
        self.size += sum(part.nbytes for part in tf.nest.flatten(x) if hasattr(part, "nbytes"))
        if self.size > MOST_BYTES or time.monotonic() - self.began > MOST_SECONDS:
            raise TweakError("the data set is too large, or endless: rows cannot be held out of it")


@contextmanager
def quiet_random() -> Iterator[None]:
    """Reading data here draws no random numbers that the script would have drawn."""
    numpy_state, state = np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        np.random.set_state(numpy_state)
        random.setstate(state)


def is_dataset(x: Any) -> bool:
    """Whether ``x`` is a ``tf.data.Dataset``."""
    return isinstance(x, tf.data.Dataset)


def is_image_iterator(x: Any) -> bool:
    """Whether ``x`` is what ``ImageDataGenerator.flow`` and its kin give, with one input and its labels."""
    return hasattr(x, "image_data_generator") and hasattr(x, "_flow_index") and not getattr(x, "x_misc", None)


def is_sequence(x: Any) -> bool:
    """Whether ``x`` is a Keras Sequence: batches by number."""
    plain = isinstance(x, np.ndarray | list | tuple | dict | str) or hasattr(x, "iloc") or hasattr(x, "shape")
    return not plain and hasattr(x, "__getitem__") and hasattr(x, "__len__")


def is_stream(x: Any) -> bool:
    """Whether ``x`` is an iterator of batches: a Python generator, most of all."""
    return inspect.isgenerator(x) or (hasattr(x, "__next__") and not is_sequence(x))


def is_finite(x: Any) -> bool:
    """Whether ``x`` is known to end."""
    return int(x.cardinality()) >= 0 if is_dataset(x) else is_sequence(x)


def batches_in_a_pass(x: Any) -> int | None:
    """How many batches ``x`` gives before it ends; None where it does not, or that is not known."""
    if is_dataset(x):
        return int(x.cardinality()) if is_finite(x) else None
    return len(x) if is_sequence(x) else None


def ancestors(x: Any) -> list[Any]:
    """The data sets that a ``tf.data.Dataset`` was made from, nearest first."""
    found: list[Any] = []
    todo = [x]
    while todo:
        parent = todo.pop()
        inputs = [part for part in tf.nest.flatten(getattr(parent, "_inputs", list)()) if is_dataset(part)]
        found += inputs
        todo += inputs
    return found


def before_repeat(x: Any) -> Any:
    """What a data set repeats, in batches; ``x`` itself if nothing; None where more than that is done to it.

    One pass over it shows each row once, however it is augmented.
    """
    size: int | None = None
    while not is_finite(x) or any("Repeat" in type(part).__name__ for part in [x, *ancestors(x)]):
        name = type(x).__name__
        parents: list[Any] = getattr(x, "_inputs", list)()
        steps = ("Repeat", "Prefetch", "Batch", "Options", "Shuffle")
        if "Map" in name or not any(step in name for step in steps) or len(parents) != 1:
            return None
        if "Batch" in name:
            size = int(getattr(x, "_batch_size", 0)) or None
        x = parents[0]
    return x.batch(size) if size else x


def is_shuffled(x: Any) -> bool:
    """Whether a data set is shuffled on its way."""
    return any("Shuffle" in type(part).__name__ for part in [x, *ancestors(x)])


def batches_of(x: Any) -> Iterator[Any]:
    """The batches of one pass.

    Raises:
        TweakError: ``x`` is nothing that gives batches.
    """
    if is_dataset(x):
        return iter(x.as_numpy_iterator())
    if is_sequence(x):
        return (x[place] for place in range(len(x)))
    if is_stream(x):
        return iter(x)
    raise TweakError(f"rows cannot be held out of a {type(x).__name__}; arrays or a finite data set would do")


def parts_of(batch: Any) -> tuple[Any, Any, Any]:
    """x, y and sample weights (or None) of a batch, as arrays.

    Raises:
        TweakError: it is no pair of rows and labels.
    """
    if not isinstance(batch, list | tuple) or not 2 <= len(batch) <= 3:
        raise TweakError("rows cannot be held out of a data set whose batches are not (x, y)")
    x, y, weights = (*batch, None)[:3]
    x = tf.nest.map_structure(np.asarray, x) if isinstance(x, dict | tuple) or rows.is_multi_input(x) else np.asarray(x)
    x = list(x) if isinstance(x, tuple) else x
    if isinstance(y, dict | list | tuple):
        y = outputs.table(outputs.each(y, np.asarray), x)
    y = y if outputs.is_table(y) else np.asarray(y)
    if not outputs.is_table(y) and not y.ndim:
        raise TweakError("rows cannot be held out of a data set that is empty or has no batches")
    return x, y, None if weights is None else np.asarray(weights)


def join(parts: list[Any]) -> Any:
    """Batches of rows as one; words become a tensor of strings, which Keras wants."""
    first = parts[0]
    if isinstance(first, dict):
        return {name: join([part[name] for part in parts]) for name in first}
    if isinstance(first, list):
        return [join([part[place] for part in parts]) for place in range(len(first))]
    joined = np.concatenate(parts)
    return tf.constant(joined) if joined.dtype.kind in "OSU" else joined


def arrays(x: Any, y: Any, weights: Any) -> tuple[Any, Any, Any, int | None]:
    """Rows that can be indexed.

    Args:
        x: arrays, a frame, or a data set, Sequence or image generator of (x, y) batches that ends.
        y: labels, None where ``x`` brings them.
        weights: sample weights or None.

    Returns:
        x, y, weights, and the batch size where ``x`` came in batches.

    Raises:
        TweakError: ``x`` is neither, so that no rows can be held out of it.
    """
    if y is not None:
        # What Keras takes itself stays what it is: it traces arrays and frames differently.
        several = isinstance(x, dict) or rows.is_multi_input(x) or hasattr(x, "iloc")
        text = getattr(getattr(x, "dtype", None), "name", "") == "string"
        y, weights = outputs.table(y, x), outputs.table(weights, x)
        kept = outputs.is_table(y) or hasattr(y, "iloc")
        return x if several or text else np.asarray(x), y if kept else np.asarray(y), weights, None
    if is_image_iterator(x):
        return *still_images(x, np.arange(x.n)), int(x.batch_size)
    if is_stream(x) or (is_dataset(x) and int(x.cardinality()) == -1):
        raise TweakError(f"rows cannot be held out of a {type(x).__name__}; arrays or a finite data set would do")
    parts, budget = [], Budget()
    with quiet_random():
        for batch in batches_of(x):
            part = parts_of(batch)
            budget.spend(part)
            parts.append(part)
    if not parts:
        raise TweakError("rows cannot be held out of a data set that is empty or has no batches")
    weighed = None if parts[0][2] is None else join([w for _, _, w in parts])
    size = rows.count(parts[0][0])
    x, y = join([a for a, _, _ in parts]), join([b for _, b, _ in parts])
    once = _once(x)
    if once is not None:
        x, y, weighed = (rows.take(part, once) for part in (x, y, weighed))
    return x, y, weighed, size


def _once(x: Any) -> np.ndarray | None:
    """The first place of each row of data that holds every row several times (``repeat(2)``), else None."""
    counts: dict[int, int] = {}
    first: dict[int, int] = {}
    for place, key in enumerate(row_keys(x)):
        counts[key] = counts.get(key, 0) + 1
        first.setdefault(key, place)
    if int(np.gcd.reduce(list(counts.values()))) < 2 or len(counts) < 2:
        return None
    return np.array(sorted(first.values()), dtype=int)


def still_images(iterator: Any, index: np.ndarray, raw: bool = False) -> tuple[Any, Any, Any]:
    """x, y and weights of an image generator's rows ``index``, not augmented; ``raw`` not scaled either.

    Raises:
        TweakError: there are no labels, or too many images.
    """
    still, generator = copy.copy(iterator), copy.copy(iterator.image_data_generator)
    generator.get_random_transform = lambda *_, **__: {}
    generator.apply_transform = lambda x, *_, **__: x
    if raw:
        generator.standardize = lambda x: x
    still.image_data_generator, still.save_to_dir = generator, None
    parts, budget = [], Budget()
    with quiet_random():
        for start in range(0, len(index), 64):
            part = parts_of(still._get_batches_of_transformed_samples(index[start : start + 64]))
            budget.spend(part)
            parts.append(part)
    weighed = None if parts[0][2] is None else join([w for _, _, w in parts])
    return join([a for a, _, _ in parts]), join([b for _, b, _ in parts]), weighed
