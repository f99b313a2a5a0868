"""Telling test rows from training rows, by value."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from mlprojects.sandbox.rows import as_array, count, is_multi_input

CHUNK = 4096
FEWEST_FRESH = 10
"""Rows that must be left, where rows that were trained on are left out of an evaluation."""
SLACK = 0.02
CROWDED = 5
"""Training rows for each different row, from which on even a test set whose rows all recur says nothing."""


class SeenRows:
    """The rows that a model was fitted on.

    Scripts evaluate the training rows again as they are, as a part (``X_train[:100]``), inside the whole
    data set, shuffled by a data set's iterator, or scaled a second time. So rows are compared by value, to
    six decimals, as they came to the model and as they were before the script transformed them. Rows of few
    distinct values recur by chance: what counts is more recurrence than the training rows have among
    themselves.
    """

    def __init__(self, x: Any, source: Any = None) -> None:
        self._parts: list[tuple[Any, Any]] = [(x, source)]
        self._counters: list[Counter[int]] | None = None

    def add(self, x: Any, source: Any = None) -> None:
        """More rows, for a model that went on from where it was."""
        self._parts.append((x, source))
        self._counters = None

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
            false for each row that was trained on otherwise, and false everywhere where too few are left.
            None where rows cannot be compared one by one.
        """
        try:
            if self._counters is None:
                self._counters = [_counted([part[place] for part in self._parts]) for place in (0, 1)]
            seen_as = [self._mask(self._counters[0], x)]
            if source is not None:
                seen_as += [self._mask(counter, source) for counter in self._counters]
        except (TypeError, ValueError):
            return None
        fresh: np.ndarray = np.logical_and.reduce([mask for mask in seen_as if len(mask) == len(seen_as[0])])
        shared = any(x is part or _share(x, part) for part, _ in self._parts)
        if (shared or not fresh.all()) and (fresh.sum() < FEWEST_FRESH or (shared and fresh.all())):
            return np.zeros(len(fresh), dtype=bool)
        return fresh

    @staticmethod
    def _mask(counter: Counter[int], x: Any) -> np.ndarray:
        asked = row_keys(x)
        fresh = np.array([key not in counter for key in asked], dtype=bool)
        total = counter.total()
        if not asked or not total or fresh.all():
            return fresh
        natural = sum(number for number in counter.values() if number > 1) / total
        share = 1.0 - float(fresh.mean())
        spread = math.sqrt(max(natural, 1 / len(asked)) * (1 - natural) / len(asked))
        most = min(natural + SLACK + 3 * spread, 0.5 + 0.5 * natural)
        crowded = total / len(counter) >= CROWDED and len(asked) != total
        by_chance = share <= most and (share < 1.0 or crowded)
        return np.ones(len(asked), dtype=bool) if by_chance else fresh


def _counted(parts: list[Any]) -> Counter[int]:
    counter: Counter[int] = Counter()
    for x in parts:
        if x is not None:
            counter.update(row_keys(x))
    return counter


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
    if isinstance(x, dict):
        x = next(iter(x.values()))
    elif is_multi_input(x):
        x = x[0]
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
