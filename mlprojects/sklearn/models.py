"""Which of the script's objects are models, what they learn, and which ones are the same."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier, is_clusterer, is_regressor
from sklearn.model_selection._search import BaseSearchCV

from mlprojects.sandbox import rows
from mlprojects.sandbox.session import FittedModel, Session
from mlprojects.sklearn.chain import inner_of

UNLABELLED = ("SelfTrainingClassifier", "LabelPropagation", "LabelSpreading")
"""Estimators to which the label -1 says that a row has none."""


def supervised(model: Any, y: Any) -> bool:
    """Whether ``fit`` learns to predict ``y``; classes of the script's own need not say which kind they are."""
    if y is None or not isinstance(model, BaseEstimator):
        return False
    if is_classifier(model) or is_regressor(model):
        return True
    own = not type(model).__module__.startswith("sklearn.")
    return own and hasattr(model, "predict") and not hasattr(model, "transform") and not is_clusterer(model)


def groups(model: Any) -> bool:
    """Whether ``fit`` without labels is the training of a model, not the preparation of data."""
    kind = str(getattr(model, "_estimator_type", "") or "")
    return is_clusterer(model) or kind in ("outlier_detector", "DensityEstimator")


def data_task(model: Any, y: Any) -> str:
    """classification, regression, or multilabel: several labels a row, which have no single accuracy."""
    if is_regressor(model):
        return "regression"
    if rows.has_classes(y):
        return "classification"
    return "multilabel" if is_classifier(model) else "regression"


def kind_of(model: Any) -> str | None:
    """What makes two estimators the same model: class and parameters, but for the random state."""
    if not isinstance(model, BaseEstimator):
        return None
    params = {k: v for k, v in model.get_params().items() if not k.endswith("random_state")}
    text = f"{type(model).__qualname__} {sorted((k, repr(v)) for k, v in params.items())}"
    return re.sub(r" at 0x[0-9a-f]+|random_state=\w+", "", text)


def plain_params(model: BaseEstimator) -> dict[str, Any]:
    """The parameters, inner ones too, that are not themselves estimators or lists of them."""
    lists = ("steps", "transformers", "transformer_list", "estimators")
    return {
        name: value
        for name, value in model.get_params().items()
        if not isinstance(value, BaseEstimator) and name.rpartition("__")[2] not in lists
    }


def recognise(session: Session, model: Any, x: Any) -> FittedModel | None:
    """The record of ``model``; also where it is a copy, or was read back from a file, since it was fitted.

    A copy is told by its class, its parameters, and by predicting the same for ``x``: whatever is measured
    there holds for both.
    """
    known = session.find(model)
    if known is not None or not isinstance(model, BaseEstimator) or not hasattr(model, "predict"):
        return known
    for other in reversed(session.models):
        mine = other.model if other.artifact is None else other.artifact
        if type(mine) is type(model) and kind_of(mine) == kind_of(model) and _agree(session, mine, model, x):
            return other
    return None


def _agree(session: Session, a: Any, b: Any, x: Any) -> bool:
    with session.inside():
        try:
            return bool(np.array_equal(a.predict(x), b.predict(x)))
        except Exception:  # rows of another shape: another model
            return False


def best_of_search(model: Any) -> list[Any]:
    """What a fitted search over a grid hands out as its best model, the models inside of that too."""
    found = []
    while model is not None:
        best = getattr(model, "best_estimator_", None) if isinstance(model, BaseSearchCV) else None
        if best is not None:
            found.append(best)
        model = best
    return found


def goes_on(model: Any) -> bool:
    """Whether another ``fit`` goes on from what was learnt before."""
    inner = inner_of(model) if isinstance(model, BaseEstimator) else None
    return bool(getattr(model, "warm_start", False)) or (inner is not None and goes_on(inner[1]))
