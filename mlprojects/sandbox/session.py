"""What one trial has seen so far: which models were fitted, what was predicted, what was evaluated."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from mlprojects.contract.journal import Journal
from mlprojects.contract.layout import TrialPaths
from mlprojects.contract.trial import TrialSpec
from mlprojects.sandbox import rows, scoring


@dataclass
class FittedModel:
    """A model that the script fitted, in the order of first fits."""

    ordinal: int
    model: Any
    x: Any
    y: Any
    where: str
    fits: int = 1
    artifact: Any = None
    """What to save and what predicts, where that is another object than the script's."""
    facts: dict[str, Any] = field(default_factory=dict)
    others: list[tuple[Any, rows.SeenRows]] = field(default_factory=list)
    """Objects that count as this model, each with the rows it was fitted on: earlier folds, loaded copies."""
    seen: rows.SeenRows = field(init=False)

    def __post_init__(self) -> None:
        self.seen = rows.SeenRows(self.x)

    def is_about(self, model: Any) -> bool:
        """Whether ``model`` is this one, by identity."""
        return model is self.model or model is self.artifact or any(model is other for other, _ in self.others)

    def seen_by(self, model: Any) -> rows.SeenRows:
        """The rows that ``model``, one of those that count as this one, was fitted on."""
        return next((seen for other, seen in self.others if other is model), self.seen)


@dataclass(frozen=True)
class Prediction:
    """Labels that a fitted model gave for some rows, to be met again in a metric's arguments."""

    ordinal: int
    x: Any
    labels: np.ndarray
    model: Any


@dataclass(frozen=True)
class Evaluation:
    """Labels against predictions on some rows."""

    ordinal: int
    y_true: Any
    y_pred: Any
    evidence: str
    x: Any = None
    seen: rows.SeenRows | None = None
    model: Any = None

    @cached_property
    def honest(self) -> bool:
        """Whether the model was not fitted on the rows. Asked at the script's end: reading a data set may turn it."""
        return self.seen is None or not self.seen.contain(self.x)


class TweakError(Exception):
    """This tweak does not work with this model; the script and the platform are fine."""


class Session:
    """The live side of one trial. Wrappers call it; :meth:`conclude` writes what they saw."""

    def __init__(self, spec: TrialSpec, paths: TrialPaths) -> None:
        self.spec = spec
        self.paths = paths
        self.journal = Journal(paths.journal)
        self.models: list[FittedModel] = []
        self.predictions: list[Prediction] = []
        self.evaluations: list[Evaluation] = []
        self.splits: list[tuple[int, int, Any]] = []
        self.at_end: list[Callable[[], None]] = []
        """What wrappers have left to do when the script has ended. It may raise :class:`TweakError`."""
        self.called: list[Callable[[Any, Any], None]] = []
        """Who is told that the script called a model on rows."""
        self.fit_seconds = 0.0
        self.faults = 0
        self._depth = 0

    # -- what the wrappers ask ------------------------------------------------------------------------

    @property
    def outermost(self) -> bool:
        """Whether a call comes from the script and not from inside another wrapped call."""
        return self._depth == 0

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Calls made in here are the library's own."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    @contextmanager
    def fitting(self) -> Iterator[None]:
        """As :meth:`inside`, and its time counts as fit time."""
        start = time.perf_counter()
        try:
            with self.inside():
                yield
        finally:
            self.fit_seconds += time.perf_counter() - start

    def gated(self, ordinal: int) -> bool:
        """Whether the tweak belongs to this model. The baseline does not know yet: its tweak is empty."""
        return self.spec.gate is None or self.spec.gate == ordinal

    def fault(self, error: BaseException) -> None:
        """Report that the wrapper stepped aside."""
        self.faults += 1
        self.journal.append("fault", reason=one_line(error))

    # -- what the wrappers tell -----------------------------------------------------------------------

    def find(self, model: Any) -> FittedModel | None:
        """The record of a model fitted before, by identity."""
        return next((known for known in self.models if known.is_about(model)), None)

    def ordinal_of(self, model: Any) -> int:
        """The place of ``model`` in the order of first fits, whether or not it was fitted yet."""
        known = self.find(model)
        return known.ordinal if known else len(self.models)

    def fitted(self, model: Any, x: Any, y: Any) -> FittedModel:
        """Record that the script fitted ``model`` on ``x`` and ``y`` (all its rows)."""
        known = self.find(model)
        if known is None:
            known = FittedModel(len(self.models), model, x, y, script_line(self.paths))
            self.models.append(known)
        else:
            known.fits += 1
            known.x, known.y = x, y
            known.seen = rows.SeenRows(x)
        return known

    def predicted(self, model: Any, x: Any, labels: Any) -> None:
        """Record what a fitted model predicted, labels of shape (rows,)."""
        known = self.find(model)
        if known is not None:
            self.predictions.append(Prediction(known.ordinal, x, np.asarray(labels), model))
            del self.predictions[:-50]

    def evaluated(self, model: Any, x: Any, y_true: Any, y_pred: Any, evidence: str) -> None:
        """Record an evaluation by the script, unless other rows were set aside to measure the model on."""
        known = self.find(model)
        if known is not None and not self.spec.holdout_fraction:
            seen = known.seen_by(model)
            self.evaluations.append(Evaluation(known.ordinal, y_true, y_pred, evidence, x, seen, model))

    def evaluated_holdout(self, model: Any, y_true: Any, y_pred: Any) -> None:
        """Record the evaluation on the rows that were set aside before the fit."""
        known = self.find(model)
        if known is not None:
            evidence = f"{self.spec.holdout_fraction:.0%} of the rows set aside before the fit"
            self.evaluations.append(Evaluation(known.ordinal, y_true, y_pred, evidence))

    def compared(self, y_true: Any, y_pred: Any, evidence: str) -> None:
        """A metric was called: find the prediction that one of its arguments is (scripts swap them)."""
        for labels, truth in ((y_pred, y_true), (y_true, y_pred)):
            array = np.asarray(labels)
            array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
            for seen in reversed(self.predictions):
                if seen.labels.shape == array.shape and np.array_equal(seen.labels, array):
                    self.evaluated(seen.model, seen.x, truth, array, evidence)
                    return

    # -- the end --------------------------------------------------------------------------------------

    def gate(self) -> FittedModel | None:
        """The model that counts: the last one evaluated on test data, else the last one fitted."""
        if self.spec.gate is not None:
            return self.models[self.spec.gate] if self.spec.gate < len(self.models) else None
        last = next((e for e in reversed(self.evaluations) if e.honest), None)
        if last is not None:
            return self.models[last.ordinal]
        return self.models[-1] if self.models else None

    def honest_of(self, ordinal: int) -> list[Evaluation]:
        """The last evaluation on rows that were not trained on, of each of the models that count as this one."""
        found: dict[int, Evaluation] = {}
        for seen in reversed(self.evaluations):
            if seen.ordinal == ordinal and id(seen.model) not in found and seen.honest:
                found[id(seen.model)] = seen
        return list(found.values())[::-1]

    def _test(self, model: FittedModel) -> Evaluation | None:
        own = self.honest_of(model.ordinal)
        if own:
            return pooled(own)
        if self.spec.holdout_fraction:
            return None
        for seen in reversed(self.predictions):
            if seen.ordinal != model.ordinal or model.seen_by(seen.model).contain(seen.x):
                continue
            for train_rows, test_rows, y_test in reversed(self.splits):
                if rows.is_plain(model.x) and rows.count(model.x) == train_rows and len(seen.labels) == test_rows:
                    return Evaluation(model.ordinal, y_test, seen.labels, "train_test_split")
        return None

    def conclude(self) -> tuple[FittedModel | None, float | None]:
        """Write the test score where it belongs: sealed for a search trial, open otherwise.

        Returns:
            The model that counts and its test score, each None where there is none.
        """
        model = self.gate()
        test = self._test(model) if model and model.facts.get("task") == "classification" else None
        if model is None or test is None:
            return model, None
        y_true = test.y_true if np.ndim(test.y_pred) > 1 else rows.class_labels(test.y_true)
        fields = scoring.evaluate(self.spec.metric, y_true, test.y_pred)
        target = Journal(self.paths.sealed) if self.spec.role == "search" else self.journal
        target.append("evaluated", split="test", evidence=test.evidence, **fields)
        return model, fields["value"]


def pooled(evaluations: list[Evaluation]) -> Evaluation:
    """The last evaluation; of folds, each a model of its own tested on other rows, all their rows together.

    Args:
        evaluations: one of each of the models that count as one, at least one, oldest first.
    """
    last = evaluations[-1]
    if len(evaluations) < 2 or any(np.ndim(e.y_pred) != 1 for e in evaluations):
        return last
    try:
        keys = [set(rows.row_keys(e.x)) for e in evaluations]
    except (TypeError, ValueError):
        return last
    if len(set().union(*keys)) < 0.9 * sum(map(len, keys)):
        return last
    y_true = np.concatenate([rows.class_labels(e.y_true) for e in evaluations])
    y_pred = np.concatenate([e.y_pred for e in evaluations])
    return Evaluation(last.ordinal, y_true, y_pred, f"{last.evidence}, {len(evaluations)} folds together")


def one_line(error: BaseException) -> str:
    """An exception in one line: its kind and the first line of what it says."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def script_line(paths: TrialPaths) -> str:
    """``file:line`` of the innermost frame that is the script's, relative to its source; "" if none."""
    frame = sys._getframe()
    base = str(paths.work) + "/"
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(base):
            return f"{name[len(base) :]}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""
