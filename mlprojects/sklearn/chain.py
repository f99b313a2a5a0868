"""What stands inside an estimator: the ones that a tweak can turn, and the scalers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sklearn import preprocessing
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline

SCALES: tuple[type, ...] = (
    preprocessing.StandardScaler,
    preprocessing.MinMaxScaler,
    preprocessing.RobustScaler,
    preprocessing.MaxAbsScaler,
    preprocessing.Normalizer,
    preprocessing.QuantileTransformer,
    preprocessing.PowerTransformer,
)
INNER = ("estimator", "base_estimator", "regressor")
"""Parameters that hold the estimator which a wrapper (Bagging, OneVsRest, Calibrated...) is about."""


@dataclass(frozen=True)
class Link:
    """One estimator inside another (or the outermost itself)."""

    estimator: BaseEstimator
    path: str
    """What ``set_params`` of the outermost calls it: "", "svc__", "estimator__svc__"."""
    taken: frozenset[str]
    """Paths, from the outermost, that a search over a grid turns itself."""

    @property
    def name(self) -> str:
        """The class."""
        return type(self.estimator).__name__

    def free(self, parameter: str) -> bool:
        """Whether no search of the script turns this parameter, or replaces the estimator as a whole."""
        full = f"{self.path}{parameter}"
        return not any(full == taken or full.startswith(f"{taken}__") for taken in self.taken)


def links(model: BaseEstimator) -> list[Link]:
    """The estimators that have knobs, outermost first: wrappers, text vectorizers, the one at the end."""
    return list(_walk(model, "", frozenset()))


def _walk(model: BaseEstimator, path: str, taken: frozenset[str]) -> Iterator[Link]:
    if isinstance(model, Pipeline):
        for name, step in model.steps[:-1]:
            if isinstance(step, CountVectorizer | HashingVectorizer):
                yield Link(step, f"{path}{name}__", taken)
        name, last = model.steps[-1]
        if isinstance(last, BaseEstimator):
            yield from _walk(last, f"{path}{name}__", taken)
        return
    yield Link(model, path, taken)
    inner = inner_of(model)
    if inner is not None:
        name, estimator = inner
        if isinstance(model, BaseSearchCV):
            taken = taken | {f"{path}{name}__{key}" for key in grid_keys(model)}
        yield from _walk(estimator, f"{path}{name}__", taken)


def inner_of(model: BaseEstimator) -> tuple[str, BaseEstimator] | None:
    """The parameter that holds the wrapped estimator, with it; None: it wraps none, or several."""
    params = model.get_params(deep=False)
    for name in INNER:
        if isinstance(params.get(name), BaseEstimator):
            return name, params[name]
    if type(model).__module__.startswith("sklearn."):
        return None
    held = [(n, v) for n, v in params.items() if isinstance(v, BaseEstimator) and hasattr(v, "predict")]
    return held[0] if len(held) == 1 else None


def grid_keys(search: BaseSearchCV) -> set[str]:
    """The parameters that a search over a grid turns."""
    given = getattr(search, "param_grid", None) or getattr(search, "param_distributions", None) or {}
    return {key for grid in ([given] if isinstance(given, dict) else given) for key in grid}


def final_estimator(model: BaseEstimator) -> BaseEstimator:
    """The innermost estimator: the end of a Pipeline, what a wrapper is about, or the model itself."""
    return links(model)[-1].estimator


def has_scaler(model: Any) -> bool:
    """Whether something inside scales the features, for some of them at least."""
    if isinstance(model, SCALES):
        return True
    if isinstance(model, Pipeline):
        return any(has_scaler(step) for _, step in model.steps)
    if isinstance(model, FeatureUnion):
        return any(has_scaler(part) for _, part in model.transformer_list)
    if isinstance(model, ColumnTransformer):
        return any(has_scaler(part) for _, part, _ in model.transformers)
    inner = inner_of(model) if isinstance(model, BaseEstimator) else None
    return inner is not None and has_scaler(inner[1])
