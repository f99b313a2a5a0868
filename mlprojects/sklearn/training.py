"""Fitting a tuned clone in place of the script's model, on the rows that may be trained on."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline

from mlprojects.sandbox import rows
from mlprojects.sandbox.records import FittedModel
from mlprojects.sandbox.seen import hold_out, hold_out_folds
from mlprojects.sandbox.session import Session, TweakError, one_line
from mlprojects.sklearn import estimators, grids, growing, models


def named(model: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> dict[str, Any]:
    """What ``fit`` was given beside X and y, by name: ``fit(X, y, weights)`` is ``sample_weight=weights``.

    Raises:
        TweakError: there are more arguments than ``fit`` has names for.
    """
    if not args:
        return kw
    names = [
        name
        for name, parameter in inspect.signature(type(model).fit).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ][3:]
    if len(names) < len(args):
        raise TweakError("fit was called with more positional arguments than it has names for")
    return {**dict(zip(names, args, strict=False)), **kw}


def without_holdout(
    session: Session, x: Any, y: Any, kw: dict[str, Any]
) -> tuple[Any, Any, dict[str, Any], np.ndarray | None]:
    """The rows that may be trained on, and the indices set aside for the test (None: the script has its own)."""
    fraction = session.spec.holdout_fraction
    if not fraction:
        return x, y, kw, None
    kept, held = hold_out(x, y, fraction, session.spec.seed)
    return rows.take(x, kept), rows.take(y, kept), take_parameters(kw, kept, rows.count(x)), held


def take_parameters(kw: dict[str, Any], index: np.ndarray, total: int) -> dict[str, Any]:
    """Fit parameters with one value a row (sample_weight, groups) follow their rows."""
    return {
        name: rows.take(value, index) if hasattr(value, "__len__") and len(value) == total else value
        for name, value in kw.items()
    }


class Training:
    """One fit of a tuned clone; in a search trial also the predictions for the rows held out."""

    def __init__(self, session: Session, model: Any, x: Any, y: Any, kw: dict[str, Any]) -> None:
        self.session, self.model, self.x, self.y, self.kw = session, model, x, y, kw
        self.held: tuple[Any, np.ndarray, np.ndarray, str] | None = None
        """x, truth and predictions of validation rows, and how they were chosen."""

    def run(self) -> Any:
        """The fitted clone.

        Raises:
            TweakError: it cannot be fitted.
        """
        spec = self.session.spec
        if spec.role != "search":
            return self._fit(None)
        if spec.folds > 1:
            parts = hold_out_folds(self.x, self.y, spec.folds, spec.seed)
            predicted = [self._predict(self._fit(kept), out) for kept, out in parts]
            fitted = self._fit(None)
            evidence = f"{len(parts)}-fold cross-validation"
        else:
            parts = [hold_out(self.x, self.y, spec.validation_fraction, spec.seed)]
            fitted = self._fit(parts[0][0])
            predicted = [self._predict(fitted, parts[0][1])]
            evidence = f"{spec.validation_fraction:.0%} of the training rows held out"
        out = np.concatenate([held for _, held in parts])
        truth, given = np.asarray(rows.take(self.y, out)), np.concatenate(predicted)
        if type(estimators.final_estimator(self.model)).__name__ in models.UNLABELLED:
            labelled = truth != -1
            out, truth, given = out[labelled], truth[labelled], given[labelled]
        self.held = rows.take(self.x, out), truth, given, evidence
        return fitted

    def journal(self, known: FittedModel) -> None:
        """Record what the held out rows gave, once the fit is on record."""
        if self.held is not None:
            x, truth, predicted, evidence = self.held
            self.session.validated(known.model, truth, predicted, evidence, x)

    def _fit(self, index: np.ndarray | None) -> Any:
        candidate = estimators.tuned(self.model, self.x, self.session.spec.tweak)
        if index is not None and isinstance(candidate, BaseSearchCV):
            grids.fold_again(candidate, index)
        x = self.x if index is None else rows.take(self.x, index)
        y = self.y if index is None else rows.take(self.y, index)
        parameters = self.kw if index is None else take_parameters(self.kw, index, rows.count(self.x))
        try:
            named_for = _for_step(self.model, candidate, parameters)
            with self.session.fitting():
                growing.fit(self.session, candidate, (x, y), named_for, lambda: candidate.fit(x, y, **named_for))
        except Exception as error:
            raise TweakError(one_line(error)) from error
        return candidate

    def _predict(self, fitted: Any, index: np.ndarray) -> np.ndarray:
        with self.session.inside():
            return np.asarray(fitted.predict(rows.take(self.x, index)))


def _for_step(model: Any, candidate: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters of ``fit`` with the name of the step that they now belong to."""
    if isinstance(model, BaseSearchCV) and isinstance(candidate, BaseSearchCV):
        model, candidate = model.estimator, candidate.estimator
        own = {"groups"}
    else:
        own = set()
    if isinstance(candidate, Pipeline) and not isinstance(model, Pipeline):
        step = candidate.steps[-1][0]
        return {name if name in own else f"{step}__{name}": value for name, value in parameters.items()}
    return parameters


def evaluate_holdout(session: Session, known: FittedModel, x: Any, y: Any, held: np.ndarray | None) -> None:
    """Measure the model on the rows that were set aside for the test."""
    if held is None:
        return
    model = known.model if known.artifact is None else known.artifact
    x_test = rows.take(x, held)
    with session.inside():
        predicted = model.predict(x_test)
    session.evaluated_holdout(known.model, rows.take(y, held), predicted, x_test)
