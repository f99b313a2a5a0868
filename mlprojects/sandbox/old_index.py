"""``.ix`` of pandas: by label, and by place where the labels are no whole numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd


class Ix:
    """What ``frame.ix`` gave: an index of whole numbers is asked for labels, any other also for places."""

    def __init__(self, held: Any) -> None:
        self._held = held

    def __getitem__(self, key: Any) -> Any:
        return self._held.loc[self._labels(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._held.loc[self._labels(key)] = value

    def _labels(self, key: Any) -> Any:
        if isinstance(key, tuple) and isinstance(self._held, pd.DataFrame) and len(key) == 2:
            return tuple(_labels(index, part) for index, part in zip(self._held.axes, key, strict=True))
        return _labels(self._held.index, key)


def _labels(index: pd.Index, key: Any) -> Any:
    """A key as labels of one axis."""
    if pd.api.types.is_integer_dtype(index.dtype) or not _is_of_places(key):
        return key
    return index[key]


def _is_of_places(key: Any) -> bool:
    if isinstance(key, slice):
        parts = [part for part in (key.start, key.stop) if part is not None]
        return bool(parts) and all(pd.api.types.is_integer(part) for part in parts)
    if isinstance(key, list):
        return bool(key) and all(pd.api.types.is_integer(part) for part in key)
    return bool(pd.api.types.is_integer(key))
