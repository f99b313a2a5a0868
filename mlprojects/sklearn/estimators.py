"""Which knobs an estimator has, and a clone of it with a tweak applied."""

from __future__ import annotations

from typing import Any

from sklearn import ensemble, linear_model, neighbors, preprocessing, svm
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from mlprojects.contract.knobs import SCALERS, knobs_for
from mlprojects.contract.trial import KnobValue, Tweak
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import TweakError

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
# A monotone change of a feature changes no split of a tree.
SCALE_FREE = ("Tree", "Forest", "Boosting", "AdaBoost", "ExtraTrees", "Dummy")
STEP = "autotweak_scaler"


def final_estimator(model: BaseEstimator) -> BaseEstimator:
    """The estimator at the end of a Pipeline (of Pipelines), or the model itself."""
    while isinstance(model, Pipeline) and isinstance(model.steps[-1][1], BaseEstimator):
        model = model.steps[-1][1]
    return model


def describe(model: BaseEstimator, x: Any, estimators: tuple[str, ...]) -> dict[str, Any]:
    """The model as facts for the space.

    Args:
        model: the script's outermost estimator.
        x: what it was fitted on, (rows, features).
        estimators: names of estimators that the owner allows instead.

    Returns:
        estimator, knobs {name: written value}, choices {name: the only values that fit}, alternatives
        {estimator: its knobs as written by default}, summary.
    """
    final = final_estimator(model)
    name = type(final).__name__
    knobs = written_values(final)
    choices: dict[str, list[str]] = {}
    scalers = fitting_scalers(model, x)
    if len(scalers) > 1:
        knobs["scaler"] = "none"
        choices["scaler"] = scalers
    alternatives = {other: written_values(ESTIMATOR_CLASSES[other]()) for other in estimators if other != name}
    for other, written in alternatives.items():
        if len(scalers) > 1 and not any(part in other for part in SCALE_FREE):
            written["scaler"] = "none"
    return {
        "estimator": name,
        "knobs": knobs,
        "choices": choices,
        "alternatives": alternatives,
        "summary": repr(model),
    }


def written_values(estimator: BaseEstimator) -> dict[str, KnobValue]:
    """The estimator's knobs and the values it has, where a value is one that a tweak can express."""
    params = estimator.get_params(deep=False)
    knobs: dict[str, KnobValue] = {}
    for name in knobs_for("sklearn", type(estimator).__name__):
        value = params.get(name, ...)
        if name == "hidden_layer_sizes" and isinstance(value, tuple | list):
            value = ",".join(str(units) for units in value)
        plain = isinstance(value, str | int | float | bool) or value is None
        if plain and value not in ("precomputed", -1):
            knobs[name] = value
    return knobs


def fitting_scalers(model: BaseEstimator, x: Any) -> list[str]:
    """Scalers that can stand before the final estimator and could make a difference."""
    final = type(final_estimator(model)).__name__
    if any(part in final for part in SCALE_FREE) or _has_scaler(model):
        return ["none"]
    if hasattr(x, "tocsr") or not _numeric(x):
        return ["none", "maxabs"] if isinstance(model, Pipeline) or hasattr(x, "tocsr") else ["none"]
    if not isinstance(model, Pipeline) and rows.looks_scaled(x):
        return ["none"]
    return ["none", "minmax", "maxabs"] if final in NEEDS_NON_NEGATIVE else list(SCALERS)


def _has_scaler(model: BaseEstimator) -> bool:
    if not isinstance(model, Pipeline):
        return False
    known = (*SCALER_CLASSES.values(), preprocessing.Normalizer, preprocessing.QuantileTransformer)
    return any(isinstance(step, known) or _has_scaler(step) for _, step in model.steps)


def _numeric(x: Any) -> bool:
    if hasattr(x, "dtypes") and hasattr(x, "columns"):
        return all(getattr(kind, "kind", "O") in "biuf" for kind in x.dtypes)
    return rows.as_array(x).dtype.kind in "biuf"


def tuned(model: BaseEstimator, x: Any, tweak: Tweak) -> BaseEstimator:
    """An unfitted clone of ``model`` with ``tweak`` applied.

    Raises:
        TweakError: a value does not fit the estimator.
    """
    model = clone(model)
    if isinstance(model, Pipeline):  # fitted before: the scaler of that fit is not the script's
        model.steps = [step for step in model.steps if step[0] != STEP]
    values = dict(tweak)
    scaler = values.pop("scaler", "none")
    other = values.pop("estimator", None)
    final = final_estimator(model) if other is None else ESTIMATOR_CLASSES[str(other)]()
    unknown = set(values) - set(final.get_params(deep=False))
    if unknown:
        raise TweakError(f"{type(final).__name__} has no parameter {', '.join(sorted(unknown))}")
    final.set_params(**{name: _decoded(name, value) for name, value in values.items()})
    if other is not None:
        _replace_final(model, final) if isinstance(model, Pipeline) else None
        model = model if isinstance(model, Pipeline) else final
    if scaler != "none":
        step = (STEP, SCALER_CLASSES[str(scaler)]())
        if not isinstance(model, Pipeline):
            return Pipeline([step, (type(model).__name__.lower(), model)])
        # Raw numbers are scaled first; text and categories become numbers only along the way.
        place = 0 if not hasattr(x, "tocsr") and _numeric(x) else len(model.steps) - 1
        model.steps.insert(place, step)
    return model


def _replace_final(model: Pipeline, final: BaseEstimator) -> None:
    while isinstance(model.steps[-1][1], Pipeline):
        model = model.steps[-1][1]
    model.steps[-1] = (model.steps[-1][0], final)


def _decoded(name: str, value: KnobValue) -> Any:
    if name == "hidden_layer_sizes" and isinstance(value, str):
        return tuple(int(units) for units in value.split(",") if units)
    return value
