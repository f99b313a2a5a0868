"""Making the script's own variable the tuned model, without the script noticing."""

from __future__ import annotations

import operator
from typing import Any

from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

HANDED_ON = (
    "apply",
    "decision_function",
    "decision_path",
    "kneighbors",
    "predict",
    "predict_joint_log_proba",
    "predict_log_proba",
    "predict_proba",
    "score",
    "staged_predict",
    "transform",
)
_TUNED = "_autotweak_tuned"


def release(model: BaseEstimator) -> None:
    """Undo :func:`take_over` of a plain estimator, so that it can be fitted again."""
    if model.__dict__.pop(_TUNED, None) is not None:
        model.__class__ = type(model).__mro__[1]


def take_over(model: BaseEstimator, fitted: BaseEstimator) -> None:
    """Let ``model`` be ``fitted``: attributes, predictions and pickles are those of the tuned model.

    The same class takes over the state. A Pipeline takes over the steps, and step objects that the script
    may hold under a name of their own take over theirs. A plain estimator that now stands behind a scaler,
    or was replaced by another, becomes an instance of a subclass of its class that hands its methods on;
    pickled, it is the tuned model itself, so that reading it back does not need autotweak.
    """
    if type(model) is type(fitted):
        if isinstance(model, Pipeline) and isinstance(fitted, Pipeline):
            own = dict(model.steps)
            for place, (name, step) in enumerate(fitted.steps):
                original = own.get(name)
                if isinstance(original, BaseEstimator) and type(original) is type(step):
                    take_over(original, step)
                    fitted.steps[place] = (name, original)
        model.__dict__ = fitted.__dict__
        return
    final = fitted.steps[-1][1] if isinstance(fitted, Pipeline) else fitted
    if type(final) is type(model):
        model.__dict__.update(final.__dict__)
    model.__dict__[_TUNED] = fitted
    model.__class__ = _stand_in(type(model))


def tuned_model(model: BaseEstimator) -> BaseEstimator:
    """The model that ``model`` stands for: what to save."""
    return model.__dict__.get(_TUNED, model)


def _stand_in(cls: type) -> type:
    def handing_on(name: str) -> property:
        # A property, so that a method which the tuned model lacks is missing here as well.
        return property(lambda self: getattr(self.__dict__[_TUNED], name))

    body: dict[str, Any] = {name: handing_on(name) for name in HANDED_ON if hasattr(cls, name)}
    # The first of a tuple of one: a way to say "that object" which any Python can read back.
    body["__reduce_ex__"] = lambda self, _: (operator.itemgetter(0), ((self.__dict__[_TUNED],),))
    # A clone is the script's own kind of model: unfitted, it has nothing to hand on.
    body["__sklearn_clone__"] = lambda self: cls(
        **{name: clone(value, safe=False) for name, value in self.get_params(deep=False).items()}
    )
    body["__module__"] = cls.__module__
    body["__qualname__"] = cls.__qualname__
    return type(cls.__name__, (cls,), body)
