"""Telling test rows from training rows, by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlprojects.sandbox import near
from mlprojects.sandbox.near import most_by_chance
from mlprojects.sandbox.rows import as_array, count, folds, is_multi_input, split, take

CHUNK = 4096
FEWEST_FRESH = 10
"""Rows that must be left, where rows that were trained on are left out of an evaluation."""
CROWDED = 5
"""Training rows for each different row, from which on even a test set whose rows all recur says nothing."""


class DeferredError(Exception):
    """Rows that were to be read at the end cannot be read."""


@dataclass
class Deferred:
    """Rows that are read when they are asked for: reading a shuffled data set turns it for its next reader."""

    load: Callable[[], Any]


class Variants(list[Any]):
    """The same rows in several shapes: they are training data if any of the shapes is."""


class SeenRows:
    """The rows that a model was fitted on.

    Scripts evaluate the training rows again as they are, as a part (``X_train[:100]``), inside the whole
    data set, shuffled by a data set's iterator, or scaled a second time. So rows are compared by value, to
    six decimals, as they came to the model and as they were before the script transformed them. Rows of few
    distinct values recur by chance: what counts is more recurrence than the training rows have among
    themselves.
    """

    def __init__(self, x: Any, keys: Counter[int] | None = None, source: Any = None) -> None:
        self.x, self.keys, self.source = x, keys, source
        self.more: list[SeenRows] = []
        """Rows of earlier fits, and the same rows in another shape (as they were before they were augmented)."""
        self._asked: dict[int, tuple[Any, np.ndarray | None]] = {}

    def grow(self, x: Any) -> None:
        """More rows, for a model that went on from where it was. A row that comes again in a later pass is one row."""
        self._asked.clear()
        try:
            if self.keys is None:
                self.keys = Counter(row_keys(self.x))
            self.keys |= Counter(row_keys(x))
        except (TypeError, ValueError):
            self.more.append(SeenRows(x))

    def contain(self, x: Any, source: Any = None) -> bool:
        """Whether no row of ``x`` can count as a test row."""
        mask = self.fresh(x, source)
        return mask is not None and len(mask) > 0 and not mask.any()

    def fresh(self, x: Any, source: Any = None) -> np.ndarray | None:
        """Which rows of ``x`` may count as test rows.

        Args:
            x: rows as the model would get them.
            source: the same rows before the script's transformers, None where there were none.

        Returns:
            A mask with an entry a row: all of it true for test data that recurs no more than by chance,
            false for each row that was trained on otherwise, and false everywhere where too few are left, or
            where rows cannot be read. None where rows cannot be compared one by one.
        """
        asked, mask = self._asked.get(id(x), (None, None))
        if asked is x and x is not None:  # a loop over settings evaluates the same rows again and again
            return mask
        mask = self._compared(x, source)
        self._asked[id(x)] = (x, mask)
        return mask

    def _compared(self, x: Any, source: Any) -> np.ndarray | None:
        masks = []
        for part in x if isinstance(x, Variants) else [x]:
            for seen in self._parts():
                try:
                    mask = seen._fresh(part, source)
                except DeferredError:
                    return np.zeros(1, dtype=bool)
                if mask is not None:
                    masks.append(mask)
        if not masks:
            return None
        if len({len(mask) for mask in masks}) > 1:
            return min(masks, key=lambda mask: float(mask.mean()))
        fresh: np.ndarray = np.logical_and.reduce(masks)
        return fresh if fresh.all() or fresh.sum() >= FEWEST_FRESH else np.zeros(len(fresh), dtype=bool)

    def _parts(self) -> Iterator[SeenRows]:
        yield self
        for part in self.more:
            yield from part._parts()

    def _fresh(self, x: Any, source: Any) -> np.ndarray | None:
        x = x.load() if isinstance(x, Deferred) else x
        self.x = self.x.load() if isinstance(self.x, Deferred) else self.x
        try:
            if self.keys is None:
                self.keys = Counter(row_keys(self.x))
            masks = [_mask(self.keys, x), near.mask(self.x, x)]
            given = [] if source is None else [rows for rows in (self.x, self.source) if rows is not None]
            masks += [_mask(Counter(row_keys(rows)), source) for rows in given]
        except (TypeError, ValueError):
            return None
        fresh: np.ndarray = np.logical_and.reduce([mask for mask in masks if len(mask) == len(masks[0])])
        shared = x is self.x or _share(x, self.x)
        return np.zeros(len(fresh), dtype=bool) if shared and fresh.all() else fresh


def hold_out(x: Any, y: Any, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """As :func:`mlprojects.sandbox.rows.split`, with rows that are the same on the same side.

    A table that was doubled before the fit would else have the twins of its test rows among the training rows. Where
    rows are the same because they have few different values, they are split like any others.
    """
    twins = _twins(x)
    if twins is None:
        return split(y, fraction, seed)
    first, group = twins
    _, out = split(take(y, first), fraction, seed)
    held = np.isin(group, out)
    return np.flatnonzero(~held), np.flatnonzero(held)


def hold_out_folds(x: Any, y: Any, number: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """As :func:`mlprojects.sandbox.rows.folds`, with rows that are the same in the same fold."""
    twins = _twins(x)
    if twins is None:
        return folds(y, number, seed)
    first, group = twins
    sides = [np.isin(group, out) for _, out in folds(take(y, first), number, seed)]
    return [(np.flatnonzero(~held), np.flatnonzero(held)) for held in sides]


def _twins(x: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """The first of the rows that are the same, and for each row which of those it is; None where that says nothing."""
    try:
        keys = np.array(row_keys(x))
    except (TypeError, ValueError):
        return None
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    return None if len(first) == len(keys) or len(keys) / len(first) >= CROWDED else (first, group)


def _mask(counter: Counter[int], x: Any) -> np.ndarray:
    """True for each row that is not among those counted, or for all of them where that is by chance."""
    asked = row_keys(x)
    fresh = np.array([key not in counter for key in asked], dtype=bool)
    total = counter.total()
    if not asked or not total or fresh.all():
        return fresh
    natural = sum(number for number in counter.values() if number > 1) / total
    share = 1.0 - float(fresh.mean())
    crowded = total / len(counter) >= CROWDED and len(asked) != total
    by_chance = share <= most_by_chance(natural, len(asked)) and (share < 1.0 or crowded)
    return np.ones(len(asked), dtype=bool) if by_chance else fresh


def _share(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return shares_memory(a, b)
    if hasattr(a, "iloc") and hasattr(b, "iloc") and a.index.is_unique and b.index.is_unique:
        common = a.index.intersection(b.index)
        return len(common) > 0 and bool(a.loc[common].equals(b.loc[common]))
    return False


def row_keys(x: Any) -> list[int]:
    """A hash per row of ``x``, the same for the same values whatever the container.

    Raises:
        TypeError: the rows cannot be counted.
    """
    if isinstance(x, dict) or is_multi_input(x):
        parts = [row_keys(part) for part in (x.values() if isinstance(x, dict) else x)]
        return [hash(keys) for keys in zip(*parts, strict=True)]
    total = count(x)
    if hasattr(x, "tocsr"):
        return [hash((part.indices.tobytes(), np.round(part.data, 6).tobytes())) for part in x.tocsr()]
    array = as_array(x)
    if array.dtype.kind not in "biuf":
        return [hash(tuple(map(str, np.ravel(row)))) for row in array]
    keys: list[int] = []
    for start in range(0, total, CHUNK):  # a rounded copy of everything at once may not fit
        part = array[start : start + CHUNK]
        flat = np.round(part.reshape(len(part), -1).astype(float), 6) + 0.0
        keys += [hash(row.tobytes()) for row in np.ascontiguousarray(flat)]
    return keys


def shares_memory(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays have an element in common; bounds alone overlap for column-major slices."""
    try:
        return np.shares_memory(a, b, max_work=10_000)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return False
