"""What one trial has seen so far: which models were fitted, what was predicted, what was evaluated."""

from __future__ import annotations

import linecache
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from mlprojects.contract import notebook
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
    seen: rows.SeenRows = field(init=False)

    def __post_init__(self) -> None:
        self.seen = rows.SeenRows(self.x)


@dataclass(frozen=True)
class Prediction:
    """Labels that a fitted model gave for some rows, to be met again in a metric's arguments."""

    ordinal: int
    x: Any
    labels: np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """Labels against predictions on rows that the model was not fitted on."""

    ordinal: int
    y_true: Any
    y_pred: Any
    evidence: str


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
        return next((known for known in self.models if model is known.model or model is known.artifact), None)

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
            self.predictions.append(Prediction(known.ordinal, x, np.asarray(labels)))
            del self.predictions[:-50]

    def evaluated(self, model: Any, x: Any, y_true: Any, y_pred: Any, evidence: str) -> None:
        """Record an evaluation by the script, unless its rows are training data or others were set aside."""
        known = self.find(model)
        if known is not None and not self.spec.holdout_fraction and not known.seen.contain(x):
            self.evaluations.append(Evaluation(known.ordinal, y_true, y_pred, evidence))

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
                    self.evaluated(self.models[seen.ordinal].model, seen.x, truth, array, evidence)
                    return

    # -- the end --------------------------------------------------------------------------------------

    def gate(self) -> FittedModel | None:
        """The model that counts: the last one evaluated on test data, else the last one fitted."""
        if self.spec.gate is not None:
            return self.models[self.spec.gate] if self.spec.gate < len(self.models) else None
        if self.evaluations:
            return self.models[self.evaluations[-1].ordinal]
        return self.models[-1] if self.models else None

    def _test(self, model: FittedModel) -> Evaluation | None:
        own = [e for e in self.evaluations if e.ordinal == model.ordinal]
        if own:
            return own[-1]
        if self.spec.holdout_fraction:
            return None
        for seen in reversed(self.predictions):
            if seen.ordinal != model.ordinal or model.seen.contain(seen.x):
                continue
            for train_rows, test_rows, y_test in reversed(self.splits):
                if rows.count(model.x) == train_rows and len(seen.labels) == test_rows:
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


def one_line(error: BaseException) -> str:
    """An exception in one line: its kind and the first line of what it says."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def script_line(paths: TrialPaths) -> str:
    """``file:line`` of the innermost frame that is the script's, relative to its source; "" if none."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith(f"{paths.work}/"):
            return spot(paths, frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return ""


def spot(paths: TrialPaths, filename: str, line: int | None) -> str:
    """``file:line``, relative to the source, with the cell where the file is a notebook."""
    name = filename.removeprefix(f"{paths.work}/")
    cell = notebook.place(linecache.getlines(filename), line or 1) if notebook.is_notebook(name) else ""
    return f"{name}:{line}" + (f" ({cell})" if cell else "")
