"""What a script gives to ``fit`` as training data, and how rows are held out of each kind without a leak.

Arrays and whatever ends are held out by row. Image generators keep generating from the other rows' files or arrays.
A stream without an end is read ahead until its rows recur; then rows are held out by value, and whatever it yields
later is sifted. A stream whose rows never recur may show augmented copies of what was held out: it is refused.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from mlprojects.keras import data, outputs
from mlprojects.sandbox import rows
from mlprojects.sandbox.seen import hold_out, row_keys
from mlprojects.sandbox.session import TweakError

RECURRING = 0.95
FARTHEST = 3
"""A stream is read ahead for so many epochs to see whether its rows recur."""

Rows = tuple[Any, Any]


@dataclass
class Before:
    """What the earlier fits of one model have held out, and trained on."""

    held: set[int] = field(default_factory=set)
    parts: list[Any] = field(default_factory=list)

    def note(self, out: Any, kept: Any = None) -> None:
        """Remember the rows of a fit."""
        self.held |= set(row_keys(out))
        if kept is not None:
            self.parts.append(kept)

    def trained(self) -> set[int]:
        """The keys of all rows that were trained on."""
        return {key for part in self.parts for key in row_keys(part)}


class Supply(Protocol):
    """Training data, whole or without the rows that were held out."""

    batch_size: int | None
    """Rows in a batch, where the script's data comes in batches."""

    def rows(self) -> tuple[Any, Any, Any]:
        """x, y and sample weights of the rows that are left, each once."""

    def without(self, fraction: float, seed: int, before: Before) -> tuple[Supply, Rows]:
        """The supply without ``fraction`` of its rows, and x and y of those."""

    def arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        """What ``fit`` is called with, where the script called it with ``given``."""


def supply_of(arguments: dict[str, Any]) -> Supply:
    """The kind of supply that the arguments of ``fit`` are.

    Raises:
        TweakError: rows cannot be held out of it, for the reason given.
    """
    x, y, weights = arguments["x"], arguments["y"], arguments["sample_weight"]
    if y is not None:
        return Arrays(*data.arrays(x, y, weights)[:3], None, {})
    if data.is_image_iterator(x):
        return Images(x, np.arange(x.n))
    steps = arguments.get("steps_per_epoch")
    repeated = data.before_repeat(x) if data.is_dataset(x) else x
    if data.is_stream(x) or (steps and repeated is None):
        if not steps:
            raise TweakError("a stream of batches without steps_per_epoch has no epoch to hold rows out of")
        return Stream(data.batches_of(x), int(steps))
    x, y, weights, size = data.arrays(x if repeated is None else repeated, None, None)
    changes: dict[str, Any] = {"steps_per_epoch": None, "batch_size": size}
    if data.is_dataset(arguments["x"]):
        changes["shuffle"] = data.is_shuffled(arguments["x"])
    if steps and size:
        batches = -(-rows.count(y) // size)
        if repeated is arguments["x"]:
            steps = min(int(steps), batches)
        changes["epochs"] = max(1, round(int(arguments["epochs"]) * int(steps) / batches))
    return Arrays(x, y, weights, size, changes)


def within_a_pass(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of ``fit`` with no more steps in an epoch than there are batches.

    Where data ends within an epoch, Keras 2 ends the whole fit, so that more epochs would change nothing.
    """
    batches, steps = data.batches_in_a_pass(arguments["x"]), arguments.get("steps_per_epoch")
    return {**arguments, "steps_per_epoch": min(int(steps), max(1, batches))} if batches and steps else arguments


class Arrays:
    """Rows that can be indexed: the script's own, or read from a data set that ends."""

    def __init__(self, x: Any, y: Any, weights: Any, batch_size: int | None, changes: dict[str, Any]) -> None:
        self.x, self.y, self.weights, self.batch_size, self.changes = x, y, weights, batch_size, changes

    def rows(self) -> tuple[Any, Any, Any]:
        """All of them."""
        return self.x, self.y, self.weights

    def without(self, fraction: float, seed: int, before: Before) -> tuple[Supply, Rows]:
        """Split by row, stratified; rows that are the same on the same side."""
        kept, out = _split(self.x, self.y, fraction, seed, before)
        x, y, weights = (rows.take(part, kept) for part in self.rows())
        return Arrays(x, y, weights, self.batch_size, self.changes), (rows.take(self.x, out), rows.take(self.y, out))

    def arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        """The arrays, in batches of the size that the data came in."""
        y, weights = outputs.as_given(self.y), outputs.as_given(self.weights)
        return {**given, **self.changes, "x": self.x, "y": y, "sample_weight": weights}


def _split(x: Any, y: Any, fraction: float, seed: int, before: Before) -> tuple[np.ndarray, np.ndarray]:
    """Indices kept and held out. A model's later fit holds out what its earlier fits did, or what they lacked."""
    y = outputs.main_target(y)
    if not before.held:
        return hold_out(x, y, fraction, seed)
    keys = row_keys(x)
    everything, wanted = np.arange(len(keys)), max(1, round(len(keys) * fraction))
    again = np.array([place for place, key in enumerate(keys) if key in before.held], dtype=int)
    if len(again) >= max(1, wanted // 4):
        return np.setdiff1d(everything, again), again
    trained = before.trained()
    fresh = np.array([place for place, key in enumerate(keys) if key not in trained], dtype=int)
    if len(fresh) < max(2, wanted // 2):
        raise TweakError("a later fit trains on the rows that would have to validate it")
    if len(fresh) <= wanted:
        return np.setdiff1d(everything, fresh), fresh
    _, out = hold_out(rows.take(x, fresh), rows.take(y, fresh), wanted / len(fresh), seed)
    return np.setdiff1d(everything, fresh[out]), fresh[out]


class Images:
    """An iterator of ``ImageDataGenerator``: flow, flow_from_directory or flow_from_dataframe."""

    def __init__(self, iterator: Any, index: np.ndarray) -> None:
        self.iterator, self.index = iterator, index
        self.batch_size: int | None = int(iterator.batch_size)

    def rows(self) -> tuple[Any, Any, Any]:
        """The images as the model sees them, not augmented."""
        return data.still_images(self.iterator, self.index)

    def without(self, fraction: float, seed: int, before: Before) -> tuple[Supply, Rows]:
        """Split the images, each with all that is generated from it."""
        x, y, _ = self.rows()
        kept, out = _split(x, y, fraction, seed, before)
        return Images(self.iterator, self.index[kept]), (rows.take(x, out), rows.take(y, out))

    def arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        """A generator of the same kind that augments only the images that are left."""
        if len(self.index) == self.iterator.n:
            return within_a_pass(given)
        part, make = copy.copy(self.iterator), self.iterator._get_batches_of_transformed_samples
        part.n, part.index_array = len(self.index), None
        part._get_batches_of_transformed_samples = lambda places: make(self.index[places])
        part.index_generator = part._flow_index()
        return within_a_pass({**given, "x": part})


class Stream:
    """Batches without an end, of rows that recur."""

    def __init__(self, batches: Iterator[Any], steps: int) -> None:
        self.batches = batches
        self.ahead: list[Any] = []
        seen: set[int] = set()
        firsts: list[tuple[Any, Any]] = []
        self.keys: list[int] = []
        shares: list[float] = []
        budget = data.Budget()
        for batch in itertools.islice(batches, FARTHEST * steps):
            x, y, _ = data.parts_of(batch)
            budget.spend(x)
            self.ahead.append(batch)
            keys = row_keys(x)
            new = [place for place, key in enumerate(keys) if key not in seen]
            shares.append(1 - len(new) / max(1, len(keys)))
            fresh = np.array(sorted({keys[place]: place for place in reversed(new)}.values()), dtype=int)
            if len(fresh):
                firsts.append((rows.take(x, fresh), rows.take(y, fresh)))
                self.keys += [keys[place] for place in fresh]
            seen.update(keys)
        if not self.ahead:
            raise TweakError("the stream of batches is empty")
        tail = shares[-max(1, len(shares) // 3) :]
        if float(np.mean(tail)) < RECURRING:
            raise TweakError(
                "the stream's rows do not recur, so copies of what is held out cannot be told from the rest; "
                "validation_data that is not the test data would do"
            )
        self.batch_size: int | None = rows.count(data.parts_of(self.ahead[0])[0])
        self.x = data.join([x for x, _ in firsts])
        self.y = data.join([y for _, y in firsts])
        self.held: set[int] = set()

    def _left(self) -> np.ndarray:
        return np.array([place for place, key in enumerate(self.keys) if key not in self.held], dtype=int)

    def rows(self) -> tuple[Any, Any, Any]:
        """The rows that recur, each once."""
        left = self._left()
        return rows.take(self.x, left), rows.take(self.y, left), None

    def without(self, fraction: float, seed: int, before: Before) -> tuple[Supply, Rows]:
        """Split the rows that recur by value."""
        left = self._left()
        x, y, _ = self.rows()
        _, out = _split(x, y, fraction, seed, before)
        self.held |= {self.keys[place] for place in left[out]}
        return self, (rows.take(x, out), rows.take(y, out))

    def arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        """The stream without the rows that were held out."""
        return {**given, "x": self._sifted(), "y": None, "sample_weight": None}

    def _sifted(self) -> Iterator[Any]:
        for batch in itertools.chain(self.ahead, self.batches):
            parts = data.parts_of(batch)
            keys = row_keys(parts[0])
            index = np.array([place for place, key in enumerate(keys) if key not in self.held], dtype=int)
            if len(index):
                yield tuple(outputs.as_given(rows.take(part, index)) for part in parts if part is not None)
