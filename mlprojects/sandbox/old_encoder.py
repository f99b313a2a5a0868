"""``OneHotEncoder(categorical_features=[1])``, as scikit-learn once took it."""

from __future__ import annotations

import functools
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder

PLACES = ("n_values", "categorical_features")
"""What it once took by place."""


def install() -> None:
    """Let the encoder be made for some columns: what stands for it encodes them and lets the others follow.

    So it did: the encoded columns came first, and all of it was sparse unless ``sparse=False``.
    """

    @functools.wraps(object.__new__)
    def new(cls: type, *args: Any, **given: Any) -> Any:
        columns = _columns(args, given)
        if cls is not OneHotEncoder or columns is None:
            return object.__new__(cls)
        rest = {name: value for name, value in given.items() if name not in PLACES}
        sparse = rest.pop("sparse", rest.pop("sparse_output", True))
        encoder = OneHotEncoder(sparse_output=sparse, **rest)
        threshold = 1.0 if sparse else 0.0
        return ColumnTransformer([("encoded", encoder, columns)], remainder="passthrough", sparse_threshold=threshold)

    OneHotEncoder.__new__ = new


def _columns(args: tuple[Any, ...], given: dict[str, Any]) -> Any:
    """The columns that alone are to be encoded; None: all, as today."""
    named = {**dict(zip(PLACES, args, strict=False)), **given}.get("categorical_features")
    return None if named is None or isinstance(named, str) else named
