"""Which knobs an estimator has, and a clone of it with a tweak applied."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn import ensemble, linear_model, neighbors, preprocessing, svm
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

from mlprojects.contract.knobs import SCALERS, Choice, knobs_for
from mlprojects.contract.trial import KnobValue, Tweak
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import TweakError
from mlprojects.sklearn import grids
from mlprojects.sklearn.chain import (
    SCALE_FREE,
    Link,
    final_estimator,
    has_scaler,
    heeds_scale,
    links,
    members,
    spell_out,
)

SCALER_CLASSES: dict[str, type] = {
    "standard": preprocessing.StandardScaler,
    "minmax": preprocessing.MinMaxScaler,
    "robust": preprocessing.RobustScaler,
    "maxabs": preprocessing.MaxAbsScaler,
}
ESTIMATOR_CLASSES: dict[str, type] = {
    "LogisticRegression": linear_model.LogisticRegression,
    "SVC": svm.SVC,
    "KNeighborsClassifier": neighbors.KNeighborsClassifier,
    "RandomForestClassifier": ensemble.RandomForestClassifier,
    "ExtraTreesClassifier": ensemble.ExtraTreesClassifier,
    "HistGradientBoostingClassifier": ensemble.HistGradientBoostingClassifier,
}
NEEDS_NON_NEGATIVE = {"MultinomialNB", "ComplementNB", "CategoricalNB"}
STEP = "autotweak_scaler"
TUPLES = ("hidden_layer_sizes", "ngram_range")
"""Parameters that are a tuple of whole numbers; a tweak has them as text."""
COUNTS_FEATURES = frozenset({"n_components", "k", "degree"})
"""Knobs that are bounded by the number of features."""
MOST_FEATURES = 2000
"""Products of features that are worth their time."""
AT_ONCE = ("max_iter", "n_estimators", "hidden_layer_sizes", "class_weight")
"""Knobs that mean nothing, or cannot be turned, where the script itself fits part by part."""


def describe(
    model: BaseEstimator, x: Any, estimators: tuple[str, ...], scaled: bool = False, partial: bool = False
) -> dict[str, Any]:
    """The model as facts for the space.

    Args:
        model: the script's outermost estimator.
        x: what it was fitted on, (rows, features).
        estimators: names of estimators that the owner allows instead.
        scaled: whether the script has scaled ``x`` itself.
        partial: whether it is fitted part by part, with ``partial_fit``.

    Returns:
        estimator, knobs {name: written value}, choices {name: the only values that fit}, alternatives
        {estimator: its knobs as written by default}, summary.
    """
    chain = links(model)
    knobs = written_values(chain)
    choices = fitting_values(chain, x)
    scalers = ["none"] if scaled or partial else fitting_scalers(model, x)
    if partial:
        knobs = {name: value for name, value in knobs.items() if name not in AT_ONCE}
    if len(scalers) > 1:
        knobs["scaler"] = "none"
        choices["scaler"] = [*scalers]
    # Another estimator would not understand the parameters that a search of the script turns.
    allowed = () if partial or any(link.taken for link in chain) else estimators
    others = [name for name in allowed if name != chain[-1].name]
    alternatives = {name: written_values(links(ESTIMATOR_CLASSES[name]())) for name in others}
    for name, written in alternatives.items():
        if len(scalers) > 1 and not any(part in name for part in SCALE_FREE):
            written["scaler"] = "none"
    return {
        "estimator": " > ".join(dict.fromkeys(link.title for link in chain)),
        "knobs": {name: value for name, value in knobs.items() if choices.get(name) != [value]},
        "choices": choices,
        "alternatives": alternatives,
        "summary": repr(model),
    }


def written_values(chain: list[Link]) -> dict[str, KnobValue]:
    """The knobs and the values they have, where a value is one that a tweak can express."""
    return {name: value for name, (_, value) in _found(chain).items()}


def _found(chain: list[Link]) -> dict[str, tuple[str, KnobValue]]:
    """Each knob's path and written value. Of two estimators with the same knob, the outer one has it.

    What a search of the script turns is written as what that search chose.
    """
    found: dict[str, tuple[str, KnobValue]] = {}
    for link in chain:
        params = link.estimator.get_params(deep=False)
        for name in knobs_for("sklearn", link.name) if link.whole else ():
            path = f"{link.path}{name}"
            value = params.get(name, ...) if link.free(name) else grids.chosen(chain, path, params.get(name, ...))
            if name in TUPLES and isinstance(value, tuple | list):
                value = ",".join(str(number) for number in value)
            plain = isinstance(value, str | int | float | bool) or value is None
            called = f"{link.member}__{name}" if link.member else name
            if plain and value not in ("precomputed", -1) and called not in found:
                found[called] = (path, value)
    return found


def fitting_values(chain: list[Link], x: Any) -> dict[str, list[KnobValue]]:
    """The values that fit, for knobs whose range depends on the data or on what else is in the model."""
    fitting: dict[str, list[KnobValue]] = {}
    for link in chain:
        prefix = f"{link.member}__" if link.member else ""
        knobs = knobs_for("sklearn", link.name)
        width = getattr(link.estimator, "n_features_in_", None) or _width(x)
        for name in COUNTS_FEATURES & knobs.keys():
            domain = knobs[name].domain
            values = domain.values if isinstance(domain, Choice) else ()
            fitting.setdefault(f"{prefix}{name}", [v for v in values if _bounded(link.name, v, width)])
        if "voting" in knobs:
            soft = all(hasattr(member, "predict_proba") for _, member in members(link.estimator))
            fitting[f"{prefix}voting"] = ["hard", "soft"] if soft else ["hard"]
    return fitting


def fitting_scalers(model: BaseEstimator, x: Any) -> list[str]:
    """Scalers that can stand before the final estimator and could make a difference."""
    name = type(final_estimator(model)).__name__
    if name == "CategoricalNB" or not heeds_scale(model) or has_scaler(model):
        return ["none"]
    pipeline = _pipeline_of(model)
    if hasattr(x, "tocsr"):
        return ["none", "maxabs"]
    if not _numeric(x):
        if pipeline is None:
            return ["none"]
        columns = any(isinstance(step, ColumnTransformer) for _, step in pipeline.steps)
        return ["none", "standard", "maxabs"] if columns else ["none", "maxabs"]
    if pipeline is None and rows.looks_scaled(x):
        return ["none"]
    return ["none", "minmax", "maxabs"] if name in NEEDS_NON_NEGATIVE else list(SCALERS)


def _bounded(owner: str, value: KnobValue, width: int) -> bool:
    """Whether a knob that counts features has a value that suits ``width`` features."""
    if not isinstance(value, int):
        return value == "all" or owner == "PCA"
    return math.comb(width + value, value) <= MOST_FEATURES if owner == "PolynomialFeatures" else value < width


def _width(x: Any) -> int:
    shape = getattr(x, "shape", None) or np.shape(x[:1])
    return int(shape[1]) if len(shape) == 2 else 0


def _pipeline_of(model: BaseEstimator) -> Pipeline | None:
    """The script's own Pipeline that a scaler can be put into."""
    inner = model.estimator if isinstance(model, BaseSearchCV) else model
    return inner if isinstance(inner, Pipeline) else None


def _numeric(x: Any) -> bool:
    if hasattr(x, "dtypes") and hasattr(x, "columns"):
        return all(getattr(kind, "kind", "O") in "biuf" for kind in x.dtypes)
    return rows.as_array(x).dtype.kind in "biuf"


def untouched(model: BaseEstimator) -> BaseEstimator:
    """An unfitted clone without the scaler of an earlier tweak."""
    model = clone(model)
    if isinstance(model, Pipeline):
        model.steps = [step for step in model.steps if step[0] != STEP]
    return model


def tuned(model: BaseEstimator, x: Any, tweak: Tweak) -> BaseEstimator:
    """An unfitted clone of ``model`` with ``tweak`` applied.

    Raises:
        TweakError: a value does not fit the estimator.
    """
    model = untouched(model)
    values = dict(tweak)
    scaler = str(values.pop("scaler", "none"))
    other = values.pop("estimator", None)
    if other is not None:
        model = _with_final(model, ESTIMATOR_CLASSES[str(other)]())
    chain = links(model)
    found = _found(chain)
    unknown = set(values) - set(found)
    if unknown:
        raise TweakError(f"{chain[-1].name} has no parameter {', '.join(sorted(unknown))} to turn")
    if values:
        spell_out(model)
        chain = links(model)
    for name, value in values.items():
        path, decoded = found[name][0], _decoded(name, value)
        if not grids.narrow(chain, path, decoded):
            model.set_params(**{path: decoded})
    _settle(model, values)
    if scaler == "none":
        return model
    if isinstance(model, BaseSearchCV) and not isinstance(model.estimator, Pipeline):
        return grids.with_step(model, STEP, SCALER_CLASSES[scaler]())
    pipeline = _pipeline_of(model)
    if pipeline is None:
        return Pipeline([(STEP, SCALER_CLASSES[scaler]()), (type(model).__name__.lower(), model)])
    place = _place(pipeline, x)
    # What a ColumnTransformer or a vectorizer gives may be sparse: a mean cannot be taken from that.
    shift = {"with_mean": False} if scaler == "standard" and not _numeric(x) else {}
    pipeline.steps.insert(place, (STEP, SCALER_CLASSES[scaler](**shift)))
    return model


def _settle(model: BaseEstimator, values: Tweak) -> None:
    """Set what a value of a knob needs beside it."""
    for link in links(model):
        called = f"{link.member}__shrinkage" if link.member else "shrinkage"
        if link.name == "LinearDiscriminantAnalysis" and values.get(called) is not None:
            link.estimator.set_params(solver="lsqr")  # the default has no shrinkage


def _place(pipeline: Pipeline, x: Any) -> int:
    """Raw numbers are scaled first; text and categories become numbers only along the way."""
    last = len(pipeline.steps) - 1
    if hasattr(x, "tocsr") or not _numeric(x):
        return last
    by_name = ColumnTransformer | FeatureUnion | FunctionTransformer
    named = [
        place
        for place, (_, step) in enumerate(pipeline.steps[:last])
        if isinstance(step, by_name) or not type(step).__module__.startswith("sklearn.")
    ]
    return max(named) + 1 if named else 0


def _with_final(model: BaseEstimator, other: BaseEstimator) -> BaseEstimator:
    path = links(model)[-1].path
    return model.set_params(**{path.removesuffix("__"): other}) if path else other


def _decoded(name: str, value: KnobValue) -> Any:
    if name.rpartition("__")[2] in TUPLES and isinstance(value, str):
        return tuple(int(number) for number in value.split(",") if number)
    return value


__all__ = ["STEP", "describe", "final_estimator", "tuned", "untouched", "written_values"]
