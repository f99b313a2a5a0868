"""Data that earlier versions of Keras took and these do not: they gave all of it to NumPy, which made numbers of it.

Tables of objects are what pandas makes of columns of several kinds: numbers beside texts once, before the texts were
dropped, and since pandas 2 also numbers beside what ``get_dummies`` gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mlprojects.keras import framework
from mlprojects.sandbox.renames import Arguments

_PAIR = ("x", "y")


def numbers(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
    """The arguments of ``fit`` and its like, with arrays of numbers for lists and for tables of objects."""
    named = {**dict(zip(_PAIR, args, strict=False)), **given}
    changed = dict(zip(_PAIR, _arrays([named.get(name) for name in _PAIR]), strict=True))
    tests = named.get("validation_data")
    if isinstance(tests, list | tuple):
        changed["validation_data"] = type(tests)(_arrays(tests))
        if all(new is old for new, old in zip(changed["validation_data"], tests, strict=True)):
            changed["validation_data"] = tests
    if all(value is named.get(name) for name, value in changed.items()):
        return None
    kept = tuple(changed.get(name, value) for name, value in zip(_PAIR, args, strict=False))
    return (*kept, *args[2:]), {**given, **{name: value for name, value in changed.items() if name in given}}


def _arrays(parts: Any) -> list[Any]:
    """Rows and labels (and weights), each as it is where there is nothing to change.

    Keras 2.12 takes plain lists, as long as all are lists; Keras 3 takes none.
    """
    lists = [_is_of_numbers(part) for part in parts]
    taken = all(lists) and not framework.IS_KERAS_3
    return [
        _array(part) if is_list and not taken else _made_numbers(part)
        for part, is_list in zip(parts, lists, strict=True)
    ]


def _array(part: list[Any]) -> Any:
    try:
        return np.asarray(part)
    except ValueError:  # rows of different lengths
        return part


def _is_of_numbers(part: Any) -> bool:
    if not isinstance(part, list) or not part:
        return False
    return isinstance(part[0], int | float | np.number) or _is_of_numbers(part[0])


def _made_numbers(part: Any) -> Any:
    """A table of objects that are numbers, as TensorFlow's sessions took it: with 32 bits each."""
    if isinstance(part, pd.DataFrame):
        is_of_objects = part.iloc[:0].to_numpy().dtype == object
    else:
        is_of_objects = isinstance(part, np.ndarray | pd.Series) and part.dtype == object
    if not is_of_objects:
        return part
    try:
        return part.astype("float32")
    except (TypeError, ValueError):  # texts
        return part
