"""Rows that are the same up to the error of 32-bit numbers, and how much recurrence is chance."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from mlprojects.sandbox.rows import as_array

GRID = 1e4
MOST_SAMPLED = 5000
SLACK = 0.02


def most_by_chance(natural: float, asked: int) -> float:
    """The share of ``asked`` rows that may recur, where ``natural`` is that of the training rows among themselves."""
    spread = math.sqrt(max(natural, 1 / asked) * (1 - natural) / asked)
    return min(natural + SLACK + 3 * spread, 0.5 + 0.5 * natural)


def mask(seen: Any, asked: Any) -> np.ndarray:
    """False for each row of ``asked`` that is nearly one of ``seen``, unless that is by chance.

    ``pixel / 255`` in 32 bits and in 64 bits differ in the sixth decimal where it is a five. So rows are compared by
    two projections of their standardised columns, on a grid far coarser than that error, and once more on the same
    grid moved by half a step. Empty where the rows are not tables of numbers of the same width.
    """
    try:
        parts = [as_array(x) for x in (seen, asked)]
    except TypeError:
        return np.zeros(0, dtype=bool)
    kinds = {part.dtype.kind for part in parts}
    if not kinds <= set("biuf") or "f" not in kinds or not all(part.ndim > 1 and len(part) for part in parts):
        return np.zeros(0, dtype=bool)
    known, other = (part.reshape(len(part), -1) for part in parts)
    if known.shape[1] != other.shape[1] or known.shape[1] < 2:
        return np.zeros(0, dtype=bool)
    sample = known[np.linspace(0, len(known) - 1, min(len(known), MOST_SAMPLED)).astype(int)]
    sample = np.nan_to_num(sample.astype(float))
    mean, width = sample.mean(axis=0), sample.std(axis=0)
    width[width == 0] = 1.0
    weights = np.random.default_rng(0).normal(size=(known.shape[1], 2)) / np.sqrt(known.shape[1])
    ours, theirs = (_projected(part, mean, width, weights) for part in (known, other))
    found, natural = np.zeros(len(theirs), dtype=bool), 0.0
    for shift in (0.0, 0.5):
        counts = Counter(map(tuple, np.floor(ours * GRID + shift).astype(np.int64).tolist()))
        natural = max(natural, sum(n for n in counts.values() if n > 1) / len(ours))
        found |= [tuple(key) in counts for key in np.floor(theirs * GRID + shift).astype(np.int64).tolist()]
    by_chance = float(found.mean()) <= most_by_chance(natural, len(theirs))
    return np.ones(len(theirs), dtype=bool) if by_chance else ~found


def _projected(x: np.ndarray, mean: np.ndarray, width: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Two numbers a row, computed a part at a time."""
    starts = range(0, len(x), 1000)
    return np.concatenate([((np.nan_to_num(x[s : s + 1000].astype(float)) - mean) / width) @ weights for s in starts])
