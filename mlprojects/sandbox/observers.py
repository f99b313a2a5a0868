"""What both families watch: metrics that the script computes, splits that it makes, rows that it transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sklearn.preprocessing  # noqa: F401 - its transformers are among the subclasses below
from sklearn import metrics, model_selection
from sklearn.base import BaseEstimator, TransformerMixin

from mlprojects.sandbox import rows
from mlprojects.sandbox.session import Session, Split
from mlprojects.sandbox.wrapping import subclasses, wrap_function, wrap_method

WATCHED_METRICS = (
    "accuracy_score",
    "average_precision_score",
    "balanced_accuracy_score",
    "classification_report",
    "cohen_kappa_score",
    "confusion_matrix",
    "explained_variance_score",
    "f1_score",
    "hamming_loss",
    "jaccard_score",
    "log_loss",
    "matthews_corrcoef",
    "max_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_log_error",
    "median_absolute_error",
    "precision_recall_curve",
    "precision_recall_fscore_support",
    "precision_score",
    "r2_score",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
    "root_mean_squared_error",
    "zero_one_loss",
)
SCALERS = ("Scaler", "Normalizer", "QuantileTransformer", "PowerTransformer")


def install(session: Session) -> None:
    """Wrap scikit-learn's metrics, splits and transformers for the length of this process."""
    for name in WATCHED_METRICS:
        if hasattr(metrics, name):
            wrap_function(session, getattr(metrics, name), _metric(session, name))
    wrap_function(session, model_selection.train_test_split, _split(session))
    transformers = {base for cls in subclasses(TransformerMixin) for base in cls.__mro__}
    for cls in sorted(transformers - {object, BaseEstimator}, key=lambda cls: (cls.__module__, cls.__qualname__)):
        for name in ("transform", "fit_transform"):
            wrap_method(session, cls, name, _transform(session))


def _metric(session: Session, name: str) -> Callable[..., Any]:
    def around(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        given = [*args, *(kwargs[key] for key in ("y_true", "y_pred", "y_score", "y_proba") if key in kwargs)]
        if len(given) >= 2:
            with session.inside():
                session.compared(given[0], given[1], f"{name}(y_true, y_pred)")
        return result

    return around


def _split(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], *arrays: Any, **options: Any) -> Any:
        parts = original(*arrays, **options)
        if len(parts) >= 4:
            session.splits.append(Split(rows.count(parts[0]), rows.count(parts[1]), parts[3], parts[2]))
            del session.splits[:-20]
        return parts

    return around


def _transform(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], transformer: Any, X: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N803
        result = original(transformer, X, *args, **kwargs)
        session.transformed(X, result, any(part in type(transformer).__name__ for part in SCALERS))
        return result

    return around
