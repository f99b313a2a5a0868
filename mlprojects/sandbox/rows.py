"""Rows of whatever a script passes to ``fit``: counting, taking, comparing and holding them out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_COMPARED = 5000
GRID = 1e4


def count(x: Any) -> int:
    """Number of rows (first axis) of an array, frame, sparse matrix, list, or dict or list of arrays.

    Raises:
        TypeError: ``x`` has no rows that can be counted, for example a generator.
    """
    if isinstance(x, dict):
        return count(next(iter(x.values())))
    if is_multi_input(x):
        return count(x[0])
    shape = getattr(x, "shape", None)
    if shape is not None and len(shape) > 0 and shape[0] is not None:
        return int(shape[0])
    if hasattr(x, "__len__") and hasattr(x, "__getitem__") and isinstance(x, list | tuple):
        return len(x)
    raise TypeError(f"cannot count the rows of a {type(x).__module__}.{type(x).__qualname__}")


def as_array(x: Any) -> np.ndarray:
    """``x`` as an array; rows of different lengths (lists of tokens) as an array of objects."""
    try:
        return np.asarray(x)
    except ValueError:
        return np.fromiter(x, dtype=object, count=len(x))


def is_multi_input(x: Any) -> bool:
    """Whether ``x`` is a list of arrays of equal length (several inputs), not a list of rows."""
    if not isinstance(x, list | tuple) or not x:
        return False
    return all(hasattr(item, "shape") and len(item.shape) > 1 for item in x)


def take(x: Any, index: np.ndarray) -> Any:
    """The rows ``index`` (1-D, integer) of ``x``, in the same kind of container."""
    if x is None:
        return None
    if isinstance(x, dict):
        return {key: take(value, index) for key, value in x.items()}
    if is_multi_input(x):
        return type(x)(take(item, index) for item in x)
    if hasattr(x, "iloc"):
        return x.iloc[index]
    if isinstance(x, list | tuple):
        return type(x)(x[i] for i in index)
    if isinstance(x, np.ndarray):
        return x[index]
    if hasattr(x, "tocsr"):
        return x.tocsr()[index]
    if getattr(getattr(x, "dtype", None), "name", "") == "string" and hasattr(x, "numpy"):
        import tensorflow

        return tensorflow.gather(x, index)
    return np.asarray(x)[index]


def has_classes(y: Any) -> bool:
    """Whether labels are one class a row: whole numbers, names, or one-hot rows; not several labels a row."""
    array = np.asarray(y)
    if array.ndim > 2 or array.size == 0:
        return False
    if array.ndim == 2 and array.shape[1] > 1:
        numeric = array.dtype.kind in "biuf"
        return numeric and bool(np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all())
    if array.dtype.kind == "f":
        return bool(np.equal(np.mod(array, 1), 0).all())
    return True


def class_labels(y: Any) -> np.ndarray:
    """Labels as a 1-D array: one-hot rows become their column, one column is flattened."""
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] > 1 and array.dtype.kind in "biuf":
        columns: np.ndarray = array.argmax(axis=1)
        return columns
    return array.reshape(len(array), -1)[:, 0] if array.ndim > 1 else array


def split(y: Any, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Hold out ``fraction`` of the rows, stratified by label where every class has two rows.

    Returns:
        Indices of the rows kept and of the rows held out, each ascending: the order stays the script's.
    """
    from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

    labels = class_labels(y)
    n = len(labels)
    held = max(1, round(n * fraction))
    counts = np.unique(labels, return_counts=True)[1]
    stratify = counts.min() >= 2 and held >= len(counts) and n - held >= len(counts)
    splitter = (StratifiedShuffleSplit if stratify else ShuffleSplit)(1, test_size=held, random_state=seed)
    kept, out = next(splitter.split(np.zeros(n), labels))
    return np.sort(kept), np.sort(out)


def folds(y: Any, number: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cross-validation folds, stratified where the rarest class has enough rows."""
    from sklearn.model_selection import KFold, StratifiedKFold

    labels = class_labels(y)
    rarest = int(np.unique(labels, return_counts=True)[1].min())
    kind = StratifiedKFold if rarest >= number else KFold
    parts = kind(min(number, len(labels)), shuffle=True, random_state=seed)
    return [(np.sort(a), np.sort(b)) for a, b in parts.split(np.zeros(len(labels)), labels)]


def fingerprint(*arrays: Any) -> str:
    """Digest of the content of arrays: equal for equal values, whatever object holds them."""
    digest = hashlib.blake2b(digest_size=16)
    for x in arrays:
        if isinstance(x, dict):
            digest.update(fingerprint(*x.values()).encode())
        elif is_multi_input(x):
            digest.update(fingerprint(*x).encode())
        elif hasattr(x, "tocsr"):
            csr = x.tocsr()
            digest.update(fingerprint(csr.data, csr.indices, csr.indptr).encode())
        else:
            array = np.ascontiguousarray(as_array(x))
            digest.update(f"{array.shape}{array.dtype.kind}".encode())
            digest.update(repr(array.tolist()).encode() if array.dtype.hasobject else array.reshape(-1).view("u1").data)
    return digest.hexdigest()


class DeferredError(Exception):
    """Rows that were to be read at the end cannot be read."""


@dataclass
class Deferred:
    """Rows that are read when they are asked for: reading a shuffled data set turns it for its next reader."""

    load: Callable[[], Any]


class Variants(list[Any]):
    """The same rows in several shapes: they are training data if any of the shapes is."""


def is_plain(x: Any) -> bool:
    """Whether ``x`` holds its rows itself: arrays, frames, lists, several inputs."""
    try:
        count(x)
    except (TypeError, StopIteration):
        return False
    return True


class SeenRows:
    """The rows that a model was fitted on, to tell test data from training data.

    Scripts evaluate the training rows again as they are, as a part (``X_train[:100]``), inside the whole
    data set, shuffled by a data set's iterator, or scaled a second time. So rows are compared by value, to
    six decimals. Rows of few distinct values recur by chance: what counts is more recurrence than the
    training rows have among themselves.
    """

    def __init__(self, x: Any, keys: Counter[int] | None = None) -> None:
        self.x = x
        self._keys = keys
        self.more: list[SeenRows] = []
        """Rows of earlier fits, and the same rows in another shape (as they were before they were augmented)."""

    def contain(self, x: Any) -> bool:
        """Whether ``x`` is training data, wholly or for the larger part."""
        if isinstance(x, Variants):
            return any(self.contain(part) for part in x)
        return any(part.contain(x) for part in self.more) or self._contain(x)

    def _contain(self, x: Any) -> bool:
        if self.x is x:
            return True
        try:
            x = x.load() if isinstance(x, Deferred) else x
            if isinstance(self.x, Deferred):
                self.x = self.x.load()
        except DeferredError:
            return True  # what cannot be read is not shown to be test data
        if isinstance(self.x, np.ndarray) and isinstance(x, np.ndarray) and shares_memory(self.x, x):
            return True
        try:
            asked = row_keys(x, most=MOST_COMPARED)
            if self._keys is None:
                self._keys = Counter(row_keys(self.x))
        except (TypeError, ValueError):
            return False
        total = self._keys.total()
        if not asked or not total:
            return False
        natural = sum(count for count in self._keys.values() if count > 1) / total
        share = sum(key in self._keys for key in asked) / len(asked)
        if share > 0.5 + 0.5 * natural or (share == 1.0 and len(asked) == min(total, MOST_COMPARED)):
            return True
        return nearly_contains(self.x, x)


def nearly_contains(seen: Any, asked: Any) -> bool:
    """Whether rows are for the larger part among others up to the error of 32-bit numbers.

    ``pixel / 255`` in 32 bits and in 64 bits differ in the sixth decimal where it is a five. So rows are compared by
    two projections of their standardised columns, on a grid far coarser than that error, and once more on the same
    grid moved by half a step.
    """
    try:
        parts = [as_array(x) for x in (seen, asked)]
    except TypeError:
        return False
    known, other = (part.reshape(len(part), -1) if part.ndim else part for part in parts)
    fits = known.ndim == other.ndim == 2 and known.shape[1] == other.shape[1] > 1 and len(known) and len(other)
    if (
        not fits
        or any(part.dtype.kind not in "biuf" for part in parts)
        or "f" not in (known.dtype.kind, other.dtype.kind)
    ):
        return False
    if len(other) > MOST_COMPARED:
        other = other[np.linspace(0, len(other) - 1, MOST_COMPARED).astype(int)]
    sample = known[np.linspace(0, len(known) - 1, min(len(known), MOST_COMPARED)).astype(int)]
    sample = np.nan_to_num(sample.astype(float))
    mean, width = sample.mean(axis=0), sample.std(axis=0)
    width[width == 0] = 1.0
    weights = np.random.default_rng(0).normal(size=(known.shape[1], 2)) / np.sqrt(known.shape[1])
    ours, theirs = (_projected(part, mean, width, weights) for part in (known, other))
    found = np.zeros(len(theirs), dtype=bool)
    natural = 0.0
    for shift in (0.0, 0.5):
        counts = Counter(map(tuple, np.floor(ours * GRID + shift).astype(np.int64).tolist()))
        natural = max(natural, sum(n for n in counts.values() if n > 1) / len(ours))
        found |= [tuple(key) in counts for key in np.floor(theirs * GRID + shift).astype(np.int64).tolist()]
    return float(found.mean()) > 0.5 + 0.5 * natural


def _projected(x: np.ndarray, mean: np.ndarray, width: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Two numbers a row, computed a part at a time."""
    starts = range(0, len(x), 1000)
    return np.concatenate([((np.nan_to_num(x[s : s + 1000].astype(float)) - mean) / width) @ weights for s in starts])


def row_keys(x: Any, most: int | None = None) -> list[int]:
    """A hash per row of ``x``; of evenly spread rows where there are more than ``most``.

    Raises:
        TypeError: the rows cannot be counted.
    """
    if isinstance(x, dict) or is_multi_input(x):
        parts = [row_keys(part, most) for part in (x.values() if isinstance(x, dict) else x)]
        return [hash(keys) for keys in zip(*parts, strict=True)]
    total = count(x)
    if most is not None and total > most:
        x = take(x, np.linspace(0, total - 1, most).astype(int))
    if hasattr(x, "tocsr"):
        csr = x.tocsr()
        return [hash((part.indices.tobytes(), np.round(part.data, 6).tobytes())) for part in csr]
    array = as_array(x)
    if array.dtype.kind in "biuf":
        flat = np.round(array.reshape(len(array), -1).astype(float), 6) + 0.0
        return [hash(row.tobytes()) for row in np.ascontiguousarray(flat)]
    return [hash(tuple(map(str, np.ravel(row)))) for row in array]


def shares_memory(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays have an element in common; bounds alone overlap for column-major slices."""
    try:
        return np.shares_memory(a, b, max_work=10_000)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return False


def looks_scaled(x: Any) -> bool:
    """Whether numeric features are already about standardised, or within about 0 to 1."""
    array = np.asarray(x)
    if array.dtype.kind not in "biuf" or not array.size:
        return True
    columns = array.reshape(len(array), -1).astype(float)
    low, high = np.nanmin(columns), np.nanmax(columns)
    if low >= -1.5 and high <= 1.5:
        return True
    std = np.nanstd(columns, axis=0)
    varied = std > 0
    near = (np.abs(np.nanmean(columns, axis=0)) < 0.5) & (std > 0.5) & (std < 2)
    return bool(near[varied].mean() > 0.9) if varied.any() else True
