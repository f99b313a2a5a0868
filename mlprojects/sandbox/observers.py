"""What both families watch: metrics that the script computes, and splits that it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn import metrics, model_selection

from mlprojects.sandbox import rows
from mlprojects.sandbox.session import Session
from mlprojects.sandbox.wrapping import wrap_function

WATCHED_METRICS = (
    "accuracy_score",
    "balanced_accuracy_score",
    "classification_report",
    "confusion_matrix",
    "f1_score",
    "precision_score",
    "recall_score",
)


def install(session: Session) -> None:
    """Wrap scikit-learn's metrics and ``train_test_split`` for the length of this process."""
    for name in WATCHED_METRICS:
        wrap_function(session, getattr(metrics, name), _metric(session, name))
    wrap_function(session, model_selection.train_test_split, _split(session))


def _metric(session: Session, name: str) -> Callable[..., Any]:
    def around(original: Callable[..., Any], y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(y_true, y_pred, *args, **kwargs)
        with session.inside():
            session.compared(y_true, y_pred, f"{name}(y_true, y_pred)")
        return result

    return around


def _split(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], *arrays: Any, **options: Any) -> Any:
        parts = original(*arrays, **options)
        if len(parts) >= 4:
            session.splits.append((rows.count(parts[0]), rows.count(parts[1]), parts[3]))
            del session.splits[:-20]
        return parts

    return around
