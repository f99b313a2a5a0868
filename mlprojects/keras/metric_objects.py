"""Metric objects of Keras that a script updates itself, batch by batch, as loops of its own do.

What a metric was given since its last reset, by a model that has not stepped since, is one evaluation.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
import tensorflow as tf

from mlprojects.keras import data, framework
from mlprojects.sandbox.records import Prediction
from mlprojects.sandbox.session import Session, TweakError
from mlprojects.sandbox.wrapping import subclasses, wrap_method

Given = list[tuple[Prediction, Any]]


def install(session: Session, steps: Callable[[], int]) -> None:
    """Wrap ``update_state`` and ``reset_state``; on Keras 2 they are made anew for each object.

    Args:
        session: what the trial has seen.
        steps: how often the script's optimizers have stepped.
    """
    if not framework.IS_KERAS_3:
        return
    given: WeakKeyDictionary[Any, tuple[int, Given]] = WeakKeyDictionary()

    def update(
        original: Callable[..., Any], metric: Any, y_true: Any, y_pred: Any = None, *args: Any, **kw: Any
    ) -> Any:
        result = original(metric, y_true, *([] if y_pred is None else [y_pred]), *args, **kw)
        if y_pred is not None and tf.executing_eagerly():
            with contextlib.suppress(TweakError, TypeError, ValueError), session.inside():
                _note(session, given, steps(), metric, np.asarray(y_true), np.asarray(y_pred))
        return result

    def reset(original: Callable[..., Any], metric: Any) -> Any:
        given.pop(metric, None)
        return original(metric)

    for cls in list(subclasses(keras.metrics.Metric)):
        if not issubclass(cls, keras.metrics.Mean | keras.metrics.Sum) or cls is keras.metrics.MeanMetricWrapper:
            wrap_method(session, cls, "update_state", update)
        wrap_method(session, cls, "reset_state", reset)


def _note(session: Session, given: Any, step: int, metric: Any, y_true: np.ndarray, y_pred: np.ndarray) -> None:
    """Add what a metric was given (scripts swap the two); its evaluation so far replaces the one before."""
    seen = session.prediction_of(y_pred)
    if seen is None:
        seen, y_true = session.prediction_of(y_true), y_pred
    if seen is None:
        return
    since, earlier = given.get(metric, (step, []))
    batches: Given = [*(earlier if since == step else []), (seen, y_true)]
    given[metric] = (step, batches)
    x = data.join([_rows(prediction.x) for prediction, _ in batches])
    labels = np.concatenate([np.asarray(prediction.against(y, "").y_pred) for prediction, y in batches])
    truth = np.concatenate([y for _, y in batches])
    session.evaluated(
        seen.model, x, truth, labels, f"{type(metric).__name__}.update_state(y_true, y_pred)", seen.output
    )


def _rows(x: Any) -> Any:
    if isinstance(x, dict):
        return {name: np.asarray(part) for name, part in x.items()}
    return [np.asarray(part) for part in x] if isinstance(x, list | tuple) else np.asarray(x)
