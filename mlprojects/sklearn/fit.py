"""The wrappers about scikit-learn's ``fit``, ``predict``, ``score`` and cross-validation."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import inspection, model_selection
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import all_estimators
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from mlprojects.sandbox import observers, rows
from mlprojects.sandbox.records import FittedModel, Opening
from mlprojects.sandbox.session import Session
from mlprojects.sandbox.wrapping import Around, look_through, subclasses, wrap_function, wrap_method
from mlprojects.sklearn import crossed, estimators, grids, growing, models, partial, takeover
from mlprojects.sklearn.training import Training, evaluate_holdout, named, without_holdout


@functools.cache
def preload() -> ThreadpoolController:
    """Import every estimator module, so that each has its classes wrapped; once, before the fork where that can be.

    Returns:
        The thread pools of the libraries that are loaded by then.
    """
    all_estimators()
    look_through()
    return ThreadpoolController()


def install(session: Session) -> None:
    """Wrap every estimator class, those that the script will define included."""
    pools = preload()
    if session.spec.role == "search":  # many small fits: threads that wait for each other on a busy machine cost most
        pools.limit(limits=1, user_api="blas")
    observers.install(session)
    session.kind_of = models.kind_of
    wrappers = {
        "fit": _fit(session),
        "partial_fit": partial.wrapper(session),
        "predict": _predict(session),
        "predict_proba": _outputs(session),
        "decision_function": _outputs(session),
        "score": _score(session),
        "fit_predict": _fit_predict(session),
    }
    # Mixins too: ``score`` is ClassifierMixin's, ``predict`` of the linear models LinearClassifierMixin's.
    classes = {base for cls in subclasses(BaseEstimator) for base in cls.__mro__ if base is not object}
    for cls in sorted(classes, key=lambda cls: (cls.__module__, cls.__qualname__)):
        _wrap(session, cls, wrappers)
    _wrap_later(session, wrappers)
    for name in ("cross_val_score", "cross_validate", "cross_val_predict"):
        wrap_function(session, getattr(model_selection, name), _cross_validation(session))
    for function in LOOKS:
        wrap_function(session, function, _untouched)


LOOKS = (
    model_selection.learning_curve,
    model_selection.permutation_test_score,
    model_selection.validation_curve,
    inspection.partial_dependence,
    inspection.permutation_importance,
)
"""Functions that fit copies, or predict altered rows, to look at a model: neither is a fit nor an evaluation of it."""


def _untouched(original: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    return original(*args, **kw)


def _wrap(session: Session, cls: type, wrappers: dict[str, Around]) -> None:
    for name, around in wrappers.items():
        wrap_method(session, cls, name, around)


def _wrap_later(session: Session, wrappers: dict[str, Around]) -> None:
    """Wrap the estimators that the script derives, when it does."""
    own = BaseEstimator.__dict__.get("__init_subclass__")

    def __init_subclass__(cls: Any, /, **kw: Any) -> None:  # noqa: N807
        if own is not None:
            own.__get__(None, cls)(**kw)
        else:
            super(BaseEstimator, cls).__init_subclass__(**kw)
        _wrap(session, cls, wrappers)

    BaseEstimator.__init_subclass__ = classmethod(__init_subclass__)


def describe(session: Session, known: FittedModel) -> dict[str, Any]:
    """The gated model as facts for the space; see :func:`mlprojects.sklearn.estimators.describe`."""
    model = known.model if known.artifact is None else known.artifact
    partly = bool(known.facts.get("partial"))
    facts = estimators.describe(model, known.x, session.spec.estimators, session.is_scaled(known.x), partly)
    return {**facts, "rows": known.facts["rows"]} if partly else facts


def _fit(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, X: Any = None, y: Any = None, *args: Any, **kw: Any) -> Any:  # noqa: N803
        if X is None:  # LabelEncoder().fit(y=labels)
            return original(model, *args, **({} if y is None else {"y": y}), **kw)
        if not models.supervised(model, y):
            result = original(model, X, *(() if y is None else (y,)), *args, **kw)
            if models.groups(model):
                session.grouped(model, X)
            return result
        _release(session, model)
        opening = session.opening(model, X, y)
        if session.spec.as_written or not session.gated(opening.ordinal):
            with session.fitting():
                result = growing.fit(
                    session,
                    model,
                    (X, y),
                    [*kw, *map(str, range(len(args)))],
                    lambda: original(model, X, y, *args, **kw),
                )
            _remember(session, model, X, y, opening).facts[crossed.CROSSED] = False
            return result
        written = estimators.untouched(model)
        x_fit, y_fit, parameters, held = without_holdout(session, X, y, named(model, args, kw))
        trained = Training(session, model, x_fit, y_fit, parameters)
        fitted = trained.run()
        _adopt(model, fitted)
        known = _remember(session, model, x_fit, y_fit, opening)
        known.total = rows.count(X)
        known.artifact = fitted if isinstance(model, BaseSearchCV) else takeover.tuned_model(model)
        known.aliases += models.best_of_search(fitted)
        turned = {name: repr(value) for name, value in models.plain_params(model).items()}
        known.facts |= {"written": written, "turned": turned, crossed.CROSSED: False}
        trained.journal(known)
        evaluate_holdout(session, known, X, y, held)
        return model

    return around


def _adopt(model: Any, fitted: Any) -> None:
    if isinstance(model, BaseSearchCV) and isinstance(fitted, BaseSearchCV):
        grids.take_over(model, fitted)
    else:
        takeover.take_over(model, fitted)


def _release(session: Session, model: Any) -> None:
    """Before another fit the script's model is the script's again; what the script has set since is kept."""
    known = session.find(model)
    if known is None or "written" not in known.facts:
        return
    takeover.release(model)
    written, turned = known.facts.pop("written"), known.facts.pop("turned")
    now = models.plain_params(model)
    if isinstance(model, Pipeline):
        model.steps = [step for step in model.steps if step[0] != estimators.STEP]
    as_written = models.plain_params(written)
    unchanged = [name for name in as_written if name in now and repr(now[name]) == turned.get(name)]
    model.set_params(**{name: as_written[name] for name in unchanged})


def _remember(session: Session, model: Any, x: Any, y: Any, opening: Opening | None = None) -> FittedModel:
    known = session.fitted(model, x, y, opening, continues=models.goes_on(model))
    known.facts["task"] = models.data_task(model, y)
    known.aliases += models.best_of_search(model)
    if isinstance(getattr(model, "best_score_", None), float):
        known.facts["search"] = {"scoring": str(model.scoring), "score": float(model.best_score_)}
    return known


def _predict(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, X: Any, *args: Any, **kw: Any) -> Any:  # noqa: N803
        result = original(model, X, *args, **kw)
        known = None if args or kw else models.recognise(session, model, X)
        if known is not None:
            session.predicted(known.model, X, result)
        return result

    return around


def _outputs(session: Session) -> Callable[..., Any]:
    """Probabilities and scores stand for the labels that ``predict`` gives."""

    def around(original: Callable[..., Any], model: Any, X: Any, *args: Any, **kw: Any) -> Any:  # noqa: N803
        result = original(model, X, *args, **kw)
        known = models.recognise(session, model, X)
        if known is not None and known.facts["task"] == "classification" and isinstance(result, np.ndarray):
            with session.inside():
                labels = model.predict(X)
            columns = tuple(result[:, place] for place in range(result.shape[1])) if result.ndim > 1 else ()
            session.predicted(known.model, X, labels, (result, *columns[:2]))
        return result

    return around


def _score(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, X: Any, y: Any = None, *args: Any, **kw: Any) -> Any:  # noqa: N803
        result = original(model, X, y, *args, **kw)
        known = None if y is None else models.recognise(session, model, X)
        if known is not None and hasattr(model, "predict"):
            with session.inside():
                session.evaluated(known.model, X, y, model.predict(X), "score(X, y)")
        return result

    return around


def _fit_predict(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, X: Any, *args: Any, **kw: Any) -> Any:  # noqa: N803
        result = original(model, X, *args, **kw)
        if models.groups(model):
            session.grouped(model, X)
        return result

    return around


def _cross_validation(session: Session) -> Callable[..., Any]:
    """Cross-validation by the script: its folds steer nothing, and confirm where it evaluates nothing else."""

    def around(original: Callable[..., Any], estimator: Any, X: Any, y: Any = None, *args: Any, **kw: Any) -> Any:  # noqa: N803
        if not models.supervised(estimator, y):
            return original(estimator, X, y, *args, **kw)
        opening = session.opening(estimator, X, y)
        known = session.find(estimator)
        crossing = crossed.Crossing(session, X, y, kw)
        if session.spec.as_written or not session.gated(opening.ordinal if known is None else known.ordinal):
            with session.fitting():
                result = original(estimator, X, y, *args, **kw)
            if known is None:  # a model fitted before keeps the rows of its own fit
                known = _remember(session, estimator, X, y, opening)
                known.facts[crossed.CROSSED] = True
            crossing.ended(known, estimator)
            return result
        written = known.facts.get("written", estimator) if known is not None else estimator
        if known is None:
            x_fit, y_fit, _, held = without_holdout(session, X, y, {})
            trained = Training(session, clone(estimator), x_fit, y_fit, {})
            fitted = trained.run()
            known = _remember(session, estimator, x_fit, y_fit, opening)
            known.artifact = fitted
            known.facts[crossed.CROSSED] = True
            trained.journal(known)
            evaluate_holdout(session, known, X, y, held)
        tuned = estimators.tuned(written, X, session.spec.tweak)
        crossing.ended(known, tuned)
        with session.fitting():
            return original(tuned, X, y, *args, **kw)

    return around
