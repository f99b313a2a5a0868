"""Searches over a grid: what they turn, a scaler in front of the inner estimator, and the script sees its own names."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline

from mlprojects.sklearn import takeover
from mlprojects.sklearn.chain import Link, inner_of

GIVEN = ("param_grid", "param_distributions", "resource")


def with_step(search: BaseSearchCV, name: str, scaler: BaseEstimator) -> BaseSearchCV:
    """``search`` over the same grid, its estimator behind ``scaler``."""
    inner = search.estimator
    step = type(inner).__name__.lower()
    search.estimator = Pipeline([(name, scaler), (step, inner)])
    for given in GIVEN:
        if hasattr(search, given):
            setattr(search, given, _prefixed(getattr(search, given), f"{step}__"))
    return search


def _prefixed(given: Any, prefix: str) -> Any:
    if isinstance(given, dict):
        return {f"{prefix}{key}": value for key, value in given.items()}
    if isinstance(given, str):
        return given if given == "n_samples" else f"{prefix}{given}"
    return [_prefixed(grid, prefix) for grid in given]


def chosen(chain: list[Link], path: str, own: Any) -> Any:
    """What the script's search over a grid chose for the parameter at ``path``; before it ran, the estimator's own."""
    for search, key in _searches(chain, path):
        value = getattr(search, "best_params_", {}).get(key, own)
        return value.item() if hasattr(value, "item") else value
    return own


def narrow(chain: list[Link], path: str, value: Any) -> bool:
    """Let the script's search over a grid try only ``value`` at ``path``; False: no search turns that.

    The value stands there as often as values stood there before: scripts reshape the results.
    """
    found = False
    for search, key in _searches(chain, path):
        name = next(given for given in GIVEN if hasattr(search, given))
        grids = [
            {**grid, key: [value] * (len(grid[key]) if hasattr(grid[key], "__len__") else 1)} if key in grid else grid
            for grid in _grids(search)
        ]
        setattr(search, name, grids[0] if isinstance(getattr(search, name), dict) else grids)
        found = True
    return found


def fold_again(search: BaseSearchCV, index: np.ndarray) -> None:
    """Let folds that the script gave as places of rows be those of the rows ``index`` alone."""
    if isinstance(search.cv, Iterable) and not hasattr(search.cv, "split"):
        places = {int(row): place for place, row in enumerate(index)}
        pairs = [[[places[int(row)] for row in side if int(row) in places] for side in pair] for pair in search.cv]
        search.cv = [(np.array(a, dtype=int), np.array(b, dtype=int)) for a, b in pairs]


def _searches(chain: list[Link], path: str) -> Iterator[tuple[BaseSearchCV, str]]:
    """The searches that turn the parameter at ``path``, with what they call it."""
    for link in chain:
        inner = inner_of(link.estimator) if isinstance(link.estimator, BaseSearchCV) else None
        if inner is not None and path.startswith(f"{link.path}{inner[0]}__"):
            key = path.removeprefix(f"{link.path}{inner[0]}__")
            if any(key in grid for grid in _grids(link.estimator)):
                yield link.estimator, key


def _grids(search: BaseSearchCV) -> list[dict[str, Any]]:
    given: Any = next((getattr(search, name) for name in GIVEN if hasattr(search, name)), {})
    return [given] if isinstance(given, dict) else list(given)


def take_over(model: BaseSearchCV, fitted: BaseSearchCV) -> None:
    """Let ``model`` be ``fitted``, with the parameters named as in the script.

    ``best_estimator_`` is of the script's own class, and stands for the Pipeline with the scaler.
    """
    if isinstance(model.estimator, Pipeline) or not isinstance(fitted.estimator, Pipeline):
        takeover.take_over(model, fitted)
        return
    prefix = f"{fitted.estimator.steps[-1][0]}__"
    state = {**fitted.__dict__, **model.get_params(deep=False)}
    if "best_estimator_" in state:
        best = clone(model.estimator)
        takeover.take_over(best, fitted.best_estimator_)
        state["best_estimator_"] = best
    if "best_params_" in state:
        state["best_params_"] = _stripped(fitted.best_params_, prefix)
    results = {}
    for key, value in fitted.cv_results_.items():
        results[key.replace(f"param_{prefix}", "param_", 1)] = value
    results["params"] = [_stripped(point, prefix) for point in fitted.cv_results_["params"]]
    state["cv_results_"] = results
    model.__dict__.clear()
    model.__dict__.update(copy.copy(state))


def _stripped(point: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in point.items()}
