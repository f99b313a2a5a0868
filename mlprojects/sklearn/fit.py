"""The wrappers about scikit-learn's ``fit``, ``predict``, ``score`` and cross-validation."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import model_selection
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.pipeline import Pipeline
from sklearn.utils import all_estimators

from mlprojects.sandbox import observers, rows, scoring
from mlprojects.sandbox.session import FittedModel, Session, TweakError, one_line
from mlprojects.sandbox.wrapping import subclasses, wrap_function, wrap_method
from mlprojects.sklearn import estimators, takeover


@functools.cache
def preload() -> None:
    """Import every estimator module, once and before the fork where it can be, so that each has its classes wrapped."""
    all_estimators()


def install(session: Session) -> None:
    """Wrap every estimator class, the ones that scripts derive included as far as they inherit."""
    preload()
    observers.install(session)
    wrappers = {
        "fit": _fit(session),
        "predict": _predict(session),
        "score": _score(session),
    }
    # Mixins too: ``score`` is ClassifierMixin's, ``predict`` of the linear models LinearClassifierMixin's.
    classes = {base for cls in subclasses(BaseEstimator) for base in cls.__mro__ if base is not object}
    for cls in sorted(classes, key=lambda cls: (cls.__module__, cls.__qualname__)):
        for name, around in wrappers.items():
            wrap_method(session, cls, name, around)
    for name in ("cross_val_score", "cross_validate", "cross_val_predict"):
        wrap_function(session, getattr(model_selection, name), _cross_validation(session))


def describe(session: Session, known: FittedModel) -> dict[str, Any]:
    """The gated model as facts for the space; see :func:`mlprojects.sklearn.estimators.describe`."""
    model = known.model if known.artifact is None else known.artifact
    return estimators.describe(model, known.x, session.spec.estimators)


def _fit(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, X: Any = None, y: Any = None, *args: Any, **kw: Any) -> Any:  # noqa: N803
        if X is None:  # LabelEncoder().fit(y=labels)
            return original(model, *args, **({} if y is None else {"y": y}), **kw)
        if y is None or not (is_classifier(model) or is_regressor(model)):
            return original(model, X, y, *args, **kw) if y is not None else original(model, X, *args, **kw)
        spec = session.spec
        ordinal = session.ordinal_of(model)
        plain = not spec.tweak and spec.role != "search" and not spec.holdout_fraction
        if plain or not session.gated(ordinal):
            with session.fitting():
                result = original(model, X, y, *args, **kw)
            _remember(session, model, X, y)
            return result
        if args:
            raise TweakError("fit was called with more than two positional arguments")
        takeover.release(model)
        x_fit, y_fit, weights, held = _without_holdout(session, X, y, kw)
        fitted = _train(session, model, x_fit, y_fit, weights)
        takeover.take_over(model, fitted)
        known = _remember(session, model, x_fit, y_fit)
        known.artifact = takeover.tuned_model(model)
        if held is not None:
            _evaluate_holdout(session, known.artifact, X, y, held)
        return model

    return around


def _remember(session: Session, model: Any, x: Any, y: Any) -> Any:
    known = session.fitted(model, x, y)
    known.facts["task"] = data_task(model, y)
    return known


def data_task(model: Any, y: Any) -> str:
    """classification, regression, or multilabel: several labels a row, which have no single accuracy."""
    if not is_classifier(model):
        return "regression"
    return "classification" if rows.has_classes(y) else "multilabel"


def _without_holdout(session: Session, x: Any, y: Any, kw: dict[str, Any]) -> tuple[Any, Any, dict[str, Any], Any]:
    """The rows that may be trained on, and the indices set aside for the test (None: the script has its own)."""
    fraction = session.spec.holdout_fraction
    if not fraction:
        return x, y, kw, None
    kept, held = rows.split(y, fraction, session.spec.seed)
    return rows.take(x, kept), rows.take(y, kept), _take_parameters(kw, kept, rows.count(x)), held


def _take_parameters(kw: dict[str, Any], index: np.ndarray, total: int) -> dict[str, Any]:
    """Fit parameters with one value a row (sample_weight) follow their rows."""
    return {
        name: rows.take(value, index) if hasattr(value, "__len__") and len(value) == total else value
        for name, value in kw.items()
    }


def _train(session: Session, model: Any, x: Any, y: Any, kw: dict[str, Any]) -> Any:
    """Fit a tuned clone, with validation rows held out in a search trial, and journal their score."""
    spec = session.spec
    total = rows.count(x)

    def fit_on(index: np.ndarray | None) -> Any:
        candidate = estimators.tuned(model, x, spec.tweak)
        x_part = x if index is None else rows.take(x, index)
        y_part = y if index is None else rows.take(y, index)
        parameters = kw if index is None else _take_parameters(kw, index, total)
        if isinstance(candidate, Pipeline) and not isinstance(model, Pipeline):
            parameters = {f"{candidate.steps[-1][0]}__{name}": value for name, value in parameters.items()}
        try:
            with session.fitting():
                candidate.fit(x_part, y_part, **parameters)
        except Exception as error:
            raise TweakError(one_line(error)) from error
        return candidate

    if spec.role != "search":
        return fit_on(None)
    if spec.folds > 1:
        parts = rows.folds(y, spec.folds, spec.seed)
        pairs = []
        for kept, out in parts:
            with session.inside():
                pairs.append((rows.take(y, out), fit_on(kept).predict(rows.take(x, out))))
        truth = np.concatenate([np.asarray(a) for a, _ in pairs])
        predicted = np.concatenate([np.asarray(b) for _, b in pairs])
        evidence = f"{len(parts)}-fold cross-validation"
        fitted = fit_on(None)
    else:
        kept, out = rows.split(y, spec.validation_fraction, spec.seed)
        fitted = fit_on(kept)
        with session.inside():
            truth, predicted = rows.take(y, out), fitted.predict(rows.take(x, out))
        evidence = f"{spec.validation_fraction:.0%} of the training rows held out"
    scored = scoring.evaluate(spec.metric, truth, predicted)
    session.journal.append("evaluated", split="validation", evidence=evidence, **scored)
    return fitted


def _evaluate_holdout(session: Session, fitted: Any, x: Any, y: Any, held: np.ndarray) -> None:
    x_test = rows.take(x, held)
    with session.inside():
        predicted = fitted.predict(x_test)
    session.evaluated_holdout(fitted, rows.take(y, held), predicted)


def _predict(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, X: Any, *args: Any, **kw: Any) -> Any:  # noqa: N803
        result = original(model, X, *args, **kw)
        if not args and not kw:
            session.predicted(model, X, result)
        return result

    return around


def _score(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, X: Any, y: Any = None, *args: Any, **kw: Any) -> Any:  # noqa: N803
        result = original(model, X, y, *args, **kw)
        if y is not None and session.find(model) is not None and is_classifier(model):
            with session.inside():
                session.evaluated(model, X, y, model.predict(X), "score(X, y)")
        return result

    return around


def _cross_validation(session: Session) -> Callable[..., Any]:
    """Cross-validation by the script: its folds steer nothing, a hold-out set aside before it confirms."""

    def around(original: Callable[..., Any], estimator: Any, X: Any, y: Any = None, *args: Any, **kw: Any) -> Any:  # noqa: N803
        spec = session.spec
        ordinal = session.ordinal_of(estimator)
        if y is None or not isinstance(estimator, BaseEstimator):
            return original(estimator, X, y, *args, **kw)
        plain = not spec.tweak and spec.role != "search" and not spec.holdout_fraction
        if plain or not session.gated(ordinal):
            with session.fitting():
                result = original(estimator, X, y, *args, **kw)
            if session.find(estimator) is None:  # a model fitted before keeps the rows of its own fit
                _remember(session, estimator, X, y)
            return result
        if session.find(estimator) is not None:
            with session.fitting():
                return original(estimators.tuned(estimator, X, spec.tweak), X, y, *args, **kw)
        x_fit, y_fit, _, held = _without_holdout(session, X, y, {})
        fitted = _train(session, clone(estimator), x_fit, y_fit, {})
        known = _remember(session, estimator, x_fit, y_fit)
        known.artifact = fitted
        if held is not None:
            _evaluate_holdout(session, fitted, X, y, held)
        return original(estimators.tuned(estimator, X, spec.tweak), X, y, *args, **kw)

    return around
