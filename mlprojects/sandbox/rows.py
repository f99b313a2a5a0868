"""Rows of whatever a script passes to ``fit``: counting, taking, comparing and holding them out."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np


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


def is_plain(x: Any) -> bool:
    """Whether ``x`` holds its rows itself: arrays, frames, lists, several inputs."""
    try:
        count(x)
    except (TypeError, StopIteration):
        return False
    return True


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


def has_no_label(y: Any) -> bool:
    """Whether not one label is a number (NaN all of them). Some may be left out: a loss can pass them over."""
    array = np.asarray(y) if is_plain(y) and not isinstance(y, dict) else np.zeros(0)
    return array.dtype.kind == "f" and bool(array.size) and bool(np.isnan(array).all())


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
